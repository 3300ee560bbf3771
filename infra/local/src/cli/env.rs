//! `darkroom env`.

use std::process::ExitCode;

use super::{Where, say};

pub(super) fn run(place: &Where) -> anyhow::Result<ExitCode> {
    for (name, value) in place.connection()?.environment() {
        say(format_args!("export {name}='{}'", value.replace('\'', r"'\''")))?;
    }
    Ok(ExitCode::SUCCESS)
}
