//! `catalog:annotate`, `catalog:template:version` and `catalog:scaffolded-from`: add labels, annotations and fields to
//! the descriptor of the workspace, as Backstage's community module does.

use serde_json::{Map, Value, json};

use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{documents, file_of, path_at, text},
    },
    base::{diagnostics::Diagnostic, yaml},
    engine,
    workspace::File,
};

/// The descriptor when the input names none.
const FILE: &str = "catalog-info.yaml";
/// The annotation of templates, and of what they make, with their version.
const VERSION: &str = "backstage.io/template-version";

/// An action that changes a descriptor.
pub(in crate::actions) struct Annotator {
    id: &'static str,
    description: &'static str,
    /// What it adds by itself.
    own: Addition,
}

/// A part of a descriptor, and fields that are added to it.
type Fields = (&'static str, Map<String, Value>);

/// What an action adds to a descriptor by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Addition {
    Nothing,
    /// The annotation with the version of the template.
    Version,
    /// `spec.scaffoldedFrom`, with the reference of the template.
    Template,
}

pub(in crate::actions) const ANNOTATE: Annotator = Annotator {
    id: "catalog:annotate",
    description: "Adds labels, annotations and fields to a descriptor of the workspace",
    own: Addition::Nothing,
};

pub(in crate::actions) const TEMPLATE_VERSION: Annotator = Annotator {
    id: "catalog:template:version",
    description: "Adds the version of the template to a descriptor of the workspace",
    own: Addition::Version,
};

pub(in crate::actions) const SCAFFOLDED_FROM: Annotator = Annotator {
    id: "catalog:scaffolded-from",
    description: "Adds the reference of the template to a descriptor of the workspace",
    own: Addition::Template,
};

impl Action for Annotator {
    fn id(&self) -> &'static str {
        self.id
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![("annotatedObject", "The descriptor afterwards, as YAML")]
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["labels", "annotations", "spec", "objectYaml"]
    }

    fn schema(&self) -> Value {
        let texts = |description: &str| json!({"type": "object", "additionalProperties": {"type": "string"}, "description": description});
        let path = |description: &str| json!({"type": "string", "description": description});
        json!({
            "type": "object",
            "properties": {
                "labels": texts("Labels that are added"),
                "annotations": texts("Annotations that are added"),
                "spec": {"type": "object", "description": "Fields that are added to `spec`"},
                "entityFilePath": path("The descriptor; `catalog-info.yaml` without it"),
                "objectYaml": {"type": "object", "description": "The entity, instead of a file of the workspace"},
                "writeToFile": path("The file that is written; `catalog-info.yaml` without it")
            }
        })
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let path = path_at(cx, "writeToFile", text(input, "writeToFile").unwrap_or(FILE))?;
        let given = ["annotations", "labels", "spec"].map(|key| (key, fields(input, key)));
        let added = self.own(cx, input)?.into_iter().chain(given);
        let mut entity = entity(cx, input, results)?;
        for (key, fields) in added.filter(|(_, fields)| !fields.is_empty()) {
            let place: &[&str] = if key == "spec" { &["spec"] } else { &["metadata", key] };
            let map = place.iter().try_fold(&mut entity, |map, key| {
                map.as_object_mut().map(|map| map.entry(*key).or_insert_with(|| json!({})))
            });
            let map = map.and_then(Value::as_object_mut);
            let wrong =
                || cx.wrong("entityFilePath", format!("its `{}` is no map", place.join(".")));
            map.ok_or_else(wrong)?.extend(fields);
        }
        let is_known = !engine::contains_unknown(&entity);
        let written = yaml::value_to_string(&engine::display(&entity));
        let written = written.map_err(|error| cx.wrong("", error.message))?;
        let output = match is_known {
            true => written.clone().into(),
            false => engine::unknown(&cx.step().id, "output.annotatedObject"),
        };
        let file = File { is_known, ..File::new(written.into_bytes()) };
        let message = format!("annotated `{path}`");
        results.workspace.insert(path, file).map_err(|error| cx.wrong("writeToFile", error))?;
        let output = Map::from_iter([("annotatedObject".to_owned(), output)]);
        Ok(StepPlan { output, message, ..StepPlan::default() })
    }
}

impl Annotator {
    /// What the action adds by itself.
    fn own(&self, cx: &StepContext<'_>, input: &Value) -> Result<Option<Fields>, Vec<Diagnostic>> {
        let one = |key: &str, value: Value| Map::from_iter([(key.to_owned(), value)]);
        let reference = &cx.template().reference;
        Ok(match self.own {
            Addition::Nothing => None,
            Addition::Template => Some(("spec", one("scaffoldedFrom", reference.as_str().into()))),
            // The input has it.
            Addition::Version if input["annotations"].get(VERSION).is_some() => None,
            Addition::Version => {
                let template = cx.plan.catalog.get(reference);
                let annotations =
                    template.map(|entity| &entity.document["metadata"]["annotations"]);
                let version = annotations.and_then(|all| all.get(VERSION)).ok_or_else(|| {
                    let message = format!("the template has no annotation `{VERSION}`");
                    let hint = "add it to `metadata.annotations` of the template, or to `annotations` of the step";
                    vec![cx.template().wrong(&cx.action(), "invalid-input", message).hint(hint)]
                })?;
                Some(("annotations", one(VERSION, version.clone())))
            }
        })
    }
}

/// The map at a key of the input; an empty map when the input has none.
fn fields(input: &Value, key: &str) -> Map<String, Value> {
    input.get(key).and_then(Value::as_object).cloned().unwrap_or_default()
}

/// The entity that is changed.
fn entity(
    cx: &StepContext<'_>,
    input: &Value,
    results: &StepResults,
) -> Result<Value, Vec<Diagnostic>> {
    if let Some(entity) = input.get("objectYaml") {
        return Ok(entity.clone());
    }
    let key = "entityFilePath";
    let path = path_at(cx, key, text(input, key).unwrap_or(FILE))?;
    let named = json!({key: path.as_str()});
    let (path, file) = file_of(cx, &named, key, results)?;
    if !file.is_known {
        // What its text has in place of the unknown parts cannot be read as YAML.
        let message = format!("the content of `{path}` is known only after apply");
        return Err(cx.wrong(key, message));
    }
    let wrong = |message: &str| cx.wrong(key, format!("`{path}`: {message}"));
    let text = file.text().ok_or_else(|| wrong("it is no text"))?;
    let mut all = documents(text).map_err(|message| wrong(&message))?;
    match (all.pop(), all.is_empty()) {
        (Some(entity @ Value::Object(_)), true) => Ok(entity),
        _ => Err(wrong("it must be one entity")),
    }
}
