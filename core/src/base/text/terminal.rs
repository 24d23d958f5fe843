//! Untrusted text on a terminal and in the logs of CI, both of which execute commands in text.
//!
//! A terminal executes escape sequences. The runners of GitHub and Azure execute `::command::` at the
//! start of a line, after any white space
//! (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions>), and
//! `##[command]`, `##vso[command]`
//! (<https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>) anywhere in it, as
//! `TeamCity` does `##teamcity[…]`. So control characters are escaped, and a backslash is put in front
//! of a command.

use std::borrow::Cow;

use super::{visible, visible::is_hidden, visible_lines};

/// Makes one line of text without commands.
pub fn line(text: &str) -> Cow<'_, str> {
    disarm(visible(text))
}

/// Makes lines of text without commands; line feeds and tabs are kept.
pub fn lines(text: &str) -> Cow<'_, str> {
    let text = visible_lines(text);
    if !has_sign(&text) {
        return text;
    }
    text.split_inclusive('\n').map(|line| disarm(line.into())).collect::<String>().into()
}

/// Makes JSON without commands: control characters and `##` in its strings become escapes of JSON.
/// Outside of strings, JSON has no such characters.
pub fn json(json: &str) -> Cow<'_, str> {
    let is_live = |c: char| c != '\n' && is_hidden(c);
    if !json.contains(is_live) && !json.contains("##") {
        return json.into();
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    let mut before = '\0';
    for character in json.chars() {
        if is_live(character) || (before, character) == ('#', '#') {
            for unit in character.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(character);
        }
        before = character;
    }
    escaped.into()
}

/// Whether a text may contain a command: a fast check that is false for nearly every text.
fn has_sign(text: &str) -> bool {
    text.contains("::") || text.contains("##")
}

/// Puts a backslash in front of each command in a line.
fn disarm(line: Cow<'_, str>) -> Cow<'_, str> {
    if !has_sign(&line) {
        return line;
    }
    let mut rest = &*line;
    let mut disarmed = String::with_capacity(line.len() + 2);
    if rest.trim_start().starts_with("::") {
        let indent = rest.len() - rest.trim_start().len();
        disarmed.push_str(&rest[..indent]);
        disarmed.push('\\');
        rest = &rest[indent..];
    }
    while let Some(at) = rest.find("##") {
        let (before, after) = rest.split_at(at + 2);
        disarmed.push_str(before);
        let word = after.trim_start_matches(|c: char| c == '#' || c.is_ascii_alphanumeric());
        if word.starts_with('[') {
            disarmed.push('\\');
        }
        rest = after;
    }
    disarmed.push_str(rest);
    disarmed.into()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// What GitHub's and Azure's runners take for a command.
    fn is_obeyed(line: &str) -> bool {
        let azure = |word: &str| line.contains(&format!("##{word}["));
        line.trim_start().starts_with("::") || azure("") || azure("vso") || azure("teamcity")
    }

    fn hostile() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            r"[:#\[ \t\n\r\\]{1,4}|vso|error|\PC",
            any::<char>().prop_map(String::from),
            Just("::error::x".to_owned()),
            Just("##vso[task.setvariable variable=PATH]/tmp".to_owned()),
            Just("\u{1b}]0;title\u{7}\u{9b}2J\u{202e}".to_owned()),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }

    proptest! {
        #[test]
        fn no_text_is_obeyed(text in hostile()) {
            let shown = line(&text);
            prop_assert!(!shown.contains(char::is_control) && !is_obeyed(&shown), "{shown:?}");
            for shown in lines(&text).split('\n') {
                let is_control = |c: char| c.is_control() && c != '\t';
                prop_assert!(!shown.contains(is_control) && !is_obeyed(shown), "{shown:?}");
            }
        }

        #[test]
        fn json_stays_the_same_value(text in hostile()) {
            let value = serde_json::json!({ &text: [&text] });
            let written = serde_json::to_string_pretty(&value).expect("JSON");
            let shown = json(&written);
            let is_control = |c: char| c.is_control() && c != '\n';
            prop_assert!(!shown.contains(is_control) && !shown.lines().any(is_obeyed), "{shown:?}");
            let read: serde_json::Value = serde_json::from_str(&shown).expect("JSON");
            prop_assert_eq!(read, value);
        }
    }

    #[test]
    fn commands_are_shown_and_not_obeyed() {
        assert_eq!(line("  ::error::x"), "  \\::error::x");
        assert_eq!(line("a ##vso[x] ##[y] ## z ###[w]"), "a ##\\vso[x] ##\\[y] ## z ##\\#[w]");
        assert_eq!(lines("a\n::x\n\tb::c\n"), "a\n\\::x\n\tb::c\n");
        assert_eq!(line("a::b # c"), "a::b # c");
    }
}
