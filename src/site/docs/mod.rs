//! Documentation: the pages of each set, the list of all, and the part of an entity's page.
//!
//! Sets come loaded; images are read when they are written, so that never all of them are held.

mod library;
mod list;
mod page;
mod section;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use super::{Error, Input, Pages, atlas::Atlas};
use crate::{
    base::{files::Files, fs::Sink},
    catalog::docs::Docs,
};
pub(super) use library::Library;
pub(super) use section::Section;

/// The documentation of a portal, and where its images are read.
#[derive(Clone, Copy)]
pub struct Documentation<'a> {
    /// All sets.
    pub docs: &'a Docs,
    /// The portal's files.
    pub files: &'a dyn Files,
}

impl std::fmt::Debug for Documentation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documentation").field("docs", self.docs).finish_non_exhaustive()
    }
}

/// Writes the list, the pages and the images of all sets; nothing without documentation.
pub(super) fn write<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    atlas: &Atlas<'_>,
) -> Result<(), Error> {
    let library = Library::new(input);
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
                Some(bytes) => pages.write(shelf.image(image), &bytes),
                None => Ok(()),
            }
        })
    })
}

/// The pages of documentation for search: title, address and plain text, sorted by address within
/// each set.
#[expect(dead_code, reason = "search indexes pages of documentation next")]
pub(super) fn documents<'a>(
    library: &'a Library<'a>,
) -> impl Iterator<Item = (&'a str, &'a str, String)> {
    library.shelves.iter().flat_map(|shelf| {
        shelf.set.pages.iter().zip(&shelf.addresses).map(|(page, address)| {
            let words = super::markdown::words(&page.text, WORDS);
            (page.title.as_str(), address.as_str(), words)
        })
    })
}

/// How much of a page is searched, in bytes.
const WORDS: usize = 64 << 10;
