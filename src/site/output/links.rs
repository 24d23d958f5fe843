//! Broken links of the site.
//!
//! Links are read from each page when it is written. Only hashes of the linked files and anchors are kept,
//! because a site can have millions of links, most of them to the same files. When one of these files or anchors
//! does not exist, the pages are read again to find those that have the link.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use rayon::prelude::*;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::html::{Attribute, scan};
use crate::base::percent::decode_lossy;

/// How many files each thread collects before it sorts them and removes duplicates.
const UNSORTED: usize = 1 << 16;
/// How many of its last links each thread compares with: few enough for the core's cache.
const REMEMBERED: usize = 1 << 13;

/// A link to a file or an anchor that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct BrokenLink {
    /// The first page that has it.
    pub page: String,
    /// The address in it.
    pub address: String,
    /// Whether the page is there and only the anchor is not.
    pub is_anchor: bool,
    /// How many pages of the same folder have it.
    pub pages: usize,
}

/// The files and anchors that pages link to.
#[derive(Debug)]
pub struct Links {
    by_thread: Vec<Mutex<ThreadLinks>>,
    /// Anchors that other pages link to, by file.
    places: Mutex<HashMap<u64, Hashes, BuildIdentityHasher>>,
    /// Whether a page links to an anchor of its own that it does not have.
    is_lost: AtomicBool,
}

/// The links that one thread has read.
#[derive(Debug)]
struct ThreadLinks {
    /// The last links: most links of a page are also on the page before it.
    last: Vec<u64>,
    /// Files that pages link to: the first `sorted` ones in order and without duplicates, then the newest. This
    /// is much faster than a set, because the files of a large site do not fit into a core's cache.
    files: Vec<u64>,
    sorted: usize,
}

/// Hashes of files, or of anchors in them.
pub(super) type Hashes = HashSet<u64, BuildIdentityHasher>;

impl Default for Links {
    fn default() -> Self {
        let links = || ThreadLinks { last: vec![0; REMEMBERED], files: Vec::new(), sorted: 0 };
        // Threads outside the pool share the first.
        let threads = 0..=rayon::current_num_threads();
        Self {
            by_thread: threads.map(|_| Mutex::new(links())).collect(),
            places: Mutex::default(),
            is_lost: AtomicBool::default(),
        }
    }
}

impl ThreadLinks {
    /// Whether a link is among the last ones. It is from now on.
    fn repeats(&mut self, link: u64) -> bool {
        std::mem::replace(&mut self.last[link as usize % REMEMBERED], link) == link
    }

    #[expect(clippy::stable_sort_primitive, reason = "it is fast on what is sorted already")]
    fn add_file(&mut self, file: u64) {
        self.files.push(file);
        if self.files.len() >= 2 * self.sorted + UNSORTED {
            self.files.sort();
            self.files.dedup();
            self.sorted = self.files.len();
        }
    }
}

impl Links {
    /// Whether a file can have links or anchors.
    pub fn concern(path: &str) -> bool {
        path.ends_with(".html") || path.ends_with(".svg")
    }

    /// Reads the links and anchors of a page. Returns the hash of its anchors.
    pub fn read(&self, path: &str, html: &[u8]) -> u64 {
        let page = Page::new(path);
        let (mut own, mut wanted) = (Vec::new(), Vec::new());
        let thread = rayon::current_thread_index().map_or(0, |at| at + 1) % self.by_thread.len();
        let mut thread_links = locked(&self.by_thread[thread]);
        scan(html, |found| match found {
            Attribute::Id(id) => own.push(anchor_hash(page.hash, &unescape(id))),
            Attribute::Address(address @ ([] | [b'#' | b'?', ..])) => {
                wanted.extend(page.target(address).and_then(|target| target.anchor));
            }
            Attribute::Address(address) => {
                if thread_links.repeats(xxh3_64_with_seed(address, page.folder)) {
                    return;
                }
                let Some(Target { file, anchor }) = page.target(address) else { return };
                if let Some(anchor) = anchor {
                    locked(&self.places).entry(file).or_default().insert(anchor);
                }
                if file != page.hash {
                    thread_links.add_file(file);
                }
            }
        });
        if wanted.iter().any(|anchor| !own.contains(anchor)) {
            self.is_lost.store(true, Ordering::Relaxed);
        }
        own.into_iter().fold(0, u64::wrapping_add)
    }

    /// The broken links, sorted. `paths` are those of all files of the site; `text` returns the bytes of a page. A
    /// page for which it returns `None` is assumed to have every anchor, and no links.
    pub fn broken(
        self,
        paths: &[&str],
        text: impl Fn(&str) -> Option<Vec<u8>> + Sync,
    ) -> Vec<BrokenLink> {
        let places = locked(&self.places);
        let there: Vec<u64> = paths.par_iter().map(|path| path_hash(path)).collect();
        let missing = paths.par_iter().zip(&there).flat_map_iter(|(path, file)| {
            let wanted = places.get(file);
            let there = wanted.and_then(|_| text(path)).map(|html| anchors(path, &html));
            let wanted = wanted.filter(|_| there.is_some()).into_iter().flatten().copied();
            wanted.filter(move |anchor| !there.iter().any(|there| there.contains(anchor)))
        });
        let places: Hashes = missing.collect::<Vec<_>>().into_iter().collect();
        let files = self.missing_files(there);
        if files.is_empty() && places.is_empty() && !self.is_lost.load(Ordering::Relaxed) {
            return Vec::new();
        }
        let pages = paths.par_iter().filter(|path| Self::concern(path));
        let broken = pages.flat_map_iter(|path| {
            let html = text(path).unwrap_or_default();
            broken_on(path, &html, &files, &places)
        });
        together(broken.collect())
    }

    /// The files that pages link to and that are not `there`.
    fn missing_files(&self, mut there: Vec<u64>) -> Hashes {
        let all = self.by_thread.iter();
        let lists = all.map(|links| std::mem::take(&mut locked(links).files));
        let mut files = lists.collect::<Vec<_>>().concat();
        rayon::join(|| there.par_sort_unstable(), || files.par_sort());
        files.dedup();
        let mut there = there.into_iter().peekable();
        let is_missing = |file: &u64| {
            while there.next_if(|other| other < file).is_some() {}
            there.peek() != Some(file)
        };
        files.into_iter().filter(is_missing).collect()
    }
}

/// The links of a page to missing files and anchors, and to missing anchors of its own.
fn broken_on(path: &str, html: &[u8], files: &Hashes, places: &Hashes) -> Vec<BrokenLink> {
    let (page, own) = (Page::new(path), anchors(path, html));
    let mut broken = BTreeMap::new();
    scan(html, |found| {
        let Attribute::Address(address) = found else { return };
        let Some(Target { file, anchor }) = page.target(address) else { return };
        let is_missing = files.contains(&file);
        let is_lost = |anchor| match file == page.hash {
            true => !own.contains(&anchor),
            false => places.contains(&anchor),
        };
        if is_missing || anchor.is_some_and(is_lost) {
            broken.insert(unescape(address), !is_missing);
        }
    });
    let link = |(address, is_anchor): (Cow<'_, str>, bool)| BrokenLink {
        page: path.to_owned(),
        address: address.into_owned(),
        is_anchor,
        pages: 1,
    };
    broken.into_iter().map(link).collect()
}

/// Joins the same link on several pages of a folder.
fn together(mut links: Vec<BrokenLink>) -> Vec<BrokenLink> {
    links.sort();
    let mut broken: Vec<BrokenLink> = Vec::new();
    let mut known: HashMap<(String, String), usize> = HashMap::new();
    for link in links {
        let folder = link.page.rsplit_once('/').map_or("", |(folder, _)| folder);
        let at = *known.entry((folder.to_owned(), link.address.clone())).or_insert(broken.len());
        match broken.get_mut(at) {
            Some(first) => first.pages += 1,
            None => broken.push(link),
        }
    }
    broken
}

/// The anchors of a page.
pub(super) fn anchors(path: &str, html: &[u8]) -> Hashes {
    let page = path_hash(path);
    let mut anchors = Hashes::default();
    scan(html, |found| {
        if let Attribute::Id(id) = found {
            anchors.insert(anchor_hash(page, &unescape(id)));
        }
    });
    anchors
}

/// A page, to which relative addresses are resolved.
struct Page<'p> {
    path: &'p str,
    hash: u64,
    /// Hash of its folder.
    folder: u64,
    /// The prefix that leads to the root.
    up: String,
}

/// Where a link leads inside the site.
#[derive(Debug, Clone, Copy)]
struct Target {
    file: u64,
    anchor: Option<u64>,
}

impl<'p> Page<'p> {
    fn new(path: &'p str) -> Self {
        let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
        let up = "../".repeat(path.matches('/').count());
        Self { path, hash: path_hash(path), folder: path_hash(folder), up }
    }

    /// The target of an address. `None` when it is outside the site: with a scheme, on another host, or below
    /// the host's root, as on the page for missing addresses.
    fn target(&self, address: &[u8]) -> Option<Target> {
        let address = unescape(address);
        let (path, anchor) = match address.split_once('#') {
            Some((path, anchor)) => (path, Some(anchor)),
            None => (&*address, None),
        };
        let path = path.split('?').next().unwrap_or_default();
        if path.starts_with('/') || path.split('/').next().is_some_and(|first| first.contains(':'))
        {
            return None;
        }
        let file = match path {
            "" => self.hash,
            path => path_hash(&self.resolve(path)),
        };
        let anchor = anchor.filter(|anchor| !anchor.is_empty());
        Some(Target { file, anchor: anchor.map(|anchor| anchor_hash(file, &decode_lossy(anchor))) })
    }

    /// The path of the site that a relative path means; `..` when it is above the root.
    fn resolve<'a>(&self, path: &'a str) -> Cow<'a, str> {
        // Nearly all addresses begin at the root and have nothing to resolve.
        let is_plain = |path: &&str| {
            let is_moved = path.starts_with('.') || path.contains("/.") || path.ends_with('/');
            !is_moved && !path.is_empty() && !path.contains('%')
        };
        if let Some(path) = path.strip_prefix(&*self.up).filter(is_plain) {
            return path.into();
        }
        let mut parts: Vec<&str> = self.path.split('/').collect();
        parts.pop();
        for part in path.split('/') {
            match part {
                ".." if parts.pop().is_none() => return "..".into(),
                "." | ".." => {}
                part => parts.push(part),
            }
        }
        let mut path = parts.join("/");
        if path.is_empty() {
            return "index.html".into();
        }
        if path.ends_with('/') {
            path.push_str("index.html");
        }
        decode_lossy(&path).into_owned().into()
    }
}

fn locked<T>(lock: &Mutex<T>) -> MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(PoisonError::into_inner)
}

fn path_hash(path: &str) -> u64 {
    xxh3_64(path.as_bytes())
}

fn anchor_hash(file: u64, anchor: &str) -> u64 {
    xxh3_64_with_seed(anchor.as_bytes(), file)
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

/// The hasher of sets of hashes.
pub(super) type BuildIdentityHasher = BuildHasherDefault<IdentityHasher>;

/// Returns a hash unchanged.
#[derive(Debug, Default)]
pub(super) struct IdentityHasher(u64);

impl Hasher for IdentityHasher {
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
        let paths: Vec<_> = pages.iter().map(|(path, _)| *path).collect();
        let found = links.broken(&paths, text);
        found
            .into_iter()
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
        assert_eq!(
            found,
            [
                "a.html #no true 1",
                "a.html b/c.html#x true 1",
                "a.html b/d.html false 2",
                "b/c.html ../../up.html false 1",
                "e.html #yes true 1",
            ]
        );
    }

    #[test]
    fn links_out_of_the_site_are_not_checked() {
        let html =
            r#"<a href="https://x.example/y"><a href="mailto:a@b"><a href="/root"><a href="">"#;
        assert!(broken(&[("a.html", html)]).is_empty());
    }

    #[test]
    fn the_address_of_a_folder_is_its_index_page_and_percent_codes_are_decoded() {
        let html = r#"<a href="./"><a href="d/%C3%A9.html?q=1"><a href="d/100%.html">"#;
        let found = broken(&[("index.html", html), ("d/é.html", ""), ("d/100%.html", "")]);
        assert!(found.is_empty(), "{found:?}");
    }
}
