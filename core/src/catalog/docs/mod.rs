//! Documentation of entities: sets of Markdown pages, from sources or from the portal itself.
//!
//! A set has its navigation, its pages with their outlines, and the images that they show. The site
//! renders it. [`dialect`] defines the Markdown; [`resolve`] resolves links, both for the check and for
//! the pages.

mod check;
mod config;
pub mod dialect;
pub mod images;
pub mod layout;
mod load;
pub mod outline;
pub mod paths;
mod resolve;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::EntityRef;
use crate::base::diagnostics::Diagnostic;
pub use load::load;
use outline::Outline;
pub use resolve::Target;

/// Folder of documentation from sources: `<source>/<kind>/<namespace>/<name>/`.
pub const DOCS: &str = "catalog-data/docs";
/// Annotation: the folder of an entity's documentation.
pub const TECHDOCS_REF: &str = "backstage.io/techdocs-ref";
/// Annotation: another entity whose documentation is shown.
pub const TECHDOCS_ENTITY: &str = "backstage.io/techdocs-entity";

/// All documentation of a portal.
#[derive(Debug, Default)]
pub struct Docs {
    sets: BTreeMap<EntityRef, DocSet>,
    /// Entities that show the documentation of another.
    borrowed: BTreeMap<EntityRef, EntityRef>,
    /// Diagnostics, sorted.
    pub problems: Vec<Diagnostic>,
}

/// The documentation of one entity.
#[derive(Debug)]
pub struct DocSet {
    /// The entity.
    pub entity: EntityRef,
    /// The source that it is from; `manual` for files of the portal.
    pub source: Arc<str>,
    /// Its folder, relative to the portal.
    pub root: String,
    /// Folder of the pages, relative to `root`; may be empty.
    pub folder: String,
    /// Its title, when it has its own.
    pub title: Option<String>,
    /// Navigation.
    pub nav: Vec<NavItem>,
    /// Pages in the order of the navigation, then the others; at least one.
    pub pages: Vec<DocPage>,
    /// Images that pages show, relative to `root`, with their width and height where known.
    pub images: BTreeMap<String, Option<(u32, u32)>>,
    /// Images that pages name but that cannot be shown, relative to `root`.
    pub left_out: BTreeSet<String>,
    /// Whether a README is the only page.
    pub is_readme: bool,
    /// Address pattern of its files on the code host; `{path}` is a path relative to `root`.
    pub view: Option<String>,
    /// Address pattern for editing a file; `{path}` is a path relative to `root`.
    pub edit: Option<String>,
}

/// One page.
#[derive(Debug)]
pub struct DocPage {
    /// Its file, relative to the set's `root`.
    pub path: String,
    /// Its title.
    pub title: String,
    /// Its Markdown.
    pub text: String,
    /// Its headings, links and images.
    pub outline: Outline,
}

/// An entry of the navigation.
#[derive(Debug, PartialEq, Eq)]
pub enum NavItem {
    /// A page, by its index in [`DocSet::pages`].
    Page(usize),
    /// Entries under a title.
    Section(String, Vec<NavItem>),
    /// An external link: its title and address.
    Link(String, String),
}

impl Docs {
    /// The sets, sorted by entity.
    pub fn sets(&self) -> impl ExactSizeIterator<Item = &DocSet> {
        self.sets.values()
    }

    /// The documentation of an entity, its own or that of the entity that it names.
    pub fn of(&self, entity: &EntityRef) -> Option<&DocSet> {
        let own = self.sets.get(entity);
        own.or_else(|| self.sets.get(self.borrowed.get(entity)?))
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.sets.is_empty()
    }
}

impl DocSet {
    /// Indices of the pages in the navigation, in reading order.
    pub fn reading_order(&self) -> Vec<usize> {
        fn add(items: &[NavItem], pages: &mut Vec<usize>) {
            for item in items {
                match item {
                    NavItem::Page(page) => pages.push(*page),
                    NavItem::Section(_, items) => add(items, pages),
                    NavItem::Link(..) => {}
                }
            }
        }
        let mut pages = Vec::new();
        add(&self.nav, &mut pages);
        pages
    }

    /// The path of a file of the set, relative to the portal.
    pub fn file(&self, path: &str) -> String {
        paths::join(&self.root, path)
    }
}
