//! Everything that a site is made from: the catalog, settings, runs, history and documentation, all loaded. The
//! caller reads files, git and the clock.

pub(super) mod deep_link;
mod run;

use std::{collections::BTreeMap, fmt, path::Path, sync::Arc};

use jiff::Timestamp;
use xxhash_rust::xxh3::xxh3_128;

use crate::{
    base::{diagnostics::Diagnostic, files::Files},
    catalog::{Catalog, EntityRef, docs::Docs, extract::Claims, history::History},
};
use deep_link::DeepLink;
pub use run::{Run, RunDrift, RunEffect, RunLink, RunNeed, RunStep, RunText, RunWait, Status};

/// Everything that the pages show.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// All entities.
    pub catalog: &'a Catalog,
    /// Errors and warnings about the catalog's files.
    pub diagnostics: &'a [Diagnostic],
    /// Findings of the lints.
    pub lints: &'a [Diagnostic],
    /// The portal's settings of its site.
    pub settings: &'a Settings,
    /// When the catalog was read.
    pub freshness: &'a Freshness,
    /// The changes of the catalog.
    pub history: &'a History,
    /// Runs of requests, in any order.
    pub runs: &'a [Run],
    /// The portal's requests by id, each with its parameters that are names of new things: names that are in use.
    pub requests: &'a BTreeMap<String, BTreeMap<String, String>>,
    /// The files that define the entities.
    pub claims: &'a Claims,
    /// Documentation of entities; `None` where there is none.
    pub docs: Option<Documentation<'a>>,
    /// Directory whose files replace those of the embedded theme, one by one; it may be missing.
    pub theme: Option<&'a Path>,
    /// The time of this build.
    pub now: Timestamp,
}

impl Input<'_> {
    /// Whether any entity has documentation.
    pub(crate) fn has_docs(&self) -> bool {
        self.docs.is_some_and(|found| !found.docs.is_empty())
    }
}

/// The documentation of a portal, and where its images are read.
#[derive(Clone, Copy)]
pub struct Documentation<'a> {
    /// All sets.
    pub docs: &'a Docs,
    /// The portal's files.
    pub files: &'a dyn Files,
}

impl std::fmt::Debug for Documentation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Documentation").field("docs", self.docs).finish_non_exhaustive()
    }
}

/// The portal's settings of its site.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Name of the portal, on every page.
    pub title: String,
    /// Languages of the pages, by their codes: the first at the root, each other in its own folder.
    pub languages: Vec<String>,
    /// Address of the site with a slash at its end, for formats that need absolute addresses.
    pub url: Option<String>,
    /// Accent colour, any CSS colour; `None` keeps the theme's.
    pub accent: Option<String>,
    /// The company's logo, in the header.
    pub logo: Option<Image>,
    /// The logo for dark mode; `None` uses `logo`.
    pub logo_dark: Option<Image>,
    /// The icon that browsers show beside the title; `None` keeps the theme's.
    pub favicon: Option<Image>,
    /// Links at the bottom of every page.
    pub footer: Vec<FooterLink>,
    /// The forge's page that creates a file, with the placeholder `{path}`.
    pub new_file_url: Option<String>,
    /// Annotations that make links, beside the built-in ones.
    pub deep_links: Vec<DeepLink>,
    /// Where the site will be served, such as `/` or `/portal/`. Only the page for missing addresses
    /// needs it, because it is served under any of them; all other links are relative.
    pub base_path: String,
    /// How visitors sign in; `None` when they choose their name.
    pub sign_in: Option<SignIn>,
    /// Whether browsers cache search and visited pages, for use without a network.
    pub offline: bool,
    /// Where a browser can read the record of a run, with `{id}` for the id of its request; `None` when it cannot.
    pub live_runs: Option<String>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            title: "Callboard".into(),
            languages: vec!["en".into()],
            url: None,
            accent: None,
            logo: None,
            logo_dark: None,
            favicon: None,
            footer: Vec::new(),
            new_file_url: None,
            deep_links: Vec::new(),
            base_path: "/".into(),
            sign_in: None,
            offline: false,
            live_runs: None,
        }
    }
}

/// An image file of the portal.
#[derive(Clone)]
pub struct Image {
    /// How its name ends: `svg` or `png`.
    pub ending: &'static str,
    /// The file.
    pub bytes: Arc<[u8]>,
}

impl fmt::Debug for Image {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {:032x}", self.ending, xxh3_128(&self.bytes))
    }
}

/// A link at the bottom of every page.
#[derive(Debug, Clone, serde::Serialize)]
pub struct FooterLink {
    /// What people read.
    pub label: String,
    /// Where it leads.
    pub url: String,
}

/// Sign-in with an `OpenID` provider, by a public client in the browser.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The provider's issuer identifier.
    pub issuer: String,
    /// The portal's client there.
    pub client_id: String,
    /// Which claim says who somebody is.
    pub claim: Claim,
    /// What of a person the claim is compared with.
    pub person: PersonField,
    /// Scopes that are asked for, separated by spaces; `openid` is one of them.
    pub scopes: String,
}

/// A claim that can say who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Claim {
    /// `preferred_username`.
    PreferredUsername,
    /// `email`.
    Email,
    /// `sub`.
    Sub,
}

impl Claim {
    /// Its name in a token.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PreferredUsername => "preferred_username",
            Self::Email => "email",
            Self::Sub => "sub",
        }
    }
}

/// What of a person a claim is compared with, without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PersonField {
    /// `metadata.name`.
    Name,
    /// `spec.profile.email`.
    Email,
    /// An annotation.
    Annotation(String),
}

/// How old the catalog is, as far as known.
#[derive(Debug, Clone, Default)]
pub struct Freshness {
    /// Short id of the commit that the catalog was read from.
    pub commit: Option<String>,
    /// When that commit was made.
    pub as_of: Option<Timestamp>,
    /// Every source, in the order of the settings.
    pub sources: Vec<SourceState>,
}

/// What the snapshots of a source came to.
#[derive(Debug, Clone, Default)]
pub struct SourceState {
    /// Name of the source.
    pub name: String,
    /// When it was last read, by its record.
    pub read: Option<Timestamp>,
    /// When its files last changed; known where there is no record of its snapshots.
    pub changed: Option<Timestamp>,
    /// Why the last attempt failed, when it did.
    pub failure: Option<SourceFailure>,
    /// What could not be taken when it was last read.
    pub stale: Vec<StaleDocument>,
}

/// A source that cannot be read.
#[derive(Debug, Clone)]
pub struct SourceFailure {
    /// The first attempt in a row that failed.
    pub since: Timestamp,
    /// What is wrong, as place and message.
    pub reason: String,
}

/// A document, a record or a repository that cannot be read: pages show its last readable version.
#[derive(Debug, Clone)]
pub struct StaleDocument {
    /// Stable name of the rule, such as `invalid-yaml`.
    pub code: String,
    /// Where it is and what is wrong.
    pub problem: Diagnostic,
    /// The time of the first of the failed attempts in a row.
    pub since: Timestamp,
    /// The time when the shown version was read, when it is known.
    pub read: Option<Timestamp>,
    /// The entities of its last readable version.
    pub entities: Vec<EntityRef>,
}
