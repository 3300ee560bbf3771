use serde_json::{Value, json};
use tests::random::Random;

/// How many images a sequence is about.
pub(crate) const IMAGES: usize = 6;

/// Something that happens.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    Upload {
        image: usize,
        said: Said,
    },
    /// With `If-Match`, of the present version or, `late`, of another.
    Patch {
        image: usize,
        said: Said,
        late: bool,
    },
    Delete {
        image: usize,
    },
    Undo {
        image: usize,
    },
    Restart,
    KafkaDown,
    KafkaUp,
}

/// What somebody says about an image.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Said {
    label: Option<&'static str>,
    consent: Option<&'static str>,
    visibility: Option<&'static str>,
}

/// What must be visible: six images, each as far as it has come.
#[derive(Debug, Default)]
pub(crate) struct Model {
    images: [Option<Image>; IMAGES],
    uploads: u64,
}

/// The record of an image, as far as it is visible.
#[derive(Clone, Debug)]
pub(crate) struct Image {
    pub(crate) version: u64,
    pub(crate) live: bool,
    label: Option<&'static str>,
    consent: &'static str,
    visibility: &'static str,
    /// Which upload made it: the order of the listing.
    upload: u64,
}

impl Step {
    pub(crate) fn random(random: &mut Random) -> Self {
        let image = random.below(IMAGES);
        match random.below(18) {
            0..5 => Self::Upload { image, said: Said::random(random) },
            5..9 => Self::Patch { image, said: Said::random(random), late: random.below(5) == 0 },
            9..12 => Self::Delete { image },
            12..15 => Self::Undo { image },
            15 => Self::Restart,
            16 => Self::KafkaDown,
            _ => Self::KafkaUp,
        }
    }
}

impl Said {
    const NOTHING: Self = Self { label: None, consent: None, visibility: None };

    fn random(random: &mut Random) -> Self {
        Self {
            label: random.one_of(&[None, Some("cat"), Some("dog")]),
            consent: random.one_of(&[None, Some("training"), Some("training"), Some("none")]),
            visibility: random.one_of(&[None, Some("public"), Some("private")]),
        }
    }

    fn pairs(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let pairs = [("consent", self.consent), ("visibility", self.visibility)];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }

    /// As parameters of an upload.
    pub(crate) fn query(self) -> String {
        let label = self.label.map(|label| ("label", label));
        let pairs = label.into_iter().chain(self.pairs());
        pairs.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
    }

    /// As a PATCH.
    pub(crate) fn patch(self) -> Value {
        let mut patch: Value = self.pairs().collect();
        if let Some(label) = self.label {
            patch["labels"] = json!([label]);
        }
        patch
    }
}

impl Model {
    pub(crate) fn image(&self, image: usize) -> Option<&Image> {
        self.images[image].as_ref()
    }

    /// Live images, newest first.
    pub(crate) fn listed(&self) -> Vec<usize> {
        let mut live: Vec<_> = (0..IMAGES).filter_map(|n| Some((n, self.image(n)?))).collect();
        live.retain(|(_, image)| image.live);
        live.sort_by_key(|(_, image)| std::cmp::Reverse(image.upload));
        live.into_iter().map(|(n, _)| n).collect()
    }

    /// Takes an upload; returns the status that answers it.
    pub(crate) fn upload(&mut self, image: usize, said: Said) -> u16 {
        let before = self.images[image].as_mut();
        if let Some(image) = before.filter(|image| image.live) {
            let narrower = said.consent.filter(|&consent| consent == "none");
            image.change(Said { consent: narrower, ..Said::NOTHING });
            return 200;
        }
        self.uploads += 1;
        self.images[image] = Some(Image {
            version: self.image(image).map_or(0, |tombstone| tombstone.version) + 1,
            live: true,
            label: said.label,
            consent: said.consent.unwrap_or("none"),
            visibility: said.visibility.unwrap_or("private"),
            upload: self.uploads,
        });
        201
    }

    pub(crate) fn patch(&mut self, image: usize, said: Said, late: bool) -> u16 {
        match &mut self.images[image] {
            None => 404,
            Some(_) if late => 412,
            Some(image) if !image.live => 409,
            Some(image) => {
                image.change(said);
                200
            }
        }
    }

    pub(crate) fn delete(&mut self, image: usize) -> u16 {
        let Some(image) = &mut self.images[image] else { return 404 };
        if image.live {
            *image =
                Image { version: image.version + 1, live: false, label: None, ..image.clone() };
        }
        200
    }

    pub(crate) fn undo(&mut self, image: usize) -> u16 {
        let Some(image) = &mut self.images[image] else { return 404 };
        if !image.live {
            *image = Image { version: image.version + 1, live: true, ..image.clone() };
        }
        200
    }
}

impl Image {
    /// Changes what is said otherwise; one version for all of it.
    fn change(&mut self, said: Said) {
        let before = self.shown();
        self.label = said.label.or(self.label);
        self.consent = said.consent.unwrap_or(self.consent);
        self.visibility = said.visibility.unwrap_or(self.visibility);
        self.version += u64::from(self.shown() != before);
    }

    /// What the API shows of it.
    pub(crate) fn shown(&self) -> Value {
        json!({
            "version": self.version,
            "state": if self.live { "live" } else { "deleted" },
            "labels": self.label.iter().collect::<Vec<_>>(),
            "consent": self.consent,
            "visibility": self.visibility,
        })
    }

    /// How it is delivered: by token, as an `<img>`, to anybody.
    pub(crate) fn seen(image: Option<&Self>) -> [u16; 3] {
        match image.filter(|image| image.live) {
            Some(image) if image.visibility == "public" => [200, 200, 200],
            Some(_) => [200, 200, 401],
            None => [404, 404, 401],
        }
    }

    pub(crate) fn may_be_trained_on(&self) -> bool {
        self.live && self.consent == "training"
    }
}
