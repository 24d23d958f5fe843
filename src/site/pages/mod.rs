//! The pages of a site: one module for each template in `site-templates/pages`, with the view that the template
//! gets. A view is made from the model and from parts, and holds what its page shows, nothing else.

mod changes;
mod docs;
mod entities;
mod entity;
mod form;
mod health;
mod home;
mod list;
mod me;
mod person;
mod run;
mod runs;
mod system;
mod team;
mod template;
mod tree;

#[cfg(test)]
mod entity_tests;

use rayon::prelude::*;

use crate::{
    base::fs::Sink,
    site::{
        error::Error, input::Input, model::Model, output::PageWriter, parts::frame::Page,
        rebuild::digest::Digests,
    },
};
#[cfg(test)]
pub(super) use {entities::View, entity::EntityPageContext, list::ROWS};

/// Writes all pages, and the small files that pages fetch.
pub(super) fn write<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
    digests: &Digests,
) -> Result<(), Error> {
    form::write_requests(writer, input)?;
    write_single_pages(writer, input, model)?;
    write_lists(writer, input, model, digests)?;
    docs::write(writer, input, model)?;
    entities::write(writer, input, model, digests)
}

/// Writes the pages that a site has once, and those of runs.
fn write_single_pages<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
) -> Result<(), Error> {
    let plain = |path, title, nav| home::PlainView { page: Page::new(path, title, nav) };
    writer.render("index.html", "pages/home.html", &home::HomeView::new(input, model))?;
    writer.render("teams.html", "pages/teams.html", &tree::TeamsView::new(model))?;
    writer.render("domains.html", "pages/domains.html", &tree::DomainsView::new(model))?;
    writer.render("me.html", "pages/me.html", &me::MeView::new(input, model))?;
    me::write(writer, input, model)?;
    writer.render("create.html", "pages/create.html", &home::CreateView::new(model))?;
    runs::write(writer, input, model)?;
    writer.render("about.html", "pages/about.html", &home::AboutView::new(input, model))?;
    writer.render("search.html", "pages/search.html", &plain("search.html", "Search", "search"))?;
    changes::write(writer, input, model)?;
    health::write(writer, input, model)?;
    let mut missing = plain("404.html", "Not found", "");
    missing.page.root.clone_from(&input.settings.base_path);
    // Served under any missing address, in the language of the portal.
    writer.render_once("404.html", "pages/404.html", &missing)?;
    input.runs.par_iter().try_for_each(|run| {
        let view = run::RunView::new(input, model, run);
        writer.render(view.path(), "pages/run.html", &view)
    })
}

/// Writes the lists of each kind.
fn write_lists<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
    digests: &Digests,
) -> Result<(), Error> {
    model.kinds.iter().try_for_each(|kind| {
        let rows = list::rows(model, digests, kind, input.settings.languages.len())?;
        list::List::all(kind).par_iter().try_for_each(|list| {
            (1..=list.pages()).into_par_iter().try_for_each(|number| {
                let (path, view) = list.page(model, &rows, number);
                let part = ("rows", "parts/row.html");
                writer.render_with(&path, "pages/list.html", &view, part, &view.rows)
            })
        })
    })
}
