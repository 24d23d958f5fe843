//! Resolves targets of Locations and placeholders: paths or addresses in a file.

use url::Url;

use crate::base::{forges::RepositoryPages, path::RelativePath};

/// What a target names.
#[derive(Debug, PartialEq, Eq)]
pub enum Target {
    /// A path in the tree, which may have `*` and `?`.
    Inside(String),
    /// An address of another repository or server.
    Foreign,
    /// A path that leads out of the tree by `..`.
    Outside,
    /// A folder: the path ends with `/`, or is the root.
    Folder,
}

/// Resolves a target against the file that has it. A leading `/` is the root of the tree.
pub fn resolve(file: &RelativePath, text: &str, pages: Option<&RepositoryPages>) -> Target {
    if text.contains("://") {
        let url = Url::parse(text).ok();
        return match url.and_then(|url| pages?.path_of(&url)) {
            Some(path) => normal(Vec::new(), &path),
            None => Target::Foreign,
        };
    }
    if text.starts_with('/') {
        return normal(Vec::new(), text);
    }
    let folder = file.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
    normal(folder.split('/').filter(|part| !part.is_empty()).collect(), text)
}

fn normal<'t>(mut parts: Vec<&'t str>, path: &'t str) -> Target {
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => match parts.pop() {
                Some(_) => {}
                None => return Target::Outside,
            },
            part => parts.push(part),
        }
    }
    let ends_in_folder = matches!(path.rsplit('/').next(), None | Some("" | "." | ".."));
    if parts.is_empty() || ends_in_folder {
        return Target::Folder;
    }
    Target::Inside(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_leads_out_of_the_tree() {
        let file = RelativePath::new("a/b/c.yaml").expect("valid");
        let inside = |path: &str| Target::Inside(path.to_owned());
        let cases = [
            ("d.yaml", inside("a/b/d.yaml")),
            ("./../d.yaml", inside("a/d.yaml")),
            ("../../d.yaml", inside("d.yaml")),
            ("/d/*.yaml", inside("d/*.yaml")),
            ("../../../d.yaml", Target::Outside),
            ("/../d.yaml", Target::Outside),
            ("x/../../../../y/d.yaml", Target::Outside),
            ("https://example.com/d.yaml", Target::Foreign),
            ("file:///etc/passwd", Target::Foreign),
            ("./folder/", Target::Folder),
            ("../..", Target::Folder),
        ];
        for (text, expected) in cases {
            assert_eq!(resolve(&file, text, None), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn what_is_inside_is_a_path_without_dots(text in "[a-c./*]{0,20}") {
            let file = RelativePath::new("a/b.yaml").expect("valid");
            if let Target::Inside(path) = resolve(&file, &text, None) {
                proptest::prop_assert!(RelativePath::new(path).is_ok());
            }
        }
    }
}
