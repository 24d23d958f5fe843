//! What every page has: its title, its address, the breadcrumbs to it, and its neighbours.

use std::borrow::Cow;

use serde::Serialize;

use super::card::Card;
use crate::{
    base::forges,
    catalog::{Entity, Relation},
    site::{
        input::{FooterLink, Input},
        model::Model,
        text::address::{self, PagePath},
        theme::{
            assets::{self, Logo},
            content_security_policy::content_security_policy,
            messages,
        },
    },
};

/// How many neighbours a page lists at most.
const NEIGHBOURS: usize = 10;

/// What templates know of the page that they render.
#[derive(Debug, Serialize)]
pub(crate) struct Page<'a> {
    pub(crate) title: &'a str,
    /// Address of the page from the root.
    pub(crate) path: String,
    /// Prefix of every address of a page. Files that all languages share have the prefix `page.base`, which
    /// templates replace before they are compiled.
    pub(crate) root: String,
    /// The entry of the navigation that is marked.
    pub(crate) nav: &'static str,
    /// The breadcrumbs: from the root of the tree to the page, without the page.
    pub(crate) crumbs: Vec<Card<'a>>,
    pub(crate) neighbours: Option<Neighbours<'a>>,
    /// Address from the site's root of the page's Atom feed.
    pub(crate) feed: Option<String>,
}

/// Other entities of the same kind in the same system or team.
#[derive(Debug, Serialize)]
pub(crate) struct Neighbours<'a> {
    pub(crate) parent: Card<'a>,
    pub(crate) items: Vec<Card<'a>>,
    pub(crate) total: usize,
    /// Address of the page itself, which is marked in the list.
    pub(crate) current: PagePath<'a>,
}

impl<'a> Page<'a> {
    /// The frame of the page at `path`, without breadcrumbs and neighbours.
    pub(crate) fn new(path: &str, title: &'a str, nav: &'static str) -> Self {
        Self {
            title,
            path: path.to_owned(),
            root: address::root_of(path),
            nav,
            crumbs: Vec::new(),
            neighbours: None,
            feed: None,
        }
    }
}

impl<'a> Neighbours<'a> {
    /// Lists the entities around `entity` among those of the same kind in its system, or with its
    /// owner when it has no system.
    pub(crate) fn of(model: &Model<'a>, entity: &'a Entity) -> Option<Self> {
        let kind = entity.reference.kind();
        let in_system = model.first(entity, "partOf").map(|whole| (whole, "hasPart"));
        let (whole, relation) =
            in_system.or_else(|| Some((model.first(entity, "ownedBy")?, "ownerOf")))?;
        let all = whole.relations_of(relation).filter(|to| to.target.kind() == kind);
        let all: Vec<&Relation> = all.collect();
        let at = all.iter().position(|to| to.target_index == u32::try_from(entity.index).ok())?;
        let window = window(at, all.len());
        Some(Self {
            parent: Card::at(model, whole.index),
            items: all[window].iter().map(|to| Card::across(model, to)).collect(),
            total: all.len(),
            current: PagePath::Entity(&entity.reference),
        })
    }

    /// Lists the entities around `entity` among `all`, which belong to `parent`.
    pub(crate) fn among(parent: Card<'a>, all: &[&'a Entity], entity: &'a Entity) -> Self {
        let at = all.iter().position(|e| e.reference == entity.reference);
        let window = window(at.unwrap_or(0), all.len());
        Self {
            parent,
            items: all[window].iter().map(|e| Card::of(e)).collect(),
            total: all.len(),
            current: PagePath::Entity(&entity.reference),
        }
    }
}

/// The range of a list of `len` items that is shown around the one at `at`.
fn window(at: usize, len: usize) -> std::ops::Range<usize> {
    let start = at.saturating_sub(NEIGHBOURS / 2).min(len.saturating_sub(NEIGHBOURS));
    start..(start + NEIGHBOURS).min(len)
}

/// The breadcrumbs of an entity: the teams above its owner, the owner, its system.
pub(crate) fn crumbs<'a>(model: &Model<'a>, entity: &'a Entity) -> Vec<Card<'a>> {
    let owner = model.first(entity, "ownedBy");
    let system = model.first(entity, "partOf");
    let mut path: Vec<&Entity> = match owner.filter(|o| o.reference.kind() == "group") {
        Some(owner) => model.teams.above(&owner.reference),
        None => Vec::new(),
    };
    path.extend(owner);
    path.extend(system);
    path.into_iter().map(|above| Card::at(model, above.index)).collect()
}

/// What is the same on every page of a language. It does not change from build to build, so the age of the catalog
/// is not in it: see [`super::notices::CatalogAge`].
#[derive(Debug, Serialize)]
pub(crate) struct SiteView<'a> {
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
    /// The name of the forge of `new_file_url`.
    forge: Option<String>,
    /// Languages of the portal, its own first.
    languages: Vec<LanguageLink<'a>>,
    has_docs: bool,
    offline: bool,
}

/// A language of the portal.
#[derive(Debug, Serialize)]
pub(crate) struct LanguageLink<'a> {
    code: &'a str,
    /// Its name in itself.
    name: Cow<'a, str>,
    /// The folder of its pages: empty for the portal's first language, else `<code>/`.
    prefix: String,
    is_current: bool,
}

impl<'a> SiteView<'a> {
    /// What the pages of one of the portal's languages share.
    pub(crate) fn new(input: &Input<'a>, language: &str) -> Self {
        let languages =
            input.settings.languages.iter().enumerate().map(|(at, code)| LanguageLink {
                code,
                name: messages::own_name(code),
                prefix: address::language_prefix(at, code),
                is_current: code == language,
            });
        Self {
            title: &input.settings.title,
            url: input.settings.url.as_deref(),
            policy: content_security_policy(input.settings),
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

/// A kind with its list, in the navigation of lists.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct KindLink {
    id: String,
    plural: String,
    count: usize,
    url: String,
}

/// The kinds that have entities.
pub(crate) fn kind_links(model: &Model<'_>) -> Vec<KindLink> {
    let used = model.kinds.iter().filter(|kind| !kind.entities.is_empty());
    used.map(|kind| KindLink {
        id: kind.id.clone(),
        plural: kind.plural.clone(),
        count: kind.entities.len(),
        url: address::list_page(&address::kind_slug(&kind.id), None, 1),
    })
    .collect()
}

/// The name of a forge that everybody knows, else its host.
fn forge(address: &str) -> String {
    let host = address::host(address);
    forges::title(&host).map_or(host, str::to_owned)
}
