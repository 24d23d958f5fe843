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
        model::{Model, events::DatedEvent},
        output::Pages,
        parts::{
            grouped_changes::group_alike,
            history::{FieldLine, Line, feed_of, feed_of_all, subject},
        },
        text::{
            address::{self, PagePath},
            escape::without_xml_controls,
        },
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

/// Writes all feeds, in the portal's own language.
pub(crate) fn write<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
) -> Result<(), Error> {
    let Some(site) = input.settings.url.as_deref() else { return Ok(()) };
    let render = |view: &FeedView| pages.render_once(&view.path, "pages/feed.xml", view);
    let title = &input.settings.title;
    if let Some(path) = feed_of_all(input, model) {
        let events = model.events.all.iter().copied();
        render(&feed(model, site, title, (&path, "changes.html"), events))?;
    }
    let kinds = ["group", "system"].into_iter().filter_map(|kind| model.kind(kind));
    let entities: Vec<&Entity> = kinds.flat_map(|kind| kind.entities.iter().copied()).collect();
    entities.par_iter().try_for_each(|entity| {
        let Some(path) = feed_of(input, model, entity) else { return Ok(()) };
        let title = format!("{} · {title}", entity.title());
        let page = address::entity_page(&entity.reference);
        let events = model.events.within(&entity.reference);
        render(&feed(model, site, &title, (&path, &page), events))
    })
}

fn feed<'a>(
    model: &Model<'a>,
    site: &str,
    title: &str,
    (path, page): (&str, &str),
    events: impl IntoIterator<Item = DatedEvent<'a>>,
) -> FeedView {
    // Groups need not be cut to be few: what is alike is of one commit.
    let mut groups = group_alike(events.into_iter().take(ENTRIES * NAMED));
    groups.truncate(ENTRIES);
    let newest = groups.first().and_then(|group| group.first());
    FeedView {
        title: without_xml_controls(title),
        site: without_xml_controls(site),
        path: path.to_owned(),
        page: page.to_owned(),
        updated: newest.map(|dated| rfc3339(dated.commit.time)).unwrap_or_default(),
        entries: groups.iter().filter_map(|group| entry(model, group)).collect(),
    }
}

fn entry(model: &Model<'_>, group: &[DatedEvent<'_>]) -> Option<Entry> {
    let first = *group.first()?;
    let line = Line::new(model, first);
    let field = |field: &FieldLine<'_>| Field {
        field: without_xml_controls(field.field),
        from: field.from.as_ref().map(|card| without_xml_controls(card.title())),
        to: field.to.as_ref().map(|card| without_xml_controls(card.title())),
    };
    let (source, entity) = (&first.source.source, &first.event.entity);
    Some(Entry {
        // In one commit a source says one thing of an entity.
        id: [line.commit, source, entity].map(address::file_name).join("-"),
        titles: group
            .iter()
            .take(NAMED)
            .map(|dated| without_xml_controls(subject(model, dated.event).title()))
            .collect(),
        more: group.len().saturating_sub(NAMED),
        url: line.card.url().as_ref().map_or("changes.html".into(), PagePath::to_path).into_owned(),
        updated: line.at.iso.clone(),
        source: without_xml_controls(source),
        author: line.author.map(without_xml_controls),
        what: line.what,
        from: line.from.as_deref().map(without_xml_controls),
        changes: line.changes.iter().map(field).collect(),
        more_fields: line.more,
    })
}
