//! Reads inputs of steps that have passed their schema.

use serde_json::Value;

use super::{StepContext, StepResults};
use crate::{
    base::{diagnostics::Diagnostic, path::RelativePath, yaml},
    workspace::{File, folder_path},
};

/// A text of an input.
pub(super) fn text<'v>(input: &'v Value, key: &str) -> Option<&'v str> {
    input.get(key).and_then(Value::as_str)
}

/// A boolean of an input; `false` when it is not there.
pub(super) fn flag(input: &Value, key: &str) -> bool {
    input.get(key).and_then(Value::as_bool).unwrap_or(false)
}

/// The texts of a list of an input.
pub(super) fn texts<'v>(input: &'v Value, key: &str) -> Vec<&'v str> {
    let items = input.get(key).and_then(Value::as_array);
    items.into_iter().flatten().filter_map(Value::as_str).collect()
}

/// The folder of the workspace that an input names; `None` is the workspace itself, also without the input.
///
/// # Errors
/// It leads out of the workspace.
pub(super) fn folder_of(
    cx: &StepContext<'_>,
    input: &Value,
    key: &str,
) -> Result<Option<RelativePath>, Vec<Diagnostic>> {
    folder_path(text(input, key).unwrap_or("./")).map_err(|error| cx.wrong(key, error))
}

/// The file or folder of the workspace that an input names.
///
/// # Errors
/// It leads out of the workspace, or is the workspace itself.
pub(super) fn path_of(
    cx: &StepContext<'_>,
    input: &Value,
    key: &str,
) -> Result<RelativePath, Vec<Diagnostic>> {
    path_at(cx, key, text(input, key).unwrap_or_default())
}

/// Reads a path of the workspace; `pointer` is where the input has it.
///
/// # Errors
/// It leads out of the workspace, or is the workspace itself.
pub(super) fn path_at(
    cx: &StepContext<'_>,
    pointer: &str,
    text: &str,
) -> Result<RelativePath, Vec<Diagnostic>> {
    match folder_path(text) {
        Ok(Some(path)) => Ok(path),
        Ok(None) => Err(cx.wrong(pointer, "it names the workspace itself, not something in it")),
        Err(error) => Err(cx.wrong(pointer, error)),
    }
}

/// The file of the workspace that an input names; one that nothing is known of where only apply knows which files there
/// are.
///
/// # Errors
/// There is none.
pub(super) fn file_of(
    cx: &StepContext<'_>,
    input: &Value,
    key: &str,
    results: &StepResults,
) -> Result<(RelativePath, File), Vec<Diagnostic>> {
    let path = path_of(cx, input, key)?;
    match results.workspace.get(&path) {
        Some(file) => Ok((path, file.clone())),
        None if results.workspace.has_later_files() => {
            Ok((path, File { is_known: false, ..File::new(Vec::new()) }))
        }
        None => Err(cx.wrong(key, format!("there is no file `{path}` in the workspace"))),
    }
}

/// The documents of a YAML text.
///
/// # Errors
/// What is wrong, with its place in the text.
pub(in crate::actions) fn documents(text: &str) -> Result<Vec<Value>, String> {
    let documents = yaml::parse_documents(text).into_iter();
    let documents = documents.map(|document| {
        document.map_err(|error| match error.position {
            Some(position) => {
                format!("line {}, column {}: {}", position.line, position.column, error.message)
            }
            None => error.message,
        })
    });
    documents.collect()
}
