//! Links between the pages of a list.

use serde::Serialize;

/// A link to a page of a list; number 0 for pages that are left out.
#[derive(Debug, Serialize)]
pub(crate) struct PageLink {
    number: usize,
    /// None of the page itself, and of pages that are left out.
    url: Option<String>,
}

/// Links to the first page, the last page and the pages around the current one. Pages are counted from 1.
pub(crate) fn page_links(
    current: usize,
    last: usize,
    url: impl Fn(usize) -> String,
) -> Vec<PageLink> {
    let mut links: Vec<PageLink> = Vec::new();
    for number in 1..=last {
        if number == 1 || number == last || number.abs_diff(current) <= 2 {
            let is_current = number == current;
            links.push(PageLink { number, url: (!is_current).then(|| url(number)) });
        } else if links.last().is_some_and(|link| link.number != 0) {
            links.push(PageLink { number: 0, url: None });
        }
    }
    links
}
