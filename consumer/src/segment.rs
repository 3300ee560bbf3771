//! Samples in, one WebDataset tar out. Pure, and a function of the samples alone: the same samples
//! make the same bytes on every machine, so the name of a segment can carry their hash.
//!
//! Members of a sample are adjacent and its key has no dot, because the reader takes everything up
//! to the first dot as the key and joins neighbours only. There is no `.cls`: a class is an integer
//! that a snapshot decides from all labels that it sees; here the labels are in the `.json`.

use std::io;

use crate::{Place, Sample, archive::Archive};

/// A tar and its name's worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Segment {
    pub tar: Vec<u8>,
    /// Lower-case hex of the tar's bytes.
    pub sha256: String,
    /// Where each sample lies, in their order.
    pub places: Vec<Place>,
}

/// Packs samples in their order. Fails only where a key is too long for a plain ustar header
/// (100 bytes), which no [`Sample`] of ours is.
pub fn pack(samples: &[Sample]) -> io::Result<Segment> {
    let sizes = samples.iter().flat_map(|sample| [sample.image.len(), sample.description.len()]);
    let mut archive = Archive::with_room_for(sizes);
    let mut places = Vec::with_capacity(samples.len());
    for sample in samples {
        let offset = archive.position();
        archive.add(&format!("{}.{}", sample.key, sample.extension), &sample.image)?;
        archive.add(&format!("{}.json", sample.key), &sample.description)?;
        places.push(Place { offset, bytes: archive.position() - offset });
    }
    let (tar, sha256) = archive.finish()?;
    Ok(Segment { tar, sha256, places })
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use bytes::Bytes;

    use super::*;

    fn sample(key: &str, image: &[u8]) -> Sample {
        Sample {
            key: key.to_owned(),
            extension: "jpg",
            image: Bytes::copy_from_slice(image),
            description: format!("{{\"key\":\"{key}\"}}").into_bytes(),
        }
    }

    /// Name, mode, owner, time and bytes of every member, read back by the tar crate.
    fn members(tar: &[u8]) -> Vec<(String, u32, u64, u64, Vec<u8>)> {
        let mut archive = tar::Archive::new(tar);
        let read = |mut entry: tar::Entry<'_, &[u8]>| {
            let mut bytes = Vec::new();
            entry.read_to_end(&mut bytes).unwrap();
            let header = entry.header();
            let name = String::from_utf8(entry.path_bytes().to_vec()).unwrap();
            assert_eq!(header.gid().unwrap(), header.uid().unwrap());
            (name, header.mode().unwrap(), header.uid().unwrap(), header.mtime().unwrap(), bytes)
        };
        archive.entries().unwrap().map(|entry| read(entry.unwrap())).collect()
    }

    #[test]
    fn members_of_a_sample_are_adjacent_plain_and_whole() {
        let samples = [sample("acme-x-1", b"one"), sample("acme-y-2", &[7; 1_000])];
        let segment = pack(&samples).unwrap();
        let expected: Vec<_> = [
            ("acme-x-1.jpg", b"one".to_vec()),
            ("acme-x-1.json", b"{\"key\":\"acme-x-1\"}".to_vec()),
            ("acme-y-2.jpg", vec![7; 1_000]),
            ("acme-y-2.json", b"{\"key\":\"acme-y-2\"}".to_vec()),
        ]
        .into_iter()
        .map(|(name, bytes)| (name.to_owned(), 0o444, 0, 0, bytes))
        .collect();
        assert_eq!(members(&segment.tar), expected);
        let second = segment.places[1];
        let alone = members(&segment.tar[second.offset..second.offset + second.bytes]);
        assert_eq!(alone, expected[2..], "a place holds its sample and nothing else");
        assert_eq!(segment.tar.capacity(), segment.tar.len(), "nothing was copied to make room");
        // GNU tar's rule: two blocks of zeros end an archive.
        assert!(segment.tar.ends_with(&[0; 1_024]) && segment.tar.len().is_multiple_of(512));
    }

    /// The hash was taken once from this code and pins the layout: a change of it is a change of
    /// every segment's name.
    #[test]
    fn the_bytes_are_a_function_of_the_samples() {
        let samples = [sample("acme-x-1", b"one"), sample("acme-y-2", b"two")];
        let [one, again] = [pack(&samples).unwrap(), pack(&samples).unwrap()];
        assert_eq!(one, again);
        assert_eq!(one.sha256, "e2d3d8d658f743e5a0c2256490862e8505ded8ccd8991f37e53509b84f5c0888");
        let swapped = [samples[1].clone(), samples[0].clone()];
        assert_ne!(pack(&swapped).unwrap().sha256, one.sha256);
    }

    #[test]
    fn the_longest_key_fits_a_plain_header() {
        let key = format!("{}-{}-{}", "c".repeat(39), "i".repeat(32), u64::MAX);
        let segment = pack(&[sample(&key, b"")]).unwrap();
        assert_eq!(members(&segment.tar)[1].0, format!("{key}.json"));
        assert_eq!(segment.tar.len(), 3 * 512 + 1_024, "no long-name member");
    }
}
