//! The tables of a file, as its segments define them (B.2.4).

use super::frame::Frame;
use super::huffman::{Class, Code};
use super::quantization::Quantization;
use super::scan::Scan;
use super::{Refusal, markers};

/// Tables that hold from where they are defined to where they are defined again.
#[derive(Debug, Default)]
pub(super) struct Tables {
    quantization: [Option<Quantization>; 4],
    /// Each component keeps the table that it had in its first scan.
    kept: [Option<Quantization>; 4],
    dc: [Option<Code>; 4],
    ac: [Option<Code>; 4],
    /// Units between restarts; 0 for none.
    pub(super) restart_interval: usize,
}

const NO_TABLE: Refusal = Refusal::Unsupported("a scan without its tables");

impl Tables {
    pub(super) fn dc(&self, number: usize) -> Result<&Code, Refusal> {
        self.dc.get(number).and_then(Option::as_ref).ok_or(NO_TABLE)
    }

    pub(super) fn ac(&self, number: usize) -> Result<&Code, Refusal> {
        self.ac.get(number).and_then(Option::as_ref).ok_or(NO_TABLE)
    }

    /// Of the component at this place in the frame.
    pub(super) fn quantization_of(&self, index: usize) -> Result<&Quantization, Refusal> {
        self.kept.get(index).and_then(Option::as_ref).ok_or(NO_TABLE)
    }

    /// Keeps those of a scan's components that have none yet.
    pub(super) fn keep(&mut self, scan: &Scan, frame: &Frame) -> Result<(), Refusal> {
        for part in &scan.components {
            let Some(component) = frame.components.get(part.index) else { continue };
            let table = self.quantization.get(component.quantization).cloned().flatten();
            let kept = &mut self.kept[part.index & 3];
            if kept.is_none() {
                *kept = Some(table.ok_or(NO_TABLE)?);
            }
        }
        Ok(())
    }

    /// Takes what a segment defines (B.2.4); comments and applications' data define nothing.
    pub(super) fn read(&mut self, marker: u8, payload: &[u8]) -> Result<(), Refusal> {
        match marker {
            markers::DQT => self.read_quantization(payload),
            markers::DHT => self.read_codes(payload),
            markers::DRI => {
                let [high, low] = *payload else {
                    return Err(Refusal::Malformed("a restart interval is not complete"));
                };
                self.restart_interval = u16::from_be_bytes([high, low]).into();
                Ok(())
            }
            markers::APP0..=markers::APP15 | markers::COM => Ok(()),
            markers::EOI => Err(Refusal::Truncated),
            _ => Err(Refusal::Unsupported("a marker of another kind")),
        }
    }

    fn read_quantization(&mut self, mut payload: &[u8]) -> Result<(), Refusal> {
        while !payload.is_empty() {
            let (number, table, rest) = Quantization::read(payload)?;
            let place = self.quantization.get_mut(number);
            *place.ok_or(Refusal::Malformed("a table's number is above 3"))? = Some(table);
            payload = rest;
        }
        Ok(())
    }

    fn read_codes(&mut self, mut payload: &[u8]) -> Result<(), Refusal> {
        while let Some((first, rest)) = payload.split_first() {
            let (class, place) = match first >> 4 {
                0 => (Class::Dc, self.dc.get_mut(usize::from(*first))),
                1 => (Class::Ac, self.ac.get_mut(usize::from(first & 15))),
                _ => (Class::Ac, None),
            };
            let (code, rest) = Code::read(rest, class)?;
            *place.ok_or(Refusal::Malformed("a table's number is above 3"))? = Some(code);
            payload = rest;
        }
        Ok(())
    }
}
