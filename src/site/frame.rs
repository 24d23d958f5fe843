//! What every page has: its title, its place in the tree, its neighbourhood, and the way to the root.

use jiff::Timestamp;
use serde::Serialize;

use super::{
    address,
    atlas::Atlas,
    input::{Input, Status},
    me,
};
use crate::{
    base::clock::rfc3339,
    catalog::{Entity, EntityRef},
};

/// How many neighbours a page lists at most.
const NEIGHBOURS: usize = 14;

/// What the templates know of the page they are part of.
#[derive(Debug, Serialize)]
pub(super) struct Page<'a> {
    pub(super) title: &'a str,
    /// Prefix of every address.
    pub(super) root: String,
    /// Which entry of the navigation is marked.
    pub(super) nav: &'static str,
    /// The way from the root of the tree to the page, without the page.
    pub(super) crumbs: Vec<Card<'a>>,
    pub(super) near: Option<Near<'a>>,
}

/// Other entities of the same system or team.
#[derive(Debug, Serialize)]
pub(super) struct Near<'a> {
    pub(super) of: Card<'a>,
    pub(super) items: Vec<Card<'a>>,
    pub(super) total: usize,
    /// Address of the page itself, which is marked among the items.
    pub(super) current: String,
}

/// A thing that is named on a page, with its page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Card<'a> {
    pub(super) title: std::borrow::Cow<'a, str>,
    /// Kind in lower case: which icon it has.
    pub(super) kind: std::borrow::Cow<'a, str>,
    /// Address from the root; `None` when there is no such entity.
    pub(super) url: Option<String>,
}

impl<'a> Page<'a> {
    /// Makes the frame of the page at `path`.
    pub(super) fn new(path: &str, title: &'a str, nav: &'static str) -> Self {
        Self { title, root: address::root_of(path), nav, crumbs: Vec::new(), near: None }
    }
}

impl<'a> Card<'a> {
    /// A card of an entity that exists.
    pub(super) fn of(entity: &'a Entity) -> Self {
        Self {
            title: entity.title().into(),
            kind: entity.reference.kind().into(),
            url: Some(address::entity_page(&entity.reference)),
        }
    }

    /// A card of what a reference names, which may not exist.
    pub(super) fn to(atlas: &Atlas<'a>, reference: &'a EntityRef) -> Self {
        atlas.catalog.get(reference).map_or_else(
            || Self {
                title: reference.humanize(Some(reference.kind())).into(),
                kind: reference.kind().into(),
                url: None,
            },
            Self::of,
        )
    }

    /// A card of a reference that is not in the catalog's memory.
    pub(super) fn found(atlas: &Atlas<'a>, reference: &EntityRef) -> Self {
        atlas.catalog.get(reference).map_or_else(
            || Self {
                title: reference.humanize(Some("user")).into(),
                kind: reference.kind().to_owned().into(),
                url: None,
            },
            Self::of,
        )
    }
}

impl<'a> Near<'a> {
    /// Lists the entities around `entity` among those of the same kind in its system, or with its
    /// owner when it has no system.
    pub(super) fn of(atlas: &Atlas<'a>, entity: &'a Entity) -> Option<Self> {
        let kind = entity.reference.kind();
        let in_system = atlas.first(entity, "partOf").map(|whole| (whole, "hasPart"));
        let (whole, relation) =
            in_system.or_else(|| Some((atlas.first(entity, "ownedBy")?, "ownerOf")))?;
        let all: Vec<&EntityRef> = whole.related(relation).filter(|e| e.kind() == kind).collect();
        let at = all.iter().position(|e| **e == entity.reference)?;
        let window = window(at, all.len());
        Some(Self {
            of: Card::of(whole),
            items: all[window].iter().map(|e| Card::to(atlas, e)).collect(),
            total: all.len(),
            current: address::entity_page(&entity.reference),
        })
    }

    /// Lists the entities around `entity` among `all`, which belong to `of`.
    pub(super) fn among(of: Card<'a>, all: &[&'a Entity], entity: &Entity) -> Self {
        let at = all.iter().position(|e| e.reference == entity.reference);
        let window = window(at.unwrap_or(0), all.len());
        Self {
            of,
            items: all[window].iter().map(|e| Card::of(e)).collect(),
            total: all.len(),
            current: address::entity_page(&entity.reference),
        }
    }
}

/// The part of a list of `len` things that is shown around the one at `at`.
fn window(at: usize, len: usize) -> std::ops::Range<usize> {
    let start = at.saturating_sub(NEIGHBOURS / 2).min(len.saturating_sub(NEIGHBOURS));
    start..(start + NEIGHBOURS).min(len)
}

/// The way to an entity: the teams above its owner, the owner, its system.
pub(super) fn crumbs<'a>(atlas: &Atlas<'a>, entity: &'a Entity) -> Vec<Card<'a>> {
    let owner = atlas.first(entity, "ownedBy");
    let system = atlas.first(entity, "partOf");
    let mut path: Vec<&Entity> = match owner.filter(|o| o.reference.kind() == "group") {
        Some(owner) => atlas.teams.above(&owner.reference),
        None => Vec::new(),
    };
    path.extend(owner);
    path.extend(system);
    path.into_iter().map(Card::of).collect()
}

/// A moment: for machines, and in words that need no script.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Moment {
    pub(super) iso: String,
    pub(super) text: String,
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        Self { iso: rfc3339(time), text: time.strftime("%-d %B %Y, %H:%M UTC").to_string() }
    }
}

/// What is the same on every page.
#[derive(Debug, Serialize)]
pub(super) struct Site<'a> {
    title: &'a str,
    /// The content security policy.
    policy: String,
    new_file_url: Option<&'a str>,
    /// What people call the forge of `new_file_url`.
    forge: Option<String>,
    /// Kinds that have entities.
    kinds: Vec<KindLink>,
    templates: usize,
    open_runs: usize,
    problems: usize,
    commit: Option<&'a str>,
    as_of: Option<Moment>,
    built: Moment,
    sources: Vec<Source<'a>>,
}

/// A kind in the navigation.
#[derive(Debug, Clone, Serialize)]
pub(super) struct KindLink {
    id: String,
    plural: String,
    count: usize,
    url: String,
}

#[derive(Debug, Serialize)]
struct Source<'a> {
    name: &'a str,
    read: Option<Moment>,
    failure: Option<&'a str>,
}

impl<'a> Site<'a> {
    pub(super) fn new(input: &Input<'a>, atlas: &Atlas<'a>) -> Self {
        let sources = input.freshness.sources.iter().map(|source| Source {
            name: &source.name,
            read: source.read.map(Moment::from),
            failure: source.failure.as_deref(),
        });
        let is_open = |status| matches!(status, Status::Waiting | Status::Running);
        Self {
            title: &input.settings.title,
            policy: me::policy(input.settings),
            new_file_url: input.settings.new_file_url.as_deref(),
            forge: input.settings.new_file_url.as_deref().map(forge),
            kinds: kind_links(atlas),
            templates: atlas.kind("template").map_or(0, |kind| kind.entities.len()),
            open_runs: input.runs.iter().filter(|run| is_open(run.status)).count(),
            problems: input.diagnostics.len(),
            commit: input.freshness.commit.as_deref(),
            as_of: input.freshness.as_of.map(Moment::from),
            built: input.now.into(),
            sources: sources.collect(),
        }
    }
}

fn kind_links(atlas: &Atlas<'_>) -> Vec<KindLink> {
    let used = atlas.kinds.iter().filter(|kind| !kind.entities.is_empty());
    used.map(|kind| KindLink {
        id: kind.id.clone(),
        plural: kind.plural.clone(),
        count: kind.entities.len(),
        url: address::list_page(&address::kind_slug(&kind.id), None, 1),
    })
    .collect()
}

/// The name of a forge where it has one, else its host.
fn forge(address: &str) -> String {
    let host = address::host(address);
    match host.as_str() {
        "github.com" => "GitHub".into(),
        "gitlab.com" => "GitLab".into(),
        "dev.azure.com" => "Azure DevOps".into(),
        "codeberg.org" => "Codeberg".into(),
        _ => host,
    }
}
