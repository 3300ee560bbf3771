//! Boxes and big-endian numbers of the ISO base media format (ISO/IEC 14496-12, 4.2).

/// A box says that it is longer than what holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a box ends too early")]
pub(super) struct Short;

/// One box: its type and what it holds.
pub(super) struct Box<'a> {
    pub(super) kind: [u8; 4],
    pub(super) payload: &'a [u8],
}

/// What is left of a byte string.
#[derive(Clone, Copy)]
pub(super) struct Reader<'a>(pub(super) &'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn take(&mut self, bytes: usize) -> Result<&'a [u8], Short> {
        let (head, rest) = self.0.split_at_checked(bytes).ok_or(Short)?;
        self.0 = rest;
        Ok(head)
    }

    /// A number of 0 to 8 bytes.
    pub(super) fn number(&mut self, bytes: usize) -> Result<u64, Short> {
        Ok(self.take(bytes)?.iter().fold(0, |number, byte| number << 8 | u64::from(*byte)))
    }

    pub(super) fn u8(&mut self) -> Result<u8, Short> {
        Ok(self.take(1)?[0])
    }

    pub(super) fn u16(&mut self) -> Result<u16, Short> {
        let &[high, low] = self.take(2)? else { return Err(Short) };
        Ok(u16::from_be_bytes([high, low]))
    }

    pub(super) fn u32(&mut self) -> Result<u32, Short> {
        Ok(u32::from(self.u16()?) << 16 | u32::from(self.u16()?))
    }

    /// Two bytes in a box's early versions, four in the later ones.
    pub(super) fn short_or_long(&mut self, is_long: bool) -> Result<u32, Short> {
        if is_long { self.u32() } else { self.u16().map(u32::from) }
    }

    /// What a "full box" begins with: its version and flags.
    pub(super) fn version(&mut self) -> Result<(u8, u32), Short> {
        let word = self.u32()?;
        Ok(((word >> 24) as u8, word & 0x00FF_FFFF))
    }

    /// The next box, or none at the end.
    pub(super) fn next_box(&mut self) -> Result<Option<Box<'a>>, Short> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let size = self.u32()?;
        let &[a, b, c, d] = self.take(4)? else { return Err(Short) };
        let payload = match size {
            0 => self.0.len(),
            1 => length(self.number(8)?, 16)?,
            size => length(size.into(), 8)?,
        };
        Ok(Some(Box { kind: [a, b, c, d], payload: self.take(payload)? }))
    }

    /// Every box up to the end.
    pub(super) fn boxes(mut self) -> impl Iterator<Item = Result<Box<'a>, Short>> {
        std::iter::from_fn(move || {
            let next = self.next_box();
            // After a mistake nothing that follows has a meaning.
            if next.is_err() {
                self.0 = &[];
            }
            next.transpose()
        })
    }
}

fn length(size: u64, header: u64) -> Result<usize, Short> {
    size.checked_sub(header).and_then(|bytes| usize::try_from(bytes).ok()).ok_or(Short)
}
