//! The table of codes has every code that the program and the documentation use.

use std::{collections::BTreeSet, path::Path};

use super::codes::CODES;
use crate::base::fs;

/// What makes diagnostics: constructors and their wrappers.
const MAKERS: &[&str] =
    &["::error", "::warning", "::note", "wrong", "problem", "self.warn", "self.whole"];

/// The folders with the source of all packages that make diagnostics.
const SOURCES: &[&str] = &["src", "core/src", "planner/src"];

/// Every code that the source uses, with a file that does.
fn used() -> BTreeSet<(String, String)> {
    SOURCES.iter().flat_map(|folder| used_in(folder)).collect()
}

fn used_in(folder: &str) -> BTreeSet<(String, String)> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut found = BTreeSet::new();
    for file in fs::walk_files(&src).expect("readable") {
        let name = file.as_str();
        if name.contains("/tests")
            || name.starts_with("tests/")
            || name.contains("check/codes/")
            || !name.ends_with(".rs")
        {
            continue;
        }
        let text = fs::read_text(&file.below(&src)).expect("readable");
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        found.extend(codes_in(code).into_iter().map(|code| (code, name.to_owned())));
    }
    found
}

/// Literals that are a code: an argument in kebab case of what makes diagnostics, or its first argument,
/// or the field.
fn codes_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut before = String::new();
    for pair in text.split('"').collect::<Vec<_>>().chunks(2) {
        before.push_str(pair[0]);
        let Some(literal) = pair.get(1) else { break };
        let is_word = literal.starts_with(|c: char| c.is_ascii_lowercase())
            && literal.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        let call = open_call(&before);
        let is_first = call.is_some_and(|(name, rest)| name.contains("::") && rest.is_empty());
        let is_kebab = literal.contains('-') && (call.is_some() || before.ends_with("code: "));
        if is_word && (is_first || is_kebab) {
            found.push((*literal).to_owned());
        }
        before.push('"');
    }
    found
}

/// The call whose arguments a text ends in, when it makes diagnostics: its name and those arguments.
fn open_call(text: &str) -> Option<(&'static str, &str)> {
    let mut closed = 0;
    let is_open = |&(_, character): &(usize, char)| match character {
        ')' => {
            closed += 1;
            false
        }
        '(' if closed == 0 => true,
        '(' => {
            closed -= 1;
            false
        }
        _ => false,
    };
    let (at, _) = text.char_indices().rev().take_while(|(_, c)| *c != ';').find(is_open)?;
    // What the doctor looked at is no diagnostic.
    if text[..at].trim_end_matches(char::is_lowercase).ends_with("Check::") {
        return None;
    }
    let name = MAKERS.iter().find(|name| text[..at].ends_with(**name))?;
    Some((name, text[at + 1..].trim()))
}

#[test]
fn every_code_of_the_program_is_in_the_table_and_the_other_way_round() {
    let used = used();
    let known: BTreeSet<_> = CODES.iter().map(|code| code.name).collect();
    let unknown: Vec<_> = used.iter().filter(|(code, _)| !known.contains(code.as_str())).collect();
    assert!(unknown.is_empty(), "not in src/cli/check/codes/: {unknown:?}");
    let used: BTreeSet<_> = used.iter().map(|(code, _)| code.as_str()).collect();
    let unused: Vec<_> = known.difference(&used).collect();
    assert!(unused.is_empty(), "nobody reports {unused:?}");
}

#[test]
fn the_table_is_sorted_and_explains() {
    assert!(CODES.is_sorted_by(|a, b| a.name < b.name));
    for code in CODES.iter() {
        assert!(code.summary.ends_with('.') && code.summary.len() < 100, "{}", code.name);
        assert!(code.help.ends_with('.'), "{}", code.name);
    }
}

#[test]
fn the_documentation_lists_every_code() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/checking.md");
    let text = fs::read_text(&file).expect("the page");
    let rows: Vec<_> = text.lines().filter(|line| line.starts_with("| `")).collect();
    let expected: Vec<_> = CODES
        .iter()
        .map(|code| format!("| `{}` | {} | {} |", code.name, code.level.as_str(), code.summary))
        .collect();
    assert_eq!(rows, expected, "the table in docs/checking.md should be:\n{}", expected.join("\n"));
}
