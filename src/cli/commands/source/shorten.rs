//! Shortens records for people: pretty-printed JSON in which long lists and texts are cut.

use serde_json::{Map, Value};

/// Items of a list that are shown.
const ITEMS: usize = 3;
/// Characters of a text that are shown.
const CHARACTERS: usize = 160;
/// Lines that are shown.
const LINES: usize = 60;

/// Writes a value as JSON in lines, cut where it is long; also says whether something was cut.
pub(super) fn shortened(value: &Value) -> (String, bool) {
    let mut is_cut = false;
    let value = shorten(value, &mut is_cut);
    // A JSON value can always be written as JSON.
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    let mut lines = text.lines();
    let mut shown: Vec<_> = lines.by_ref().take(LINES).map(str::to_owned).collect();
    let left = lines.count();
    if left > 0 {
        is_cut = true;
        shown.push(format!("… {left} more lines"));
    }
    (shown.join("\n"), is_cut)
}

fn shorten(value: &Value, is_cut: &mut bool) -> Value {
    match value {
        Value::String(text) => match text.char_indices().nth(CHARACTERS) {
            Some((end, _)) => {
                *is_cut = true;
                format!("{}… ({} characters)", &text[..end], text.chars().count()).into()
            }
            None => value.clone(),
        },
        Value::Array(items) => {
            let mut shown: Vec<_> = items.iter().take(ITEMS).map(|i| shorten(i, is_cut)).collect();
            if let Some(left @ 1..) = items.len().checked_sub(ITEMS) {
                *is_cut = true;
                shown.push(format!("… {left} more").into());
            }
            Value::Array(shown)
        }
        Value::Object(map) => {
            let entries = map.iter().map(|(key, value)| (key.clone(), shorten(value, is_cut)));
            Value::Object(entries.collect::<Map<_, _>>())
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_long_is_cut_and_says_so() {
        let short = json!({ "a": [1, 2, 3], "b": "é" });
        assert_eq!(shortened(&short), (serde_json::to_string_pretty(&short).unwrap(), false));
        let (text, is_cut) =
            shortened(&json!({ "a": [1, [1, 2, 3, 4, 5], 3, 4], "b": "é".repeat(161) }));
        assert!(is_cut);
        assert!(text.contains("\"… 2 more\"") && text.contains("\"… 1 more\""), "{text}");
        assert!(text.contains(&format!("\"{}… (161 characters)\"", "é".repeat(160))), "{text}");
        let many: Map<_, _> = (0..100).map(|n| (format!("k{n}"), json!(n))).collect();
        let (text, is_cut) = shortened(&Value::Object(many));
        assert!(is_cut && text.ends_with("\n… 42 more lines"), "{text}");
    }
}
