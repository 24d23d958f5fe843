//! Puts a site in place: a reader sees the old one or the new one, never a part of each.
//!
//! There are two trees, the site and a hidden one beside it. A build brings the hidden one up to date,
//! writing only what differs, and exchanges the two in one step; so the hidden one is then the site
//! before. Files that are the same in both are links to one file, which nobody may write into. Each
//! tree names, in a small file, the record of what is in it; a tree without one is of no use. Records
//! stand in `.callboard/build/` of the portal.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use anyhow::anyhow;

use crate::{
    base::fs::{self, DirectorySink, FileError},
    cli::Failure,
    site::{Record, Shard},
};

/// Names the record of the tree that it stands in.
pub(super) const MARK: &str = ".callboard-build";

/// A site, and the tree beside it that becomes the next one.
pub(super) struct Publication {
    site: PathBuf,
    hidden: PathBuf,
    records: PathBuf,
    /// What the site consists of.
    live: Option<Record>,
    /// What the hidden tree consists of.
    behind: Record,
}

impl Publication {
    /// Looks what there is, and prepares the hidden tree.
    ///
    /// # Errors
    /// When `site` is a directory of something else, or files cannot be read or made.
    pub(super) fn open(portal: &Path, site: &Path, is_clean: bool) -> Result<Self, Failure> {
        let name = site.file_name().ok_or_else(|| {
            Failure::Usage(anyhow!("`{}` cannot be the directory of a site", site.display()))
        })?;
        refuse_foreign(site)?;
        let records = portal.join(".callboard/build");
        let hidden = site.with_file_name(format!(".{}.next", name.to_string_lossy()));
        let live = if is_clean { None } else { record_of(site, &records)? };
        let behind = match &live {
            Some(live) => prepare(site, live, &hidden, &records)?,
            None => {
                fs::remove_dir_all(&hidden)?;
                Record::default()
            }
        };
        Ok(Self { site: site.to_owned(), hidden, records, live, behind })
    }

    /// What the site consists of until now.
    pub(super) fn previous(&self) -> &Record {
        self.live.as_ref().unwrap_or(&self.behind)
    }

    /// Where the files go that the site has not.
    pub(super) fn sink(&self) -> Result<DirectorySink, FileError> {
        match &self.live {
            Some(_) => DirectorySink::replacing(&self.hidden),
            None => DirectorySink::new(&self.hidden),
        }
    }

    /// The hidden tree, where it is known that nothing of the site is kept.
    pub(super) fn hidden(&self) -> &Path {
        &self.hidden
    }

    /// Makes the hidden tree whole and puts it in the place of the site.
    pub(super) fn publish(&self, record: &Record) -> Result<(), Failure> {
        if let Some(live) = &self.live {
            self.catch_up(live, record)?;
        }
        let (id, text) = (record.id(), record.to_text());
        if record.shard() == Shard::WHOLE {
            fs::write_atomic(&self.records.join(&id), text.as_bytes())?;
            fs::write_atomic(&self.hidden.join(MARK), id.as_bytes())?;
        } else {
            // A part is joined with others on another machine: its record goes with it.
            fs::write_atomic(&self.hidden.join(MARK), text.as_bytes())?;
        }
        self.swap()?;
        Ok(self.forget_records(&id)?)
    }

    /// Takes from the site what the hidden tree has not, and removes from it what is no more.
    fn catch_up(&self, live: &Record, record: &Record) -> Result<(), FileError> {
        for (path, entry) in record.files() {
            let is_new = live.get(path).is_none_or(|old| old.key != entry.key);
            let is_behind = self.behind.get(path).is_none_or(|old| old.content != entry.content);
            if !is_new && is_behind {
                fs::link(&self.site.join(path), &self.hidden.join(path))?;
            }
        }
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
            // Where directories cannot be exchanged there is a moment without a site.
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

    /// Removes the records of trees that are no more.
    fn forget_records(&self, id: &str) -> Result<(), FileError> {
        let before = self.live.as_ref().map(Record::id);
        for file in fs::walk_files(&self.records)? {
            if file.as_str() != id && Some(file.as_str()) != before.as_deref() {
                fs::remove_file(&file.below(&self.records))?;
            }
        }
        Ok(())
    }
}

/// Makes the hidden tree one that a build can bring up to date; what it then consists of.
fn prepare(site: &Path, live: &Record, hidden: &Path, records: &Path) -> Result<Record, FileError> {
    let known = record_of(hidden, records)?;
    // From here on the hidden tree is of no use, until it is whole again.
    fs::remove_file(&hidden.join(MARK))?;
    if let Some(record) = known {
        return Ok(record);
    }
    fs::remove_dir_all(hidden)?;
    fs::link_tree(site, hidden, &BTreeSet::new())?;
    fs::remove_file(&hidden.join(MARK))?;
    Ok(live.clone())
}

/// What a tree consists of, when it and its record are whole.
fn record_of(tree: &Path, records: &Path) -> Result<Option<Record>, FileError> {
    let Some(id) = fs::read_text_if_exists(&tree.join(MARK))? else {
        return Ok(None);
    };
    let is_id = id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit());
    let text = if is_id { fs::read_text_if_exists(&records.join(&id))? } else { None };
    let record = text.and_then(|text| Record::parse(&text).ok());
    Ok(record.filter(|record| record.id() == id))
}

/// What a part of a site consists of, as it says itself.
pub(super) fn shard_record(tree: &Path) -> Result<Option<Record>, FileError> {
    let text = fs::read_text_if_exists(&tree.join(MARK))?;
    Ok(text.and_then(|text| Record::parse(&text).ok()))
}

/// Refuses to replace a directory that is neither a site nor empty.
fn refuse_foreign(site: &Path) -> Result<(), Failure> {
    let is_site = site.join("index.html").is_file() || site.join(MARK).is_file();
    let is_empty = site.read_dir().is_ok_and(|mut entries| entries.next().is_none());
    if site.exists() && !is_site && !is_empty {
        return Err(Failure::Usage(anyhow!(
            "`{}` is not empty and not a site: it would be replaced\nhint: name another with `--out`",
            site.display()
        )));
    }
    Ok(())
}
