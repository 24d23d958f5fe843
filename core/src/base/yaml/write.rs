//! Writes JSON values as YAML: the same bytes as `serde_yaml`, but many times faster, because snapshots
//! write tens of thousands of documents.
//!
//! Maps and lists of plain words are written here. Everything else is left to `serde_yaml`: a single
//! scalar when its form does not depend on the context, else the whole document.

use serde_json::{Map, Value};

use super::{
    YamlError,
    limits::{BYTES, DEPTH},
};

/// Most bytes of a key; longer keys have another form in YAML.
const KEY: usize = 100;
/// Words that some version of YAML does not read as strings when they have no quotes.
const NO_TEXTS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// Writes a value as one YAML document that [`super::parse_documents`] reads as the same value: as
/// `serde_yaml` does, with other quotes around characters that break lines in some version of YAML.
///
/// # Errors
/// For a value that is nested too deep or too large to be parsed again; the message names the field.
pub fn value_to_string(value: &Value) -> Result<String, YamlError> {
    let mut out = String::with_capacity(1024);
    let text = match value {
        Value::Object(map) if !map.is_empty() && write_map(&mut out, map, 0, DEPTH).is_some() => {
            out
        }
        _ => write_odd(value)?,
    };
    if text.len() > BYTES {
        let message = format!("{} bytes are too many; the most is {BYTES}", text.len());
        return Err(YamlError { message, position: None });
    }
    Ok(text)
}

/// Writes a value that [`write_map`] does not support: with the library, or as JSON (a subset of YAML)
/// when it has a character that the library does not escape everywhere.
fn write_odd(value: &Value) -> Result<String, YamlError> {
    if is_deeper(value, DEPTH) {
        let field = deep_field(value);
        let message = format!("`{field}` is nested deeper than {DEPTH} lists and maps");
        return Err(YamlError { message, position: None });
    }
    if !has_odd(value) {
        return Ok(serde_yaml::to_string(value)?);
    }
    let mut text = String::new();
    for c in format!("{value:#}\n").chars() {
        push_escaped(&mut text, c);
    }
    Ok(text)
}

/// Whether a value has more than `most` levels of lists and maps.
fn is_deeper(value: &Value, most: usize) -> bool {
    match value {
        Value::Object(_) | Value::Array(_) if most == 0 => true,
        Value::Object(map) => map.values().any(|value| is_deeper(value, most - 1)),
        Value::Array(items) => items.iter().any(|item| is_deeper(item, most - 1)),
        _ => false,
    }
}

/// The name of a field of two parts, such as `spec.definition`, that is nested too deep.
fn deep_field(value: &Value) -> String {
    let deep = |value: &Value, most| {
        let (key, value) = value.as_object()?.iter().find(|(_, value)| is_deeper(value, most))?;
        Some((key.clone(), value.clone()))
    };
    match deep(value, DEPTH - 1) {
        Some((first, below)) => match deep(&below, DEPTH - 2) {
            Some((second, _)) => format!("{first}.{second}"),
            None => first,
        },
        None => "the document".to_owned(),
    }
}

fn has_odd(value: &Value) -> bool {
    match value {
        Value::String(text) => text.chars().any(is_odd),
        Value::Array(items) => items.iter().any(has_odd),
        Value::Object(map) => {
            map.iter().any(|(key, value)| key.chars().any(is_odd) || has_odd(value))
        }
        _ => false,
    }
}

/// Characters that end lines in some version of YAML, are not allowed in it, or are invisible.
fn is_odd(c: char) -> bool {
    c.is_control() && !matches!(c, '\n' | '\t')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

fn push_escaped(out: &mut String, c: char) {
    match is_odd(c) {
        true => out.push_str(&format!("\\u{:04X}", u32::from(c))),
        false => out.push(c),
    }
}

/// Writes the lines of a map of at most `depth` levels. The first line has no indentation. `None` for a
/// value that is not supported.
fn write_map(
    out: &mut String,
    map: &Map<String, Value>,
    indent: usize,
    depth: usize,
) -> Option<()> {
    let below = depth.checked_sub(1)?;
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
                write_map(out, map, indent + 2, below)?;
            }
            Value::Array(items) if !items.is_empty() => {
                out.push('\n');
                begin(out, indent);
                write_list(out, items, indent, below)?;
            }
            scalar => {
                out.push(' ');
                write_scalar(out, scalar)?;
            }
        }
    }
    Some(())
}

/// Writes the lines of a list. The first line has no indentation.
fn write_list(out: &mut String, items: &[Value], indent: usize, depth: usize) -> Option<()> {
    let below = depth.checked_sub(1)?;
    for (at, value) in items.iter().enumerate() {
        if at > 0 {
            begin(out, indent);
        }
        out.push_str("- ");
        match value {
            Value::Object(map) if !map.is_empty() => write_map(out, map, indent + 2, below)?,
            Value::Array(items) if !items.is_empty() => write_list(out, items, indent + 2, below)?,
            scalar => write_scalar(out, scalar)?,
        }
    }
    Some(())
}

fn begin(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Writes a scalar of one line, with its line end.
fn write_scalar(out: &mut String, value: &Value) -> Option<()> {
    match value {
        Value::String(text) if is_plain(text) => out.push_str(text),
        Value::String(text) if text.chars().any(is_odd) => {
            serde_json::to_string(text).ok()?.chars().for_each(|c| push_escaped(out, c));
        }
        // The form of a text of several lines depends on the context.
        Value::String(text) if text.contains(['\n', '\t']) => return None,
        scalar => {
            out.push_str(&serde_yaml::to_string(scalar).ok()?);
            return Some(());
        }
    }
    out.push('\n');
    Some(())
}

/// Whether a text certainly needs no quotes.
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
            prop_assume!(!has_odd(&value));
            prop_assert_eq!(value_to_string(&value)?, serde_yaml::to_string(&value)?);
        }

        #[test]
        fn what_is_written_is_read(value in value()) {
            let text = value_to_string(&value)?;
            prop_assert!(text.chars().all(|c| c == '\n' || !is_odd(c)));
            prop_assert_eq!(crate::base::yaml::parse_documents(&text), [Ok(value)]);
        }
    }

    #[test]
    fn odd_texts_of_all_sizes_are_read() {
        let odd = "a\u{2028}\r\n b\u{85}\0\u{1b}[1m\u{feff}😀";
        for text in [
            "‖!\u{2029}!".to_owned(),
            "é: '\u{2028}".to_owned(),
            odd.to_owned(),
            odd.repeat(10_000),
            "\n".into(),
            " \n a".into(),
            "x".repeat(1_000_000),
            " {[".repeat(1_000),
            "x\n [".repeat(1_000),
        ] {
            let long: String = text.chars().take(2000).collect();
            for value in [
                json!({"a": text}),
                json!({"a": [text, "b\nc"], "d": {"e": text}}),
                json!({long: 1}),
                json!([text]),
                json!(text),
            ] {
                for written in [value_to_string(&value), crate::base::yaml::to_string(&value)] {
                    let read = crate::base::yaml::parse_documents(&written.expect("YAML"));
                    assert_eq!(read, [Ok(value.clone())]);
                }
            }
        }
    }

    #[test]
    fn what_is_too_deep_to_be_read_is_not_written() {
        let nested = |depth: usize| {
            (0..depth).fold(json!(1), |value, at| {
                if at % 2 == 0 { json!([value]) } else { json!({"k": value}) }
            })
        };
        let value = json!({"spec": {"x": nested(DEPTH - 2)}});
        let text = value_to_string(&value).expect("as deep as is read");
        assert_eq!(crate::base::yaml::parse_documents(&text), [Ok(value)]);
        let error =
            value_to_string(&json!({"spec": {"x": nested(DEPTH - 1)}})).expect_err("too deep");
        assert!(error.message.starts_with("`spec.x"), "{error}");
    }

    #[test]
    fn plain_documents_are_not_left_to_the_library() {
        let value = json!({
            "apiVersion": "backstage.io/v1alpha1", "kind": "Component",
            "metadata": {"name": "cart", "links": [{"url": "https://a.example", "title": "Été 2026"}], "tags": ["a"]},
            "spec": {"owner": "group:default/a", "empty": [], "none": {}, "lists": [["a"], ["b", 1]]},
        });
        let mut out = String::new();
        assert_eq!(write_map(&mut out, value.as_object().expect("a map"), 0, DEPTH), Some(()));
        assert_eq!(out, serde_yaml::to_string(&value).expect("YAML"));
    }
}
