//! The page that lists all documentation, by the team that owns it.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    catalog::Entity,
    site::{
        model::Model,
        parts::{card::Card, frame::Page},
        text::{address::PagePath, markdown::first_line},
    },
};

/// How many rows a team has at most; the others are on its page.
const ROWS: usize = 100;
/// How many characters of a description are shown.
const LETTERS: usize = 120;

/// What the template of the list knows.
#[derive(Debug, Serialize)]
pub(super) struct ListView<'a> {
    page: Page<'a>,
    total: usize,
    groups: Vec<Group<'a>>,
}

#[derive(Debug, Serialize)]
struct Group<'a> {
    /// `None` for documentation without an owner.
    owner: Option<Card<'a>>,
    count: usize,
    rows: Vec<Row<'a>>,
    /// How many rows are not listed.
    more: usize,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    /// The entity, with a link to its documentation.
    card: Card<'a>,
    about: String,
    pages: usize,
    is_readme: bool,
    system: Option<Card<'a>>,
}

impl<'a> ListView<'a> {
    pub(super) fn new(model: &Model<'a>) -> Self {
        let mut groups: BTreeMap<(bool, String), Group<'a>> = BTreeMap::new();
        for doc_site in &model.library.doc_sites {
            let Some(entity) = model.catalog.get(&doc_site.set.entity) else { continue };
            let owner = model.first(entity, "ownedBy");
            let key =
                (owner.is_none(), owner.map(Entity::title).unwrap_or_default().to_lowercase());
            let group = groups.entry(key).or_insert_with(|| Group {
                owner: owner.map(Card::of),
                count: 0,
                rows: Vec::new(),
                more: 0,
            });
            group.count += 1;
            if group.rows.len() == ROWS {
                group.more += 1;
                continue;
            }
            let system = entity.related("partOf").find(|whole| whole.kind() == "system");
            group.rows.push(Row {
                card: Card::new(
                    entity.title(),
                    entity.reference.kind(),
                    Some(PagePath::Path(doc_site.index())),
                ),
                about: first_line(entity.description(), LETTERS),
                pages: doc_site.set.pages.len(),
                is_readme: doc_site.set.is_readme,
                system: system.map(|system| Card::to(model, system)),
            });
        }
        let mut groups: Vec<_> = groups.into_values().collect();
        for group in &mut groups {
            let key = |row: &Row<'_>| {
                let system = row.system.as_ref().map(|system| system.title().to_lowercase());
                (system.is_none(), system, row.card.title().to_lowercase())
            };
            group.rows.sort_by_cached_key(key);
        }
        Self {
            page: Page::new("docs.html", "Docs", "docs"),
            total: model.library.doc_sites.len(),
            groups,
        }
    }
}
