//! `callboard scaffold new`: writes a request. On a terminal it asks for the parameters, like the form of the site.

use std::path::Path;

use anyhow::anyhow;
use serde_json::{Map, Value, json};

use super::{load_template, render, values};
use crate::{
    base::{
        files::{Directory, Files},
        yaml,
    },
    catalog::{
        Catalog, EntityRef,
        choices::{Choices, Requester},
        names,
    },
    cli::{
        Failure,
        args_scaffold::NewArgs,
        ask::{Asker, Question, somebody_is_there},
        exit::outside,
        output::{BOLD, DIM, GOOD, Output},
    },
    scaffold::request::REQUESTS,
};

/// Most choices that a question lists.
const MOST_CHOICES: usize = 12;

/// Writes a request for a template.
pub(super) fn run(portal: &Path, args: &NewArgs, output: &Output) -> Result<(), Failure> {
    let answers = &mut std::io::stdin().lock();
    let asker = Asker { answers, output };
    let asker = (!args.no_input && somebody_is_there()).then_some(asker);
    write(portal, args, asker, output)
}

fn write(
    portal: &Path,
    args: &NewArgs,
    mut asker: Option<Asker<'_>>,
    output: &Output,
) -> Result<(), Failure> {
    let (settings, catalog, template) = load_template(portal, &args.template)?;
    let reference = template.reference.clone();
    let files = Directory::new(&settings.portal);
    let mut parameters = values::read(&args.values)?;
    let requester = match (values::requester(&args.values)?, asker.as_mut()) {
        (Some(requester), _) => requester,
        (None, Some(asker)) => {
            let question = Question {
                text: "Who you are",
                example: Some("user:default/jane"),
                ..Question::default()
            };
            let is_user = |text: &str| known_user(&catalog, text).err();
            known_user(&catalog, &asker.ask(&question, is_user)?)
                .map_err(|message| Failure::Usage(anyhow!(message)))?
        }
        (None, None) => {
            let hint =
                "name it with `--requester user:default/<you>`, or set `CALLBOARD_REQUESTER`";
            return Err(Failure::Usage(anyhow!("a request has a requester\nhint: {hint}")));
        }
    };
    if let Some(asker) = asker.as_mut() {
        let requester = Requester::of(&catalog, &requester);
        for page in &template.pages {
            ask(page, &catalog, &requester, &mut parameters, asker)?;
        }
    }
    // What is wrong with the values is said before anything is written.
    let planned = render::plan(
        &settings,
        &catalog,
        reference.clone(),
        Some(requester.clone()),
        parameters.clone(),
    );
    planned.map_err(Failure::Data)?;
    let id = id(args, &parameters)?;
    let request = json!({"template": reference, "requester": requester, "parameters": parameters});
    let text = yaml::to_string(&request).map_err(outside)?;
    let file = format!("{REQUESTS}/{id}.yaml");
    let answer = json!({ "file": file, "written": !args.dry_run, "request": request });
    if args.dry_run {
        match args.json {
            true => output.json(&answer)?,
            false => output.text(&text),
        }
        return Ok(());
    }
    if files.bytes(&file)?.is_some() {
        return Err(Failure::Refused(anyhow!(
            "`{file}` exists already\nhint: name the request with `--id`"
        )));
    }
    files.write(&file, text.as_bytes(), false)?;
    if args.json {
        return output.json(&answer);
    }
    output.line(format!("{GOOD}✓{GOOD:#} {file}"));
    output.line("next:");
    for line in [
        format!("callboard scaffold plan {file}"),
        format!("git switch -c {id} && git add {file} && git commit -m \"Ask for {id}\""),
        format!("git push -u origin {id}"),
    ] {
        output.line(format!("  {BOLD}{line}{BOLD:#}"));
    }
    output.line(format!("{DIM}then open a pull request: its comment shows the plan{DIM:#}"));
    Ok(())
}

/// Reads a user, who must be in the catalog.
fn known_user(catalog: &Catalog, text: &str) -> Result<EntityRef, String> {
    let user = values::user(text).map_err(|error| error.to_string())?;
    match catalog.get(&user) {
        Some(_) => Ok(user),
        None => Err(format!("there is no user `{user}`")),
    }
}

/// The id of the request: the argument, else the parameter that names what is made.
fn id(args: &NewArgs, parameters: &Map<String, Value>) -> Result<String, Failure> {
    let named = ["name", "component_id", "componentName"]
        .iter()
        .find_map(|key| parameters.get(*key).and_then(Value::as_str));
    let id = args.id.as_deref().or(named).unwrap_or_default();
    if names::is_object_name(id) {
        return Ok(id.to_owned());
    }
    Err(Failure::Usage(anyhow!("`{id}` cannot be the id of a request\nhint: give one with `--id`")))
}

/// Asks for the parameters of a page that have no value yet. Maps are left to `--set` and `--values`.
fn ask(
    page: &Value,
    catalog: &Catalog,
    requester: &Requester,
    parameters: &mut Map<String, Value>,
    asker: &mut Asker<'_>,
) -> Result<(), Failure> {
    let required: Vec<_> =
        page["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    for (name, property) in page["properties"].as_object().into_iter().flatten() {
        let kind = property["type"].as_str().unwrap_or("string");
        if parameters.contains_key(name) || matches!(kind, "object" | "array" | "null") {
            continue;
        }
        let choices = choices(property, catalog, requester);
        if !choices.is_empty() {
            let more = if choices.len() > MOST_CHOICES { ", …" } else { "" };
            let some: Vec<_> = choices.iter().take(MOST_CHOICES).map(String::as_str).collect();
            asker.output.note(format!("  {DIM}{}{more}{DIM:#}", some.join(", ")));
        }
        let default = match property.get("default") {
            Some(Value::String(text)) => Some(text.clone()),
            Some(other) => Some(other.to_string()),
            None if required.contains(&name.as_str()) => None,
            None => Some(String::new()),
        };
        let title = property["title"].as_str().unwrap_or(name);
        let example = choices.first().map(String::as_str);
        let question = Question { text: title, default: default.as_deref(), example };
        let value = |answer: &str| match kind {
            "string" => Value::from(answer),
            _ => values::parse(answer),
        };
        let is_choice = |answer: &str| {
            let is_known = choices.is_empty() || choices.iter().any(|choice| choice == answer);
            let is_pick = property.get("ui:field").is_some();
            (!is_known && !is_pick && !answer.is_empty())
                .then(|| format!("choose one of {}", choices.join(", ")))
        };
        let answer = asker.ask(&question, is_choice)?;
        if !answer.is_empty() {
            parameters.insert(name.clone(), value(&answer));
        }
    }
    Ok(())
}

/// What a parameter can be: the choices of its schema, or the entities that its field offers.
fn choices(property: &Value, catalog: &Catalog, requester: &Requester) -> Vec<String> {
    if let Some(options) = property["enum"].as_array() {
        let text = |value: &Value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        return options.iter().map(text).collect();
    }
    let Some(choices) = Choices::of(property) else { return Vec::new() };
    let offered = catalog.entities().iter().filter(|e| choices.allows(e, requester));
    offered.map(|entity| entity.reference.to_string()).collect()
}
