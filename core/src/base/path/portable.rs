//! Portability of paths: names that git or some file system reads as another name.
//!
//! A repository is checked out on systems that differ in which names are equal. A checkout must not
//! write to `.git` under any of its names. The rules are those of `is_hfs_dotgit`, `is_ntfs_dotgit` and
//! `verify_path` of git (<https://github.com/git/git/blob/master/path.c>,
//! <https://github.com/git/git/blob/master/utf8.c>), with which git itself refuses such a checkout.

use super::{PathError, RelativePath};
use crate::base::text::visible;

/// Files of git that must not be written under another spelling.
const DOTFILES: &[&str] = &[".git", ".gitmodules", ".gitattributes", ".gitignore", ".mailmap"];
/// Names of devices on Windows, in any case and with any extension
/// (<https://learn.microsoft.com/windows/win32/fileio/naming-a-file>).
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

impl RelativePath {
    /// Checks that the path names the same file in a checkout on every system, and none of git's own
    /// files.
    ///
    /// # Errors
    /// When a part of the path is not portable.
    pub fn check_portable(&self) -> Result<(), PathError> {
        match self.as_str().split('/').find_map(unportable) {
            None => Ok(()),
            Some(reason) => Err(PathError { path: self.0.clone(), reason }),
        }
    }

    /// A key of the path: two paths with the same key are one file on file systems that ignore case and
    /// some characters.
    pub fn folded(&self) -> String {
        fold(self.as_str())
    }
}

/// Why a part of a path is not portable.
fn unportable(part: &str) -> Option<&'static str> {
    let folded = fold(part);
    let trimmed = folded.split(':').next().unwrap_or(&folded).trim_end_matches(['.', ' ']);
    if trimmed == ".git" {
        return Some("it is inside a `.git` folder, as some file system reads it");
    }
    if is_short_name(trimmed) || DOTFILES.contains(&trimmed) && !DOTFILES.contains(&part) {
        return Some("Windows or macOS reads a part of it as a file of git");
    }
    if part.contains([':', '\\']) {
        return Some("it has a colon or a backslash, which Windows reads as the end of a name");
    }
    if part.ends_with(['.', ' ']) {
        return Some("a part of it ends in a dot or a space, which Windows leaves out");
    }
    if is_device(trimmed) {
        return Some("a part of it is the name of a device on Windows");
    }
    // A reviewer could not see such a character.
    (visible(part) != part).then_some("it has a character that cannot be seen")
}

/// Folds to lower case, without the characters that HFS+ ignores.
fn fold(text: &str) -> String {
    let is_ignored = |c: &char| {
        matches!(c, '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}'
            | '\u{feff}')
    };
    text.chars().filter(|c| !is_ignored(c)).flat_map(char::to_lowercase).collect()
}

/// A short name (8.3) that NTFS may have given to `.git`, `.gitmodules` or another file of git:
/// `git~1`, `gitmod~1`, or with a part of a hash, `gi7eba~1`.
fn is_short_name(part: &str) -> bool {
    let Some((stem, number)) = part.split_once('~') else { return false };
    let is_of_git = stem.starts_with("gi") || stem.starts_with("mailma") || stem.starts_with("ma");
    is_of_git
        && stem.len() <= 6
        && stem.bytes().all(|b| b.is_ascii_alphanumeric())
        && number.starts_with(|c: char| c.is_ascii_digit())
}

fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end_matches(' ');
    let is_numbered = stem.strip_prefix("com").or(stem.strip_prefix("lpt")).is_some_and(|number| {
        let mut characters = number.chars();
        let digit = characters.next().is_some_and(|c| c.is_ascii_digit() || "¹²³".contains(c));
        digit && characters.next().is_none()
    });
    is_numbered || DEVICES.contains(&stem)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(path: &str) -> Result<(), PathError> {
        RelativePath::new(path).and_then(|path| path.check_portable())
    }

    #[test]
    fn names_that_some_system_reads_as_git_s_are_refused() {
        for bad in [
            ".git",
            ".GIT/config",
            "a/.Git/x",
            ".git.",
            ".git ",
            ".git...",
            ".git . .",
            ".git:x",
            ".git::$INDEX_ALLOCATION/config",
            "git~1",
            "GIT~1/config",
            "GIT~2",
            "gi7eba~1",
            ".g\u{200c}it/config",
            ".git\u{200d}",
            "\u{feff}.git",
            ".gi\u{206e}t/x",
            ".gitmodules ",
            ".GITMODULES",
            ".gitmod\u{200c}ules",
            "gitmod~1",
            "gitmodules ",
            "gitatt~1",
            "con",
            "CON.txt",
            "a/nul",
            "Aux.c",
            "com1",
            "LPT9.log",
            "com¹",
            "conin$",
            "prn .x",
            "a.",
            "a ",
            "a./b",
            "a:b",
            "a\u{202e}b",
            "a\u{200b}b",
            "a\nb",
            "..",
            "/a",
            "a//b",
        ] {
            assert!(check(bad).is_err(), "{bad:?}");
        }
        for good in [
            ".gitignore",
            ".gitattributes",
            ".gitmodules",
            ".github/workflows/x.yml",
            "git",
            "gitx~",
            "a~1",
            "console",
            "com10",
            "company.md",
            "nullable",
            "a b/c",
            "été/日本.md",
            ".a",
            "a...b",
            "README.md",
            "origin~x",
        ] {
            assert_eq!(check(good), Ok(()), "{good:?}");
        }
    }

    proptest! {
        #[test]
        fn no_disguise_of_git_gets_through(
            (letters, hidden, tail) in (
                prop::collection::vec(any::<bool>(), 4),
                prop::collection::vec((0..5_usize, prop::sample::select(vec![
                    '\u{200c}', '\u{200d}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202e}', '\u{206a}',
                    '\u{206f}', '\u{feff}',
                ])), 0..4),
                "[. ]{0,3}(:[a-z$_]{0,5})?",
            )
        ) {
            let upper = |(c, upper): (char, &bool)| if *upper { c.to_ascii_uppercase() } else { c };
            let mut name: Vec<char> = ".git".chars().zip(&letters).map(upper).collect();
            for (at, character) in hidden {
                name.insert(at.min(name.len()), character);
            }
            let path = format!("a/{}{tail}/config", name.iter().collect::<String>());
            prop_assert!(check(&path).is_err(), "{path:?}");
        }
    }
}
