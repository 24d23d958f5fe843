//! Searches all texts of a JSON value, for example for credentials.

use serde_json::Value;

/// Calls `look` with every text, number and key of a value, and the name of the field that it is in.
/// Returns the results with their JSON pointers (RFC 6901). A match in a key has the pointer of the map
/// that has the key, and the value of that key is not searched: a pointer never contains a key that
/// matched.
pub fn search_texts<T>(value: &Value, look: &impl Fn(&str, &str) -> Option<T>) -> Vec<(String, T)> {
    let mut found = Vec::new();
    collect(value, "", look, &mut found);
    found
}

fn collect<T>(
    value: &Value,
    field: &str,
    look: &impl Fn(&str, &str) -> Option<T>,
    found: &mut Vec<(String, T)>,
) {
    let mut add = |text: &str| found.extend(look(text, field).map(|it| (String::new(), it)));
    match value {
        Value::String(text) => add(text),
        Value::Number(number) => add(&number.to_string()),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let before = found.len();
                collect(item, field, look, found);
                prefix(&mut found[before..], || index.to_string());
            }
        }
        Value::Object(map) => {
            for (key, value) in map {
                if let Some(it) = look(key, "") {
                    found.push((String::new(), it));
                    continue;
                }
                let before = found.len();
                collect(value, key, look, found);
                prefix(&mut found[before..], || key.replace('~', "~0").replace('/', "~1"));
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

/// Puts a part in front of pointers. They are built from the inside out, and only for matches, because
/// values are large and matches rare.
fn prefix<T>(found: &mut [(String, T)], part: impl Fn() -> String) {
    for (pointer, _) in found {
        pointer.insert_str(0, &format!("/{}", part()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_numbers_and_keys_are_found_with_their_pointers() {
        let value = serde_json::json!({ "a/b": [{ "c~": "x1" }, 10], "x": { "d": "x" }, "e": "-" });
        let look =
            |text: &str, field: &str| text.contains(['x', '1']).then(|| format!("{field}={text}"));
        let found: Vec<_> =
            search_texts(&value, &look).into_iter().map(|(at, it)| format!("{at} {it}")).collect();
        assert_eq!(found, ["/a~1b/0/c~0 c~=x1", "/a~1b/1 a/b=10", " =x"]);
    }
}
