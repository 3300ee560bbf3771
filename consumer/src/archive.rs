//! A WebDataset tar in the making: plain, old and nobody's, so that its bytes are a function of its members alone.

use std::{
    io::{self, Read},
    ops::Range,
};

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::HEXLOWER;

/// Tar's unit: of a header, and of what a member is filled up to.
pub(crate) const BLOCK_BYTES: usize = 512;

/// A tar in memory.
pub(crate) struct Archive(tar::Builder<Vec<u8>>);

impl Archive {
    /// One with room for members of these sizes.
    pub(crate) fn with_room_for(members: impl Iterator<Item = usize>) -> Self {
        let member = |bytes: usize| BLOCK_BYTES + bytes.next_multiple_of(BLOCK_BYTES);
        // Two blocks of zeros end it.
        let bytes = members.map(member).sum::<usize>() + 2 * BLOCK_BYTES;
        Self(tar::Builder::new(Vec::with_capacity(bytes)))
    }

    /// Where the next member's header will begin.
    pub(crate) fn position(&self) -> usize {
        self.0.get_ref().len()
    }

    /// Adds a member and says where its content lies. Fails where the name is too long for a plain ustar header (100
    /// bytes).
    pub(crate) fn add(&mut self, name: &str, bytes: &[u8]) -> io::Result<Range<usize>> {
        let mut header = tar::Header::new_ustar();
        header.set_path(name)?;
        header.set_entry_type(tar::EntryType::Regular);
        header.set_mode(0o444);
        header.set_uid(0);
        header.set_gid(0);
        header.set_mtime(0);
        header.set_size(bytes.len() as u64);
        header.set_cksum();
        let begin = self.position() + BLOCK_BYTES;
        self.0.append(&header, bytes)?;
        Ok(begin..begin + bytes.len())
    }

    /// The tar and its SHA-256 in lower-case hex.
    pub(crate) fn finish(self) -> io::Result<(Vec<u8>, String)> {
        let tar = self.0.into_inner()?;
        let sha256 = HEXLOWER.encode(digest(&SHA256, &tar).as_ref());
        Ok((tar, sha256))
    }
}

/// A tar without some of its samples.
pub(crate) struct Filtered {
    pub(crate) tar: Vec<u8>,
    /// In lower-case hex.
    pub(crate) sha256: String,
    /// The members that are left: their names, and where their contents lie.
    pub(crate) members: Vec<(String, Range<usize>)>,
}

/// Writes a tar of samples anew, but for those whose key `is_gone`. A sample's key is the name of its members up to the
/// first dot.
pub(crate) fn without(tar: &[u8], is_gone: impl Fn(&str) -> bool) -> io::Result<Filtered> {
    let mut archive = Archive::with_room_for(std::iter::once(tar.len()));
    let mut members = Vec::new();
    for entry in tar::Archive::new(tar).entries()? {
        let mut entry = entry?;
        let name = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        if is_gone(key_of(&name)) {
            continue;
        }
        let mut content = Vec::new();
        entry.read_to_end(&mut content)?;
        let place = archive.add(&name, &content)?;
        members.push((name, place));
    }
    let (tar, sha256) = archive.finish()?;
    Ok(Filtered { tar, sha256, members })
}

/// The key of a member's sample.
pub(crate) fn key_of(member: &str) -> &str {
    member.split_once('.').map_or(member, |(key, _)| key)
}
