//! The addresses of documentation on the site: of pages, of images, and of what links in pages lead to.

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
            markdown::{Address, LinkResolver},
        },
    },
};

/// All sets of documentation with their addresses.
#[derive(Debug)]
pub(crate) struct Library<'a> {
    docs: Option<&'a Docs>,
    /// Sorted by entity.
    pub(crate) doc_sites: Vec<DocSite<'a>>,
}

/// A set of documentation with the addresses of its pages.
#[derive(Debug)]
pub(crate) struct DocSite<'a> {
    pub(crate) set: &'a DocSet,
    /// Folder of the set, with its last slash.
    folder: String,
    /// The address of each page.
    pub(crate) addresses: Vec<String>,
}

impl<'a> Library<'a> {
    pub(crate) fn new(docs: Option<Documentation<'a>>) -> Self {
        let docs = docs.map(|found| found.docs);
        let sets = docs.into_iter().flat_map(Docs::sets);
        Self { docs, doc_sites: sets.map(DocSite::new).collect() }
    }

    /// Whether an entity has documentation, its own or that of another entity.
    pub(crate) fn has(&self, entity: &EntityRef) -> bool {
        self.of(entity).is_some()
    }

    /// The documentation of an entity: its own, or that of another entity that it names.
    pub(crate) fn of(&self, entity: &EntityRef) -> Option<&DocSite<'a>> {
        let set = self.docs?.of(entity)?;
        let at = self
            .doc_sites
            .binary_search_by(|doc_site| doc_site.set.entity.cmp(&set.entity))
            .ok()?;
        Some(&self.doc_sites[at])
    }
}

impl<'a> DocSite<'a> {
    fn new(set: &'a DocSet) -> Self {
        let entity = &set.entity;
        let parts = [entity.namespace(), entity.kind(), entity.name()].map(address::file_name);
        let folder = format!("docs/{}/", parts.join("/"));
        let mut used = BTreeSet::new();
        let mut addresses: Vec<String> = Vec::new();
        for page in &set.pages {
            let path = self::page_path(set, &page.path);
            // On a file system that ignores case, one of two names that differ in case would be lost.
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

    /// The address of the first page.
    pub(crate) fn index(&self) -> String {
        format!("{}index.html", self.folder)
    }

    /// The address of an image.
    pub(crate) fn image(&self, path: &str) -> String {
        let below = match path.strip_prefix(&format!("{}/", self.set.folder)) {
            Some(below) => below.to_owned(),
            None if self.set.folder.is_empty() => path.to_owned(),
            None => format!("~/{path}"),
        };
        format!("{}{}", self.folder, safe(&below))
    }

    /// Resolves the links of a page.
    pub(crate) fn link_resolver(&self, page: usize) -> PageLinkResolver<'_> {
        PageLinkResolver { doc_site: self, page }
    }
}

/// The path of a page below its set's folder, without `.html`.
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

/// Resolves the links of one page.
pub(crate) struct PageLinkResolver<'s> {
    doc_site: &'s DocSite<'s>,
    page: usize,
}

impl PageLinkResolver<'_> {
    fn to_page(&self, page: usize, anchor: Option<&str>) -> Address {
        let here = &self.doc_site.addresses[self.page];
        let to = match anchor {
            Some(_) if page == self.page => String::new(),
            _ => paths::relative(paths::folder_of(here), &self.doc_site.addresses[page]),
        };
        Address::Here(
            anchor.map_or(to.clone(), |anchor| format!("{to}#{}", address::query(anchor))),
        )
    }
}

impl LinkResolver for PageLinkResolver<'_> {
    fn link(&self, written: &str) -> Option<Address> {
        let set = self.doc_site.set;
        match set.resolve(self.page, written) {
            Target::Page(page, anchor) => Some(self.to_page(page, anchor)),
            Target::Anchor(page) => Some(self.to_page(page, None)),
            Target::Image(path) => Some(Address::Shared(self.doc_site.image(path))),
            Target::Beside(path) => forge_address(set.view.as_deref()?, &path).map(Address::Here),
            Target::Missing(_) => None,
            Target::Elsewhere => address::external(written).map(Address::Here),
        }
    }

    fn image(&self, written: &str) -> Option<(String, Option<(u32, u32)>)> {
        match self.doc_site.set.resolve(self.page, written) {
            Target::Image(path) => Some((
                self.doc_site.image(path),
                self.doc_site.set.images.get(path).copied().flatten(),
            )),
            _ => None,
        }
    }
}

/// The address at which a forge shows or edits a file of a set.
pub(crate) fn forge_address(pattern: &str, path: &str) -> Option<String> {
    address::external(&pattern.replace("{path}", &address::path(path)))
}
