//! The files that list all entities: `catalog.json`, the files of each kind and the extract that it names, and
//! `llms.txt`.

use std::{fmt::Write, io::Write as _};

use flate2::{Compression, write::GzEncoder};
use rayon::prelude::*;
use serde::Serialize;
use serde_json::json;

use super::{markdown::Plain, spec, twin};
use crate::{
    base::fs::Sink,
    catalog::{
        Entity, EntityRef,
        extract::{self, Extract},
    },
    site::{
        error::Error,
        input::Input,
        key::key,
        model::{Kind, Model},
        output::PageWriter,
        rebuild::digest::Digests,
        text::{address, markdown::first_line},
        theme::messages::Messages,
    },
};

/// How many entities a file lists.
const ENTRIES: usize = 5000;
/// How many entities of each kind `llms.txt` names.
const NAMED: usize = 100;
/// How many characters of a description are listed.
const LETTERS: usize = 160;

/// An entity in a list. Addresses are relative to the site's root.
#[derive(Serialize)]
struct ListingEntry<'e> {
    r#ref: &'e str,
    kind: &'e str,
    namespace: &'e str,
    name: &'e str,
    title: &'e str,
    description: String,
    r#type: Option<&'e str>,
    lifecycle: Option<&'e str>,
    owner: Option<&'e str>,
    system: Option<&'e str>,
    tags: Vec<&'e str>,
    page: String,
    json: String,
    markdown: String,
}

impl<'e> ListingEntry<'e> {
    fn new(entity: &'e Entity) -> Self {
        let first = |relation, kind: Option<&str>| {
            let mut related = entity.related(relation);
            related.find(|to| kind.is_none_or(|kind| to.kind() == kind)).map(EntityRef::as_str)
        };
        let reference = &entity.reference;
        Self {
            r#ref: reference.as_str(),
            kind: entity.kind(),
            namespace: entity.namespace(),
            name: entity.name(),
            title: entity.title(),
            description: first_line(entity.description(), LETTERS),
            r#type: spec(entity, "type"),
            lifecycle: spec(entity, "lifecycle"),
            owner: first("ownedBy", None),
            system: first("partOf", Some("system")),
            tags: entity.tags().collect(),
            page: address::entity_page(reference),
            json: twin(reference, ".json"),
            markdown: twin(reference, ".md"),
        }
    }
}

/// Writes the listing and `llms.txt`.
pub(super) fn write<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
    digests: &Digests,
    words: &Messages,
) -> Result<(), Error> {
    let kinds = used(model).collect::<Vec<_>>().into_par_iter().map(|kind| {
        let files = kind.entities.par_chunks(ENTRIES).enumerate().map(|(at, part)| {
            let file = file(kind, at);
            let made_of = digests.of_all(part)?;
            let rows = || part.iter().map(|entity| ListingEntry::new(entity)).collect::<Vec<_>>();
            let json = || serde_json::to_vec(&rows()).map_err(|e| Error::Template(e.to_string()));
            writer.write_made(file.clone(), made_of, json).map(|()| file)
        });
        let files = files.collect::<Result<Vec<_>, _>>()?;
        Ok(json!({ "kind": kind.id, "entities": kind.entities.len(), "files": files }))
    });
    let kinds = kinds.collect::<Result<Vec<_>, Error>>()?;
    write_extract(writer, input, digests)?;
    let index = json!({ "title": input.settings.title, "kinds": kinds, "extract": extract::FILE });
    writer.write("catalog.json".into(), index.to_string().as_bytes())?;
    writer.write("llms.txt".into(), llms(input, model, words).as_bytes())
}

/// Writes what others need to check their files against the catalog.
fn write_extract<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    digests: &Digests,
) -> Result<(), Error> {
    let all = digests.all().iter().map(|digest| digest.document).collect::<Vec<_>>();
    let claims: Vec<_> = input.claims.iter().collect();
    let made_of = key(0, "extract", &(all, claims))?;
    writer.write_made(extract::FILE.into(), made_of, || {
        let text = serde_json::to_vec(&Extract::of(input.catalog, input.claims))
            .map_err(|error| Error::Template(error.to_string()))?;
        let mut packed = GzEncoder::new(Vec::new(), Compression::default());
        let packed = packed.write_all(&text).and_then(|()| packed.finish());
        packed.map_err(|error| Error::Template(error.to_string()))
    })
}

fn used<'k, 'a>(model: &'k Model<'a>) -> impl Iterator<Item = &'k Kind<'a>> {
    model.kinds.iter().filter(|kind| !kind.entities.is_empty())
}

fn file(kind: &Kind<'_>, at: usize) -> String {
    let slug = address::kind_slug(&kind.id);
    match at {
        0 => format!("catalog/{slug}.json"),
        at => format!("catalog/{slug}-{}.json", at + 1),
    }
}

/// `llms.txt` (llmstxt.org): what the site is, and the addresses of its Markdown.
fn llms(input: &Input<'_>, model: &Model<'_>, words: &Messages) -> String {
    let title = Plain(&input.settings.title);
    let mut text = format!("# {title}\n\n> {}\n\n", words.text("machine.what"));
    for key in ["machine.twins", "machine.listing", "machine.changes"] {
        let _ = writeln!(text, "{}", words.text(key));
    }
    for kind in used(model) {
        let _ = writeln!(text, "\n## {}\n", Plain(words.kind(&kind.id, &kind.plural)));
        for entity in kind.entities.iter().take(NAMED) {
            let line = first_line(entity.description(), LETTERS);
            let description =
                if line.is_empty() { String::new() } else { format!(": {}", Plain(&line)) };
            let path = twin(&entity.reference, ".md");
            let _ = writeln!(text, "- [{}]({path}){description}", Plain(entity.title()));
        }
        if kind.entities.len() > NAMED {
            let all = words.text("machine.all").replace("{n}", &kind.entities.len().to_string());
            let _ = writeln!(text, "- [{all}]({})", file(kind, 0));
        }
    }
    text
}
