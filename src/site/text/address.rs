//! Paths of pages, and the rules for addresses that pages may link to.
//!
//! Pages are flat files. All links between them are relative to the site's root, which a page reaches by a prefix
//! of `../`, so a site works at any base path.

use std::{borrow::Cow, fmt::Write};

use serde::{Serialize, Serializer};

use crate::{
    base::{hash::sha256_hex, percent},
    catalog::{EntityRef, kinds::kind_spec},
    site::key::lazy::{self, LazyContent},
};

/// Folder of the search index and the search engine, below the site's root.
pub const SEARCH_FOLDER: &str = "search";

/// The limit of a part of a file name that comes from a text, in bytes. Two such parts and a prefix and a suffix fit
/// into the 255 bytes of a file name.
const LONGEST: usize = 110;

/// The page of an entity: `catalog/<namespace>/<kind>/<name>.html`.
pub(crate) fn entity_page(reference: &EntityRef) -> String {
    // A large build calls this a million times, so it allocates once.
    let parts = [reference.namespace(), reference.kind(), reference.name()].map(file_name);
    let mut path = String::with_capacity(15 + parts.iter().map(|part| part.len()).sum::<usize>());
    path.push_str("catalog");
    for part in &parts {
        path.push('/');
        path.push_str(part);
    }
    path.push_str(".html");
    path
}

/// The path of a page. A view has hundreds of them, and most views only become a page key, so the path of an
/// entity's page is made only for the template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PagePath<'a> {
    Entity(&'a EntityRef),
    Path(String),
}

impl PagePath<'_> {
    pub(crate) fn to_path(&self) -> Cow<'_, str> {
        match self {
            Self::Entity(reference) => entity_page(reference).into(),
            Self::Path(path) => path.into(),
        }
    }
}

impl Serialize for PagePath<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        lazy::serialize(self, serializer)
    }
}

impl LazyContent for PagePath<'_> {
    fn serialize_key<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // No path has the form of a reference, so no two pages have the same key.
            Self::Entity(reference) => reference.serialize(serializer),
            Self::Path(path) => serializer.serialize_str(path),
        }
    }

    fn serialize_content<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_path())
    }
}

/// The plural of a kind in lower case, for paths: `components`, `apis`, `widgets`.
pub(crate) fn kind_slug(kind: &str) -> String {
    kind_spec(kind).map_or_else(
        || format!("{}s", file_name(&kind.to_lowercase())),
        |spec| spec.plural.to_lowercase(),
    )
}

/// A page of a list; `facet` is the field and value that the list is filtered by.
pub(crate) fn list_page(slug: &str, facet: Option<(&str, &str)>, page: usize) -> String {
    // Values have no dot in paths, so no value can be mistaken for the number of a page.
    match (facet, page) {
        (None, 1) => format!("catalog/{slug}.html"),
        (None, page) => format!("catalog/{slug}-{page}.html"),
        (Some((field, value)), 1) => format!("catalog/{slug}.{field}.{}.html", no_dots(value)),
        (Some((field, value)), page) => {
            format!("catalog/{slug}.{field}.{}.{page}.html", no_dots(value))
        }
    }
}

/// The page that lists the changes of a team or a system, and of what belongs to it.
pub(crate) fn changes_page(reference: &EntityRef) -> String {
    entity_page(reference).replacen("catalog/", "changes/", 1)
}

/// The Atom feed of the same changes.
pub(crate) fn changes_feed(reference: &EntityRef) -> String {
    entity_page(reference).replace(".html", ".changes.xml")
}

/// The page that lists the problems of what a team or a person owns.
pub(crate) fn health_page(reference: &EntityRef) -> String {
    entity_page(reference).replacen("catalog/", "health/", 1)
}

/// The page of a run.
pub(crate) fn run_page(id: &str) -> String {
    format!("runs/{}.html", file_name(id))
}

/// The folder of the pages of a language, with its last slash. The pages of the portal's first language
/// lie at the site's root.
pub(crate) fn language_prefix(at: usize, code: &str) -> String {
    if at == 0 { String::new() } else { format!("{code}/") }
}

/// The prefix that leads from a page to the site's root: empty, `../`, `../../`, ….
pub(crate) fn root_of(page: &str) -> String {
    "../".repeat(page.matches('/').count())
}

/// A text as one safe part of a path and of a URL. Different texts give different names; valid names of entities
/// are unchanged.
pub(crate) fn file_name(text: &str) -> Cow<'_, str> {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let is_plain = || text.bytes().all(|byte| is_safe(char::from(byte)));
    if (1..=LONGEST).contains(&text.len()) && !text.starts_with('.') && is_plain() {
        return text.into();
    }
    let name = text.chars().enumerate().fold("~".to_owned(), |mut name, (at, c)| {
        if is_safe(c) && !(at == 0 && c == '.') {
            name.push(c);
        } else {
            let _ = write!(name, "~{:x}~", u32::from(c));
        }
        name
    });
    bounded(name, text).into()
}

/// A name that is short enough for every file system; a longer one ends with a hash of its text.
fn bounded(mut name: String, text: &str) -> String {
    if name.len() > LONGEST {
        name.truncate(LONGEST - 34);
        let _ = write!(name, "~~{}", &sha256_hex(text.as_bytes())[..32]);
    }
    name
}

/// A [`file_name`] without dots that is unique on file systems that ignore case, too.
fn no_dots(text: &str) -> String {
    let escaped = text.chars().fold(String::new(), |mut name, c| {
        match c {
            'a'..='z' | '0'..='9' | '-' | '_' => name.push(c),
            ' ' => name.push('-'),
            _ => {
                let _ = write!(name, "~{:x}", u32::from(c));
            }
        }
        name
    });
    if text.contains(' ') {
        // `a b` and `a-b` must have different names.
        return bounded(format!("{escaped}~"), text);
    }
    bounded(escaped, text)
}

/// Returns an address that may be linked from a page: `http`, `https` or `mailto`, complete.
pub(crate) fn external(address: &str) -> Option<String> {
    let url = url::Url::parse(address.trim()).ok()?;
    matches!(url.scheme(), "http" | "https" | "mailto").then(|| url.to_string())
}

/// Returns the address of a page on the web; `None` for anything else.
pub(crate) fn web(address: &str) -> Option<String> {
    external(address).filter(|url| url.starts_with("https://") || url.starts_with("http://"))
}

/// Percent-encodes a text as part of a path, whose slashes stay.
pub(crate) fn path(text: &str) -> String {
    percent::encode_path(text)
}

/// Percent-encodes a text as a value of a query.
pub(crate) fn query(text: &str) -> String {
    percent::encode(text)
}

/// Returns the host of an address; empty when it has none.
pub(crate) fn host(address: &str) -> String {
    url::Url::parse(address)
        .ok()
        .and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_entity_pages_are_references_in_lower_case() {
        let reference = EntityRef::new("API", "Prod", "PetStore_v1.2");
        assert_eq!(entity_page(&reference), "catalog/prod/api/petstore_v1.2.html");
        assert_eq!(root_of("catalog/prod/api/x.html"), "../../../");
        assert_eq!(kind_slug("API"), "apis");
        assert_eq!(kind_slug("Robot"), "robots");
    }

    #[test]
    fn hostile_names_become_distinct_file_names_without_separators() {
        let (long, longer) = ("x".repeat(300), "x".repeat(301));
        let names = ["..", ".", "", "a/b", "a~2f~b", "a b", "é", "~2f~", &long, &longer];
        let files: std::collections::BTreeSet<_> = names.iter().map(|n| file_name(n)).collect();
        assert_eq!(files.len(), names.len());
        for file in files {
            assert!(!file.contains('/') && !file.starts_with('.'), "{file}");
            assert!(file.len() <= LONGEST, "{file}");
        }
    }

    #[test]
    fn a_value_is_never_a_page_number() {
        let pages = [
            list_page("components", Some(("type", "service")), 2),
            list_page("components", Some(("type", "service.2")), 1),
            list_page("components", Some(("type", "Service")), 1),
            list_page("components", Some(("type", "service")), 1),
            list_page("components", Some(("type", "a b")), 1),
            list_page("components", Some(("type", "a-b")), 1),
        ];
        let distinct: std::collections::BTreeSet<_> = pages.iter().collect();
        assert_eq!(distinct.len(), pages.len(), "{pages:?}");
    }

    #[test]
    fn only_addresses_of_the_web_and_mail_are_linked() {
        for bad in ["javascript:alert(1)", "JaVaScRiPt:alert(1)", " data:text/html,x", "/x", ""] {
            assert_eq!(external(bad), None, "{bad}");
        }
        assert_eq!(external("https://a.example/x"), Some("https://a.example/x".into()));
        assert_eq!(external("mailto:a@b.example").as_deref(), Some("mailto:a@b.example"));
    }
}
