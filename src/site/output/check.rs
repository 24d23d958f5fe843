//! The check for broken links after a build that may have kept most pages of the last one.
//!
//! Links of a page are read when the page is written. A kept page is read again only when a file or an anchor
//! that it may link to is gone, or when the last build had a broken link.

use rayon::prelude::*;

use super::links::{BrokenLink, Links, anchors};
use crate::{
    base::fs::Sink,
    site::rebuild::record::{Entry, Record},
};

/// The links of `record` that lead nowhere. `elsewhere` are the files of other shards.
pub(super) fn broken_links<S: Sink + ?Sized>(
    links: Links,
    record: &Record,
    elsewhere: &[String],
    previous: &Record,
    sink: &S,
) -> Vec<BrokenLink> {
    let is_kept = |path: &str, entry: &Entry| previous.same(path, entry.key).is_some();
    let pages = || record.par_files().filter(|(path, _)| Links::concern(path));
    let is_gone = |path: &str| record.get(path).is_none() && can_be_linked(path);
    let has_lost = |path: &str, entry: &Entry| {
        !is_kept(path, entry) && has_lost_anchor(path, entry, previous, sink)
    };
    let is_anything_lost = previous.has_broken_links()
        || previous.par_files().any(|(path, _)| is_gone(path))
        || pages().any(|(path, entry)| has_lost(path, entry));
    if is_anything_lost {
        pages().filter(|(path, entry)| is_kept(path, entry)).for_each(|(path, _)| {
            if let Some(html) = sink.before(path) {
                links.read(path, &html);
            }
        });
    }
    let paths = record.files().map(|(path, _)| path);
    let paths: Vec<&str> = paths.chain(elsewhere.iter().map(String::as_str)).collect();
    links.broken(&paths, |page| match record.get(page) {
        Some(entry) if is_kept(page, entry) => sink.before(page),
        _ => sink.written(page),
    })
}

/// Files of the search index have names that change with their content, and no page links to them.
fn can_be_linked(path: &str) -> bool {
    !path.ends_with(".bin")
}

/// Whether a page that was written again lost an anchor that it had.
fn has_lost_anchor<S: Sink + ?Sized>(
    path: &str,
    entry: &Entry,
    previous: &Record,
    sink: &S,
) -> bool {
    let may_have = previous.get(path).is_some_and(|old| old.anchors != entry.anchors);
    let of = |html: Option<Vec<u8>>| html.map(|html| anchors(path, &html));
    // When the old page cannot be read, it may have had any anchor.
    may_have
        && of(sink.before(path)).is_none_or(|before| {
            let now = of(sink.written(path)).unwrap_or_default();
            !before.is_subset(&now)
        })
}
