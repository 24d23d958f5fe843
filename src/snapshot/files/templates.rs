//! Collects the files of templates: what their steps fetch from the same source.
//!
//! A file that cannot be copied is a warning: the template is in the catalog, and cannot be planned where it needs
//! that file.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{
    copies::{CopyBuilder, FileCopies},
    reader::{Document, TreeOrigin},
    tree::{EntryContent, EntryKind, Tree},
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        path::{RelativePath, is_inside},
        text::visible_name,
    },
    catalog::{
        docs::paths,
        entity::text_at,
        template_files::{FILES, HOME, TemplateHome},
    },
};

/// Most bytes of the files of one template, and of one file.
const LARGEST: usize = 20_000_000;
/// Most files of one template.
const MOST: usize = 2_000;
/// Most bytes of the files of all templates of a tree.
const LARGEST_TREE: usize = 200_000_000;

/// Collects the files of all templates of a tree. Returns warnings about what is left out.
pub(super) fn bring_along(
    tree: &dyn Tree,
    names: &BTreeMap<RelativePath, EntryKind>,
    origin: &TreeOrigin,
    documents: &mut [Document],
) -> Vec<Diagnostic> {
    let mut collector = TemplateCollector { tree, names, origin, bytes: 0, warnings: Vec::new() };
    for document in documents.iter_mut().filter(|document| is_template(&document.value)) {
        document.template = collector.files(document);
    }
    collector.warnings
}

fn is_template(entity: &Value) -> bool {
    let is_scaffolder = |version: &str| version.starts_with("scaffolder.backstage.io/");
    text_at(entity, "/kind") == Some("Template")
        && text_at(entity, "/apiVersion").is_some_and(is_scaffolder)
}

struct TemplateCollector<'a> {
    tree: &'a dyn Tree,
    names: &'a BTreeMap<RelativePath, EntryKind>,
    origin: &'a TreeOrigin,
    /// Bytes of the files of all templates so far.
    bytes: usize,
    warnings: Vec<Diagnostic>,
}

impl TemplateCollector<'_> {
    /// The files that the steps of a template fetch, below [`FILES`], and the file [`HOME`].
    fn files(&mut self, document: &Document) -> Option<FileCopies> {
        let paths = self.wanted(document);
        if paths.len() > MOST {
            let message = format!("the template has {} files, and {MOST} are allowed", paths.len());
            self.left_out(document.file.as_str(), &message);
            return None;
        }
        let mut copies = CopyBuilder::default();
        let mut executable = BTreeSet::new();
        for path in paths {
            let copied = self.copy(&path, &mut copies);
            match copied {
                Ok(true) => drop(executable.insert(path)),
                Ok(false) => {}
                Err(why) => self.left_out(path.as_str(), &why),
            }
        }
        self.bytes += copies.bytes;
        let home = TemplateHome { file: document.file.clone(), executable };
        let mut files = copies.files;
        files.insert(HOME.to_owned(), home.to_text().ok()?.into_bytes());
        Some(files)
    }

    /// Copies a file; returns whether it may be executed.
    fn copy(&self, path: &RelativePath, copies: &mut CopyBuilder) -> Result<bool, String> {
        let bytes = match self.tree.read(path, LARGEST as u64) {
            Ok(EntryContent::File(bytes)) => bytes,
            Ok(EntryContent::TooLarge(size)) => {
                return Err(format!("it has {size} bytes, and {LARGEST} are allowed"));
            }
            Ok(EntryContent::Link) => return Err("it is a symbolic link".to_owned()),
            Ok(_) => return Err("it is not a regular file".to_owned()),
            Err(error) => return Err(error.to_string()),
        };
        let most = LARGEST.min(LARGEST_TREE.saturating_sub(self.bytes));
        copies.add(&format!("{FILES}/{path}"), bytes, most)?;
        self.tree.is_executable(path).map_err(|error| error.to_string())
    }

    /// The entries of the tree that the steps of a template fetch.
    fn wanted(&self, document: &Document) -> BTreeSet<RelativePath> {
        let folder = paths::folder_of(document.file.as_str());
        let roots = urls(&document.value).filter_map(|url| paths::resolve(folder, url));
        let mut wanted = BTreeSet::new();
        for root in roots {
            let inside = self.names.keys().filter(|path| is_inside(path.as_str(), &root));
            wanted.extend(inside.cloned());
        }
        wanted.remove(&document.file);
        wanted
    }

    fn left_out(&mut self, path: &str, why: &str) {
        // The name may have invisible characters.
        let place = Place::file(format!("{}{}", self.origin.prefix, visible_name(path)));
        let message = format!("left out of the template: {why}");
        self.warnings.push(Diagnostic::warning("template-left-out", place, message));
    }
}

/// What the steps of a template fetch by a path: of a path with an expression the folder before it.
fn urls(template: &Value) -> impl Iterator<Item = &str> {
    let steps = template.pointer("/spec/steps").and_then(Value::as_array).into_iter().flatten();
    let fetching = steps
        .filter(|step| text_at(step, "/action").is_some_and(|action| action.starts_with("fetch:")));
    let written = fetching.filter_map(|step| text_at(step, "/input/url"));
    let paths = written.filter(|url| !url.contains("://") && !url.starts_with('/'));
    paths.map(|url| match url.split_once("${{").or_else(|| url.split_once("{{")) {
        Some((before, _)) => before.rsplit_once('/').map_or("", |(folder, _)| folder),
        None => url,
    })
}
