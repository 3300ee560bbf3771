//! Segments, and the data behind a scan's header.

use super::{Part, all};

const START: [u8; 2] = [0xFF, 0xD8];
/// What two bytes can count, less themselves.
const PAYLOAD_BYTES_MAX: usize = 0xFFFF - 2;

pub(super) fn split(file: &[u8]) -> Vec<Part> {
    all(&file[START.len()..], next)
}

fn next(rest: &[u8]) -> Option<(Part, &[u8])> {
    if let [0xFF, marker @ 0xC0..=0xFE, high, low, ..] = rest
        && !matches!(marker, 0xD0..=0xD9)
    {
        let end = 2 + usize::from(u16::from_be_bytes([*high, *low]));
        let payload = rest.get(4..end)?;
        return Some((Part::new(&rest[..2], payload), &rest[end..]));
    }
    let is_data = |pair: &[u8]| pair[0] != 0xFF || matches!(pair[1], 0 | 0xD0..=0xD7);
    let length = rest.windows(2).take_while(|pair| is_data(pair)).count();
    let is_followed = length > 0 && length + 2 <= rest.len();
    is_followed.then(|| (Part::raw(&rest[..length]), &rest[length..]))
}

pub(super) fn join(parts: &[Part]) -> Vec<u8> {
    let mut file = START.to_vec();
    for part in parts {
        if part.is_raw() {
            file.extend(&part.payload);
            continue;
        }
        let payload = &part.payload[..part.payload.len().min(PAYLOAD_BYTES_MAX)];
        let length = u16::try_from(payload.len() + 2).unwrap_or(u16::MAX);
        file.extend(&part.head);
        file.extend(length.to_be_bytes());
        file.extend(payload);
    }
    file
}
