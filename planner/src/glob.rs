//! Lists of globs that select files of a folder, as globby 11 reads them for Backstage.
//!
//! The list is ordered: a glob with `!` takes back what those before it selected, and one behind it selects again. The
//! name of a folder stands for everything below it, and names that begin with a dot are names like any other.

use crate::base::{
    glob::{Glob, GlobError, is_plain},
    path::RelativePath,
};

/// Most globs of a list.
const MOST: usize = 200;

/// Globs that select files.
#[derive(Debug, Default)]
pub(crate) struct GlobList(Vec<Item>);

#[derive(Debug)]
struct Item {
    glob: Glob,
    /// Whether it takes back what was selected.
    excludes: bool,
    /// Whether it also stands for all that is below a folder of this name.
    has_below: bool,
}

/// A list has a text that is not a glob.
#[derive(Debug, thiserror::Error)]
pub(crate) enum GlobListError {
    #[error("`{0}` is not a glob: {1}")]
    Glob(String, #[source] GlobError),
    #[error("there are more than {MOST} globs")]
    TooMany,
}

impl GlobList {
    /// Reads a list in which every glob also stands for all that is below a folder that it matches.
    ///
    /// # Errors
    /// A text is not a glob, or there are too many.
    pub(crate) fn of_folders(texts: &[&str]) -> Result<Self, GlobListError> {
        let mut list = Self::new(texts)?;
        list.0.iter_mut().for_each(|item| item.has_below = true);
        Ok(list)
    }

    /// Reads a list.
    ///
    /// # Errors
    /// A text is not a glob, or there are too many.
    pub(crate) fn new(texts: &[&str]) -> Result<Self, GlobListError> {
        if texts.len() > MOST {
            return Err(GlobListError::TooMany);
        }
        let items = texts.iter().map(|text| {
            let (excludes, rest) = match text.strip_prefix('!') {
                // `!(…)` is a group, of which the error speaks.
                Some(rest) if !rest.starts_with('(') => (true, rest),
                _ => (false, *text),
            };
            let inside = rest.trim_start_matches("./").trim_end_matches('/');
            let glob = Glob::of_path(inside)
                .map_err(|error| GlobListError::Glob((*text).to_owned(), error))?;
            // Of an excluded folder nothing is walked, whatever glob excluded it.
            Ok(Item { glob, excludes, has_below: excludes || is_plain(inside) })
        });
        Ok(Self(items.collect::<Result<_, _>>()?))
    }

    /// True when the list selects this path.
    pub(crate) fn selects(&self, path: &RelativePath) -> bool {
        let last = self.0.iter().rev().find(|item| item.matches(path.as_str()));
        last.is_some_and(|item| !item.excludes)
    }
}

impl Item {
    fn matches(&self, path: &str) -> bool {
        let folders = path.match_indices('/').map(|(at, _)| &path[..at]);
        self.glob.matches(path)
            || self.has_below && folders.into_iter().any(|folder| self.glob.matches(folder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn selected<'p>(globs: &[&str], paths: &[&'p str]) -> Vec<&'p str> {
        let list = GlobList::new(globs).expect("globs");
        let selects = |path: &&&str| list.selects(&RelativePath::new(**path).expect("a path"));
        paths.iter().filter(selects).copied().collect()
    }

    const PATHS: &[&str] =
        &[".github/a.yml", ".github/b.yml", "charts/x/y.yaml", "chart.yaml", "docs.d/z", "w.d"];

    #[test]
    fn a_list_is_read_in_order() {
        let globs = [".github/*", "!.github/a.yml"];
        assert_eq!(selected(&globs, PATHS), [".github/b.yml"]);
        let globs = [".github/*", "!.github/a.yml", "**/a.yml"];
        assert_eq!(selected(&globs, PATHS), [".github/a.yml", ".github/b.yml"]);
        let globs = ["!.github/a.yml", ".github/*"];
        assert_eq!(selected(&globs, PATHS), [".github/a.yml", ".github/b.yml"]);
        assert!(selected(&["!w.d"], PATHS).is_empty());
    }

    #[test]
    fn a_folder_s_name_stands_for_what_is_below_it_and_a_glob_of_folders_does_not() {
        for globs in [["charts"], ["./charts/"], ["charts/**"]] {
            assert_eq!(selected(&globs, PATHS), ["charts/x/y.yaml"]);
        }
        assert_eq!(selected(&["*"], PATHS), ["chart.yaml", "w.d"]);
        assert_eq!(selected(&["**", "!*.d", "!.github"], PATHS), ["charts/x/y.yaml", "chart.yaml"]);
    }

    #[test]
    fn what_is_no_glob_is_an_error_with_its_text() {
        let error = GlobList::new(&["a", "!(b)"]).expect_err("a group");
        assert!(error.to_string().starts_with("`!(b)` is not a glob"), "{error}");
    }
}
