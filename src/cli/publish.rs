//! Replaces a built site in one step, so that a reader sees the old site or the new one, never parts of both.
//!
//! There are two directories: the site, and a hidden one beside it. A build updates the hidden directory, writing
//! only files that differ, and exchanges the two; the hidden directory then has the previous site. Files that are
//! equal in both are hard links, which nobody may write into. Each directory names, in the file
//! `.callboard-build`, the record of its files. A directory without a record, or one that differs from its record,
//! is built from scratch. Records are in `.callboard/build/` of the portal, in a folder for each site; only the
//! version of the program that wrote a record uses it.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use anyhow::anyhow;
use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use crate::{
    base::{
        files::Directory,
        fs::{self, DirectorySink, FileError, Lock},
        hash,
        path::shown,
    },
    cli::Failure,
    site::{Entry, Record, Shard},
};

/// The file of a directory that names its record.
pub(super) const MARK: &str = ".callboard-build";
/// The folder for caches, below the portal.
/// The folder of the records of the portal's sites, below the portal.
pub(super) const RECORDS: &str = ".callboard/build";

/// A site, and the hidden directory beside it that becomes the next site.
pub(super) struct Publication {
    site: PathBuf,
    hidden: PathBuf,
    records: Records,
    /// The record of the site; `None` when the site cannot be reused.
    live: Option<Record>,
    /// The record of the hidden directory.
    behind: Record,
    #[expect(dead_code, reason = "nobody else may build the same site until this one is done")]
    lock: Lock,
}

impl Publication {
    /// Reads the records, and prepares the hidden directory. Waits until another build of the same site has
    /// ended.
    ///
    /// # Errors
    /// `site` is a directory that is not a site, or files cannot be read or written.
    pub(super) fn open(portal: &Path, site: &Path, is_clean: bool) -> Result<Self, Failure> {
        let name = site.file_name().ok_or_else(|| {
            Failure::Usage(anyhow!("`{}` cannot be the directory of a site", shown(site)))
        })?;
        let hidden = site.with_file_name(format!(".{}.next", name.to_string_lossy()));
        for tree in [site, &hidden] {
            if let Ok(inside) = tree.strip_prefix(portal) {
                Directory::new(portal).writable_path(inside)?;
            }
        }
        refuse_foreign(site)?;
        let records = Records::of(portal, site)?;
        // Hash the program now, while other threads read the catalog.
        program();
        let lock = Lock::take(&records.folder.with_extension("lock"), || ())?;
        let live = if is_clean { None } else { records.of_tree(site)? };
        let live = live.filter(|live| {
            let size = |path: &str| live.get(path).map(|entry| entry.bytes);
            fs::tree_matches(site, MARK, live.files().count(), size)
        });
        let behind = if let Some(live) = &live {
            prepare(site, live, &hidden, &records)?
        } else {
            fs::remove_dir_all(&hidden)?;
            Record::default()
        };
        Ok(Self { site: site.to_owned(), hidden, records, live, behind, lock })
    }

    /// The record of the last build; empty without one.
    pub(super) fn previous(&self) -> &Record {
        self.live.as_ref().unwrap_or(&self.behind)
    }

    /// The sink for files that are new or changed.
    pub(super) fn sink(&self) -> Result<DirectorySink, FileError> {
        match &self.live {
            Some(_) => DirectorySink::after(&self.site, &self.hidden),
            None => DirectorySink::new(&self.hidden),
        }
    }

    /// The hidden directory, for a build that reuses no file of the site.
    pub(super) fn hidden(&self) -> &Path {
        &self.hidden
    }

    /// Completes the hidden directory and exchanges it with the site.
    pub(super) fn publish(&self, record: &Record) -> Result<(), Failure> {
        if let Some(live) = &self.live {
            self.catch_up(live, record)?;
        }
        let bytes = record.to_bytes();
        let id = Record::id(&bytes);
        if record.shard() == Shard::WHOLE {
            fs::write_atomic(&self.records.path(&id), &bytes)?;
            fs::write_atomic(&self.hidden.join(MARK), id.as_bytes())?;
        } else {
            // `callboard merge` reads the record of a part on another machine.
            fs::write_atomic(&self.hidden.join(MARK), &bytes)?;
        }
        let before = fs::read_text(&self.site.join(MARK)).unwrap_or_default();
        self.swap()?;
        Ok(self.records.keep_only(&[&id, &before])?)
    }

    /// Links the unchanged files of the site into the hidden directory, and removes files from it that the new
    /// site does not have.
    fn catch_up(&self, live: &Record, record: &Record) -> Result<(), FileError> {
        let has = |tree: &Record, path: &str, entry: &Entry| {
            tree.get(path).is_some_and(|old| old.content == entry.content)
        };
        record.par_files().try_for_each(|(path, entry)| {
            match has(live, path, entry) && !has(&self.behind, path, entry) {
                true => fs::link(&self.site.join(path), &self.hidden.join(path)),
                false => Ok(()),
            }
        })?;
        for (path, _) in self.behind.files().filter(|(path, _)| record.get(path).is_none()) {
            let file = self.hidden.join(path);
            fs::remove_file(&file)?;
            fs::remove_empty_parents(&file, &self.hidden);
        }
        Ok(())
    }

    fn swap(&self) -> Result<(), FileError> {
        if !self.site.exists() {
            return fs::rename(&self.hidden, &self.site);
        }
        if !fs::exchange(&self.hidden, &self.site)? {
            // On systems that cannot exchange two directories, there is a moment without a site.
            let old = self.hidden.with_extension("old");
            fs::remove_dir_all(&old)?;
            fs::rename(&self.site, &old)?;
            fs::rename(&self.hidden, &self.site)?;
            fs::rename(&old, &self.hidden)?;
        }
        match self.live {
            Some(_) => Ok(()),
            None => fs::remove_dir_all(&self.hidden),
        }
    }
}

/// The records of one site and its hidden directory.
struct Records {
    folder: PathBuf,
}

impl Records {
    fn of(portal: &Path, site: &Path) -> Result<Self, FileError> {
        fs::cache_folder(portal)?;
        let name = hash::sha256_hex(one_spelling(site).as_os_str().as_encoded_bytes());
        let folder = Path::new(RECORDS).join(&name[..16]);
        Ok(Self { folder: Directory::new(portal).writable_path(folder)? })
    }

    fn path(&self, id: &str) -> PathBuf {
        self.folder.join(name(id))
    }

    /// The record of a directory; `None` without one.
    fn of_tree(&self, tree: &Path) -> Result<Option<Record>, FileError> {
        let Some(id) = fs::read_text_if_exists(&tree.join(MARK)).ok().flatten() else {
            return Ok(None);
        };
        let is_id = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
        let path = self.path(&id);
        if !is_id || !path.exists() {
            return Ok(None);
        }
        let bytes = fs::read(&path)?;
        Ok(Record::parse(&bytes).filter(|_| Record::id(&bytes) == id))
    }

    /// Removes the records of directories that do not exist any more.
    fn keep_only(&self, ids: &[&str]) -> Result<(), FileError> {
        for file in fs::walk_files(&self.folder)? {
            if !ids.iter().any(|id| file.as_str() == name(id)) {
                fs::remove_file(&file.below(&self.folder))?;
            }
        }
        Ok(())
    }
}

/// The absolute path without links and `..`, so that a site has one record and one lock however it is
/// named.
fn one_spelling(site: &Path) -> PathBuf {
    let entry = site.parent().and_then(|parent| {
        let here = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
        Some(here.canonicalize().ok()?.join(site.file_name()?))
    });
    entry.or_else(|| std::path::absolute(site).ok()).unwrap_or_else(|| site.to_owned())
}

/// The file name of a record. It contains the hash of the program, because another version may render other
/// pages from the same data.
fn name(id: &str) -> String {
    format!("{}-{id}", program())
}

/// The hash of this program, which is read in chunks because it is large.
fn program() -> &'static str {
    static PROGRAM: OnceLock<String> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let mut hash = Xxh3::new();
        // A program that cannot be read has the same hash as every other one.
        std::env::current_exe().ok().and_then(|path| fs::read_into(&path, &mut hash).ok());
        format!("{:032x}", hash.digest128())
    })
}

/// Prepares the hidden directory for a build that updates it; returns the record of its files.
fn prepare(
    site: &Path,
    live: &Record,
    hidden: &Path,
    records: &Records,
) -> Result<Record, FileError> {
    let known = records.of_tree(hidden)?;
    // Until the build ends, the hidden directory has no record, so that an interrupted build is not reused.
    fs::remove_file(&hidden.join(MARK))?;
    if let Some(record) = known {
        return Ok(record);
    }
    fs::remove_dir_all(hidden)?;
    fs::link_tree(site, hidden, &BTreeSet::new())?;
    fs::remove_file(&hidden.join(MARK))?;
    Ok(live.clone())
}

/// The record in a part of a site.
pub(super) fn shard_record(tree: &Path) -> Result<Option<Record>, FileError> {
    let mark = tree.join(MARK);
    if !mark.exists() {
        return Ok(None);
    }
    Ok(Record::parse(&fs::read(&mark)?))
}

/// Refuses to replace a directory that is neither a site nor empty.
fn refuse_foreign(site: &Path) -> Result<(), Failure> {
    let is_site = site.join("index.html").is_file() || site.join(MARK).is_file();
    let is_empty = site.read_dir().is_ok_and(|mut entries| entries.next().is_none());
    if site.exists() && !is_site && !is_empty {
        return Err(Failure::Usage(anyhow!(
            "`{}` is not empty and not a site: it would be replaced\nhint: name another with `--out`",
            shown(site)
        )));
    }
    Ok(())
}
