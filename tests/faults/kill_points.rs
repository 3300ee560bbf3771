use std::{fmt::Write, fs, io, io::Write as _, path::Path};

use http::StatusCode;

use crate::operation::{Happened, Operation};

/// One kill, and what was there after it.
#[derive(Clone, Debug)]
pub(crate) struct KillPoint {
    pub(crate) number: usize,
    /// The request that did not get through any more.
    pub(crate) request: String,
    /// What the client had been answered; `None`: the connection broke.
    pub(crate) answered: Option<StatusCode>,
    /// After the restart.
    pub(crate) found: Happened,
    /// The answer when the client asked again.
    pub(crate) again: Option<StatusCode>,
    /// Where the image was in the end.
    pub(crate) feed: String,
}

/// Prints the tables, and keeps them as `kill-points.md` beside what was built.
pub(crate) fn write_table(tables: &[(Operation, Vec<KillPoint>)]) {
    let text: String = tables.iter().map(|(operation, points)| table(*operation, points)).collect();
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    fs::write(target.join("kill-points.md"), &text).unwrap();
    io::stdout().write_all(text.as_bytes()).unwrap();
}

fn table(operation: Operation, points: &[KillPoint]) -> String {
    let mut text = format!(
        "\n### {operation}\n\n\
         | n | killed before | client saw | after the restart | asked again | feed |\n\
         | --- | --- | --- | --- | --- | --- |\n"
    );
    for KillPoint { number, request, answered, found, again, feed } in points {
        let answered = number_or(*answered, "broken connection");
        let again = number_or(*again, "");
        let version = operation.version();
        let found = match found {
            Happened::Wholly => format!("version {version}, whole"),
            Happened::Not if version == 1 => "nothing".to_owned(),
            Happened::Not => format!("version {}, untouched", version - 1),
        };
        writeln!(text, "| {number} | `{request}` | {answered} | {found} | {again} | {feed} |")
            .unwrap();
    }
    text
}

fn number_or(status: Option<StatusCode>, otherwise: &str) -> String {
    status.map_or(otherwise.to_owned(), |status| status.as_str().to_owned())
}
