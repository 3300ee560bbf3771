//! Which scans of a progressive file the wanted scale needs.

use super::frame::Frame;
use super::idct;
use super::markers::{self, Segments};
use super::reader::SCANS_MAX;
use super::scan::Scan;

/// Of each component the last frequency that shows, or that is needed to read what shows: a scan that refines numbers
/// counts those that are there already, so all of its band has to be known.
#[derive(Debug)]
pub(super) struct Needed(Vec<usize>);

impl Needed {
    /// Of all scans from here on. Looks only at their headers, and takes none for granted that is not sound.
    pub(super) fn of(frame: &Frame, segments: &Segments) -> Self {
        let last = frame.components.iter().map(|component| idct::last_shown(component.edge));
        let mut needed = Self(last.collect());
        if !frame.is_progressive {
            return needed;
        }
        let mut segments = segments.clone();
        let headers = std::iter::from_fn(|| segments.next().ok())
            .take_while(|segment| segment.marker != markers::EOI)
            .filter(|segment| segment.marker == markers::SOS)
            // A file with more is not taken.
            .take(SCANS_MAX);
        let scans = headers.filter_map(|header| Scan::read(header.payload, frame).ok());
        let refining: Vec<Scan> =
            scans.filter(|scan| scan.high > 0 && *scan.band.start() > 0).collect();
        // A refined band may reach into another.
        while refining.iter().any(|scan| needed.extend(scan)) {}
        needed
    }

    /// Whether a scan is needed.
    pub(super) fn holds(&self, scan: &Scan) -> bool {
        let first = *scan.band.start();
        first == 0 || scan.components.iter().any(|part| first <= self.last(part.index))
    }

    fn last(&self, component: usize) -> usize {
        self.0.get(component).copied().unwrap_or(0)
    }

    /// Whether a refining scan that is needed goes further than what was.
    fn extend(&mut self, scan: &Scan) -> bool {
        let Some(part) = scan.components.first() else { return false };
        let further =
            *scan.band.start() <= self.last(part.index) && *scan.band.end() > self.last(part.index);
        if further {
            self.0[part.index] = *scan.band.end();
        }
        further
    }
}
