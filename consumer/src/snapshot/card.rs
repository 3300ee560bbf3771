//! `README.md`: the dataset card, with the header that Hugging Face's readers go by.
//!
//! Source of the header: Hugging Face Hub's documentation, "Dataset Cards" and "Manual configuration".

use std::{
    collections::BTreeSet,
    fmt::{self, Display, Formatter},
};

use customer::DatasetName;

use super::{
    class_plot, contact_sheet, published::Published, shards::extension_of, split::Split,
    statistics::Statistics,
};

/// A card in the making.
pub(crate) struct Card<'a> {
    pub(crate) dataset: &'a DatasetName,
    pub(crate) snapshot: &'a Published,
    pub(crate) statistics: &'a Statistics,
}

impl Display for Card<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.header(f)?;
        let Self { dataset, statistics, .. } = self;
        writeln!(f, "\n# {dataset}\n")?;
        writeln!(
            f,
            "{} images ({} bytes) in WebDataset shards, made by Darkroom from what its customers' owners agreed to. \
             A sample is `KEY.jpg` (or another format), `KEY.json` and, where it has exactly one class, `KEY.cls`; KEY is \
             the SHA-256 of the original.\n",
            statistics.images, statistics.bytes
        )?;
        writeln!(f, "![Classes]({})\n", class_plot::FILE)?;
        self.classes(f)?;
        writeln!(f, "![Some images of each class]({})\n", contact_sheet::FILE)?;
        table(f, "type", statistics.by_type.iter())?;
        table(f, "left out because", statistics.left_out.iter())?;
        self.shards(f)?;
        self.positions(f)
    }
}

impl Card<'_> {
    fn header(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "---\nconfigs:\n- config_name: default\n  data_files:")?;
        for split in Split::ALL {
            let Some(published) = self.snapshot.splits.get(split.as_str()) else { continue };
            if published.shards.is_empty() {
                continue;
            }
            writeln!(f, "  - split: {}\n    path:", split.as_str())?;
            for shard in &published.shards {
                writeln!(f, "    - ../../shards/{}", shard.file_name())?;
            }
        }
        self.features(f)?;
        writeln!(f, "tags:\n- webdataset\n---")
    }

    /// Without it a reader guesses from the first samples, and drops what they lack.
    fn features(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "dataset_info:\n  features:")?;
        let types = self.statistics.by_type.keys();
        for extension in types.map(|media_type| extension_of(media_type)).collect::<BTreeSet<_>>() {
            writeln!(f, "  - name: {extension}\n    dtype: image")?;
        }
        if !self.snapshot.classes.is_empty() {
            writeln!(f, "  - name: cls\n    dtype:\n      class_label:\n        names:")?;
            for (number, name) in self.snapshot.classes.iter().enumerate() {
                writeln!(f, "          '{number}': {}", quoted(name))?;
            }
        }
        for (name, of) in [("json", "json"), ("__key__", "string"), ("__url__", "string")] {
            writeln!(f, "  - name: {name}\n    dtype: {of}")?;
        }
        Ok(())
    }

    fn classes(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { snapshot, statistics, .. } = self;
        writeln!(
            f,
            "| class | name | train | validation | test |\n| --- | --- | --- | --- | --- |"
        )?;
        let numbered = snapshot.classes.iter().enumerate();
        let named = numbered.map(|(number, name)| (number.to_string(), name.as_str()));
        for (number, name) in named.chain([(String::new(), "")]) {
            let count = |split: Split| {
                let of_split = statistics.by_split_and_class.get(split.as_str());
                of_split.and_then(|classes| classes.get(name)).copied().unwrap_or_default()
            };
            let [train, validation, test] = Split::ALL.map(count);
            let name = if name.is_empty() { "none, or several" } else { name };
            writeln!(f, "| {number} | {} | {train} | {validation} | {test} |", cell(name))?;
        }
        writeln!(f)
    }

    fn shards(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "| shard | images | bytes | SHA-256 |\n| --- | --- | --- | --- |")?;
        for split in self.snapshot.splits.values() {
            for shard in &split.shards {
                let (name, sha256) = (shard.file_name(), &shard.sha256);
                writeln!(f, "| {name} | {} | {} | {sha256} |", shard.images, shard.bytes)?;
            }
        }
        writeln!(f)
    }

    fn positions(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "| epoch | topic | partition | commits | up to offset |")?;
        writeln!(f, "| --- | --- | --- | --- | --- |")?;
        for position in &self.snapshot.positions {
            let chain = &position.chain;
            writeln!(
                f,
                "| {} | {} | {} | {} | {} |",
                chain.epoch,
                chain.topic,
                chain.partition,
                position.seq + 1,
                position.last
            )?;
        }
        Ok(())
    }
}

fn table<K: Display>(
    f: &mut Formatter<'_>,
    title: &str,
    rows: impl ExactSizeIterator<Item = (K, impl Display)>,
) -> fmt::Result {
    if rows.len() == 0 {
        return Ok(());
    }
    writeln!(f, "| {title} | images |\n| --- | --- |")?;
    for (name, count) in rows {
        writeln!(f, "| {} | {count} |", cell(&name.to_string()))?;
    }
    writeln!(f)
}

/// YAML 1.2, "Double-Quoted Style": whatever a label holds, it is printable and ends where it should.
fn quoted(text: &str) -> String {
    let escaped = text.chars().map(|character| match character {
        '"' | '\\' => format!("\\{character}"),
        ' '..='~' => character.to_string(),
        character => format!("\\U{:08X}", u32::from(character)),
    });
    format!("\"{}\"", escaped.collect::<String>())
}

/// A label is anybody's text: it neither ends its cell nor is taken for HTML.
fn cell(text: &str) -> String {
    let text = text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ");
    let text = text.replace('&', "&amp;").replace('<', "&lt;");
    text.replace('[', "\\[").replace(']', "\\]").replace('!', "\\!")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_text_in_yaml_and_in_a_table() {
        assert_eq!(quoted("a \"b\" \\ \u{85}🐈"), r#""a \"b\" \\ \U00000085\U0001F408""#);
        assert_eq!(cell("![x](y) | <b>&\n"), r"\!\[x\](y) \| &lt;b>&amp; ");
    }
}
