//! What every page has: its title, its place in the tree, its neighbourhood, and the way to the root.

use std::{borrow::Cow, sync::OnceLock};

use jiff::Timestamp;
use rayon::prelude::*;
use serde::{Serialize, Serializer};
use serde_json::json;

use crate::{
    base::{clock::rfc3339, forges},
    catalog::{Catalog, Entity, EntityRef, Relation},
    site::{
        error::Error,
        input::{FooterLink, Input, Status},
        model::Atlas,
        pages::{health::coded, me},
        rebuild::key::key,
        text::address::{self, PagePath},
        theme::{
            assets::{self, Logo},
            messages,
        },
    },
};

/// How many neighbours a page lists at most.
const NEIGHBOURS: usize = 10;

/// What the templates know of the page they are part of.
#[derive(Debug, Serialize)]
pub(crate) struct Page<'a> {
    pub(crate) title: &'a str,
    /// Address of the page from the root.
    pub(crate) path: String,
    /// Prefix of every address of a page. What all languages share is reached by `page.base`, which
    /// stands in templates only.
    pub(crate) root: String,
    /// Which entry of the navigation is marked.
    pub(crate) nav: &'static str,
    /// The way from the root of the tree to the page, without the page.
    pub(crate) crumbs: Vec<Card<'a>>,
    pub(crate) near: Option<Near<'a>>,
    /// Address from the site's root of the page's Atom feed.
    pub(crate) feed: Option<String>,
}

/// Other entities of the same system or team.
#[derive(Debug, Serialize)]
pub(crate) struct Near<'a> {
    pub(crate) of: Card<'a>,
    pub(crate) items: Vec<Card<'a>>,
    pub(crate) total: usize,
    /// Address of the page itself, which is marked among the items.
    pub(crate) current: PagePath<'a>,
}

/// A thing that is named on a page, with its page.
#[derive(Debug, Clone)]
pub(crate) enum Card<'a> {
    /// An entity. What a card says of it is fetched when it is asked: where many pages name it, its template
    /// value is there already, and that is all that they ask.
    Entity { entity: &'a Entity, shared: Option<&'a SharedCard> },
    /// Anything else that has a name.
    Named {
        title: Cow<'a, str>,
        /// Kind in lower case: which icon it has.
        kind: Cow<'a, str>,
        /// Address from the root; `None` when there is no such page.
        url: Option<PagePath<'a>>,
    },
}

/// The cards of all entities, in the order of the catalog.
#[derive(Debug, Default)]
pub(crate) struct Cards(Vec<SharedCard>);

/// The card of an entity, for all pages that name it.
#[derive(Debug)]
pub(crate) struct SharedCard {
    /// The hash of what it says.
    key: u128,
    /// As templates have it: made when it is first read.
    value: OnceLock<tera::Value>,
}

impl Cards {
    pub(crate) fn new(catalog: &Catalog) -> Result<Self, Error> {
        let card = |entity: &Entity| {
            let key = key(0, "card", &Card::of(entity).fields())?;
            Ok(SharedCard { key, value: OnceLock::new() })
        };
        Ok(Self(catalog.entities().par_iter().map(card).collect::<Result<_, Error>>()?))
    }
}

impl Serialize for Card<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            // Texts and nothing else: making a value of them cannot fail.
            Self::Entity { shared: Some(shared), .. } if serializer.is_human_readable() => {
                let make = || tera::Value::from_serializable(&self.fields());
                shared.value.get_or_init(make).serialize(serializer)
            }
            Self::Entity { shared: Some(shared), .. } => serializer.serialize_u128(shared.key),
            _ => self.fields().serialize(serializer),
        }
    }
}

/// What templates know of a card.
#[derive(Serialize)]
struct Fields<'c> {
    title: &'c str,
    kind: &'c str,
    url: Option<PagePath<'c>>,
}

impl<'a> Page<'a> {
    /// Makes the frame of the page at `path`.
    pub(crate) fn new(path: &str, title: &'a str, nav: &'static str) -> Self {
        Self {
            title,
            path: path.to_owned(),
            root: address::root_of(path),
            nav,
            crumbs: Vec::new(),
            near: None,
            feed: None,
        }
    }
}

impl<'a> Card<'a> {
    /// A card of a name; `url` is the page that it leads to, where it leads to one.
    pub(crate) fn new(
        title: impl Into<Cow<'a, str>>,
        kind: impl Into<Cow<'a, str>>,
        url: Option<PagePath<'a>>,
    ) -> Self {
        Self::Named { title: title.into(), kind: kind.into(), url }
    }

    /// A card of an entity that exists.
    pub(crate) fn of(entity: &'a Entity) -> Self {
        Self::Entity { entity, shared: None }
    }

    /// A card of the entity at a place of the catalog, which many pages may name.
    pub(crate) fn at(atlas: &Atlas<'a>, place: usize) -> Self {
        Self::Entity { entity: &atlas.catalog.entities()[place], shared: atlas.cards.0.get(place) }
    }

    fn fields(&self) -> Fields<'_> {
        Fields { title: self.title(), kind: self.kind(), url: self.url() }
    }

    /// What people call it.
    pub(crate) fn title(&self) -> &str {
        match self {
            Self::Entity { entity, .. } => entity.title(),
            Self::Named { title, .. } => title,
        }
    }

    /// Kind in lower case.
    pub(crate) fn kind(&self) -> &str {
        match self {
            Self::Entity { entity, .. } => entity.reference.kind(),
            Self::Named { kind, .. } => kind,
        }
    }

    /// Address of its page from the root; `None` when it has none.
    pub(crate) fn url(&self) -> Option<PagePath<'_>> {
        match self {
            Self::Entity { entity, .. } => Some(PagePath::Entity(&entity.reference)),
            Self::Named { url, .. } => url.clone(),
        }
    }

    /// A card of what a reference names, which may not exist.
    pub(crate) fn to(atlas: &Atlas<'a>, reference: &'a EntityRef) -> Self {
        let place = atlas.catalog.position(reference);
        place.map_or_else(|| Self::missing(reference), |place| Self::at(atlas, place))
    }

    /// A card of the other end of a relation, which may not exist.
    pub(crate) fn across(atlas: &Atlas<'a>, relation: &'a Relation) -> Self {
        let missing = || Self::missing(&relation.target);
        relation.place.map_or_else(missing, |place| Self::at(atlas, place as usize))
    }

    /// A card of what does not exist.
    pub(crate) fn missing(reference: &'a EntityRef) -> Self {
        Self::new(reference.humanize(Some(reference.kind())), reference.kind(), None)
    }

    /// A card of a reference that is not in the catalog's memory.
    pub(crate) fn found(atlas: &Atlas<'a>, reference: &EntityRef) -> Self {
        let missing =
            || Self::new(reference.humanize(Some("user")), reference.kind().to_owned(), None);
        atlas.catalog.get(reference).map_or_else(missing, Self::of)
    }
}

impl<'a> Near<'a> {
    /// Lists the entities around `entity` among those of the same kind in its system, or with its
    /// owner when it has no system.
    pub(crate) fn of(atlas: &Atlas<'a>, entity: &'a Entity) -> Option<Self> {
        let kind = entity.reference.kind();
        let in_system = atlas.first(entity, "partOf").map(|whole| (whole, "hasPart"));
        let (whole, relation) =
            in_system.or_else(|| Some((atlas.first(entity, "ownedBy")?, "ownerOf")))?;
        let all = whole.relations_of(relation).filter(|to| to.target.kind() == kind);
        let all: Vec<&Relation> = all.collect();
        let at = all.iter().position(|to| to.place == u32::try_from(entity.place).ok())?;
        let window = window(at, all.len());
        Some(Self {
            of: Card::at(atlas, whole.place),
            items: all[window].iter().map(|to| Card::across(atlas, to)).collect(),
            total: all.len(),
            current: PagePath::Entity(&entity.reference),
        })
    }

    /// Lists the entities around `entity` among `all`, which belong to `of`.
    pub(crate) fn among(of: Card<'a>, all: &[&'a Entity], entity: &'a Entity) -> Self {
        let at = all.iter().position(|e| e.reference == entity.reference);
        let window = window(at.unwrap_or(0), all.len());
        Self {
            of,
            items: all[window].iter().map(|e| Card::of(e)).collect(),
            total: all.len(),
            current: PagePath::Entity(&entity.reference),
        }
    }
}

/// The part of a list of `len` things that is shown around the one at `at`.
fn window(at: usize, len: usize) -> std::ops::Range<usize> {
    let start = at.saturating_sub(NEIGHBOURS / 2).min(len.saturating_sub(NEIGHBOURS));
    start..(start + NEIGHBOURS).min(len)
}

/// The way to an entity: the teams above its owner, the owner, its system.
pub(crate) fn crumbs<'a>(atlas: &Atlas<'a>, entity: &'a Entity) -> Vec<Card<'a>> {
    let owner = atlas.first(entity, "ownedBy");
    let system = atlas.first(entity, "partOf");
    let mut path: Vec<&Entity> = match owner.filter(|o| o.reference.kind() == "group") {
        Some(owner) => atlas.teams.above(&owner.reference),
        None => Vec::new(),
    };
    path.extend(owner);
    path.extend(system);
    path.into_iter().map(|above| Card::at(atlas, above.place)).collect()
}

/// A moment: for machines, and in words that need no script.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Moment {
    pub(crate) iso: String,
    pub(crate) text: String,
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        Self { iso: rfc3339(time), text: time.strftime("%Y-%m-%d %H:%M UTC").to_string() }
    }
}

/// What is the same on every page, and from build to build: the freshness of the catalog is not here.
#[derive(Debug, Serialize)]
pub(crate) struct Site<'a> {
    title: &'a str,
    /// Address of the site, when it is known.
    url: Option<&'a str>,
    /// The content security policy.
    policy: String,
    logo: Option<Logo>,
    /// File name of the icon that browsers show.
    favicon: String,
    footer: &'a [FooterLink],
    new_file_url: Option<&'a str>,
    /// What people call the forge of `new_file_url`.
    forge: Option<String>,
    /// Languages of the portal, its own first.
    languages: Vec<Language<'a>>,
    has_docs: bool,
    offline: bool,
}

/// A language of the portal.
#[derive(Debug, Serialize)]
pub(crate) struct Language<'a> {
    code: &'a str,
    /// What it calls itself.
    name: Cow<'a, str>,
    /// Where its pages lie below the site's root: nowhere else for the first, else `<code>/`.
    prefix: String,
    is_current: bool,
}

impl<'a> Site<'a> {
    /// What the pages of one of the portal's languages share.
    pub(crate) fn new(input: &Input<'a>, language: &str) -> Self {
        let languages = input.settings.languages.iter().enumerate().map(|(at, code)| Language {
            code,
            name: messages::own_name(code),
            prefix: language_prefix(at, code),
            is_current: code == language,
        });
        Self {
            title: &input.settings.title,
            url: input.settings.url.as_deref(),
            policy: me::policy(input.settings),
            logo: Logo::of(input.settings),
            favicon: assets::favicon(input.settings),
            footer: &input.settings.footer,
            new_file_url: input.settings.new_file_url.as_deref(),
            forge: input.settings.new_file_url.as_deref().map(forge),
            languages: languages.collect(),
            has_docs: input.has_docs(),
            offline: input.settings.offline,
        }
    }
}

/// Where the pages of a language lie below the site's root.
pub(crate) fn language_prefix(at: usize, code: &str) -> String {
    if at == 0 { String::new() } else { format!("{code}/") }
}

/// What changes with every build: it stands in one small file that pages read, and on the page about
/// the portal.
#[derive(Debug, Serialize)]
pub(crate) struct State<'a> {
    built: Moment,
    as_of: Option<Moment>,
    commit: Option<&'a str>,
    sources: Vec<Source<'a>>,
    counts: Counts,
}

/// Numbers beside entries of the navigation.
#[derive(Debug, Serialize)]
struct Counts {
    open_runs: usize,
    problems: usize,
}

#[derive(Debug, Serialize)]
struct Source<'a> {
    name: &'a str,
    read: Option<Moment>,
    /// When its files changed, where nobody recorded when it was read.
    changed: Option<Moment>,
    failure: Option<&'a str>,
    /// HTML of `failure`: what stands in backticks is code.
    reason: Option<String>,
    /// Since when it fails.
    since: Option<Moment>,
    /// How many documents could not be taken when it was read.
    unread: usize,
}

impl<'a> State<'a> {
    pub(crate) fn new(input: &Input<'a>) -> Self {
        let sources = input.freshness.sources.iter().map(|source| Source {
            name: &source.name,
            read: source.read.map(Moment::from),
            changed: source.changed.map(Moment::from),
            failure: source.failure.as_ref().map(|failure| failure.reason.as_str()),
            reason: source.failure.as_ref().map(|failure| coded(&failure.reason)),
            since: source.failure.as_ref().map(|failure| failure.since.into()),
            unread: source.stale.len(),
        });
        let is_open = |status| matches!(status, Status::Waiting | Status::Running);
        let all = input.freshness.sources.iter();
        let unread = all.map(|source| source.stale.len() + usize::from(source.failure.is_some()));
        Self {
            built: input.now.into(),
            as_of: input.freshness.as_of.map(Moment::from),
            commit: input.freshness.commit.as_deref(),
            sources: sources.collect(),
            counts: Counts {
                open_runs: input.runs.iter().filter(|run| is_open(run.status)).count(),
                problems: input.diagnostics.len() + unread.sum::<usize>(),
            },
        }
    }

    /// The small file: times as text only.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        let iso = |moment: &Option<Moment>| moment.as_ref().map(|moment| moment.iso.clone());
        let sources = self.sources.iter().map(|source| {
            json!({
                "name": source.name,
                "read": iso(&source.read),
                "changed": iso(&source.changed),
                "failure": source.failure,
                "since": iso(&source.since),
                "unread": source.unread,
            })
        });
        let state = json!({
            "built": self.built.iso,
            "as_of": iso(&self.as_of),
            "commit": self.commit,
            "sources": sources.collect::<Vec<_>>(),
            "counts": self.counts,
        });
        state.to_string().into_bytes()
    }
}

/// A kind with its list, in the navigation of lists.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct KindLink {
    id: String,
    plural: String,
    count: usize,
    url: String,
}

/// The kinds that have entities.
pub(crate) fn kind_links(atlas: &Atlas<'_>) -> Vec<KindLink> {
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
    forges::title(&host).map_or(host, str::to_owned)
}
