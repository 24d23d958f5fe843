//! What is wrong, as lists that can be worked off: by rule on one page, and whole for each owner.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;
use serde::Serialize;

use crate::{
    base::{
        diagnostics::{Diagnostic, Level},
        fs::Sink,
    },
    catalog::{Entity, EntityRef},
    site::{
        error::Error,
        input::Input,
        model::{
            Atlas,
            read_failures::{FailureGroup, ReadFailure},
        },
        output::Pages,
        parts::frame::{Card, Page},
        text::address,
        theme::escaped,
    },
};

/// One diagnostic.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
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

/// The rule of an owner that does not exist: of all dangling references the one to mend first.
const MISSING_OWNER: &str = "missing-owner";
/// Most rows of a rule on a page.
const ROWS: usize = 100;
const OWN_ROWS: usize = 500;

/// Everything that is wrong, worst first, then by rule, owner and entity.
#[derive(Debug, Default)]
pub(crate) struct Health<'a> {
    findings: Vec<Finding<'a>>,
    /// Where those of an owner stand.
    of: BTreeMap<&'a EntityRef, (&'a Entity, Vec<usize>)>,
}

/// A diagnostic with the entity that it is about, and who looks after that.
#[derive(Debug, Clone, Copy)]
struct Finding<'a> {
    diagnostic: &'a Diagnostic,
    code: &'a str,
    entity: Option<&'a Entity>,
    owner: Option<&'a Entity>,
}

/// How much is wrong with what somebody looks after.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Tally<'a> {
    owner: Card<'a>,
    /// Where all of it is listed.
    url: String,
    errors: usize,
    warnings: usize,
    notes: usize,
}

/// What the template of the page knows.
#[derive(Debug, Serialize)]
struct HealthView<'a> {
    page: Page<'a>,
    /// Whose work this is; `None` for that of all.
    of: Option<Card<'a>>,
    /// Sources that cannot be read.
    failing: Vec<ReadFailure<'a>>,
    /// Documents that cannot be read, by reason.
    unread: Vec<FailureGroup<'a>>,
    rules: Vec<Rule<'a>>,
    owners: Vec<Tally<'a>>,
    sources: Vec<&'a str>,
    entities: usize,
}

#[derive(Debug, Serialize)]
struct Rule<'a> {
    code: &'a str,
    level: &'static str,
    count: usize,
    rows: Vec<Row<'a>>,
    more: usize,
}

#[derive(Debug, Serialize)]
struct Row<'a> {
    card: Option<Card<'a>>,
    owner: Option<Card<'a>>,
    #[serde(flatten)]
    problem: Problem,
}

impl<'a> Health<'a> {
    /// Finds whose work each diagnostic and each finding of the lints is.
    pub(crate) fn new(input: &Input<'a>, atlas: &Atlas<'a>) -> Self {
        let mut files: HashMap<&str, Option<&'a Entity>> = HashMap::new();
        for entity in atlas.catalog.entities() {
            for fragment in &entity.fragments {
                // What is wrong in a file of several entities could be about any of them.
                let known = files.entry(&*fragment.file).or_insert(Some(entity));
                if known.is_some_and(|known| known.reference != entity.reference) {
                    *known = None;
                }
            }
        }
        let finding = |diagnostic: &'a Diagnostic| {
            let entity = files.get(&*diagnostic.place.file).copied().flatten();
            let owner = entity.and_then(|entity| match entity.reference.kind() {
                "group" | "user" => Some(entity),
                _ => atlas.first(entity, "ownedBy"),
            });
            let is_ownerless = owner.is_none() && diagnostic.code == "dangling-reference";
            let names_owner = |entity: &Entity| {
                let mut owners = entity.related("ownedBy");
                owners.any(|owner| diagnostic.message.contains(&format!("`{owner}`")))
            };
            let code = match is_ownerless && entity.is_some_and(names_owner) {
                true => MISSING_OWNER,
                false => diagnostic.code,
            };
            Finding { diagnostic, code, entity, owner }
        };
        let all = input.diagnostics.iter().chain(input.lints);
        let mut findings: Vec<_> = all.map(finding).collect();
        findings.sort_by_cached_key(|found| {
            let title = |entity: Option<&Entity>| entity.map(|e| e.title().to_lowercase());
            let level = std::cmp::Reverse(found.diagnostic.level);
            (level, found.code, title(found.owner), title(found.entity))
        });
        let mut of: BTreeMap<_, (&'a Entity, Vec<usize>)> = BTreeMap::new();
        for (at, found) in findings.iter().enumerate() {
            if let Some(owner) = found.owner {
                of.entry(&owner.reference).or_insert((owner, Vec::new())).1.push(at);
            }
        }
        Self { findings, of }
    }

    /// Where the work of an owner is listed, when there is any.
    pub(crate) fn work_of(&self, owner: &Entity) -> Option<String> {
        self.of.contains_key(&owner.reference).then(|| address_of(owner))
    }

    /// How many warnings there are.
    pub(crate) fn warnings(&self) -> usize {
        self.findings.iter().filter(|found| found.diagnostic.level == Level::Warning).count()
    }

    /// How much each owner has to do, those with most first.
    fn owners(&self) -> Vec<(&'a Entity, Tally<'a>)> {
        let tally = |(owner, found): &(&'a Entity, Vec<usize>)| {
            let count = |level| {
                found.iter().filter(|at| self.findings[**at].diagnostic.level == level).count()
            };
            let tally = Tally {
                owner: Card::of(owner),
                url: address_of(owner),
                errors: count(Level::Error),
                warnings: count(Level::Warning),
                notes: count(Level::Note),
            };
            (*owner, tally)
        };
        let mut owners: Vec<_> = self.of.values().map(tally).collect();
        owners.sort_by_key(|(_, tally)| {
            std::cmp::Reverse((tally.errors, tally.warnings, tally.notes))
        });
        owners
    }

    fn rules(&self, of: Option<&Entity>, most: usize) -> Vec<Rule<'a>> {
        let found: Vec<&Finding<'a>> = match of.map(|owner| self.of.get(&owner.reference)) {
            None => self.findings.iter().collect(),
            Some(own) => {
                own.into_iter().flat_map(|(_, at)| at).map(|at| &self.findings[*at]).collect()
            }
        };
        let rules =
            found.chunk_by(|a, b| (a.code, a.diagnostic.level) == (b.code, b.diagnostic.level));
        let row = |found: &&Finding<'a>| Row {
            card: found.entity.map(Card::of),
            owner: found.owner.filter(|_| of.is_none()).map(Card::of),
            problem: found.diagnostic.into(),
        };
        rules
            .map(|found| Rule {
                code: found[0].code,
                level: found[0].diagnostic.level.as_str(),
                count: found.len(),
                rows: found.iter().take(most).map(row).collect(),
                more: found.len().saturating_sub(most),
            })
            .collect()
    }
}

/// Where the work of an owner is listed, beside the page of all.
fn address_of(owner: &Entity) -> String {
    address::entity_page(&owner.reference).replacen("catalog/", "health/", 1)
}

/// Writes the page of all, and one for each owner with something to do.
pub(crate) fn write<S: Sink + ?Sized>(
    pages: &Pages<'_, S>,
    input: &Input<'_>,
    atlas: &Atlas<'_>,
) -> Result<(), Error> {
    let (health, owners) = (&atlas.health, atlas.health.owners());
    let view = HealthView {
        page: Page::new("health.html", "Health", "health"),
        of: None,
        failing: atlas.unread.sources(),
        unread: atlas.unread.documents(atlas),
        rules: health.rules(None, ROWS),
        owners: owners.iter().map(|(_, tally)| tally.clone()).collect(),
        sources: input.freshness.sources.iter().map(|source| source.name.as_str()).collect(),
        entities: atlas.catalog.entities().len(),
    };
    pages.render("health.html", "pages/health.html", &view)?;
    owners.par_iter().try_for_each(|(owner, tally)| {
        let view = HealthView {
            page: Page::new(&tally.url, owner.title(), "health"),
            of: Some(Card::of(owner)),
            failing: Vec::new(),
            unread: Vec::new(),
            rules: health.rules(Some(owner), OWN_ROWS),
            owners: Vec::new(),
            sources: Vec::new(),
            entities: 0,
        };
        pages.render(&tally.url, "pages/health.html", &view)
    })
}

/// Escapes a message and shows what stands in backticks as code.
pub(crate) fn coded(text: &str) -> String {
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
