//! The pages of documentation: one for each Markdown file of a set, the list of all sets, and the section of an
//! entity's page that links to its documentation.
//!
//! Documentation is loaded before the build, except images: each is read when it is written, so that never all of
//! them are in memory.

mod list;
mod page;
mod section;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use crate::{
    base::fs::Sink,
    catalog::docs::images,
    site::{error::Error, input::Input, model::Model, output::PageWriter},
};
pub(crate) use section::Section;

/// Writes the list, the pages and the images of all sets; nothing without documentation.
pub(crate) fn write<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
) -> Result<(), Error> {
    let Some(documentation) = input.docs.filter(|found| !found.docs.is_empty()) else {
        return Ok(());
    };
    writer.render("docs.html", "pages/docs.html", &list::ListView::new(model))?;
    model.library.doc_sites.par_iter().try_for_each(|doc_site| {
        (0..doc_site.set.pages.len()).into_par_iter().try_for_each(|number| {
            let view = page::PageView::new(input, model, doc_site, number);
            writer.render(&doc_site.addresses[number], "pages/doc.html", &view)
        })?;
        doc_site.set.images.keys().try_for_each(|image| {
            match documentation.files.bytes(&doc_site.set.file(image))? {
                Some(bytes) => match images::shown(image, &bytes) {
                    Ok(shown) => writer.write(doc_site.image(image), &shown),
                    // The image was valid when the documentation was loaded, and has changed since.
                    Err(_) => Ok(()),
                },
                None => Ok(()),
            }
        })
    })
}
