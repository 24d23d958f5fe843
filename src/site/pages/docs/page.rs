//! One page of documentation.

use serde::Serialize;

use crate::{
    catalog::docs::{DocSet, NavItem, outline::Heading},
    site::{
        input::Input,
        model::{
            Model,
            library::{Shelf, seen},
        },
        parts::{
            card::Card,
            frame::{Page, crumbs},
            provenance,
        },
        text::{
            address,
            markdown::{self, Piece},
        },
    },
};

/// A navigation with more pages shows only where the reader is.
const WHOLE: usize = 60;

/// What the template of a page knows.
#[derive(Debug, Serialize)]
pub(super) struct PageView<'a> {
    page: Page<'a>,
    /// The documentation that the page is part of.
    set: &'a str,
    /// Whether the page shows its title itself, because its text does not begin with one.
    is_untitled: bool,
    pieces: Vec<Piece>,
    nav: Vec<NavRow<'a>>,
    toc: Vec<TocRow<'a>>,
    previous: Option<Step<'a>>,
    next: Option<Step<'a>>,
    edit: Option<String>,
    view: Option<String>,
    entity: Option<Card<'a>>,
    owner: Option<Card<'a>>,
}

/// A line of the navigation.
#[derive(Debug, Serialize)]
pub(super) struct NavRow<'a> {
    title: &'a str,
    /// Address from the root, or elsewhere; a heading has none.
    url: Option<String>,
    is_elsewhere: bool,
    is_current: bool,
    level: usize,
}

#[derive(Debug, Serialize)]
struct TocRow<'a> {
    title: &'a str,
    id: &'a str,
    level: u8,
}

/// A neighbour of a page, address from the root.
#[derive(Debug, Serialize)]
struct Step<'a> {
    title: &'a str,
    url: &'a str,
}

impl<'a> PageView<'a> {
    pub(super) fn new(
        input: &Input<'a>,
        model: &Model<'a>,
        shelf: &'a Shelf<'a>,
        number: usize,
    ) -> Self {
        let set = shelf.set;
        let source = &set.pages[number];
        let entity = model.catalog.get(&set.entity);
        let mut page = Page::new(&shelf.addresses[number], &source.title, "docs");
        if let Some(entity) = entity {
            page.crumbs = crumbs(model, entity);
            page.crumbs.push(Card::of(entity));
        }
        let order = set.reading_order();
        let at = order.iter().position(|page| *page == number);
        let step = |to: Option<usize>| {
            let number = *order.get(to?)?;
            Some(Step { title: &set.pages[number].title, url: &shelf.addresses[number] })
        };
        let headings = &source.outline.headings;
        Self {
            page,
            set: set
                .title
                .as_deref()
                .or(entity.map(crate::catalog::entity::Entity::title))
                .unwrap_or_default(),
            is_untitled: headings.first().is_none_or(|first| first.level != 1),
            pieces: markdown::page(&source.text, &source.outline, &shelf.guide(number)),
            nav: nav_rows(shelf, number),
            toc: toc(headings),
            previous: step(at.and_then(|at| at.checked_sub(1))),
            next: step(at.map(|at| at + 1)),
            edit: edit(input, set, &source.path),
            view: set.view.as_deref().and_then(|pattern| seen(pattern, &source.path)),
            entity: entity.map(Card::of),
            owner: entity.and_then(|entity| model.first(entity, "ownedBy")).map(Card::of),
        }
    }
}

/// Headings of the second and third level.
fn toc(headings: &[Heading]) -> Vec<TocRow<'_>> {
    let wanted = headings.iter().filter(|heading| matches!(heading.level, 2 | 3));
    wanted.map(|h| TocRow { title: h.text.trim(), id: &h.id, level: h.level }).collect()
}

fn edit(input: &Input<'_>, set: &DocSet, path: &str) -> Option<String> {
    if let Some(pattern) = &set.edit {
        return seen(pattern, path);
    }
    // What lies in the portal is edited there.
    let pattern = input.settings.new_file_url.as_deref().filter(|_| &*set.source == "manual")?;
    provenance::edit_own(pattern, &set.file(path))
}

/// The navigation of a set as lines, with the page that is shown.
pub(super) fn nav_rows<'a>(shelf: &'a Shelf<'a>, current: usize) -> Vec<NavRow<'a>> {
    let is_whole = shelf.set.pages.len() <= WHOLE;
    let mut rows = Vec::new();
    add_rows(shelf, &shelf.set.nav, current, is_whole, 1, &mut rows);
    rows
}

fn add_rows<'a>(
    shelf: &'a Shelf<'a>,
    items: &'a [NavItem],
    current: usize,
    is_whole: bool,
    level: usize,
    rows: &mut Vec<NavRow<'a>>,
) {
    for item in items {
        let (title, url, is_elsewhere) = match item {
            NavItem::Page(page) => {
                (shelf.set.pages[*page].title.as_str(), Some(shelf.addresses[*page].clone()), false)
            }
            NavItem::Link(title, url) => (title.as_str(), address::external(url), true),
            NavItem::Section(title, below) if is_whole || holds(below, current) => {
                rows.push(NavRow {
                    title,
                    url: None,
                    is_elsewhere: false,
                    is_current: false,
                    level,
                });
                add_rows(shelf, below, current, is_whole, level + 1, rows);
                continue;
            }
            NavItem::Section(title, below) => {
                let first = first_of(below).map(|page| shelf.addresses[page].clone());
                (title.as_str(), first, false)
            }
        };
        let is_current = matches!(item, NavItem::Page(page) if *page == current);
        rows.push(NavRow { title, url, is_elsewhere, is_current, level });
    }
}

fn holds(items: &[NavItem], page: usize) -> bool {
    items.iter().any(|item| match item {
        NavItem::Page(found) => *found == page,
        NavItem::Section(_, below) => holds(below, page),
        NavItem::Link(..) => false,
    })
}

fn first_of(items: &[NavItem]) -> Option<usize> {
    items.iter().find_map(|item| match item {
        NavItem::Page(page) => Some(*page),
        NavItem::Section(_, below) => first_of(below),
        NavItem::Link(..) => None,
    })
}
