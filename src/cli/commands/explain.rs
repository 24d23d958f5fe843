//! `callboard explain`: one entity, and the source of each of its fields.

use std::{collections::HashMap, path::Path};

use anyhow::anyhow;
use serde_json::{Value, json};

use crate::{
    base::{
        fs,
        text::nearest,
        yaml::{self, EntryPart, YamlText},
    },
    catalog::{
        Catalog, Entity,
        explain::{Field, explain},
    },
    cli::{
        Failure,
        args::ExplainArgs,
        output::{BOLD, DIM, Output},
        settings::Settings,
    },
};

/// Longest line, in characters, that widens the column of values.
const WIDEST: usize = 64;
/// Most characters of a value; a longer one is cut.
const LONGEST: usize = 72;

/// Prints the merged entity with the provenance of each field.
pub(in crate::cli) fn run(
    portal: &Path,
    args: &ExplainArgs,
    output: &Output,
) -> Result<(), Failure> {
    let (catalog, problems) = Settings::load(portal)?.load_catalog()?;
    let entity = find(&catalog, &args.entity)?;
    let mut places = Places::new(portal, entity);
    let fields = explain(entity);
    if args.json {
        return output.json(&as_json(entity, &fields, &mut places));
    }
    output.line(format!("{BOLD}{}{BOLD:#}", entity.reference));
    for fragment in &entity.fragments {
        output.line(format!("{DIM}{}: {}{DIM:#}", fragment.source, fragment.file));
    }
    output.line("");
    print(&fields, &mut places, output);
    for relation in &entity.relations {
        let state = if catalog.get(&relation.target).is_some() { "" } else { "  does not exist" };
        output.line(format!(
            "{DIM}#{DIM:#} {} {}{DIM}{state}{DIM:#}",
            relation.kind, relation.target
        ));
    }
    // Problems of its files are shown, too.
    let files: Vec<_> = entity.fragments.iter().map(|fragment| &*fragment.file).collect();
    let of_it = problems.into_iter().filter(|problem| files.contains(&problem.place.file.as_str()));
    output.diagnostics(&of_it.collect::<Vec<_>>());
    Ok(())
}

/// Finds an entity by its reference, or by a part of the reference that is unambiguous.
fn find<'c>(catalog: &'c Catalog, text: &str) -> Result<&'c Entity, Failure> {
    let lower = text.to_lowercase();
    let is_meant = |entity: &&Entity| {
        let reference = &entity.reference;
        let (kind, namespace, name) = (reference.kind(), reference.namespace(), reference.name());
        let (kind, namespace, name) =
            (kind.to_lowercase(), namespace.to_lowercase(), name.to_lowercase());
        lower == format!("{kind}:{namespace}/{name}")
            || lower == format!("{kind}:{name}")
            || lower == format!("{namespace}/{name}")
            || lower == name
    };
    let found: Vec<_> = catalog.entities().iter().filter(is_meant).collect();
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let (kind, name) = text.rsplit_once(':').unwrap_or(("", text));
            let name = name.rsplit_once('/').map_or(name, |(_, name)| name);
            let of_kind =
                |entity: &&Entity| kind.is_empty() || entity.kind().eq_ignore_ascii_case(kind);
            let all = catalog.entities().iter().filter(of_kind);
            let near = nearest(name, all.clone().map(|entity| entity.reference.name()));
            let near = near.and_then(|near| all.clone().find(|e| e.reference.name() == near));
            let hint = near.map_or_else(String::new, |near| {
                format!("\nhint: did you mean `{}`?", near.reference)
            });
            Err(unknown(&format!("there is no entity `{text}`{hint}")))
        }
        several => {
            let several: Vec<_> = several.iter().map(|e| format!("`{}`", e.reference)).collect();
            Err(unknown(&format!("`{text}` may be {}", several.join(", "))))
        }
    }
}

fn unknown(message: &str) -> Failure {
    Failure::Unknown(anyhow!("{message}"))
}

/// Finds the lines of fields in the fragments' files.
struct Places<'e> {
    portal: &'e Path,
    entity: &'e Entity,
    texts: HashMap<usize, YamlText>,
}

impl<'e> Places<'e> {
    fn new(portal: &'e Path, entity: &'e Entity) -> Self {
        Self { portal, entity, texts: HashMap::new() }
    }

    fn line(&mut self, fragment: usize, pointer: &str) -> Option<usize> {
        let part = &self.entity.fragments[fragment];
        let text = self.texts.entry(fragment).or_insert_with(|| {
            fs::read_text(&self.portal.join(&*part.file)).unwrap_or_default().into()
        });
        text.locate(part.index, pointer, EntryPart::Value).map(|position| position.line)
    }

    /// Such as `la-carto:12`.
    fn short(&mut self, fragment: usize, pointer: &str) -> String {
        let source = &self.entity.fragments[fragment].source;
        match self.line(fragment, pointer) {
            Some(line) => format!("{source}:{line}"),
            None => source.to_string(),
        }
    }
}

/// Prints the fields as YAML, each with its source beside it.
fn print(fields: &[Field<'_>], places: &mut Places<'_>, output: &Output) {
    let mut rows: Vec<(String, String)> = Vec::new();
    let mut above: Vec<String> = Vec::new();
    for field in fields {
        let parts: Vec<String> = field
            .pointer
            .split('/')
            .skip(1)
            .map(|part| part.replace("~1", "/").replace("~0", "~"))
            .collect();
        let (last, maps) = parts.split_last().map_or(("", &[][..]), |(l, m)| (l.as_str(), m));
        let same = above.iter().zip(maps).take_while(|(a, b)| a == b).count();
        for (depth, key) in maps.iter().enumerate().skip(same) {
            rows.push((format!("{}{}:", "  ".repeat(depth), yaml_text(key)), String::new()));
        }
        above = maps.to_vec();
        let indent = "  ".repeat(maps.len());
        let is_item = field.pointer != field.winner_pointer || is_item(places.entity, field);
        let value = shown(field.value);
        let text = match is_item {
            true => format!("{indent}- {value}"),
            false => format!("{indent}{}: {value}", yaml_text(last)),
        };
        rows.push((text, said_by(field, places)));
    }
    let width = rows.iter().map(|(text, _)| text.chars().count()).filter(|w| *w <= WIDEST).max();
    let width = width.unwrap_or_default();
    for (text, said) in rows {
        match said.is_empty() {
            true => output.line(text),
            false => output.line(format!("{text:width$}  {DIM}{said}{DIM:#}")),
        }
    }
}

/// True for an item of a list that several fragments fill.
fn is_item(entity: &Entity, field: &Field<'_>) -> bool {
    let list = field.pointer.rsplit_once('/').map(|(list, _)| list);
    list.and_then(|list| entity.document.pointer(list)).is_some_and(Value::is_array)
}

fn said_by(field: &Field<'_>, places: &mut Places<'_>) -> String {
    let mut said = places.short(field.winner, &field.winner_pointer);
    for other in &field.others {
        let place = places.short(other.fragment, &other.pointer);
        match other.instead {
            Some(value) => said.push_str(&format!(", not {place}: {}", shown(value))),
            None => said.push_str(&format!(", also {place}")),
        }
    }
    said
}

fn shown(value: &Value) -> String {
    let text = match value {
        Value::String(text) => yaml_text(text),
        other => other.to_string(),
    };
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let cut = first.chars().count() > LONGEST || lines.next().is_some();
    let first: String = first.chars().take(LONGEST).collect();
    if cut { format!("{first}…") } else { first }
}

/// A text as YAML writes it, on one line.
fn yaml_text(text: &str) -> String {
    if text.contains('\n') {
        return text.to_owned();
    }
    yaml::to_string(&text).map_or_else(|_| text.to_owned(), |yaml| yaml.trim_end().to_owned())
}

fn as_json(entity: &Entity, fields: &[Field<'_>], places: &mut Places<'_>) -> Value {
    let mut place = |fragment: usize, pointer: &str| {
        let part = &entity.fragments[fragment];
        json!({ "source": &*part.source, "file": &*part.file, "line": places.line(fragment, pointer) })
    };
    let fields = fields.iter().map(|field| {
        let others = field.others.iter().map(|other| {
            let mut told = place(other.fragment, &other.pointer);
            if let Some(value) = other.instead {
                told["instead"] = value.clone();
            }
            told
        });
        let others: Vec<_> = others.collect();
        json!({
            "pointer": field.pointer,
            "value": field.value,
            "said_by": place(field.winner, &field.winner_pointer),
            "others": others,
        })
    });
    let fields: Vec<_> = fields.collect();
    let relations: Vec<_> = entity
        .relations
        .iter()
        .map(|relation| json!({ "type": relation.kind, "targetRef": relation.target.to_string() }))
        .collect();
    json!({
        "ref": entity.reference.to_string(),
        "entity": &*entity.document,
        "fields": fields,
        "relations": relations,
    })
}
