//! Reads the entities of a tree of files: the files that match the globs, the files that they include,
//! and those that Locations name.
//!
//! It reads nothing but the tree. A file is read once, however many Locations name it, so that cycles end.

mod includes;
mod locations;

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};

use serde_json::Value;

use super::{
    TreeLimits,
    annotations::annotate,
    copies::FileCopies,
    docs::take_along,
    globs::Globs,
    templates::bring_along,
    tree::{EntryContent, EntryKind, Tree},
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place, Position},
        forges::RepositoryPages,
        path::RelativePath,
        text::utf8,
        yaml::{self, YamlText},
    },
    catalog::placeholders,
    snapshot::faults::{DocumentPlace, Fault, FileName, PORTAL, Subject},
};

/// Where a tree of files is from.
pub(super) struct TreeOrigin {
    /// The prefix of paths in messages.
    pub(super) prefix: String,
    /// The address of the repository; `None` for the portal.
    pub(super) repository: Option<Arc<str>>,
    /// The addresses of files in the web pages of the repository.
    pub(super) pages: Option<RepositoryPages>,
}

impl TreeOrigin {
    /// The name of a file.
    pub(super) fn name(&self, file: &RelativePath) -> FileName {
        if let Some(repository) = &self.repository {
            return FileName { repository: Arc::clone(repository), path: file.as_str().into() };
        }
        let path = format!("{}{file}", self.prefix).into();
        FileName { repository: PORTAL.into(), path }
    }
}

/// An entity of a file, with its included files.
pub(super) struct Document {
    /// Its file.
    pub(super) file: RelativePath,
    /// Its place in the file.
    pub(super) place: DocumentPlace,
    /// The entity.
    pub(super) value: Value,
    /// Its documentation.
    pub(super) docs: Option<FileCopies>,
    /// Of a template, the files that it fetches.
    pub(super) template: Option<FileCopies>,
}

/// The result of reading a tree.
#[derive(Default)]
pub(super) struct TreeScan {
    /// Entities, sorted by file and in the order of the file.
    pub(super) documents: Vec<Document>,
    /// Faults of documents, and of parts of documents.
    pub(super) faults: Vec<Fault>,
    /// Warnings.
    pub(super) warnings: Vec<Diagnostic>,
    /// Number of bytes that were read.
    pub(super) bytes: u64,
    /// All files of the tree, also those that have no entities.
    pub(super) files: Vec<RelativePath>,
}

impl TreeScan {
    /// True when there is no file of entities.
    pub(super) fn is_empty(&self) -> bool {
        self.documents.is_empty() && self.faults.is_empty()
    }
}

/// Reads the entities of a tree, with the files of templates, and with their documentation when
/// `with_docs` is true.
pub(super) fn read(
    tree: &dyn Tree,
    origin: &TreeOrigin,
    globs: &Globs,
    limits: TreeLimits,
    with_docs: bool,
) -> TreeScan {
    read_wanted(tree, origin, &|path| globs.matches(path), limits, with_docs)
}

/// Reads the entities of the files of a tree that are wanted, as [`read`] does.
pub(super) fn read_wanted(
    tree: &dyn Tree,
    origin: &TreeOrigin,
    is_wanted: &dyn Fn(&str) -> bool,
    limits: TreeLimits,
    with_docs: bool,
) -> TreeScan {
    let mut reader = Reader {
        tree,
        origin,
        limits,
        names: BTreeMap::new(),
        seen: BTreeSet::new(),
        queue: VecDeque::new(),
        found: TreeScan::default(),
    };
    match tree.list() {
        Ok(names) => reader.names = names,
        Err(error) => {
            reader.whole("unreadable-file", error.to_string(), None);
            return reader.found;
        }
    }
    reader.wanted(is_wanted);
    while let Some(file) = reader.queue.pop_front() {
        reader.file(&file);
    }
    let Reader { names, mut found, .. } = reader;
    found.documents.sort_by(|a, b| a.file.cmp(&b.file));
    if with_docs {
        found.warnings.extend(take_along(tree, &names, origin, &mut found.documents));
    }
    found.warnings.extend(bring_along(tree, &names, origin, &mut found.documents));
    found.files = names.into_keys().collect();
    found
}

struct Reader<'a> {
    tree: &'a dyn Tree,
    origin: &'a TreeOrigin,
    limits: TreeLimits,
    names: BTreeMap<RelativePath, EntryKind>,
    seen: BTreeSet<RelativePath>,
    queue: VecDeque<RelativePath>,
    found: TreeScan,
}

/// One document of a file.
struct Descriptor<'t> {
    file: &'t RelativePath,
    place: DocumentPlace,
}

/// Why a file was not read.
struct ReadError {
    code: &'static str,
    message: String,
    hint: Option<&'static str>,
    is_missing: bool,
}

impl ReadError {
    fn because(message: impl Into<String>) -> Self {
        Self { code: "unreadable-file", message: message.into(), hint: None, is_missing: false }
    }

    fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }
}

impl Reader<'_> {
    fn place(&self, file: &RelativePath, position: Option<Position>) -> Place {
        Place::at(format!("{}{file}", self.origin.prefix), position)
    }

    /// Adds a fault of a whole file.
    fn fault(&mut self, file: &RelativePath, problem: Diagnostic) {
        let subject = Subject::File(self.origin.name(file));
        self.found.faults.push(Fault::new(problem, subject));
    }

    /// Adds a fault of the whole tree.
    fn whole(&mut self, code: &'static str, message: String, hint: Option<&str>) {
        let place = Place::file(self.origin.prefix.trim_end_matches(['/', ':']));
        let problem = Diagnostic::error(code, place, message).hint_opt(hint.map(str::to_owned));
        let subject = match &self.origin.repository {
            Some(address) => Subject::Repository(Arc::clone(address)),
            None => Subject::Repository(PORTAL.into()),
        };
        self.found.faults.push(Fault::new(problem, subject));
    }

    /// Adds a fault of a file that a document names. `subject` is what that file may have defined.
    fn lost(&mut self, of: &Descriptor<'_>, pointer: &str, unread: ReadError, subject: Subject) {
        let problem = Diagnostic::error(unread.code, of.place.at(pointer), unread.message);
        let fault = Fault::new(problem.hint_opt(unread.hint.map(str::to_owned)), subject);
        self.found.faults.push(fault.in_repository(of.place.file.repository()));
    }

    fn warn(&mut self, code: &'static str, place: Place, message: &str, hint: &str) {
        self.found.warnings.push(Diagnostic::warning(code, place, message).hint(hint));
    }

    /// Queues the files that match; returns whether there are any.
    fn wanted(&mut self, matches: impl Fn(&str) -> bool) -> bool {
        let wanted = self.names.iter().filter(|(path, _)| matches(path.as_str()));
        let wanted: Vec<_> = wanted.map(|(path, kind)| (path.clone(), *kind)).collect();
        for (path, kind) in &wanted {
            if *kind == EntryKind::File {
                self.enqueue(path);
            } else {
                let what = if *kind == EntryKind::Link { "a symbolic link" } else { "a submodule" };
                let message = format!("{what} is not followed");
                let place = self.place(path, None);
                self.found.warnings.push(Diagnostic::warning("link-not-followed", place, message));
            }
        }
        !wanted.is_empty()
    }

    fn enqueue(&mut self, path: &RelativePath) {
        if self.seen.contains(path) {
            return;
        }
        if self.seen.len() == self.limits.files {
            // The path is marked as seen, so that this is reported once.
            self.seen.insert(path.clone());
            let message = format!("there are more than {} files of entities", self.limits.files);
            return self.whole("too-many-files", message, Some("narrow `globs`"));
        }
        if self.seen.len() < self.limits.files && self.seen.insert(path.clone()) {
            self.queue.push_back(path.clone());
        }
    }

    fn file(&mut self, file: &RelativePath) {
        let text = match self.text(file) {
            Ok(text) => text,
            Err(unread) => {
                let place = self.place(file, None);
                let problem = Diagnostic::error(unread.code, place, unread.message);
                return self.fault(file, problem.hint_opt(unread.hint.map(str::to_owned)));
            }
        };
        let text = Arc::new(YamlText::from(text));
        let name = self.origin.name(file);
        for (number, document) in yaml::parse_documents(&text).into_iter().enumerate() {
            let place = DocumentPlace { file: name.clone(), text: Arc::clone(&text), number };
            match document {
                Ok(Value::Null) => {}
                Ok(value) => self.document(&Descriptor { file, place }, value),
                Err(error) => {
                    let place = self.place(file, error.position);
                    self.fault(file, Diagnostic::error("invalid-yaml", place, error.message));
                }
            }
        }
    }

    fn document(&mut self, of: &Descriptor<'_>, mut value: Value) {
        let missing = ["apiVersion", "kind"].into_iter().find(|key| value.get(key).is_none());
        if let Some(missing) = missing {
            let problem = Diagnostic::error(
                "not-an-entity",
                of.place.at(""),
                match value {
                    Value::Object(_) => format!("this is not an entity: it has no `{missing}`"),
                    _ => "this is not an entity: it is not a map".to_owned(),
                },
            );
            let hint = "leave the file out by a pattern under `globs`, as in `!**/examples/**`";
            return self.fault(of.file, problem.hint(hint));
        }
        for placeholder in placeholders::find(&value) {
            let included = self.included(of, &placeholder).unwrap_or_else(|unread| {
                let unread = ReadError { code: "unread-placeholder", ..unread };
                self.lost(of, &placeholder.at, unread, Subject::Nothing);
                if let Some(fault) = self.found.faults.last_mut() {
                    fault.is_counted = false;
                }
                Value::String(self.address(of.file, &placeholder.target))
            });
            if let Some(place) = value.pointer_mut(&placeholder.pointer) {
                *place = included;
            }
        }
        if value["kind"] == "Location" {
            self.follow(of, &value);
        }
        if let Some(pages) = &self.origin.pages {
            annotate(&mut value, of.file, pages);
        }
        let (file, place) = (of.file.clone(), of.place.clone());
        self.found.documents.push(Document { file, place, value, docs: None, template: None });
    }

    /// Reads a file of the tree as UTF-8.
    fn text(&mut self, path: &RelativePath) -> Result<String, ReadError> {
        let bytes = self.content(path)?;
        self.found.bytes += bytes.len() as u64;
        if self.found.bytes > self.limits.all {
            let message = format!("all files together have more than {} bytes", self.limits.all);
            return Err(ReadError::because(message));
        }
        if bytes.starts_with(b"version https://git-lfs.github.com/spec/") {
            let message = format!("`{path}` is kept in Git LFS, which is not read");
            return Err(ReadError::because(message).hint("keep files of entities in git itself"));
        }
        utf8(bytes).map_err(|e| {
            let place = self.place(path, Some(e.position));
            ReadError::because(format!("`{path}` is not UTF-8: {place}"))
        })
    }

    fn content(&self, path: &RelativePath) -> Result<Vec<u8>, ReadError> {
        let most = self.limits.file;
        let content = self.tree.read(path, most).map_err(|e| ReadError::because(e.to_string()))?;
        Err(ReadError::because(match content {
            EntryContent::File(bytes) => return Ok(bytes),
            EntryContent::TooLarge(size) => {
                format!("`{path}` has {size} bytes, and {most} are allowed")
            }
            EntryContent::Folder => format!("`{path}` is a folder"),
            EntryContent::Link => format!("`{path}` is a symbolic link, which is not followed"),
            EntryContent::Submodule => format!("`{path}` is a submodule, which is not followed"),
            EntryContent::Missing => {
                let missing = ReadError::because(format!("there is no file `{path}`"));
                return Err(ReadError { is_missing: true, ..missing });
            }
        }))
    }
}

fn leads_out(target: &str) -> ReadError {
    ReadError::because(format!("`{target}` leads out of the repository"))
        .hint("keep the file inside the repository")
}
