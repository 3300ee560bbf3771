//! RIFF chunks; a frame's own chunks are part of its payload.

use super::{Part, all};

const HEADER_BYTES: usize = 12;

pub(super) fn split(file: &[u8]) -> Vec<Part> {
    all(&file[HEADER_BYTES..], next)
}

fn next(rest: &[u8]) -> Option<(Part, &[u8])> {
    let (kind, behind) = rest.split_at_checked(4)?;
    let (length, behind) = behind.split_first_chunk()?;
    let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
    let (payload, behind) = behind.split_at_checked(length)?;
    Some((Part::new(kind, payload), behind.get(length % 2..)?))
}

pub(super) fn join(parts: &[Part]) -> Vec<u8> {
    let mut body = b"WEBP".to_vec();
    let mut behind = Vec::new();
    for part in parts {
        if part.is_raw() {
            behind.extend(&part.payload);
            continue;
        }
        let mut kind = part.head.clone();
        kind.resize(4, b' ');
        body.extend(kind);
        body.extend(bytes_of(part.payload.len()));
        body.extend(&part.payload);
        body.resize(body.len().next_multiple_of(2), 0);
    }
    [&b"RIFF"[..], &bytes_of(body.len()), &body, &behind].concat()
}

fn bytes_of(length: usize) -> [u8; 4] {
    u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes()
}
