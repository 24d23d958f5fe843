//! Where pages go: renders what is made of something else than last time, and records what there is.
//!
//! A page is a function of the theme, the settings and its view. The key of a file is the hash of
//! these (or of its bytes, where it is no page). What a [`Record`] has under the same key is neither
//! rendered nor written again.

mod links;
mod record;

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use serde::Serialize;
use tera::{Context, Tera};
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::Error;
use crate::base::{fs::Sink, path::RelativePath};
pub use links::BrokenLink;
use links::Links;
pub use record::{Entry, Record, RecordError};

/// One part of a site of which several machines build one each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub index: usize,
    /// Of how many parts.
    pub of: usize,
}

impl Shard {
    /// The whole site.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Whether a file belongs to this part.
    pub(super) fn has(self, path: &str) -> bool {
        self.of == 1 || xxh3_128(path.as_bytes()) as usize % self.of == self.index
    }
}

/// The site templates in one language, and where its pages lie.
pub(super) struct Language {
    pub(super) tera: Tera,
    pub(super) prefix: String,
}

/// What was written, and what a build in another process can leave as it is.
pub(super) struct Outcome {
    pub(super) record: Record,
    pub(super) pages: usize,
    pub(super) written: usize,
    pub(super) broken: Vec<BrokenLink>,
}

/// Renders pages into the sink, in every language.
pub(super) struct Pages<'s, S: ?Sized> {
    languages: Vec<Language>,
    sink: &'s S,
    previous: &'s Record,
    shard: Shard,
    /// Hash of all that every page is made of.
    base: u128,
    links: Links,
    files: Mutex<Vec<(String, Entry)>>,
    pages: AtomicUsize,
    written: AtomicUsize,
    bytes: AtomicU64,
    /// Hash of all files of the whole site, those of other shards included.
    whole: [AtomicU64; 2],
}

impl<'s, S: Sink + ?Sized> Pages<'s, S> {
    /// `base` is the hash of what every page is made of: program, theme and settings.
    pub(super) fn new(
        languages: Vec<Language>,
        sink: &'s S,
        previous: &'s Record,
        shard: Shard,
        base: u128,
    ) -> Self {
        Self {
            languages,
            sink,
            previous,
            shard,
            base,
            links: Links::default(),
            files: Mutex::default(),
            pages: AtomicUsize::default(),
            written: AtomicUsize::default(),
            bytes: AtomicU64::default(),
            whole: Default::default(),
        }
    }

    /// Renders a page in every language.
    pub(super) fn render(
        &self,
        path: &str,
        template: &str,
        view: &impl Serialize,
    ) -> Result<(), Error> {
        self.render_in(&self.languages, path, template, view)
    }

    /// Renders a page in the portal's first language only.
    pub(super) fn render_once(
        &self,
        path: &str,
        template: &str,
        view: &impl Serialize,
    ) -> Result<(), Error> {
        self.render_in(&self.languages[..1], path, template, view)
    }

    fn render_in(
        &self,
        languages: &[Language],
        path: &str,
        template: &str,
        view: &impl Serialize,
    ) -> Result<(), Error> {
        let key = self.key(template, view)?;
        let mut context = None;
        for language in languages {
            let path = format!("{}{path}", language.prefix);
            self.note(&path, key);
            if !self.shard.has(&path) {
                continue;
            }
            self.pages.fetch_add(1, Ordering::Relaxed);
            if let Some(same) = self.previous.same(&path, key) {
                self.enter(path, same);
                continue;
            }
            let context = match &context {
                Some(context) => context,
                None => context.insert(Context::from_serialize(view)?),
            };
            let mut html = Vec::with_capacity(24 << 10);
            language.tera.render_to(template, context, &mut html)?;
            self.links.read(&path, &html);
            self.put(path, key, &html)?;
        }
        Ok(())
    }

    /// The hash of what a page is made of.
    fn key(&self, template: &str, view: &impl Serialize) -> Result<u128, Error> {
        let mut hash = Xxh3::new();
        hash.update(&self.base.to_le_bytes());
        hash.update(template.as_bytes());
        let mut bytes = Vec::with_capacity(8 << 10);
        serde_json::to_writer(&mut bytes, view).map_err(|e| Error::Template(e.to_string()))?;
        hash.update(&bytes);
        Ok(hash.digest128())
    }

    /// Writes a file that is no page of a template.
    pub(super) fn write(&self, path: String, bytes: &[u8]) -> Result<(), Error> {
        let key = xxh3_128(bytes);
        self.note(&path, key);
        if !self.shard.has(&path) {
            return Ok(());
        }
        match self.previous.same(&path, key) {
            Some(same) => {
                self.enter(path, same);
                Ok(())
            }
            None => self.put(path, key, bytes),
        }
    }

    /// Takes note of a file of the site, whichever shard it belongs to.
    fn note(&self, path: &str, key: u128) {
        self.links.exists(path);
        let mut hash = Xxh3::new();
        hash.update(path.as_bytes());
        hash.update(&key.to_le_bytes());
        let hash = hash.digest128();
        self.whole[0].fetch_xor(hash as u64, Ordering::Relaxed);
        self.whole[1].fetch_xor((hash >> 64) as u64, Ordering::Relaxed);
    }

    fn put(&self, path: String, key: u128, bytes: &[u8]) -> Result<(), Error> {
        let relative = RelativePath::new(path)?;
        self.sink.write(&relative, bytes)?;
        self.written.fetch_add(1, Ordering::Relaxed);
        let entry = Entry { key, content: xxh3_128(bytes), bytes: bytes.len() as u64 };
        self.enter(relative.into(), entry);
        Ok(())
    }

    fn enter(&self, path: String, entry: Entry) {
        self.bytes.fetch_add(entry.bytes, Ordering::Relaxed);
        self.files.lock().unwrap_or_else(PoisonError::into_inner).push((path, entry));
    }

    /// How many bytes the files have until now.
    pub(super) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Ends the build: what there is now.
    pub(super) fn finish(self) -> Outcome {
        let files = self.files.into_inner().unwrap_or_else(PoisonError::into_inner);
        let [low, high] = self.whole.map(AtomicU64::into_inner);
        let whole = u128::from(high) << 64 | u128::from(low);
        Outcome {
            broken: self.links.broken(),
            record: Record::new(whole, self.shard, files),
            pages: self.pages.into_inner(),
            written: self.written.into_inner(),
        }
    }
}
