//! `callboard scaffold actions`: what steps can call.

use std::path::Path;

use anyhow::anyhow;
use serde_json::{Value, json};

use crate::{
    base::{files::Directory, text::did_you_mean},
    cli::{
        Failure,
        args_scaffold::ActionsArgs,
        output::{BOLD, DIM, Output},
    },
    scaffold::actions::{
        Action, Actions,
        own::{OwnAction, file_of},
    },
};

/// Lists the actions, or shows one.
pub(super) fn run(portal: &Path, args: &ActionsArgs, output: &Output) -> Result<(), Failure> {
    let actions = Actions::load(&Directory::new(portal));
    output.diagnostics(actions.problems());
    let chosen: Vec<_> = match &args.action {
        None => actions.all().collect(),
        Some(id) => vec![find(&actions, id)?],
    };
    if args.json {
        let chosen = chosen.iter().map(|action| as_json(*action, actions.own(action.id())));
        return output.json(&chosen.collect::<Vec<_>>());
    }
    if args.action.is_some() {
        show(chosen[0], actions.own(chosen[0].id()), output);
        return Ok(());
    }
    let width = chosen.iter().map(|action| action.id().len()).max().unwrap_or_default();
    for action in chosen {
        output.line(format!("{BOLD}{:width$}{BOLD:#}  {}", action.id(), action.description()));
    }
    Ok(())
}

fn find<'a>(actions: &'a Actions, id: &str) -> Result<&'a dyn Action, Failure> {
    let found = actions.all().find(|action| action.id() == id);
    found.ok_or_else(|| {
        let hint = did_you_mean(id, actions.all().map(Action::id))
            .unwrap_or_else(|| "`callboard scaffold actions` lists all".to_owned());
        Failure::Unknown(anyhow!("there is no action `{id}`\nhint: {hint}"))
    })
}

fn as_json(action: &dyn Action, own: Option<&OwnAction>) -> Value {
    let outputs: serde_json::Map<String, Value> =
        action.outputs().iter().map(|(name, about)| ((*name).to_owned(), json!(about))).collect();
    let mut value = json!({
        "id": action.id(),
        "description": action.description(),
        "input": action.schema(),
        "output": outputs,
        "knownAfterApply": action.later_inputs(),
    });
    if let Some(own) = own {
        value["file"] = file_of(action.id()).into();
        value["run"] = json!(own.declaration.run);
        value["repeat"] = own.declaration.repeat.words().into();
        value["secrets"] = json!(own.declaration.secrets);
    }
    value
}

fn show(action: &dyn Action, own: Option<&OwnAction>, output: &Output) {
    output.line(format!("{BOLD}{}{BOLD:#}", action.id()));
    output.line(action.description());
    if let Some(OwnAction { declaration, .. }) = own {
        let (file, words) = (file_of(action.id()), declaration.repeat.words());
        output.line(format!("{DIM}{file}: {words}, `{}`{DIM:#}", declaration.run.join(" ")));
        if !declaration.secrets.is_empty() {
            output.line(format!("{DIM}secrets: {}{DIM:#}", declaration.secrets.join(", ")));
        }
    }
    let schema = action.schema();
    let required: Vec<_> =
        schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    output.line("");
    output.line("input");
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let kind = match &property["type"] {
            Value::String(kind) => kind.clone(),
            Value::Array(kinds) => {
                kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or ")
            }
            _ => "value".to_owned(),
        };
        let need = if required.contains(&name.as_str()) { ", required" } else { "" };
        let about = property["description"].as_str().unwrap_or_default();
        output.line(format!("  {BOLD}{name}{BOLD:#} {DIM}{kind}{need}{DIM:#} {about}"));
    }
    if !action.outputs().is_empty() {
        output.line("");
        output.line("output");
        for (name, about) in action.outputs() {
            output.line(format!("  {BOLD}{name}{BOLD:#} {about}"));
        }
    }
}
