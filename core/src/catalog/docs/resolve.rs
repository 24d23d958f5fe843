//! Resolves links of pages: to a page of the same set, an image, or a file outside the set.

use super::{
    DocSet,
    images::is_image,
    layout::FIRST,
    paths::{decoded, folder_of, join, resolve},
};

/// The target of a link.
#[derive(Debug, PartialEq, Eq)]
pub enum Target<'d> {
    /// A page of the set, and an anchor of it.
    Page(usize, Option<&'d str>),
    /// A page of the set that has no such anchor.
    Anchor(usize),
    /// An image of the set.
    Image(&'d str),
    /// A file that is not part of the documentation. The path is relative to the set and may lead out
    /// of it.
    Beside(String),
    /// A file of the documentation that does not exist.
    Missing(String),
    /// An address that is not relative.
    Elsewhere,
}

impl DocSet {
    /// Resolves an address on a page.
    pub fn resolve(&self, page: usize, address: &str) -> Target<'_> {
        let address = address.trim();
        let has_scheme =
            address.split(['/', '?', '#']).next().is_some_and(|part| part.contains(':'));
        if has_scheme || address.starts_with("//") {
            return Target::Elsewhere;
        }
        let (path, anchor) = match address.split_once('#') {
            Some((path, anchor)) => (path, Some(decoded(anchor))),
            None => (address, None),
        };
        let path = decoded(path.split('?').next().unwrap_or_default());
        if path.is_empty() {
            return self.page_target(page, anchor.as_deref());
        }
        let here = folder_of(&self.pages[page].path);
        // From the top of the pages, or of the set.
        let tops = [self.folder.as_str(), ""];
        let starts = if path.starts_with('/') { &tops[..] } else { &[here][..] };
        let mut last = None;
        for start in starts {
            let Some(wanted) = resolve(start, &path) else { continue };
            if let Some(found) = self.find(&wanted, anchor.as_deref()) {
                return found;
            }
            last = Some(wanted);
        }
        match last {
            Some(wanted) if self.should_have(&wanted) => Target::Missing(wanted),
            Some(wanted) => Target::Beside(wanted),
            None => Target::Beside(join(here, &path)),
        }
    }

    fn find(&self, wanted: &str, anchor: Option<&str>) -> Option<Target<'_>> {
        if let Some((image, _)) = self.images.get_key_value(wanted) {
            return Some(Target::Image(image));
        }
        let page = |path: &str| self.pages.iter().position(|page| page.path == path);
        let named = wanted.strip_suffix(".html").unwrap_or(wanted);
        let found = page(wanted)
            .or_else(|| page(&format!("{named}.md")))
            .or_else(|| FIRST.iter().find_map(|first| page(&join(wanted, first))));
        found.map(|page| self.page_target(page, anchor))
    }

    fn page_target(&self, page: usize, anchor: Option<&str>) -> Target<'_> {
        match anchor.filter(|anchor| !anchor.is_empty() && *anchor != "top") {
            None => Target::Page(page, None),
            Some(anchor) => match self.pages[page].outline.anchor(anchor) {
                Some(id) => Target::Page(page, Some(id)),
                None => Target::Anchor(page),
            },
        }
    }

    /// Whether a file would be part of the set if it existed. With a README, only images are.
    fn should_have(&self, path: &str) -> bool {
        let is_below = self.folder.is_empty() || path.starts_with(&format!("{}/", self.folder));
        let ends = path.rsplit('/').next().unwrap_or_default();
        is_image(path)
            || !self.is_readme && is_below && (path.ends_with(".md") || !ends.contains('.'))
    }
}
