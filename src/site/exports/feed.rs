//! Atom feeds of what changed: of everything, of each team, of each system (RFC 4287).
//!
//! A feed needs the site's own address, because an entry's identity is an address that stays. Without
//! `site.url` there are none. Nothing of a feed is as young as the build: it is as young as its newest
//! entry. Words and XML are in `pages/feed.xml`.

use rayon::prelude::*;
use serde::Serialize;

use crate::{
    base::{clock::rfc3339, fs::Sink},
    catalog::Entity,
    site::{
        error::Error,
        input::Input,
        model::{
            Atlas,
            history::{self, Dated, FieldLine, Line},
        },
        output::Pages,
        parts::grouped_changes::alike,
        text::address::{self, PagePath},
    },
};

/// Entries of a feed.
const ENTRIES: usize = 50;
/// Entities that an entry names.
const NAMED: usize = 20;

/// What the template of a feed knows. No text has a character that XML cannot hold.
#[derive(Debug, Serialize)]
struct FeedView {
    title: String,
    /// The site's own address, with its last slash.
    site: String,
    /// Address of the feed from there, and of the page that shows the same.
    path: String,
    page: String,
    updated: String,
    entries: Vec<Entry>,
}

/// A change, of one or several entities.
#[derive(Debug, Serialize)]
struct Entry {
    id: String,
    titles: Vec<String>,
    more: usize,
    /// Address of the page from the site's own.
    url: String,
    updated: String,
    source: String,
    author: Option<String>,
    what: &'static str,
    from: Option<String>,
    changes: Vec<Field>,
    more_fields: usize,
}

#[derive(Debug, Serialize)]
struct Field {
    field: String,
    from: Option<String>,
    to: Option<String>,
}

/// Where the feed of everything is, if there is one.
pub(crate) fn address_of_all(input: &Input<'_>, atlas: &Atlas<'_>) -> Option<String> {
    (input.settings.url.is_some() && !atlas.past.events.is_empty()).then(|| "changes.xml".into())
}

/// Where the feed of what a team or a system has is, if there is one.
pub(crate) fn address_of(input: &Input<'_>, atlas: &Atlas<'_>, entity: &Entity) -> Option<String> {
    input.settings.url.as_ref()?;
    let page = address::entity_page(&entity.reference);
    atlas.past.is_scope(&entity.reference).then(|| page.replace(".html", ".changes.xml"))
}

/// Writes all feeds, in the portal's own language.
pub(crate) fn write<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    atlas: &Atlas<'_>,
) -> Result<(), Error> {
    let Some(site) = input.settings.url.as_deref() else { return Ok(()) };
    let render = |view: &FeedView| pages.render_once(&view.path, "pages/feed.xml", view);
    let title = &input.settings.title;
    if let Some(path) = address_of_all(input, atlas) {
        let events = atlas.past.events.iter().copied();
        render(&feed(atlas, site, title, (&path, "changes.html"), events))?;
    }
    let kinds = ["group", "system"].into_iter().filter_map(|kind| atlas.kind(kind));
    let entities: Vec<&Entity> = kinds.flat_map(|kind| kind.entities.iter().copied()).collect();
    entities.par_iter().try_for_each(|entity| {
        let Some(path) = address_of(input, atlas, entity) else { return Ok(()) };
        let title = format!("{} · {title}", entity.title());
        let page = address::entity_page(&entity.reference);
        let events = atlas.past.within(&entity.reference);
        render(&feed(atlas, site, &title, (&path, &page), events))
    })
}

fn feed<'a>(
    atlas: &Atlas<'a>,
    site: &str,
    title: &str,
    (path, page): (&str, &str),
    events: impl IntoIterator<Item = Dated<'a>>,
) -> FeedView {
    // Groups need not be cut to be few: what is alike is of one commit.
    let mut groups = alike(events.into_iter().take(ENTRIES * NAMED));
    groups.truncate(ENTRIES);
    let newest = groups.first().and_then(|group| group.first());
    FeedView {
        title: xml(title),
        site: xml(site),
        path: path.to_owned(),
        page: page.to_owned(),
        updated: newest.map(|dated| rfc3339(dated.commit.time)).unwrap_or_default(),
        entries: groups.iter().filter_map(|group| entry(atlas, group)).collect(),
    }
}

fn entry(atlas: &Atlas<'_>, group: &[Dated<'_>]) -> Option<Entry> {
    let first = *group.first()?;
    let line = Line::new(atlas, first);
    let field = |field: &FieldLine<'_>| Field {
        field: xml(field.field),
        from: field.from.as_ref().map(|card| xml(card.title())),
        to: field.to.as_ref().map(|card| xml(card.title())),
    };
    let (source, entity) = (&first.source.source, &first.event.entity);
    Some(Entry {
        // In one commit a source says one thing of an entity.
        id: [line.commit, source, entity].map(address::file_name).join("-"),
        titles: group
            .iter()
            .take(NAMED)
            .map(|dated| xml(history::subject(atlas, dated.event).title()))
            .collect(),
        more: group.len().saturating_sub(NAMED),
        url: line.card.url().as_ref().map_or("changes.html".into(), PagePath::to_path).into_owned(),
        updated: line.at.iso.clone(),
        source: xml(source),
        author: line.author.map(xml),
        what: line.what,
        from: line.from.as_deref().map(xml),
        changes: line.changes.iter().map(field).collect(),
        more_fields: line.more,
    })
}

/// A text without the characters that XML 1.0 has not.
pub(crate) fn xml(text: &str) -> String {
    let is_allowed = |c: &char| {
        (!c.is_control() || matches!(c, '\n' | '\t')) && !matches!(c, '\u{fffe}' | '\u{ffff}')
    };
    text.chars().filter(is_allowed).collect()
}
