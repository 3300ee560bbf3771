//! Where the bytes of an item are: the `iloc` box (ISO/IEC 14496-12, 8.11.3).

use super::ContainerError;
use crate::codec::avif::boxes::{Reader, Short};

/// Of an item. Their places may take no bytes at all, so the file's length is no bound.
const PIECES_MAX: usize = 1000;

/// Where an item's bytes are: 0 counts from the file's beginning, 1 within the `idat` box.
pub(super) struct Location {
    pub(super) method: u16,
    pub(super) base: u64,
    pub(super) extents: Vec<(u64, u64)>,
}

impl Location {
    pub(super) fn find(payload: &[u8], item: u32) -> Result<Option<Self>, ContainerError> {
        let mut reader = Reader(payload);
        let (version, _) = reader.version()?;
        let sizes = reader.u16()?;
        let [offset, length, base, index] =
            [12, 8, 4, 0].map(|shift| usize::from(sizes >> shift & 0xF));
        let index = if version == 0 { 0 } else { index };
        if [offset, length, base, index].iter().any(|bytes| *bytes > 8) {
            return Err(Short.into());
        }
        for _ in 0..reader.short_or_long(version > 1)? {
            let id = reader.short_or_long(version > 1)?;
            let method = if version > 0 { reader.u16()? & 0xF } else { 0 };
            reader.u16()?;
            let base = reader.number(base)?;
            let pieces = usize::from(reader.u16()?);
            let mut places = Reader(reader.take(pieces * (index + offset + length))?);
            if id != item {
                continue;
            }
            if pieces > PIECES_MAX {
                return Err(ContainerError::TooManyPieces);
            }
            let mut extent = || {
                places.number(index)?;
                Ok((places.number(offset)?, places.number(length)?))
            };
            let extents = (0..pieces).map(|_| extent()).collect::<Result<_, Short>>()?;
            return Ok(Some(Self { method, base, extents }));
        }
        Ok(None)
    }
}
