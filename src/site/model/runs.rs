//! Runs by what pages ask of them: the newest first, and those of a template.

use std::collections::{BTreeSet, HashMap};

use crate::{catalog::EntityRef, site::input::Run};

/// All runs.
#[derive(Debug, Default)]
pub(crate) struct Runs<'a> {
    /// The newest first.
    pub(crate) all: Vec<&'a Run>,
    /// Their ids.
    ids: BTreeSet<&'a str>,
    /// Those of each template, the newest first.
    by_template: HashMap<EntityRef, Vec<&'a Run>>,
}

impl<'a> Runs<'a> {
    pub(super) fn new(runs: &'a [Run]) -> Self {
        let mut all: Vec<_> = runs.iter().collect();
        all.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
        let mut by_template: HashMap<EntityRef, Vec<&Run>> = HashMap::new();
        for run in &all {
            if let Ok(template) = EntityRef::parse(&run.template, Some("template"), "default") {
                by_template.entry(template).or_default().push(run);
            }
        }
        Self { ids: all.iter().map(|run| run.id.as_str()).collect(), all, by_template }
    }

    /// The runs of a template, the newest first.
    pub(crate) fn of_template(&self, template: &EntityRef) -> &[&'a Run] {
        self.by_template.get(template).map_or(&[], Vec::as_slice)
    }

    /// Whether the run of a request has a page.
    pub(crate) fn has(&self, request: &str) -> bool {
        self.ids.contains(request)
    }
}
