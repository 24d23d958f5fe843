//! Merges the fragments of an entity.
//!
//! Maps are merged key by key; `tags`, `links` and lists of references are united; of anything else the
//! value of the strongest fragment is used. The entity keeps its fragments, so that the provenance of
//! each field is known.

use serde_json::Value;

use super::{envelope::pointer, kinds::KindSpec, kinds::Shape};

/// Merges a stronger fragment into a weaker one. `kind` defines which lists have references.
pub fn merge_into(weaker: &mut Value, stronger: &Value, kind: Option<&KindSpec>) {
    merge_at(weaker, stronger, kind, "");
}

fn merge_at(into: &mut Value, from: &Value, kind: Option<&KindSpec>, at: &str) {
    match (into, from) {
        (Value::Object(into), Value::Object(from)) => {
            for (key, value) in from {
                match into.get_mut(key) {
                    Some(present) => merge_at(present, value, kind, &pointer(at, key)),
                    None => {
                        into.insert(key.clone(), value.clone());
                    }
                }
            }
        }
        (Value::Array(into), Value::Array(from)) if is_united(at, kind) => {
            for item in from {
                if !into.contains(item) {
                    into.push(item.clone());
                }
            }
        }
        (into, from) => into.clone_from(from),
    }
}

/// True when lists at this JSON pointer are united instead of replaced.
pub(super) fn is_united(at: &str, kind: Option<&KindSpec>) -> bool {
    let is_reference_list = |field: &str| {
        kind.is_some_and(|kind| {
            kind.fields.iter().any(|f| f.name == field && matches!(f.shape, Shape::Refs(_)))
        })
    };
    match at {
        "/metadata/tags" | "/metadata/links" => true,
        _ => at.strip_prefix("/spec/").is_some_and(is_reference_list),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::kinds::kind_spec;
    use serde_json::json;

    #[test]
    fn maps_merge_lists_unite_and_scalars_go_to_the_stronger() {
        let mut merged = json!({
            "metadata": {"name": "a", "description": "weak", "tags": ["x", "y"]},
            "spec": {"dependsOn": ["component:b"], "steps": [1]}
        });
        let stronger = json!({
            "metadata": {"description": "strong", "title": "A", "tags": ["y", "z"]},
            "spec": {"dependsOn": ["component:c"], "steps": [2]}
        });
        merge_into(&mut merged, &stronger, kind_spec("Component"));
        assert_eq!(
            merged,
            json!({
                "metadata": {"name": "a", "description": "strong", "tags": ["x", "y", "z"], "title": "A"},
                "spec": {"dependsOn": ["component:b", "component:c"], "steps": [2]}
            })
        );
    }
}
