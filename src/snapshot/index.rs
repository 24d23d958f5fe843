//! An index of entities of earlier sources by annotation, for the function `entity_ref` of mappings.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::catalog::{EntityRef, load::reference_of};

/// Entities by kind, annotation and its value.
#[derive(Debug, Default, Clone)]
pub(super) struct EntityIndex(BTreeMap<(String, String, String), Vec<EntityRef>>);

impl EntityIndex {
    /// Adds an entity whose envelope is valid.
    pub(super) fn add(&mut self, entity: &Value) {
        let reference = reference_of(entity);
        let annotations = entity.pointer("/metadata/annotations").and_then(Value::as_object);
        for (key, value) in annotations.into_iter().flatten() {
            if let Some(text) = value.as_str() {
                let key = (reference.kind().to_owned(), key.clone(), text.to_owned());
                let found = self.0.entry(key).or_default();
                if !found.contains(&reference) {
                    found.push(reference.clone());
                }
            }
        }
    }

    /// Returns all entities of a kind (in any case) with this value of an annotation.
    pub(super) fn find(&self, kind: &str, annotation: &str, value: &str) -> &[EntityRef] {
        let key = (kind.to_lowercase(), annotation.to_owned(), value.to_owned());
        self.0.get(&key).map_or(&[], Vec::as_slice)
    }
}
