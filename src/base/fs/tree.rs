//! Operations on directory trees: hard-link copies, comparison with a record, atomic exchange.

use std::{collections::BTreeSet, fs, io, path::Path};

use rayon::prelude::*;

use super::{FileError, create_dir_all, is_missing, remove_file};
use crate::base::path::RelativePath;

/// Copies a tree by hard links, except for some files. Where the file system has no hard links, files are
/// copied. Empty directories are left out; a missing directory has no files.
///
/// Both trees then share their files: nobody may write into such a file, only replace it.
pub fn link_tree(
    from: &Path,
    to: &Path,
    without: &BTreeSet<&RelativePath>,
) -> Result<(), FileError> {
    let mut made = None;
    for entry in walkdir::WalkDir::new(from).sort_by_file_name() {
        let entry = match entry {
            Ok(entry) if entry.file_type().is_dir() => continue,
            Ok(entry) => entry,
            Err(e) if e.depth() == 0 && is_missing(&e) => return Ok(()),
            Err(e) => return Err(FileError::new("walk", from, e.into())),
        };
        let relative = entry.path().strip_prefix(from).unwrap_or(entry.path());
        if RelativePath::from_path(relative).is_ok_and(|path| without.contains(&path)) {
            continue;
        }
        let target = to.join(relative);
        if made.as_deref() != target.parent() {
            made = target.parent().map(Path::to_owned);
            create_dir_all(made.as_deref().unwrap_or(to))?;
        }
        link_at(entry.path(), &target)?;
    }
    Ok(())
}

/// Makes a file available at a second path, replacing a file there: as a hard link, else as a copy.
pub fn link(from: &Path, to: &Path) -> Result<(), FileError> {
    remove_file(to)?;
    if let Some(parent) = to.parent() {
        create_dir_all(parent)?;
    }
    link_at(from, to)
}

fn link_at(from: &Path, to: &Path) -> Result<(), FileError> {
    fs::hard_link(from, to)
        .or_else(|_| fs::copy(from, to).map(drop))
        .map_err(|e| FileError::new("copy", from, e))
}

/// Whether a tree is unchanged since it was written: it has exactly `count` files, each of the size
/// that `size` returns, and the file `mark`, and no file is newer than `mark`, which was written last.
pub fn tree_matches(
    root: &Path,
    mark: &str,
    count: usize,
    size: impl Fn(&str) -> Option<u64> + Sync,
) -> bool {
    let Ok(end) = fs::metadata(root.join(mark)).and_then(|file| file.modified()) else {
        return false;
    };
    let is_right = |path: &str, file: &fs::Metadata| {
        let is_older = file.modified().is_ok_and(|time| time <= end);
        path == mark || is_older && size(path) == Some(file.len())
    };
    count_files(root, "", &is_right) == Some(count + 1)
}

/// Counts the files below a directory; `None` when `is_right` is false for one. `path` is the
/// directory's path below the root, empty or with a slash at its end.
fn count_files(
    directory: &Path,
    path: &str,
    is_right: &(impl Fn(&str, &fs::Metadata) -> bool + Sync),
) -> Option<usize> {
    let (mut files, mut below) = (0, Vec::new());
    for entry in fs::read_dir(directory).ok()? {
        let entry = entry.ok()?;
        let name = entry.file_name();
        let path = format!("{path}{}", name.to_str()?);
        if entry.file_type().ok()?.is_dir() {
            below.push((entry.path(), path + "/"));
        } else if is_right(&path, &entry.metadata().ok()?) {
            files += 1;
        } else {
            return None;
        }
    }
    let below = below.par_iter().map(|(directory, path)| count_files(directory, path, is_right));
    Some(files + below.sum::<Option<usize>>()?)
}

/// Exchanges the files or directories at two paths atomically (`RENAME_EXCHANGE`). Returns false, and
/// changes nothing, where the operating system or the file system does not support it.
pub fn exchange(one: &Path, other: &Path) -> Result<bool, FileError> {
    match exchange_at_once(one, other) {
        Ok(()) => Ok(true),
        Err(e) if is_unsupported(e.kind()) => Ok(false),
        Err(e) => Err(FileError::new("exchange", other, e)),
    }
}

/// Network file systems do not support the flag (`EINVAL`); overlay file systems of containers cannot
/// move a directory of a lower layer (`EXDEV`).
fn is_unsupported(kind: io::ErrorKind) -> bool {
    use io::ErrorKind::{CrossesDevices, InvalidInput, Unsupported};
    matches!(kind, CrossesDevices | InvalidInput | Unsupported)
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange_at_once(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange_at_once(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::fs::{read_text, walk_files, write_atomic};

    #[test]
    fn linked_files_are_the_same_and_exchanged_at_once() {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let [old, new] = ["old", "deep/new"].map(|name| directory.path().join(name));
        for file in ["a/1", "a/2", "b"] {
            write_atomic(&old.join(file), file.as_bytes()).expect("writable");
        }
        let gone = RelativePath::new("b").expect("valid");
        link_tree(&old, &new, &[&gone].into()).expect("linked");
        write_atomic(&new.join("a/1"), b"changed").expect("writable");
        assert_eq!(read_text(&old.join("a/1")).expect("there"), "a/1");
        if exchange(&new, &old).expect("possible") {
            let files = walk_files(&old).expect("readable");
            assert_eq!(files.iter().map(RelativePath::as_str).collect::<Vec<_>>(), ["a/1", "a/2"]);
            assert_eq!(read_text(&old.join("a/1")).expect("there"), "changed");
            assert_eq!(walk_files(&new).expect("readable").len(), 3);
        }
        link_tree(&directory.path().join("missing"), &new, &BTreeSet::new()).expect("nothing");
        assert!(exchange(&directory.path().join("missing"), &old).is_err());
    }
}
