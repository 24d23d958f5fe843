//! Whether every link of the site leads somewhere: read from the bytes of the pages as they are made.

use std::{
    collections::{HashMap, HashSet},
    sync::{Mutex, PoisonError},
};

use xxhash_rust::xxh3::xxh3_64;

/// Locks that threads share out among them.
const SHELVES: usize = 16;

/// A link of a page that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BrokenLink {
    /// The page.
    pub page: String,
    /// The address in it.
    pub address: String,
    /// Whether the page is there and only the anchor is not.
    pub is_anchor: bool,
}

/// What pages link to, and what there is. Addresses are kept as hashes: there are millions of them.
#[derive(Debug, Default)]
pub(super) struct Links {
    /// The first page and address of each target.
    targets: [Mutex<HashMap<Target, (String, String)>>; SHELVES],
    files: [Mutex<HashSet<u64>>; SHELVES],
    /// Anchors of pages that were read, and these pages.
    anchors: [Mutex<HashSet<u64>>; SHELVES],
    read: [Mutex<HashSet<u64>>; SHELVES],
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct Target {
    file: u64,
    anchor: Option<u64>,
}

fn shelf<T>(shelves: &[Mutex<T>; SHELVES], hash: u64) -> std::sync::MutexGuard<'_, T> {
    shelves[hash as usize % SHELVES].lock().unwrap_or_else(PoisonError::into_inner)
}

fn anchor_hash(file: u64, anchor: &str) -> u64 {
    xxh3_64(anchor.as_bytes()) ^ file.rotate_left(1)
}

impl Links {
    /// Takes note of a file of the site.
    pub(super) fn exists(&self, path: &str) {
        let hash = xxh3_64(path.as_bytes());
        shelf(&self.files, hash).insert(hash);
    }

    /// Reads the links and anchors of a page.
    pub(super) fn read(&self, page: &str, html: &[u8]) {
        let own = xxh3_64(page.as_bytes());
        shelf(&self.read, own).insert(own);
        let mut seen = HashSet::new();
        for (attribute, value) in attributes(html) {
            let Ok(value) = str::from_utf8(value) else { continue };
            if attribute == Attribute::Id {
                let hash = anchor_hash(own, &unescape(value));
                shelf(&self.anchors, hash).insert(hash);
            } else if seen.insert(value)
                && let Some(target) = target(page, own, value)
            {
                let mut targets = shelf(&self.targets, target.file);
                targets.entry(target).or_insert_with(|| (page.to_owned(), value.to_owned()));
            }
        }
    }

    /// The links that lead nowhere, sorted. An anchor of a page that was not made anew is not known,
    /// and taken to be there.
    pub(super) fn broken(&self) -> Vec<BrokenLink> {
        let mut broken = Vec::new();
        for targets in &self.targets {
            let targets = targets.lock().unwrap_or_else(PoisonError::into_inner);
            let all: std::collections::BTreeMap<_, _> =
                targets.iter().map(|(target, first)| (first, target)).collect();
            for ((page, address), target) in all {
                let is_there = shelf(&self.files, target.file).contains(&target.file);
                let has_anchor = target.anchor.is_none_or(|anchor| {
                    !shelf(&self.read, target.file).contains(&target.file)
                        || shelf(&self.anchors, anchor).contains(&anchor)
                });
                if !is_there || !has_anchor {
                    let (page, address) = (page.clone(), address.clone());
                    broken.push(BrokenLink { page, address, is_anchor: is_there });
                }
            }
        }
        broken.sort();
        broken
    }
}

/// Where a link of a page leads to inside the site; `None` when it leads out of it.
fn target(page: &str, own: u64, address: &str) -> Option<Target> {
    let address = unescape(address);
    let (path, anchor) = match address.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (&*address, None),
    };
    let path = path.split('?').next().unwrap_or_default();
    // A scheme, another host, or the root that only the page for missing addresses knows.
    if path.starts_with('/') || path.split('/').next().is_some_and(|first| first.contains(':')) {
        return None;
    }
    let file = if path.is_empty() { own } else { xxh3_64(resolve(page, path).as_bytes()) };
    let anchor = anchor.filter(|anchor| !anchor.is_empty()).filter(|_| !path.ends_with(".svg"));
    Some(Target { file, anchor: anchor.map(|anchor| anchor_hash(file, &decode(anchor))) })
}

/// The path of the site that a relative path in a page means; `..` when it is above the root.
fn resolve(page: &str, path: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            "." => {}
            ".." if parts.pop().is_none() => return "..".to_owned(),
            ".." => {}
            part => parts.push(part),
        }
    }
    let path = parts.join("/");
    if path.is_empty() || path.ends_with('/') { path + "index.html" } else { decode(&path) }
}

/// Replaces the character references that templates write.
fn unescape(text: &str) -> std::borrow::Cow<'_, str> {
    if !text.contains('&') {
        return text.into();
    }
    let text = text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#x27;", "'")
        .replace("&#39;", "'")
        .replace("&#x2F;", "/")
        .replace("&amp;", "&")
        .into()
}

fn decode(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    // What an address has percent-encoded, as `url` decodes it in a query.
    let plus = text.replace('+', "%2B");
    url::form_urlencoded::parse(plus.as_bytes()).next().map_or(plus.clone(), |(key, _)| key.into())
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Attribute {
    Link,
    Id,
}

/// The values of `href`, `src` and `id` in tags. In text, quotes are escaped, so that what looks like
/// an attribute is one.
fn attributes(html: &[u8]) -> impl Iterator<Item = (Attribute, &[u8])> {
    let mut rest = html;
    std::iter::from_fn(move || {
        loop {
            let at = rest.windows(2).position(|two| two == b"=\"")?;
            let (before, value) = (&rest[..at], &rest[at + 2..]);
            let end = value.iter().position(|byte| *byte == b'"')?;
            rest = &value[end + 1..];
            let attribute = match before {
                before if before.ends_with(b" href") || before.ends_with(b" src") => {
                    Attribute::Link
                }
                before if before.ends_with(b" id") => Attribute::Id,
                _ => continue,
            };
            return Some((attribute, &value[..end]));
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(pages: &[(&str, &str)]) -> Vec<String> {
        let links = Links::default();
        for (path, html) in pages {
            links.exists(path);
            links.read(path, html.as_bytes());
        }
        links
            .broken()
            .into_iter()
            .map(|b| format!("{} {} {}", b.page, b.address, b.is_anchor))
            .collect()
    }

    #[test]
    fn broken_links_and_anchors_are_found() {
        let found = broken(&[
            (
                "a.html",
                r##"<a href="b/c.html#x"><a href="b/d.html"><a href="#no"><a href="#yes"><p id="yes">"##,
            ),
            (
                "b/c.html",
                r##"<p id="x&amp;y"><a href="../a.html#yes"><a href="../../up.html"><a href="#x&amp;y">"##,
            ),
        ]);
        assert_eq!(
            found,
            [
                "a.html #no true",
                "a.html b/c.html#x true",
                "a.html b/d.html false",
                "b/c.html ../../up.html false"
            ]
        );
    }

    #[test]
    fn what_leads_out_is_not_looked_at() {
        let html =
            r#"<a href="https://x.example/y"><a href="mailto:a@b"><a href="/root"><a href="">"#;
        assert!(broken(&[("a.html", html)]).is_empty());
    }

    #[test]
    fn a_folder_is_its_index_and_an_address_is_decoded() {
        let html = r#"<a href="./"><a href="d/%C3%A9.html?q=1">"#;
        let found = broken(&[("index.html", html), ("d/é.html", "")]);
        assert!(found.is_empty(), "{found:?}");
    }
}
