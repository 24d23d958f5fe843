//! Loads the documentation of a portal: the files that a snapshot copied from sources, and the folders
//! that entities in the portal name. When several sources have documentation of an entity, the
//! strongest one is used.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use url::Url;

use super::{
    DOCS, DocPage, DocSet, Docs, NavItem, TECHDOCS_ENTITY, TECHDOCS_REF, Target,
    check::broken,
    config::Entry,
    images,
    layout::{DocLayout, FIRST, find_layout},
    outline::Outline,
    paths::{folder_of, join, resolve},
};
use crate::{
    base::{
        diagnostics::{self, Diagnostic, Place},
        drawing::ImageError,
        files::FileError,
        files::Files,
        text::{nearest, utf8},
    },
    catalog::{Catalog, Entity, EntityRef, Fragment, load::ENTITIES},
};

/// A placeholder for the path in an address that is taken apart.
const PATH: &str = "CALLBOARD-PATH";
/// Most bytes of a page.
const LONGEST: usize = 1 << 20;

/// Loads the documentation of all entities, with its diagnostics.
///
/// # Errors
/// When a folder or file exists but cannot be read.
pub fn load(files: &dyn Files, catalog: &Catalog) -> Result<Docs, FileError> {
    let brought = brought(files)?;
    let entities = catalog.entities().par_iter();
    let loaded: Vec<_> = entities
        .filter_map(|entity| of_entity(files, &brought, entity).unwrap_or_else(unreadable(entity)))
        .collect();
    let mut docs = Docs::default();
    for (set, problems) in loaded {
        docs.problems.extend(problems);
        if let Some(set) = set {
            docs.problems.extend(broken(&set));
            docs.sets.insert(set.entity.clone(), set);
        }
    }
    for entity in catalog.entities() {
        let other = annotation(&entity.document, TECHDOCS_ENTITY);
        let other = other.and_then(|other| {
            let reference = &entity.reference;
            EntityRef::parse(other, Some(reference.kind()), reference.namespace()).ok()
        });
        docs.borrowed.extend(other.map(|other| (entity.reference.clone(), other)));
    }
    diagnostics::sort(&mut docs.problems);
    Ok(docs)
}

/// A file that cannot be read is a diagnostic; only the documentation of its entity is left out.
fn unreadable(entity: &Entity) -> impl FnOnce(FileError) -> Option<SetAndProblems> {
    let fragment = entity.fragments.last();
    let file = fragment.map(|fragment| fragment.file.to_string()).unwrap_or_default();
    move |error| {
        let message = format!("its documentation is left out: {}", error.explained());
        Some((None, vec![Diagnostic::warning("invalid-docs", Place::file(file), message)]))
    }
}

fn annotation<'d>(document: &'d serde_json::Value, key: &str) -> Option<&'d str> {
    document.pointer("/metadata/annotations")?.get(key)?.as_str()
}

/// The folders of documentation from sources, by source and entity.
fn brought(files: &dyn Files) -> Result<BTreeMap<(String, EntityRef), String>, FileError> {
    let mut folders = BTreeMap::new();
    for file in files.below(DOCS)? {
        let mut parts = file[DOCS.len() + 1..].splitn(5, '/');
        if let (Some(source), Some(kind), Some(namespace), Some(name), Some(_)) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        {
            let key = (source.to_owned(), EntityRef::new(kind, namespace, name));
            folders
                .entry(key)
                .or_insert_with(|| format!("{DOCS}/{source}/{kind}/{namespace}/{name}"));
        }
    }
    Ok(folders)
}

type SetAndProblems = (Option<DocSet>, Vec<Diagnostic>);

/// Loads the documentation of an entity from the strongest source that has any.
fn of_entity(
    files: &dyn Files,
    brought: &BTreeMap<(String, EntityRef), String>,
    entity: &Entity,
) -> Result<Option<SetAndProblems>, FileError> {
    for fragment in entity.fragments.iter().rev() {
        if fragment.file.starts_with(ENTITIES) {
            let key = (fragment.source.to_string(), entity.reference.clone());
            let Some(root) = brought.get(&key) else { continue };
            return read(files, root, entity, fragment).map(Some);
        }
        let written = annotation(&fragment.document, TECHDOCS_REF);
        let Some(folder) = written.and_then(|written| written.strip_prefix("dir:")) else {
            continue;
        };
        let root = resolve(folder_of(&fragment.file), folder).filter(|root| !root.is_empty());
        let Some(root) = root else {
            let message = format!("`dir:{folder}` is not a folder inside the portal");
            let problem = Diagnostic::warning("no-docs", Place::file(&*fragment.file), message);
            return Ok(Some((None, vec![problem])));
        };
        return read(files, &root, entity, fragment).map(Some);
    }
    Ok(None)
}

/// Reads one set.
fn read(
    files: &dyn Files,
    root: &str,
    entity: &Entity,
    fragment: &Fragment,
) -> Result<SetAndProblems, FileError> {
    let DocLayout { config, folder, pages, is_readme, mut problems, config_file } =
        find_layout(&files, root, &format!("{root}/"), true)?;
    let all: BTreeSet<String> =
        files.below(root)?.into_iter().map(|path| path[root.len() + 1..].to_owned()).collect();
    let mut texts = BTreeMap::new();
    for path in pages.into_iter().filter(|path| all.contains(path)) {
        match text(files, &join(root, &path))? {
            Ok(text) => drop(texts.insert(path, text)),
            Err(problem) => problems.push(problem),
        }
    }
    if texts.is_empty() {
        let message = format!("there is no Markdown in `{root}`");
        problems.push(Diagnostic::warning("no-docs", Place::file(&*fragment.file), message));
        return Ok((None, problems));
    }
    let place = Place::file(join(root, config_file.unwrap_or_default()));
    let mut order = PageOrder {
        folder: &folder,
        texts: &texts,
        titles: BTreeMap::new(),
        paths: Vec::new(),
        problems,
        place,
    };
    let nav = match config.nav() {
        Some(entries) => order.written(entries),
        None => order.found(&folder),
    };
    let PageOrder { titles, paths, problems, .. } = order;
    let mut set = DocSet {
        entity: entity.reference.clone(),
        source: fragment.source.clone(),
        root: root.to_owned(),
        title: config.site_name.filter(|name| !name.trim().is_empty()),
        nav,
        pages: in_order(paths, texts, &titles),
        images: all
            .iter()
            .filter(|path| images::is_image(path))
            .map(|path| (path.clone(), None))
            .collect(),
        left_out: BTreeSet::new(),
        folder,
        is_readme,
        view: pattern(entity, fragment, &["backstage.io/view-url", "backstage.io/source-location"]),
        edit: pattern(entity, fragment, &["backstage.io/edit-url"]),
    };
    let mut problems = problems;
    (set.images, set.left_out) = used_images(files, &set, &mut problems)?;
    Ok((Some(set), problems))
}

/// The text of a page without a byte order mark, with `\n` at the ends of its lines.
fn plain_text(text: String) -> String {
    match text.contains(['\u{feff}', '\r']) {
        true => text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n"),
        false => text,
    }
}

fn text(files: &dyn Files, path: &str) -> Result<Result<String, Diagnostic>, FileError> {
    let bytes = files.bytes(path)?.unwrap_or_default();
    if bytes.len() > LONGEST {
        let message = format!("a page has at most {LONGEST} bytes");
        return Ok(Err(Diagnostic::warning("invalid-docs", Place::file(path), message)));
    }
    Ok(utf8(bytes).map(plain_text).map_err(|wrong| {
        let place = Place::at(path, Some(wrong.position));
        Diagnostic::warning("invalid-docs", place, wrong.to_string())
    }))
}

type Images = BTreeMap<String, Option<(u32, u32)>>;

/// Reads the images that pages show. Returns them with their sizes, and the paths of those that cannot
/// be shown.
fn used_images(
    files: &dyn Files,
    set: &DocSet,
    problems: &mut Vec<Diagnostic>,
) -> Result<(Images, BTreeSet<String>), FileError> {
    let pages = set.pages.iter().enumerate();
    let targets = pages.flat_map(|(at, page)| {
        page.outline.references.iter().map(move |found| set.resolve(at, &found.address))
    });
    let used: BTreeSet<&str> = targets
        .filter_map(|target| match target {
            Target::Image(path) => Some(path),
            _ => None,
        })
        .collect();
    let (mut sound, mut left_out) = (BTreeMap::new(), BTreeSet::new());
    for path in used {
        let bytes = files.bytes(&set.file(path))?.unwrap_or_default();
        match images::shown(path, &bytes) {
            Ok(bytes) => drop(sound.insert(path.to_owned(), images::size(&bytes))),
            Err(ImageError { reason, position }) => {
                let place = Place::at(set.file(path), position);
                let message = format!("the image is left out: it {reason}");
                problems.push(Diagnostic::warning("docs-left-out", place, message));
                left_out.insert(path.to_owned());
            }
        }
    }
    Ok((sound, left_out))
}

/// Makes the pages, in the order of `paths`.
fn in_order(
    paths: Vec<String>,
    mut texts: BTreeMap<String, String>,
    titles: &BTreeMap<String, String>,
) -> Vec<DocPage> {
    let pages = paths.into_iter().filter_map(|path| {
        let text = texts.remove(&path)?;
        let outline = Outline::of(&text);
        let written = titles.get(&path).or(outline.title.as_ref());
        let title = written.cloned().unwrap_or_else(|| title_of(&path));
        Some(DocPage { path, title, text, outline })
    });
    pages.collect()
}

/// The title of a file or folder that has none of its own: `get-started.md` is `Get started`.
fn title_of(path: &str) -> String {
    let name = path.rsplit('/').next().unwrap_or(path);
    let name = name.rsplit_once('.').map_or(name, |(name, _)| name).replace(['-', '_'], " ");
    let mut chars = name.chars();
    let first = chars.next().into_iter().flat_map(char::to_uppercase);
    first.chain(chars).collect()
}

/// Orders the pages while the navigation is made.
struct PageOrder<'a> {
    folder: &'a str,
    texts: &'a BTreeMap<String, String>,
    /// Titles that the navigation gives.
    titles: BTreeMap<String, String>,
    paths: Vec<String>,
    problems: Vec<Diagnostic>,
    place: Place,
}

impl PageOrder<'_> {
    fn add(&mut self, path: &str) -> usize {
        let known = self.paths.iter().position(|known| known == path);
        known.unwrap_or_else(|| {
            self.paths.push(path.to_owned());
            self.paths.len() - 1
        })
    }

    /// Makes the navigation of the configuration. Pages that it does not name come last in the order,
    /// and are not part of the navigation.
    fn written(&mut self, entries: Vec<Entry>) -> Vec<NavItem> {
        let mut nav = self.items(entries);
        if nav.is_empty() {
            nav = self.found(self.folder);
        }
        for path in self.texts.keys() {
            self.add(path);
        }
        nav
    }

    fn items(&mut self, entries: Vec<Entry>) -> Vec<NavItem> {
        let mut items = Vec::new();
        for entry in entries {
            match entry {
                Entry::Section { title, entries } => {
                    let below = self.items(entries);
                    if !below.is_empty() {
                        items.push(NavItem::Section(title, below));
                    }
                }
                Entry::Page { title, target } if target.contains("://") => {
                    let title = title.unwrap_or_else(|| target.clone());
                    items.push(NavItem::Link(title, target));
                }
                Entry::Page { title, target } => items.extend(self.page(title, &target)),
            }
        }
        items
    }

    fn page(&mut self, title: Option<String>, target: &str) -> Option<NavItem> {
        let path = resolve(self.folder, target).filter(|path| self.texts.contains_key(path));
        let Some(path) = path else {
            let files =
                self.texts.keys().map(|path| path[self.folder.len()..].trim_start_matches('/'));
            let near = nearest(target, files).map(|near| format!("did you mean `{near}`?"));
            let message = format!("`nav` names `{target}`, which does not exist");
            let problem = Diagnostic::warning("broken-docs-link", self.place.clone(), message);
            self.problems.push(problem.hint_opt(near));
            return None;
        };
        if let Some(title) = title {
            self.titles.entry(path.clone()).or_insert(title);
        }
        Some(NavItem::Page(self.add(&path)))
    }

    /// Makes the navigation of a folder: its first page, its other pages, then its folders.
    fn found(&mut self, folder: &str) -> Vec<NavItem> {
        let start = if folder.is_empty() { String::new() } else { format!("{folder}/") };
        let texts = self.texts;
        let below = texts.keys().filter_map(|path| path.strip_prefix(&start));
        let (folders, mut files): (Vec<_>, Vec<_>) = below.partition(|path| path.contains('/'));
        files.sort_by_key(|file| {
            FIRST.iter().position(|first| first == file).unwrap_or(FIRST.len())
        });
        let mut items: Vec<_> =
            files.iter().map(|file| NavItem::Page(self.add(&format!("{start}{file}")))).collect();
        let folders: BTreeSet<&str> =
            folders.iter().filter_map(|path| path.split('/').next()).collect();
        for name in folders {
            items.push(NavItem::Section(
                title_of(&format!("{name}.")),
                self.found(&format!("{start}{name}")),
            ));
        }
        items
    }
}

/// Whether an address is that of a descriptor file and not of a repository.
fn is_file(address: &Url) -> bool {
    [".yaml", ".yml"].iter().any(|ending| address.path().ends_with(ending))
}

/// The address pattern of a set's files in the web pages of a code host, derived from annotations of
/// its entity.
fn pattern(entity: &Entity, fragment: &Fragment, keys: &[&str]) -> Option<String> {
    let find = |key: &&str| {
        annotation(&fragment.document, key).or_else(|| annotation(&entity.document, key))
    };
    let base = keys.iter().find_map(find)?;
    let base = Url::parse(base.strip_prefix("url:").unwrap_or(base)).ok()?;
    if base.query().is_none() && !is_file(&base) && !base.path().ends_with('/') {
        return None;
    }
    let written = annotation(&fragment.document, TECHDOCS_REF).unwrap_or("dir:.");
    let Some(("dir", folder)) = written.split_once(':') else { return None };
    let page = match base.query_pairs().find(|(key, _)| key == "path") {
        // Azure DevOps has the path in its query.
        Some((_, path)) => {
            let below = resolve(folder_of(path.trim_start_matches('/')), folder)?;
            let pairs: Vec<_> = base.query_pairs().into_owned().collect();
            let mut page = base.clone();
            page.query_pairs_mut().clear().extend_pairs(pairs.into_iter().map(|(key, value)| {
                let value = if key == "path" { format!("/{}", join(&below, PATH)) } else { value };
                (key, value)
            }));
            page
        }
        None => base.join(&format!("{}/{PATH}", folder.trim_end_matches('/'))).ok()?,
    };
    matches!(page.scheme(), "http" | "https").then(|| page.as_str().replace(PATH, "{path}"))
}
