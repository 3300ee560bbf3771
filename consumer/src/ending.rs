//! How a process is told to end.

use std::io;

use tokio::{
    select,
    signal::unix::{SignalKind, signal},
};

/// Comes true at Ctrl-C, and at SIGTERM, by which containers and systemd end a process. From the return on neither ends
/// it at once.
pub fn told_to_end() -> io::Result<impl Future<Output = ()>> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
    })
}
