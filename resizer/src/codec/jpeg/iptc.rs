//! By-line and copyright notice of IPTC-IIM, which programs older than XMP keep in Photoshop's segment.
//!
//! Photoshop's resources: "8BIM", a number, a name, a length, data. One of them holds IPTC's datasets:
//! 0x1C, record, dataset, length, value (IPTC-NAA IIM 4.2, 1.5). A resource that goes on in the next segment is
//! read as far as the segment goes.

use crate::copyright::Copyright;

const IPTC: [u8; 2] = [0x04, 0x04];
const TAG: u8 = 0x1C;
const BY_LINE: [u8; 2] = [2, 80];
const COPYRIGHT_NOTICE: [u8; 2] = [2, 116];

/// From the payload of an APP13 segment.
pub(super) fn copyright(app13: &[u8]) -> Copyright {
    let datasets = app13.strip_prefix(b"Photoshop 3.0\0").and_then(datasets).unwrap_or_default();
    Copyright::new(
        Some(&values(datasets, BY_LINE).join(&0)),
        Some(&values(datasets, COPYRIGHT_NOTICE).join(&0)),
    )
}

fn datasets(mut resources: &[u8]) -> Option<&[u8]> {
    loop {
        let (number, named) = resources.strip_prefix(b"8BIM")?.split_first_chunk()?;
        // Its length, its text, an even number of bytes in all.
        let name_bytes = (1 + usize::from(*named.first()?)).next_multiple_of(2);
        let (length, data) = named.get(name_bytes..)?.split_first_chunk()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        if *number == IPTC {
            return Some(data.get(..length).unwrap_or(data));
        }
        resources = data.get(length.checked_next_multiple_of(2)?..)?;
    }
}

/// Every value of one dataset; by-lines may be several.
fn values(mut datasets: &[u8], wanted: [u8; 2]) -> Vec<&[u8]> {
    let mut values = Vec::new();
    while let [TAG, record, dataset, high, low, rest @ ..] = datasets {
        let length = usize::from(u16::from_be_bytes([*high, *low]));
        // Lengths from 0x8000 mean that another length follows: no text of these two is that long.
        let Some((value, next)) = rest.split_at_checked(length) else { break };
        if [*record, *dataset] == wanted {
            values.push(value);
        }
        datasets = next;
    }
    values
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn dataset([record, dataset]: [u8; 2], value: &str) -> Vec<u8> {
        let length = u16::try_from(value.len()).unwrap().to_be_bytes();
        [&[TAG, record, dataset, length[0], length[1]], value.as_bytes()].concat()
    }

    fn resource(number: [u8; 2], name: &[u8], data: &[u8]) -> Vec<u8> {
        let length = u32::try_from(data.len()).unwrap().to_be_bytes();
        let padding = &[0][..data.len() % 2];
        [b"8BIM", &number[..], name, &length, data, padding].concat()
    }

    fn app13(iptc: &[u8]) -> Vec<u8> {
        let resolution = resource([0x03, 0xED], b"\0\0", &[0; 15]);
        [b"Photoshop 3.0\0", &resolution[..], &resource(IPTC, b"\x02ab\0", iptc)].concat()
    }

    fn full() -> Vec<u8> {
        let datasets = [
            dataset([1, 90], "\x1B%G"),
            dataset([2, 0], "\0\x02"),
            dataset(BY_LINE, "Ann"),
            dataset([2, 90], "Paris"),
            dataset(BY_LINE, "Bob"),
            dataset(COPYRIGHT_NOTICE, "© Ann and Bob"),
        ];
        app13(&datasets.concat())
    }

    #[test]
    fn by_lines_and_notice_are_found_among_the_rest() {
        let expected = Copyright::new(Some(b"Ann; Bob"), Some("© Ann and Bob".as_bytes()));
        assert_eq!(copyright(&full()), expected);
    }

    #[test]
    fn other_segments_have_none() {
        for payload in [&b""[..], b"Photoshop 3.0\0", b"Adobe_CM\0", b"Photoshop 3.0\x008BIM"] {
            assert_eq!(copyright(payload), Copyright::default());
        }
        assert_eq!(copyright(&app13(b"")), Copyright::default());
    }

    #[test]
    fn a_segment_that_ends_early_gives_what_it_has() {
        let cut = full().len() - 5;
        assert_eq!(copyright(&full()[..cut]), Copyright::new(Some(b"Ann; Bob"), None));
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(at in 0usize..120, bytes in any::<[u8; 4]>()) {
            let mut payload = full();
            for (place, byte) in payload.iter_mut().skip(at).zip(bytes) {
                *place = byte;
            }
            let _ = copyright(&payload);
        }
    }
}
