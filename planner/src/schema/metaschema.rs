//! Checks that a value is a JSON Schema: it obeys draft-07's own schema, and its references lead to schemas.

use std::{collections::BTreeSet, sync::LazyLock};

use serde_json::Value;

use super::{
    SchemaError, mismatches,
    references::{find, pointer_of, resolve},
    validator::{At, Validator},
};
use crate::catalog::Issue;

/// The schema of schemas, without annotations.
static METASCHEMA: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("draft-07.json")).expect("a test reads this file")
});

/// Checks a schema.
///
/// # Errors
/// The first mistake.
pub(super) fn check(schema: &Value) -> Result<(), SchemaError> {
    obeys(schema, "")?;
    let mut open = Vec::new();
    find(schema, &At::Root, &mut open);
    let mut known = BTreeSet::new();
    while let Some((pointer, reference)) = open.pop() {
        let target = resolve(schema, reference).map_err(|message| {
            let hint = "a reference is `#` or a path in this schema, such as `#/definitions/name`";
            SchemaError { pointer, message, hint: Some(hint.to_owned()) }
        })?;
        if known.insert(reference) && reference != "#" {
            let base = pointer_of(reference).unwrap_or_default();
            obeys(target, &base)?;
            // What the reference leads to may stand where no keyword has a schema.
            find(target, &At::Root, &mut open);
        }
    }
    Ok(())
}

/// Checks a part of a schema, which stands at the pointer `base`.
fn obeys(schema: &Value, base: &str) -> Result<(), SchemaError> {
    let found = Validator::new(&METASCHEMA).violations(schema).map_err(|limit| SchemaError {
        pointer: base.to_owned(),
        message: limit.0,
        hint: None,
    })?;
    match found.iter().flat_map(|violation| mismatches(violation, base)).next() {
        None => Ok(()),
        Some(mismatch) => {
            let Issue { pointer, message, hint, .. } = mismatch.issue;
            Err(SchemaError { pointer, message, hint })
        }
    }
}
