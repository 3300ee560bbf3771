//! What was made by SageMaker's API: a JSON file for each, which is what its description answers.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use customer::ResourceName;
use serde_json::{Map, Value};

use crate::data_folder::write_private;

/// A description, by the members of AWS's service model.
pub(super) type Description = Map<String, Value>;

/// What can be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    TrainingJob,
    Model,
    EndpointConfig,
    Endpoint,
}

/// All of it.
#[derive(Debug)]
pub(super) struct Resources {
    folder: PathBuf,
    changing: Mutex<()>,
}

impl Kind {
    const ALL: [Self; 4] = [Self::TrainingJob, Self::Model, Self::EndpointConfig, Self::Endpoint];

    /// As in the names of operations and members.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::TrainingJob => "TrainingJob",
            Self::Model => "Model",
            Self::EndpointConfig => "EndpointConfig",
            Self::Endpoint => "Endpoint",
        }
    }

    /// The member that a listing answers with.
    pub(super) fn listed(self) -> &'static str {
        match self {
            Self::TrainingJob => "TrainingJobSummaries",
            Self::Model => "Models",
            Self::EndpointConfig => "EndpointConfigs",
            Self::Endpoint => "Endpoints",
        }
    }

    /// As in ARNs and in the name of the folder.
    pub(super) fn slug(self) -> &'static str {
        match self {
            Self::TrainingJob => "training-job",
            Self::Model => "model",
            Self::EndpointConfig => "endpoint-config",
            Self::Endpoint => "endpoint",
        }
    }

    pub(super) fn from_noun(noun: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.noun() == noun)
    }
}

impl Resources {
    pub(super) fn new(folder: PathBuf) -> Self {
        Self { folder, changing: Mutex::default() }
    }

    pub(super) fn get(&self, kind: Kind, name: &ResourceName) -> io::Result<Option<Description>> {
        match fs::read(self.path(kind, name)) {
            Ok(json) => Ok(Some(serde_json::from_slice(&json)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether there was none of that name.
    pub(super) fn create(
        &self,
        kind: Kind,
        name: &ResourceName,
        description: &Description,
    ) -> io::Result<bool> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let path = self.path(kind, name);
        if path.try_exists()? {
            return Ok(false);
        }
        write(&path, description).map(|()| true)
    }

    /// Changes a description as it is now; `None` where there is none.
    pub(super) fn change(
        &self,
        kind: Kind,
        name: &ResourceName,
        change: impl FnOnce(&mut Description),
    ) -> io::Result<Option<Description>> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut description) = self.get(kind, name)? else { return Ok(None) };
        change(&mut description);
        write(&self.path(kind, name), &description)?;
        Ok(Some(description))
    }

    /// Whether there was one.
    pub(super) fn delete(&self, kind: Kind, name: &ResourceName) -> io::Result<bool> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        match fs::remove_file(self.path(kind, name)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// All of a kind, by name.
    pub(super) fn all(&self, kind: Kind) -> io::Result<Vec<(ResourceName, Description)>> {
        let folder = match fs::read_dir(self.folder.join(kind.slug())) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            folder => folder?,
        };
        let mut names = Vec::new();
        for entry in folder {
            let name = entry?.file_name().into_string().unwrap_or_default();
            names.extend(name.strip_suffix(".json").and_then(|name| name.parse().ok()));
        }
        names.sort_unstable();
        let described = |name: ResourceName| Some((self.get(kind, &name).transpose()?, name));
        let described = names.into_iter().filter_map(described);
        described.map(|(description, name)| Ok((name, description?))).collect()
    }

    fn path(&self, kind: Kind, name: &ResourceName) -> PathBuf {
        self.folder.join(kind.slug()).join(format!("{name}.json"))
    }
}

fn write(path: &Path, description: &Description) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    write_private(path, &serde_json::to_vec_pretty(description)?)
}
