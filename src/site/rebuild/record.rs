//! The record of a site: its files, with hashes of their content and of what they are made from. It is stored
//! beside the site, never in it.

use ahash::RandomState;
use indexmap::IndexMap;
use rayon::prelude::*;
use xxhash_rust::xxh3::xxh3_128;

use super::shard::Shard;

/// The first bytes of a record; the number changes with the format.
const FORMAT: &[u8; 16] = b"callboard site 3";
/// Bytes of an entry without its path.
const ENTRY: usize = 16 + 16 + 16 + 8 + 8 + 4;

/// A file of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Hash of what it is made from: the page key.
    pub key: u128,
    /// Hash of what its view is made from, where it is known; else 0.
    pub inputs: u128,
    /// Hash of its bytes.
    pub content: u128,
    /// Its length.
    pub bytes: u64,
    /// Hash of its anchors.
    pub anchors: u64,
}

impl Entry {
    /// Whether these are the file's bytes.
    pub fn is(&self, bytes: &[u8]) -> bool {
        self.bytes == bytes.len() as u64 && self.content == xxh3_128(bytes)
    }
}

/// All files of a site, or of one shard of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Hash of the keys of all files of the whole site.
    whole: u128,
    shard: Shard,
    /// Whether the site has a broken link.
    has_broken_links: bool,
    /// Sorted by path.
    files: IndexMap<String, Entry, RandomState>,
}

impl Default for Record {
    /// The record of no site.
    fn default() -> Self {
        Self::new(0, Shard::WHOLE, Vec::new())
    }
}

impl Record {
    pub(crate) fn new(whole: u128, shard: Shard, mut files: Vec<(String, Entry)>) -> Self {
        files.par_sort_unstable_by(|a, b| a.0.cmp(&b.0));
        Self { whole, shard, has_broken_links: false, files: files.into_iter().collect() }
    }

    /// Records whether the site has a broken link, so that the next build reports it again.
    pub fn with_broken_links(self, has_broken_links: bool) -> Self {
        Self { has_broken_links, ..self }
    }

    /// Whether the site has a broken link.
    pub(crate) fn has_broken_links(&self) -> bool {
        self.has_broken_links
    }

    /// The file at a path, if it has this key.
    pub(crate) fn same(&self, path: &str, key: u128) -> Option<Entry> {
        self.files.get(path).filter(|entry| entry.key == key).copied()
    }

    /// The files of a folder that have this key.
    pub(crate) fn made_of(&self, folder: &str, key: u128) -> impl Iterator<Item = (&str, Entry)> {
        let from = format!("{folder}/");
        let start = self.files.partition_point(|path, _| *path < from);
        let below = self.files.iter().skip(start).take_while(move |(p, _)| p.starts_with(&from));
        below.filter(move |(_, entry)| entry.key == key).map(|(p, entry)| (p.as_str(), *entry))
    }

    /// Which part of the site this is.
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// Whether two records are of shards of the same site.
    pub fn is_of_same_site(&self, other: &Self) -> bool {
        self.whole == other.whole && self.shard.of == other.shard.of
    }

    /// The files with their paths, sorted.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.files.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// The files with their paths, in parallel.
    pub fn par_files(&self) -> impl ParallelIterator<Item = (&str, &Entry)> {
        self.files.par_iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// One file.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.files.get(path)
    }

    /// Paths of files that differ from those of another record, sorted.
    pub fn changes(&self, before: &Self) -> Vec<String> {
        let is_same = |path: &str, entry: &Entry| {
            before.get(path).is_some_and(|old| old.content == entry.content)
        };
        let new = self.files.par_iter().filter(|(path, entry)| !is_same(path, entry));
        let gone = before.files.par_keys().filter(|path| !self.files.contains_key(*path));
        let mut changed: Vec<_> = new.map(|(path, _)| path).chain(gone).cloned().collect();
        changed.sort_unstable();
        changed
    }

    /// Joins the records of the shards of a site. The error is a path that two of them have.
    pub fn join(shards: Vec<Self>) -> Result<Self, String> {
        let (mut whole, mut has_broken_links, mut files) = (0, false, Vec::new());
        for shard in shards {
            whole = shard.whole;
            has_broken_links |= shard.has_broken_links;
            files.extend(shard.files);
        }
        files.sort_unstable_by(|a, b| a.0.cmp(&b.0));
        if let Some(pair) = files.windows(2).find(|pair| pair[0].0 == pair[1].0) {
            return Err(pair[0].0.clone());
        }
        let joined = Self::new(whole, Shard::WHOLE, files);
        Ok(joined.with_broken_links(has_broken_links))
    }

    /// The record as bytes; equal records have equal bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let paths: usize = self.files.keys().map(String::len).sum();
        let mut bytes = Vec::with_capacity(64 + paths + self.files.len() * ENTRY);
        let Shard { index, of } = self.shard;
        bytes.extend_from_slice(FORMAT);
        bytes.extend_from_slice(&self.whole.to_le_bytes());
        bytes.extend_from_slice(&(index as u32).to_le_bytes());
        bytes.extend_from_slice(&(of as u32).to_le_bytes());
        bytes.push(self.has_broken_links.into());
        for (path, entry) in &self.files {
            bytes.extend_from_slice(&entry.key.to_le_bytes());
            bytes.extend_from_slice(&entry.inputs.to_le_bytes());
            bytes.extend_from_slice(&entry.content.to_le_bytes());
            bytes.extend_from_slice(&entry.bytes.to_le_bytes());
            bytes.extend_from_slice(&entry.anchors.to_le_bytes());
            bytes.extend_from_slice(&(path.len() as u32).to_le_bytes());
            bytes.extend_from_slice(path.as_bytes());
        }
        let check = xxh3_128(&bytes);
        bytes.extend_from_slice(&check.to_le_bytes());
        bytes
    }

    /// A name for exactly these bytes of a record.
    pub fn id(bytes: &[u8]) -> String {
        format!("{:032x}", xxh3_128(bytes))
    }

    /// Reads a record; `None` when it is broken or of another version of the program.
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let (bytes, check) = bytes.split_last_chunk::<16>()?;
        let mut rest = Bytes((xxh3_128(bytes).to_le_bytes() == *check).then_some(bytes)?);
        (rest.take::<16>()? == *FORMAT).then_some(())?;
        let whole = u128::from_le_bytes(rest.take()?);
        let [index, of] = [rest.number()?, rest.number()?];
        let [has_broken_links] = rest.take()?;
        let mut files = Vec::new();
        while !rest.0.is_empty() {
            let entry = Entry {
                key: u128::from_le_bytes(rest.take()?),
                inputs: u128::from_le_bytes(rest.take()?),
                content: u128::from_le_bytes(rest.take()?),
                bytes: u64::from_le_bytes(rest.take()?),
                anchors: u64::from_le_bytes(rest.take()?),
            };
            let len = rest.number()?;
            files.push((str::from_utf8(rest.slice(len)?).ok()?.to_owned(), entry));
        }
        let record = Self::new(whole, Shard { index, of }, files);
        (index < of).then(|| record.with_broken_links(has_broken_links != 0))
    }
}

/// Bytes that are not read yet.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (taken, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*taken)
    }

    fn number(&mut self) -> Option<usize> {
        Some(u32::from_le_bytes(self.take()?) as usize)
    }

    fn slice(&mut self, len: usize) -> Option<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let entry = Entry { key: 1, inputs: 2, content: u128::MAX, bytes: 7, anchors: 5 };
        let files = vec![("b c.html".to_owned(), entry), ("a".to_owned(), entry)];
        Record::new(9, Shard { index: 1, of: 3 }, files).with_broken_links(true)
    }

    #[test]
    fn a_build_record_survives_a_round_trip() {
        let bytes = record().to_bytes();
        let read = Record::parse(&bytes).expect("a record");
        assert_eq!(read, record());
        assert_eq!(Record::id(&read.to_bytes()), Record::id(&bytes));
        assert!(read.same("a", 1).is_some());
        assert_eq!(read.same("a", 2), None);
    }

    #[test]
    fn a_damaged_build_record_is_not_parsed() {
        let bytes = record().to_bytes();
        for end in 0..bytes.len() {
            assert_eq!(Record::parse(&bytes[..end]), None);
        }
        for at in 0..bytes.len() {
            let mut bytes = bytes.clone();
            bytes[at] ^= 1;
            assert_eq!(Record::parse(&bytes), None, "byte {at}");
        }
    }

    #[test]
    fn changes_are_new_changed_and_removed_files() {
        let entry = |content| Entry { key: 0, inputs: 0, content, bytes: 0, anchors: 0 };
        let of = |files: &[(&str, u128)]| {
            let files = files.iter().map(|(path, content)| ((*path).to_owned(), entry(*content)));
            Record::new(0, Shard::WHOLE, files.collect())
        };
        let (old, new) = (of(&[("a", 1), ("b", 1), ("c", 1)]), of(&[("a", 1), ("b", 2), ("d", 1)]));
        assert_eq!(new.changes(&old), ["b", "c", "d"]);
    }
}
