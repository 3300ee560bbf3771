//! What the properties of an item say of its picture (ISO/IEC 23008-12, 6.5).

use std::borrow::Cow;

use super::{Cicp, ContainerError, Item};
use crate::codec::avif::boxes::{Box, Reader, Short};
use crate::{Orientation, Rotation, Size};

/// What the properties say, gathered one by one.
#[derive(Default)]
pub(super) struct Described<'a> {
    size: Option<Size>,
    is_monochrome: Option<bool>,
    rotation: Rotation,
    mirroring: Option<Orientation>,
    icc: Option<&'a [u8]>,
    cicp: Option<Cicp>,
}

impl<'a> Described<'a> {
    /// Takes one property in; false if it is not known. A clean aperture (`clap`) is known and ignored,
    /// as libavif's own programs do: all pixels are shown.
    pub(super) fn take(&mut self, property: &Box<'a>) -> Result<bool, Short> {
        let mut reader = Reader(property.payload);
        match &property.kind {
            b"ispe" => {
                reader.version()?;
                self.size = Some(Size { width: reader.u32()?, height: reader.u32()? });
            }
            b"av1C" => self.is_monochrome = Some(reader.take(3)?[2] & 0x10 != 0),
            // Counter-clockwise.
            b"irot" => {
                let quarters = u16::from(reader.u8()? & 3);
                self.rotation = Rotation::from_degrees((4 - quarters) % 4 * 90).unwrap_or_default();
            }
            b"imir" => {
                let upside_down = Orientation::MIRRORED.then(Rotation::Half.into());
                let left_right = reader.u8()? & 1 == 1;
                self.mirroring = Some(if left_right { Orientation::MIRRORED } else { upside_down });
            }
            b"colr" => match reader.take(4)? {
                b"nclx" => {
                    let mut code =
                        || reader.u16().map(|code| u8::try_from(code).unwrap_or(u8::MAX));
                    let (primaries, transfer, matrix) = (code()?, code()?, code()?);
                    let full_range = reader.u8()? & 0x80 != 0;
                    self.cicp = Some(Cicp { primaries, transfer, matrix, full_range });
                }
                b"prof" | b"rICC" => self.icc = Some(reader.0),
                _ => {}
            },
            b"pixi" | b"auxC" | b"clap" | b"pasp" | b"clli" | b"mdcv" | b"cclv" => {}
            _ => return Ok(false),
        }
        Ok(true)
    }

    pub(super) fn finish(self, av1: Cow<'a, [u8]>) -> Result<Item<'a>, ContainerError> {
        let size = self.size.ok_or(ContainerError::Missing("size"))?;
        if size.pixels() == 0 {
            return Err(ContainerError::Empty);
        }
        // The format turns first and mirrors then.
        let turned = Orientation::from(self.rotation);
        let orientation = self.mirroring.map_or(turned, |mirroring| turned.then(mirroring));
        let is_monochrome = self.is_monochrome.ok_or(ContainerError::Missing("configuration"))?;
        Ok(Item { av1, size, orientation, icc: self.icc, cicp: self.cicp, is_monochrome })
    }
}

#[cfg(test)]
mod tests;
