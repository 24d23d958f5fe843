//! What an entity of a descriptor includes: `$text`, `$json`, `$yaml`, `$openapi` and `$asyncapi` name a file.
//!
//! As in Backstage, a map with exactly one of these keys, whose value is a text, is replaced anywhere in an entity, and
//! what is included is not searched again. The file must be one that the same run publishes.

use serde_json::Value;

use crate::{
    base::{path::RelativePath, yaml},
    catalog::{Issue, issue::escape},
    engine,
    workspace::{Workspace, resolve},
};

/// The files that a descriptor can include.
pub(super) struct Includes<'w> {
    /// The workspace.
    pub(super) workspace: &'w Workspace,
    /// The folder that is published; `None` is the whole workspace.
    pub(super) folder: Option<&'w RelativePath>,
    /// The descriptor.
    pub(super) file: &'w RelativePath,
    /// The id of the step, for values that are known only after apply.
    pub(super) step: &'w str,
}

impl Includes<'_> {
    /// Replaces what an entity includes, and returns what cannot be.
    pub(super) fn replace(&self, document: &mut Value) -> Vec<Issue> {
        let mut issues = Vec::new();
        self.visit(document, "", &mut issues);
        issues
    }

    fn visit(&self, value: &mut Value, pointer: &str, issues: &mut Vec<Issue>) {
        if let Some((key, target)) = placeholder(value) {
            let pointer = format!("{pointer}/{key}");
            match self.read(&key, &target) {
                Ok(included) => *value = included,
                Err(message) => issues.push(Issue::error("invalid-file", pointer, message)),
            }
            return;
        }
        match value {
            Value::Array(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.visit(item, &format!("{pointer}/{index}"), issues);
                }
            }
            Value::Object(map) => {
                for (key, item) in map {
                    self.visit(item, &format!("{pointer}/{}", escape(key)), issues);
                }
            }
            _ => {}
        }
    }

    fn read(&self, key: &str, target: &str) -> Result<Value, String> {
        let path = self.path(target)?;
        let file = self.workspace.get(&path);
        let file = file.ok_or_else(|| format!("`{path}` is not in the workspace"))?;
        if !file.is_known {
            return Ok(engine::unknown(self.step, "files"));
        }
        let text = file.text().ok_or_else(|| format!("`{path}` is not a text"))?;
        if !matches!(key, "$json" | "$yaml") {
            return Ok(text.into());
        }
        let mut documents = yaml::parse_documents(text);
        match (documents.pop(), documents.is_empty()) {
            (Some(Ok(value)), true) => Ok(value),
            (Some(Err(error)), true) => Err(format!("`{path}`: {}", error.message)),
            _ => Err(format!("`{path}` does not have exactly one document")),
        }
    }

    /// The file of the workspace that a target stands for, relative to the descriptor.
    pub(super) fn path(&self, target: &str) -> Result<RelativePath, String> {
        if target.contains("://") {
            return Err(format!("`{target}` is not read: a plan has no network"));
        }
        let outside = || format!("`{target}` is outside of what is published");
        let folder = self.file.as_str().rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = resolve(folder, target).ok_or_else(outside)?;
        let path = RelativePath::new(path).map_err(|error| error.to_string())?;
        let prefix = self.folder.map_or(String::new(), |folder| format!("{folder}/"));
        if path.as_str().starts_with(&prefix) { Ok(path) } else { Err(outside()) }
    }
}

/// The key and the text of a map that includes a file.
fn placeholder(value: &Value) -> Option<(String, String)> {
    let map = value.as_object().filter(|map| map.len() == 1)?;
    let (key, target) = map.iter().next()?;
    let is_include = matches!(key.as_str(), "$text" | "$json" | "$yaml" | "$openapi" | "$asyncapi");
    Some((key.clone(), target.as_str().filter(|_| is_include)?.to_owned()))
}
