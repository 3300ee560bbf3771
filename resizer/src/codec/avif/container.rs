//! The items and properties of an AVIF file that make and describe its picture (ISO/IEC 23008-12; AV1 Image File
//! Format 1.1).
//!
//! Written here because no kept crate tells all that is needed: `avif-parse` knows neither orientation nor
//! colour, and `mp4parse`, which does, has had no release since 2023.

use std::borrow::Cow;

use self::described::Described;
use self::location::Location;
use super::boxes::{Box, Reader, Short};
use crate::{Format, Orientation, OriginalError, Size};

mod described;
mod location;

const FORMAT: Format = Format::Avif;
const ALPHA: [&[u8]; 2] =
    [b"urn:mpeg:mpegB:cicp:systems:auxiliary:alpha\0", b"urn:mpeg:hevc:2015:auxid:1\0"];

/// Of a file; cameras and editors write fewer than twenty, a grid of tiles some hundreds.
const ITEMS_MAX: usize = 1000;
/// Of the references, and of the associations, between those. Items are looked up in them one by one, so without
/// a bound a file of 1 MB would cost seconds and one of 50 MB hours.
const TABLE_BYTES_MAX: usize = 65_536;

/// What leads to the picture.
pub(super) struct Container<'a> {
    pub(super) color: Item<'a>,
    pub(super) alpha: Option<Item<'a>>,
    pub(super) is_premultiplied: bool,
    /// The picture's EXIF, as its item has it.
    pub(super) exif: Option<Cow<'a, [u8]>>,
}

/// One coded image with what is said of it.
pub(super) struct Item<'a> {
    /// Its AV1 stream.
    pub(super) av1: Cow<'a, [u8]>,
    pub(super) size: Size,
    pub(super) orientation: Orientation,
    pub(super) icc: Option<&'a [u8]>,
    pub(super) cicp: Option<Cicp>,
    pub(super) is_monochrome: bool,
}

/// Code points of colour (ITU-T H.273).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cicp {
    pub(super) primaries: u8,
    pub(super) transfer: u8,
    pub(super) matrix: u8,
    pub(super) full_range: bool,
}

#[derive(Debug, thiserror::Error)]
enum ContainerError {
    #[error(transparent)]
    Short(#[from] Short),
    #[error("there is no primary item")]
    NoPrimaryItem,
    #[error("the picture has no {0}")]
    Missing(&'static str),
    #[error("the picture is 0 pixels large")]
    Empty,
    #[error("there are more items than a picture has")]
    TooManyItems,
    #[error("an item is in more pieces than one of a picture")]
    TooManyPieces,
    #[error("the alpha plane is not as large as the picture")]
    AlphaSize,
}

/// The boxes of a `meta` box, not yet read.
#[derive(Default)]
struct Meta<'a> {
    primary: Option<u32>,
    kinds: Vec<(u32, [u8; 4])>,
    locations: &'a [u8],
    references: &'a [u8],
    properties: Vec<Box<'a>>,
    associations: Vec<&'a [u8]>,
    data: &'a [u8],
}

impl<'a> Container<'a> {
    /// Reads the boxes; the AV1 streams stay as they are.
    pub(super) fn read(file: &'a [u8]) -> Result<Self, OriginalError> {
        let meta = Meta::find(file)?;
        let primary = meta.primary.ok_or_else(|| malformed(ContainerError::NoPrimaryItem))?;
        let color = meta.item(file, primary)?;
        let alpha = meta.alpha_of(primary).map_err(malformed)?;
        let is_premultiplied = match alpha {
            Some(alpha) => meta.refers(*b"prem", primary, alpha).map_err(malformed)?,
            None => false,
        };
        let alpha = alpha.map(|alpha| meta.item(file, alpha)).transpose()?;
        if alpha.as_ref().is_some_and(|alpha| alpha.size != color.size) {
            return Err(malformed(ContainerError::AlphaSize));
        }
        Ok(Self { color, alpha, is_premultiplied, exif: meta.exif_of(file, primary) })
    }
}

impl<'a> Meta<'a> {
    fn find(file: &'a [u8]) -> Result<Self, OriginalError> {
        let mut is_sequence = false;
        for found in Reader(file).boxes() {
            let Box { kind, payload } =
                found.map_err(|Short| OriginalError::Truncated { format: FORMAT })?;
            match &kind {
                b"meta" => return Self::read(payload).map_err(malformed),
                b"moov" => is_sequence = true,
                _ => {}
            }
        }
        Err(if is_sequence {
            unsupported("a film without a still picture")
        } else {
            OriginalError::Truncated { format: FORMAT }
        })
    }

    fn read(payload: &'a [u8]) -> Result<Self, ContainerError> {
        let mut reader = Reader(payload);
        reader.version()?;
        let mut meta = Self::default();
        for found in reader.boxes() {
            let Box { kind, payload } = found?;
            match &kind {
                b"pitm" => meta.primary = Some(primary(payload)?),
                b"iinf" => meta.kinds = kinds(payload)?,
                b"iloc" => meta.locations = payload,
                b"iref" => meta.references = payload,
                b"idat" => meta.data = payload,
                b"iprp" => meta.read_properties(payload)?,
                _ => {}
            }
        }
        let associations = meta.associations.iter().map(|table| table.len()).sum();
        let table_bytes = meta.references.len().max(associations);
        if meta.kinds.len() > ITEMS_MAX || table_bytes > TABLE_BYTES_MAX {
            return Err(ContainerError::TooManyItems);
        }
        Ok(meta)
    }

    fn read_properties(&mut self, payload: &'a [u8]) -> Result<(), ContainerError> {
        for found in Reader(payload).boxes() {
            let Box { kind, payload } = found?;
            match &kind {
                b"ipco" => {
                    let boxes = Reader(payload).boxes().take(ITEMS_MAX + 1);
                    self.properties = boxes.collect::<Result<_, _>>()?;
                }
                b"ipma" => self.associations.push(payload),
                _ => {}
            }
            if self.properties.len().max(self.associations.len()) > ITEMS_MAX {
                return Err(ContainerError::TooManyItems);
            }
        }
        Ok(())
    }

    fn item(&self, file: &'a [u8], item: u32) -> Result<Item<'a>, OriginalError> {
        match self.kinds.iter().find(|(id, _)| *id == item) {
            Some((_, [b'a', b'v', b'0', b'1'])) => {}
            Some((_, [b'g', b'r', b'i', b'd'])) => return Err(unsupported("a grid of tiles")),
            _ => return Err(unsupported("a picture that is not AV1")),
        }
        let av1 = self.bytes(file, item)?;
        let mut described = Described::default();
        for (property, is_essential) in self.properties_of(item).map_err(malformed)? {
            if !described.take(property).map_err(|Short| malformed(Short.into()))? && is_essential {
                return Err(unsupported("an essential property that is not known here"));
            }
        }
        described.finish(av1).map_err(malformed)
    }

    /// The item that is the alpha plane of `picture`.
    fn alpha_of(&self, picture: u32) -> Result<Option<u32>, ContainerError> {
        for (candidate, _) in &self.kinds {
            if !self.refers(*b"auxl", *candidate, picture)? {
                continue;
            }
            let is_alpha = |property: &Box<'_>| {
                let urn = property.payload.get(4..).unwrap_or_default();
                property.kind == *b"auxC" && ALPHA.iter().any(|alpha| urn.starts_with(alpha))
            };
            if self.properties_of(*candidate)?.iter().any(|(property, _)| is_alpha(property)) {
                return Ok(Some(*candidate));
            }
        }
        Ok(None)
    }

    /// Broken or foreign EXIF is none.
    fn exif_of(&self, file: &'a [u8], picture: u32) -> Option<Cow<'a, [u8]>> {
        let (item, _) = self.kinds.iter().find(|(_, kind)| kind == b"Exif")?;
        self.refers(*b"cdsc", *item, picture).ok().filter(|describes| *describes)?;
        self.bytes(file, *item).ok()
    }

    fn refers(&self, kind: [u8; 4], from: u32, to: u32) -> Result<bool, ContainerError> {
        if self.references.is_empty() {
            return Ok(false);
        }
        let mut reader = Reader(self.references);
        let is_long = reader.version()?.0 > 0;
        for found in reader.boxes() {
            let reference = found?;
            let mut ids = Reader(reference.payload);
            let source = ids.short_or_long(is_long)?;
            let mut targets = (0..ids.u16()?).map(|_| ids.short_or_long(is_long));
            if reference.kind == kind && source == from && targets.any(|target| target == Ok(to)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// An item's properties, and whether each has to be understood.
    fn properties_of(&self, item: u32) -> Result<Vec<(&Box<'a>, bool)>, ContainerError> {
        let mut found = Vec::new();
        for payload in &self.associations {
            let mut reader = Reader(payload);
            let (version, flags) = reader.version()?;
            for _ in 0..reader.u32()? {
                let id = reader.short_or_long(version > 0)?;
                for _ in 0..reader.u8()? {
                    let (is_essential, index) = if flags & 1 == 1 {
                        let entry = reader.u16()?;
                        (entry >> 15 == 1, usize::from(entry & 0x7FFF))
                    } else {
                        let entry = reader.u8()?;
                        (entry >> 7 == 1, usize::from(entry & 0x7F))
                    };
                    // They are counted from 1.
                    let property = index.checked_sub(1).and_then(|at| self.properties.get(at));
                    if id == item {
                        found.extend(property.map(|property| (property, is_essential)));
                    }
                }
            }
        }
        Ok(found)
    }

    /// The bytes of an item, joined where they lie in pieces.
    fn bytes(&self, file: &'a [u8], item: u32) -> Result<Cow<'a, [u8]>, OriginalError> {
        let location = Location::find(self.locations, item)
            .map_err(malformed)?
            .ok_or_else(|| malformed(ContainerError::Missing("place in the file")))?;
        let source = match location.method {
            0 => file,
            1 => self.data,
            _ => return Err(unsupported("an item made of items")),
        };
        let piece = |&(offset, length): &(u64, u64)| {
            let start = usize::try_from(location.base.checked_add(offset)?).ok()?;
            let rest = source.get(start..)?;
            if length == 0 { Some(rest) } else { rest.get(..usize::try_from(length).ok()?) }
        };
        let pieces: Option<Vec<&[u8]>> = location.extents.iter().map(piece).collect();
        match &*pieces.ok_or(OriginalError::Truncated { format: FORMAT })? {
            [] => Err(malformed(ContainerError::Missing("place in the file"))),
            [whole] => Ok(Cow::Borrowed(whole)),
            // Pieces may overlap, so that a small file would say that it is a large one.
            pieces if pieces.iter().map(|piece| piece.len()).sum::<usize>() > file.len() => {
                Err(malformed(ContainerError::Short(Short)))
            }
            pieces => Ok(Cow::Owned(pieces.concat())),
        }
    }
}

fn primary(payload: &[u8]) -> Result<u32, Short> {
    let mut reader = Reader(payload);
    let (version, _) = reader.version()?;
    reader.short_or_long(version > 0)
}

fn kinds(payload: &[u8]) -> Result<Vec<(u32, [u8; 4])>, Short> {
    let mut reader = Reader(payload);
    let (version, _) = reader.version()?;
    reader.short_or_long(version > 0)?;
    let mut kinds = Vec::new();
    for entry in reader.boxes() {
        let mut entry = Reader(entry?.payload);
        let (version, _) = entry.version()?;
        // Earlier versions name no type.
        if version >= 2 {
            let id = entry.short_or_long(version > 2)?;
            entry.u16()?;
            let &[a, b, c, d] = entry.take(4)? else { return Err(Short) };
            kinds.push((id, [a, b, c, d]));
        }
    }
    Ok(kinds)
}

fn malformed(error: ContainerError) -> OriginalError {
    OriginalError::malformed(FORMAT, error)
}

fn unsupported(feature: &'static str) -> OriginalError {
    OriginalError::UnsupportedFeature { format: FORMAT, feature }
}

#[cfg(test)]
mod tests;
