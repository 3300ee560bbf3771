use tempfile::TempDir;

/// A folder in memory, where the system has such a place: a thousand small changes wait on a disk
/// for minutes, and nobody here asks whether a disk keeps what it promises.
pub(crate) fn folder() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}
