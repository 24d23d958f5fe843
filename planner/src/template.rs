//! Templates: `scaffolds/templates/<name>/template.yaml` with the files beside it.
//!
//! A template is read into memory as a whole, and identified by the digest of its folder.

use serde_json::{Map, Value};

use crate::{
    base::{
        diagnostics::{Diagnostic, Place, Position},
        files::Files,
        path::RelativePath,
        text::{did_you_mean, with_causes},
        yaml::{self, EntryPart, YamlText},
    },
    catalog::{Catalog, EntityRef, Issue},
    engine::EngineError,
    workspace::{Workspace, read_folder},
};

const STEP_KEYS: &[&str] = &["id", "name", "action", "input", "if", "each"];

/// A template that was read and checked for its shape.
#[derive(Debug)]
pub struct Template {
    /// Its entity.
    pub reference: EntityRef,
    /// Its title.
    pub title: String,
    /// Its file, relative to the portal.
    pub file: String,
    /// Digest of its folder.
    pub digest: String,
    /// The pages of the form: JSON Schemas.
    pub pages: Vec<Value>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// `spec.output`, not rendered.
    pub output: Value,
    /// All files of its folder.
    pub(crate) files: Workspace,
    text: YamlText,
    document: usize,
    has_many_pages: bool,
}

/// One step of a template.
#[derive(Debug, Clone)]
pub struct Step {
    /// Its id, unique in the template.
    pub id: String,
    /// Its title.
    pub name: String,
    /// The action it calls.
    pub action: String,
    /// The action's input, not rendered.
    pub input: Value,
    /// When it runs, not rendered; `None`: always.
    pub condition: Option<Value>,
    /// The list or map for each of whose items it runs, not rendered; `None`: it runs once.
    pub each: Option<Value>,
}

impl Template {
    /// Loads the template that an entity of the catalog describes.
    ///
    /// # Errors
    /// `Ok(None)` when the catalog has no such template; diagnostics when its folder cannot be used.
    pub fn load(
        portal: &dyn Files,
        catalog: &Catalog,
        reference: &EntityRef,
    ) -> Result<Option<Self>, Vec<Diagnostic>> {
        let Some(entity) = catalog.get(reference).filter(|e| e.kind() == "Template") else {
            return Ok(None);
        };
        let fragment = &entity.fragments[entity.fragments.len() - 1];
        let file = fragment.file.to_string();
        let unusable = |message: String| {
            vec![Diagnostic::error("unusable-template", Place::file(&file), message)]
        };
        let (folder, name) = file.rsplit_once('/').unwrap_or(("", &file));
        let files = read_folder(portal, folder).map_err(|e| unusable(with_causes(&e)))?;
        let text = RelativePath::new(name)
            .ok()
            .and_then(|name| files.get(&name)?.text().map(str::to_owned))
            .ok_or_else(|| unusable("it is not a text".into()))?;
        let mut documents = yaml::parse_documents(&text);
        if documents.len() <= fragment.index {
            return Err(unusable("it changed while it was read".into()));
        }
        let document = documents.swap_remove(fragment.index).map_err(|e| unusable(e.message))?;
        let mut template = Self {
            reference: reference.clone(),
            title: entity.title().to_owned(),
            digest: files.digest(),
            pages: Vec::new(),
            steps: Vec::new(),
            output: document.pointer("/spec/output").cloned().unwrap_or_default(),
            files,
            text: text.into(),
            document: fragment.index,
            has_many_pages: false,
            file,
        };
        template.read_pages(&document)?;
        template.read_steps(&document)?;
        Ok(Some(template))
    }

    fn read_pages(&mut self, document: &Value) -> Result<(), Vec<Diagnostic>> {
        match document.pointer("/spec/parameters") {
            None | Some(Value::Null) => {}
            Some(Value::Array(pages)) => {
                self.has_many_pages = true;
                self.pages.clone_from(pages);
            }
            Some(page) => self.pages.push(page.clone()),
        }
        let is_bad = |page: &Value| !page.is_object();
        match self.pages.iter().position(is_bad) {
            None => Ok(()),
            Some(index) => {
                let pointer = self.page_pointer(index);
                let message = "a page of parameters must be a map";
                Err(vec![self.wrong(&pointer, "wrong-shape", message)])
            }
        }
    }

    fn read_steps(&mut self, document: &Value) -> Result<(), Vec<Diagnostic>> {
        let steps = document.pointer("/spec/steps").and_then(Value::as_array);
        let mut problems = Vec::new();
        for (index, step) in steps.into_iter().flatten().enumerate() {
            match self.read_step(index, step) {
                Ok(step) => self.steps.push(step),
                Err(found) => problems.extend(found),
            }
        }
        if problems.is_empty() { Ok(()) } else { Err(problems) }
    }

    fn read_step(&self, index: usize, step: &Value) -> Result<Step, Vec<Diagnostic>> {
        let pointer = format!("/spec/steps/{index}");
        let empty = Map::new();
        let fields = step.as_object().unwrap_or(&empty);
        let text = |key: &str| fields.get(key).and_then(Value::as_str).map(str::to_owned);
        let mut issues = Vec::new();
        for key in fields.keys().filter(|key| !STEP_KEYS.contains(&key.as_str())) {
            if let Some(hint) = did_you_mean(key, STEP_KEYS.iter().copied()) {
                let at = format!("{pointer}/{key}");
                let message = format!("unknown field `{key}`");
                issues.push(Issue::error("unknown-field", at, message).at_key().hint(hint));
            }
        }
        let Some(action) = text("action") else {
            let message = "a step must name its `action`";
            issues.push(Issue::error("missing-field", &pointer, message));
            return Err(self.diagnostics(issues));
        };
        let id = text("id").unwrap_or_else(|| format!("step-{}", index + 1));
        if self.steps.iter().any(|step| step.id == id) {
            let message = format!("there are two steps `{id}`");
            issues.push(Issue::error("duplicate-step", format!("{pointer}/id"), message));
        }
        if !issues.is_empty() {
            return Err(self.diagnostics(issues));
        }
        Ok(Step {
            name: text("name").unwrap_or_else(|| action.clone()),
            input: fields.get("input").cloned().unwrap_or(Value::Object(Map::new())),
            condition: fields.get("if").cloned(),
            each: fields.get("each").cloned(),
            id,
            action,
        })
    }

    /// JSON pointer of a page of parameters.
    pub(crate) fn page_pointer(&self, index: usize) -> String {
        if self.has_many_pages {
            format!("/spec/parameters/{index}")
        } else {
            "/spec/parameters".to_owned()
        }
    }

    /// The diagnostic of a mistake at a value of the template.
    pub(crate) fn wrong(
        &self,
        pointer: &str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Diagnostic {
        self.diagnostic(Issue::error(code, pointer, message))
    }

    /// Gives an issue, whose pointer is into the template, its place.
    pub(crate) fn diagnostic(&self, issue: Issue) -> Diagnostic {
        issue.placed(&self.file, self.text.positions(), self.document)
    }

    fn diagnostics(&self, issues: Vec<Issue>) -> Vec<Diagnostic> {
        issues.into_iter().map(|issue| self.diagnostic(issue)).collect()
    }

    /// The diagnostic of a mistake in an expression; `pointer` is that of the value that was rendered.
    pub(crate) fn expression(&self, pointer: &str, error: EngineError) -> Diagnostic {
        let pointer = format!("{pointer}{}", error.path);
        let start = self.text.locate(self.document, &pointer, EntryPart::Value);
        let position = start.map(|start| inside(&self.text, start, error.line, error.column));
        let place = Place::at(&self.file, position);
        Diagnostic::error("invalid-expression", place, error.message).hint_opt(error.hint)
    }

    /// The diagnostic of a mistake in an expression of a file of the template's folder.
    pub(crate) fn file_expression(&self, path: &RelativePath, error: EngineError) -> Diagnostic {
        let position = Some(Position { line: error.line, column: error.column });
        let place = Place::at(self.path_of(path), position);
        Diagnostic::error("invalid-expression", place, error.message).hint_opt(error.hint)
    }

    /// Path of a file of the template, relative to the portal.
    pub(crate) fn path_of(&self, path: &RelativePath) -> String {
        match self.file.rsplit_once('/') {
            Some((folder, _)) => format!("{folder}/{path}"),
            None => path.to_string(),
        }
    }
}

/// Moves from the start of a YAML scalar to a line and column of its value: over the quote of a
/// quoted one, over the indentation of a block, which starts with its first line.
fn inside(text: &str, start: Position, line: usize, column: usize) -> Position {
    let line_at = |number: usize| text.lines().nth(number.saturating_sub(1)).unwrap_or_default();
    let indent = line_at(start.line).chars().take_while(|c| *c == ' ').count();
    let opener = line_at(start.line - 1)
        .trim_end()
        .trim_end_matches(|c: char| matches!(c, '+' | '-') || c.is_ascii_digit());
    let is_block = start.column <= indent + 1 && opener.ends_with(['|', '>']);
    let first = line_at(start.line).chars().nth(start.column - 1);
    let column = match (is_block, line) {
        (true, _) => indent + column,
        (false, 1) => start.column + usize::from(matches!(first, Some('"' | '\''))) + column - 1,
        (false, _) => column,
    };
    Position { line: start.line + line - 1, column }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::yaml::locate;

    #[test]
    fn positions_inside_scalars_are_those_of_the_file() {
        let text = "a: 'x ${{ y'\nb: |\n  one\n  two ${{\nc: plain\n";
        let at = |pointer: &str, line, column| {
            let start = locate(text, 0, pointer, EntryPart::Value).expect("there");
            let Position { line, column } = inside(text, start, line, column);
            (line, column)
        };
        assert_eq!(at("/a", 1, 3), (1, 7));
        assert_eq!(at("/b", 2, 5), (4, 7));
        assert_eq!(at("/c", 1, 2), (5, 5));
    }
}
