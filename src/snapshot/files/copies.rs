//! Files of a source that are copied into the portal.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::path::RelativePath;

/// The content of files by their path.
pub(in crate::snapshot) type FileCopies = BTreeMap<String, Vec<u8>>;

/// Files while they are collected: names that every system can have, and not too many bytes.
#[derive(Default)]
pub(super) struct CopyBuilder {
    pub(super) files: FileCopies,
    /// Bytes of all files.
    pub(super) bytes: usize,
    /// Their folded paths, to find files that are equal on some file systems.
    folded: BTreeSet<String>,
}

impl CopyBuilder {
    /// Adds a file, unless all have more than `most` bytes then.
    ///
    /// # Errors
    /// Why it cannot be added.
    pub(super) fn add(&mut self, path: &str, bytes: Vec<u8>, most: usize) -> Result<(), String> {
        let checked = RelativePath::new(path).and_then(|path| {
            path.check_portable()?;
            Ok(path.folded())
        });
        let folded = checked.map_err(|error| error.to_string())?;
        if self.bytes + bytes.len() > most {
            return Err("there is too much of it in all".to_owned());
        }
        if !self.folded.insert(folded) {
            return Err("another file has this name where case does not count".to_owned());
        }
        self.bytes += bytes.len();
        self.files.insert(path.to_owned(), bytes);
        Ok(())
    }
}
