//! Drawings for people, as SVG: text stays text whatever its script, and the same state is the same bytes.

use std::fmt::Write;

/// A drawing in the making. Lengths are pixels.
pub(crate) struct Svg {
    width: usize,
    height: usize,
    body: String,
}

impl Svg {
    pub(crate) fn new(width: usize) -> Self {
        Self { width, height: 0, body: String::new() }
    }

    /// A rectangle, and what it says to who points at it.
    pub(crate) fn bar(
        &mut self,
        at: (usize, usize),
        size: (usize, usize),
        fill: &str,
        title: &str,
    ) {
        let ((x, y), (width, height)) = (at, size);
        let title = escaped(title);
        self.add(format_args!(
            "<rect x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" fill=\"{fill}\"><title>{title}</title></rect>"
        ));
        self.height = self.height.max(y + height);
    }

    /// A line of text that begins at the place; its height is of the base line.
    pub(crate) fn text(&mut self, (x, y): (usize, usize), text: &str) {
        let text = escaped(text);
        self.add(format_args!("<text x=\"{x}\" y=\"{y}\">{text}</text>"));
        self.height = self.height.max(y);
    }

    /// An image whose bytes are in the drawing.
    pub(crate) fn image(&mut self, at: (usize, usize), edge: usize, jpeg: &[u8], title: &str) {
        let ((x, y), title) = (at, escaped(title));
        let bytes = data_encoding::BASE64.encode(jpeg);
        self.add(format_args!(
            "<image x=\"{x}\" y=\"{y}\" width=\"{edge}\" height=\"{edge}\" href=\"data:image/jpeg;base64,{bytes}\"><title>{title}</title></image>"
        ));
        self.height = self.height.max(y + edge);
    }

    pub(crate) fn finish(self, margin: usize) -> String {
        let Self { width, height, body } = self;
        let height = height + margin;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
             font-family=\"system-ui, sans-serif\" font-size=\"13\">\n<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n\
             {body}</svg>\n"
        )
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        // Writing to a String does not fail.
        let _ = writeln!(self.body, "{element}");
    }
}

/// A label is anybody's text: it neither ends its element nor holds what XML has no form for.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            control if control.is_control() => escaped.push(' '),
            character => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_stays_text() {
        assert_eq!(
            escaped("</text><script>\u{0}\"&\n"),
            "&lt;/text&gt;&lt;script&gt; &quot;&amp; "
        );
        assert_eq!(escaped("кот 猫 🐈"), "кот 猫 🐈");
    }
}
