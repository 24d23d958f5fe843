//! The reference in docs/reference, made of the command line and of the schema of the settings; a test compares it.

use clap::{Arg, Command, CommandFactory};
use serde_json::Value;

use super::{args::Args, settings::SettingsFile};
use crate::base::schema;

/// Every command with its arguments.
fn commands() -> String {
    let mut text = String::from(
        "# Commands\n\nWhat `callboard COMMAND --help` says, in one page; `make golden` writes it of the program.\n",
    );
    let mut root = Args::command();
    root.build();
    add_command(&mut text, &root);
    text
}

fn add_command(text: &mut String, command: &Command) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name());
    text.push_str(&format!("\n## `{name}`\n\n"));
    if let Some(about) = command.get_long_about().or_else(|| command.get_about()) {
        text.push_str(&format!("{}.\n", escaped(&about.to_string())));
    }
    let arguments: Vec<_> = command.get_arguments().filter(|arg| is_listed(command, arg)).collect();
    if !arguments.is_empty() {
        text.push_str("\n| argument | meaning |\n|---|---|\n");
        arguments.iter().for_each(|arg| text.push_str(&row(arg)));
    }
    command.get_subcommands().for_each(|command| add_command(text, command));
}

/// Arguments that are the same for all commands stand at the program alone.
fn is_listed(command: &Command, arg: &Arg) -> bool {
    let is_of_all = arg.is_global_set() && command.get_name() != "callboard";
    !arg.is_hide_set() && !is_of_all && !matches!(arg.get_id().as_str(), "help" | "version")
}

fn row(arg: &Arg) -> String {
    let values = arg.get_action().takes_values().then(|| arg.get_value_names().unwrap_or_default());
    let values: Vec<_> = values.unwrap_or_default().iter().map(ToString::to_string).collect();
    let options =
        [arg.get_short().map(|c| format!("-{c}")), arg.get_long().map(|n| format!("--{n}"))];
    let options: Vec<_> = options.into_iter().flatten().collect();
    let name = match options.is_empty() {
        true => values.join(" "),
        false => [options.join(", "), values.join(" ")].join(" "),
    };
    let mut help = arg.get_help().map(|help| escaped(&help.to_string())).unwrap_or_default();
    let choices: Vec<_> = arg.get_possible_values();
    let choices: Vec<_> = choices.iter().map(|value| format!("`{}`", value.get_name())).collect();
    if !choices.is_empty() && arg.get_action().takes_values() {
        help.push_str(&format!(": {}", choices.join(", ")));
    }
    let defaults: Vec<_> =
        arg.get_default_values().iter().map(|value| value.to_string_lossy()).collect();
    if !defaults.is_empty() && arg.get_action().takes_values() {
        help.push_str(&format!(" (default `{}`)", defaults.join(" ")));
    }
    format!("| `{}` | {help} |\n", name.trim())
}

/// Every key of callboard.yaml.
fn settings() -> String {
    let schema = schema::of::<SettingsFile>("Settings");
    let mut rows = Vec::new();
    add_keys(&mut rows, &schema, &schema, "");
    format!(
        "# Keys of `callboard.yaml`\n\nOf the schema that editors use; `make golden` writes this page of the program. \
         [Settings](../settings.md) explains them.\n\n| key | meaning |\n|---|---|\n{}",
        rows.concat()
    )
}

/// Adds the keys of an object and of what it contains; `*` stands for a name that people choose, and `[]` for each value of a list.
fn add_keys(rows: &mut Vec<String>, root: &Value, schema: &Value, path: &str) {
    let schema = resolved(root, schema);
    for (key, value) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        let described =
            value["description"].as_str().or_else(|| resolved(root, value)["description"].as_str());
        let required =
            schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == key));
        let required = if required { " (required)" } else { "" };
        rows.push(format!("| `{path}` | {}{required} |\n", escaped(described.unwrap_or_default())));
        add_keys(rows, root, value, &path);
    }
    if schema["additionalProperties"].is_object() {
        add_keys(rows, root, &schema["additionalProperties"], &format!("{path}.*"));
    }
    if schema["items"].is_object() {
        add_keys(rows, root, &schema["items"], &format!("{path}[]"));
    }
}

/// The schema that a reference leads to, or the only one that is there beside `null`.
fn resolved<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    if let Some(pointer) = schema["$ref"].as_str() {
        return root
            .pointer(pointer.trim_start_matches('#'))
            .map_or(schema, |found| resolved(root, found));
    }
    let is_null = |one: &&Value| one["type"] == "null";
    let parts = ["allOf", "anyOf"].map(|key| schema[key].as_array().into_iter().flatten());
    let choices = parts.into_iter().flatten();
    match choices.filter(|one| !is_null(one)).collect::<Vec<_>>().as_slice() {
        [one] => resolved(root, one),
        _ => schema,
    }
}

/// A text as one cell of a table.
fn escaped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|").replace('<', "&lt;")
}

#[test]
fn the_reference_is_what_the_program_has() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference");
    for (file, text) in [("commands.md", commands()), ("settings.md", settings())] {
        callboard_testing::assert_text(text, callboard_testing::expected_file(&folder.join(file)));
    }
}
