//! The files of a plan as a tree, one line for each folder and file.

use super::PlannedFile;

/// Spaces before the name of what is in a folder.
const INDENT: &str = "  ";

/// The lines of the tree: each with the file that it stands for, `None` for a folder. Folders that are opened at once
/// share a line.
pub(super) fn lines(files: &[PlannedFile]) -> Vec<(String, Option<&PlannedFile>)> {
    let mut lines = Vec::new();
    // The folders that are open, each by its path from the root with a slash at the end.
    let mut open: Vec<&str> = Vec::new();
    for file in files {
        let path = file.path.as_str();
        let folder = &path[..path.rfind('/').map_or(0, |at| at + 1)];
        while open.last().is_some_and(|last| !folder.starts_with(last)) {
            open.pop();
        }
        let inside = open.last().copied().unwrap_or_default();
        if folder != inside {
            lines.push((format!("{}{}", INDENT.repeat(open.len()), &folder[inside.len()..]), None));
            open.push(folder);
        }
        lines.push((format!("{}{}", INDENT.repeat(open.len()), file.path.file_name()), Some(file)));
    }
    lines
}
