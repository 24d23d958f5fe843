//! The layers point one way only: `cli` → jobs → `catalog`, `forge`, `git`, `search` → `base`.

use std::{fs, path::Path};

/// The folders of the packages whose modules have layers.
const SOURCES: &[&str] = &["core/src", "src"];

/// What each module of `planner/src` may not name: what only apply has.
const NOT_IN_A_PLAN: &[&str] =
    &["World", "Executor", "reqwest", "git2", "std::fs", "std::process", "std::net"];

/// What each module of them may use, beside itself.
const MAY_USE: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("catalog", &["base"]),
    ("forge", &["base"]),
    ("git", &["base"]),
    ("search", &["base"]),
    ("snapshot", &["base", "catalog", "git"]),
    ("site", &["base", "catalog", "search"]),
    ("scaffold", &["base", "catalog", "forge", "git"]),
    ("fuzzing", &["base", "catalog", "scaffold", "site"]),
    ("cli", &["base", "catalog", "forge", "git", "search", "snapshot", "site", "scaffold"]),
];

/// What each folder or file of `src/site` may use of `src/site`, beside itself: only what stands above it here.
const SITE_MAY_USE: &[(&str, &[&str])] = &[
    ("error", &[]),
    ("key", &["error"]),
    ("text", &["key"]),
    ("input", &["text"]),
    ("theme", &["error", "input", "text"]),
    ("model", &["error", "input", "key", "text"]),
    ("parts", &["input", "key", "model", "text", "theme"]),
    ("rebuild", &["error", "key", "model", "parts", "theme"]),
    ("output", &["error", "key", "rebuild", "text", "theme"]),
    ("exports", &["error", "input", "key", "model", "output", "parts", "rebuild", "text", "theme"]),
    ("pages", &["error", "input", "key", "model", "output", "parts", "rebuild", "text", "theme"]),
];

#[test]
fn no_module_uses_a_layer_above_or_beside_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut wrong = Vec::new();
    let mut seen = 0;
    let folders = SOURCES.iter().map(|folder| root.join(folder));
    for (src, entry) in
        folders.flat_map(|src| walkdir(&src).into_iter().map(move |e| (src.clone(), e)))
    {
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

#[test]
fn plans_and_actions_know_nothing_of_the_world() {
    let planner = Path::new(env!("CARGO_MANIFEST_DIR")).join("planner/src");
    let mut wrong = Vec::new();
    let files = walkdir(&planner);
    assert!(files.len() > 30, "only {} files were found", files.len());
    for entry in files.iter().filter(|entry| !entry.to_string_lossy().contains("/tests")) {
        let text = fs::read_to_string(entry).expect("readable");
        let is_code = |line: &str| !line.trim_start().starts_with("//");
        for (number, line) in text.lines().enumerate().filter(|(_, line)| is_code(line)) {
            let words: Vec<_> =
                line.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':')).collect();
            for name in
                NOT_IN_A_PLAN.iter().filter(|name| words.iter().any(|word| word.contains(*name)))
            {
                wrong.push(format!("{}:{}: `{name}`", entry.display(), number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_folders_of_the_site_have_one_direction() {
    let site = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/site");
    let mut wrong = Vec::new();
    let mut seen = 0;
    for entry in walkdir(&site) {
        let relative = entry.strip_prefix(&site).expect("below it").to_string_lossy().into_owned();
        let folder = relative.split(['/', '.']).next().unwrap_or_default();
        // The root joins all folders, and tests build whole sites.
        if relative == "mod.rs" || relative.ends_with("tests.rs") {
            continue;
        }
        let (_, allowed) = SITE_MAY_USE
            .iter()
            .find(|(name, _)| *name == folder)
            .unwrap_or_else(|| panic!("src/site/{relative}: `{folder}` has no place in the order"));
        let text = fs::read_to_string(&entry).expect("readable");
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (number, used) in uses_of_site(text) {
            seen += 1;
            if used != folder && !allowed.contains(&used.as_str()) {
                wrong.push(format!(
                    "src/site/{relative}:{number}: `{folder}` must not use `{used}`"
                ));
            }
        }
        let depth = relative.trim_end_matches("/mod.rs").split('/').count();
        if let Some(number) = leaves_its_folder(text, depth) {
            wrong.push(format!("src/site/{relative}:{number}: another folder is named by `super`"));
        }
    }
    assert!(seen > 150, "only {seen} uses were found: does this test still read the code?");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn what_a_folder_of_the_site_may_use_comes_before_it() {
    for (at, (folder, allowed)) in SITE_MAY_USE.iter().enumerate() {
        for name in *allowed {
            let before = SITE_MAY_USE[..at].iter().any(|(other, _)| other == name);
            assert!(before, "`{folder}` may use `{name}`, which does not come before it");
        }
    }
}

/// The modules of `site` that a file names after `crate::site::` or, in braces, after `site::`.
fn uses_of_site(text: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("site::") {
        let before = text[..at].chars().next_back().unwrap_or(' ');
        let line_start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
        let is_comment = text[line_start..at].trim_start().starts_with("//");
        if is_comment || before.is_alphanumeric() || before == '_' {
            continue;
        }
        let number = text[..at].matches('\n').count() + 1;
        let rest = &text[at + "site::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => found.extend(group_roots(group).into_iter().map(|name| (number, name))),
            None => found.push((number, word(rest))),
        }
    }
    found
}

/// The line on which a file of `src/site` names another folder by `super`; `depth` is how many parts the path
/// of its module below `src/site` has. Visibilities such as `pub(super)` are none of that.
fn leaves_its_folder(text: &str, depth: usize) -> Option<usize> {
    let too_high = "super::".repeat(depth);
    let is_use = |line: &str| !line.trim_start().starts_with("//") && line.contains(&too_high);
    text.lines().position(is_use).map(|line| line + 1)
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
fn uses_of_the_site_are_found_in_every_form() {
    let text = "use crate::{\n    base::fs,\n    site::{\n        error::Error,\n        parts::{a, b},\n    },\n};\n\
                use crate::site::text::address;\n// site::pages\nlet site = other_site::x();\n";
    let names: Vec<_> =
        uses_of_site(text).into_iter().map(|(line, name)| format!("{line}:{name}")).collect();
    assert_eq!(names, ["3:error", "3:parts", "8:text"]);
    assert_eq!(leaves_its_folder("use super::x;\nuse super::super::y;", 2), Some(2));
    assert_eq!(leaves_its_folder("pub(super) use x;\nuse super::super::y;", 3), None);
}

#[test]
fn uses_are_found_in_every_form() {
    let text = "use crate::{\n    base::{fs, yaml},\n    catalog::Catalog,\n};\n// crate::cli\ncrate::git::x();\n";
    let names: Vec<_> =
        uses(text).into_iter().map(|(line, name)| format!("{line}:{name}")).collect();
    assert_eq!(names, ["1:base", "1:catalog", "6:git"]);
}
