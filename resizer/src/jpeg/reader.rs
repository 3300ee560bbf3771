//! Reads a file from segment to segment, and those of its scans that the wanted scale needs.

use super::bands::Needed;
use super::coefficients::Coefficients;
use super::color::Hints;
use super::entropy::Entropy;
use super::frame::Frame;
use super::markers::{self, Segment, Segments};
use super::plane::Plane;
use super::scan::Scan;
use super::tables::Tables;
use super::{Picture, Refusal, Wanted, baseline, progressive};

/// As libjpeg-turbo is told to: cameras and optimisers write up to about 20 scans.
pub(super) const SCANS_MAX: usize = 100;

/// Frequencies for which libjpeg-turbo invents what no scan has told (`smoothing_ok` of jdcoefct.c).
const SMOOTHED: usize = 10;

pub(super) fn read(bytes: &[u8], wanted: &Wanted) -> Result<Picture, Refusal> {
    let mut segments = Segments::new(bytes)?;
    let mut tables = Tables::default();
    let mut hints = Hints::default();
    let (frame, first) = loop {
        let Segment { marker, payload } = segments.next()?;
        match marker {
            markers::SOS => return Err(Refusal::Malformed("a scan comes before the frame header")),
            markers::APP0 => hints.app0(payload),
            markers::APP14 => hints.app14(payload),
            0xC0..=0xCF if marker != markers::DHT => {
                break (Frame::read(marker, payload, wanted)?, hints);
            }
            _ => tables.read(marker, payload)?,
        }
    };
    let needed = Needed::of(&frame, &segments);
    Reader::new(frame, first, tables, needed).read(segments)
}

/// What is known of a file behind its frame header.
struct Reader {
    frame: Frame,
    hints: Hints,
    tables: Tables,
    needed: Needed,
    planes: Vec<Plane>,
    /// Of progressive files.
    coefficients: Vec<Coefficients>,
    /// The lowest bit that is known of each component's frequencies; none before the first scan of them.
    known: Vec<[Option<u32>; 64]>,
    entropy: Entropy,
}

impl Reader {
    fn new(frame: Frame, hints: Hints, tables: Tables, needed: Needed) -> Self {
        let components = &frame.components;
        let planes = components.iter().map(Plane::new).collect();
        let coefficients = components.iter().map(|component| Coefficients::new(component, &frame));
        let coefficients = if frame.is_progressive { coefficients.collect() } else { Vec::new() };
        let known = vec![[None; 64]; components.len()];
        let entropy = Entropy::default();
        Self { frame, hints, tables, needed, planes, coefficients, known, entropy }
    }

    fn read(mut self, mut segments: Segments) -> Result<Picture, Refusal> {
        let mut scans = 0;
        loop {
            let Segment { marker, payload } = segments.next()?;
            match marker {
                markers::SOS if scans == SCANS_MAX => {
                    return Err(Refusal::Unsupported("more than 100 scans"));
                }
                markers::SOS => {
                    scans += 1;
                    self.read_scan(payload, &mut segments)?;
                }
                markers::EOI => return self.finish(),
                markers::APP0 if scans == 0 => self.hints.app0(payload),
                markers::APP14 if scans == 0 => self.hints.app14(payload),
                _ => self.tables.read(marker, payload)?,
            }
        }
    }

    fn read_scan(&mut self, payload: &[u8], segments: &mut Segments) -> Result<(), Refusal> {
        let scan = Scan::read(payload, &self.frame)?;
        self.tables.keep(&scan, &self.frame)?;
        self.note(&scan)?;
        if !self.needed.holds(&scan) {
            // Without its table libjpeg-turbo would refuse the file.
            return scan
                .components
                .iter()
                .try_for_each(|part| self.tables.ac(part.ac_table).map(drop));
        }
        segments.advance(self.entropy.read(segments.rest())?);
        let (frame, tables, entropy) = (&self.frame, &self.tables, &self.entropy);
        if !frame.is_progressive {
            return baseline::decode(&scan, frame, tables, entropy, &mut self.planes);
        }
        if *scan.band.start() == 0 {
            return progressive::decode_first(
                &scan,
                frame,
                tables,
                entropy,
                &mut self.coefficients,
            );
        }
        let index = scan.components.first().map_or(0, |part| part.index);
        progressive::decode_band(&scan, tables, entropy, &mut self.coefficients[index])
    }

    /// Checks that a scan follows those before it (G.1.1.1.1).
    fn note(&mut self, scan: &Scan) -> Result<(), Refusal> {
        const MALFORMED: Refusal = Refusal::Malformed("scans are not in order");
        for part in &scan.components {
            let known = self.known.get_mut(part.index).ok_or(MALFORMED)?;
            if *scan.band.start() > 0 && known[0].is_none() {
                return Err(MALFORMED);
            }
            for low in known.get_mut(scan.band.clone()).ok_or(MALFORMED)? {
                let is_next = if self.frame.is_progressive {
                    low.unwrap_or(0) == scan.high
                } else {
                    low.is_none()
                };
                if !is_next {
                    return Err(MALFORMED);
                }
                *low = Some(scan.low);
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Picture, Refusal> {
        if self.known.iter().any(|known| known[..SMOOTHED].iter().any(|low| *low != Some(0))) {
            return Err(Refusal::Unsupported("a picture that is not complete"));
        }
        for (index, coefficients) in self.coefficients.iter().enumerate() {
            let quantization = self.tables.quantization_of(index)?;
            coefficients.render(quantization, &mut self.planes[index])?;
        }
        Ok(Picture { color: self.hints.color(&self.frame), planes: self.planes })
    }
}
