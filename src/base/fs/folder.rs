//! Reads a whole folder into memory, with modes and links.

use std::{fs, path::Path};

use callboard_core::base::files::{MOST_BYTES, MOST_FILES, Mode, TreeError, TreeFile};

use super::{FileError, create_dir_all, is_missing, read, remove_file, write_atomic};
use crate::base::path::RelativePath;

/// Reads all files below a folder, sorted by path; a missing folder has none. Symbolic links are read, never
/// followed.
///
/// # Errors
/// The file system fails, something is no file, or the folder is too large.
pub fn read_tree(folder: &Path) -> Result<Vec<TreeFile>, TreeError> {
    let (mut files, mut total) = (Vec::new(), 0);
    let walk = walkdir::WalkDir::new(folder).sort_by_file_name().follow_root_links(false);
    for entry in walk {
        let entry = match entry {
            Ok(entry) => entry,
            Err(e) if e.depth() == 0 && is_missing(&e) => return Ok(files),
            Err(e) => return Err(FileError::new("walk", folder, e.into()).into()),
        };
        if entry.file_type().is_dir() {
            continue;
        }
        let inside = entry.path().strip_prefix(folder).unwrap_or(entry.path());
        let path = RelativePath::from_path(inside)?;
        let (bytes, mode) = if entry.path_is_symlink() {
            (link_target(entry.path())?, Mode::Link)
        } else if entry.file_type().is_file() {
            let data = entry.metadata().ok();
            let length = data.as_ref().map_or(0, std::fs::Metadata::len);
            if total as u64 + length > MOST_BYTES as u64 {
                return Err(TreeError::TooLarge);
            }
            let is_executable = data.is_some_and(|data| is_executable(&data));
            let mode = if is_executable { Mode::Executable } else { Mode::File };
            (read(entry.path())?, mode)
        } else {
            return Err(TreeError::NotAFile(path.to_string()));
        };
        total += bytes.len();
        files.push(TreeFile { path, bytes, mode });
        if files.len() > MOST_FILES || total > MOST_BYTES {
            return Err(TreeError::TooLarge);
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// Writes files with their modes into a directory, which is created when it is missing.
pub fn write_tree<'f>(
    directory: &Path,
    files: impl IntoIterator<Item = (&'f RelativePath, &'f [u8], Mode)>,
) -> Result<(), FileError> {
    create_dir_all(directory)?;
    for (path, bytes, mode) in files {
        let target = path.below(directory);
        match mode {
            Mode::Link => write_link(&target, bytes)?,
            Mode::File => write_atomic(&target, bytes)?,
            Mode::Executable => {
                write_atomic(&target, bytes)?;
                make_executable(&target)?;
            }
        }
    }
    Ok(())
}

fn link_target(link: &Path) -> Result<Vec<u8>, FileError> {
    let target = fs::read_link(link).map_err(|e| FileError::new("read", link, e))?;
    Ok(target.into_os_string().into_encoded_bytes())
}

/// Whether the system lets a file be executed; never where files have no such mode.
pub fn is_executable(data: &fs::Metadata) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        data.permissions().mode() & 0o111 != 0
    }
    #[cfg(not(unix))]
    {
        let _ = data;
        false
    }
}

/// Writes a symbolic link with this target, replacing a file there.
pub fn write_link(path: &Path, target: &[u8]) -> Result<(), FileError> {
    remove_file(path)?;
    if let Some(parent) = path.parent() {
        create_dir_all(parent)?;
    }
    let target = String::from_utf8_lossy(target);
    #[cfg(unix)]
    let made = std::os::unix::fs::symlink(&*target, path);
    #[cfg(not(unix))]
    let made = fs::write(path, target.as_bytes());
    made.map_err(|e| FileError::new("link", path, e))
}

/// Lets everybody execute a file, where the system has such a mode.
pub fn make_executable(path: &Path) -> Result<(), FileError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))
            .map_err(|e| FileError::new("change", path, e))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
