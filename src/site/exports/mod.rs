//! The site for machines: each entity as JSON and as Markdown beside its page, the list of all, and
//! the files by which crawlers, agents and browsers find their way.
//!
//! Written straight from the model, without templates: there are as many of these as pages. Addresses
//! inside them are relative to the site's root, except where a format wants whole ones; those files
//! are there only when the portal knows its address.

pub(super) mod feed;
mod json;
mod listing;
mod markdown;
mod redirects;
pub(super) mod search;
mod sitemap;

use rayon::prelude::*;

use crate::{
    base::fs::Sink,
    catalog::{Entity, EntityRef},
    site::{
        error::Error,
        input::Input,
        model::Atlas,
        output::{AT_ONCE, Pages},
        rebuild::{
            digest::{Digest, Digests},
            key::key,
        },
        text::address,
        theme::messages::Messages,
    },
};

/// Writes what is made of the catalog alone. The words are those of the portal's first language.
pub(crate) fn write<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    atlas: &Atlas<'_>,
    digests: &Digests,
    words: &Messages,
) -> Result<(), Error> {
    let all = input.catalog.entities().par_iter().zip(digests.all()).with_max_len(AT_ONCE);
    let (listed, twins) = rayon::join(
        || listing::write(pages, input, atlas, digests, words),
        || {
            all.try_for_each(|(entity, &Digest { whole, related, .. })| {
                let path = |ending| twin(&entity.reference, ending);
                let unread = atlas.unread.of(entity);
                let [whole, related] = match unread.is_empty() {
                    true => [whole, related],
                    false => [key(whole, "unread", &unread)?, key(related, "unread", &unread)?],
                };
                pages.write_made(path(".json"), whole, || json::of(entity, &unread, whole))?;
                pages.write_made(path(".md"), related, || {
                    Ok(markdown::of(atlas, entity, &unread, words).into())
                })
            })
        },
    );
    listed.and(twins)?;
    sitemap::write(pages, input)
}

/// Writes what names other pages, when all of them are made.
pub(crate) fn write_last<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    atlas: &Atlas<'_>,
    words: &[Messages],
) -> Result<(), Error> {
    sitemap::write_maps(pages, input)?;
    redirects::write(pages, input, atlas, words)
}

/// Address of an entity in another form than its page.
fn twin(reference: &EntityRef, ending: &str) -> String {
    let mut path = address::entity_page(reference);
    path.truncate(path.len() - ".html".len());
    path + ending
}

/// What an entity says in a text field, where it says something.
fn spec<'e>(entity: &'e Entity, field: &str) -> Option<&'e str> {
    entity.spec_text(field).filter(|text| !text.is_empty())
}
