//! The search index and the search engine of the site. The index has one document for each entity and one for
//! each page of documentation.

use std::hash::Hash;

use rayon::prelude::*;
use xxhash_rust::xxh3::Xxh3;

use crate::{
    base::fs::Sink,
    catalog::{Catalog, Entity, EntityRef, Relation, history::History},
    search::{
        self, Document, ENGINE_FILES, PackedIndex, build_index, build_index_beside, engine_folder,
    },
    site::{
        error::Error,
        input::{Documentation, Freshness},
        model::{Model, ModelInput, cards::Cards, library::Library},
        output::{Folder, PageWriter},
        parts::{
            api,
            card::Card,
            facts::{self, readable},
        },
        rebuild::digest::Digests,
        text::{
            address::{self, SEARCH_FOLDER},
            markdown,
        },
    },
};

/// The kind of documents for pages of documentation.
const DOCS: &str = "Doc";
/// How many operations of an API are keywords.
const OPERATIONS: usize = 500;
/// A longer value of an annotation is no code that people type, in bytes.
const LONGEST_CODE: usize = 40;
/// How many bytes of a definition are searched.
const TEXT_BYTES: usize = 64 << 10;

/// How many characters of a page a search result shows.
const BEGINNING: usize = 160;
/// How many bytes of a page are searched.
const WORDS: usize = 64 << 10;

/// What the search index is made from.
pub(crate) struct SearchInput {
    /// How many documents there are.
    pub(crate) count: usize,
    /// Hash of the documents and the program.
    made_of: u128,
    /// Empty when the index of the last build is kept.
    documents: Vec<Document>,
}

impl SearchInput {
    /// Makes the documents in parallel; the index itself is made on one thread, while pages are rendered.
    pub(crate) fn new<S: Sink + ?Sized>(
        writer: &PageWriter<'_, S>,
        model: &Model<'_>,
        digests: &Digests,
    ) -> Self {
        let mut hashes: Vec<u128> = digests.all().iter().map(|digest| digest.related).collect();
        hashes.extend(doc_documents(model).map(|page| hash(&page)));
        let made_of = made_of(&hashes);
        let documents = match writer.has_folder(SEARCH_FOLDER, made_of) {
            true => Vec::new(),
            false => documents(model),
        };
        Self { count: hashes.len(), made_of, documents }
    }

    /// Writes the index and the engine.
    pub(crate) fn write<S: Sink + ?Sized>(self, writer: &PageWriter<'_, S>) -> Result<(), Error> {
        writer.write_folder(SEARCH_FOLDER, self.made_of, |is_there| {
            let PackedIndex { files, kept } = build_index_beside(self.documents, is_there)?;
            Ok::<_, search::Error>(Folder { files, kept })
        })?;
        for (name, bytes) in ENGINE_FILES {
            writer.write(format!("{SEARCH_FOLDER}/{}/{name}", engine_folder()), bytes)?;
        }
        Ok(())
    }
}

/// The search index of a catalog, the same that its site has.
///
/// # Errors
/// When the index cannot be made, which is a bug.
pub fn index(
    catalog: &Catalog,
    docs: Option<Documentation<'_>>,
) -> Result<PackedIndex, search::Error> {
    let (history, freshness) = (History::default(), Freshness::default());
    let cards = Cards::default();
    build_index(documents(&Model::new(ModelInput {
        catalog,
        cards: &cards,
        diagnostics: &[],
        lints: &[],
        history: &history,
        freshness: &freshness,
        docs,
        runs: &[],
    })))
}

/// All documents, in the order of the catalog.
fn documents(model: &Model<'_>) -> Vec<Document> {
    let entities = model.catalog.entities().par_iter();
    let mut all: Vec<_> = entities.map(|entity| document(model, entity)).collect();
    all.extend(doc_documents(model));
    all
}

fn doc_documents<'m>(model: &'m Model<'_>) -> impl Iterator<Item = Document> + 'm {
    doc_pages(&model.library).map(|page| doc_document(model, page))
}

fn hash(document: &Document) -> u128 {
    let mut hash = Xxh3::new();
    document.hash(&mut hash);
    hash.digest128()
}

/// The hash of everything that an index is made from: the documents and the program.
fn made_of(documents: &[u128]) -> u128 {
    let mut hash = Xxh3::new();
    hash.update(env!("CARGO_PKG_VERSION").as_bytes());
    hash.update(engine_folder().as_bytes());
    documents.iter().for_each(|document| hash.update(&document.to_le_bytes()));
    hash.digest128()
}

/// A page of documentation for search.
#[derive(Debug)]
struct DocPage<'a> {
    entity: &'a EntityRef,
    title: &'a str,
    address: &'a str,
    /// The beginning of its text.
    beginning: String,
    /// Its plain text.
    words: String,
}

/// The pages of documentation for search, sorted by entity.
fn doc_pages<'l>(library: &'l Library<'_>) -> impl Iterator<Item = DocPage<'l>> {
    library.doc_sites.iter().flat_map(|doc_site| {
        doc_site.set.pages.iter().zip(&doc_site.addresses).map(|(page, address)| DocPage {
            entity: &doc_site.set.entity,
            title: &page.title,
            address,
            beginning: markdown::beginning(&page.text, BEGINNING)
                .into_iter()
                .next()
                .unwrap_or_default(),
            words: markdown::words(&page.text, WORDS),
        })
    })
}

/// The document of a page of documentation. It has no name, so that no entity's name is ever behind it.
fn doc_document(model: &Model<'_>, page: DocPage<'_>) -> Document {
    let whose = Card::to(model, page.entity).title().to_owned();
    let around = model.catalog.get(page.entity).map(|entity| around(model, entity));
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

fn document(model: &Model<'_>, entity: &Entity) -> Document {
    let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
    let (owner, system) = around(model, entity);
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
        keywords: keywords(model, entity),
        text: long_text(entity),
    }
}

/// Owner and system of an entity.
fn around(model: &Model<'_>, entity: &Entity) -> (NamedEntity, NamedEntity) {
    let whole = entity.relations_of("partOf").find(|to| to.target.kind() == "system");
    (NamedEntity::of(model, entity.relations_of("ownedBy").next()), NamedEntity::of(model, whole))
}

/// An entity that a document names.
#[derive(Debug, Default)]
struct NamedEntity {
    title: String,
    reference: String,
    url: String,
}

impl NamedEntity {
    fn of(model: &Model<'_>, relation: Option<&Relation>) -> Self {
        let Some(relation) = relation else { return Self::default() };
        let card = Card::across(model, relation);
        Self {
            title: card.title().to_owned(),
            reference: relation.target.to_string(),
            url: card.url().map(|url| url.to_path().into_owned()).unwrap_or_default(),
        }
    }
}

/// Type, system and domain, teams, e-mail address, codes, fields of the company's own, and operations.
fn keywords(model: &Model<'_>, entity: &Entity) -> Vec<String> {
    let mut words: Vec<String> = entity.spec_text("type").map(str::to_owned).into_iter().collect();
    let around =
        entity.relations.iter().filter(|r| matches!(r.kind, "partOf" | "memberOf" | "childOf"));
    words.extend(around.map(|r| Card::across(model, r).title().to_owned()));
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

/// Ids of the entity in other systems: values of annotations such as `APP-0301`, of one word with a digit.
fn codes(entity: &Entity) -> impl Iterator<Item = &str> {
    let annotations = entity.value("/metadata/annotations").and_then(|all| all.as_object());
    let values = annotations.into_iter().flatten().filter_map(|(_, value)| value.as_str());
    values.filter(|value| {
        value.len() <= LONGEST_CODE
            && value.chars().all(|c| c.is_alphanumeric() || "-_.".contains(c))
            && value.chars().any(char::is_numeric)
    })
}

/// The definition of an API, or the parameters of a template.
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
