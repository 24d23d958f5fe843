//! Stubs of actions that imported templates call and this portal does not have: declarations with the inputs and outputs
//! that the templates use, and a command that does nothing.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::{
    base::{
        files::{Directory, Files, Mode},
        fs,
        path::RelativePath,
        yaml,
    },
    catalog::Entity,
    cli::{Failure, exit::outside},
    scaffold::{
        actions::own::{FILE, FOLDER, folder_of, is_id},
        engine::{Options, Template},
    },
};

const HEAD: &str = "# `callboard scaffold import` wrote this stub. Describe the inputs and outputs, write the command, say by `repeat` how\n\
                    # often it may run, and remove `stub`.\n";

/// How templates call an action: the names of its inputs, and of the outputs that they read.
#[derive(Debug, Default)]
pub(super) struct Usage {
    inputs: BTreeSet<String>,
    outputs: BTreeSet<String>,
}

/// Adds how a template calls the actions that are missing.
pub(super) fn collect(
    entity: &Entity,
    missing: &BTreeSet<String>,
    usages: &mut BTreeMap<String, Usage>,
) {
    let steps = entity.document.pointer("/spec/steps").and_then(Value::as_array);
    let text = |step: &Value, key: &str| step.get(key).and_then(Value::as_str).map(str::to_owned);
    let mut ids = BTreeMap::new();
    for step in steps.into_iter().flatten() {
        let Some(action) = text(step, "action").filter(|action| missing.contains(action)) else {
            continue;
        };
        let usage = usages.entry(action.clone()).or_default();
        let inputs = step.get("input").and_then(Value::as_object);
        usage.inputs.extend(inputs.into_iter().flatten().map(|(name, _)| name.clone()));
        ids.extend(text(step, "id").map(|id| (id, action)));
    }
    let mut read = |path: &[String]| {
        if let [steps, id, output, name, ..] = path
            && (steps, output) == (&"steps".to_owned(), &"output".to_owned())
            && let Some(usage) = ids.get(id).and_then(|action| usages.get_mut(action))
        {
            usage.outputs.insert(name.clone());
        }
    };
    let options = Options { lenient: true, ..Options::default() };
    for text in texts(&entity.document) {
        let parsed = Template::parse(text, &options);
        for reference in parsed.iter().flat_map(Template::references) {
            read(&reference.path);
        }
    }
}

/// All texts of a value.
fn texts(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::Object(map) => map.values().flat_map(texts).collect(),
        _ => Vec::new(),
    }
}

/// Writes the stub of each action whose folder is not there yet; returns the folders of those that were written, by the
/// ids of the actions.
pub(super) fn write(
    portal: &Directory,
    usages: &BTreeMap<String, Usage>,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut written = BTreeMap::new();
    for (id, usage) in usages.iter().filter(|(id, _)| is_id(id)) {
        let folder = format!("{FOLDER}/{}", folder_of(id));
        if !portal.below(&folder)?.is_empty() {
            continue;
        }
        let declaration = yaml::value_to_string(&declaration(id, usage)).map_err(outside)?;
        let command = format!("#!/bin/sh\necho '{id} does nothing yet' >&2\nexit 78\n");
        let files = [
            (FILE, HEAD.to_owned() + &declaration, Mode::File),
            ("run.sh", command, Mode::Executable),
        ];
        let files = files.map(|(name, text, mode)| (RelativePath::new(name), text, mode));
        let files = files
            .iter()
            .filter_map(|(name, text, mode)| Some((name.as_ref().ok()?, text.as_bytes(), *mode)));
        fs::write_tree(&portal.writable_path(&folder)?, files)?;
        written.insert(id.clone(), folder);
    }
    Ok(written)
}

fn declaration(id: &str, usage: &Usage) -> Value {
    let schema = |names: &BTreeSet<String>| {
        let properties: Map<_, _> = names.iter().map(|name| (name.clone(), json!({}))).collect();
        json!({"type": "object", "properties": properties})
    };
    json!({
        "id": id,
        "description": format!("Does what `{id}` does in Backstage"),
        "input": schema(&usage.inputs),
        "output": schema(&usage.outputs),
        "run": ["./run.sh"],
        "stub": true,
    })
}
