//! The part of an entity's page that leads to its documentation.

use serde::Serialize;

use crate::{
    catalog::{Entity, docs::NavItem},
    site::{
        model::{Model, library::Shelf},
        parts::card::Card,
        text::markdown,
    },
};

/// Entries that the part lists.
const LISTED: usize = 8;
/// Letters of the beginning.
const LETTERS: usize = 480;

/// What the part shows.
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
    /// The entity whose documentation it is, when it is another's.
    of: Option<Card<'a>>,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    title: &'a str,
    url: String,
    /// How many pages stand under it.
    below: usize,
}

impl<'a> Section<'a> {
    /// Makes the part of an entity that has documentation.
    pub(crate) fn of(model: &Model<'a>, entity: &'a Entity) -> Option<Self> {
        let shelf = model.library.of(&entity.reference)?;
        let set = shelf.set;
        let rows: Vec<_> = set.nav.iter().filter_map(|item| row(shelf, item)).collect();
        let first = set.reading_order().first().copied().unwrap_or(0);
        let is_other = set.entity != entity.reference;
        Some(Self {
            url: shelf.index(),
            is_readme: set.is_readme,
            pages: set.pages.len(),
            more: rows.len().saturating_sub(LISTED),
            rows: rows.into_iter().take(LISTED).collect(),
            beginning: markdown::beginning(&set.pages[first].text, LETTERS),
            of: is_other.then(|| Card::to(model, &set.entity)),
        })
    }
}

fn row<'a>(shelf: &Shelf<'a>, item: &'a NavItem) -> Option<Row<'a>> {
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
        _ => &shelf.set.pages[first].title,
    };
    let below = if matches!(item, NavItem::Section(..)) { below.len() } else { 0 };
    Some(Row { title, url: shelf.addresses[first].clone(), below })
}
