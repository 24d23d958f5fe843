//! What a reader has to know before they rely on a page: deprecated, orphan, older than it should be, names
//! what does not exist.

use serde::Serialize;

use super::{facts::Link, frame::Card};
use crate::{
    catalog::{Entity, EntityRef},
    site::{
        model::{Atlas, read_failures::ReadFailure},
        text::address,
    },
};

/// How many missing things are named.
const NAMED: usize = 5;
/// What people call the annotation or link that leads to what comes after.
const SUCCESSOR: [&str; 5] =
    ["successor", "replaced-by", "superseded-by", "replacement", "remplacé par"];

/// The banners of a page.
#[derive(Debug, Default, Serialize)]
pub(crate) struct Notices<'a> {
    is_deprecated: bool,
    /// What comes after a deprecated entity: an entity, or a page elsewhere.
    successor: Option<Card<'a>>,
    successor_url: Option<String>,
    is_orphan: bool,
    /// Why what is shown is older than it should be.
    unread: Vec<ReadFailure<'a>>,
    /// What the entity names and the catalog has not.
    missing: Vec<Card<'a>>,
    more_missing: usize,
}

impl<'a> Notices<'a> {
    /// `None` when there is nothing to say.
    pub(crate) fn of(
        atlas: &Atlas<'a>,
        entity: &'a Entity,
        links: &[Link<'a>],
        says_dangling: bool,
    ) -> Option<Self> {
        let is_deprecated = entity.spec_text("lifecycle") == Some("deprecated");
        let mut missing: Vec<&EntityRef> = Vec::new();
        // Diagnostics say it with the nearest name.
        if !says_dangling {
            let gone = entity.relations.iter().map(|relation| &relation.target);
            missing = gone.filter(|target| atlas.catalog.get(target).is_none()).collect();
            missing.sort();
            missing.dedup();
        }
        let mut made = Self {
            is_deprecated,
            unread: atlas.unread.of(entity),
            is_orphan: entity.annotation("backstage.io/orphan") == Some("true"),
            more_missing: missing.len().saturating_sub(NAMED),
            missing: missing.into_iter().take(NAMED).map(|e| Card::to(atlas, e)).collect(),
            ..Self::default()
        };
        if is_deprecated {
            made.find_successor(atlas, entity, links);
        }
        let is_sound = made.unread.is_empty() && made.missing.is_empty();
        (made.is_deprecated || made.is_orphan || !is_sound).then_some(made)
    }

    fn find_successor(&mut self, atlas: &Atlas<'a>, entity: &'a Entity, links: &[Link<'a>]) {
        let annotations = entity.value("/metadata/annotations");
        let annotations = annotations.and_then(serde_json::Value::as_object).into_iter().flatten();
        let named = |name: &str| SUCCESSOR.contains(&name.rsplit('/').next().unwrap_or(name));
        let said =
            annotations.filter(|(name, _)| named(name)).find_map(|(_, value)| value.as_str());
        if let Some(said) = said {
            self.successor_url = address::external(said);
            let reference = EntityRef::parse(said, Some(entity.kind()), entity.namespace());
            let found = reference.ok().and_then(|reference| atlas.catalog.get(&reference));
            self.successor = found.map(Card::of);
            return;
        }
        let named = |link: &&Link<'_>| SUCCESSOR.contains(&link.title.to_lowercase().as_str());
        self.successor_url = links.iter().find(named).and_then(|link| link.url.clone());
    }
}
