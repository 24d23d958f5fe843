//! Provenance of fields: for each field of a merged entity, the fragment that it is from, and the other
//! fragments that have the field.

use serde_json::Value;

use super::{
    entity::Entity,
    envelope::pointer,
    kinds::{KindSpec, kind_spec},
    merge::is_united,
};

/// A leaf field of a merged entity, or an item of a list that is united from several fragments.
#[derive(Debug, PartialEq)]
pub struct Field<'e> {
    /// JSON pointer in the merged document.
    pub pointer: String,
    /// Its value in the merged document.
    pub value: &'e Value,
    /// Index of the fragment that the value is from.
    pub winner: usize,
    /// JSON pointer in the winner's document. It differs from `pointer` for items of united lists.
    pub winner_pointer: String,
    /// The other fragments that have the field, weakest first.
    pub others: Vec<OtherFragment<'e>>,
}

/// A fragment that has a field, but is not the winner.
#[derive(Debug, PartialEq)]
pub struct OtherFragment<'e> {
    /// Index of the fragment.
    pub fragment: usize,
    /// JSON pointer in its document.
    pub pointer: String,
    /// Its value; `None` when it is the same as the winner's.
    pub instead: Option<&'e Value>,
}

/// Lists all fields of an entity, in the order of its document.
pub fn explain(entity: &Entity) -> Vec<Field<'_>> {
    let mut fields = Vec::new();
    let kind = kind_spec(entity.kind());
    walk(entity, &entity.document, kind, String::new(), &mut fields);
    fields
}

fn walk<'e>(
    entity: &'e Entity,
    value: &'e Value,
    kind: Option<&KindSpec>,
    at: String,
    fields: &mut Vec<Field<'e>>,
) {
    match value {
        Value::Object(map) if !map.is_empty() => {
            for (key, value) in map {
                walk(entity, value, kind, pointer(&at, key), fields);
            }
        }
        Value::Array(items) if !items.is_empty() && is_united(&at, kind) => {
            for (index, item) in items.iter().enumerate() {
                fields.extend(item_of(entity, &at, index, item));
            }
        }
        _ => fields.extend(single(entity, at, value)),
    }
}

/// Explains a field whose value is that of the strongest fragment.
fn single<'e>(entity: &'e Entity, at: String, value: &'e Value) -> Option<Field<'e>> {
    let said = |fragment: usize| {
        let document = &*entity.fragments[fragment].document;
        // A value where a stronger fragment has a map was replaced by the map.
        let mut place = at.as_str();
        loop {
            match document.pointer(place) {
                Some(found) if place == at || !found.is_object() => {
                    return Some((place.to_owned(), found));
                }
                Some(_) => return None,
                None => place = place.rsplit_once('/')?.0,
            }
        }
    };
    let all: Vec<_> = (0..entity.fragments.len()).filter_map(|f| Some((f, said(f)?))).collect();
    let winner = all.iter().rposition(|(_, (place, found))| *place == at && *found == value)?;
    let (fragment, (winner_pointer, _)) = &all[winner];
    let others = all.iter().enumerate().filter(|(number, _)| *number != winner);
    let others = others.map(|(_, (fragment, (place, found)))| OtherFragment {
        fragment: *fragment,
        pointer: place.clone(),
        instead: (*found != value).then_some(*found),
    });
    let (winner, winner_pointer, others) = (*fragment, winner_pointer.clone(), others.collect());
    Some(Field { pointer: at, value, winner, winner_pointer, others })
}

/// Explains an item of a united list, which is from the weakest fragment that has it.
fn item_of<'e>(entity: &'e Entity, list: &str, index: usize, item: &'e Value) -> Option<Field<'e>> {
    let mut all = entity.fragments.iter().enumerate().filter_map(|(number, fragment)| {
        let items = fragment.document.pointer(list)?.as_array()?;
        let place = items.iter().position(|other| other == item)?;
        Some((number, format!("{list}/{place}")))
    });
    let (winner, winner_pointer) = all.next()?;
    let others =
        all.map(|(fragment, pointer)| OtherFragment { fragment, pointer, instead: None }).collect();
    Some(Field { pointer: format!("{list}/{index}"), value: item, winner, winner_pointer, others })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::catalog::testing::merged;

    fn entity(documents: &[Value]) -> Entity {
        let fragments = documents.iter().map(|document| ("source", "file", document.clone()));
        merged(&fragments.collect::<Vec<_>>())
    }

    fn component(spec: &Value) -> Value {
        json!({ "kind": "Component", "metadata": { "name": "a" }, "spec": spec })
    }

    #[test]
    fn the_strongest_wins_lists_unite_and_losers_are_remembered() {
        let entity = entity(&[
            component(&json!({ "owner": "x", "dependsOn": ["api:a", "api:b"], "o": "text" })),
            component(&json!({ "owner": "y", "dependsOn": ["api:b", "api:c"], "o": { "k": 1 } })),
        ]);
        let fields = explain(&entity);
        let told: Vec<_> = fields
            .iter()
            .filter(|field| field.pointer.starts_with("/spec"))
            .map(|field| {
                let others: Vec<_> = field
                    .others
                    .iter()
                    .map(|o| {
                        format!("{}{} {:?}", o.fragment, o.pointer, o.instead.map(Value::to_string))
                    })
                    .collect();
                format!(
                    "{}={} by {}{} over {others:?}",
                    field.pointer, field.value, field.winner, field.winner_pointer
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                r#"/spec/owner="y" by 1/spec/owner over ["0/spec/owner Some(\"\\\"x\\\"\")"]"#,
                r#"/spec/dependsOn/0="api:a" by 0/spec/dependsOn/0 over []"#,
                r#"/spec/dependsOn/1="api:b" by 0/spec/dependsOn/1 over ["1/spec/dependsOn/0 None"]"#,
                r#"/spec/dependsOn/2="api:c" by 1/spec/dependsOn/1 over []"#,
                r#"/spec/o/k=1 by 1/spec/o/k over ["0/spec/o Some(\"\\\"text\\\"\")"]"#,
            ]
        );
    }

    fn leaf() -> impl Strategy<Value = Value> {
        let scalar =
            prop_oneof![Just(json!(1)), Just(json!("x")), Just(json!("y")), Just(json!({}))];
        scalar.prop_recursive(2, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::Array),
                prop::collection::btree_map("[ab]", inner, 0..3)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn every_field_has_one_winner_that_says_its_value(
            specs in prop::collection::vec(prop::collection::btree_map("owner|dependsOn|x", leaf(), 0..3), 1..4)
        ) {
            let documents: Vec<_> = specs
                .into_iter()
                .map(|spec| component(&Value::Object(spec.into_iter().collect())))
                .collect();
            let entity = entity(&documents);
            let mut leaves = 0;
            for field in explain(&entity) {
                leaves += 1;
                prop_assert_eq!(entity.document.pointer(&field.pointer), Some(field.value));
                let said = entity.fragments[field.winner].document.pointer(&field.winner_pointer);
                prop_assert_eq!(said, Some(field.value));
            }
            prop_assert!(leaves >= 2);
        }
    }
}
