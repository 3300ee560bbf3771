//! Generated requests: the edge and CloudFront's Function decide the same, and whatever is asked for
//! stays with the customer and the image that the path names.

use std::{
    io::{BufRead, BufReader, BufWriter, Write},
    process::{Command, Stdio},
    thread,
};

use customer::{Credential, ImageId, ObjectKey, Viewer};
use http::{HeaderName, HeaderValue, Uri};
use resizer_lambda::query_string;
use serde_json::{Value, json};

use super::tests::{Outcome, Rules, Table, table};
use super::*;

const IMAGES: [&str; 4] = [
    "xj4bnp4pahh6uqkbidpf3lrceoyagynd",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYND",
    "xj4bnp4pahh6uqkbidpf3lrceoyagyn",
];
const CUSTOMERS: [&str; 10] =
    ["acme", "acme", "acme", "beta", "gamma", "nobody", "v1", "Acme", "..", "iiif"];
const SEPARATORS: [&str; 14] =
    ["/", "/", "/", "/", "/", "/", "//", "/./", "/../", "%2f", "%2F..%2f", "\\", ";", "/%2e%2e/"];
const ENDINGS: [&str; 10] =
    ["", "", "", "", "/original", "/original/", "/", "/..", "/../beta", "/x"];
const OF_IIIF: [&str; 10] = [
    "",
    "/info.json",
    "/full/max/0/default.jpg",
    "/full/max/0/default.jpg",
    "/1%2C2,3%2c4/%5E!4,4/!90/gray.webp",
    "/pct%3a1,2,3,4/^5,/%210/default.png",
    "/full/%2E%2E/0/default.jpg",
    "/full/max/0",
    "/info.json/",
    "/original",
];
const NAMES: [&str; 26] = [
    "preset",
    "explain",
    "w",
    "ar",
    "max-h",
    "h",
    "fm",
    "auto",
    "q",
    "fit",
    "crop",
    "bg",
    "dpr",
    "rot",
    "flip",
    "max-bytes",
    "meta",
    "sig",
    "%77",
    "W",
    "utm_source",
    "__proto__",
    "%zz",
    "",
    "ixlib",
    "h%00",
];
const VALUES: [&str; 20] = [
    "1",
    "800",
    "webp",
    "format",
    "format,compress",
    "crop",
    "a+b",
    "%C3%A9",
    "%E9",
    "%",
    "%2",
    "%41",
    "",
    "=",
    "a=b",
    "é",
    "%26w=2",
    "..%2F..",
    "%ED%A0%80",
    "top,left",
];
const ACCEPTS: [&str; 10] = [
    "image/avif,image/webp,*/*;q=0.8",
    "image/webp",
    "IMAGE/WEBP;q=0.5",
    "image/avif;q=0,image/webp",
    "image/avif ; Q=0.000",
    "image/avif;q=.0",
    "*/*",
    "",
    "image/avifx, text/html",
    "image/webp;level=1;q=0",
];
const CHARACTERS: [&str; 24] = [
    "/", ".", "%", "a", "Z", "2", "?", "#", ";", "é", "\\", "%2e", "%00", "&", "=", "+", "_", "-",
    "~", " ", "\u{2028}", ":", "%2F", "sig=",
];

/// A GET, as it comes to the edge.
#[derive(Debug)]
struct Generated {
    path: String,
    query: Option<String>,
    accept: Option<String>,
    cookie: Option<String>,
    authorization: Option<String>,
}

/// SplitMix64: a sequence of its own for each request, so that one can be made again.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }

    fn of<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        choices[self.below(choices.len())]
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }

    /// The text with a character or two added, taken away or replaced, or as it is.
    fn spoilt(&mut self, text: String, one_in: usize) -> String {
        if !self.one_in(one_in) {
            return text;
        }
        let mut characters: Vec<_> = text.chars().map(String::from).collect();
        for _ in 0..=self.below(2) {
            let at = self.below(characters.len() + 1);
            match self.below(3) {
                0 => characters.insert(at, self.of(&CHARACTERS).to_owned()),
                1 if at < characters.len() => drop(characters.remove(at)),
                _ if at < characters.len() => characters[at] = self.of(&CHARACTERS).to_owned(),
                _ => {}
            }
        }
        characters.concat()
    }
}

impl Generated {
    fn new(seed: u64, n: u64, credentials: &[&str]) -> Self {
        let mut random = Random(seed.wrapping_add(n.wrapping_mul(0xD6E8_FEB8_6659_FD93)));
        let random = &mut random;
        let customer = random.of(&["acme", "acme", "acme", "beta", "delta"]);
        let image = IMAGES[random.below(2)];
        let path = match random.below(4) {
            0 => Self::odd_path(random),
            1 => {
                let credential = Self::path_credential(random, credentials);
                format!("/{customer}/iiif/3/{credential}{image}{}", random.of(&OF_IIIF))
            }
            _ => format!("/{customer}/{image}{}", random.of(&["", "", "/original"])),
        };
        let mut path = random.spoilt(path, 8);
        if !path.starts_with('/') {
            // No other request reaches an edge.
            path.insert(0, '/');
        }
        let query = (!random.one_in(4)).then(|| Self::query(random, credentials));
        let accept = random.one_in(3).then(|| {
            let accept = random.of(&ACCEPTS).to_owned();
            random.spoilt(accept, 8)
        });
        let cookie = random.one_in(3).then(|| {
            let before = random.of(&["", "a=b; ", "darkroom=; ", "x=é; ", "; ", "Darkroom=x;"]);
            let credential = random.of(credentials).to_owned();
            format!("{before}darkroom={}", random.spoilt(credential, 4))
        });
        let authorization = random.one_in(20).then(|| {
            random.of(&["Bearer x", "bearer x", "Bearer", "Basic x", "bearerx y", ""]).to_owned()
        });
        Self { path, query, accept, cookie, authorization }
    }

    fn odd_path(random: &mut Random) -> String {
        [
            random.of(&SEPARATORS),
            random.of(&CUSTOMERS),
            random.of(&SEPARATORS),
            random.of(&IMAGES),
            random.of(&ENDINGS),
        ]
        .concat()
    }

    /// Where viewers of IIIF carry one, or nothing.
    fn path_credential(random: &mut Random, credentials: &[&str]) -> String {
        if !random.one_in(2) {
            return String::new();
        }
        let credential = random.of(credentials).to_owned();
        format!("{}/", random.spoilt(credential, 4))
    }

    fn query(random: &mut Random, credentials: &[&str]) -> String {
        let mut pieces: Vec<_> = (0..random.below(5))
            .map(|_| format!("{}={}", random.of(&NAMES), random.of(&VALUES)))
            .collect();
        if random.one_in(3) {
            let credential = random.of(credentials).to_owned();
            pieces.push(format!("sig={}", random.spoilt(credential, 4)));
        }
        if random.one_in(4) {
            pieces.push("auto=format".to_owned());
        }
        random.spoilt(pieces.join("&"), 6)
    }

    fn line(&self) -> String {
        let Self { path, query, accept, cookie, authorization } = self;
        json!([path, query, accept, cookie, authorization]).to_string()
    }

    fn decide(&self, rules: &Rules) -> Outcome {
        let mut headers = HeaderMap::new();
        let given = [
            (header::ACCEPT, &self.accept),
            (header::COOKIE, &self.cookie),
            (header::AUTHORIZATION, &self.authorization),
        ];
        let set = |(name, value): (HeaderName, &Option<String>)| {
            Some((name, HeaderValue::from_bytes(value.as_ref()?.as_bytes()).unwrap()))
        };
        headers.extend(given.into_iter().filter_map(set));
        rules.decide(&Method::GET, &self.path, self.query.as_deref().unwrap_or_default(), &headers)
    }

    /// Whether it carries a credential, however spelled.
    fn presents(&self, credential: &str) -> bool {
        let query = self.query.as_deref().unwrap_or_default();
        form_urlencoded::parse(query.as_bytes()).any(|(_, value)| value == credential)
            || self.cookie.as_ref().is_some_and(|cookie| cookie.contains(credential))
            || self.path.contains(&format!("/iiif/3/{credential}/"))
    }

    /// What is asked for is what the path names, however the origin's gateway may read it, and the
    /// class `customer` or `signed` is proved by a credential that the customer's API has signed.
    fn stays_at_home(&self, key: &Key, signed: &[&str]) {
        let target = Target::parse(&self.path).unwrap();
        let uri: Uri = key.path_and_query.parse().unwrap();
        let asked = Target::parse(uri.path()).unwrap();
        assert_eq!(asked.to_string(), uri.path(), "{self:?}");
        if !target.resource.is_iiif() {
            assert_eq!(uri.path(), self.path, "{self:?}");
        }
        // What opens it is told to nobody but who presents it.
        let credential = asked.credential.clone();
        assert!(credential.is_none_or(|credential| self.presents(&credential)), "{self:?}");
        assert_eq!(
            Target { credential: None, ..asked },
            Target { credential: None, ..target.clone() }
        );
        let pairs = query_string::pairs(&uri);
        assert_eq!(
            format!("{}{}", uri.path(), query_string::canonical(pairs.clone())),
            key.path_and_query
        );
        assert!(!pairs.iter().any(|(name, _)| name == "sig"), "{self:?}");
        for object in objects(target.image, &pairs) {
            let own = format!("/{}", target.image);
            assert!(object.contains(&own) && !object.contains(".."), "{object} for {self:?}");
        }
        if key.viewer != Viewer::Anon {
            let opens = |text: &&&str| {
                let mut parts = text.split('.').skip(1);
                let (customer, scope) = (parts.next(), parts.nth(1));
                let image: Option<ImageId> = scope.and_then(|scope| scope.parse().ok());
                let is_for_all = text.split('.').count() == 4;
                customer == Some(target.customer.as_str())
                    && is_for_all == (key.viewer == Viewer::Customer)
                    && (is_for_all || image == Some(target.image))
                    && self.presents(text)
            };
            let proved = signed.iter().find(opens);
            assert!(proved.is_some(), "nothing opens {}: {self:?}", key.path_and_query);
            assert_eq!(Credential::claimed_customer(proved.unwrap()), Some(target.customer));
        }
    }
}

/// The names of the objects that the origin reads or writes for a request.
fn objects(image: ImageId, pairs: &query_string::Pairs) -> Vec<String> {
    let mut names = vec![ObjectKey::Record(image), ObjectKey::Original(image)];
    if let Ok(asked) = query::parse(pairs) {
        let upright = resizer::Size { width: 1000, height: 800 };
        let (engine, transform) = (resizer::ENGINE, asked.transform(upright).to_string());
        names.push(ObjectKey::Rendition { image, engine, transform, extension: "jpg" });
    }
    names.iter().map(ObjectKey::to_string).collect()
}

/// What the function says, in the words of its harness.
fn words(outcome: &Outcome) -> Value {
    match outcome {
        Outcome::Ask { key, proof } => {
            json!(["ask", key.viewer.as_str(), key.path_and_query, key.accepts.header(), proof])
        }
        Outcome::Pass => json!(["pass"]),
        Outcome::Refuse { status, code } => json!(["refuse", status, code]),
    }
}

#[expect(clippy::print_stdout, reason = "says what was compared, or that nothing was")]
fn compare(seed: u64, count: u64) {
    let node = Command::new("node")
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/../edge/decide.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let Ok(mut node) = node else {
        println!("skipped: node is not installed; `make test` installs it");
        return;
    };
    let table: &'static Table = Box::leak(Box::new(table()));
    let credentials: Vec<&'static str> = table.credentials.values().map(String::as_str).collect();
    let mut lines = BufWriter::with_capacity(1 << 20, node.stdin.take().unwrap());
    let words_of = credentials.clone();
    let writer = thread::spawn(move || {
        for n in 0..count {
            writeln!(lines, "{}", Generated::new(seed, n, &words_of).line()).unwrap();
        }
    });
    let rules = Rules::of(table);
    let signed: Vec<_> =
        credentials.iter().copied().filter(|text| rules.has_signed(text)).collect();
    let answers = BufReader::with_capacity(1 << 20, node.stdout.take().unwrap()).lines();
    let (mut asked, mut opened, mut compared) = (0_u64, 0_u64, 0_u64);
    for (n, answer) in (0..count).zip(answers) {
        let generated = Generated::new(seed, n, &credentials);
        let outcome = generated.decide(&rules);
        let function: Value = serde_json::from_str(&answer.unwrap()).unwrap();
        assert_eq!(words(&outcome), function, "seed {seed}, request {n}: {generated:?}");
        if let Outcome::Ask { key, .. } = &outcome {
            generated.stays_at_home(key, &signed);
            asked += 1;
            opened += u64::from(key.viewer != Viewer::Anon);
        }
        compared += 1;
    }
    writer.join().unwrap();
    assert!(node.wait().unwrap().success());
    println!("{compared} requests, {asked} asked for an image, {opened} of them with a credential");
    assert_eq!(compared, count);
    assert!(asked > count / 20 && opened > count / 200, "{asked} asked, {opened} opened");
}

/// The clock at the start: another sequence in every run, named where it fails.
fn now() -> u64 {
    u64::try_from(Timestamp::now().ms()).unwrap()
}

#[test]
fn edge_and_function_decide_the_same_and_nobody_leaves_home() {
    compare(1, 300_000);
    compare(now(), 300_000);
}

#[test]
#[ignore = "takes some minutes: part of `make test-all`"]
fn ten_million_requests() {
    compare(now(), 10_000_000);
}
