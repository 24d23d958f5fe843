//! Layer 2: the site. A function from loaded values to a tree of static files.
//!
//! Pages stream into a [`Sink`] from all cores and are never held together; the same input gives the
//! same bytes whatever the number of threads. This module reads no catalog, no git and no clock.
//! Reading order: [`Input`] → `atlas` (what many pages need) → `frame` and the views of pages, one
//! module each → `theme` (templates and assets) → `search`.

mod error;
mod exports;
mod input;
mod model;
mod output;
mod pages;
mod parts;
mod rebuild;
mod text;
mod theme;

#[cfg(test)]
mod tests;

use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use crate::base::fs::Sink;
pub use error::Error;
pub use exports::search::{FOLDER as SEARCH_FOLDER, index as search_index};
use exports::{feed, search};
pub use input::{
    Claim, Documentation, FooterLink, Freshness, Image, Input, PersonField, Run, RunLink, RunStep,
    Settings, SignIn, SourceFailure, SourceState, StaleDocument, Status,
};
use model::{Atlas, read_failures};
pub use output::links::{BrokenLink, Links};
use output::{Outcome, Pages};
use pages::{changes, docs, entities, form, health, home, list, me, run, tree};
#[doc(hidden)]
pub use parts::api::definition_view;
pub use parts::deep_links::{DeepLink, DeepLinkError};
use parts::frame;
use rebuild::digest::Digests;
pub use rebuild::{
    record::{Entry, Record},
    shard::Shard,
};
use text::address;
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
    let cards = frame::Cards::new(input.catalog)?;
    let (atlas, digests) = rayon::join(
        || {
            let mut atlas = Atlas::new(input.catalog, &cards, input.diagnostics, input.history);
            atlas.health = health::Health::new(input, &atlas);
            atlas.unread = read_failures::ReadFailures::new(input.freshness);
            atlas
        },
        || Digests::new(input.catalog),
    );
    let digests = digests?;
    let words = input.settings.languages.iter().map(|language| theme.messages(language));
    let words = words.collect::<Result<Vec<_>, _>>()?;
    let assets = Assets::new(&theme, &words, input.settings);
    let languages = languages(input, &theme, &words, &assets)?;
    let pages = Pages::new(languages, sink, previous, shard, base_key(input, &theme));
    let searchable = search::Searchable::new(&pages, input, &atlas, &digests);
    let documents = searchable.count;
    let (indexed, written) = rayon::join(
        || searchable.write(&pages),
        || {
            assets.write(&pages, input)?;
            pages.write("assets/state.json".into(), &frame::State::new(input).to_json())?;
            form::write_requests(&pages, input)?;
            write_single_pages(&pages, input, &atlas)?;
            write_lists(&pages, input, &atlas, &digests)?;
            docs::write(&pages, input, &atlas)?;
            entities::write(&pages, input, &atlas, &digests)?;
            exports::write(&pages, input, &atlas, &digests, &words[0])?;
            exports::write_last(&pages, input, &atlas, &words)
        },
    );
    written.and(indexed)?;
    offline::write(&pages, input, &assets)?;
    let bytes = pages.bytes();
    let Outcome { record, pages, written, broken } = pages.finish();
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
        global.insert("site", &frame::Site::new(input, code));
        Ok(Language::new(frame::language_prefix(at, code), templates, global))
    };
    codes.zip(words).enumerate().map(language).collect()
}

fn write_single_pages<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    atlas: &Atlas<'_>,
) -> Result<(), Error> {
    let plain = |path, title, nav| home::PlainView { page: frame::Page::new(path, title, nav) };
    pages.render("index.html", "pages/home.html", &home::HomeView::new(input, atlas))?;
    pages.render("teams.html", "pages/teams.html", &tree::TreeView::new(atlas))?;
    pages.render("domains.html", "pages/domains.html", &tree::DomainsView::new(atlas))?;
    pages.render("me.html", "pages/me.html", &me::MeView::new(input, atlas))?;
    me::write(pages, input, atlas)?;
    pages.render("create.html", "pages/create.html", &home::CreateView::new(input, atlas))?;
    pages.render("runs.html", "pages/runs.html", &run::RunsView::new(input, atlas))?;
    pages.render("about.html", "pages/about.html", &home::AboutView::new(input, atlas))?;
    pages.render("search.html", "pages/search.html", &plain("search.html", "Search", "search"))?;
    changes::write(pages, input, atlas)?;
    health::write(pages, input, atlas)?;
    feed::write(pages, input, atlas)?;
    let mut missing = plain("404.html", "Not found", "");
    missing.page.root.clone_from(&input.settings.base_path);
    // Served under any missing address, in the language of the portal.
    pages.render_once("404.html", "pages/404.html", &missing)?;
    input.runs.par_iter().try_for_each(|run| {
        let path = address::run_page(&run.id);
        pages.render(&path, "pages/run.html", &run::RunView::new(atlas, run))
    })
}

fn write_lists<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    atlas: &Atlas<'_>,
    digests: &Digests,
) -> Result<(), Error> {
    atlas.kinds.iter().try_for_each(|kind| {
        let rows = list::rows(atlas, digests, kind, input.settings.languages.len())?;
        list::List::all(kind).par_iter().try_for_each(|list| {
            (1..=list.pages()).into_par_iter().try_for_each(|number| {
                let (path, view) = list.page(atlas, &rows, number);
                let part = ("rows", "parts/row.html");
                pages.render_with(&path, "pages/list.html", &view, part, &view.rows)
            })
        })
    })
}
