//! Globs without a regular-expression engine: `*`, `**`, `?`, `[a-z]`, `{a,b}` and `\` before any of them.
//!
//! Braces are expanded when a glob is read, because a matcher that tries their combinations can take exponential time.

/// Most bytes of a glob.
const LONGEST: usize = 1024;
/// Most globs without braces that one with braces stands for.
const MOST_EXPANDED: usize = 128;
/// What starts a group of extended globs, which are not supported.
const EXTENDED: &[&str] = &["@(", "!(", "+(", "?(", "*("];
/// Stands for `/` where a slash is a character like any other.
const SLASH: &str = "\u{1}";

/// A glob, read and checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Glob {
    /// What it stands for, without braces.
    patterns: Vec<String>,
    /// True when `*` and `?` match `/`, too.
    is_of_text: bool,
}

/// A text is not a glob.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GlobError {
    /// A bracket, brace or backslash is not complete.
    #[error("{0}")]
    Syntax(String),
    /// A group such as `@(a|b)`.
    #[error("groups such as `@(a|b)` are not supported")]
    Extended,
    /// A range such as `{1..9}`.
    #[error("ranges such as `{{1..9}}` are not supported")]
    Range,
    /// It is longer than it may be, or stands for too many others.
    #[error(
        "a glob has at most {LONGEST} bytes, and its braces stand for at most {MOST_EXPANDED} others"
    )]
    TooLarge,
}

impl Glob {
    /// Reads a glob of paths: `*`, `?` and brackets do not match `/`, and `**` between slashes does.
    ///
    /// # Errors
    /// It is not valid, or larger than the limits.
    pub fn of_path(text: &str) -> Result<Self, GlobError> {
        Self::read(text, false)
    }

    /// Reads a glob of texts, in which `*` and `?` match every character.
    ///
    /// # Errors
    /// It is not valid, or larger than the limits.
    pub fn of_text(text: &str) -> Result<Self, GlobError> {
        Self::read(text, true)
    }

    fn read(text: &str, is_of_text: bool) -> Result<Self, GlobError> {
        if text.len() > LONGEST {
            return Err(GlobError::TooLarge);
        }
        if !is_of_text && EXTENDED.iter().any(|group| text.contains(group)) {
            return Err(GlobError::Extended);
        }
        // The matcher reads an exclamation mark at the start as a negation.
        let text = if text.starts_with('!') { format!("\\{text}") } else { text.to_owned() };
        fast_glob::validate(&text).map_err(|error| GlobError::Syntax(error.to_string()))?;
        let mut patterns = expand(&text)?;
        if is_of_text {
            patterns.iter_mut().for_each(|pattern| *pattern = pattern.replace('/', SLASH));
        }
        Ok(Self { patterns, is_of_text })
    }

    /// True for a text that the whole glob matches.
    pub fn matches(&self, text: &str) -> bool {
        let replaced = (self.is_of_text && text.contains('/')).then(|| text.replace('/', SLASH));
        let text = replaced.as_deref().unwrap_or(text);
        self.patterns.iter().any(|pattern| fast_glob::glob_match(pattern, text))
    }
}

/// True for a text in which nothing stands for something else.
pub fn is_plain(text: &str) -> bool {
    !text.contains(['*', '?', '[', ']', '{', '}', '\\'])
}

/// The globs without braces that a glob with braces stands for.
fn expand(glob: &str) -> Result<Vec<String>, GlobError> {
    let (mut done, mut open) = (Vec::new(), vec![glob.to_owned()]);
    while let Some(glob) = open.pop() {
        match first_group(&glob)? {
            None => done.push(glob),
            Some(Group { start, end, parts }) => {
                let (before, after) = (&glob[..start], &glob[end..]);
                open.extend(parts.iter().map(|part| [before, part, after].concat()));
            }
        }
        if done.len() + open.len() > MOST_EXPANDED {
            return Err(GlobError::TooLarge);
        }
    }
    Ok(done)
}

/// The first group of braces of a glob, from its `{` to behind its `}`.
struct Group {
    start: usize,
    end: usize,
    parts: Vec<String>,
}

/// Finds the first group of braces. One without a comma stands for itself, as in JavaScript's globs and in shells.
fn first_group(glob: &str) -> Result<Option<Group>, GlobError> {
    let (mut start, mut depth, mut parts) = (0, 0_usize, Vec::new());
    let mut part = 0;
    let mut in_class = false;
    let mut characters = glob.char_indices();
    while let Some((at, character)) = characters.next() {
        match character {
            '\\' => drop(characters.next()),
            '[' if !in_class => {
                in_class = true;
                // The first character of a class does not end it.
                let first = characters.clone().next().map(|(_, c)| c);
                if matches!(first, Some('!' | '^')) {
                    characters.next();
                }
                if characters.clone().next().is_some_and(|(_, c)| c == ']') {
                    characters.next();
                }
            }
            ']' => in_class = false,
            _ if in_class => {}
            '{' => {
                if depth == 0 {
                    (start, part) = (at, at + 1);
                }
                depth += 1;
            }
            ',' if depth == 1 => {
                parts.push(glob[part..at].to_owned());
                part = at + 1;
            }
            '}' if depth == 1 => {
                let last = glob[part..at].to_owned();
                if parts.is_empty() && last.contains("..") {
                    return Err(GlobError::Range);
                }
                parts.push(last);
                if let [alone] = parts.as_slice() {
                    parts = vec![format!("\\{{{alone}\\}}")];
                }
                return Ok(Some(Group { start, end: at + 1, parts }));
            }
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(glob: &str, path: &str) -> bool {
        Glob::of_path(glob).expect("a glob").matches(path)
    }

    #[test]
    fn stars_stay_in_a_folder_and_two_of_them_do_not() {
        for (glob, path) in [
            ("*.yaml", "a.yaml"),
            ("*", ".hidden"),
            ("**/*.j2", "a.j2"),
            ("**/*.j2", "a/b/.c.j2"),
            ("a/**", "a/b/c"),
            ("a/**/c", "a/c"),
            ("[!a]?.txt", "bc.txt"),
            ("[]]", "]"),
            ("a\\*b", "a*b"),
            ("!a", "!a"),
        ] {
            assert!(matches(glob, path), "{glob} {path}");
        }
        for (glob, path) in [
            ("*.yaml", "a/b.yaml"),
            ("a?b", "a/b"),
            ("a\\*b", "axb"),
            ("!a", "b"),
            ("a/**", "b/a/c"),
        ] {
            assert!(!matches(glob, path), "{glob} {path}");
        }
    }

    #[test]
    fn braces_are_alternatives_and_alone_they_are_themselves() {
        for path in ["a.ts", "b/x.js", "b/y.js", "b/[.js", "b/].js"] {
            assert!(matches("{a.ts,b/{x,y,[[],[]]}.js}", path), "{path}");
        }
        assert!(matches("${{ values.name }}/*", "${{ values.name }}/x"));
        assert!(!matches("{a,b}", "c"));
        assert_eq!(Glob::of_path("{1..3}"), Err(GlobError::Range));
        assert_eq!(Glob::of_path("{a,b}".repeat(8).as_str()), Err(GlobError::TooLarge));
    }

    #[test]
    fn what_is_not_complete_is_refused() {
        for bad in ["a{b", "[a", "a\\", "@(a|b)", "!(a)"] {
            assert!(Glob::of_path(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn in_a_glob_of_texts_a_star_matches_slashes() {
        let glob = Glob::of_text("https://*.example/*/x").expect("a glob");
        assert!(glob.matches("https://a.b.example/c/d/x"));
        assert!(!glob.matches("https://a.example/x"));
    }

    #[test]
    fn a_hostile_glob_takes_no_exponential_time() {
        let glob = "*a".repeat(200) + "b";
        assert!(!matches(&glob, &"a".repeat(4000)));
        let glob = "**/a/".repeat(100) + "b";
        assert!(!matches(&glob, &"a/".repeat(1000)));
    }
}
