//! Layer 2: the site. A function from loaded values to a tree of static files.
//!
//! Pages stream into a [`Sink`] from all cores and are never held together; the same input gives the same bytes
//! whatever the number of threads. This module reads no catalog, no git and no clock.
//!
//! Reading order: `input` (everything that a site is made from) → `model` (what is computed from the catalog once)
//! → `parts` (what several pages show) → `pages` (one module for each template). `exports` are the files for
//! machines and the search index; `theme` has templates and assets, `text` Markdown and addresses; `output`
//! writes the files, `rebuild` knows which of them the last build has already. `tests/suite/layers.rs` checks
//! which of these may use which.

mod error;
mod exports;
mod input;
mod key;
mod model;
mod output;
mod pages;
mod parts;
mod rebuild;
mod text;
mod theme;

#[cfg(test)]
mod tests;

use xxhash_rust::xxh3::Xxh3;

use crate::base::fs::Sink;
pub use error::Error;
use exports::search;
pub use exports::search::index as search_index;
pub use input::{
    Claim, Documentation, FooterLink, Freshness, Image, Input, PersonField, Run, RunDrift,
    RunEffect, RunLink, RunNeed, RunStep, RunText, RunWait, Settings, SignIn, SourceFailure,
    SourceState, StaleDocument, Status,
    deep_link::{DeepLink, DeepLinkError},
};
use model::{Model, ModelInput, cards::Cards};
pub use output::links::{BrokenLink, Links};
use output::{Outcome, PageWriter};
#[doc(hidden)]
pub use parts::api::definition_view;
use parts::{frame, notices::CatalogAge};
use rebuild::digest::Digests;
pub use rebuild::{
    record::{Entry, Record},
    shard::Shard,
};
pub use text::address::SEARCH_FOLDER;
use text::address::language_prefix;
pub use theme::embedded_languages;
use theme::{Theme, assets::Assets, language::Language, messages::Messages, offline};

/// What was built.
#[derive(Debug, Clone)]
pub struct Report {
    /// Pages.
    pub pages: usize,
    /// All files, pages included.
    pub files: usize,
    /// Files that are not the same as in the previous build.
    pub written: usize,
    /// Bytes of all files.
    pub bytes: u64,
    /// Entities that search finds.
    pub documents: usize,
    /// Links of the site that lead nowhere.
    pub broken: Vec<BrokenLink>,
    /// What there is now, for the next build.
    pub record: Record,
}

/// Builds a site, or one shard of it, into `sink`: those files that `previous` has not from the same.
///
/// # Errors
/// When the theme has a mistake or the sink fails. What was written until then is not a site:
/// write beside the site and put it in place afterwards.
pub fn build<S: Sink + ?Sized>(
    input: &Input<'_>,
    sink: &S,
    previous: &Record,
    shard: Shard,
) -> Result<Report, Error> {
    if let Some(accent) = input.settings.accent.as_deref().filter(|a| !theme::is_colour(a)) {
        return Err(Error::Accent(accent.to_owned()));
    }
    let theme = Theme::load(input.theme)?;
    let cards = Cards::new(input.catalog)?;
    let (model, digests) =
        rayon::join(|| Model::new(ModelInput::of(input, &cards)), || Digests::new(input.catalog));
    let digests = digests?;
    let words = input.settings.languages.iter().map(|language| theme.messages(language));
    let words = words.collect::<Result<Vec<_>, _>>()?;
    let assets = Assets::new(&theme, &words, input.settings);
    let languages = languages(input, &theme, &words, &assets)?;
    let writer = PageWriter::new(languages, sink, previous, shard, base_key(input, &theme));
    let search_input = search::SearchInput::new(&writer, &model, &digests);
    let documents = search_input.count;
    let (indexed, written) = rayon::join(
        || search_input.write(&writer),
        || {
            for (path, bytes) in assets.files(input.settings) {
                writer.write(path, &bytes)?;
            }
            writer.write("assets/state.json".into(), &CatalogAge::new(input).to_json())?;
            pages::write(&writer, input, &model, &digests)?;
            exports::write(&writer, input, &model, &digests, &words)
        },
    );
    written.and(indexed)?;
    if input.settings.offline {
        let files = offline::files(writer.paths(), &assets);
        files
            .into_iter()
            .flatten()
            .try_for_each(|(path, text)| writer.write(path.into(), text.as_bytes()))?;
    }
    let bytes = writer.bytes();
    let Outcome { record, pages, written, broken } = writer.finish();
    let files = record.files().count();
    Ok(Report { pages, files, written, bytes, documents, broken, record })
}

/// The hash of what every page is made of: the program, the theme and the settings.
fn base_key(input: &Input<'_>, theme: &Theme) -> u128 {
    let mut hash = Xxh3::new();
    hash.update(env!("CARGO_PKG_VERSION").as_bytes());
    hash.update(format!("{:?}", input.settings).as_bytes());
    hash.update(&[u8::from(input.has_docs())]);
    theme.hash(&mut hash);
    hash.digest128()
}

fn languages(
    input: &Input<'_>,
    theme: &Theme,
    words: &[Messages],
    assets: &Assets<'_>,
) -> Result<Vec<Language>, Error> {
    let codes = input.settings.languages.iter();
    let language = |(at, (code, words)): (usize, (&String, &Messages))| {
        let templates = theme.templates(words, at == 0, &assets.folder)?;
        let mut global = tera::Context::new();
        global.insert("site", &frame::SiteView::new(input, code));
        Ok(Language::new(language_prefix(at, code), templates, global))
    };
    codes.zip(words).enumerate().map(language).collect()
}
