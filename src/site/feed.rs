//! Atom feeds of what changed: of everything, of each team, of each system (RFC 4287).
//!
//! A feed needs the site's own address, because an entry's identity is an address that stays. Without
//! `site.url` there are none.

use std::fmt::Write;

use super::{
    Error, address,
    atlas::Atlas,
    input::Input,
    output::Pages,
    past::{Dated, Line},
    theme::escaped,
};
use crate::{
    base::{clock::rfc3339, fs::Sink},
    catalog::Entity,
};

/// Entries of a feed.
const ENTRIES: usize = 50;

/// Where the feed of everything is, if there is one.
pub(super) fn address_of_all(input: &Input<'_>, atlas: &Atlas<'_>) -> Option<String> {
    (input.settings.url.is_some() && !atlas.past.events.is_empty()).then(|| "changes.xml".into())
}

/// Where the feed of what a team or a system has is, if there is one.
pub(super) fn address_of(input: &Input<'_>, atlas: &Atlas<'_>, entity: &Entity) -> Option<String> {
    input.settings.url.as_ref()?;
    if !matches!(entity.reference.kind(), "group" | "system") {
        return None;
    }
    let page = address::entity_page(&entity.reference);
    (!events(atlas, entity).is_empty()).then(|| page.replace(".html", ".changes.xml"))
}

/// What happened to a team or system and to what belongs to it.
pub(super) fn events<'a>(atlas: &Atlas<'a>, entity: &Entity) -> Vec<Dated<'a>> {
    let verb = if entity.reference.kind() == "group" { "ownerOf" } else { "hasPart" };
    let own = std::iter::once(&entity.reference);
    atlas.past.of_all(own.chain(entity.related(verb)), ENTRIES)
}

/// Writes all feeds.
pub(super) fn write<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    atlas: &Atlas<'_>,
) -> Result<(), Error> {
    let Some(site) = input.settings.url.as_deref() else { return Ok(()) };
    if let Some(path) = address_of_all(input, atlas) {
        let events: Vec<_> = atlas.past.events.iter().take(ENTRIES).copied().collect();
        let text = feed(atlas, site, &input.settings.title, &path, "changes.html", &events);
        pages.write(path, text.as_bytes())?;
    }
    for kind in ["group", "system"] {
        for entity in atlas.kind(kind).map_or(&[][..], |kind| &kind.entities) {
            if let Some(path) = address_of(input, atlas, entity) {
                let title = format!("{} · {}", entity.title(), input.settings.title);
                let page = address::entity_page(&entity.reference);
                let text = feed(atlas, site, &title, &path, &page, &events(atlas, entity));
                pages.write(path, text.as_bytes())?;
            }
        }
    }
    Ok(())
}

fn feed(
    atlas: &Atlas<'_>,
    site: &str,
    title: &str,
    path: &str,
    page: &str,
    events: &[Dated<'_>],
) -> String {
    let updated = events.first().map(|dated| rfc3339(dated.commit.time)).unwrap_or_default();
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\">\n\
         <title>{}</title>\n<id>{site}{path}</id>\n<updated>{updated}</updated>\n\
         <author><name>Callboard</name></author>\n\
         <link rel=\"self\" type=\"application/atom+xml\" href=\"{site}{path}\"/>\n\
         <link rel=\"alternate\" type=\"text/html\" href=\"{site}{page}\"/>\n",
        xml_text(title)
    );
    for dated in events {
        entry(&mut xml, atlas, site, *dated);
    }
    xml + "</feed>\n"
}

fn entry(xml: &mut String, atlas: &Atlas<'_>, site: &str, dated: Dated<'_>) {
    let line = Line::new(atlas, dated);
    let page = line.card.url.as_deref().unwrap_or("changes.html");
    let mut what = line.from.as_ref().map_or(String::new(), |from| format!("{from}\n"));
    for change in &line.changes {
        let side = |card: &Option<super::frame::Card<'_>>| {
            card.as_ref().map_or_else(|| "–".to_owned(), |card| card.title.to_string())
        };
        let _ = writeln!(what, "{}: {} → {}", change.field, side(&change.from), side(&change.to));
    }
    let reference = &dated.event.entity;
    let _ = write!(
        xml,
        "<entry>\n<title>{} {}</title>\n<id>{site}changes.html#{}-{}</id>\n\
         <updated>{}</updated>\n<link rel=\"alternate\" type=\"text/html\" href=\"{site}{page}\"/>\n\
         <content type=\"text\">{}</content>\n</entry>\n",
        xml_text(&line.card.title),
        line.what,
        line.commit,
        address::file_name(reference),
        line.at.iso,
        xml_text(&what),
    );
}

/// A text that XML 1.0 can hold, escaped.
pub(super) fn xml_text(text: &str) -> String {
    let is_allowed = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    escaped(&text.chars().filter(is_allowed).collect::<String>())
}
