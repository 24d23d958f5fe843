//! Descriptors: the files with entities that a run publishes and registers.
//!
//! A descriptor can have several entities, and its Locations name more descriptors of the same repository.

use std::{
    borrow::Cow,
    collections::{BTreeSet, VecDeque},
};

use serde_json::Value;

use super::includes::Includes;
use crate::{
    actions::{StepContext, StepResults, input::text},
    base::{
        diagnostics::{self, Diagnostic, Place},
        path::RelativePath,
        percent::{decode_lossy, encode},
        yaml::{self, YamlText},
    },
    catalog::{Issue, entity::text_at, envelope::check_envelope, spec::check_spec},
    engine,
    workspace::{Workspace, folder_path},
};

/// Most descriptors that are read for one.
const MOST: usize = 100;
/// What addresses of repositories on Azure DevOps have, and how the path of a file follows them.
const AZURE: &str = "/_git/";
const AZURE_PATH: &str = "?path=";
/// How a text of the workspace shows what is known only after apply.
const UNKNOWN: &str = "‹known after apply";

/// A descriptor of the workspace.
#[derive(Debug, Clone)]
pub(super) struct Descriptor {
    /// Its path in the workspace.
    pub(super) path: RelativePath,
    /// The folder that is published; `None` is the whole workspace.
    folder: Option<RelativePath>,
    /// Where it will be for everybody; `None` when the run does not publish it.
    pub(super) address: Option<Address>,
}

/// The URL of a descriptor, and that of the repository's files: texts that may be known only after apply.
#[derive(Debug, Clone)]
pub(super) struct Address {
    pub(super) url: Value,
    pub(super) contents: Value,
}

/// The entities of one descriptor.
pub(super) struct Entities {
    pub(super) descriptor: Descriptor,
    text: YamlText,
    /// Each with the number of its document.
    pub(super) documents: Vec<(usize, Value)>,
}

/// A text, with what is known only after apply in words.
fn shown(text: &Value) -> String {
    engine::display(text).as_str().unwrap_or_default().to_owned()
}

impl Descriptor {
    /// Finds the descriptor that the inputs of `catalog:register` name.
    ///
    /// # Errors
    /// It is not of what the same run publishes.
    pub(super) fn find(
        cx: &StepContext<'_>,
        input: &Value,
        results: &StepResults,
    ) -> Result<Self, Vec<Diagnostic>> {
        if input.get("repoContentsUrl").is_none() && input.get("catalogInfoUrl").is_none() {
            let path = text(input, "catalogInfoPath").unwrap_or_default();
            let path = file_path(cx, "catalogInfoPath", path)?;
            return Ok(Self { path, folder: None, address: None });
        }
        let (given, wanted) = match input.get("repoContentsUrl") {
            Some(url) => ("repoContentsUrl", url),
            None => ("catalogInfoUrl", input.get("catalogInfoUrl").unwrap_or(&Value::Null)),
        };
        let wanted = shown(wanted);
        let contents_of =
            |step: &str| results.outputs.get(step)?.pointer("/output/repoContentsUrl").cloned();
        let found = results.published.iter().rev().find_map(|(step, folder)| {
            let contents = contents_of(step)?;
            let rest = wanted.strip_prefix(shown(&contents).as_str())?;
            (given == "catalogInfoUrl" || rest.is_empty())
                .then(|| (contents, folder, rest.to_owned()))
        });
        let Some((contents, folder, rest)) = found else {
            let message = "only what this run publishes can be registered";
            let hint = "use the output `repoContentsUrl` of the step that publishes";
            return Err(cx.wrong(given, message).into_iter().map(|d| d.hint(hint)).collect());
        };
        let inside = match given {
            "catalogInfoUrl" => path_in(&rest),
            _ => text(input, "catalogInfoPath").unwrap_or("/catalog-info.yaml").into(),
        };
        let key = if given == "catalogInfoUrl" { given } else { "catalogInfoPath" };
        let inside = file_path(cx, key, &inside)?;
        let url = address_of(&contents, inside.as_str());
        Ok(Self {
            path: folder.as_ref().map_or(inside.clone(), |f| f.join(&inside)),
            folder: folder.clone(),
            address: Some(Address { url, contents }),
        })
    }

    /// Another descriptor of the same repository, by its path in the workspace.
    fn beside(&self, path: RelativePath) -> Self {
        let prefix = self.folder.as_ref().map_or(String::new(), |folder| format!("{folder}/"));
        let inside = path.as_str().strip_prefix(&prefix).unwrap_or(path.as_str());
        let address = self.address.as_ref().map(|Address { contents, .. }| {
            let contents = contents.clone();
            Address { url: address_of(&contents, inside), contents }
        });
        Self { address, folder: self.folder.clone(), path }
    }

    /// Gives issues of one of its documents their places.
    fn diagnostics(&self, text: &YamlText, document: usize, issues: Vec<Issue>) -> Vec<Diagnostic> {
        let file = format!("{} (rendered)", self.path);
        let place = |issue: Issue| issue.placed(&file, text.positions(), document);
        issues.into_iter().map(place).collect()
    }

    /// Reads its entities, and those of the descriptors that its Locations name. What is not an error is a warning.
    ///
    /// # Errors
    /// All that is wrong with the descriptors.
    pub(super) fn read(
        self,
        workspace: &Workspace,
        step: &str,
    ) -> Result<(Vec<Entities>, Vec<Diagnostic>), Vec<Diagnostic>> {
        let mut seen = BTreeSet::from([self.path.clone()]);
        let mut waiting = VecDeque::from([self]);
        let (mut read, mut problems) = (Vec::new(), Vec::new());
        while let Some(descriptor) = waiting.pop_front() {
            let (entities, targets) = descriptor.read_file(workspace, step, &mut problems);
            for target in targets {
                if seen.insert(target.path.clone()) {
                    waiting.push_back(target);
                }
            }
            if seen.len() > MOST {
                let place = Place::file(format!("{} (rendered)", entities.descriptor.path));
                let message = format!("more than {MOST} descriptors");
                problems.push(Diagnostic::error("invalid-file", place, message));
                break;
            }
            read.push(entities);
        }
        if diagnostics::has_errors(&problems) { Err(problems) } else { Ok((read, problems)) }
    }

    fn read_file(
        self,
        workspace: &Workspace,
        step: &str,
        problems: &mut Vec<Diagnostic>,
    ) -> (Entities, Vec<Self>) {
        let file = workspace.get(&self.path);
        let text = file.and_then(|file| file.text()).unwrap_or_default().to_owned();
        let text = YamlText::from(text);
        let is_known = file.is_some_and(|file| file.is_known);
        let folder = self.folder.as_ref();
        let includes = Includes { workspace, folder, file: &self.path, step };
        let (mut documents, mut targets) = (Vec::new(), Vec::new());
        for (index, document) in yaml::parse_documents(&text).into_iter().enumerate() {
            match document {
                Ok(Value::Null) => {}
                Ok(mut document) => {
                    let mut issues = includes.replace(&mut document);
                    let display = engine::display(&document);
                    issues.extend(check_envelope(&display));
                    if !issues.iter().any(|issue| issue.level == diagnostics::Level::Error) {
                        issues.extend(check_spec(&display));
                    }
                    let (found, missing) = self.targets(&document, &includes);
                    targets.extend(found);
                    issues.extend(missing);
                    problems.extend(self.diagnostics(&text, index, issues));
                    if !is_known {
                        forget(&mut document, step);
                    }
                    documents.push((index, document));
                }
                Err(error) => {
                    let place = Place::at(format!("{} (rendered)", self.path), error.position);
                    problems.push(Diagnostic::error("invalid-yaml", place, error.message));
                }
            }
        }
        (Entities { descriptor: self, text, documents }, targets)
    }

    /// The descriptors that a Location names, and what is wrong with its targets.
    fn targets(&self, document: &Value, includes: &Includes<'_>) -> (Vec<Self>, Vec<Issue>) {
        let (mut found, mut issues) = (Vec::new(), Vec::new());
        if !text_at(document, "/kind").is_some_and(|kind| kind.eq_ignore_ascii_case("Location")) {
            return (found, issues);
        }
        let list = document.pointer("/spec/targets").and_then(Value::as_array);
        let list = list.into_iter().flatten().enumerate();
        let list = list.map(|(index, target)| (format!("/spec/targets/{index}"), target.as_str()));
        let one = ("/spec/target".to_owned(), text_at(document, "/spec/target"));
        let is_optional = text_at(document, "/spec/presence") == Some("optional");
        for (pointer, target) in list.chain([one]) {
            let Some(target) = target else { continue };
            match includes.path(target) {
                Ok(path) if includes.workspace.get(&path).is_some() => {
                    found.push(self.beside(path));
                }
                Ok(_) if is_optional => {}
                Ok(path) => {
                    let message = format!("`{path}` is not in the workspace");
                    issues.push(Issue::error("invalid-file", pointer, message));
                }
                Err(message) => {
                    let issue = Issue::warning("invalid-file", pointer, message);
                    issues.push(issue.hint("its entities are not registered"));
                }
            }
        }
        (found, issues)
    }
}

/// The URL of a file of a repository, or of its root for an empty path. On Azure DevOps the path is in the query.
pub(super) fn address_of(contents: &Value, inside: &str) -> Value {
    let path = match contents.as_str() {
        Some(url) if url.contains(AZURE) => {
            format!("{AZURE_PATH}{}", encode(&format!("/{inside}")))
        }
        _ => format!("/{inside}"),
    };
    engine::concat(&[contents.clone(), path.into()])
}

/// The path of a file in what follows the URL of the repository's files in its own URL.
fn path_in(rest: &str) -> Cow<'_, str> {
    match rest.strip_prefix(AZURE_PATH) {
        Some(query) => decode_lossy(query.split('&').next().unwrap_or_default()),
        None => rest.into(),
    }
}

/// Reads an input that names a file.
fn file_path(cx: &StepContext<'_>, key: &str, path: &str) -> Result<RelativePath, Vec<Diagnostic>> {
    let path = folder_path(path.trim_start_matches('/')).map_err(|e| cx.wrong(key, e))?;
    path.ok_or_else(|| cx.wrong(key, "it names no file"))
}

impl Entities {
    /// Gives issues of one of the documents their places.
    pub(super) fn diagnostics(&self, document: usize, issues: Vec<Issue>) -> Vec<Diagnostic> {
        self.descriptor.diagnostics(&self.text, document, issues)
    }
}

/// Makes the texts of a descriptor unknown that show something which is known only after apply.
fn forget(value: &mut Value, step: &str) {
    match value {
        Value::String(text) if text.contains(UNKNOWN) => *value = engine::unknown(step, "files"),
        Value::Array(items) => items.iter_mut().for_each(|item| forget(item, step)),
        Value::Object(map) => map.iter_mut().for_each(|(_, item)| forget(item, step)),
        _ => {}
    }
}
