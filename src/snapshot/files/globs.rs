//! Patterns of the files that have entities.

use globset::{GlobBuilder, GlobMatcher};

/// Folders that patterns do not match unless they name them: code of others, and files that are not
/// real entities.
const LEFT_OUT: &[&str] =
    &["__fixtures__", "fixtures", "node_modules", "skeleton", "skeletons", "testdata", "vendor"];

/// Patterns of paths; a pattern that begins with `!` excludes files.
#[derive(Debug, Default)]
pub(in crate::snapshot) struct Globs {
    patterns: Vec<Pattern>,
}

/// A pattern: `*` and `?` do not match `/`, `**` does.
#[derive(Debug)]
pub(super) struct Pattern {
    text: String,
    matcher: GlobMatcher,
    leaves_out: bool,
}

/// A pattern that is not valid.
#[derive(Debug, thiserror::Error)]
#[error("`{text}` is not a pattern of files: {source}")]
pub(in crate::snapshot) struct GlobError {
    /// Its index among the patterns of the source.
    pub(in crate::snapshot) index: usize,
    text: String,
    source: globset::Error,
}

impl Globs {
    /// Compiles the patterns of a source, in full glob syntax.
    ///
    /// # Errors
    /// The first pattern that is not valid.
    pub(in crate::snapshot) fn new(written: &[String]) -> Result<Self, GlobError> {
        let patterns = written.iter().enumerate().map(|(at, text)| {
            let (leaves_out, text) = match text.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, text.as_str()),
            };
            let text = text.trim_start_matches("./").trim_start_matches('/');
            let pattern = Pattern::compile(text, text, leaves_out);
            pattern.map_err(|source| GlobError { index: at, text: text.to_owned(), source })
        });
        Ok(Self { patterns: patterns.collect::<Result<_, _>>()? })
    }

    /// True for a path that a pattern matches and none excludes.
    pub(super) fn matches(&self, path: &str) -> bool {
        let (out, within): (Vec<_>, Vec<_>) = self.patterns.iter().partition(|p| p.leaves_out);
        within.iter().any(|pattern| pattern.matches(path))
            && !out.iter().any(|pattern| pattern.matcher.is_match(path))
    }
}

impl Pattern {
    /// Compiles the target of a Location, in which only `*` and `?` are special.
    pub(super) fn of_target(text: &str) -> Result<Self, globset::Error> {
        let mut plain = String::with_capacity(text.len());
        for character in text.chars() {
            if matches!(character, '[' | ']' | '{' | '}' | '\\') {
                plain.push('\\');
            }
            plain.push(character);
        }
        Self::compile(text, &plain, false)
    }

    fn compile(text: &str, glob: &str, leaves_out: bool) -> Result<Self, globset::Error> {
        let mut builder = GlobBuilder::new(glob);
        let glob = builder.literal_separator(true).backslash_escape(true).build()?;
        Ok(Self { text: text.to_owned(), matcher: glob.compile_matcher(), leaves_out })
    }

    /// True for a path that matches and is in no folder that is left out.
    pub(super) fn matches(&self, path: &str) -> bool {
        self.matcher.is_match(path) && !self.is_hidden(path)
    }

    fn is_hidden(&self, path: &str) -> bool {
        let folders = path.rsplit_once('/').map_or("", |(folders, _)| folders);
        let folders: Vec<_> = folders.split('/').collect();
        (0..folders.len()).any(|at| {
            let is_left_out = folders[at].starts_with('.')
                || LEFT_OUT.contains(&folders[at])
                || is_skeleton(&folders[..=at]);
            is_left_out && !self.text.split('/').any(|part| part == folders[at])
        })
    }
}

/// True for the folder of a template's skeleton, whose files have placeholders: `template/content` as
/// Backstage's `create-app` makes it, `templates/NAME/content`, and names with an expression, as
/// in `${{ values.name }}` or `{{cookiecutter.name}}`.
fn is_skeleton(folders: &[&str]) -> bool {
    match folders {
        [.., name] if name.contains("{{") || name.contains("{%") => true,
        [.., "template", "content"] | [.., "templates", _, "content"] => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn globs(written: &[&str]) -> Globs {
        Globs::new(&written.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>()).expect("patterns")
    }

    #[test]
    fn what_others_wrote_is_left_out_unless_it_is_named() {
        let usual = globs(&["**/catalog-info.yaml"]);
        assert!(usual.matches("catalog-info.yaml") && usual.matches("a/b/catalog-info.yaml"));
        for other in ["node_modules/x", ".hidden", "a/vendor/b", "skeleton", "a/fixtures"] {
            assert!(!usual.matches(&format!("{other}/catalog-info.yaml")), "{other}");
        }
        for skeleton in [
            "examples/template/content",
            "templates/node-service/content",
            "t/${{ values.name }}",
            "a/{{cookiecutter.project}}/b",
        ] {
            assert!(!usual.matches(&format!("{skeleton}/catalog-info.yaml")), "{skeleton}");
        }
        assert!(usual.matches("content/catalog-info.yaml"));
        assert!(usual.matches("templates/content/catalog-info.yaml"));
        assert!(globs(&["template/content/*.yaml"]).matches("template/content/catalog-info.yaml"));
        assert!(!usual.matches("my-catalog-info.yaml"));
        assert!(globs(&["./.backstage/*.yaml"]).matches(".backstage/a.yaml"));
        assert!(!globs(&[".backstage/*.yaml"]).matches(".backstage/b/a.yaml"));
    }

    #[test]
    fn patterns_can_leave_out_and_mistakes_are_placed() {
        let some = globs(&["**/*.yaml", "!**/test/**"]);
        assert!(some.matches("a/b.yaml") && !some.matches("a/test/b.yaml"));
        let error = Globs::new(&["ok".into(), "a{b".into()]).expect_err("no pattern");
        assert_eq!(error.index, 1);
    }

    #[test]
    fn in_a_target_only_stars_and_question_marks_stand_for_something() {
        let pattern = Pattern::of_target("a[1]/{b}?.*").expect("a pattern");
        assert!(pattern.matches("a[1]/{b}x.yaml") && !pattern.matches("a1/bx.yaml"));
    }
}
