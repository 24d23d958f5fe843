//! What is wrong, as lists that can be worked off.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{
    atlas::Atlas,
    frame::{Card, Page},
    input::Input,
    theme::escaped,
};
use crate::{
    base::diagnostics::Diagnostic,
    catalog::{Entity, kinds::kind_spec},
};

/// One diagnostic.
#[derive(Debug, Serialize)]
pub(super) struct Problem {
    level: &'static str,
    code: &'static str,
    place: String,
    /// HTML: what stands in backticks is code.
    message: String,
    hint: Option<String>,
}

impl From<&Diagnostic> for Problem {
    fn from(diagnostic: &Diagnostic) -> Self {
        Self {
            level: diagnostic.level.as_str(),
            code: diagnostic.code,
            place: diagnostic.place.to_string(),
            message: coded(&diagnostic.message),
            hint: diagnostic.hint.as_deref().map(coded),
        }
    }
}

/// What the template of the page knows.
#[derive(Debug, Serialize)]
pub(super) struct HealthView<'a> {
    pub(super) page: Page<'a>,
    /// Diagnostics by rule, the most frequent first.
    rules: Vec<Rule>,
    /// References to entities that do not exist.
    dangling: Vec<DanglingRow<'a>>,
    /// Entities that should have an owner and have none that exists.
    unowned: Vec<Card<'a>>,
    /// Teams without people in them or below, and without anything else.
    empty_teams: Vec<Card<'a>>,
    entities: usize,
}

#[derive(Debug, Serialize)]
struct Rule {
    code: &'static str,
    level: &'static str,
    problems: Vec<Problem>,
}

#[derive(Debug, Serialize)]
struct DanglingRow<'a> {
    from: Card<'a>,
    target: String,
    field: String,
    suggestion: Option<String>,
}

impl<'a> HealthView<'a> {
    pub(super) fn new(input: &Input<'a>, atlas: &Atlas<'a>) -> Self {
        let dangling = atlas.catalog.dangling().into_iter().map(|found| DanglingRow {
            from: Card::of(found.entity),
            target: found.target.to_string(),
            field: found.pointer.trim_start_matches('/').replace('/', "."),
            suggestion: found.suggestion,
        });
        let unowned = atlas.catalog.entities().iter().filter(|e| lacks_owner(atlas, e));
        let empty = atlas.kind("group").map_or(&[][..], |kind| &kind.entities);
        let empty = empty.iter().filter(|team| {
            let place = atlas.teams.get(&team.reference);
            place.is_some_and(|team| team.people == 0)
        });
        Self {
            page: Page::new("health.html", "Health", "health"),
            rules: rules(input.diagnostics),
            dangling: dangling.collect(),
            unowned: unowned.map(Card::of).collect(),
            empty_teams: empty.map(|team| Card::of(team)).collect(),
            entities: atlas.catalog.entities().len(),
        }
    }
}

/// Escapes a message and shows what stands in backticks as code.
fn coded(text: &str) -> String {
    let mut html = String::new();
    for (at, part) in text.split('`').enumerate() {
        let part = escaped(part);
        match at % 2 {
            0 => html.push_str(&part),
            _ => html.extend(["<code>", &part, "</code>"]),
        }
    }
    html
}

/// Dangling references have a list of their own.
fn rules(diagnostics: &[Diagnostic]) -> Vec<Rule> {
    let mut rules: BTreeMap<_, Vec<Problem>> = BTreeMap::new();
    for diagnostic in diagnostics.iter().filter(|d| d.code != "dangling-reference") {
        let key = (std::cmp::Reverse(diagnostic.level), diagnostic.code);
        rules.entry(key).or_default().push(diagnostic.into());
    }
    rules
        .into_iter()
        .map(|((level, code), problems)| Rule { code, level: level.0.as_str(), problems })
        .collect()
}

fn lacks_owner(atlas: &Atlas<'_>, entity: &Entity) -> bool {
    let wants_owner =
        kind_spec(entity.kind()).is_some_and(|kind| kind.fields.iter().any(|f| f.name == "owner"));
    wants_owner && atlas.first(entity, "ownedBy").is_none()
}
