//! How a process is told to end.

use std::{io, process, thread, time::Duration};

use tokio::{
    select,
    signal::unix::{SignalKind, signal},
};

/// Comes true at Ctrl-C, and at SIGTERM, by which containers and systemd end a process. From the return on neither ends
/// it at once, but whatever it is then waiting for, it ends `within` this time: where the clock
/// was set back librdkafka's threads were seen to hang, and what was acknowledged outlives even `kill -9`.
pub fn told_to_end(within: Duration) -> io::Result<impl Future<Output = ()>> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    Ok(async move {
        select! {
            _ = interrupted.recv() => {}
            _ = terminated.recv() => {}
        }
        thread::spawn(move || {
            thread::sleep(within);
            tracing::warn!("ended while something was still running");
            process::exit(1);
        });
    })
}
