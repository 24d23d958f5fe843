//! Adds a source to the list in `callboard.yaml` by editing its text, so that comments and formatting stay.
//!
//! Each way of writing the list has an edit of its own. The edited text is parsed again, and used only when it
//! has the same values as before and the one name more.

use serde_json::{Value, json};

use crate::base::{
    diagnostics::Position,
    yaml::{self, EntryPart, locate},
};

/// Returns the settings with the source at the end of the list; `None` when the list is written in a
/// way that cannot be edited safely.
pub(super) fn register(text: &str, name: &str) -> Option<String> {
    let mut wanted: Value = yaml::from_str(text).ok()?;
    let settings = wanted.as_object_mut()?;
    let list = settings.entry("sources").or_insert(Value::Null);
    if list.is_null() {
        *list = json!([]);
    }
    let list = list.as_array_mut()?;
    let last = list.len().checked_sub(1);
    list.push(json!(name));
    let edits = [in_brackets(text, name, last), as_line(text, name, last), as_key(text, name)];
    let says_it = |edited: &String| yaml::from_str::<Value>(edited).is_ok_and(|v| v == wanted);
    edits.into_iter().flatten().find(says_it)
}

/// `sources: [a, b]`: adds the name before the closing bracket.
fn in_brackets(text: &str, name: &str, last: Option<usize>) -> Option<String> {
    let open = offset(text, locate(text, 0, "/sources", EntryPart::Value)?)?;
    text[open..].strip_prefix('[')?;
    let close = open + text[open..].find(']')?;
    let before = text[..close].trim_end();
    let comma = if last.is_none() || before.ends_with(',') { "" } else { "," };
    let space = if last.is_none() { "" } else { " " };
    Some(format!("{before}{comma}{space}{name}{}", &text[before.len()..]))
}

/// `- a`, one in each line: adds a line after the last one.
fn as_line(text: &str, name: &str, last: Option<usize>) -> Option<String> {
    let item = offset(text, locate(text, 0, &format!("/sources/{}", last?), EntryPart::Value)?)?;
    let start = text[..item].rfind('\n').map_or(0, |end| end + 1);
    let indentation = &text[start..item];
    let end = text[item..].find('\n').map_or(text.len(), |end| item + end);
    let (before, after) = (text[..end].trim_end_matches('\r'), &text[end..]);
    Some(
        format!("{before}{}{indentation}{name}{}", newline(text), &text[before.len()..end]) + after,
    )
}

/// `sources:` without a list, or settings without `sources`: adds a list.
fn as_key(text: &str, name: &str) -> Option<String> {
    let key = locate(text, 0, "/sources", EntryPart::Key).and_then(|place| offset(text, place))?;
    if let Some(rest) = text[key..].strip_prefix("sources:") {
        let end = text.len() - rest.len();
        return Some(format!("{} [{name}]{rest}", &text[..end]));
    }
    let line = newline(text);
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { line };
    Some(format!("{text}{gap}{line}sources: [{name}]{line}"))
}

fn newline(text: &str) -> &'static str {
    if text.contains("\r\n") { "\r\n" } else { "\n" }
}

/// The byte at a position.
fn offset(text: &str, position: Position) -> Option<usize> {
    let start = match position.line {
        1 => 0,
        line => text.match_indices('\n').nth(line - 2)?.0 + 1,
    };
    let column = text[start..].char_indices().nth(position.column - 1);
    Some(column.map_or(text.len(), |(at, _)| start + at))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn registered(text: &str) -> String {
        register(text, "k8s").unwrap_or_else(|| "not safe".into())
    }

    #[test]
    fn a_list_in_brackets_grows_in_its_line() {
        assert_eq!(
            registered("title: É\nsources: [org, la-carto] # in order\nsite: {}\n"),
            "title: É\nsources: [org, la-carto, k8s] # in order\nsite: {}\n"
        );
        assert_eq!(registered("sources: []\ntitle: x\n"), "sources: [k8s]\ntitle: x\n");
        assert_eq!(registered("sources: [ org ]\n"), "sources: [ org, k8s ]\n");
        assert_eq!(registered("{ title: x, sources: [org] }"), "{ title: x, sources: [org, k8s] }");
        assert_eq!(
            registered("sources: [\n  org,\n  la-carto,\n]\n"),
            "sources: [\n  org,\n  la-carto, k8s\n]\n"
        );
    }

    #[test]
    fn a_list_of_lines_gets_a_line() {
        assert_eq!(
            registered(
                "sources:\n  # first\n  - org # teams\n\n  - 'la-carto'  # apps\n# end\nsite: {}\n"
            ),
            "sources:\n  # first\n  - org # teams\n\n  - 'la-carto'  # apps\n  - k8s\n# end\nsite: {}\n"
        );
        assert_eq!(
            registered("sources:\r\n- org\r\ntitle: x\r\n"),
            "sources:\r\n- org\r\n- k8s\r\ntitle: x\r\n"
        );
        assert_eq!(registered("sources:\n-   org"), "sources:\n-   org\n-   k8s");
    }

    #[test]
    fn a_missing_list_is_added() {
        assert_eq!(registered("title: x\n"), "title: x\n\nsources: [k8s]\n");
        assert_eq!(
            registered("# sources: [a]\ntitle: x"),
            "# sources: [a]\ntitle: x\n\nsources: [k8s]\n"
        );
        assert_eq!(
            registered("sources: # none yet\ntitle: x\n"),
            "sources: [k8s] # none yet\ntitle: x\n"
        );
    }

    #[test]
    fn what_cannot_be_edited_safely_is_left() {
        for text in [
            "sources: [org # ]\n  , x]\n",
            "a: &l [org]\nsources: *l\n",
            "sources: org\n",
            "{ title: x }",
            "sources: [",
            "[]",
        ] {
            assert_eq!(registered(text), "not safe", "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn an_edit_says_what_was_wanted_or_is_not_made(text in "(title: x\n|sources:|[ \n,#\\]\\[-]|org|'é'){0,12}") {
            if let Some(edited) = register(&text, "k8s") {
                let read: Value = yaml::from_str(&edited).expect("YAML");
                proptest::prop_assert_eq!(read["sources"].as_array().and_then(|l| l.last()), Some(&json!("k8s")));
            }
        }
    }
}
