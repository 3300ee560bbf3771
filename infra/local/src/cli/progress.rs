//! How far a verb has come, for whoever looks on: a bar on a terminal, and nothing elsewhere.

use std::{fmt::Display, io};

use indicatif::{ProgressBar, ProgressStyle};

use super::say;

const TEMPLATE: &str = "{bar:40} {pos} of {len}, {elapsed} gone, {eta} to go";

/// A bar at the end of what is said.
pub(super) struct Progress(ProgressBar);

impl Progress {
    pub(super) fn new(length: usize) -> Self {
        let style = ProgressStyle::with_template(TEMPLATE);
        let style = style.unwrap_or(ProgressStyle::default_bar());
        Self(ProgressBar::new(length as u64).with_style(style))
    }

    pub(super) fn one_more(&self) {
        self.more(1);
    }

    pub(super) fn more(&self, many: usize) {
        self.0.inc(many as u64);
    }

    /// A line for whoever called, above the bar.
    pub(super) fn say(&self, line: impl Display) -> io::Result<()> {
        self.0.suspend(|| say(line))
    }

    pub(super) fn end(&self) {
        self.0.finish_and_clear();
    }
}
