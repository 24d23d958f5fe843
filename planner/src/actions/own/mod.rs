//! Own actions of a portal: `scaffolds/actions/<folder>/action.yaml` with the files of its command beside it.
//!
//! The plan of such a step has one effect: its command runs in apply only. What it returns is known after apply, and so are
//! the files of the workspace when it may change them.

mod check;
mod declaration;

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::{Action, StepContext, StepPlan, StepResults};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        duration,
        files::Files,
        text::{shorten, visible, with_causes},
        yaml,
    },
    catalog::Issue,
    effect::{Effect, EffectKind, OwnActionInput, Target},
    engine, schema,
    workspace::{Workspace, read_folder},
};
pub use check::is_id;
use declaration::VERSION;
pub use declaration::{Access, Declaration, Repeat, action_schema};

/// Folder of the own actions, relative to the portal.
pub const FOLDER: &str = "scaffolds/actions";
/// The name of the file that declares an action, in its folder.
pub const FILE: &str = "action.yaml";
/// The origin of the effects of own actions, in policies too: what a command reaches is not known.
pub const ORIGIN: &str = "action";
/// How long a command may run when its declaration does not say it.
const TIMEOUT: Duration = Duration::from_mins(5);
/// How long a command may run at most.
const LONGEST: Duration = Duration::from_hours(1);
/// Longest line of the log that shows an input, in bytes.
const LONGEST_LINE: usize = 500;

/// An own action without mistakes.
#[derive(Debug)]
pub struct OwnAction {
    /// Its declaration.
    pub declaration: Declaration,
    /// The files of its folder.
    pub files: Workspace,
    /// Schema of its input.
    input: Value,
    /// [`Workspace::digest`] of its folder.
    digest: String,
}

/// The folder of an action below [`FOLDER`].
pub fn folder_of(id: &str) -> String {
    id.replace(':', ".")
}

/// The file that declares an action, relative to the portal.
pub fn file_of(id: &str) -> String {
    format!("{FOLDER}/{}/{FILE}", folder_of(id))
}

/// The names of the folders below [`FOLDER`], sorted.
pub(super) fn folders(files: &dyn Files) -> Result<Vec<String>, Diagnostic> {
    let paths = files.below(FOLDER).map_err(|error| wrong(FOLDER, error.explained()))?;
    let inside = paths.iter().filter_map(|path| path.strip_prefix(FOLDER)?.strip_prefix('/'));
    let mut folders: Vec<_> =
        inside.filter_map(|path| Some(path.split_once('/')?.0.to_owned())).collect();
    folders.dedup();
    Ok(folders)
}

fn wrong(file: &str, message: String) -> Diagnostic {
    Diagnostic::error("invalid-action", Place::file(file), message)
}

impl OwnAction {
    /// Reads the action of a folder below [`FOLDER`]. It must not have the id of one of `others`.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub(super) fn load(
        files: &dyn Files,
        folder: &str,
        others: &[&dyn Action],
    ) -> Result<Self, Vec<Diagnostic>> {
        let file = format!("{FOLDER}/{folder}/{FILE}");
        let text = match files.text(&file) {
            Ok(Some(text)) => text,
            Ok(None) => {
                let message = format!("the folder has no `{FILE}`");
                return Err(vec![wrong(&format!("{FOLDER}/{folder}"), message)]);
            }
            Err(error) => return Err(vec![wrong(&file, error.explained())]),
        };
        let read = yaml::from_versioned_str(&text, VERSION);
        let declaration: Declaration = read.map_err(|error| {
            let (place, (message, hint)) = (Place::at(&file, error.position), error.explain());
            vec![Diagnostic::error("invalid-action", place, message).hint_opt(hint)]
        })?;
        let files = read_folder(files, &format!("{FOLDER}/{folder}"))
            .map_err(|error| vec![wrong(&file, with_causes(&error))])?;
        let issues = check::check(&declaration, folder, &files, others);
        if !issues.is_empty() {
            let positions = yaml::Positions::new(&text);
            return Err(issues.into_iter().map(|i| i.placed(&file, &positions, 0)).collect());
        }
        let mut input = match &declaration.input {
            Value::Null => json!({"type": "object", "properties": {}}),
            schema => schema.clone(),
        };
        // That is so anyway, also for values that are known after apply, which no schema checks.
        if input.get("additionalProperties") == Some(&Value::Bool(false)) {
            input.as_object_mut().and_then(|input| input.shift_remove("additionalProperties"));
        }
        Ok(Self { input, digest: files.digest(), declaration, files })
    }

    /// [`Workspace::digest`] of its folder: another script or declaration is another action.
    pub fn digest(&self) -> &str {
        &self.digest
    }

    /// What undoing it does; `None` when it cannot be undone.
    fn undo(&self) -> Option<String> {
        match (self.declaration.repeat, &self.declaration.undo) {
            (Repeat::Pure, _) => Some("changes nothing".to_owned()),
            (_, undo) => undo.as_ref().map(|undo| format!("runs `{}`", undo.join(" "))),
        }
    }

    /// How long its command may run.
    pub fn timeout(&self) -> Duration {
        let text = self.declaration.timeout.as_deref();
        text.and_then(duration::parse).unwrap_or(TIMEOUT)
    }

    /// Checks what its command returned, and returns the outputs that are declared; one that is missing is null.
    ///
    /// # Errors
    /// It is no map, does not obey the schema of the output, or has a key that is reserved.
    pub fn read_output(&self, output: &Value) -> Result<Map<String, Value>, String> {
        let Value::Object(found) = output else {
            return Err("the output is no map".to_owned());
        };
        engine::refuse_reserved_keys(output).map_err(|error| error.to_string())?;
        let schema = match &self.declaration.output {
            Value::Null => &json!({}),
            schema => schema,
        };
        let issues = schema::check(schema, output, "").map_err(|error| error.to_string())?;
        if let Some(Issue { message, .. }) = issues.first() {
            return Err(message.clone());
        }
        let names = self.outputs().into_iter().map(|(name, _)| name.to_owned());
        let value = |name: String| {
            let value = found.get(&name).cloned().unwrap_or_default();
            (name, value)
        };
        Ok(names.map(value).collect())
    }
}

impl Action for OwnAction {
    fn id(&self) -> &str {
        &self.declaration.id
    }

    fn description(&self) -> &str {
        &self.declaration.description
    }

    fn schema(&self) -> Value {
        self.input.clone()
    }

    fn is_strict(&self) -> bool {
        true
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        let properties = self.declaration.output.get("properties").and_then(Value::as_object);
        properties
            .into_iter()
            .flatten()
            .map(|(name, property)| (name.as_str(), about(property)))
            .collect()
    }

    fn later_inputs(&self) -> Vec<&str> {
        let properties = self.input.get("properties").and_then(Value::as_object);
        properties.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let Declaration { id, description, repeat, workspace, .. } = &self.declaration;
        let step = &cx.step().id;
        let later = |name: &str| engine::unknown(step, &format!("output.{name}"));
        let names = self.outputs().into_iter();
        let output = names.map(|(name, _)| (name.to_owned(), later(name))).collect();
        let files = (*workspace != Access::None).then(|| results.workspace.clone());
        let tree = files.as_ref().map(|files| match files.is_known() {
            true => files.digest().into(),
            false => engine::unknown(step, "files"),
        });
        let effect_input = OwnActionInput {
            action: id.clone(),
            digest: self.digest.clone(),
            requester: cx.plan.request.requester.to_string(),
            input: input.clone(),
            workspace: tree,
        };
        if *workspace == Access::Write {
            results.workspace.forget();
        }
        Ok(StepPlan {
            output,
            message: format!("ran `{id}`"),
            log: shown(input),
            effects: vec![Effect {
                id: String::new(),
                kind: EffectKind::OwnAction,
                target: Target { origin: ORIGIN.to_owned(), path: id.clone() },
                input: serde_json::to_value(effect_input).unwrap_or_default(),
                summary: format!(
                    "runs `{id}` ({}, `{}`): {description}",
                    repeat.words(),
                    self.declaration.run.join(" ")
                ),
                secrets: self.declaration.secrets.clone(),
                undo: self.undo(),
                claims: Vec::new(),
                files,
                changes_workspace: *workspace == Access::Write,
            }],
            ..StepPlan::default()
        })
    }
}

/// What a schema says of a property.
fn about(property: &Value) -> &str {
    property.get("description").and_then(Value::as_str).unwrap_or_default()
}

/// The inputs, one in a line: reviewers see what the command gets.
fn shown(input: &Value) -> Vec<String> {
    let shown = engine::display(input);
    let line = |(name, value): (&String, &Value)| {
        let value = schema::show(value);
        shorten(&visible(&format!("{name}: {value}")), LONGEST_LINE).into_owned()
    };
    shown.as_object().into_iter().flatten().map(line).collect()
}
