//! Images and extensions; a payload is what its sub-blocks hold together, but for an extension's first, which says whose
//! it is.

use super::{Part, all};

const SCREEN_BYTES: usize = 13;
const SUB_BLOCK_BYTES_MAX: usize = 255;

pub(super) fn split(file: &[u8]) -> Vec<Part> {
    let length = SCREEN_BYTES + file.get(10).map_or(0, |flags| palette_bytes(*flags));
    let (screen, blocks) = file.split_at(length.min(file.len()));
    let mut parts = vec![Part::raw(screen)];
    parts.extend(all(blocks, next));
    parts
}

fn palette_bytes(flags: u8) -> usize {
    if flags & 0x80 > 0 { 3 << ((flags & 7) + 1) } else { 0 }
}

fn next(rest: &[u8]) -> Option<(Part, &[u8])> {
    let head = match rest {
        [b'!', _, 0, ..] => 2,
        [b'!', _, length, ..] => 3 + usize::from(*length),
        // The palette, and the width of the first code.
        [b',', _, _, _, _, _, _, _, _, flags, ..] => 10 + palette_bytes(*flags) + 1,
        _ => return None,
    };
    let (head, mut rest) = rest.split_at_checked(head)?;
    let mut payload = Vec::new();
    loop {
        let (length, behind) = rest.split_first()?;
        let (block, behind) = behind.split_at_checked((*length).into())?;
        rest = behind;
        if block.is_empty() {
            return Some((Part { head: head.to_vec(), payload }, rest));
        }
        payload.extend(block);
    }
}

pub(super) fn join(parts: &[Part]) -> Vec<u8> {
    let mut file = Vec::new();
    for part in parts {
        if part.is_raw() {
            file.extend(&part.payload);
            continue;
        }
        file.extend(&part.head);
        for block in part.payload.chunks(SUB_BLOCK_BYTES_MAX) {
            file.extend(u8::try_from(block.len()));
            file.extend(block);
        }
        file.push(0);
    }
    file
}
