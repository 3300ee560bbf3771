use std::time::Duration;

/// Changed settings hold within this time.
const MINUTE: Duration = Duration::from_mins(1);
/// Nothing here takes as long on the slowest machine that still passes.
pub(crate) const PATIENCE: Duration = Duration::from_mins(3);
const BETWEEN_LOOKS: Duration = Duration::from_millis(100);

/// Looks again and again until `look` finds what it looks for: within a minute.
pub(crate) async fn within_a_minute<T>(what: &str, look: impl AsyncFnMut() -> Option<T>) -> T {
    let found = tokio::time::timeout(MINUTE, eventually(look)).await;
    found.unwrap_or_else(|_| panic!("not within a minute: {what}"))
}

/// The same, however long it takes.
pub(crate) async fn eventually<T>(mut look: impl AsyncFnMut() -> Option<T>) -> T {
    loop {
        if let Some(found) = look().await {
            return found;
        }
        tokio::time::sleep(BETWEEN_LOOKS).await;
    }
}
