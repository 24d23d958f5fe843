//! The functions that mappings can call in addition to jq's own.

use jaq_core::{
    Cv, Error,
    native::{Fun, bome, run, v},
};
use jaq_json::{Map, Num, Val};

use super::names;
use crate::snapshot::program::JqData;

/// `entity_name`, `slug`, `compact` and `entity_ref(kind; annotation; value)`.
pub(in crate::snapshot) fn functions() -> impl Iterator<Item = Fun<JqData>> {
    [
        run(("entity_name", v(0), |cv| bome(named(cv.1, names::entity_name)))),
        run(("slug", v(0), |cv| bome(named(cv.1, names::slug)))),
        run(("compact", v(0), |cv| bome(Ok(compact(cv.1).unwrap_or(Val::Null))))),
        run(("entity_ref", v(3), |cv| bome(entity_ref(cv)))),
    ]
    .into_iter()
}

/// Finds the entity of an earlier source by kind, annotation and the annotation's value.
fn entity_ref(mut cv: Cv<'_, JqData>) -> Result<Val, Error<Val>> {
    let index = cv.0.data().index;
    let (value, annotation, kind) = (cv.0.pop_var(), cv.0.pop_var(), cv.0.pop_var());
    let (kind, annotation) = (text(kind)?, text(annotation)?);
    let Some(value) = plain(&value) else {
        return Ok(Val::Null);
    };
    match index.find(&kind, &annotation, &value) {
        [] => Ok(Val::Null),
        [one] => Ok(Val::from(one.to_string())),
        [one, other, ..] => {
            Err(Error::str(format_args!("`{one}` and `{other}` both have `{annotation}: {value}`")))
        }
    }
}

/// Makes a name of a text or a number.
fn named(value: Val, make: fn(&str) -> String) -> Result<Val, Error<Val>> {
    match plain(&value) {
        Some(text) => Ok(Val::from(make(&text))),
        None => {
            Err(Error::str(format_args!("cannot make a name of `{value}`: it is not a string")))
        }
    }
}

fn text(value: Val) -> Result<String, Error<Val>> {
    plain(&value).ok_or_else(|| Error::typ(value, "string"))
}

/// The text of a text or a number.
fn plain(value: &Val) -> Option<String> {
    match value {
        Val::TStr(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        Val::Num(Num::Int(_) | Num::BigInt(_) | Num::Dec(_)) => Some(value.to_string()),
        _ => None,
    }
}

/// Removes empty values at any depth: nulls, empty texts, and lists and maps that are or become empty.
/// A required list that may be empty is added afterwards: `compact | .spec.children //= []`.
fn compact(value: Val) -> Option<Val> {
    match value {
        Val::Null => None,
        Val::TStr(text) => (!text.is_empty()).then_some(Val::TStr(text)),
        Val::Arr(items) => {
            let kept: Vec<_> = items.iter().cloned().filter_map(compact).collect();
            (!kept.is_empty()).then(|| kept.into_iter().collect())
        }
        Val::Obj(map) => {
            let kept: Map = map
                .iter()
                .filter_map(|(key, value)| Some((key.clone(), compact(value.clone())?)))
                .collect();
            (!kept.is_empty()).then(|| Val::obj(kept))
        }
        other => Some(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::snapshot::{index::EntityIndex, program::Program};
    use serde_json::json;

    fn run(code: &str, input: &str) -> Result<String, String> {
        let mut index = EntityIndex::default();
        for (name, code) in [("pay", "P"), ("shop", "S"), ("store", "S")] {
            index.add(&json!({"kind": "Group", "metadata": {"name": name, "annotations": {"org/code": code}}}));
        }
        let program = Program::compile(code, &[]).expect("it compiles");
        let input: Val = serde_json::from_str(input).expect("JSON");
        let values = program.run(&index, [], input).map_err(|broken| broken.message)?;
        Ok(values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn what_says_nothing_is_removed_at_any_depth() {
        let input = r#"{"a": null, "b": ["", {"c": []}, 0, false], "d": {"e": {}}, "f": "x"}"#;
        let left = r#"{"b":[0,false],"f":"x"}"#;
        assert_eq!(run("compact", input).as_deref(), Ok(left));
        assert_eq!(run("compact", "[null]").as_deref(), Ok("null"));
    }

    #[test]
    fn an_entity_is_found_by_its_annotation() {
        let find = |input| run(r#"entity_ref("group"; "org/code"; .)"#, input);
        assert_eq!(find(r#""P""#).as_deref(), Ok(r#""group:default/pay""#));
        assert_eq!(find(r#""nobody""#).as_deref(), Ok("null"));
        assert_eq!(find("null").as_deref(), Ok("null"));
        let both = "`group:default/shop` and `group:default/store` both have `org/code: S`";
        assert_eq!(find(r#""S""#), Err(both.into()));
    }
}
