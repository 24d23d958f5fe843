//! Search of the site: one document for each entity and each page of documentation, the index and the engine beside the pages.

use std::hash::Hash;

use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use crate::{
    base::fs::Sink,
    catalog::{Catalog, Entity, Relation, history::History},
    search::{
        self, Document, ENGINE_FILES, PackedIndex, build_index, build_index_beside, engine_folder,
    },
    site::{
        error::Error,
        input::{Documentation, Input},
        model::{Atlas, library::Library},
        output::{Folder, Pages},
        pages::docs,
        parts::{
            api,
            facts::{self, readable},
            frame::{Card, Cards},
        },
        rebuild::digest::Digests,
        text::address,
    },
};

/// Folder of the index and the engine, below the site.
pub const FOLDER: &str = "search";
/// The kind of pages of documentation.
const DOCS: &str = "Doc";
/// How many operations of an API are searched as such.
const OPERATIONS: usize = 500;
/// A longer value of an annotation is no code that somebody types, in bytes.
const LONGEST_CODE: usize = 40;
/// How much of a definition is searched, in bytes: more has no more words.
const TEXT_BYTES: usize = 64 << 10;

/// What search needs, to be written.
pub(crate) struct Searchable {
    /// How many documents there are.
    pub(crate) count: usize,
    /// Hash of all that the index is made of.
    made_of: u128,
    /// Empty where the index of last time is of the same.
    documents: Vec<Document>,
}

impl Searchable {
    /// Makes the documents on all cores: the index itself is made on one, beside the pages.
    pub(crate) fn new<S: Sink + ?Sized>(
        pages: &Pages<'_, S>,
        input: &Input<'_>,
        atlas: &Atlas<'_>,
        digests: &Digests,
    ) -> Self {
        let library = Library::new(input.docs);
        let mut hashes: Vec<u128> = digests.all().iter().map(|digest| digest.related).collect();
        hashes.extend(doc_pages(atlas, &library).map(|page| hash(&page)));
        let made_of = made_of(&hashes);
        let documents = match pages.has_folder(FOLDER, made_of) {
            true => Vec::new(),
            false => documents(atlas, &library),
        };
        Self { count: hashes.len(), made_of, documents }
    }

    /// Writes the index and the engine.
    pub(crate) fn write<S: Sink + ?Sized>(self, pages: &Pages<'_, S>) -> Result<(), Error> {
        pages.write_folder(FOLDER, self.made_of, |is_there| {
            let PackedIndex { files, kept } = build_index_beside(self.documents, is_there)?;
            Ok::<_, search::Error>(Folder { files, kept })
        })?;
        for (name, bytes) in ENGINE_FILES {
            pages.write(format!("{FOLDER}/{}/{name}", engine_folder()), bytes)?;
        }
        Ok(())
    }
}

/// The search index of a catalog, as its site has it.
///
/// # Errors
/// When the index cannot be made, which is a mistake of this program.
pub fn index(
    catalog: &Catalog,
    docs: Option<Documentation<'_>>,
) -> Result<PackedIndex, search::Error> {
    let (history, cards) = (History::default(), Cards::default());
    let atlas = Atlas::new(catalog, &cards, &[], &history);
    build_index(documents(&atlas, &Library::new(docs)))
}

/// All that is searched, in the order of the catalog.
fn documents(atlas: &Atlas<'_>, library: &Library<'_>) -> Vec<Document> {
    let entities = atlas.catalog.entities().par_iter();
    let mut all: Vec<_> = entities.map(|entity| document(atlas, entity)).collect();
    all.extend(doc_pages(atlas, library));
    all
}

fn doc_pages<'a>(
    atlas: &'a Atlas<'_>,
    library: &'a Library<'_>,
) -> impl Iterator<Item = Document> + 'a {
    docs::documents(library).map(|page| doc_page(atlas, page))
}

fn hash(document: &Document) -> u128 {
    let mut hash = Xxh3::new();
    document.hash(&mut hash);
    hash.digest128()
}

/// The hash of all that an index is made of: its documents, and the program that makes it.
fn made_of(documents: &[u128]) -> u128 {
    let mut hash = Xxh3::new();
    hash.update(env!("CARGO_PKG_VERSION").as_bytes());
    hash.update(engine_folder().as_bytes());
    documents.iter().for_each(|document| hash.update(&document.to_le_bytes()));
    hash.digest128()
}

/// A page of documentation. It has no name, so that no entity's name is ever behind it.
fn doc_page(atlas: &Atlas<'_>, page: docs::Found<'_>) -> Document {
    let whose = Card::to(atlas, page.entity).title().to_owned();
    let around = atlas.catalog.get(page.entity).map(|entity| around(atlas, entity));
    let (owner, system) = around.unwrap_or_default();
    Document {
        url: page.address.to_owned(),
        kind: DOCS.to_owned(),
        namespace: page.entity.namespace().to_owned(),
        name: String::new(),
        title: page.title.to_owned(),
        description: format!("{whose}: {}", page.beginning),
        keywords: vec![whose, page.entity.name().to_owned()],
        text: page.words,
        owner: owner.title,
        owner_ref: owner.reference,
        owner_url: owner.url,
        system: system.title,
        system_ref: system.reference,
        system_url: system.url,
        ..Document::default()
    }
}

fn document(atlas: &Atlas<'_>, entity: &Entity) -> Document {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let (owner, system) = around(atlas, entity);
    let title = entity.title();
    Document {
        url: address::entity_page(&entity.reference),
        kind: entity.kind().to_owned(),
        namespace: entity.namespace().to_owned(),
        name: entity.name().to_owned(),
        title: text((title != entity.name()).then_some(title)),
        description: entity.description().to_owned(),
        owner: owner.title,
        owner_ref: owner.reference,
        owner_url: owner.url,
        system: system.title,
        system_ref: system.reference,
        system_url: system.url,
        kind_type: text(entity.spec_text("type")),
        lifecycle: text(entity.spec_text("lifecycle")),
        tags: entity.tags().map(str::to_owned).collect(),
        keywords: keywords(atlas, entity),
        text: long_text(entity),
    }
}

/// Owner and system of an entity.
fn around(atlas: &Atlas<'_>, entity: &Entity) -> (Related, Related) {
    let whole = entity.relations_of("partOf").find(|to| to.target.kind() == "system");
    (Related::of(atlas, entity.relations_of("ownedBy").next()), Related::of(atlas, whole))
}

/// An entity that a document names.
#[derive(Debug, Default)]
struct Related {
    title: String,
    reference: String,
    url: String,
}

impl Related {
    fn of(atlas: &Atlas<'_>, relation: Option<&Relation>) -> Self {
        let Some(relation) = relation else { return Self::default() };
        let card = Card::across(atlas, relation);
        Self {
            title: card.title().to_owned(),
            reference: relation.target.to_string(),
            url: card.url().map(|url| url.to_path().into_owned()).unwrap_or_default(),
        }
    }
}

/// Type, system and domain, teams, e-mail, codes, fields that only this portal has, and operations.
fn keywords(atlas: &Atlas<'_>, entity: &Entity) -> Vec<String> {
    let mut words: Vec<String> = entity.spec_text("type").map(str::to_owned).into_iter().collect();
    let around =
        entity.relations.iter().filter(|r| matches!(r.kind, "partOf" | "memberOf" | "childOf"));
    words.extend(around.map(|r| Card::across(atlas, r).title().to_owned()));
    let email = entity.value("/spec/profile/email").and_then(|e| e.as_str());
    words.extend(email.map(str::to_owned));
    for field in facts::other_fields(entity) {
        if !field.is_block {
            words.push(field.text);
        }
    }
    words.extend(codes(entity).map(str::to_owned));
    let operations = api::operations(entity).into_iter().take(OPERATIONS);
    words.extend(operations.map(|one| format!("{} {} {}", one.method, one.path, one.summary)));
    words
}

/// What other systems call the entity: values of annotations such as `APP-0301`, in one word and with a digit.
fn codes(entity: &Entity) -> impl Iterator<Item = &str> {
    let annotations = entity.value("/metadata/annotations").and_then(|all| all.as_object());
    let values = annotations.into_iter().flatten().filter_map(|(_, value)| value.as_str());
    values.filter(|value| {
        value.len() <= LONGEST_CODE
            && value.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c))
            && value.chars().any(char::is_numeric)
    })
}

/// The definition of an API, the parameters of a template.
fn long_text(entity: &Entity) -> String {
    let mut text = entity.spec_text("definition").map_or_else(
        || {
            let parameters = entity.value("/spec/parameters");
            parameters.map_or_else(String::new, |value| readable(value).0)
        },
        str::to_owned,
    );
    let end = (0..=TEXT_BYTES.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    text.truncate(end.unwrap_or(0));
    text
}
