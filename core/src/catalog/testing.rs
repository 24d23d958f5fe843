//! Entities of unit tests: from YAML text, from one JSON document, or merged from several fragments.
//!
//! They are not checked, so that a test can leave out what it does not need, such as `apiVersion`.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Catalog, Entity, Fragment, kinds::kind_spec, load::reference_of, merge::merge_into};
use crate::base::yaml;

/// The catalog of some YAML documents.
pub fn catalog(documents: &str) -> Catalog {
    Catalog::new(entities(documents))
}

/// The entities of some YAML documents, in their order.
pub fn entities(documents: &str) -> Vec<Entity> {
    let documents = yaml::parse_documents(documents).into_iter();
    documents.map(|document| entity(document.expect("YAML"))).collect()
}

/// An entity of one document, which a person wrote in `catalog-data/manual/<name>.yaml`.
pub fn entity(document: Value) -> Entity {
    let file = format!("catalog-data/manual/{}.yaml", reference_of(&document).name());
    entity_in(&file, document)
}

/// An entity of one document, which a person wrote in this file.
pub fn entity_in(file: &str, document: Value) -> Entity {
    let document = Arc::new(document);
    let fragment = Fragment {
        source: "manual".into(),
        file: file.into(),
        index: 0,
        document: Arc::clone(&document),
    };
    Entity::new(reference_of(&document), document, vec![fragment])
}

/// An entity merged from what several sources say, the weakest first: the name of the source, its file and
/// the document.
pub fn merged(fragments: &[(&str, &str, Value)]) -> Entity {
    let kind = fragments[0].2["kind"].as_str().expect("a kind");
    let mut document = fragments[0].2.clone();
    for (_, _, fragment) in &fragments[1..] {
        merge_into(&mut document, fragment, kind_spec(kind));
    }
    let fragments = fragments.iter().map(|(source, file, document)| Fragment {
        source: (*source).into(),
        file: (*file).into(),
        index: 0,
        document: Arc::new(document.clone()),
    });
    Entity::new(reference_of(&document), Arc::new(document), fragments.collect())
}

/// A document with this kind, name and `spec`.
pub fn document(kind: &str, name: &str, spec: Value) -> Value {
    json!({
        "apiVersion": "backstage.io/v1alpha1", "kind": kind, "metadata": {"name": name}, "spec": spec,
    })
}
