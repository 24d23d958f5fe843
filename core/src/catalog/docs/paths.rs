//! Paths within a set of documentation: strings with `/` as separator; the folder itself is empty.

use std::borrow::Cow;

use crate::base::percent;

/// Joins a folder, which may be empty, with a path below it.
pub fn join(folder: &str, below: &str) -> String {
    match (folder, below) {
        ("", below) => below.to_owned(),
        (folder, "") => folder.to_owned(),
        (folder, below) => format!("{folder}/{below}"),
    }
}

/// The folder of a file; empty at the top.
pub fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Resolves a relative path against a folder; `None` when it leads out of the root.
pub fn resolve(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()?),
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The relative path from a folder to a path.
pub fn relative(from: &str, to: &str) -> String {
    let from: Vec<&str> = from.split('/').filter(|part| !part.is_empty()).collect();
    let to: Vec<&str> = to.split('/').collect();
    let most = to.len().saturating_sub(1);
    let same = from.iter().zip(&to[..most]).take_while(|(a, b)| a == b).count();
    "../".repeat(from.len() - same) + &to[same..].join("/")
}

/// Decodes percent-encoding such as `%20`. A text whose bytes are not UTF-8 then is kept.
pub fn decoded(text: &str) -> String {
    percent::decode(text).map_or_else(|| text.to_owned(), Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_resolved_and_made_relative() {
        assert_eq!(resolve("a/b", "../c/./d.md").as_deref(), Some("a/c/d.md"));
        assert_eq!(resolve("a", "../.."), None);
        assert_eq!(relative("a/b", "a/c.html"), "../c.html");
        assert_eq!(relative("", "a/c.html"), "a/c.html");
        assert_eq!(relative("a", "a"), "../a");
        assert_eq!(relative("a/b", "a/b/c"), "c");
        assert_eq!(decoded("a%20b%zz%C3%A9"), "a b%zzé");
    }
}
