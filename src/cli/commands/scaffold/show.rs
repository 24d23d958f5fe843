//! `callboard scaffold show`: the parameters and steps of a template, and an example of a request.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::load_template;
use crate::{
    base::yaml,
    cli::{
        Failure,
        args_scaffold::ShowArgs,
        exit::outside,
        output::{BOLD, DIM, Output},
    },
    scaffold::template::Template,
};

/// Shows one template.
pub(super) fn run(portal: &Path, args: &ShowArgs, output: &Output) -> Result<(), Failure> {
    let (_, _, template) = load_template(portal, &args.template)?;
    let reference = &template.reference;
    let example = example(&template);
    if args.json {
        let steps: Vec<_> = template.steps.iter().map(step).collect();
        return output.json(&json!({
            "template": reference, "title": template.title, "file": template.file,
            "parameters": template.pages, "steps": steps, "example": example,
        }));
    }
    output.line(format!("{BOLD}{}{BOLD:#}", template.title));
    output.line(format!("{DIM}{reference} in {}{DIM:#}", template.file));
    for page in &template.pages {
        output.line("");
        output.line(page["title"].as_str().unwrap_or("parameters"));
        properties(page, output);
    }
    output.line("");
    output.line("steps");
    for (index, step) in template.steps.iter().enumerate() {
        let condition = match (&step.each, &step.condition) {
            (Some(_), _) => " for each item",
            (None, Some(_)) => " on a condition",
            (None, None) => "",
        };
        let (name, action) = (&step.name, &step.action);
        output.line(format!("  {}. {name} {DIM}{action}{condition}{DIM:#}", index + 1));
    }
    output.line("");
    output.line("an example of a request");
    output.text(&yaml::to_string(&example).map_err(outside)?);
    Ok(())
}

fn step(step: &crate::scaffold::template::Step) -> Value {
    json!({
        "id": step.id, "name": step.name, "action": step.action, "if": step.condition,
        "each": step.each, "input": step.input,
    })
}

fn properties(page: &Value, output: &Output) {
    let required: Vec<_> =
        page["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in page["properties"].as_object().into_iter().flatten() {
        let text = |key: &str| property[key].as_str().unwrap_or_default();
        let kind = match text("ui:field") {
            "" => text("type"),
            field => field,
        };
        let mut notes = vec![kind.to_owned()];
        if required.contains(&name.as_str()) {
            notes.push("required".to_owned());
        }
        if let Some(default) = property.get("default") {
            notes.push(format!("default {default}"));
        }
        if let Some(choices) = property["enum"].as_array() {
            let choices: Vec<_> = choices.iter().map(ToString::to_string).collect();
            notes.push(format!("one of {}", choices.join(", ")));
        }
        let about = match text("description") {
            "" => text("title"),
            about => about,
        };
        output.line(format!("  {BOLD}{name}{BOLD:#} {DIM}{}{DIM:#} {about}", notes.join(", ")));
    }
}

/// A request with a value for each parameter that is required: its default, its first choice, or a text that says
/// what belongs there.
fn example(template: &Template) -> Value {
    let mut parameters = Map::new();
    for page in &template.pages {
        let required = page["required"].as_array().into_iter().flatten();
        for name in required.filter_map(Value::as_str) {
            let property = &page["properties"][name];
            let choice = property["enum"].as_array().and_then(|choices| choices.first());
            let value = property.get("default").or(choice).cloned();
            let value = value.unwrap_or_else(|| match property["type"].as_str() {
                Some("boolean") => json!(false),
                Some("integer" | "number") => json!(1),
                Some("array") => json!([]),
                Some("object") => json!({}),
                _ => json!(format!("<{}>", property["title"].as_str().unwrap_or(name))),
            });
            parameters.insert(name.to_owned(), value);
        }
    }
    json!({
        "template": template.reference, "requester": "user:default/<you>", "parameters": parameters,
    })
}
