//! Reads the entities of a tree of files: which files, what they include, and where Locations lead.
//!
//! Pure: what it does not find in the tree does not exist. A file is read once, however many Locations
//! lead to it, so that circles end.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use super::{
    Caps,
    annotations::annotate,
    docs::{DocFiles, take_along},
    globs::{Globs, Pattern},
    links::Links,
    placeholders::{self, Form, Placeholder},
    target::{Target, resolve},
    tree::{Content, Kind, Tree},
};
use crate::base::{
    diagnostics::{Diagnostic, Place, Position},
    path::RelativePath,
    yaml::{self, At},
};

/// How files are called, and where they are seen.
pub(super) struct Home {
    /// What stands before their path in messages.
    pub(super) prefix: String,
    /// Their pages, in another repository.
    pub(super) links: Option<Links>,
}

/// An entity as its file says it, with all that it includes.
pub(super) struct Document {
    /// Its file.
    pub(super) file: RelativePath,
    /// What messages call the file.
    pub(super) shown: String,
    /// The entity.
    pub(super) value: Value,
    /// Its documentation.
    pub(super) docs: Option<DocFiles>,
}

/// What a tree holds.
#[derive(Default)]
pub(super) struct Found {
    /// Entities, sorted by file and in the order of the file.
    pub(super) documents: Vec<Document>,
    /// What makes all of it unusable.
    pub(super) problems: Vec<Diagnostic>,
    /// What was left out.
    pub(super) warnings: Vec<Diagnostic>,
    /// Bytes that were read.
    pub(super) bytes: u64,
}

/// Reads the entities of a tree, with their documentation when that is wanted.
pub(super) fn read(
    tree: &dyn Tree,
    home: &Home,
    globs: &Globs,
    caps: Caps,
    with_docs: bool,
) -> Found {
    let mut reader = Reader {
        tree,
        home,
        caps,
        names: BTreeMap::new(),
        seen: BTreeSet::new(),
        queue: VecDeque::new(),
        found: Found::default(),
    };
    match tree.list() {
        Ok(names) => reader.names = names,
        Err(message) => {
            let place = Place::file(home.prefix.trim_end_matches(['/', ':']));
            reader.found.problems.push(Diagnostic::error("unreadable-file", place, message));
            return reader.found;
        }
    }
    reader.wanted(|path| globs.matches(path));
    while let Some(file) = reader.queue.pop_front() {
        reader.file(&file);
    }
    let Reader { names, mut found, .. } = reader;
    found.documents.sort_by(|a, b| a.file.cmp(&b.file));
    if with_docs {
        found.warnings.extend(take_along(tree, &names, home, &mut found.documents));
    }
    found
}

struct Reader<'a> {
    tree: &'a dyn Tree,
    home: &'a Home,
    caps: Caps,
    names: BTreeMap<RelativePath, Kind>,
    seen: BTreeSet<RelativePath>,
    queue: VecDeque<RelativePath>,
    found: Found,
}

/// One document of a file, to find places in it.
#[derive(Clone, Copy)]
struct Descriptor<'t> {
    file: &'t RelativePath,
    text: &'t str,
    number: usize,
}

/// Why a file was not read.
struct Unread {
    message: String,
    hint: Option<&'static str>,
    is_missing: bool,
}

impl Unread {
    fn because(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None, is_missing: false }
    }

    fn hint(self, hint: &'static str) -> Self {
        Self { hint: Some(hint), ..self }
    }
}

impl Reader<'_> {
    fn place(&self, file: &RelativePath, position: Option<Position>) -> Place {
        Place::at(format!("{}{file}", self.home.prefix), position)
    }

    fn place_in(&self, of: Descriptor<'_>, pointer: &str) -> Place {
        self.place(of.file, yaml::locate(of.text, of.number, pointer, At::Value))
    }

    /// Adds a problem at a place of a document.
    fn problem(&mut self, of: Descriptor<'_>, pointer: &str, unread: Unread) {
        let place = self.place_in(of, pointer);
        let problem = Diagnostic::error("unreadable-file", place, unread.message);
        self.found.problems.push(problem.hint_opt(unread.hint.map(str::to_owned)));
    }

    /// Queues the files of a pattern; returns whether there are any.
    fn wanted(&mut self, matches: impl Fn(&str) -> bool) -> bool {
        let wanted = self.names.iter().filter(|(path, _)| matches(path.as_str()));
        let wanted: Vec<_> = wanted.map(|(path, kind)| (path.clone(), *kind)).collect();
        for (path, kind) in &wanted {
            if *kind == Kind::File {
                self.enqueue(path);
            } else {
                let what = if *kind == Kind::Link { "a symbolic link" } else { "a submodule" };
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
        if self.seen.len() == self.caps.files {
            let message = format!("there are more than {} files of entities", self.caps.files);
            let problem = Diagnostic::error("too-many-files", self.place(path, None), message);
            return self.found.problems.push(problem.hint("narrow `globs`"));
        }
        if self.seen.len() < self.caps.files && self.seen.insert(path.clone()) {
            self.queue.push_back(path.clone());
        }
    }

    fn file(&mut self, file: &RelativePath) {
        let text = match self.text(file) {
            Ok(text) => text,
            Err(unread) => {
                let whole = Descriptor { file, text: "", number: 0 };
                return self.problem(whole, "", unread);
            }
        };
        for (number, document) in yaml::parse_documents(&text).into_iter().enumerate() {
            let of = Descriptor { file, text: &text, number };
            match document {
                Ok(Value::Null) => {}
                Ok(value) => self.document(of, value),
                Err(error) => {
                    let place = self.place(file, error.position);
                    let problem = Diagnostic::error("invalid-yaml", place, error.message);
                    self.found.problems.push(problem);
                }
            }
        }
    }

    fn document(&mut self, of: Descriptor<'_>, mut value: Value) {
        let missing = ["apiVersion", "kind"].into_iter().find(|key| value.get(key).is_none());
        if let Some(missing) = missing {
            let problem = Diagnostic::error(
                "not-an-entity",
                self.place_in(of, ""),
                match value {
                    Value::Object(_) => format!("this is no entity: it has no `{missing}`"),
                    _ => "this is no entity: it is not a map".to_owned(),
                },
            );
            let hint = "leave the file out by a pattern under `globs`, as in `!**/examples/**`";
            return self.found.problems.push(problem.hint(hint));
        }
        for placeholder in placeholders::find(&value) {
            match self.included(of, &placeholder) {
                Ok(included) => {
                    if let Some(place) = value.pointer_mut(&placeholder.pointer) {
                        *place = included;
                    }
                }
                Err(unread) => self.problem(of, &placeholder.at, unread),
            }
        }
        if value["kind"] == "Location" {
            self.follow(of, &value);
        }
        if let Some(links) = &self.home.links {
            annotate(&mut value, of.file, links);
        }
        let shown = format!("{}{}", self.home.prefix, of.file);
        self.found.documents.push(Document { file: of.file.clone(), shown, value, docs: None });
    }

    /// Reads what replaces a placeholder.
    fn included(&mut self, of: Descriptor<'_>, at: &Placeholder) -> Result<Value, Unread> {
        if at.form == Form::Unsupported {
            return Err(Unread::because("this placeholder is not supported")
                .hint("use `$text`, and one file that needs no others"));
        }
        let target = &at.target;
        let path = match resolve(of.file, target, self.home.links.as_ref()) {
            Target::Inside(path) => RelativePath::new(path),
            Target::Foreign => {
                let message = format!("`{target}` is outside this repository, and is not read");
                return Err(Unread::because(message).hint("keep the file beside the entity"));
            }
            Target::Outside => return Err(leads_out(target)),
            Target::Folder => return Err(Unread::because(format!("`{target}` is a folder"))),
        };
        let path = path.map_err(|e| Unread::because(e.to_string()))?;
        let text = self.text(&path)?;
        let broken = |position: Option<Position>, message: &str| {
            let place = self.place(&path, position);
            Unread::because(format!("{place}: {message}"))
        };
        match at.form {
            Form::Text | Form::Unsupported => Ok(Value::String(text)),
            Form::Json => serde_json::from_str(&text).map_err(|e| {
                let position = Position { line: e.line(), column: e.column() };
                broken(Some(position), "this is not JSON")
            }),
            Form::Yaml => {
                let mut documents = yaml::parse_documents(&text);
                match (documents.pop(), documents.len()) {
                    (Some(Ok(value)), 0) => Ok(value),
                    (Some(Err(error)), _) => Err(broken(error.position, &error.message)),
                    _ => Err(broken(None, "`$yaml` takes a file of exactly one document")),
                }
            }
        }
    }

    /// Queues the files that a Location leads to.
    fn follow(&mut self, of: Descriptor<'_>, location: &Value) {
        let spec = &location["spec"];
        let single = spec["target"].as_str().map(|target| ("/spec/target".to_owned(), target));
        let several = spec["targets"].as_array().into_iter().flatten().enumerate();
        let several = several
            .filter_map(|(at, target)| Some((format!("/spec/targets/{at}"), target.as_str()?)));
        let is_optional = spec["presence"] == "optional";
        for (pointer, target) in single.into_iter().chain(several).collect::<Vec<_>>() {
            match resolve(of.file, target, self.home.links.as_ref()) {
                Target::Inside(path) => self.lead(of, &pointer, &path, is_optional),
                Target::Foreign => {
                    let message = format!("`{target}` is outside this repository: not followed");
                    let place = self.place_in(of, &pointer);
                    let warning = Diagnostic::warning("foreign-target", place, message);
                    let hint = "name that repository in the source, beside this one";
                    self.found.warnings.push(warning.hint(hint));
                }
                Target::Outside => self.problem(of, &pointer, leads_out(target)),
                Target::Folder => {
                    let unread = Unread::because(format!("`{target}` is a folder"));
                    self.problem(of, &pointer, unread.hint("name its files, as in `./dir/*.yaml`"));
                }
            }
        }
    }

    /// Queues one target inside the tree.
    fn lead(&mut self, of: Descriptor<'_>, pointer: &str, path: &str, is_optional: bool) {
        if path.contains(['*', '?']) {
            let found = match Pattern::of_target(path) {
                Ok(pattern) => self.wanted(|path| pattern.matches(path)),
                Err(e) => return self.problem(of, pointer, Unread::because(e.to_string())),
            };
            if !found && !is_optional {
                let unread = Unread::because(format!("no file is like `{path}`"));
                self.problem(of, pointer, unread.hint(OPTIONAL));
            }
            return;
        }
        let checked = RelativePath::new(path).map_err(|e| Unread::because(e.to_string()));
        // Read here, to say where the target stands; its text is not kept.
        match checked.and_then(|path| self.look(&path).map(|()| path)) {
            Ok(path) => self.enqueue(&path),
            Err(unread) if unread.is_missing && is_optional => {}
            Err(unread) if unread.is_missing => {
                self.problem(of, pointer, unread.hint(OPTIONAL));
            }
            Err(unread) => self.problem(of, pointer, unread),
        }
    }

    /// Looks whether a file can be read.
    fn look(&self, path: &RelativePath) -> Result<(), Unread> {
        match self.names.get(path) {
            Some(Kind::File) => Ok(()),
            _ => self.content(path).map(drop),
        }
    }

    /// Reads a text of the tree.
    fn text(&mut self, path: &RelativePath) -> Result<String, Unread> {
        let bytes = self.content(path)?;
        self.found.bytes += bytes.len() as u64;
        if self.found.bytes > self.caps.all {
            let message = format!("all files together have more than {} bytes", self.caps.all);
            return Err(Unread::because(message));
        }
        if bytes.starts_with(b"version https://git-lfs.github.com/spec/") {
            let message = format!("`{path}` is kept in Git LFS, which is not read");
            return Err(Unread::because(message).hint("keep files of entities in git itself"));
        }
        String::from_utf8(bytes).map_err(|_| Unread::because(format!("`{path}` is not UTF-8")))
    }

    fn content(&self, path: &RelativePath) -> Result<Vec<u8>, Unread> {
        let most = self.caps.file;
        let content = self.tree.read(path, most).map_err(Unread::because)?;
        Err(Unread::because(match content {
            Content::File(bytes) => return Ok(bytes),
            Content::TooLarge(size) => {
                format!("`{path}` has {size} bytes, and {most} are allowed")
            }
            Content::Folder => format!("`{path}` is a folder"),
            Content::Link => format!("`{path}` is a symbolic link, which is not followed"),
            Content::Submodule => format!("`{path}` is a submodule, which is not followed"),
            Content::Missing => {
                let missing = Unread::because(format!("there is no file `{path}`"));
                return Err(Unread { is_missing: true, ..missing });
            }
        }))
    }
}

const OPTIONAL: &str = "write `presence: optional` when that is meant";

fn leads_out(target: &str) -> Unread {
    Unread::because(format!("`{target}` leads out of the repository"))
        .hint("keep the file inside the repository")
}
