//! The paths that ARCHITECTURE.md and CONTRIBUTING.md name exist.

use std::{collections::BTreeSet, fs, path::Path};

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// How many behaviours "Where to look" answers for, at least.
const BEHAVIOURS: usize = 30;
/// The most lines of ARCHITECTURE.md.
const LINES: usize = 200;

fn read(document: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(document)).expect(document)
}

/// The texts between backticks.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// The paths of a cell of a table. One that does not begin with a file or folder of the repository's root is
/// relative to the folder of the path before it: after `src/a/b.rs`, `d.rs` is `src/a/d.rs`.
fn paths(cell: &str) -> Vec<String> {
    let mut folder = String::new();
    let mut paths = Vec::new();
    for word in code(cell).filter(|word| is_path(word)) {
        let first = word.split('/').next().unwrap_or_default();
        let path = match Path::new(ROOT).join(first).exists() {
            true => word.to_owned(),
            false => format!("{folder}{word}"),
        };
        folder = path.rfind('/').map_or_else(String::new, |at| path[..=at].to_owned());
        paths.push(path);
    }
    paths
}

/// True for what looks like a path of the repository, and not like code.
fn is_path(word: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-".contains(c);
    let is_file = |name: &str| name.rsplit_once('.').is_some_and(|(_, kind)| !kind.is_empty());
    word.chars().all(is_plain) && (word.contains('/') || is_file(word))
}

/// The cells of the rows of a document's tables, below a heading.
fn rows<'t>(text: &'t str, heading: &str) -> Vec<Vec<&'t str>> {
    let section = text.split_once(heading).expect("the heading").1;
    let section = section.split("\n## ").next().unwrap_or_default();
    let lines = section.lines().filter(|line| line.starts_with('|')).skip(2);
    lines.map(|line| line.trim_matches('|').split('|').map(str::trim).collect()).collect()
}

/// Names of rows, and the paths in them that do not exist.
fn missing(rows: &[Vec<&str>]) -> Vec<String> {
    let wrong = rows.iter().flat_map(|cells| {
        let all = cells[1..].iter().flat_map(|cell| paths(cell));
        let gone = all.filter(|path| !Path::new(ROOT).join(path).exists());
        gone.map(move |path| format!("{}: there is no {path}", cells[0]))
    });
    wrong.collect()
}

#[test]
fn where_to_look_names_what_exists_for_thirty_behaviours() {
    let text = read("ARCHITECTURE.md");
    let rows = rows(&text, "## Where to look\n");
    assert_eq!(missing(&rows), [""; 0]);
    let empty: Vec<_> = rows.iter().filter(|cells| paths(cells[1]).is_empty()).collect();
    assert!(empty.is_empty(), "rows without a path: {empty:?}");
    let behaviours: BTreeSet<_> = rows.iter().map(|cells| cells[0]).collect();
    assert_eq!(behaviours.len(), rows.len(), "one behaviour has two rows");
    assert!(behaviours.len() >= BEHAVIOURS, "{} behaviours", behaviours.len());
    let lines = text.lines().count();
    assert!(lines <= LINES, "ARCHITECTURE.md has {lines} lines");
}

#[test]
fn what_to_imitate_exists() {
    let text = read("CONTRIBUTING.md");
    assert_eq!(missing(&rows(&text, "## Where a new thing goes\n")), [""; 0]);
    let prose = text.split("```").step_by(2);
    let named = prose.flat_map(code).filter(|word| is_path(word) && word.contains('/'));
    let gone: Vec<_> = named.filter(|path| !Path::new(ROOT).join(path).exists()).collect();
    assert_eq!(gone, [""; 0]);
}

#[test]
fn names_without_a_folder_stand_in_the_folder_before_them() {
    let cell = "`src/git/log.rs`, `push.rs`; then `src/site/`, `mod.rs`, never `Sink` nor `a::b`";
    let expected = ["src/git/log.rs", "src/git/push.rs", "src/site/", "src/site/mod.rs"];
    assert_eq!(paths(cell), expected);
}
