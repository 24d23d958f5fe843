//! `catalog:register`: adds the entities of a published descriptor to the catalog.
//!
//! The descriptor is read from the workspace, and its entities become fragments of the source `registered`. A plan
//! has no network, so only a descriptor of the workspace can be registered. With a URL the same run publishes it;
//! with `catalogInfoPath` alone, which Backstage does not have, it is published nowhere.

use serde_json::{Map, Value, json};

use super::{Action, StepContext, StepPlan, StepResults, flag, text};
use crate::{
    base::{
        diagnostics::{Diagnostic, Level, Place},
        path::RelativePath,
        text::list,
        yaml::{self, YamlText},
    },
    catalog::{
        Catalog, EntityRef, Issue,
        entity::text_at,
        envelope::check_envelope,
        kinds::kind_spec,
        load::{ENTITIES, reference_of},
        spec::check_spec,
        spec::spec_refs,
    },
    claims::Claim,
    effect::{Effect, EffectKind, EntitiesInput, EntityInput, REQUEST_ANNOTATION, Target},
    engine,
    workspace::folder_path,
};

/// The source whose fragments are the registered entities.
const SOURCE: &str = "registered";
/// Most entities that a summary names.
const MOST_NAMES: usize = 5;

pub(super) struct Register;

impl Action for Register {
    fn id(&self) -> &'static str {
        "catalog:register"
    }

    fn description(&self) -> &'static str {
        "Adds the entities of a descriptor of the workspace to the catalog"
    }

    fn outputs(&self) -> &'static [(&'static str, &'static str)] {
        &[
            ("entityRef", "Reference of the component, or of the first entity"),
            ("catalogInfoUrl", "URL of the descriptor, when it is published"),
        ]
    }

    fn schema(&self) -> Value {
        json!({
            "type": "object",
            "properties": {
                "catalogInfoUrl": {"type": "string"},
                "repoContentsUrl": {"type": "string"},
                "catalogInfoPath": {"type": "string"},
                "optional": {"type": "boolean"}
            },
            "anyOf": [
                {"required": ["catalogInfoUrl"]},
                {"required": ["repoContentsUrl"]},
                {"required": ["catalogInfoPath"]}
            ],
            "additionalProperties": false
        })
    }

    fn later_inputs(&self) -> &'static [&'static str] {
        &["catalogInfoUrl", "repoContentsUrl"]
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let descriptor = Descriptor::find(cx, input, results)?;
        let Some(file) = results.workspace.get(&descriptor.path) else {
            let message = format!("`{}` is not in the workspace", descriptor.path);
            return if flag(input, "optional") {
                Ok(StepPlan { message, ..StepPlan::default() })
            } else {
                Err(cx.wrong("", message))
            };
        };
        let text = YamlText::from(file.text().unwrap_or_default().to_owned());
        let (documents, mut warnings) = read(&descriptor, &text)?;
        let references: Vec<_> = documents.iter().map(|(_, d)| reference_of(d)).collect();
        for (index, document) in &documents {
            let catalog = cx.plan.catalog;
            let dangling = dangling(document, &references, catalog);
            warnings.extend(descriptor.diagnostics(&text, *index, dangling));
        }
        let entities = documents.into_iter().map(|(_, mut document)| {
            annotate(&mut document, cx, &descriptor);
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

/// A descriptor of the workspace.
struct Descriptor {
    path: RelativePath,
    /// Where it will be for everybody; `None` when the run does not publish it.
    address: Option<Address>,
}

/// The URL of a descriptor, and that of the repository's files: texts that may be known only after apply.
struct Address {
    url: Value,
    contents: Value,
}

/// A text, with what is known only after apply in words.
fn shown(text: &Value) -> String {
    engine::display(text).as_str().unwrap_or_default().to_owned()
}

impl Descriptor {
    fn find(
        cx: &StepContext<'_>,
        input: &Value,
        results: &StepResults,
    ) -> Result<Self, Vec<Diagnostic>> {
        if input.get("repoContentsUrl").is_none() && input.get("catalogInfoUrl").is_none() {
            let path = text(input, "catalogInfoPath").unwrap_or_default();
            let path = file_path(cx, "catalogInfoPath", path)?;
            return Ok(Self { path, address: None });
        }
        let (given, wanted) = match input.get("repoContentsUrl") {
            Some(url) => ("repoContentsUrl", url),
            None => ("catalogInfoUrl", input.get("catalogInfoUrl").unwrap_or(&Value::Null)),
        };
        let wanted = shown(wanted);
        let contents_of =
            |step: &str| results.outputs.get(step)?.pointer("/output/repoContentsUrl").cloned();
        let found = results.published.iter().find_map(|(step, folder)| {
            let contents = contents_of(step)?;
            let rest = wanted.strip_prefix(shown(&contents).as_str())?;
            (given == "catalogInfoUrl" || rest.is_empty())
                .then(|| (contents, folder, rest.to_owned()))
        });
        let Some((contents, folder, rest)) = found else {
            let message = "only what this run publishes can be registered";
            let hint = "use the output `repoContentsUrl` of the step that publishes";
            return Err(cx.wrong(given, message).into_iter().map(|d| d.hint(hint)).collect());
        };
        let inside = match given {
            "catalogInfoUrl" => rest.as_str(),
            _ => text(input, "catalogInfoPath").unwrap_or("/catalog-info.yaml"),
        };
        let key = if given == "catalogInfoUrl" { given } else { "catalogInfoPath" };
        let inside = file_path(cx, key, inside)?;
        let url = engine::concat(&[contents.clone(), format!("/{inside}").into()]);
        Ok(Self {
            path: folder.as_ref().map_or(inside.clone(), |f| f.join(&inside)),
            address: Some(Address { url, contents }),
        })
    }

    fn diagnostics(&self, text: &YamlText, document: usize, issues: Vec<Issue>) -> Vec<Diagnostic> {
        let file = format!("{} (rendered)", self.path);
        let place = |issue: Issue| issue.placed(&file, text.positions(), document);
        issues.into_iter().map(place).collect()
    }
}

/// Reads an input that names a file.
fn file_path(cx: &StepContext<'_>, key: &str, path: &str) -> Result<RelativePath, Vec<Diagnostic>> {
    let path = folder_path(path.trim_start_matches('/')).map_err(|e| cx.wrong(key, e))?;
    path.ok_or_else(|| cx.wrong(key, "it names no file"))
}

type Documents = (Vec<(usize, Value)>, Vec<Diagnostic>);

/// Reads and checks every entity of a descriptor; what is not an error is a warning.
fn read(descriptor: &Descriptor, text: &YamlText) -> Result<Documents, Vec<Diagnostic>> {
    let (mut documents, mut problems) = (Vec::new(), Vec::new());
    for (index, document) in yaml::parse_documents(text).into_iter().enumerate() {
        match document {
            Ok(Value::Null) => {}
            Ok(document) => {
                let mut issues = check_envelope(&document);
                if issues.iter().all(|issue| issue.level != Level::Error) {
                    issues.extend(check_spec(&document));
                }
                problems.extend(descriptor.diagnostics(text, index, issues));
                documents.push((index, document));
            }
            Err(error) => {
                let file = format!("{} (rendered)", descriptor.path);
                let place = Place::at(file, error.position);
                problems.push(Diagnostic::error("invalid-yaml", place, error.message));
            }
        }
    }
    if problems.iter().any(|problem| problem.level == Level::Error) {
        return Err(problems);
    }
    Ok((documents, problems))
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
    let (location, source) = match &descriptor.address {
        Some(Address { url, contents }) => {
            let source = engine::concat(&["url:".into(), contents.clone(), "/".into()]);
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
