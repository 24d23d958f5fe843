//! Reports names that are nearly equal.
//!
//! `Panier_API` and `panier-api` are nearly always one thing that two sources spell in two ways. Typos
//! are harder to recognise: large catalogs have many numbered and short names, so differences in digits
//! are ignored, and the word that differs must have at least [`WORD`] letters.

use std::hash::Hash;

use rayon::prelude::*;
use xxhash_rust::xxh3::{Xxh3, xxh3_64_with_seed};

use super::{EntityIssue, NAME};
use crate::catalog::{Catalog, entity::Entity, issue::Issue, outside::is_from_extract};

/// Least letters of a word in which one different letter is reported as a typo.
const WORD: usize = 5;

/// Reports names that differ only in case and separators, or by one letter.
pub(super) fn lint(catalog: &Catalog) -> Vec<EntityIssue<'_>> {
    let mut found = same(catalog);
    found.extend(similar(catalog));
    found
}

/// Only names of the same kind and namespace are compared.
fn scope(entity: &Entity) -> (&str, &str) {
    (entity.reference.kind(), entity.reference.namespace())
}

/// The name in lower case without separators, except for those between digits: `v1.1` is not `v11`.
fn fold(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    let mut characters = name.chars().peekable();
    while let Some(character) = characters.next() {
        if character.is_ascii_alphanumeric() {
            folded.push(character.to_ascii_lowercase());
        } else if folded.ends_with(|c: char| c.is_ascii_digit())
            && characters.peek().is_some_and(char::is_ascii_digit)
        {
            folded.push('-');
        }
    }
    folded
}

fn same(catalog: &Catalog) -> Vec<EntityIssue<'_>> {
    let mut names: Vec<_> = catalog
        .entities()
        .par_iter()
        .map(|entity| (scope(entity), fold(entity.reference.name()), entity))
        .collect();
    // The first of each run is named by the others; entities of an extract are not reported.
    let order = |entity: &Entity| (!is_from_extract(entity), entity.index);
    names.par_sort_by(|a, b| (a.0, &a.1, order(a.2)).cmp(&(b.0, &b.1, order(b.2))));
    let mut found = Vec::new();
    for run in names.chunk_by(|a, b| (a.0, &a.1) == (b.0, &b.1)) {
        for (_, _, entity) in &run[1..] {
            let (name, first) = (entity.name(), run[0].2.name());
            let message = format!("`{name}` is written almost as `{first}`");
            let issue = Issue::warning("same-name", NAME, message);
            found.push((*entity, issue.hint("merge the two, or rename one")));
        }
    }
    found
}

/// Words of a name.
fn words(name: &str) -> Vec<&str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect()
}

fn key(value: &impl Hash) -> u64 {
    let mut hash = Xxh3::new();
    value.hash(&mut hash);
    hash.digest()
}

/// Hashes of the name with, for each word, the word itself and the word without each of its letters.
/// Two names that differ by one letter in one word have a hash in common.
fn marks(entity: &Entity) -> Vec<u64> {
    let words = words(entity.reference.name());
    let (mut marks, mut without) = (Vec::new(), Vec::new());
    for (at, word) in words.iter().enumerate().filter(|(_, word)| word.len() >= WORD) {
        let around = key(&(scope(entity), at, &words[..at], &words[at + 1..]));
        marks.push(xxh3_64_with_seed(word.as_bytes(), around));
        for (letter, _) in word.char_indices().filter(|(_, c)| c.is_ascii_alphabetic()) {
            without.clear();
            without.extend_from_slice(&word.as_bytes()[..letter]);
            without.extend_from_slice(&word.as_bytes()[letter + 1..]);
            marks.push(xxh3_64_with_seed(&without, around));
        }
    }
    marks
}

/// Reports names that differ by one letter. Users are left out, because names of people often do.
fn similar(catalog: &Catalog) -> Vec<EntityIssue<'_>> {
    let entities = catalog.entities();
    let mut marked: Vec<_> = entities
        .par_iter()
        .enumerate()
        .filter(|(_, entity)| entity.reference.kind() != "user")
        .flat_map_iter(|(at, entity)| marks(entity).into_iter().map(move |mark| (mark, at)))
        .collect();
    marked.par_sort_unstable();
    let runs = marked.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1);
    let mut pairs: Vec<_> =
        runs.flat_map(|run| run[1..].iter().map(|&(_, at)| (at, run[0].1))).collect();
    pairs.sort_unstable();
    pairs.dedup_by_key(|pair| pair.0);
    let found = pairs.into_iter().filter_map(|(at, first)| {
        let (mut entity, mut other) = (&entities[at], &entities[first]);
        if is_from_extract(entity) {
            (entity, other) = (other, entity);
        }
        differ_by_one_letter(entity.reference.name(), other.reference.name()).then(|| {
            let message =
                format!("`{}` differs from `{}` by one letter", entity.name(), other.name());
            (entity, Issue::note("similar-name", NAME, message))
        })
    });
    found.collect()
}

fn differ_by_one_letter(a: &str, b: &str) -> bool {
    let (a, b) = (words(a), words(b));
    let mut differing = a.iter().zip(&b).filter(|(a, b)| a != b);
    let Some((one, other)) = differing.next() else { return false };
    let digits = |word: &str| word.chars().filter(char::is_ascii_digit).collect::<String>();
    a.len() == b.len()
        && differing.next().is_none()
        && one.len().min(other.len()) >= WORD
        && digits(one) == digits(other)
        && strsim::osa_distance(one, other) == 1
}
