//! Chunks with the right checksum.

use super::{Part, all};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

pub(super) fn split(file: &[u8]) -> Vec<Part> {
    all(&file[SIGNATURE.len()..], next)
}

fn next(rest: &[u8]) -> Option<(Part, &[u8])> {
    let (length, behind) = rest.split_first_chunk()?;
    let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
    let (kind, behind) = behind.split_at_checked(4)?;
    let (payload, behind) = behind.split_at_checked(length)?;
    Some((Part::new(kind, payload), behind.get(4..)?))
}

pub(super) fn join(parts: &[Part]) -> Vec<u8> {
    let mut file = SIGNATURE.to_vec();
    for part in parts {
        if part.is_raw() {
            file.extend(&part.payload);
            continue;
        }
        let mut checked = part.head.clone();
        checked.resize(4, b'a');
        checked.extend(&part.payload);
        file.extend(u32::try_from(part.payload.len()).unwrap_or(u32::MAX).to_be_bytes());
        file.extend(&checked);
        file.extend(checksum(&checked).to_be_bytes());
    }
    file
}

/// CRC-32 (PNG, third edition, annex D).
fn checksum(bytes: &[u8]) -> u32 {
    let step = |crc: u32| if crc & 1 == 1 { 0xEDB8_8320 ^ (crc >> 1) } else { crc >> 1 };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(u32::MAX, byte)
}
