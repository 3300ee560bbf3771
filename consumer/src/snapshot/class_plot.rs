//! `classes.svg`: how many images each class has, and in which split.

use super::{split::Split, statistics::Statistics, svg::Svg};

pub(crate) const FILE: &str = "classes.svg";

/// Rows of the plot; what has fewer images than these is told of in a line.
const CLASSES_MAX: usize = 40;
const LABEL_CHARS_MAX: usize = 28;
const MARGIN: usize = 12;
const ROW: usize = 22;
/// Where bars begin, and how long the longest is.
const BARS: usize = 220;
const BAR_MAX: usize = 440;
const WIDTH: usize = BARS + BAR_MAX + 80;
/// Told apart by whoever sees colours otherwise (Okabe and Ito, "Color Universal Design").
const FILLS: [&str; 3] = ["#0072b2", "#e69f00", "#009e73"];

/// Bars of all classes, the largest first.
pub(crate) fn draw(classes: &[String], statistics: &Statistics) -> String {
    let mut svg = Svg::new(WIDTH);
    legend(&mut svg);
    let images = |class: &str| statistics.by_class.get(class).copied().unwrap_or_default();
    let mut rows: Vec<_> = classes.iter().map(String::as_str).collect();
    rows.extend(statistics.by_class.contains_key("").then_some(""));
    rows.sort_by_key(|class| std::cmp::Reverse(images(class)));
    let longest = rows.first().map_or(1, |class| images(class)).max(1);
    for (row, class) in rows.iter().take(CLASSES_MAX).enumerate() {
        let y = 2 * MARGIN + (row + 1) * ROW;
        let name = if class.is_empty() { "none, or several" } else { class };
        svg.text((MARGIN, y + ROW / 2 + 1), &shortened(name));
        let mut x = BARS;
        for (split, fill) in Split::ALL.into_iter().zip(FILLS) {
            let of_split = statistics.by_split_and_class.get(split.as_str());
            let count = of_split.and_then(|counts| counts.get(*class)).copied().unwrap_or_default();
            let width = count * BAR_MAX / longest;
            svg.bar((x, y), (width, ROW - 6), fill, &format!("{name}: {count} {}", split.as_str()));
            x += width;
        }
        svg.text((x + 6, y + ROW / 2 + 1), &images(class).to_string());
    }
    if let Some(more) = rows.len().checked_sub(CLASSES_MAX).filter(|more| *more > 0) {
        let y = 2 * MARGIN + (CLASSES_MAX + 1) * ROW;
        svg.text((MARGIN, y + ROW / 2 + 1), &format!("and {more} classes with fewer images"));
    }
    svg.finish(MARGIN)
}

fn legend(svg: &mut Svg) {
    for ((split, fill), x) in Split::ALL.into_iter().zip(FILLS).zip((BARS..).step_by(110)) {
        svg.bar((x, MARGIN), (12, 12), fill, split.as_str());
        svg.text((x + 18, MARGIN + 11), split.as_str());
    }
}

/// So that a long label ends before the bars.
fn shortened(label: &str) -> String {
    if label.chars().count() <= LABEL_CHARS_MAX {
        return label.to_owned();
    }
    label.chars().take(LABEL_CHARS_MAX - 1).chain(['…']).collect()
}
