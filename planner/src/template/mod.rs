//! Templates: `scaffolds/templates/**/template.yaml` with the files beside it.
//!
//! A template is read into memory as a whole, and identified by the digest of its folder. Values of other files that it
//! includes stand in it as if they were written there, and mistakes in them are reported where they are written.

mod folder;
mod places;
mod steps;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use serde_json::Value;

use crate::{
    base::{
        content::LockEntry,
        diagnostics::{Diagnostic, Place},
        files::Files,
        hash::sha256_hex,
        path::RelativePath,
        text::with_causes,
        yaml::{self, YamlText},
    },
    catalog::{Catalog, EntityRef, Issue, includes::Includes},
    engine::Options,
    settings::Expressions,
    workspace::{File, FolderError, Workspace},
};
use folder::TemplateFolder;
pub use steps::Step;

/// The annotation that says how mistakes in a template's expressions are taken: `strict` or `lenient`.
pub const EXPRESSIONS: &str = "callboard.dev/expressions";

/// A template that was read and checked for its shape.
#[derive(Debug)]
pub struct Template {
    /// Its entity.
    pub reference: EntityRef,
    /// Its title.
    pub title: String,
    /// Its file, relative to the portal.
    pub file: String,
    /// Digest of its folder, and of the files outside of it that it includes.
    pub digest: String,
    /// The pages of the form: JSON Schemas.
    pub pages: Vec<Value>,
    /// Its steps, in order.
    pub steps: Vec<Step>,
    /// `spec.output`, not rendered.
    pub output: Value,
    /// `spec.secrets.schema`, which is only checked to be a schema.
    pub(crate) secrets: Option<Value>,
    /// What of it is ignored, with the pointer of each.
    pub(crate) notes: Vec<Issue>,
    /// How mistakes in its expressions are taken.
    pub(crate) expressions: Expressions,
    /// All files of its folder.
    pub(crate) files: Workspace,
    folder: TemplateFolder,
    text: YamlText,
    document: usize,
    includes: Includes,
    has_many_pages: bool,
}

impl Template {
    /// Loads the template that an entity of the catalog describes, with the files that it includes. `expressions` is how
    /// mistakes in its expressions are taken where its annotation [`EXPRESSIONS`] does not say it.
    ///
    /// # Errors
    /// `Ok(None)` when the catalog has no such template; diagnostics when its folder or a file that it includes cannot
    /// be used.
    pub fn load(
        portal: &dyn Files,
        catalog: &Catalog,
        reference: &EntityRef,
        expressions: Expressions,
    ) -> Result<Option<Self>, Vec<Diagnostic>> {
        let Some(entity) = catalog.get(reference).filter(|e| e.kind() == "Template") else {
            return Ok(None);
        };
        let fragment = &entity.fragments[entity.fragments.len() - 1];
        let file = fragment.file.to_string();
        let unusable = |message: String| {
            vec![Diagnostic::error("unusable-template", Place::file(&file), message)]
        };
        let folder = TemplateFolder::of(portal, &file)?;
        let mut files = folder.read(portal, &folder.path).map_err(|e| unusable(with_causes(&e)))?;
        remove_tests(&mut files);
        let name = file.rsplit_once('/').map_or(&*file, |(_, name)| name);
        let name = RelativePath::new(name).map_err(|e| unusable(e.to_string()))?;
        if files.get(&name).is_none() {
            let bytes = portal.bytes(&file).map_err(|e| unusable(with_causes(&e)))?;
            let file = File::new(bytes.unwrap_or_default());
            files.insert(name.clone(), file).map_err(|e| unusable(with_causes(&e)))?;
        }
        let text = files
            .get(&name)
            .and_then(|file| file.text().map(str::to_owned))
            .ok_or_else(|| unusable("it is not a text".into()))?;
        let mut documents = yaml::parse_documents(&text);
        if documents.len() <= fragment.index {
            return Err(unusable("it changed while it was read".into()));
        }
        let mut document =
            documents.swap_remove(fragment.index).map_err(|e| unusable(e.message))?;
        let text = YamlText::from(text);
        let base = folder.file.as_deref().unwrap_or(&file);
        let includes = Includes::replace(portal, base, &mut document);
        if includes.has_failures() {
            return Err(includes.failures(&file, text.positions(), fragment.index));
        }
        let mut template = Self {
            reference: reference.clone(),
            title: entity.title().to_owned(),
            digest: digest(&files, &folder.path, &includes),
            pages: Vec::new(),
            steps: Vec::new(),
            secrets: document.pointer("/spec/secrets/schema").cloned(),
            notes: Vec::new(),
            expressions: match entity.annotation(EXPRESSIONS) {
                Some("lenient") => Expressions::Lenient,
                Some("strict") => Expressions::Strict,
                _ => expressions,
            },
            output: document.pointer("/spec/output").cloned().unwrap_or_default(),
            files,
            folder,
            text,
            document: fragment.index,
            includes,
            has_many_pages: false,
            file,
        };
        template.read_pages(&document)?;
        template.read_steps(&document)?;
        Ok(Some(template))
    }

    /// JSON pointer of a page of parameters.
    pub(crate) fn page_pointer(&self, index: usize) -> String {
        if self.has_many_pages {
            format!("/spec/parameters/{index}")
        } else {
            "/spec/parameters".to_owned()
        }
    }

    /// How its expressions are read.
    pub(crate) fn options(&self) -> Options {
        Options { lenient: self.expressions == Expressions::Lenient, ..Options::default() }
    }

    /// The content of other repositories that it includes, by its address.
    pub(crate) fn content(&self) -> &BTreeMap<String, LockEntry> {
        self.includes.content()
    }

    /// What an included step comes from: the path of a file, or the name of content of another repository.
    pub(crate) fn origin_of_step(&self, index: usize) -> Option<&str> {
        let origin = self.includes.origin(&format!("/spec/steps/{index}"));
        origin.file.map(|file| file.path.as_str())
    }

    /// The folder of its files, relative to the portal; empty when that is the portal's own.
    pub(crate) fn folder(&self) -> &str {
        &self.folder.path
    }

    /// The path in the portal that a path in the template stands for; `None` when it leads out of the portal, or out of
    /// the source that brought the template along.
    pub(crate) fn resolve(&self, path: &str) -> Option<String> {
        self.folder.resolve(path)
    }

    /// Reads the files below a folder of the portal.
    ///
    /// # Errors
    /// One of them cannot be read, or cannot be a file of a workspace.
    pub(crate) fn read_folder(
        &self,
        portal: &dyn Files,
        folder: &str,
    ) -> Result<Workspace, FolderError> {
        self.folder.read(portal, folder)
    }
}

/// Removes the test cases, which are no part of the template: no step reads them, and they do not change its digest.
fn remove_tests(files: &mut Workspace) {
    let is_test = |path: &&RelativePath| path.as_str().starts_with("tests/");
    let tests: Vec<_> = files.files().map(|(path, _)| path).filter(is_test).cloned().collect();
    for path in tests {
        files.remove(&path);
    }
}

/// The digest of a template's folder, and of the files outside of it that the template includes.
fn digest(files: &Workspace, folder: &str, includes: &Includes) -> String {
    let folder = format!("{folder}/");
    let is_outside = |path: &str| !path.starts_with(&folder);
    let own = files.digest();
    match includes.files().iter().any(|file| is_outside(&file.path)) {
        true => sha256_hex(format!("{own}{}", includes.digest().unwrap_or_default()).as_bytes()),
        false => own,
    }
}
