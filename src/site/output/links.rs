//! Whether every link of the site leads somewhere.
//!
//! Links and anchors are read from the bytes of the pages as they are made, and kept as hashes: there
//! are millions of them. Pages of one folder share most of their links, so that a link is resolved once
//! for each folder. What a page said that was not made anew is read again only where it matters.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rayon::prelude::*;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::html::{Found, scan};

/// Locks that threads share out among them.
const SHELVES: usize = 64;
/// How many links each thread remembers: few enough to stay in its core's cache.
const REMEMBERED: usize = 1 << 13;

/// A link that leads nowhere.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BrokenLink {
    /// One page that has it.
    pub page: String,
    /// The address in it.
    pub address: String,
    /// Whether the page is there and only the anchor is not.
    pub is_anchor: bool,
    /// How many pages of the same folder have it.
    pub pages: usize,
}

/// What pages link to, and the places in them.
#[derive(Debug)]
pub struct Links {
    /// By the hash of folder and address.
    links: [Mutex<HashMap<u64, Link, AsIs>>; SHELVES],
    /// The links that each thread met last: most links of a page stand on the page before, too.
    last: Vec<Mutex<Vec<Met>>>,
    anchors: [Mutex<HashSet<u64, AsIs>>; SHELVES],
    /// Pages that were read.
    read: [Mutex<HashSet<u64, AsIs>>; SHELVES],
}

/// A link as all pages of one folder have it.
#[derive(Debug, Clone, Copy)]
struct Link {
    target: Target,
    on: Pages,
}

/// The pages that have a link.
#[derive(Debug, Clone, Copy, Default)]
struct Pages {
    /// The one with the least hash.
    first: u64,
    count: usize,
}

/// A link that a thread met, on pages that its record does not know of yet.
#[derive(Debug, Clone, Copy, Default)]
struct Met {
    key: u64,
    on: Pages,
}

impl Pages {
    fn add(&mut self, other: Self) {
        self.first = if self.count == 0 { other.first } else { self.first.min(other.first) };
        self.count += other.count;
    }
}

#[derive(Debug, Clone, Copy)]
struct Target {
    file: u64,
    anchor: Option<u64>,
}

/// A page's anchors, which tell whether another could have lost its target.
pub(super) type Anchors = HashSet<u64, AsIs>;

impl Default for Links {
    fn default() -> Self {
        let shelves = || std::array::from_fn(|_| Mutex::default());
        Self {
            links: std::array::from_fn(|_| Mutex::default()),
            last: (0..=rayon::current_num_threads())
                .map(|_| Mutex::new(vec![Met::default(); REMEMBERED]))
                .collect(),
            anchors: shelves(),
            read: shelves(),
        }
    }
}

impl Links {
    /// Whether a file can have links or anchors.
    pub fn concern(path: &str) -> bool {
        path.ends_with(".html") || path.ends_with(".svg")
    }

    /// Reads the links and anchors of a page. Returns the hash of its anchors.
    pub fn read(&self, page: &str, html: &[u8]) -> u64 {
        let own = path_hash(page);
        let folder = folder_hash(page);
        let (mut anchors, mut sum) = (Vec::new(), 0_u64);
        let mut seen = Anchors::default();
        // Threads that are none of the pool share one memory.
        let thread = rayon::current_thread_index().map_or(0, |at| at + 1) % self.last.len();
        let mut last = self.last[thread].lock().unwrap_or_else(PoisonError::into_inner);
        scan(html, |found| match found {
            Found::Id(id) => {
                let hash = anchor_hash(own, &unescape(id));
                anchors.push(hash);
                sum = sum.wrapping_add(hash);
            }
            Found::Link(address) => {
                if let Some(key) = key(own, folder, address).filter(|key| seen.insert(*key)) {
                    self.note(&mut last, key, own, || target(page, own, address));
                }
            }
        });
        shelf(&self.anchors, own).extend(anchors);
        shelf(&self.read, own).insert(own);
        sum
    }

    fn note(&self, last: &mut [Met], key: u64, page: u64, target: impl FnOnce() -> Option<Target>) {
        let on = Pages { first: page, count: 1 };
        let met = &mut last[key as usize % REMEMBERED];
        if met.key == key {
            return met.on.add(on);
        }
        let known = std::mem::replace(met, Met { key, on: Pages::default() });
        self.settle(known);
        let mut links = shelf(&self.links, key);
        if let Some(link) = links.get_mut(&key) {
            link.on.add(on);
        } else if let Some(target) = target() {
            links.insert(key, Link { target, on });
        }
    }

    /// Adds the pages on which a thread met a link. One that is not known leads out of the site.
    fn settle(&self, met: Met) {
        if met.on.count > 0
            && let Some(link) = shelf(&self.links, met.key).get_mut(&met.key)
        {
            link.on.add(met.on);
        }
    }

    /// Whether a page that had these anchors has lost one of them.
    pub(super) fn has_lost(&self, page: &str, before: &Anchors) -> bool {
        let now = shelf(&self.anchors, path_hash(page));
        before.iter().any(|anchor| !now.contains(anchor))
    }

    /// The files that anchors are sought in and that were not read.
    pub(super) fn unread_targets(&self) -> HashSet<u64> {
        let mut targets = HashSet::new();
        for links in &self.links {
            let links = links.lock().unwrap_or_else(PoisonError::into_inner);
            let anchored = links.values().filter(|link| link.target.anchor.is_some());
            targets.extend(anchored.map(|link| link.target.file));
        }
        targets.retain(|file| !shelf(&self.read, *file).contains(file));
        targets
    }

    /// The links that lead nowhere, sorted. `paths` are those of all files that there are; an anchor of a
    /// page that was not read is taken to be there. `text` gives a page's bytes again.
    pub fn broken<'p>(
        &self,
        paths: impl ParallelIterator<Item = &'p str>,
        text: impl Fn(&str) -> Option<Vec<u8>>,
    ) -> Vec<BrokenLink> {
        for last in &self.last {
            let mut last = last.lock().unwrap_or_else(PoisonError::into_inner);
            last.drain(..).for_each(|met| self.settle(met));
            last.resize(REMEMBERED, Met::default());
        }
        let files: HashMap<u64, &str, AsIs> =
            paths.map(|path| (path_hash(path), path)).collect::<Vec<_>>().into_iter().collect();
        let nowhere = self.links.par_iter().flat_map_iter(|links| {
            let links = links.lock().unwrap_or_else(PoisonError::into_inner);
            let nowhere = links.iter().filter(|(_, link)| self.is_broken(link.target, &files));
            nowhere.map(|(key, link)| (*key, *link)).collect::<Vec<_>>()
        });
        let mut broken: BTreeMap<&str, Vec<(u64, Link)>> = BTreeMap::new();
        for (key, link) in nowhere.collect::<Vec<_>>() {
            let page = files.get(&link.on.first).copied().unwrap_or_default();
            broken.entry(page).or_default().push((key, link));
        }
        let told = broken.into_iter().flat_map(|(page, links)| {
            let html = text(page).unwrap_or_default();
            let addresses = addresses(page, &html);
            links.into_iter().map(move |(key, link)| BrokenLink {
                page: page.to_owned(),
                address: addresses.get(&key).cloned().unwrap_or_default(),
                is_anchor: true,
                pages: link.on.count,
            })
        });
        let mut told: Vec<_> = told.collect();
        for link in &mut told {
            let target = target(&link.page, path_hash(&link.page), link.address.as_bytes());
            link.is_anchor = target.is_some_and(|target| files.contains_key(&target.file));
            link.address = unescape(link.address.as_bytes()).into_owned();
        }
        told.sort();
        told
    }

    fn is_broken(&self, Target { file, anchor }: Target, files: &HashMap<u64, &str, AsIs>) -> bool {
        let is_lost = |anchor| {
            shelf(&self.read, file).contains(&file) && !shelf(&self.anchors, file).contains(&anchor)
        };
        !files.contains_key(&file) || anchor.is_some_and(is_lost)
    }
}

/// The places that a page has.
pub(super) fn anchors(page: &str, html: &[u8]) -> Anchors {
    let own = path_hash(page);
    let mut anchors = Anchors::default();
    scan(html, |found| {
        if let Found::Id(id) = found {
            anchors.insert(anchor_hash(own, &unescape(id)));
        }
    });
    anchors
}

/// The addresses of a page by their keys.
fn addresses(page: &str, html: &[u8]) -> HashMap<u64, String> {
    let (own, folder) = (path_hash(page), folder_hash(page));
    let mut addresses = HashMap::new();
    scan(html, |found| {
        if let Found::Link(address) = found
            && let Some(key) = key(own, folder, address)
        {
            addresses.insert(key, String::from_utf8_lossy(address).into_owned());
        }
    });
    addresses
}

fn shelf<T>(shelves: &[Mutex<T>; SHELVES], hash: u64) -> MutexGuard<'_, T> {
    shelves[(hash >> 40) as usize % SHELVES].lock().unwrap_or_else(PoisonError::into_inner)
}

/// The hash that a file has in links.
pub(super) fn path_hash(path: &str) -> u64 {
    xxh3_64(path.as_bytes())
}

fn folder_hash(page: &str) -> u64 {
    path_hash(page.rsplit_once('/').map_or("", |(folder, _)| folder))
}

fn anchor_hash(file: u64, anchor: &str) -> u64 {
    xxh3_64_with_seed(anchor.as_bytes(), file)
}

/// What stands for a link of a page; the same in all pages of a folder, unless it is to the page itself.
/// `None` when it leads out of the site: to a scheme, another host, or the root that only the page for
/// missing addresses knows.
fn key(own: u64, folder: u64, address: &[u8]) -> Option<u64> {
    let path_end = address.iter().position(|b| matches!(b, b'/' | b'?' | b'#'));
    let first = &address[..path_end.unwrap_or(address.len())];
    if address.first() == Some(&b'/') || first.contains(&b':') {
        return None;
    }
    let seed = if first.is_empty() { own } else { folder };
    Some(xxh3_64_with_seed(address, seed))
}

/// Where a link of a page leads to inside the site.
fn target(page: &str, own: u64, address: &[u8]) -> Option<Target> {
    let address = unescape(address);
    let (path, anchor) = match address.split_once('#') {
        Some((path, anchor)) => (path, Some(anchor)),
        None => (&*address, None),
    };
    let path = path.split('?').next().unwrap_or_default();
    // What was hidden in references.
    if path.starts_with('/') || path.split('/').next().is_some_and(|first| first.contains(':')) {
        return None;
    }
    let file = if path.is_empty() { own } else { path_hash(&resolve(page, path)) };
    let anchor = anchor.filter(|anchor| !anchor.is_empty());
    Some(Target { file, anchor: anchor.map(|anchor| anchor_hash(file, &decode(anchor))) })
}

/// The path of the site that a relative path in a page means; `..` when it is above the root.
fn resolve(page: &str, path: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in path.split('/') {
        match part {
            ".." if parts.pop().is_none() => return "..".to_owned(),
            "." | ".." => {}
            part => parts.push(part),
        }
    }
    let mut path = parts.join("/");
    if path.is_empty() {
        return "index.html".to_owned();
    }
    if path.ends_with('/') {
        path.push_str("index.html");
    }
    decode(&path).into_owned()
}

/// Replaces the character references that templates write.
fn unescape(text: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(text);
    if !text.contains('&') {
        return text;
    }
    let references = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&#x27;", "'"),
        ("&#39;", "'"),
        ("&#x2F;", "/"),
        ("&amp;", "&"),
    ];
    references.iter().fold(text, |text, (from, to)| text.replace(from, to).into())
}

/// Replaces what an address has percent-encoded.
fn decode(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return text.into();
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let digits = after.get(..2).filter(|_| *first == b'%');
        let byte = digits.and_then(|two| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok());
        bytes.push(byte.unwrap_or(*first));
        rest = &after[if byte.is_some() { 2 } else { 0 }..];
    }
    String::from_utf8_lossy(&bytes).into_owned().into()
}

/// Hashes that are hashed already.
pub(super) type AsIs = BuildHasherDefault<TakesAsIs>;

/// Takes a hash as it is.
#[derive(Debug, Default)]
pub(super) struct TakesAsIs(u64);

impl Hasher for TakesAsIs {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        self.0 = xxh3_64_with_seed(bytes, self.0);
    }
    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn broken(pages: &[(&str, &str)]) -> Vec<String> {
        let links = Links::default();
        for (path, html) in pages {
            links.read(path, html.as_bytes());
        }
        let text = |path: &str| {
            let page = pages.iter().find(|(page, _)| *page == path)?;
            Some(page.1.as_bytes().to_vec())
        };
        let told = links.broken(pages.par_iter().map(|(path, _)| *path), text);
        told.into_iter()
            .map(|b| format!("{} {} {} {}", b.page, b.address, b.is_anchor, b.pages))
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
            ("e.html", r##"<a href="b/d.html"><a href="b/d.html"><a href="#yes"></a>"##),
        ]);
        let of_two = ["a.html", "e.html"].map(|page| format!("{page} b/d.html false 2"));
        assert!(found.contains(&of_two[0]) || found.contains(&of_two[1]), "{found:?}");
        for line in [
            "a.html #no true 1",
            "a.html b/c.html#x true 1",
            "b/c.html ../../up.html false 1",
            "e.html #yes true 1",
        ] {
            assert!(found.contains(&line.to_owned()), "{line}: {found:?}");
        }
        assert_eq!(found.len(), 5, "{found:?}");
    }

    #[test]
    fn what_leads_out_is_not_looked_at() {
        let html =
            r#"<a href="https://x.example/y"><a href="mailto:a@b"><a href="/root"><a href="">"#;
        assert!(broken(&[("a.html", html)]).is_empty());
    }

    #[test]
    fn a_folder_is_its_index_and_an_address_is_decoded() {
        let html = r#"<a href="./"><a href="d/%C3%A9.html?q=1"><a href="d/100%.html">"#;
        let found = broken(&[("index.html", html), ("d/é.html", ""), ("d/100%.html", "")]);
        assert!(found.is_empty(), "{found:?}");
    }
}
