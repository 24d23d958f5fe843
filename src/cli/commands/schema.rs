//! `callboard schema`: the JSON Schemas of the files that people write, for editors and other tools.

use std::path::Path;

use anyhow::anyhow;
use serde_json::{Value, json};

use crate::{
    base::{
        content,
        fs::{self, FileError},
        schema::{self, DIALECT},
        text::did_you_mean,
    },
    catalog::{
        kinds::{KINDS, kind_spec},
        schema::{Extent, of_any, of_kind},
    },
    cli::{
        Failure, args::SchemaArgs, check::baseline::Baseline, output::Output,
        settings::SettingsFile,
    },
    scaffold, snapshot,
};

/// Schemas that are not of a kind: name and description.
const FILES: &[(&str, &str)] = &[
    ("settings", "callboard.yaml"),
    ("source", "catalog-data/sources/<name>.yaml"),
    ("preset", "preset.yaml of a preset"),
    ("request", "scaffolds/requests/<id>.yaml"),
    ("lock", "scaffolds/lock.yaml"),
    ("policy", "scaffolds/policy.yaml"),
    ("action", "scaffolds/actions/<folder>/action.yaml"),
    ("baseline", "callboard-baseline.yaml"),
    ("entity", "entities of any kind, such as catalog-info.yaml"),
    ("fragment", "catalog-data/manual/**: entities, or parts of them"),
];

/// Prints one schema, or their names; writes them instead when a directory is given.
pub(in crate::cli) fn run(args: &SchemaArgs, output: &Output) -> Result<(), Failure> {
    let names = match &args.name {
        Some(name) => vec![known(name)?],
        None => names(),
    };
    match (&args.out, &args.name) {
        (Some(directory), _) => Ok(write(directory, &names)?),
        (None, Some(name)) => {
            output.json_text(&text(name));
            Ok(())
        }
        (None, None) => {
            for name in names {
                let file = FILES.iter().find(|(other, _)| *other == name).map(|(_, file)| *file);
                output.line(format!("{name:<10} {}", file.unwrap_or("entities of this kind")));
            }
            Ok(())
        }
    }
}

/// The folder of a portal that has the schemas.
const FOLDER: &str = "schemas";

/// All schemas: path in a portal, and text.
pub(in crate::cli) fn schema_files() -> impl Iterator<Item = (String, Vec<u8>)> {
    let names = names().into_iter();
    names.map(|name| (format!("{FOLDER}/{name}.schema.json"), text(&name).into_bytes()))
}

fn write(directory: &Path, names: &[String]) -> Result<(), FileError> {
    for name in names {
        let file = directory.join(format!("{name}.schema.json"));
        fs::write_atomic(&file, text(name).as_bytes())?;
    }
    Ok(())
}

fn names() -> Vec<String> {
    let files = FILES.iter().map(|(name, _)| (*name).to_owned());
    files.chain(KINDS.iter().map(|kind| kind.name.to_lowercase())).collect()
}

fn known(name: &str) -> Result<String, Failure> {
    let names = names();
    if names.iter().any(|known| known == name) {
        return Ok(name.to_owned());
    }
    let hint = did_you_mean(name, names.iter().map(String::as_str));
    let hint = hint.unwrap_or_else(|| "`callboard schema` lists them".into());
    Err(Failure::Usage(anyhow!("there is no schema `{name}`\nhint: {hint}")))
}

/// The text of a schema whose name is known.
fn text(name: &str) -> String {
    let value = match name {
        "settings" => schema::of::<SettingsFile>("Settings"),
        "source" => snapshot::source_schema(),
        "preset" => snapshot::preset_schema(),
        "request" => request(),
        "lock" => content::lock_schema(),
        "policy" => scaffold::policy::policy_schema(),
        "action" => scaffold::actions::own::action_schema(),
        "baseline" => schema::of::<Baseline>("Baseline"),
        "fragment" => of_any(Extent::Fragment),
        kind => kind_spec(kind).map_or_else(|| of_any(Extent::Whole), of_kind),
    };
    format!("{value:#}\n")
}

/// The schema of a request is written by hand, because no Rust type reads requests.
fn request() -> Value {
    json!({
        "$schema": DIALECT,
        "title": "Request",
        "description": "What one person asks for: a filled-in template.",
        "type": "object",
        "additionalProperties": false,
        "required": ["template", "requester"],
        "properties": {
            "version": {
                "type": "integer",
                "minimum": 1,
                "maximum": 1,
                "description": "Version of the format of this file; 1 when missing.",
            },
            "template": {
                "type": "string",
                "minLength": 1,
                "description": "The template, such as `template:default/java-service`.",
            },
            "requester": {
                "type": "string",
                "minLength": 1,
                "description": "Who asks, such as `user:default/ada`.",
            },
            "parameters": {
                "type": "object",
                "description": "Values of the template's parameters.",
            },
        },
    })
}
