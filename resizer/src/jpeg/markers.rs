//! The file as a sequence of segments (B.1.1), and where each begins.

use super::Refusal;

pub(super) const SOF_BASELINE: u8 = 0xC0;
pub(super) const SOF_EXTENDED: u8 = 0xC1;
pub(super) const SOF_PROGRESSIVE: u8 = 0xC2;
pub(super) const DHT: u8 = 0xC4;
pub(super) const RST0: u8 = 0xD0;
pub(super) const RST7: u8 = 0xD7;
pub(super) const SOI: u8 = 0xD8;
pub(super) const EOI: u8 = 0xD9;
pub(super) const SOS: u8 = 0xDA;
pub(super) const DQT: u8 = 0xDB;
pub(super) const DRI: u8 = 0xDD;
pub(super) const APP0: u8 = 0xE0;
pub(super) const APP14: u8 = 0xEE;
pub(super) const APP15: u8 = 0xEF;
pub(super) const COM: u8 = 0xFE;

/// A marker with what its length covers, without the length itself.
#[derive(Debug)]
pub(super) struct Segment<'a> {
    pub(super) marker: u8,
    pub(super) payload: &'a [u8],
}

/// The segments of a file, in order.
#[derive(Debug, Clone)]
pub(super) struct Segments<'a> {
    bytes: &'a [u8],
    at: usize,
    /// Whether a scan has begun.
    has_scan: bool,
}

impl<'a> Segments<'a> {
    /// Of a file that begins as one should.
    pub(super) fn new(bytes: &'a [u8]) -> Result<Self, Refusal> {
        if bytes.starts_with(&[0xFF, SOI]) {
            return Ok(Self { bytes, at: 2, has_scan: false });
        }
        Err(Refusal::Malformed("no start of image"))
    }

    /// The bytes behind the last segment: after a start of scan its entropy-coded data.
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    /// Goes on that many bytes further.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.at += bytes;
    }

    /// The next segment. From the first scan on bytes before it are passed over, as libjpeg-turbo does: stray ones, and
    /// all the data of a scan with its restart markers.
    pub(super) fn next(&mut self) -> Result<Segment<'a>, Refusal> {
        loop {
            let marker = self.marker()?;
            self.has_scan |= marker == SOS;
            match marker {
                RST0..=RST7 => {}
                EOI => return Ok(Segment { marker, payload: &[] }),
                _ => return Ok(Segment { marker, payload: self.payload()? }),
            }
        }
    }

    fn marker(&mut self) -> Result<u8, Refusal> {
        loop {
            let rest = self.rest();
            let stray = position_of_ff(rest).ok_or(Refusal::Truncated)?;
            let fill = rest[stray..].iter().take_while(|byte| **byte == 0xFF).count();
            let marker = *rest.get(stray + fill).ok_or(Refusal::Truncated)?;
            self.at += stray + fill + 1;
            if !self.has_scan && (stray > 0 || marker == 0) {
                return Err(Refusal::Malformed("there are stray bytes before the first scan"));
            }
            if marker != 0 {
                return Ok(marker);
            }
        }
    }

    fn payload(&mut self) -> Result<&'a [u8], Refusal> {
        let rest = self.rest();
        let [high, low, ..] = *rest else { return Err(Refusal::Truncated) };
        let length = usize::from(u16::from_be_bytes([high, low]));
        if length < 2 {
            return Err(Refusal::Malformed("a segment is shorter than its length"));
        }
        let payload = rest.get(2..length).ok_or(Refusal::Truncated)?;
        self.at += length;
        Ok(payload)
    }
}

/// Where the first 0xFF is. Looks at eight bytes at a time.
pub(super) fn position_of_ff(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x8080_8080_8080_8080;
    let (words, _) = bytes.as_chunks::<8>();
    let has_ff = |word: &[u8; 8]| {
        let inverted = !u64::from_le_bytes(*word);
        inverted.wrapping_sub(ONES) & !inverted & HIGH != 0
    };
    let from = words.iter().position(has_ff).unwrap_or(words.len()) * 8;
    let within = bytes[from..].iter().position(|byte| *byte == 0xFF)?;
    Some(from + within)
}
