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
    catalog::docs::images,
    site::{error::Error, input::Input, model::Model, output::Pages},
};
pub(crate) use section::Section;

/// Writes the list, the pages and the images of all sets; nothing without documentation.
pub(crate) fn write<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
) -> Result<(), Error> {
    let Some(documentation) = input.docs.filter(|found| !found.docs.is_empty()) else {
        return Ok(());
    };
    pages.render("docs.html", "pages/docs.html", &list::ListView::new(model))?;
    model.library.shelves.par_iter().try_for_each(|shelf| {
        (0..shelf.set.pages.len()).into_par_iter().try_for_each(|number| {
            let view = page::PageView::new(input, model, shelf, number);
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
