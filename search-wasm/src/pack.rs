//! The format of the index files, which any static host can serve, for writer and reader.
//!
//! The files of tantivy and those of `rows` are cut into *chunks* named after their content, so that browsers can
//! cache them forever. *Hot* bytes are read whenever the index is opened. They are in one *bundle* after the
//! *manifest*, which has the places of all bytes; the bundle of a small index has all bytes. The *head* has a fixed
//! name and contains the name of the bundle. Bundle and chunks are gzip, so that hosts need not compress, and the
//! checksum of gzip detects damage. A chunk of hot bytes only is not written and has an empty name.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::Error;

/// The version of the format. An engine opens indexes of its own version only.
pub const FORMAT: u32 = 2;

/// The name of the head, the only file that is not named after its content.
pub const HEAD_NAME: &str = "index.json";

/// The folder of all other files. Their content never changes, so that a host can send `immutable`.
pub const PARTS: &str = "parts/";

/// The head of an index.
#[derive(Debug, Serialize, Deserialize)]
pub struct Head {
    /// [`FORMAT`] of the writer.
    pub format: u32,
    /// Name of the bundle, in [`PARTS`].
    pub bundle: String,
}

/// The places of all bytes of the index.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Manifest {
    /// [`FORMAT`] of the writer.
    pub(crate) format: u32,
    /// The index's files by name.
    pub(crate) files: BTreeMap<String, PackedFile>,
}

/// One file of the index.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct PackedFile {
    /// Name and length of each chunk in order; the name is empty when all bytes are hot.
    pub(crate) chunks: Vec<(String, usize)>,
    /// Offset and length of the hot ranges, ascending and without overlap.
    pub(crate) hot: Vec<(usize, usize)>,
}

impl Manifest {
    /// Parses a bundle: the length of the manifest, the manifest, the hot bytes. Checks that the manifest is
    /// consistent, so that readers need no checks.
    pub(crate) fn parse(bundle: &[u8]) -> Result<(Self, &[u8]), Error> {
        #[derive(Deserialize)]
        struct Version {
            format: u32,
        }
        let broken = |e: serde_json::Error| Error::Manifest(e.to_string());
        let short = || Error::Manifest("the bundle is cut short".into());
        let (len, rest) = bundle.split_first_chunk().ok_or_else(short)?;
        let len = u32::from_le_bytes(*len) as usize;
        let (json, hot) = rest.split_at_checked(len).ok_or_else(short)?;
        let version: Version = serde_json::from_slice(json).map_err(broken)?;
        if version.format != FORMAT {
            return Err(Error::Manifest("its format is not this engine's".into()));
        }
        let manifest: Self = serde_json::from_slice(json).map_err(broken)?;
        if !manifest.files.values().all(PackedFile::is_sound) {
            return Err(Error::Manifest("a file's parts do not make up its length".into()));
        }
        let lens = manifest.files.values().flat_map(|file| &file.hot).map(|&(_, len)| len);
        if lens.sum::<usize>() != hot.len() {
            return Err(Error::Manifest("the hot ranges do not make up the bundle".into()));
        }
        Ok((manifest, hot))
    }
}

impl PackedFile {
    /// Length in bytes.
    pub(crate) fn len(&self) -> usize {
        self.chunks.iter().map(|(_, len)| len).sum()
    }

    /// The names and ranges of the chunks.
    pub(crate) fn ranges(&self) -> impl Iterator<Item = (&str, Range<usize>)> {
        let mut start = 0;
        self.chunks.iter().map(move |(name, len)| {
            start += len;
            (name.as_str(), start - len..start)
        })
    }

    /// Whether chunks and hot ranges are consistent. When the result is true, no sum of lengths overflows.
    fn is_sound(&self) -> bool {
        let lens = self.chunks.iter().map(|&(_, len)| len);
        let Some(file_len) = lens.clone().try_fold(0_usize, usize::checked_add) else {
            return false;
        };
        let mut end = 0;
        let ascending = self.hot.iter().all(|&(offset, len)| {
            let apart = offset >= end && len > 0;
            end = offset.saturating_add(len);
            apart && end <= file_len
        });
        let is_hot = |range: &Range<usize>| {
            self.hot.iter().any(|&(at, len)| at <= range.start && range.end <= at + len)
        };
        let named = |(name, range): (&str, Range<usize>)| !name.is_empty() || is_hot(&range);
        ascending && lens.min() != Some(0) && self.ranges().all(named)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bundle(json: &str, hot: usize) -> Vec<u8> {
        let mut bundle = (json.len() as u32).to_le_bytes().to_vec();
        bundle.extend_from_slice(json.as_bytes());
        bundle.extend(vec![0; hot]);
        bundle
    }

    fn manifest(
        hot: &[(usize, usize)],
        chunks: &[(&str, usize)],
        hot_len: usize,
    ) -> Result<(), Error> {
        let json =
            serde_json::json!({"format": FORMAT, "files": {"f": {"chunks": chunks, "hot": hot}}});
        Manifest::parse(&bundle(&json.to_string(), hot_len)).map(|_| ())
    }

    #[test]
    fn a_manifest_that_contradicts_itself_is_refused() {
        let chunks = [("a", 4), ("b", 4), ("c", 2)];
        assert!(manifest(&[(0, 2), (2, 3)], &chunks, 5).is_ok());
        assert!(manifest(&[(0, 2), (1, 3)], &chunks, 5).is_err(), "overlapping");
        assert!(manifest(&[(8, 3)], &chunks, 3).is_err(), "beyond the end");
        assert!(manifest(&[(1, usize::MAX)], &chunks, 3).is_err(), "overflowing");
        assert!(manifest(&[], &[("a", usize::MAX), ("b", 2)], 0).is_err(), "too long");
        assert!(manifest(&[(0, 4)], &[("", 4), ("b", 4)], 4).is_ok());
        assert!(manifest(&[(0, 3)], &[("", 4), ("b", 4)], 3).is_err(), "a chunk is missing");
        assert!(manifest(&[(0, 2)], &chunks, 3).is_err(), "more hot bytes");
    }

    #[test]
    fn another_format_is_named_as_the_reason() {
        let error = Manifest::parse(&bundle(r#"{"format": 999}"#, 0)).expect_err("another format");
        assert!(error.to_string().contains("its format is not this engine's"), "{error}");
        assert!(Manifest::parse(b"<html>").is_err());
        assert!(Manifest::parse(b"").is_err());
    }
}
