//! The site for machines: each entity as JSON and as Markdown beside its page, the list of all, and
//! the files by which crawlers, agents and browsers find their way.
//!
//! Written straight from the model, without templates: there are as many of these as pages. Addresses
//! inside them are relative to the site's root, except where a format wants whole ones; those files
//! are there only when the portal knows its address.

mod feed;
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
        key::key,
        model::Model,
        output::{AT_ONCE, Pages},
        parts::problems::read_failures,
        rebuild::digest::{Digest, Digests},
        text::address,
        theme::messages::Messages,
    },
};

/// Writes all files for machines but the search index. `words` are the messages of each language of the portal;
/// what has no language of its own is in the first. Pages are written before, because the sitemap lists them.
pub(crate) fn write<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
    digests: &Digests,
    words: &[Messages],
) -> Result<(), Error> {
    feed::write(pages, input, model)?;
    if let Some(words) = words.first() {
        write_entities(pages, input, model, digests, words)?;
    }
    sitemap::write(pages, input)?;
    sitemap::write_maps(pages, input)?;
    redirects::write(pages, input, model, words)
}

/// Writes the JSON and the Markdown of each entity, and the lists of all.
fn write_entities<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
    digests: &Digests,
    words: &Messages,
) -> Result<(), Error> {
    let all = input.catalog.entities().par_iter().zip(digests.all()).with_max_len(AT_ONCE);
    let (listed, twins) = rayon::join(
        || listing::write(pages, input, model, digests, words),
        || {
            all.try_for_each(|(entity, &Digest { whole, related, .. })| {
                let path = |ending| twin(&entity.reference, ending);
                let failures = model.read_failures.of(entity);
                let [whole, related] = if failures.is_empty() {
                    [whole, related]
                } else {
                    let failures = read_failures(model, entity);
                    [key(whole, "unread", &failures)?, key(related, "unread", &failures)?]
                };
                pages.write_made(path(".json"), whole, || json::of(entity, &failures, whole))?;
                pages.write_made(path(".md"), related, || {
                    Ok(markdown::of(model, entity, &failures, words).into())
                })
            })
        },
    );
    listed.and(twins)
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
