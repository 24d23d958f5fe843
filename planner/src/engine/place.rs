//! Puts values into addresses, and outputs of a step into what reads them.

use serde_json::{Map, Value as Json};

use super::unknown::{Text, Unknown, contains_unknown, reserved, text_start};
use crate::base::percent;

/// A value as one part of a path, or as a value of a query: percent-encoded. What is known only after apply stays so, and
/// is encoded when the step is planned with it.
pub fn path_part(json: &Json) -> Json {
    match json {
        Json::String(text) => percent::encode(text).into(),
        Json::Object(map) if let Some(Ok(unknown)) = reserved(map) => match unknown.text() {
            Some(text) => text.map_known(percent::encode).into_json(),
            None => json.clone(),
        },
        Json::Null => Json::from(""),
        other => percent::encode(&other.to_string()).into(),
    }
}

/// The text with which a value starts, as far as it is known; `None` for what is no text.
pub fn known_start(json: &Json) -> Option<&str> {
    match json {
        Json::String(text) => Some(text),
        Json::Object(map) => text_start(map),
        _ => None,
    }
}

/// A value in which the outputs that a step has so far stand for what was not known of them.
///
/// # Errors
/// An output belongs into a text and is none of letters, digits, `-`, `_` and `.`, so that it could change an address; its
/// name.
pub fn settle(json: &Json, step: &str, output: &Map<String, Json>) -> Result<Json, String> {
    let known = |unknown: &Unknown| {
        let value = unknown.output_of(step).and_then(|name| output.get(name));
        value.filter(|value| !contains_unknown(value))
    };
    Ok(match json {
        Json::Array(items) => {
            let items = items.iter().map(|item| settle(item, step, output));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
        Json::Object(map) => match reserved(map) {
            Some(Ok(unknown)) => match unknown.text() {
                None => known(&unknown).unwrap_or(json).clone(),
                Some(text) => text.settle(|part| known(part).map(token))?.into_json(),
            },
            Some(Err(_)) => json.clone(),
            None => {
                let members = map.iter().map(|(key, value)| {
                    settle(value, step, output).map(|value| (key.clone(), value))
                });
                Json::Object(members.collect::<Result<_, _>>()?)
            }
        },
        other => other.clone(),
    })
}

/// An output as a part of a text: it is the id of something.
fn token(json: &Json) -> Option<String> {
    let text = match json {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => return None,
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_token = text.chars().all(is_plain) && text.chars().any(|c| c != '.');
    is_token.then_some(text)
}

impl Text {
    /// The same text with each known part changed.
    fn map_known(&self, change: impl Fn(&str) -> String) -> Self {
        let mut text = Self::default();
        let mut unknowns = self.unknowns();
        for known in self.known_parts() {
            text.push(&change(known));
            if let Some(unknown) = unknowns.next() {
                text.push_unknown(unknown);
            }
        }
        text
    }

    /// The same text with values for unknown parts. `value` is `None` for a part that stays unknown, and has `None` in it for
    /// a value that cannot be part of a text.
    fn settle(&self, value: impl Fn(&Unknown) -> Option<Option<String>>) -> Result<Self, String> {
        let mut text = Self::default();
        let mut unknowns = self.unknowns();
        for known in self.known_parts() {
            text.push(known);
            let Some(unknown) = unknowns.next() else { continue };
            match value(unknown) {
                None => text.push_unknown(unknown),
                Some(Some(value)) => text.push(&value),
                Some(None) => return Err(unknown.to_string()),
            }
        }
        Ok(text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{concat, fits, unknown},
        *,
    };

    /// The path of a run whose id is this value.
    fn path(id: &Json) -> Json {
        concat(&["/runs/".into(), path_part(id), "?v=1".into()])
    }

    #[test]
    fn a_value_cannot_lead_to_another_path() {
        for (id, encoded) in [
            (json!(7), "7"),
            (json!("../x"), "..%2Fx"),
            (json!("a?b#c/d"), "a%3Fb%23c%2Fd"),
            (json!("%2e%2e"), "%252e%252e"),
            (json!("é \n"), "%C3%A9%20%0A"),
            (json!(["/"]), "%5B%22%2F%22%5D"),
        ] {
            let made = path(&id);
            assert_eq!(made, format!("/runs/{encoded}?v=1"));
            // What was planned without the value allows it.
            assert!(fits(&path(&unknown("make", "output.id")), &made), "{id}");
        }
        let part = |id: Json| concat(&["a/".into(), id]);
        let planned = path(&part(unknown("make", "output.id")));
        assert!(fits(&planned, &path(&json!("a/../b"))), "{planned}");
        assert_eq!(path(&json!("a/../b")), "/runs/a%2F..%2Fb?v=1");
    }

    #[test]
    fn outputs_take_the_place_of_what_was_unknown_of_them() {
        let own = |name: &str| unknown("run", &format!("output.{name}"));
        let value = json!({"path": path(&own("id")), "body": {"id": own("id"), "other": own("x"), "list": [own("id")]},
            "theirs": unknown("make", "output.id")});
        let later = Map::from_iter([("id".to_owned(), own("id"))]);
        assert_eq!(settle(&value, "run", &later), Ok(value.clone()));
        let output = Map::from_iter([("id".to_owned(), json!(12))]);
        let expected = json!({"path": "/runs/12?v=1", "body": {"id": 12, "other": own("x"), "list": [12]},
            "theirs": unknown("make", "output.id")});
        assert_eq!(settle(&value, "run", &output), Ok(expected));
        for id in [json!("../x"), json!(".."), json!("a?b"), json!("a#b"), json!(""), json!([1])] {
            let output = Map::from_iter([("id".to_owned(), id.clone())]);
            assert!(settle(&path(&own("id")), "run", &output).is_err(), "{id}");
        }
    }
}
