//! A page of documentation: its text, the navigation of its set, its table of contents.

use serde::Serialize;

use crate::{
    catalog::docs::{DocSet, NavItem, outline::Heading},
    site::{
        input::Input,
        model::{
            Model,
            library::{DocSite, forge_address},
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

/// The navigation of a set with more pages shows only the section of the current page.
const WHOLE: usize = 60;

/// What the template of a page knows.
#[derive(Debug, Serialize)]
pub(super) struct PageView<'a> {
    page: Page<'a>,
    /// The title of the set.
    set: &'a str,
    /// Whether the template shows the title, because the text does not begin with a heading.
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
    /// Address from the root, or on another site; `None` for a heading.
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

/// The page before or after, with its address from the root.
#[derive(Debug, Serialize)]
struct Step<'a> {
    title: &'a str,
    url: &'a str,
}

impl<'a> PageView<'a> {
    pub(super) fn new(
        input: &Input<'a>,
        model: &Model<'a>,
        doc_site: &'a DocSite<'a>,
        number: usize,
    ) -> Self {
        let set = doc_site.set;
        let source = &set.pages[number];
        let entity = model.catalog.get(&set.entity);
        let mut page = Page::new(&doc_site.addresses[number], &source.title, "docs");
        if let Some(entity) = entity {
            page.crumbs = crumbs(model, entity);
            page.crumbs.push(Card::of(entity));
        }
        let order = set.reading_order();
        let at = order.iter().position(|page| *page == number);
        let step = |to: Option<usize>| {
            let number = *order.get(to?)?;
            Some(Step { title: &set.pages[number].title, url: &doc_site.addresses[number] })
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
            pieces: markdown::page(&source.text, &source.outline, &doc_site.link_resolver(number)),
            nav: nav_rows(doc_site, number),
            toc: toc(headings),
            previous: step(at.and_then(|at| at.checked_sub(1))),
            next: step(at.map(|at| at + 1)),
            edit: edit(input, set, &source.path),
            view: set.view.as_deref().and_then(|pattern| forge_address(pattern, &source.path)),
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
        return forge_address(pattern, path);
    }
    // Documentation in the portal is edited there.
    let pattern = input.settings.new_file_url.as_deref().filter(|_| &*set.source == "manual")?;
    provenance::edit_own(pattern, &set.file(path))
}

/// The navigation of a set as lines, with the current page marked.
pub(super) fn nav_rows<'a>(doc_site: &'a DocSite<'a>, current: usize) -> Vec<NavRow<'a>> {
    let is_whole = doc_site.set.pages.len() <= WHOLE;
    let mut rows = Vec::new();
    add_rows(doc_site, &doc_site.set.nav, current, is_whole, 1, &mut rows);
    rows
}

fn add_rows<'a>(
    doc_site: &'a DocSite<'a>,
    items: &'a [NavItem],
    current: usize,
    is_whole: bool,
    level: usize,
    rows: &mut Vec<NavRow<'a>>,
) {
    for item in items {
        let (title, url, is_elsewhere) = match item {
            NavItem::Page(page) => (
                doc_site.set.pages[*page].title.as_str(),
                Some(doc_site.addresses[*page].clone()),
                false,
            ),
            NavItem::Link(title, url) => (title.as_str(), address::external(url), true),
            NavItem::Section(title, below) if is_whole || holds(below, current) => {
                rows.push(NavRow {
                    title,
                    url: None,
                    is_elsewhere: false,
                    is_current: false,
                    level,
                });
                add_rows(doc_site, below, current, is_whole, level + 1, rows);
                continue;
            }
            NavItem::Section(title, below) => {
                let first = first_of(below).map(|page| doc_site.addresses[page].clone());
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
