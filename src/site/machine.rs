//! The site for machines: each entity as JSON and as Markdown beside its page, the list of all, and
//! the files by which crawlers, agents and browsers find their way.
//!
//! Written straight from the model, without templates: there are as many of these as pages.

use std::{collections::HashSet, fmt::Write};

use rayon::prelude::*;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    Error, address,
    atlas::{Atlas, Kind},
    facts,
    input::Input,
    output::Pages,
    theme::escaped,
};
use crate::{
    base::fs::Sink,
    catalog::{Entity, EntityRef},
};

/// Entities of one file of the listing.
const LISTED: usize = 5000;
/// Entities of each kind that `llms.txt` names; the listing has all.
const NAMED: usize = 100;
/// Addresses of one sitemap, by the protocol (sitemaps.org).
const MAPPED: usize = 50_000;

/// Writes everything for machines.
pub(super) fn write<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    atlas: &Atlas<'_>,
) -> Result<(), Error> {
    input.catalog.entities().par_iter().try_for_each(|entity| {
        let page = address::entity_page(&entity.reference);
        let twin = |ending: &str| page.replace(".html", ending);
        pages.write(twin(".json"), &json_of(entity)?)?;
        pages.write(twin(".md"), markdown_of(atlas, entity).as_bytes())
    })?;
    write_listing(pages, atlas)?;
    pages.write("llms.txt".into(), llms(input, atlas).as_bytes())?;
    write_addresses(pages, input)?;
    write_redirects(pages, atlas)
}

/// The entity as Backstage's catalog API gives it: the merged descriptor with its relations.
fn json_of(entity: &Entity) -> Result<Vec<u8>, Error> {
    #[derive(Serialize)]
    struct Related<'e> {
        r#type: &'e str,
        #[serde(rename = "targetRef")]
        target: &'e str,
    }
    #[derive(Serialize)]
    struct Whole<'e> {
        #[serde(flatten)]
        document: Map<String, Value>,
        relations: Vec<Related<'e>>,
    }
    let mut document = entity.document.as_object().cloned().unwrap_or_default();
    if let Some(Value::Object(metadata)) = document.get_mut("metadata") {
        metadata.entry("namespace").or_insert_with(|| entity.namespace().into());
    }
    let relations =
        entity.relations.iter().map(|r| Related { r#type: r.kind, target: r.target.as_str() });
    let whole = Whole { document, relations: relations.collect() };
    serde_json::to_vec(&whole).map_err(|e| Error::Template(e.to_string()))
}

/// The entity for readers of plain text: what the page says first.
fn markdown_of(atlas: &Atlas<'_>, entity: &Entity) -> String {
    let mut text = format!(
        "# {}\n\n- Kind: {}\n- Reference: `{}`\n",
        plain(entity.title()),
        plain(entity.kind()),
        plain(entity.reference.as_str())
    );
    for (name, pointer) in [
        ("Type", "/spec/type"),
        ("Lifecycle", "/spec/lifecycle"),
        ("E-mail", "/spec/profile/email"),
    ] {
        if let Some(value) = entity.document.pointer(pointer).and_then(Value::as_str) {
            let _ = writeln!(text, "- {name}: {}", plain(value));
        }
    }
    let tags: Vec<String> = entity.tags().map(plain).collect();
    if !tags.is_empty() {
        let _ = writeln!(text, "- Tags: {}", tags.join(", "));
    }
    if !entity.description().is_empty() {
        // A quotation, so that no heading or list of it is taken for one of this page.
        let lines = entity.description().lines().map(|line| format!("> {line}\n"));
        let _ = write!(text, "\n{}", lines.collect::<String>());
    }
    let root = address::root_of(&address::entity_page(&entity.reference));
    for related in entity.relations.chunk_by(|a, b| a.kind == b.kind) {
        let _ = writeln!(text, "\n## {}\n", related[0].kind);
        for relation in related {
            let target = &relation.target;
            let _ = match atlas.catalog.get(target) {
                Some(known) => writeln!(
                    text,
                    "- [{}]({root}{}) `{}`",
                    plain(known.title()),
                    address::entity_page(target).replace(".html", ".md"),
                    plain(target.as_str())
                ),
                None => writeln!(text, "- `{}` (not in the catalog)", plain(target.as_str())),
            };
        }
    }
    let links = facts::links(entity);
    if !links.is_empty() {
        text.push_str("\n## Links\n\n");
        for link in &links {
            if let Some(url) = &link.url {
                let _ = writeln!(text, "- [{}](<{url}>)", plain(link.title));
            }
        }
    }
    text
}

/// A text on one line in which nothing is Markdown.
fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if c.is_control() => plain.push(' '),
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' => {
                plain.push('\\');
                plain.push(c);
            }
            c => plain.push(c),
        }
    }
    plain
}

/// `catalog.json`, and for each kind the files that list its entities.
fn write_listing<S: Sink + ?Sized>(pages: &Pages<'_, S>, atlas: &Atlas<'_>) -> Result<(), Error> {
    let mut kinds = Vec::new();
    for kind in atlas.kinds.iter().filter(|kind| !kind.entities.is_empty()) {
        let slug = address::kind_slug(&kind.id);
        let mut files = Vec::new();
        for (at, part) in kind.entities.chunks(LISTED).enumerate() {
            let number = if at == 0 { String::new() } else { format!("-{}", at + 1) };
            let file = format!("catalog/{slug}{number}.json");
            let rows: Vec<Value> = part.iter().map(|entity| listed(entity)).collect();
            pages.write(file.clone(), json!(rows).to_string().as_bytes())?;
            files.push(file);
        }
        kinds.push(json!({ "kind": kind.id, "entities": kind.entities.len(), "files": files }));
    }
    pages.write("catalog.json".into(), json!({ "kinds": kinds }).to_string().as_bytes())
}

/// A line of the listing.
fn listed(entity: &Entity) -> Value {
    let page = address::entity_page(&entity.reference);
    json!({
        "ref": entity.reference.as_str(),
        "kind": entity.kind(),
        "namespace": entity.namespace(),
        "name": entity.name(),
        "title": entity.title(),
        "type": entity.spec_text("type"),
        "lifecycle": entity.spec_text("lifecycle"),
        "owner": entity.related("ownedBy").next().map(EntityRef::as_str),
        "page": page,
        "json": page.replace(".html", ".json"),
        "markdown": page.replace(".html", ".md"),
    })
}

/// `llms.txt` (llmstxt.org): what this is, and where to read on.
fn llms(input: &Input<'_>, atlas: &Atlas<'_>) -> String {
    let mut text = format!(
        "# {}\n\n> A developer portal: software, who owns it, what it depends on, and the people.\n\n\
         Every entity has a page `catalog/<namespace>/<kind>/<name>.html` with twins `.md` and `.json`. \
         `catalog.json` names the files that list all entities of each kind.\n",
        plain(&input.settings.title)
    );
    let section = |text: &mut String, kind: &Kind<'_>| {
        let _ = writeln!(text, "\n## {}\n", kind.plural);
        for entity in kind.entities.iter().take(NAMED) {
            let page = address::entity_page(&entity.reference).replace(".html", ".md");
            let line = super::markdown::first_line(entity.description(), 100);
            let said = if line.is_empty() { String::new() } else { format!(": {}", plain(&line)) };
            let _ = writeln!(text, "- [{}]({page}){said}", plain(entity.title()));
        }
        if kind.entities.len() > NAMED {
            let list = format!("catalog/{}.json", address::kind_slug(&kind.id));
            let _ = writeln!(text, "- [All {}]({list})", kind.entities.len());
        }
    };
    for kind in atlas.kinds.iter().filter(|kind| !kind.entities.is_empty()) {
        section(&mut text, kind);
    }
    text
}

/// Sitemap, robots and the description of search: what needs the site's own address.
fn write_addresses<S: Sink + ?Sized>(pages: &Pages<'_, S>, input: &Input<'_>) -> Result<(), Error> {
    let Some(site) = input.settings.url.as_deref() else {
        return pages.write("robots.txt".into(), b"User-agent: *\nAllow: /\n");
    };
    let entities = input.catalog.entities().iter();
    let mut addresses: Vec<String> =
        ["", "teams.html", "domains.html", "create.html", "changes.html", "health.html"]
            .map(str::to_owned)
            .to_vec();
    addresses.extend(entities.map(|entity| address::entity_page(&entity.reference)));
    let mut maps = Vec::new();
    for (at, part) in addresses.chunks(MAPPED).enumerate() {
        let file = format!("sitemap-{}.xml", at + 1);
        let mut xml = format!("{XML}<urlset xmlns=\"{SITEMAPS}\">\n");
        for path in part {
            let _ = writeln!(xml, "<url><loc>{}{}</loc></url>", escaped(site), escaped(path));
        }
        pages.write(file.clone(), (xml + "</urlset>\n").as_bytes())?;
        maps.push(file);
    }
    let mut index = format!("{XML}<sitemapindex xmlns=\"{SITEMAPS}\">\n");
    for map in &maps {
        let _ = writeln!(index, "<sitemap><loc>{}{map}</loc></sitemap>", escaped(site));
    }
    pages.write("sitemap.xml".into(), (index + "</sitemapindex>\n").as_bytes())?;
    let robots = format!("User-agent: *\nAllow: /\nSitemap: {site}sitemap.xml\n");
    pages.write("robots.txt".into(), robots.as_bytes())?;
    let search = format!(
        "{XML}<OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\
         <ShortName>{}</ShortName><Description>{}</Description>\
         <Url type=\"text/html\" template=\"{}search.html?q={{searchTerms}}\"/>\
         </OpenSearchDescription>\n",
        // The specification allows sixteen letters.
        escaped(&input.settings.title.chars().take(16).collect::<String>()),
        escaped(&input.settings.title),
        escaped(site)
    );
    pages.write("opensearch.xml".into(), search.as_bytes())
}

const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
const SITEMAPS: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";

/// A page at each old address of what was renamed, and one file for hosts that redirect themselves.
fn write_redirects<S: Sink + ?Sized>(pages: &Pages<'_, S>, atlas: &Atlas<'_>) -> Result<(), Error> {
    let mut lines = String::new();
    let mut done = HashSet::new();
    for (from, _) in atlas.past.old_names() {
        let Some(old) = reference(from) else { continue };
        let now = atlas.past.name_now(from).and_then(reference);
        let Some(now) = now.and_then(|now| atlas.catalog.get(&now)) else { continue };
        // What has the old name today is that page.
        if atlas.catalog.get(&old).is_some() || !done.insert(old.clone()) {
            continue;
        }
        let (path, to) = (address::entity_page(&old), address::entity_page(&now.reference));
        let target = escaped(&format!("{}{to}", address::root_of(&path)));
        let title = escaped(now.title());
        let html = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head><meta charset=\"utf-8\"><title>{title}</title>\n\
             <link rel=\"canonical\" href=\"{target}\">\n\
             <meta http-equiv=\"refresh\" content=\"0; url={target}\"></head>\n\
             <body><p><a href=\"{target}\">{title}</a></p></body>\n</html>\n"
        );
        pages.write(path.clone(), html.as_bytes())?;
        let _ = writeln!(lines, "/{path} /{to} 301");
    }
    match lines.is_empty() {
        true => Ok(()),
        false => pages.write("_redirects".into(), lines.as_bytes()),
    }
}

/// A whole reference as it is written.
fn reference(text: &str) -> Option<EntityRef> {
    let (kind, rest) = text.split_once(':')?;
    let (namespace, name) = rest.split_once('/')?;
    Some(EntityRef::new(kind, namespace, name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_text_is_markdown() {
        assert_eq!(plain("a\n# *b* [c](d) <e>"), "a \\# \\*b\\* \\[c\\](d) \\<e\\>");
    }
}
