//! Writes the files of a site: renders the pages whose page key changed since the last build, keeps the others,
//! and records all files.
//!
//! A page is a function of the theme, the settings and its view, and its page key is the hash of these. A file
//! that is no page has the hash of its bytes as its key, or of what it is made from. A file that the [`Record`]
//! of the last build has under the same key is neither made nor written. For some pages the hash of what the view
//! is made from is known, too: when that has not changed, not even the view is made.

mod check;
mod html;
pub(super) mod links;

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicU64, AtomicUsize, Ordering},
};

use serde::Serialize;
use tera::Context;
use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use crate::{
    base::{fs::Sink, path::RelativePath},
    site::{
        error::Error,
        key::key,
        rebuild::{
            part::Part,
            record::{Entry, Record},
            shard::Shard,
        },
        text::address::root_of,
        theme::language::Language,
    },
};
use links::{BrokenLink, Links};

/// How many entities a thread handles before another thread can take over the rest of its work.
pub(crate) const BATCH: usize = 64;

/// The files of a folder.
pub(crate) struct Folder {
    /// Names and contents.
    pub(crate) files: Vec<(String, Vec<u8>)>,
    /// Names of files that the last build has with the same content.
    pub(crate) kept: Vec<String>,
}

/// The result of a build.
pub(crate) struct Outcome {
    pub(crate) record: Record,
    pub(crate) pages: usize,
    pub(crate) written: usize,
    pub(crate) broken: Vec<BrokenLink>,
}

/// Renders pages in every language, and writes them and other files into the sink.
pub(crate) struct PageWriter<'s, S: ?Sized> {
    languages: Vec<Language>,
    sink: &'s S,
    previous: &'s Record,
    shard: Shard,
    /// Hash of the program, the theme and the settings, which every page depends on.
    base: u128,
    links: Links,
    files: Mutex<Vec<(String, Entry)>>,
    /// Files of other shards.
    elsewhere: Mutex<Vec<String>>,
    pages: AtomicUsize,
    written: AtomicUsize,
    bytes: AtomicU64,
    /// Hash of all files of the whole site, those of other shards included.
    whole: [AtomicU64; 2],
}

impl<'s, S: Sink + ?Sized> PageWriter<'s, S> {
    /// `base` is the hash of what every page depends on: program, theme and settings.
    pub(crate) fn new(
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
            files: Mutex::new(Vec::with_capacity(previous.files().count())),
            elsewhere: Mutex::default(),
            pages: AtomicUsize::default(),
            written: AtomicUsize::default(),
            bytes: AtomicU64::default(),
            whole: Default::default(),
        }
    }

    /// Renders a page in every language.
    pub(crate) fn render(
        &self,
        path: &str,
        template: &str,
        view: &impl Serialize,
    ) -> Result<(), Error> {
        self.render_in(&self.languages, path, Some(root_of(path)), template, (view, 0), |_, _| {
            Ok(())
        })
    }

    /// Renders a page in every language. `inputs` is the hash of all that its view is made from, without theme
    /// and settings; when it has not changed since the last build, the page is kept and its view is not made.
    pub(crate) fn render_derived<V: Serialize>(
        &self,
        path: &str,
        template: &str,
        inputs: Option<u128>,
        view: impl FnOnce() -> V,
    ) -> Result<(), Error> {
        let inputs =
            inputs.map(|inputs| key(self.base, template, &inputs)).transpose()?.unwrap_or(0);
        if self.keep(path, inputs) {
            return Ok(());
        }
        let (languages, root) = (&self.languages, Some(root_of(path)));
        self.render_in(languages, path, root, template, (&view(), inputs), |_, _| Ok(()))
    }

    /// Keeps a page of the last build in every language, if it has these inputs. Returns whether it was kept.
    fn keep(&self, path: &str, inputs: u128) -> bool {
        let kept_entry = |language: &Language| {
            let path = format!("{}{path}", language.prefix);
            let entry =
                *self.previous.get(&path).filter(|old| inputs != 0 && old.inputs == inputs)?;
            Some((path, entry))
        };
        let Some(kept) = self.languages.iter().map(kept_entry).collect::<Option<Vec<_>>>() else {
            return false;
        };
        for (path, entry) in kept {
            if self.note(&path, entry.key) {
                self.pages.fetch_add(1, Ordering::Relaxed);
                self.enter(path, entry);
            }
        }
        true
    }

    /// Renders a page in the portal's first language only. Its view has the prefix that leads to the root.
    pub(crate) fn render_once(
        &self,
        path: &str,
        template: &str,
        view: &impl Serialize,
    ) -> Result<(), Error> {
        self.render_in(&self.languages[..1], path, None, template, (view, 0), |_, _| Ok(()))
    }

    /// Renders a page in every language, with parts that it shares with other pages of its folder. `part` is the
    /// template of each part; the template of the page gets their HTML as the variable `name`.
    pub(crate) fn render_with<T: Serialize>(
        &self,
        path: &str,
        template: &str,
        view: &impl Serialize,
        (name, part): (&'static str, &str),
        parts: &[&Part<T>],
    ) -> Result<(), Error> {
        let root = root_of(path);
        let view = (view, 0);
        self.render_in(&self.languages, path, Some(root.clone()), template, view, |at, context| {
            let language = &self.languages[at];
            let html = parts.iter().map(|each| each.html(at, language, part, &root));
            context.insert(name, &html.collect::<Result<Vec<_>, _>>()?);
            Ok(())
        })
    }

    fn render_in(
        &self,
        languages: &[Language],
        path: &str,
        root: Option<String>,
        template: &str,
        (view, inputs): (&impl Serialize, u128),
        complete: impl Fn(usize, &mut Context) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let key = self.key(template, view)?;
        let mut context = None;
        for (at, language) in languages.iter().enumerate() {
            let path = format!("{}{path}", language.prefix);
            if !self.note(&path, key) {
                continue;
            }
            self.pages.fetch_add(1, Ordering::Relaxed);
            if let Some(same) = self.previous.same(&path, key) {
                self.enter(path, Entry { inputs, ..same });
                continue;
            }
            let context = match &mut context {
                Some(context) => context,
                None => context.insert(Context::from_serialize(view)?),
            };
            complete(at, context)?;
            let html = language.render(template, root.clone(), context)?;
            self.put(path, key, inputs, &html)?;
        }
        Ok(())
    }

    /// The page key.
    fn key(&self, template: &str, view: &impl Serialize) -> Result<u128, Error> {
        key(self.base, template, view)
    }

    /// Writes a file that is no page.
    pub(crate) fn write(&self, path: String, bytes: &[u8]) -> Result<(), Error> {
        self.write_keyed(path, xxh3_128(bytes), || Ok(bytes))
    }

    /// Writes a file that is no page. `made_of` is the hash of all that it is made from, without theme and
    /// settings; when it has not changed since the last build, the file is kept and not made.
    pub(crate) fn write_made(
        &self,
        path: String,
        made_of: u128,
        make: impl FnOnce() -> Result<Vec<u8>, Error>,
    ) -> Result<(), Error> {
        self.write_keyed(path, key(self.base, "", &made_of)?, make)
    }

    fn write_keyed<B: AsRef<[u8]>>(
        &self,
        path: String,
        key: u128,
        make: impl FnOnce() -> Result<B, Error>,
    ) -> Result<(), Error> {
        if !self.note(&path, key) {
            return Ok(());
        }
        match self.previous.same(&path, key) {
            Some(same) => {
                self.enter(path, same);
                Ok(())
            }
            None => self.put(path, key, 0, make()?.as_ref()),
        }
    }

    /// Whether the last build has the files of a folder under this key, so that they need not be made.
    pub(crate) fn has_folder(&self, folder: &str, key: u128) -> bool {
        // The record of a shard has only the files of that shard.
        self.shard == Shard::WHOLE && self.previous.made_of(folder, key).next().is_some()
    }

    /// Writes the files of a folder that are all made from the same data; `key` is the hash of it. When it has
    /// not changed since the last build, the files are kept and not made. `make` can ask which file names the
    /// last build had; of files that are named by their content, it returns the names alone.
    pub(crate) fn write_folder<E: Into<Error>>(
        &self,
        folder: &str,
        key: u128,
        make: impl FnOnce(&dyn Fn(&str) -> bool) -> Result<Folder, E>,
    ) -> Result<(), Error> {
        if self.has_folder(folder, key) {
            for (path, entry) in self.previous.made_of(folder, key) {
                self.note(path, key);
                self.enter(path.to_owned(), entry);
            }
            return Ok(());
        }
        let is_whole = self.shard == Shard::WHOLE;
        let before = |name: &str| self.previous.get(&format!("{folder}/{name}")).copied();
        let made = make(&|name| is_whole && before(name).is_some()).map_err(Into::into)?;
        for (name, bytes) in made.files {
            let path = format!("{folder}/{name}");
            if self.note(&path, key) {
                self.put(path, key, 0, &bytes)?;
            }
        }
        for (entry, name) in made.kept.into_iter().filter_map(|name| Some((before(&name)?, name))) {
            let path = format!("{folder}/{name}");
            self.note(&path, key);
            self.enter(path, Entry { key, ..entry });
        }
        Ok(())
    }

    /// Adds a file to the hash of the whole site. Returns whether the file belongs to this shard.
    fn note(&self, path: &str, key: u128) -> bool {
        let mut hash = Xxh3::new();
        hash.update(path.as_bytes());
        hash.update(&key.to_le_bytes());
        let hash = hash.digest128();
        self.whole[0].fetch_xor(hash as u64, Ordering::Relaxed);
        self.whole[1].fetch_xor((hash >> 64) as u64, Ordering::Relaxed);
        let is_here = self.shard.has(path);
        if !is_here {
            let mut elsewhere = self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
            elsewhere.push(path.to_owned());
        }
        is_here
    }

    fn put(&self, path: String, key: u128, inputs: u128, bytes: &[u8]) -> Result<(), Error> {
        let relative = RelativePath::new(path)?;
        self.sink.write(&relative, bytes)?;
        self.written.fetch_add(1, Ordering::Relaxed);
        let path: String = relative.into();
        let anchors = if Links::concern(&path) { self.links.read(&path, bytes) } else { 0 };
        let content = xxh3_128(bytes);
        self.enter(path, Entry { key, inputs, content, bytes: bytes.len() as u64, anchors });
        Ok(())
    }

    fn enter(&self, path: String, entry: Entry) {
        self.bytes.fetch_add(entry.bytes, Ordering::Relaxed);
        self.files.lock().unwrap_or_else(PoisonError::into_inner).push((path, entry));
    }

    /// All files until now, those of other shards included, in no order.
    pub(crate) fn paths(&self) -> Vec<String> {
        let files = self.files.lock().unwrap_or_else(PoisonError::into_inner);
        let elsewhere = self.elsewhere.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().map(|(path, _)| path).chain(elsewhere.iter()).cloned().collect()
    }

    /// How many bytes the files have until now.
    pub(crate) fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Ends the build and checks its links.
    pub(crate) fn finish(self) -> Outcome {
        let files = self.files.into_inner().unwrap_or_else(PoisonError::into_inner);
        let [low, high] = self.whole.map(AtomicU64::into_inner);
        let whole = u128::from(high) << 64 | u128::from(low);
        let record = Record::new(whole, self.shard, files);
        let elsewhere = self.elsewhere.into_inner().unwrap_or_else(PoisonError::into_inner);
        let broken = check::broken_links(self.links, &record, &elsewhere, self.previous, self.sink);
        Outcome {
            record: record.with_broken_links(!broken.is_empty()),
            broken,
            pages: self.pages.into_inner(),
            written: self.written.into_inner(),
        }
    }
}
