//! The layers point one way only: `cli` → jobs → `catalog`, `forge`, `git`, `search` → `base`.

use std::{fs, path::Path};

/// What each module below `src/` may use, beside itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("catalog", &["base"]),
    ("forge", &["base"]),
    ("git", &["base"]),
    ("search", &["base"]),
    ("snapshot", &["base", "catalog", "git"]),
    ("site", &["base", "catalog", "search"]),
    ("scaffold", &["base", "catalog", "forge", "git"]),
    ("fuzzing", &["base", "scaffold", "site"]),
    ("cli", &["base", "catalog", "forge", "git", "search", "snapshot", "site", "scaffold"]),
];

#[test]
fn no_module_uses_a_layer_above_or_beside_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in walkdir(&src) {
        let relative = entry.strip_prefix(&src).expect("below src").to_string_lossy().into_owned();
        let module = relative.split(['/', '.']).next().unwrap_or_default();
        if matches!(relative.as_str(), "lib.rs" | "main.rs") {
            continue;
        }
        let (_, allowed) = MAY_USE
            .iter()
            .find(|(name, _)| *name == module)
            .unwrap_or_else(|| panic!("src/{relative}: `{module}` is in no layer"));
        let text = fs::read_to_string(&entry).expect("readable");
        for (number, used) in uses(&text) {
            seen += 1;
            if used != module && !allowed.contains(&used.as_str()) {
                wrong.push(format!("src/{relative}:{number}: `{module}` must not use `{used}`"));
            }
        }
    }
    assert!(seen > 15, "only {seen} uses were found: does this test still read the code?");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The top-level modules that a file names after `crate::`, with line numbers, also those in braces.
fn uses(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let number = text[..at].matches('\n').count() + 1;
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        if text[line_start..at].trim_start().starts_with("//") {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(group_roots(group).into_iter().map(|name| (number, name))),
            None => found.push((number, word(rest))),
        }
    }
    found
}

/// The first word of each part of `a::b, c::{d, e}, f}…`, at depth one.
fn group_roots(group: &str) -> Vec<String> {
    let (mut roots, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => {
                roots.push(word(group[start..at].trim_start()));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                roots.push(word(group[start..at].trim_start()));
                start = at + 1;
            }
            _ => {}
        }
    }
    roots.retain(|root| !root.is_empty());
    roots
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn walkdir(directory: &Path) -> Vec<std::path::PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(directory).expect("readable") {
        let path = entry.expect("readable").path();
        if path.is_dir() {
            files.extend(walkdir(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

#[test]
fn uses_are_found_in_every_form() {
    let text = "use crate::{\n    base::{fs, yaml},\n    catalog::Catalog,\n};\n// crate::cli\ncrate::git::x();\n";
    let names: Vec<_> =
        uses(text).into_iter().map(|(line, name)| format!("{line}:{name}")).collect();
    assert_eq!(names, ["1:base", "1:catalog", "6:git"]);
}
