//! What is wrong with the declaration of an own action.

use serde_json::Value;

use super::{Access, Declaration, LONGEST, Repeat, folder_of};
use crate::{
    actions::Action,
    base::{
        duration,
        files::Mode,
        leaks::{self, Exceptions},
        path::RelativePath,
        text::did_you_mean,
    },
    catalog::{Issue, issue::escape},
    schema,
    workspace::Workspace,
};

/// Prefixes of ids and of variables that are the program's own.
const OWN_ID: &str = "callboard:";
const OWN_VARIABLE: &str = "CALLBOARD_";

/// Finds all mistakes of a declaration. `files` are those of its folder, `others` have ids that it must not have.
pub(super) fn check(
    declaration: &Declaration,
    folder: &str,
    files: &Workspace,
    others: &[&dyn Action],
) -> Vec<Issue> {
    let mut issues = id(&declaration.id, folder, others);
    if declaration.description.trim().is_empty() {
        issues.push(wrong("/description", "say in one sentence what the action does"));
    }
    for (key, schema) in [("input", &declaration.input), ("output", &declaration.output)] {
        issues.extend(map_schema(key, schema));
    }
    issues.extend(variables(declaration));
    let commands = [
        ("run", Some(&declaration.run)),
        ("probe", declaration.probe.as_ref()),
        ("undo", declaration.undo.as_ref()),
    ];
    for (key, command) in commands {
        issues.extend(command.into_iter().flat_map(|command| check_command(key, command, files)));
    }
    issues.extend(repetition(declaration));
    if let Some(text) = &declaration.timeout
        && !duration::parse(text).is_some_and(|time| !time.is_zero() && time <= LONGEST)
    {
        let message = format!("`{text}` is no time of one hour at most, such as `30s` or `10m`");
        issues.push(wrong("/timeout", message));
    }
    if declaration.stub && issues.is_empty() {
        let message = format!("`{}` is a stub: it does nothing yet", declaration.id);
        let hint = "write its command, and remove `stub`";
        issues.push(Issue::error("stub-action", "/stub", message).hint(hint));
    }
    issues
}

fn wrong(pointer: &str, message: impl Into<String>) -> Issue {
    Issue::error("invalid-action", pointer, message)
}

/// True for an id such as `acme:jira:project`: words of letters, digits and, between them, `-`, `_` or `.`.
pub fn is_id(id: &str) -> bool {
    let is_word = |word: &str| {
        let is_edge = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
        is_edge(word.chars().next())
            && is_edge(word.chars().next_back())
            && word.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
    };
    id.len() <= 100 && id.split(':').all(is_word)
}

fn id(id: &str, folder: &str, others: &[&dyn Action]) -> Vec<Issue> {
    let issue = |message: String, hint: &str| vec![wrong("/id", message).hint(hint)];
    if !is_id(id) {
        let message = format!("`{id}` is no id of an action");
        return issue(message, "write words of letters and digits, joined by `:`");
    }
    if id.starts_with(OWN_ID) || others.iter().any(|other| other.id() == id) {
        let message = format!("`{id}` is an action of Callboard");
        return issue(
            message,
            "give it an id that begins with a name of your own, such as `acme:`",
        );
    }
    let is_portable = RelativePath::new(folder_of(id)).is_ok_and(|p| p.check_portable().is_ok());
    if !is_portable {
        return issue(
            format!("`{id}` gives no folder that every system can have"),
            "choose another id",
        );
    }
    if folder_of(id) != folder {
        let message = format!("the action `{id}` is in the folder `{folder}`");
        return issue(message, &format!("name the folder `{}`, or correct the id", folder_of(id)));
    }
    Vec::new()
}

/// A schema is that of a map, and right itself.
fn map_schema(key: &str, schema: &Value) -> Vec<Issue> {
    if schema.is_null() {
        return Vec::new();
    }
    let is_map = schema.get("type").and_then(Value::as_str) == Some("object")
        && schema.get("properties").is_some_and(Value::is_object);
    if !is_map {
        let message = "the schema must have `type: object` and `properties`";
        return vec![wrong(&format!("/{key}"), message)];
    }
    match schema::check(schema, &Value::Null, "") {
        Ok(_) => Vec::new(),
        Err(error) => {
            let message = format!("this is no JSON Schema: {error}");
            vec![wrong(&format!("/{key}{}", error.pointer), message).hint_opt(error.hint)]
        }
    }
}

fn variables(declaration: &Declaration) -> Vec<Issue> {
    let mut issues = Vec::new();
    let environment = declaration.environment.keys();
    let environment = environment.map(|name| (format!("/environment/{}", escape(name)), name));
    let secrets = declaration.secrets.iter().enumerate();
    let secrets = secrets.map(|(index, name)| (format!("/secrets/{index}"), name));
    for (pointer, name) in environment.chain(secrets) {
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !is_name {
            issues.push(wrong(&pointer, format!("`{name}` is no name of a variable")));
        } else if name.starts_with(OWN_VARIABLE) {
            let message = format!("`{name}` is Callboard's own, and no action gets it");
            issues.push(wrong(&pointer, message).hint("give the action a credential of its own"));
        }
    }
    for (index, name) in declaration.secrets.iter().enumerate() {
        if declaration.environment.contains_key(name) || declaration.secrets[..index].contains(name)
        {
            issues.push(wrong(&format!("/secrets/{index}"), format!("`{name}` is there twice")));
        }
    }
    for (name, value) in &declaration.environment {
        let pointer = format!("/environment/{}", escape(name));
        if value.contains('\0') {
            issues.push(wrong(&pointer, "the value has the null character"));
        }
        if let Some(leak) = leaks::find(value, name, &Exceptions::default()) {
            let message = format!("`{name}` has what looks like {}", leak.what);
            issues.push(wrong(&pointer, message).hint("list the name under `secrets` instead"));
        }
    }
    issues
}

/// A command has a program, and the files that it names.
fn check_command(key: &str, command: &[String], files: &Workspace) -> Vec<Issue> {
    let mut issues = Vec::new();
    if command.first().is_none_or(String::is_empty) {
        let message = format!("`{key}` names no program");
        issues.push(wrong(&format!("/{key}"), message).hint("such as `[./run.sh]`"));
    }
    for (index, text) in command.iter().enumerate() {
        let pointer = format!("/{key}/{index}");
        if text.contains('\0') {
            issues.push(wrong(&pointer, "the text has the null character"));
        }
        let is_program = index == 0;
        let Some(name) = text.strip_prefix("./") else {
            if is_program && text.contains('/') && !text.starts_with('/') {
                let message =
                    format!("`{text}` is neither a name, nor an absolute path, nor a file here");
                issues.push(
                    wrong(&pointer, message).hint(format!("write `./{text}` for a file here")),
                );
            }
            continue;
        };
        let file = RelativePath::new(name).ok().and_then(|path| files.get(&path));
        match file {
            None => {
                let names = files.files().map(|(path, _)| path.as_str());
                let message = format!("there is no file `{name}` beside this one");
                issues.push(wrong(&pointer, message).hint_opt(did_you_mean(name, names)));
            }
            Some(file) if is_program && file.mode != Mode::Executable => {
                let hint = format!("`chmod +x {name}`, and commit it");
                issues.push(wrong(&pointer, format!("`{name}` cannot be executed")).hint(hint));
            }
            Some(_) => {}
        }
    }
    issues
}

/// What belongs to how often a command may run.
fn repetition(declaration: &Declaration) -> Vec<Issue> {
    let mut issues = Vec::new();
    match (declaration.repeat, &declaration.probe) {
        (Repeat::Probed, None) => {
            let message = "a `probed` action needs `probe`";
            issues.push(
                wrong("/repeat", message).hint("a command that says whether it was carried out"),
            );
        }
        (Repeat::Pure | Repeat::AtMostOnce, Some(_)) => {
            let message = "`probe` is asked only with `repeat: probed`";
            issues.push(wrong("/probe", message));
        }
        _ => {}
    }
    if declaration.repeat == Repeat::Pure && declaration.undo.is_some() {
        issues.push(wrong("/undo", "a `pure` action has nothing to undo"));
    }
    if declaration.workspace == Access::Write && declaration.repeat != Repeat::Pure {
        let message = "only a `pure` action may write to the workspace";
        let hint = "files are no part of the record of a run, so that the command must be able to run again; let \
                    one action write files, and another do what is outside";
        issues.push(wrong("/workspace", message).hint(hint));
    }
    issues
}
