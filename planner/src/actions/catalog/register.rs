//! `catalog:register`: adds the entities of a published descriptor to the catalog.
//!
//! The descriptor is read from the workspace, and its entities become fragments of the source `registered`. A plan
//! has no network, so only a descriptor of the workspace can be registered. With a URL the same run publishes it;
//! with `catalogInfoPath` alone, which Backstage does not have, it is published nowhere.

use serde_json::{Map, Value, json};

use super::descriptor::{Address, Descriptor, address_of};
use crate::{
    actions::{Action, StepContext, StepPlan, StepResults, input::flag},
    base::{diagnostics::Diagnostic, path::RelativePath, text::list},
    catalog::{
        Catalog, EntityRef, Issue,
        entity::text_at,
        kinds::kind_spec,
        load::{ENTITIES, reference_of},
        spec::spec_refs,
    },
    claims::Claim,
    effect::{Effect, EffectKind, EntitiesInput, EntityInput, REQUEST_ANNOTATION, Target},
    engine,
};

/// The source whose fragments are the registered entities.
const SOURCE: &str = "registered";
/// Most entities that a summary names.
const MOST_NAMES: usize = 5;

pub(in crate::actions) struct Register;

impl Action for Register {
    fn id(&self) -> &'static str {
        "catalog:register"
    }

    fn description(&self) -> &'static str {
        "Adds the entities of a descriptor of the workspace to the catalog"
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![
            ("entityRef", "Reference of the component, or of the first entity"),
            ("catalogInfoUrl", "URL of the descriptor, when it is published"),
        ]
    }

    fn schema(&self) -> Value {
        let text = |description: &str| json!({"type": "string", "description": description});
        json!({
            "type": "object",
            "properties": {
                "catalogInfoUrl": text("URL of the descriptor"),
                "repoContentsUrl": text("Output of the step that publishes"),
                "catalogInfoPath": text("The descriptor there; `/catalog-info.yaml` without it"),
                "optional": {
                    "type": "boolean", "description": "Registers nothing when the descriptor is not there"
                }
            },
            "anyOf": [
                {"required": ["catalogInfoUrl"]},
                {"required": ["repoContentsUrl"]},
                {"required": ["catalogInfoPath"]}
            ]
        })
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["catalogInfoUrl", "repoContentsUrl"]
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let descriptor = Descriptor::find(cx, input, results)?;
        if results.workspace.get(&descriptor.path).is_none() {
            let message = format!("`{}` is not in the workspace", descriptor.path);
            return if flag(input, "optional") {
                Ok(StepPlan { message, ..StepPlan::default() })
            } else {
                Err(cx.wrong("", message))
            };
        }
        let first = descriptor.clone();
        let (read, mut warnings) = first.read(&results.workspace, &cx.step().id)?;
        let all = || read.iter().flat_map(|file| file.documents.iter().map(move |d| (file, d)));
        let references: Vec<_> = all().map(|(_, (_, document))| reference_of(document)).collect();
        for (file, (index, document)) in all() {
            let dangling = dangling(document, &references, cx.plan.catalog);
            warnings.extend(file.diagnostics(*index, dangling));
        }
        let entities = all().map(|(file, (_, document))| {
            let mut document = document.clone();
            annotate(&mut document, cx, &file.descriptor);
            let reference = reference_of(&document);
            EntityInput {
                file: registered_file(&reference),
                reference: reference.to_string(),
                document,
            }
        });
        let effect = register_effect(entities.collect());
        let main = main_entity(&references)
            .ok_or_else(|| cx.wrong("", format!("`{}` has no entity", descriptor.path)))?;
        let mut output = Map::new();
        output.insert("entityRef".into(), main.as_str().into());
        if let Some(address) = &descriptor.address {
            output.insert("catalogInfoUrl".into(), address.url.clone());
        }
        Ok(StepPlan {
            output,
            message: format!("`{main}` is in the catalog"),
            effects: vec![effect],
            warnings,
            ..StepPlan::default()
        })
    }
}

/// The effect that adds entities to the catalog.
fn register_effect(entities: Vec<EntityInput>) -> Effect {
    let names: Vec<_> = entities.iter().map(|entity| format!("`{}`", entity.reference)).collect();
    let claims = entities.iter().map(|entity| Claim::Entity(entity.reference.to_lowercase()));
    let path = match entities.as_slice() {
        [entity] => entity.file.to_string(),
        _ => format!("{ENTITIES}/{SOURCE}"),
    };
    Effect {
        id: String::new(),
        kind: EffectKind::CatalogEntities,
        target: Target { origin: "portal".to_owned(), path },
        summary: format!("adds {} to the catalog", list(&names, MOST_NAMES)),
        secrets: Vec::new(),
        undo: Some("removes the files of the entities from the portal".to_owned()),
        claims: claims.collect(),
        files: None,
        changes_workspace: false,
        input: serde_json::to_value(EntitiesInput { entities }).unwrap_or_default(),
    }
}

/// The file of a registered entity, relative to the portal.
fn registered_file(reference: &EntityRef) -> RelativePath {
    let (kind, namespace, name) = (reference.kind(), reference.namespace(), reference.name());
    RelativePath::new(format!("{ENTITIES}/{SOURCE}/{kind}/{namespace}/{name}.yaml"))
        .expect("the parts of a valid entity's reference are names without slashes")
}

/// The component, else whatever comes first; entities named `generated-…` are last (Backstage).
fn main_entity(references: &[EntityRef]) -> Option<&EntityRef> {
    let is_generated = |r: &&EntityRef| r.name().starts_with("generated-");
    let wanted = || references.iter().filter(move |r| !is_generated(r));
    wanted()
        .find(|r| r.kind() == "component")
        .or_else(|| wanted().next())
        .or_else(|| references.first())
}

/// References to what is neither in the catalog nor registered together. A company's own kind need not
/// mean a reference by them.
fn dangling(document: &Value, together: &[EntityRef], catalog: &Catalog) -> Vec<Issue> {
    if text_at(document, "/kind").and_then(kind_spec).is_none() {
        return Vec::new();
    }
    let refs = spec_refs(document);
    let missing = refs
        .into_iter()
        .filter(|made| catalog.get(&made.target).is_none() && !together.contains(&made.target));
    missing
        .map(|made| {
            let message = format!("`{}` does not exist", made.target);
            Issue::warning("dangling-reference", made.pointer(), message)
        })
        .collect()
}

/// Says where the entity comes from; what its author wrote is stronger, save for the request.
fn annotate(document: &mut Value, cx: &StepContext<'_>, descriptor: &Descriptor) {
    let Some(metadata) = document.get_mut("metadata").and_then(Value::as_object_mut) else {
        return;
    };
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    let Some(annotations) = annotations.as_object_mut() else {
        return;
    };
    // What includes the annotations, if anything does, is known only after apply.
    if annotations.keys().any(|key| key.starts_with('\0')) {
        return;
    }
    let (location, source) = match &descriptor.address {
        Some(Address { url, contents }) => {
            let source = engine::concat(&["url:".into(), address_of(contents, "")]);
            (engine::concat(&["url:".into(), url.clone()]), Some(source))
        }
        None => (format!("file:{}", cx.template().file).into(), None),
    };
    let computed = [
        ("backstage.io/managed-by-location", Some(location.clone())),
        ("backstage.io/managed-by-origin-location", Some(location)),
        ("backstage.io/source-location", source),
        ("backstage.io/source-template", Some(cx.template().reference.as_str().into())),
    ];
    for (key, value) in computed {
        if let Some(value) = value {
            annotations.entry(key).or_insert(value);
        }
    }
    let request = cx.plan.request.id.as_str();
    annotations.insert(REQUEST_ANNOTATION.to_owned(), request.into());
    annotations.sort_keys();
}
