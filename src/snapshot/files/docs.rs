//! Collects the documentation of entities: of each the folder that it names, else the README beside it.
//!
//! Only Markdown, `mkdocs.yml` and images that pages show are copied, within limits and not through
//! symbolic links. A file that is left out is a warning: documentation never makes a source fail.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
};

use serde_json::Value;

use super::{
    copies::{CopyBuilder, FileCopies},
    reader::{Document, TreeOrigin},
    tree::{EntryContent, EntryKind, Tree},
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place, Position},
        drawing::ImageError,
        fs::FileError,
        http::Url,
        path::RelativePath,
        text::visible_name,
    },
    catalog::docs::{
        TECHDOCS_REF, images,
        layout::{DocLayout, DocTree, FIRST, find_layout},
        outline::Outline,
        paths,
    },
};

/// Most bytes of a page, and of `mkdocs.yml`.
const LARGEST_TEXT: u64 = 1 << 20;
/// Most bytes of one set.
const LARGEST_SET: usize = 20_000_000;
/// Most bytes of all sets of a tree.
const LARGEST_TREE: usize = 200_000_000;
/// Kinds that a README in the same folder does not document.
const WITHOUT_README: [&str; 3] = ["User", "Group", "Location"];

/// Collects the documentation of all entities of a tree. Returns warnings about what is left out.
pub(super) fn take_along(
    tree: &dyn Tree,
    names: &BTreeMap<RelativePath, EntryKind>,
    origin: &TreeOrigin,
    documents: &mut [Document],
) -> Vec<Diagnostic> {
    let files = names.iter().filter(|(_, kind)| **kind == EntryKind::File);
    let collector = DocCollector {
        tree,
        origin,
        // Sorted as texts, which the order of paths is.
        files: files.map(|(path, _)| path.as_str()).collect(),
        bytes: Cell::new(0),
        warnings: RefCell::default(),
    };
    let with_readme = with_readme(documents);
    for (at, document) in documents.iter_mut().enumerate() {
        let folder = paths::folder_of(document.file.as_str()).to_owned();
        let root = match reference(&document.value) {
            Some(written) => collector.root(document, &folder, &written),
            None if with_readme.contains(&at) => {
                collector.readme_in(&folder).then(|| folder.clone())
            }
            None => None,
        };
        document.docs = root.and_then(|root| collector.set(document, &root, root != folder));
    }
    collector.warnings.into_inner()
}

fn reference(entity: &Value) -> Option<String> {
    let annotations = entity.pointer("/metadata/annotations")?;
    Some(annotations.get(TECHDOCS_REF)?.as_str()?.trim().to_owned())
}

/// The indices of the entities that a README documents: of each folder the first component, else the
/// first entity of another kind; none in a folder where an entity names its documentation.
fn with_readme(documents: &[Document]) -> BTreeSet<usize> {
    let mut folders: BTreeMap<&str, Option<(bool, usize)>> = BTreeMap::new();
    for (at, document) in documents.iter().enumerate() {
        let folder = folders
            .entry(paths::folder_of(document.file.as_str()))
            .or_insert(Some((true, usize::MAX)));
        let kind = document.value["kind"].as_str().unwrap_or_default();
        if reference(&document.value).is_some() {
            *folder = None;
        } else if let Some(best) = folder
            && !WITHOUT_README.contains(&kind)
        {
            *best = (*best).min((kind != "Component", at));
        }
    }
    folders.into_values().flatten().map(|(_, at)| at).collect()
}

struct DocCollector<'a> {
    tree: &'a dyn Tree,
    origin: &'a TreeOrigin,
    files: Vec<&'a str>,
    bytes: Cell<usize>,
    warnings: RefCell<Vec<Diagnostic>>,
}

impl DocCollector<'_> {
    fn place(&self, path: &str) -> Place {
        Place::file(format!("{}{path}", self.origin.prefix))
    }

    fn no_docs(&self, document: &Document, message: String) {
        let warning = Diagnostic::warning("no-docs", self.place(document.file.as_str()), message);
        self.warnings.borrow_mut().push(warning);
    }

    /// The folder that an entity names; `None`, with a warning, when it is not in the tree.
    fn root(&self, document: &Document, folder: &str, written: &str) -> Option<String> {
        let no = |message: String| {
            self.no_docs(document, message);
            None
        };
        match written.split_once(':') {
            Some(("dir", below)) => match paths::resolve(folder, below) {
                Some(root) => Some(root),
                None => no(format!("`{written}` leads out of the repository")),
            },
            Some(("url", address)) => {
                let address = Url::parse(address).ok();
                let pages = self.origin.pages.as_ref();
                let path = address.and_then(|address| pages?.path_of(&address));
                match path.and_then(|path| paths::resolve("", &path)) {
                    Some(root) => Some(root),
                    None => no(format!("`{written}` is outside this repository, and is not read")),
                }
            }
            _ => no(format!("`{written}` is neither `dir:…` nor `url:…`")),
        }
    }

    fn readme_in(&self, folder: &str) -> bool {
        FIRST[1..].iter().any(|name| self.has(&paths::join(folder, name)))
    }

    fn has(&self, path: &str) -> bool {
        self.files.binary_search(&path).is_ok()
    }

    /// Collects the files of a set; `None` when there is no page.
    fn set(&self, document: &Document, root: &str, is_whole: bool) -> Option<FileCopies> {
        let shown = format!("{}{}", self.origin.prefix, paths::join(root, ""));
        let shown = if root.is_empty() { shown } else { format!("{shown}/") };
        let found = match find_layout(self, root, &shown, is_whole) {
            Ok(found) => found,
            Err(error) => {
                self.no_docs(document, error.to_string());
                return None;
            }
        };
        let DocLayout { config_file, pages, problems, .. } = found;
        self.warnings.borrow_mut().extend(problems);
        let mut files = CopyBuilder::default();
        let mut shown = BTreeSet::new();
        for page in &pages {
            let Some(bytes) = self.read(root, page, LARGEST_TEXT) else { continue };
            if let Ok(text) = str::from_utf8(&bytes) {
                shown.extend(self.images_of(root, page, text));
            } else {
                self.left_out(root, page, None, "it is not UTF-8");
                continue;
            }
            self.add(&mut files, root, page, bytes);
        }
        if files.files.is_empty() {
            let message =
                format!("there is no Markdown in `{}`", if root.is_empty() { "." } else { root });
            self.no_docs(document, message);
            return None;
        }
        if let Some(name) = config_file
            && let Some(bytes) = self.read(root, name, LARGEST_TEXT)
        {
            self.add(&mut files, root, name, bytes);
        }
        for image in shown {
            let Some(bytes) = self.read(root, &image, images::LARGEST) else { continue };
            match images::shown(&image, &bytes).map(drop) {
                Ok(()) => self.add(&mut files, root, &image, bytes),
                Err(ImageError { reason, position }) => {
                    self.left_out(root, &image, position, &format!("it {reason}"));
                }
            }
        }
        Some(files.files)
    }

    /// The images that a page names and that exist.
    fn images_of(&self, root: &str, page: &str, text: &str) -> Vec<String> {
        let references = Outline::of(text).references.into_iter();
        let paths = references.filter_map(|found| {
            let address = found.address.split(['?', '#']).next().unwrap_or_default();
            let path = paths::resolve(paths::folder_of(page), &paths::decoded(address))?;
            (images::is_image(&path) && self.has(&paths::join(root, &path))).then_some(path)
        });
        paths.collect()
    }

    fn left_out(&self, root: &str, path: &str, position: Option<Position>, why: &str) {
        let message = format!("left out of the documentation: {why}");
        // The name may have invisible characters.
        let place = Place { position, ..self.place(&visible_name(&paths::join(root, path))) };
        let warning = Diagnostic::warning("docs-left-out", place, message);
        self.warnings.borrow_mut().push(warning);
    }

    fn read(&self, root: &str, path: &str, most: u64) -> Option<Vec<u8>> {
        let whole = RelativePath::new(paths::join(root, path)).ok()?;
        match self.tree.read(&whole, most) {
            Ok(EntryContent::File(bytes)) => return Some(bytes),
            Ok(EntryContent::TooLarge(size)) => {
                self.left_out(
                    root,
                    path,
                    None,
                    &format!("it has {size} bytes, and {most} are allowed"),
                );
            }
            Ok(_) => self.left_out(root, path, None, "it is not a regular file"),
            Err(error) => self.left_out(root, path, None, &error.to_string()),
        }
        None
    }

    fn add(&self, set: &mut CopyBuilder, root: &str, path: &str, bytes: Vec<u8>) {
        let size = bytes.len();
        let most = LARGEST_SET.min(set.bytes + LARGEST_TREE - self.bytes.get());
        match set.add(path, bytes, most) {
            Ok(()) => self.bytes.set(self.bytes.get() + size),
            Err(why) => self.left_out(root, path, None, &why),
        }
    }
}

impl DocTree for DocCollector<'_> {
    fn below(&self, folder: &str) -> Result<Vec<String>, FileError> {
        let start = format!("{folder}/");
        let from = self.files.partition_point(|path| *path < start.as_str());
        let below = self.files[from..].iter().take_while(|path| path.starts_with(&start));
        Ok(below.map(|path| (*path).to_owned()).collect())
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        let bytes = self.has(path).then(|| self.read("", path, LARGEST_TEXT)).flatten();
        Ok(bytes.and_then(|bytes| String::from_utf8(bytes).ok()))
    }
}
