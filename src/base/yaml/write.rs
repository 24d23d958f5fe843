//! JSON values as YAML, with the very bytes of `serde_yaml` and many times faster: sites and snapshots
//! write tens of thousands of documents.
//!
//! Most values are maps and lists of plain words. What is anything else is left to `serde_yaml`: a scalar
//! where it does not depend on its surroundings, else the document.

use serde_json::{Map, Value};

use super::{YamlError, to_string};

/// Longer keys are written in another form.
const KEY: usize = 100;
/// Words that without quotes would be no texts, in some version of YAML.
const NO_TEXTS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// Writes a value as one YAML document, as [`to_string`] does.
pub fn value_to_string(value: &Value) -> Result<String, YamlError> {
    let mut out = String::with_capacity(1024);
    match value {
        Value::Object(map) if !map.is_empty() && write_map(&mut out, map, 0).is_some() => Ok(out),
        _ => to_string(value),
    }
}

/// Writes the lines of a map; the first one begins where the text is. `None` for what is not known.
fn write_map(out: &mut String, map: &Map<String, Value>, indent: usize) -> Option<()> {
    for (at, (key, value)) in map.iter().enumerate() {
        if at > 0 {
            begin(out, indent);
        }
        if key.len() > KEY || !is_plain(key) {
            return None;
        }
        out.push_str(key);
        out.push(':');
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push('\n');
                begin(out, indent + 2);
                write_map(out, map, indent + 2)?;
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                begin(out, indent);
                write_list(out, items, indent)?;
            }
            scalar => {
                out.push(' ');
                write_scalar(out, scalar)?;
            }
        }
    }
    Some(())
}

/// Writes the lines of a list; the first one begins where the text is.
fn write_list(out: &mut String, items: &[Value], indent: usize) -> Option<()> {
    for (at, value) in items.iter().enumerate() {
        if at > 0 {
            begin(out, indent);
        }
        out.push_str("- ");
        match value {
            Value::Object(map) if !map.is_empty() => write_map(out, map, indent + 2)?,
            Value::Array(items) if !items.is_empty() => write_list(out, items, indent + 2)?,
            scalar => write_scalar(out, scalar)?,
        }
    }
    Some(())
}

fn begin(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Writes what has one line, and its end.
fn write_scalar(out: &mut String, value: &Value) -> Option<()> {
    match value {
        Value::String(text) if is_plain(text) => out.push_str(text),
        // The form of several lines depends on where they stand.
        Value::String(text) if text.chars().any(is_break) => return None,
        scalar => {
            out.push_str(&to_string(scalar).ok()?);
            return Some(());
        }
    }
    out.push('\n');
    Some(())
}

fn is_break(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Whether a text surely needs no quotes.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    let is_letter = |c: char| matches!(c, ' '..='~') || c.is_alphanumeric() && c < '\u{10000}';
    (first.is_ascii_alphabetic() || matches!(first, b'/' | b'_'))
        && !matches!(last, b' ' | b':')
        && text.chars().all(is_letter)
        && !text.contains(": ")
        && !text.contains(" #")
        && !NO_TEXTS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    /// Texts that are quoted, folded or misread easily, and any others.
    fn text() -> impl Strategy<Value = String> {
        let odd = prop::sample::select(vec![
            "",
            " ",
            "~",
            "null",
            "True",
            "NO",
            "y",
            "on",
            "0",
            "-1",
            "1.5",
            "1e3",
            ".inf",
            "0x1f",
            "0o7",
            "2001-01-01",
            "12:30",
            "a: b",
            "a:b",
            "a #b",
            "#a",
            "- a",
            "-",
            "?",
            "? a",
            "a:",
            ": a",
            "[a]",
            "{a}",
            "a, b",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "'a'",
            "\"a\"",
            "%a",
            "@a",
            "`a`",
            "a ",
            "\ta",
            "a\tb",
            "a\nb",
            "a\n",
            "\na",
            "é",
            "aé",
            "\u{85}",
            "a\u{a0}b",
            "a\u{2028}b",
            "\u{feff}a",
            "😀",
            "a😀",
            "...",
            "---",
            "--- a",
            "a  b",
            "_",
            "/a",
            "<<",
            "=",
            "e1",
            "_1",
            "Infinity",
            "nan",
            "backstage.io/source-location",
            "url:https://a.example/b",
            "group:default/a",
        ]);
        prop_oneof![odd.prop_map(str::to_owned), "[ -~]{0,9}", "[a-zé/_: #'\"-]{1,9}", ".{0,9}"]
    }

    fn value() -> impl Strategy<Value = Value> {
        let scalar = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            text().prop_map(Value::from),
            text().prop_map(Value::from),
        ];
        scalar.prop_recursive(4, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                map(inner),
            ]
        })
    }

    /// Most keys are plain, so that few documents are left to the library.
    fn map(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
        let key = prop_oneof![15 => "[a-z]{2,6}[a-z. -]{0,2}[a-z]", 1 => text()];
        prop::collection::vec((key, value), 0..4)
            .prop_map(|pairs| Value::Object(pairs.into_iter().collect()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn it_writes_what_the_library_writes(value in map(value())) {
            prop_assert_eq!(value_to_string(&value)?, to_string(&value)?);
        }
    }

    #[test]
    fn plain_documents_are_not_left_to_the_library() {
        let value = json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
            "metadata": {"name": "cart", "links": [{"url": "https://a.example", "title": "Été 2026"}], "tags": ["a"]},
            "spec": {"owner": "group:default/a", "empty": [], "none": {}, "lists": [["a"], ["b", 1]]},
        });
        let mut out = String::new();
        assert_eq!(write_map(&mut out, value.as_object().expect("a map"), 0), Some(()));
        assert_eq!(out, to_string(&value).expect("YAML"));
    }
}
