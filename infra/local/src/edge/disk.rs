//! What is kept on disk: one file for each answer, bounded by bytes, found again after a restart.
//!
//! A file is a line of JSON that describes the answer, and the answer's bytes. It is written beside
//! its place and moved there whole; a checksum tells what a power cut has left of one. Nothing here
//! is needed: whatever cannot be read is asked for again.
//!
//! While nothing ran, nobody could tell the edge to forget. So what an earlier run has left is asked
//! about once before it is used; that costs the origin a look at the record and no render.

use std::{
    fs,
    io::{self, BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use aws_lc_rs::digest::{SHA256, digest};
use bytes::Bytes;
use customer::Timestamp;
use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use moka::{future, notification::RemovalCause};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use super::{answer::Answer, key::Key, purges::Untidied};

/// The line before the bytes.
#[derive(Debug, Serialize, Deserialize)]
struct Description {
    key: String,
    path: String,
    tags: Vec<String>,
    headers: Vec<(String, String)>,
    received_at: Timestamp,
    bytes: u64,
    crc32: u32,
}

/// What the index knows of a file.
#[derive(Debug)]
struct Filed {
    bytes: u64,
    path: String,
    tags: Vec<String>,
    /// Purges that there had been when the origin was asked; `None` for a file of an earlier run.
    asked_after: Option<u64>,
}

/// An answer that was read from disk.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) answer: Answer,
    /// Whether it may be used without asking the origin.
    pub(super) is_of_this_run: bool,
}

/// The answers on disk. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Disk {
    folder: Arc<PathBuf>,
    index: future::Cache<String, Arc<Filed>>,
}

impl Disk {
    /// Opens or makes the folder, and reads in the background what lies in it.
    pub(super) fn open(folder: PathBuf, bytes_max: u64) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        // Listed before anything is put there: what is being written is nothing to be found again.
        let left = fs::read_dir(&folder)?.map(|entry| Ok(entry?.path()));
        let left = left.collect::<io::Result<Vec<PathBuf>>>()?;
        let folder = Arc::new(folder);
        let evicted_from = Arc::clone(&folder);
        let index = future::Cache::builder()
            .max_capacity(bytes_max)
            .weigher(|_, filed: &Arc<Filed>| filed.bytes.try_into().unwrap_or(u32::MAX))
            .eviction_listener(move |name: Arc<String>, _, cause| {
                // A replaced file has gone with the move that replaced it.
                if cause != RemovalCause::Replaced {
                    remove(&evicted_from.join(name.as_str()));
                }
            })
            .build();
        let disk = Self { folder, index };
        tokio::spawn(disk.clone().read_in(left));
        Ok(disk)
    }

    pub(super) async fn get(&self, key: &Key) -> Option<Found> {
        let name = name_of(key);
        let filed = self.index.get(&name).await?;
        let (path, expected, asked_after) =
            (self.folder.join(&name), key.to_string(), filed.asked_after.unwrap_or_default());
        let read = spawn_blocking(move || read_answer(&path, &expected, asked_after)).await;
        let Ok(Ok(answer)) = read else {
            self.index.invalidate(&name).await;
            return None;
        };
        Some(Found { answer, is_of_this_run: filed.asked_after.is_some() })
    }

    /// Keeps an answer. Failing to is no failure: the disk may be full.
    pub(super) async fn put(&self, key: &Key, answer: Arc<Answer>) {
        let name = name_of(key);
        let asked_after = Some(answer.asked_after);
        let description = Description::new(key, &answer);
        let (path, tags) = (description.path.clone(), description.tags.clone());
        let place = self.folder.join(&name);
        let written = spawn_blocking(move || write(&place, &description, &answer.bytes)).await;
        match written {
            Ok(Ok(bytes)) => {
                let filed = Filed { bytes, path, tags, asked_after };
                self.index.insert(name, Arc::new(filed)).await;
                // What has to make room goes now, not some files later.
                self.index.run_pending_tasks().await;
            }
            Ok(Err(error)) => tracing::warn!(%error, "the edge keeps an answer in memory alone"),
            Err(error) => tracing::error!(%error, "the edge's disk broke down"),
        }
    }

    pub(super) async fn remove(&self, key: &Key) {
        self.index.invalidate(&name_of(key)).await;
    }

    /// Removes what purges concern.
    pub(super) async fn forget(&self, untidied: &Untidied) {
        let concerned: Vec<_> = self
            .index
            .iter()
            .filter(|(_, filed)| {
                untidied.concern(&filed.path, &filed.tags, filed.asked_after.unwrap_or_default())
            })
            .map(|(name, _)| name)
            .collect();
        for name in concerned {
            self.index.invalidate(&*name).await;
        }
    }

    /// Takes up what an earlier run has left.
    async fn read_in(self, left: Vec<PathBuf>) {
        let found =
            spawn_blocking(move || left.iter().filter_map(|path| read_left(path)).collect());
        let found: Vec<(String, Filed)> = found.await.unwrap_or_default();
        for (name, filed) in found {
            // What was kept since the start is newer, and may be gone again.
            if self.folder.join(&name).exists() {
                self.index.entry(name).or_insert(Arc::new(filed)).await;
            }
        }
        self.index.run_pending_tasks().await;
    }

    #[cfg(test)]
    pub(super) async fn settle(&self) -> u64 {
        self.index.run_pending_tasks().await;
        self.index.weighted_size()
    }
}

impl Description {
    fn new(key: &Key, answer: &Answer) -> Self {
        let text = |(name, value): (&HeaderName, &HeaderValue)| {
            Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned()))
        };
        Self {
            key: key.to_string(),
            path: key.path().to_owned(),
            tags: answer.tags().map(str::to_owned).collect(),
            headers: answer.headers.iter().filter_map(text).collect(),
            received_at: answer.received_at,
            bytes: answer.bytes.len() as u64,
            crc32: crc32fast::hash(&answer.bytes),
        }
    }

    fn headers(&self) -> HeaderMap {
        let parsed = self.headers.iter().filter_map(|(name, value)| {
            Some((name.parse::<HeaderName>().ok()?, HeaderValue::from_str(value).ok()?))
        });
        parsed.collect()
    }
}

fn name_of(key: &Key) -> String {
    HEXLOWER.encode(digest(&SHA256, key.to_string().as_bytes()).as_ref())
}

/// A file of an earlier run; none of what is no whole answer, which is removed.
fn read_left(path: &Path) -> Option<(String, Filed)> {
    let read = || {
        let (Description { path: of_answer, tags, .. }, file) = read_description(path)?;
        let bytes = file.get_ref().metadata()?.len();
        Ok::<_, io::Error>(Filed { bytes, path: of_answer, tags, asked_after: None })
    };
    let filed = read().map_err(|_| remove(path)).ok()?;
    Some((path.file_name()?.to_string_lossy().into_owned(), filed))
}

fn read_description(path: &Path) -> io::Result<(Description, BufReader<fs::File>)> {
    let mut file = BufReader::new(fs::File::open(path)?);
    let mut line = Vec::new();
    file.read_until(b'\n', &mut line)?;
    Ok((serde_json::from_slice(&line)?, file))
}

fn read_answer(path: &Path, expected: &str, asked_after: u64) -> io::Result<Answer> {
    let (description, mut file) = read_description(path)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    let sound = description.key == expected
        && description.bytes == bytes.len() as u64
        && description.crc32 == crc32fast::hash(&bytes);
    if !sound {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let (headers, received_at) = (description.headers(), description.received_at);
    Ok(Answer::kept(StatusCode::OK, headers, Bytes::from(bytes), received_at, asked_after))
}

/// Writes a file whole and returns its size.
fn write(place: &Path, description: &Description, bytes: &[u8]) -> io::Result<u64> {
    let folder = place.parent().unwrap_or(Path::new("."));
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    let mut line = serde_json::to_vec(description)?;
    line.push(b'\n');
    file.write_all(&line)?;
    file.write_all(bytes)?;
    file.persist(place)?;
    Ok((line.len() + bytes.len()) as u64)
}

fn remove(path: &Path) {
    if let Err(error) = fs::remove_file(path)
        && error.kind() != io::ErrorKind::NotFound
    {
        tracing::warn!(%error, "the edge could not remove a file");
    }
}
