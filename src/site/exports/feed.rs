//! Atom feeds of changes (RFC 4287): of the whole catalog, of each team and of each system.
//!
//! A feed needs the site's own address, because the id of an entry is a permanent address: without `site.url` a
//! site has no feeds. A feed has the time of its newest entry, not that of the build, so that it stays the same
//! until something changes. Its XML and its words are in `pages/feed.xml`.

use rayon::prelude::*;
use serde::Serialize;

use crate::{
    base::{clock::rfc3339, fs::Sink},
    catalog::Entity,
    site::{
        error::Error,
        input::Input,
        model::{Model, events::DatedEvent},
        output::PageWriter,
        parts::{
            grouped_changes::group_alike,
            history::{EventLine, FieldLine, feed_of, feed_of_all, subject},
        },
        text::{
            address::{self, PagePath},
            escape::without_xml_controls,
        },
    },
};

/// How many entries a feed has at most.
const ENTRIES: usize = 50;
/// How many entities an entry names.
const NAMED: usize = 20;

/// What the template of a feed gets. No text has a character that XML does not allow.
#[derive(Debug, Serialize)]
struct FeedView {
    title: String,
    /// The site's own address, with a slash at its end.
    site: String,
    /// Addresses of the feed and of the page with the same changes, relative to the site's.
    path: String,
    page: String,
    updated: String,
    entries: Vec<FeedEntry>,
}

/// A change, of one or several entities.
#[derive(Debug, Serialize)]
struct FeedEntry {
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
    changes: Vec<FeedField>,
    more_fields: usize,
}

#[derive(Debug, Serialize)]
struct FeedField {
    field: String,
    from: Option<String>,
    to: Option<String>,
}

/// Writes all feeds, in the portal's own language.
pub(crate) fn write<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
) -> Result<(), Error> {
    let Some(site) = input.settings.url.as_deref() else { return Ok(()) };
    let render = |view: &FeedView| writer.render_once(&view.path, "pages/feed.xml", view);
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
    // Events with the same changes are of one commit, so the limit hardly ever splits a group.
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

fn entry(model: &Model<'_>, group: &[DatedEvent<'_>]) -> Option<FeedEntry> {
    let first = *group.first()?;
    let line = EventLine::new(model, first);
    let field = |field: &FieldLine<'_>| FeedField {
        field: without_xml_controls(field.field),
        from: field.from.as_ref().map(|card| without_xml_controls(card.title())),
        to: field.to.as_ref().map(|card| without_xml_controls(card.title())),
    };
    let (source, entity) = (&first.source.source, &first.event.entity);
    Some(FeedEntry {
        // A commit has one event for each source and entity.
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
