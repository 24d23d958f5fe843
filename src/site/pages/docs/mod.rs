//! Documentation: the pages of each set, the list of all, and the part of an entity's page.
//!
//! Sets come loaded; images are read when they are written, so that never all of them are held.

mod list;
mod page;
mod section;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use crate::{
    base::fs::Sink,
    catalog::{EntityRef, docs::images},
    site::{
        error::Error,
        input::Input,
        model::{Atlas, library::Library},
        output::Pages,
        text::markdown,
    },
};
pub(crate) use section::Section;

/// Writes the list, the pages and the images of all sets; nothing without documentation.
pub(crate) fn write<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    atlas: &Atlas<'_>,
) -> Result<(), Error> {
    let library = Library::new(input.docs);
    let Some(documentation) = input.docs.filter(|found| !found.docs.is_empty()) else {
        return Ok(());
    };
    pages.render("docs.html", "pages/docs.html", &list::ListView::new(atlas, &library))?;
    library.shelves.par_iter().try_for_each(|shelf| {
        (0..shelf.set.pages.len()).into_par_iter().try_for_each(|number| {
            let view = page::PageView::new(input, atlas, shelf, number);
            pages.render(&shelf.addresses[number], "pages/doc.html", &view)
        })?;
        shelf.set.images.keys().try_for_each(|image| {
            match documentation.files.bytes(&shelf.set.file(image))? {
                Some(bytes) => match images::shown(image, &bytes) {
                    Ok(shown) => pages.write(shelf.image(image), &shown),
                    // It was sound when the documentation was loaded, and has changed since.
                    Err(_) => Ok(()),
                },
                None => Ok(()),
            }
        })
    })
}

/// A page of documentation for search.
#[derive(Debug)]
pub(crate) struct Found<'a> {
    pub(crate) entity: &'a EntityRef,
    pub(crate) title: &'a str,
    pub(crate) address: &'a str,
    /// How it begins.
    pub(crate) beginning: String,
    /// Its plain text.
    pub(crate) words: String,
}

/// The pages of documentation for search, sorted by entity.
pub(crate) fn documents<'a>(library: &'a Library<'a>) -> impl Iterator<Item = Found<'a>> {
    library.shelves.iter().flat_map(|shelf| {
        shelf.set.pages.iter().zip(&shelf.addresses).map(|(page, address)| Found {
            entity: &shelf.set.entity,
            title: &page.title,
            address,
            beginning: markdown::beginning(&page.text, BEGINNING)
                .into_iter()
                .next()
                .unwrap_or_default(),
            words: markdown::words(&page.text, WORDS),
        })
    })
}

/// How much of the beginning of a page a result shows, in characters.
const BEGINNING: usize = 160;
/// How much of a page is searched, in bytes.
const WORDS: usize = 64 << 10;
