//! Checks links of documentation: reports those whose target does not exist.

use rayon::prelude::*;

use super::{DocSet, Target, outline::Reference};
use crate::base::{
    diagnostics::{Diagnostic, Place, Position},
    text::nearest,
};

/// Lists the links and images of a set whose target does not exist.
pub(super) fn broken(set: &DocSet) -> Vec<Diagnostic> {
    let pages = set.pages.par_iter().enumerate();
    pages
        .flat_map_iter(|(at, page)| {
            page.outline.references.iter().filter_map(move |found| problem(set, at, found))
        })
        .collect()
}

fn problem(set: &DocSet, page: usize, found: &Reference) -> Option<Diagnostic> {
    let Reference { address, line, is_image } = found;
    let (message, hint) = match set.resolve(page, address) {
        Target::Elsewhere | Target::Image(_) => return None,
        Target::Page(..) if !is_image => return None,
        Target::Beside(_) if set.view.is_some() && !is_image => return None,
        Target::Anchor(other) => {
            let wanted = address.rsplit('#').next().unwrap_or_default();
            let headings = &set.pages[other].outline.headings;
            let near = nearest(wanted, headings.iter().map(|heading| heading.id.as_str()));
            let message = format!("no heading of `{}` is `#{wanted}`", set.pages[other].path);
            (message, near.map(|near| format!("did you mean `#{near}`?")))
        }
        Target::Missing(path) if set.left_out.contains(&path) => return None,
        Target::Missing(path) => {
            let files = set.pages.iter().map(|page| page.path.as_str());
            let files = files.chain(set.images.keys().map(String::as_str));
            let near = nearest(&path, files).map(|near| format!("did you mean `{near}`?"));
            (format!("there is no `{path}`"), near)
        }
        Target::Beside(path) => {
            (format!("`{path}` is not part of the documentation"), Some(BESIDE.to_owned()))
        }
        Target::Page(..) => (format!("`{address}` is not an image"), None),
    };
    let position = Position { line: *line, column: 1 };
    let place = Place::at(set.file(&set.pages[page].path), Some(position));
    Some(Diagnostic::warning("broken-docs-link", place, message).hint_opt(hint))
}

const BESIDE: &str = "link to the page where people see the file";
