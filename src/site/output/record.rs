//! What a site consists of and what each file was made of: kept beside the site, never in it.

use std::collections::{BTreeMap, BTreeSet};

use xxhash_rust::xxh3::{Xxh3, xxh3_128};

use super::Shard;

/// First line of a record; another format is another number.
const FORMAT: &str = "callboard site 1";

/// A file of a site.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Hash of what it was made of.
    pub key: u128,
    /// Hash of its bytes.
    pub content: u128,
    /// Its length.
    pub bytes: u64,
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
    /// Hash of what all files of the whole site are made of.
    whole: u128,
    shard: Shard,
    files: BTreeMap<String, Entry>,
}

/// Why a text is not a record.
#[derive(Debug, thiserror::Error)]
#[error("line {line} of the build's record cannot be read")]
pub struct RecordError {
    line: usize,
}

impl Default for Record {
    /// The record of no site.
    fn default() -> Self {
        Self { whole: 0, shard: Shard::WHOLE, files: BTreeMap::new() }
    }
}

impl Record {
    pub(super) fn new(whole: u128, shard: Shard, files: Vec<(String, Entry)>) -> Self {
        Self { whole, shard, files: files.into_iter().collect() }
    }

    /// The file that is made of the same, if there is one.
    pub(super) fn same(&self, path: &str, key: u128) -> Option<Entry> {
        self.files.get(path).filter(|entry| entry.key == key).copied()
    }

    /// Which part of the site this is.
    pub fn shard(&self) -> Shard {
        self.shard
    }

    /// Whether two records are of parts of one and the same site.
    pub fn is_of_same_site(&self, other: &Self) -> bool {
        self.whole == other.whole && self.shard.of == other.shard.of
    }

    /// The files with their paths, sorted.
    pub fn files(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.files.iter().map(|(path, entry)| (path.as_str(), entry))
    }

    /// One file.
    pub fn get(&self, path: &str) -> Option<&Entry> {
        self.files.get(path)
    }

    /// Paths of files that are not the same in both, sorted.
    pub fn changes(&self, before: &Self) -> Vec<String> {
        let content = |record: &Self, path: &str| record.get(path).map(|entry| entry.content);
        let paths: BTreeSet<_> = self.files.keys().chain(before.files.keys()).collect();
        let changed = paths.into_iter().filter(|path| content(self, path) != content(before, path));
        changed.cloned().collect()
    }

    /// Joins the shards of a site; a path that two of them have is returned.
    pub fn join(shards: Vec<Self>) -> Result<Self, String> {
        let mut whole = Self::default();
        for shard in shards {
            whole.whole = shard.whole;
            for (path, entry) in shard.files {
                if whole.files.insert(path.clone(), entry).is_some() {
                    return Err(path);
                }
            }
        }
        Ok(whole)
    }

    /// A name for exactly these files, made of the same.
    pub fn id(&self) -> String {
        let mut hash = Xxh3::new();
        hash.update(&self.whole.to_le_bytes());
        for (path, entry) in &self.files {
            hash.update(path.as_bytes());
            hash.update(&[0]);
            hash.update(&entry.key.to_le_bytes());
            hash.update(&entry.content.to_le_bytes());
        }
        format!("{:032x}", hash.digest128())
    }

    /// The record as text: a line for each file.
    pub fn to_text(&self) -> String {
        use std::fmt::Write;
        let Shard { index, of } = self.shard;
        let mut text = format!("{FORMAT}\n{:x} {index} {of}\n", self.whole);
        for (path, Entry { key, content, bytes }) in &self.files {
            let _ = writeln!(text, "{key:x} {content:x} {bytes} {path}");
        }
        text
    }

    /// Reads a record.
    pub fn parse(text: &str) -> Result<Self, RecordError> {
        let mut lines = text.lines().enumerate();
        let mut next = |line| lines.next().ok_or(RecordError { line });
        if next(1)?.1 != FORMAT {
            return Err(RecordError { line: 1 });
        }
        let (whole, shard) = parse_head(next(2)?.1).ok_or(RecordError { line: 2 })?;
        let files = lines
            .map(|(at, line)| parse_line(line).ok_or(RecordError { line: at + 1 }))
            .collect::<Result<_, _>>()?;
        Ok(Self { whole, shard, files })
    }
}

fn parse_head(line: &str) -> Option<(u128, Shard)> {
    let mut parts = line.split(' ');
    let whole = u128::from_str_radix(parts.next()?, 16).ok()?;
    let shard = Shard { index: parts.next()?.parse().ok()?, of: parts.next()?.parse().ok()? };
    (parts.next().is_none() && shard.index < shard.of).then_some((whole, shard))
}

fn parse_line(line: &str) -> Option<(String, Entry)> {
    let mut parts = line.splitn(4, ' ');
    let mut hash = || u128::from_str_radix(parts.next()?, 16).ok();
    let (key, content) = (hash()?, hash()?);
    let bytes = parts.next()?.parse().ok()?;
    Some((parts.next()?.to_owned(), Entry { key, content, bytes }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_read_as_it_was_written() {
        let entry = Entry { key: 1, content: u128::MAX, bytes: 7 };
        let files = vec![("b c.html".to_owned(), entry), ("a".to_owned(), entry)];
        let record = Record::new(9, Shard { index: 1, of: 3 }, files);
        let read = Record::parse(&record.to_text()).expect("a record");
        assert_eq!(read, record);
        assert_eq!(read.id(), record.id());
        assert_eq!(read.same("a", 1), Some(entry));
        assert_eq!(read.same("a", 2), None);
    }

    #[test]
    fn a_broken_record_is_refused_with_its_line() {
        for (text, line) in [
            ("", 1),
            ("callboard site 0\n", 1),
            ("callboard site 1\nzz 0 1\n", 2),
            ("callboard site 1\n0 1 1\n", 2),
            ("callboard site 1\n0 0 1\n1 1 1 a\n1 1\n", 4),
        ] {
            assert_eq!(Record::parse(text).expect_err(text).line, line, "{text}");
        }
    }
}
