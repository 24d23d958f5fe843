//! Files for machines: each entity as JSON and as Markdown beside its page, lists of all entities, the search
//! index, feeds, the sitemap and redirects.
//!
//! The files of entities are written directly from the model, without templates, because there are as many of
//! them as pages. Addresses in the files are relative to the site's root. Formats that require absolute addresses
//! are written only when the portal has set its address.

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
        output::{BATCH, PageWriter},
        parts::problems::read_failures,
        rebuild::digest::{Digest, Digests},
        text::address,
        theme::messages::Messages,
    },
};

/// Writes all files for machines but the search index. `words` are the messages of each language of the portal;
/// what has no language of its own is in the first. Pages are written before, because the sitemap lists them.
pub(crate) fn write<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
    digests: &Digests,
    words: &[Messages],
) -> Result<(), Error> {
    feed::write(writer, input, model)?;
    if let Some(words) = words.first() {
        write_entities(writer, input, model, digests, words)?;
    }
    sitemap::write(writer, input)?;
    sitemap::write_maps(writer, input)?;
    redirects::write(writer, input, model, words)
}

/// Writes the JSON and the Markdown of each entity, and the lists of all.
fn write_entities<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
    digests: &Digests,
    words: &Messages,
) -> Result<(), Error> {
    let all = input.catalog.entities().par_iter().zip(digests.all()).with_max_len(BATCH);
    let (listed, twins) = rayon::join(
        || listing::write(writer, input, model, digests, words),
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
                writer.write_made(path(".json"), whole, || json::of(entity, &failures, whole))?;
                writer.write_made(path(".md"), related, || {
                    Ok(markdown::of(model, entity, &failures, words).into())
                })
            })
        },
    );
    listed.and(twins)
}

/// The path of the JSON or Markdown of an entity, beside its page.
fn twin(reference: &EntityRef, ending: &str) -> String {
    let mut path = address::entity_page(reference);
    path.truncate(path.len() - ".html".len());
    path + ending
}

/// A text field of `spec`, unless it is empty.
fn spec<'e>(entity: &'e Entity, field: &str) -> Option<&'e str> {
    entity.spec_text(field).filter(|text| !text.is_empty())
}
