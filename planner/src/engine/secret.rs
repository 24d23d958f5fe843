//! References to secrets: a plan has their names, and only apply, where a request is sent, their values.
//!
//! A reference is a value that is known only after apply, of a step that no template can have. So a text may contain it, and
//! nothing that an expression computes of it is taken for the secret.

use std::{collections::BTreeSet, sync::Arc};

use serde_json::{Map, Value as Json};

use super::unknown::{Text, Unknown, reserved, unknown};

/// The step of all references.
const STEP: &str = "\0secrets";
/// What the name of a value ends with that an expression has computed of a secret.
const COMPUTED: char = '|';

/// The secrets that are the halves of a new SSH key, which apply makes. No secret of the settings has such a name.
pub const NEW_KEY_PUBLIC: &str = "public half of a new key";
/// See [`NEW_KEY_PUBLIC`].
pub const NEW_KEY_PRIVATE: &str = "private half of a new key";

/// The reference to a secret.
pub fn secret(name: &str) -> Json {
    unknown(STEP, name)
}

/// Adds the names of the secrets that a value refers to. One that ends with `|` is no secret, but computed of one.
pub fn secret_names(json: &Json, names: &mut BTreeSet<String>) {
    match json {
        Json::Array(items) => items.iter().for_each(|item| secret_names(item, names)),
        Json::Object(map) => match parts(map) {
            Some(parts) => {
                names.extend(parts.iter().filter_map(Unknown::secret).map(str::to_owned));
            }
            None => map.values().for_each(|item| secret_names(item, names)),
        },
        _ => {}
    }
}

/// Whether all that is unknown of a value is secrets.
pub fn is_secret(json: &Json) -> bool {
    match json {
        Json::Array(items) => items.iter().all(is_secret),
        Json::Object(map) => match parts(map) {
            Some(parts) => parts.iter().all(|part| part.secret().is_some()),
            None => map.values().all(is_secret),
        },
        _ => true,
    }
}

/// Whether a value refers to a secret, or has been computed of one.
pub fn has_secret(json: &Json) -> bool {
    let mut names = BTreeSet::new();
    secret_names(json, &mut names);
    !names.is_empty()
}

/// A value with the values of secrets instead of references to them.
///
/// # Errors
/// That of `value`, for a secret that has none.
pub fn reveal<E>(json: &Json, value: &impl Fn(&str) -> Result<String, E>) -> Result<Json, E> {
    Ok(match json {
        Json::Array(items) => {
            let items = items.iter().map(|item| reveal(item, value));
            Json::Array(items.collect::<Result<_, _>>()?)
        }
        Json::Object(map) => match reserved(map) {
            Some(Ok(unknown)) => match (unknown.text(), unknown.secret()) {
                (Some(text), _) => text.reveal(value)?.into_json(),
                (None, Some(name)) => value(name)?.into(),
                (None, None) => json.clone(),
            },
            Some(Err(_)) => json.clone(),
            None => {
                let members = map
                    .iter()
                    .map(|(key, member)| reveal(member, value).map(|member| (key.clone(), member)));
                Json::Object(members.collect::<Result<_, _>>()?)
            }
        },
        other => other.clone(),
    })
}

/// Whether a name of [`secret_names`] is none of a secret, but of a value that was computed of one.
pub(super) fn is_computed(name: &str) -> bool {
    name.ends_with(COMPUTED)
}

/// The unknown parts of the reserved form.
fn parts(map: &Map<String, Json>) -> Option<Vec<Unknown>> {
    let unknown = reserved(map)?.ok()?;
    Some(match unknown.text() {
        Some(text) => text.unknowns().cloned().collect(),
        None => vec![unknown],
    })
}

impl Text {
    /// The same text with the values of secrets.
    fn reveal<E>(&self, value: &impl Fn(&str) -> Result<String, E>) -> Result<Self, E> {
        let mut text = Self::default();
        let mut unknowns = self.unknowns();
        for known in self.known_parts() {
            text.push(known);
            let Some(unknown) = unknowns.next() else { continue };
            match unknown.secret() {
                Some(name) => text.push(&value(name)?),
                None => text.push_unknown(unknown),
            }
        }
        Ok(text)
    }
}

impl Unknown {
    /// The name of the secret that it is a reference to.
    pub(super) fn secret(&self) -> Option<&str> {
        self.path_of(STEP)
    }

    /// What an expression computes of it: of a secret no reference to it.
    pub(super) fn computed_path(&self, path: &Arc<str>) -> Arc<str> {
        match self.secret() {
            Some(name) if !is_computed(name) => format!("{name}{COMPUTED}").into(),
            _ => Arc::clone(path),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{
        super::{concat, display, fits},
        *,
    };

    fn value(name: &str) -> Result<String, String> {
        if name == "TOKEN" { Ok("hunter2".to_owned()) } else { Err(name.to_owned()) }
    }

    #[test]
    fn a_secret_has_its_value_only_where_it_is_revealed() {
        let one = secret("TOKEN");
        let text = concat(&["Bearer ".into(), one.clone(), "!".into()]);
        let all = json!({"a": [one, 1], "b": text});
        assert_eq!(
            display(&all),
            json!({"a": ["‹secret TOKEN›", 1], "b": "Bearer ‹secret TOKEN›!"})
        );
        assert_eq!(reveal(&all, &value), Ok(json!({"a": ["hunter2", 1], "b": "Bearer hunter2!"})));
        assert_eq!(reveal(&secret("OTHER"), &value), Err("OTHER".to_owned()));
        assert!(is_secret(&all) && has_secret(&all));
        assert!(!is_secret(&json!([all, unknown("a", "output.x")])));
        for (planned, actual, expected) in [
            (secret("TOKEN"), secret("TOKEN"), true),
            (secret("TOKEN"), secret("OTHER"), false),
            (secret("TOKEN"), json!("hunter2"), false),
            (concat(&["a".into(), secret("TOKEN")]), json!("ab"), false),
        ] {
            assert_eq!(fits(&planned, &actual), expected, "{planned} {actual}");
        }
    }
}
