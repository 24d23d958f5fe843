//! The section of an entity's page that links to its documentation.

use serde::Serialize;

use crate::{
    catalog::{Entity, docs::NavItem},
    site::{
        model::{Model, library::DocSite},
        parts::card::Card,
        text::markdown,
    },
};

/// How many entries are listed.
const LISTED: usize = 8;
/// How many characters of the first page are shown.
const LETTERS: usize = 480;

/// The section.
#[derive(Debug, Serialize)]
pub(crate) struct Section<'a> {
    /// The first page, from the root.
    url: String,
    is_readme: bool,
    /// Number of pages.
    pages: usize,
    rows: Vec<Row<'a>>,
    /// How many entries are not listed.
    more: usize,
    /// The first paragraphs.
    beginning: Vec<String>,
    /// The entity whose documentation it is, if it is another one.
    of: Option<Card<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    title: &'a str,
    url: String,
    /// How many pages are below it.
    below: usize,
}

impl<'a> Section<'a> {
    /// The section of an entity; `None` without documentation.
    pub(crate) fn of(model: &Model<'a>, entity: &'a Entity) -> Option<Self> {
        let doc_site = model.library.of(&entity.reference)?;
        let set = doc_site.set;
        let rows: Vec<_> = set.nav.iter().filter_map(|item| row(doc_site, item)).collect();
        let first = set.reading_order().first().copied().unwrap_or(0);
        let is_other = set.entity != entity.reference;
        Some(Self {
            url: doc_site.index(),
            is_readme: set.is_readme,
            pages: set.pages.len(),
            more: rows.len().saturating_sub(LISTED),
            rows: rows.into_iter().take(LISTED).collect(),
            beginning: markdown::beginning(&set.pages[first].text, LETTERS),
            of: is_other.then(|| Card::to(model, &set.entity)),
        })
    }
}

fn row<'a>(doc_site: &DocSite<'a>, item: &'a NavItem) -> Option<Row<'a>> {
    fn pages(items: &[NavItem], found: &mut Vec<usize>) {
        for item in items {
            match item {
                NavItem::Page(page) => found.push(*page),
                NavItem::Section(_, below) => pages(below, found),
                NavItem::Link(..) => {}
            }
        }
    }
    let mut below = Vec::new();
    pages(std::slice::from_ref(item), &mut below);
    let first = *below.first()?;
    let title = match item {
        NavItem::Section(title, _) => title,
        _ => &doc_site.set.pages[first].title,
    };
    let below = if matches!(item, NavItem::Section(..)) { below.len() } else { 0 };
    Some(Row { title, url: doc_site.addresses[first].clone(), below })
}
