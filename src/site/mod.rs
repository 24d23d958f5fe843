//! Layer 2: the site. A function from loaded values to a tree of static files.
//!
//! Pages stream into a [`Sink`] from all cores and are never held together; the same input gives the
//! same bytes whatever the number of threads. This module reads no catalog, no git and no clock.
//! Reading order: [`Input`] → `atlas` (what many pages need) → `frame` and the views of pages, one
//! module each → `theme` (templates and assets) → `search`.

mod address;
mod atlas;
mod entity;
mod facts;
mod form;
mod frame;
mod graph;
mod health;
mod home;
mod input;
mod list;
mod markdown;
mod me;
mod messages;
mod person;
mod relations;
mod run;
mod search;
mod team;
mod template;
mod theme;
mod tree;

#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use rayon::prelude::*;
use serde::Serialize;
use tera::{Context, Tera};

use crate::{
    base::{
        fs::{FileError, Sink},
        path::RelativePath,
    },
    catalog::Entity,
};
use atlas::Atlas;
pub use input::{
    Claim, Freshness, Input, PersonField, Run, RunLink, RunStep, Settings, SignIn, SourceState,
    Status,
};
use messages::Messages;
use theme::Theme;

/// What was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Pages.
    pub pages: usize,
    /// All files, pages included.
    pub files: usize,
    /// Bytes of all files.
    pub bytes: u64,
    /// Entities that search finds.
    pub documents: usize,
}

/// Why a site could not be built.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file of the theme could not be read, or a file of the site not be written.
    #[error(transparent)]
    File(#[from] FileError),
    /// A site template has a mistake; the text says in which file and line.
    #[error("{0}")]
    Template(String),
    /// A file of the theme has a name that cannot be a path of the site.
    #[error(transparent)]
    Path(#[from] crate::base::path::PathError),
    /// A setting that no style sheet can hold.
    #[error("`{0}` is not a CSS colour")]
    Accent(String),
    /// The search index could not be written.
    #[error("cannot build the search index")]
    Search(#[from] crate::search::Error),
}

impl From<tera::Error> for Error {
    fn from(error: tera::Error) -> Self {
        Self::Template(error.to_string())
    }
}

/// Builds the whole site into `sink`.
///
/// # Errors
/// When the theme has a mistake or the sink fails. What was written until then is not a site:
/// write into a fresh directory and put it in place afterwards.
pub fn build<S: Sink + ?Sized>(input: &Input<'_>, sink: &S) -> Result<Report, Error> {
    if let Some(accent) = input.settings.accent.as_deref().filter(|a| !theme::is_colour(a)) {
        return Err(Error::Accent(accent.to_owned()));
    }
    let theme = Theme::load(input.theme)?;
    let atlas = Atlas::new(input.catalog, input.diagnostics);
    let words = input.settings.languages.iter().map(|language| theme.messages(language));
    let words = words.collect::<Result<Vec<_>, _>>()?;
    let pages = Pages {
        languages: languages(input, &theme, &words)?,
        sink,
        files: AtomicUsize::new(0),
        pages: AtomicUsize::new(0),
        bytes: AtomicU64::new(0),
    };
    let (documents, written) = rayon::join(
        || search::write(&pages, &atlas),
        || {
            write_assets(&pages, &theme, &words, input)?;
            write_single_pages(&pages, input, &atlas)?;
            write_lists(&pages, &atlas)?;
            write_entities(&pages, input, &atlas)
        },
    );
    written?;
    Ok(Report {
        documents: documents?,
        pages: pages.pages.into_inner(),
        files: pages.files.into_inner(),
        bytes: pages.bytes.into_inner(),
    })
}

/// The site templates in one language, and where its pages lie.
struct Language {
    tera: Tera,
    prefix: String,
}

fn languages(input: &Input<'_>, theme: &Theme, words: &[Messages]) -> Result<Vec<Language>, Error> {
    let codes = input.settings.languages.iter();
    let language = |(at, (code, words)): (usize, (&String, &Messages))| {
        let mut tera = theme.templates(words, at == 0)?;
        tera.global_context().insert("site", &frame::Site::new(input, code));
        Ok(Language { tera, prefix: frame::language_prefix(at, code) })
    };
    codes.zip(words).enumerate().map(language).collect()
}

/// Renders pages into the sink, in every language, and counts what went there.
struct Pages<'s, S: ?Sized> {
    languages: Vec<Language>,
    sink: &'s S,
    pages: AtomicUsize,
    files: AtomicUsize,
    bytes: AtomicU64,
}

impl<S: Sink + ?Sized> Pages<'_, S> {
    fn render(&self, path: &str, template: &str, view: &impl Serialize) -> Result<(), Error> {
        let context = Context::from_serialize(view)?;
        for language in &self.languages {
            self.render_in(language, path, template, &context)?;
        }
        Ok(())
    }

    fn render_in(
        &self,
        language: &Language,
        path: &str,
        template: &str,
        context: &Context,
    ) -> Result<(), Error> {
        let mut html = Vec::with_capacity(16 << 10);
        language.tera.render_to(template, context, &mut html)?;
        self.pages.fetch_add(1, Ordering::Relaxed);
        self.write(format!("{}{path}", language.prefix), &html)
    }

    fn write(&self, path: String, bytes: &[u8]) -> Result<(), Error> {
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(self.sink.write(&relative(path)?, bytes)?)
    }
}

fn relative(path: String) -> Result<RelativePath, Error> {
    Ok(RelativePath::new(path)?)
}

fn write_assets<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    theme: &Theme,
    words: &[Messages],
    input: &Input<'_>,
) -> Result<(), Error> {
    let css = theme.style_sheet(input.settings.accent.as_deref());
    pages.write("assets/site.css".into(), &css)?;
    let policy = me::policy(input.settings);
    for (path, bytes) in theme.assets()? {
        // What a host wants at the root: `_headers`, for those that read it.
        let path = path.as_str();
        let path = path.strip_prefix("assets/root/").unwrap_or(path);
        match path {
            "assets/words.js" => pages.write(path.to_owned(), &messages::script(bytes, words))?,
            "_headers" => {
                let text = String::from_utf8_lossy(bytes).replace("{policy}", &policy);
                pages.write(path.to_owned(), text.as_bytes())?;
            }
            _ => pages.write(path.to_owned(), bytes)?,
        }
    }
    pages.write("assets/state.json".into(), &frame::State::new(input).to_json())
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
    pages.render("health.html", "pages/health.html", &health::HealthView::new(input, atlas))?;
    pages.render("about.html", "pages/about.html", &home::AboutView::new(input))?;
    let mut missing = plain("404.html", "Not found", "");
    missing.page.root.clone_from(&input.settings.base_path);
    // Served under any missing address, in the language of the portal.
    let missing = Context::from_serialize(&missing)?;
    for language in pages.languages.iter().take(1) {
        pages.render_in(language, "404.html", "pages/404.html", &missing)?;
    }
    input.runs.par_iter().try_for_each(|run| {
        let path = address::run_page(&run.id);
        pages.render(&path, "pages/run.html", &run::RunView::new(atlas, run))
    })
}

fn write_lists<S: Sink + ?Sized>(pages: &Pages<'_, S>, atlas: &Atlas<'_>) -> Result<(), Error> {
    let lists: Vec<_> = atlas.kinds.iter().flat_map(list::List::all).collect();
    lists.par_iter().try_for_each(|list| {
        (1..=list.pages()).into_par_iter().try_for_each(|number| {
            let (path, view) = list.page(atlas, number);
            pages.render(&path, "pages/list.html", &view)
        })
    })
}

fn write_entities<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    atlas: &Atlas<'_>,
) -> Result<(), Error> {
    input.catalog.entities().par_iter().try_for_each(|entity: &Entity| {
        let path = address::entity_page(&entity.reference);
        match entity.reference.kind() {
            "group" => {
                let view = team::TeamView::new(input, atlas, entity);
                pages.render(&path, "pages/team.html", &view)
            }
            "user" => {
                let view = person::PersonView::new(input, atlas, entity);
                pages.render(&path, "pages/person.html", &view)
            }
            "template" => {
                let view = template::TemplateView::new(input, atlas, entity);
                pages.render(&path, "pages/template.html", &view)
            }
            _ => {
                let view = entity::EntityView::new(input, atlas, entity, &[]);
                pages.render(&path, "pages/entity.html", &view)
            }
        }
    })
}
