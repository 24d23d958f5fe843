//! Where the pages and images of sets lie on the site, and where their links lead.

use std::collections::BTreeSet;

use crate::{
    catalog::{
        EntityRef,
        docs::{DocSet, Docs, Target, paths},
    },
    site::{
        input::Documentation,
        text::{
            address,
            markdown::{Address, Guide},
        },
    },
};

/// Every set with its addresses, made once per build.
#[derive(Debug)]
pub(crate) struct Library<'a> {
    docs: Option<&'a Docs>,
    /// Sorted by entity.
    pub(crate) shelves: Vec<Shelf<'a>>,
}

/// A set and where it lies.
#[derive(Debug)]
pub(crate) struct Shelf<'a> {
    pub(crate) set: &'a DocSet,
    /// Folder of the set, with its last slash.
    folder: String,
    /// The page of each of its pages.
    pub(crate) addresses: Vec<String>,
}

impl<'a> Library<'a> {
    pub(crate) fn new(docs: Option<Documentation<'a>>) -> Self {
        let docs = docs.map(|found| found.docs);
        let sets = docs.into_iter().flat_map(Docs::sets);
        Self { docs, shelves: sets.map(Shelf::new).collect() }
    }

    /// Whether an entity shows documentation.
    pub(crate) fn has(&self, entity: &EntityRef) -> bool {
        self.of(entity).is_some()
    }

    /// What an entity shows: its own documentation, or that of another.
    pub(crate) fn of(&self, entity: &EntityRef) -> Option<&Shelf<'a>> {
        let set = self.docs?.of(entity)?;
        let at = self.shelves.binary_search_by(|shelf| shelf.set.entity.cmp(&set.entity)).ok()?;
        Some(&self.shelves[at])
    }
}

impl<'a> Shelf<'a> {
    fn new(set: &'a DocSet) -> Self {
        let entity = &set.entity;
        let parts = [entity.namespace(), entity.kind(), entity.name()].map(address::file_name);
        let folder = format!("docs/{}/", parts.join("/"));
        let mut used = BTreeSet::new();
        let mut addresses: Vec<String> = Vec::new();
        for page in &set.pages {
            let path = self::page_path(set, &page.path);
            // File systems that ignore case must not lose one of two.
            let again = (2..).map(|number| format!("{path}~{number}"));
            let free = std::iter::once(path.clone())
                .chain(again)
                .find(|path| used.insert(path.to_lowercase()))
                .unwrap_or_default();
            addresses.push(format!("{folder}{free}.html"));
        }
        let first = set.reading_order().first().copied().unwrap_or(0);
        if !used.contains("index")
            && let Some(first) = addresses.get_mut(first)
        {
            *first = format!("{folder}index.html");
        }
        Self { set, folder, addresses }
    }

    /// The page that the set begins with.
    pub(crate) fn index(&self) -> String {
        format!("{}index.html", self.folder)
    }

    /// Where an image lies.
    pub(crate) fn image(&self, path: &str) -> String {
        let below = match path.strip_prefix(&format!("{}/", self.set.folder)) {
            Some(below) => below.to_owned(),
            None if self.set.folder.is_empty() => path.to_owned(),
            None => format!("~/{path}"),
        };
        format!("{}{}", self.folder, safe(&below))
    }

    /// Who knows where the links of a page lead.
    pub(crate) fn guide(&self, page: usize) -> PageGuide<'_> {
        PageGuide { shelf: self, page }
    }
}

/// The address of a page below its set's, without its ending.
fn page_path(set: &DocSet, path: &str) -> String {
    let below = path.strip_prefix(&set.folder).unwrap_or(path).trim_start_matches('/');
    let stem = below.rsplit_once('.').map_or(below, |(stem, _)| stem);
    let (folder, name) = stem.rsplit_once('/').unwrap_or(("", stem));
    let is_first = name.eq_ignore_ascii_case("readme") && {
        let index = paths::join(paths::folder_of(path), "index.md");
        !set.pages.iter().any(|page| page.path == index)
    };
    safe(&paths::join(folder, if is_first { "index" } else { name }))
}

fn safe(path: &str) -> String {
    path.split('/')
        .map(|part| if part == "~" { part.into() } else { address::file_name(part) })
        .collect::<Vec<_>>()
        .join("/")
}

/// Knows where the links of one page lead.
pub(crate) struct PageGuide<'s> {
    shelf: &'s Shelf<'s>,
    page: usize,
}

impl PageGuide<'_> {
    fn to_page(&self, page: usize, anchor: Option<&str>) -> Address {
        let here = &self.shelf.addresses[self.page];
        let to = match anchor {
            Some(_) if page == self.page => String::new(),
            _ => paths::relative(paths::folder_of(here), &self.shelf.addresses[page]),
        };
        Address::Here(
            anchor.map_or(to.clone(), |anchor| format!("{to}#{}", address::query(anchor))),
        )
    }
}

impl Guide for PageGuide<'_> {
    fn link(&self, written: &str) -> Option<Address> {
        let set = self.shelf.set;
        match set.resolve(self.page, written) {
            Target::Page(page, anchor) => Some(self.to_page(page, anchor)),
            Target::Anchor(page) => Some(self.to_page(page, None)),
            Target::Image(path) => Some(Address::Shared(self.shelf.image(path))),
            Target::Beside(path) => seen(set.view.as_deref()?, &path).map(Address::Here),
            Target::Missing(_) => None,
            Target::Elsewhere => address::external(written).map(Address::Here),
        }
    }

    fn image(&self, written: &str) -> Option<(String, Option<(u32, u32)>)> {
        match self.shelf.set.resolve(self.page, written) {
            Target::Image(path) => {
                Some((self.shelf.image(path), self.shelf.set.images.get(path).copied().flatten()))
            }
            _ => None,
        }
    }
}

/// The address where a file of a set is seen or edited.
pub(crate) fn seen(pattern: &str, path: &str) -> Option<String> {
    address::external(&pattern.replace("{path}", &address::path(path)))
}
