//! Effects: what a plan changes outside of the workspace (repositories, entities), and how apply carries
//! that out.
//!
//! The plan decides everything about an effect. Carrying one out looks first whether its result is there
//! already, by the mark of the request, so that carrying it out again changes nothing.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{RepositoryHome, apply::World, repository::Location, workspace::Workspace};
use crate::{
    base::{
        files::{Directory, Files},
        fs::{self, FileError},
        path::RelativePath,
        yaml::{self, YamlError},
    },
    catalog::{EntityRef, load::ENTITIES},
    git::{
        commit::Author,
        publish::{self, InitialCommit, PublishError},
    },
};

/// Annotation of a registered entity that names the request it comes from.
pub(super) const REQUEST_ANNOTATION: &str = "callboard.dev/request";
/// The source whose fragments are the registered entities.
const SOURCE: &str = "registered";

/// One change outside of the workspace.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "kebab-case")]
pub enum Effect {
    /// A new repository.
    CreateRepository(CreateRepository),
    /// A new entity in the catalog.
    RegisterEntity(RegisterEntity),
}

/// A new repository with one commit.
#[derive(Debug, Clone, Serialize)]
pub struct CreateRepository {
    /// One line for people.
    pub summary: String,
    /// `owner/name`.
    pub repository: String,
    /// Branch of the commit.
    pub branch: String,
    /// Message of the commit.
    pub message: String,
    #[serde(serialize_with = "author_line")]
    pub(super) author: Author,
    #[serde(skip)]
    pub(super) location: Location,
    #[serde(rename = "sourcePath", skip_serializing_if = "Option::is_none")]
    pub(super) folder: Option<RelativePath>,
}

/// A new entity in the catalog.
#[derive(Debug, Clone, Serialize)]
pub struct RegisterEntity {
    /// One line for people.
    pub summary: String,
    /// The entity.
    pub reference: EntityRef,
    /// The fragment's file, relative to the portal.
    pub file: RelativePath,
    /// The content of the fragment.
    pub document: Value,
}

fn author_line<S: serde::Serializer>(author: &Author, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{} <{}>", author.name, author.email))
}

impl Effect {
    /// What it does, in one line.
    pub fn summary(&self) -> &str {
        match self {
            Self::CreateRepository(effect) => &effect.summary,
            Self::RegisterEntity(effect) => &effect.summary,
        }
    }
}

/// The file of a registered entity, relative to the portal.
pub(super) fn registered_file(reference: &EntityRef) -> RelativePath {
    let (kind, namespace, name) = (reference.kind(), reference.namespace(), reference.name());
    RelativePath::new(format!("{ENTITIES}/{SOURCE}/{kind}/{namespace}/{name}.yaml"))
        .expect("the parts of a valid entity's reference are names without slashes")
}

/// Why an effect was not carried out.
#[derive(Debug, thiserror::Error)]
pub(super) enum EffectError {
    /// `publish:git` has no home for new repositories.
    #[error("the settings name no place for repositories")]
    NoHome,
    /// The repository is not from this request.
    #[error("the repository `{0}` exists already, and was not made by this request")]
    ForeignRepository(String),
    /// The file of the entity is not from this request.
    #[error("`{0}` exists already, and was not registered by this request")]
    ForeignEntity(RelativePath),
    /// The repository was not made.
    #[error(transparent)]
    Publish(PublishError),
    /// The file system failed.
    #[error(transparent)]
    File(#[from] FileError),
    /// The entity cannot be written.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// The files of the portal were not committed or not pushed.
    #[error(transparent)]
    Commit(Box<dyn std::error::Error + Send + Sync>),
}

/// Carries out the effects of one step. Returns the outputs that are known only afterwards. `time` is
/// that of new commits.
pub(super) fn carry_out(
    effects: &[Effect],
    world: &World<'_>,
    request: &str,
    workspace: &Workspace,
    time: Timestamp,
) -> Result<Map<String, Value>, EffectError> {
    let mut output = Map::new();
    let mut registered = Vec::new();
    for effect in effects {
        match effect {
            Effect::CreateRepository(effect) => {
                output.extend(create_repository(effect, world, request, workspace, time)?);
            }
            Effect::RegisterEntity(effect) => {
                register(effect, world.portal, request)?;
                registered.push(effect);
            }
        }
    }
    if !registered.is_empty() {
        let names: Vec<_> = registered.iter().map(|e| e.reference.as_str()).collect();
        let files: Vec<_> = registered.iter().map(|e| e.file.clone()).collect();
        let trailer = publish::REQUEST_TRAILER;
        let message = format!("Register {}\n\n{trailer}: {request}\n", names.join(", "));
        world.repository.commit(&files, &message).map_err(EffectError::Commit)?;
    }
    Ok(output)
}

fn create_repository(
    effect: &CreateRepository,
    world: &World<'_>,
    request: &str,
    workspace: &Workspace,
    time: Timestamp,
) -> Result<Map<String, Value>, EffectError> {
    let files = workspace.folder(effect.folder.as_ref());
    let commit = InitialCommit {
        files: files
            .files()
            .map(|(path, file)| (path.as_str(), &*file.bytes, file.executable))
            .collect(),
        branch: &effect.branch,
        message: &effect.message,
        author: &effect.author,
        time,
        request,
    };
    let repositories = &world.settings.repositories;
    let (published, fallback) = match &repositories.home {
        Some(RepositoryHome::Directory(directory)) => {
            let path = world.portal.join(directory).join(effect.location.directory());
            (publish::create(&path, &commit), file_url(&path))
        }
        Some(RepositoryHome::Remote(pattern)) => {
            let url = effect.location.fill(pattern);
            (publish::push(&url, &commit), url)
        }
        None => return Err(EffectError::NoHome),
    };
    let published = published.map_err(|error| match error {
        PublishError::Exists(_) => EffectError::ForeignRepository(effect.location.slug()),
        error => EffectError::Publish(error),
    })?;
    let url = effect.location.public_url(repositories).unwrap_or(fallback);
    let mut output = Map::new();
    output.insert("remoteUrl".into(), url.clone().into());
    output.insert("repoContentsUrl".into(), url.into());
    output.insert("commitHash".into(), published.commit.into());
    Ok(output)
}

fn file_url(path: &Path) -> String {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    url::Url::from_file_path(&absolute)
        .map_or_else(|()| absolute.display().to_string(), String::from)
}

fn register(effect: &RegisterEntity, portal: &Path, request: &str) -> Result<(), EffectError> {
    let files = Directory::new(portal);
    let path = files.writable_path(effect.file.as_str())?;
    let text = yaml::value_to_string(&effect.document)?;
    if let Some(existing) = files.text(effect.file.as_str())? {
        if existing == text {
            return Ok(());
        }
        let document: Value = yaml::from_str(&existing).unwrap_or_default();
        let annotations = document.pointer("/metadata/annotations");
        let mark = annotations.and_then(|a| a.get(REQUEST_ANNOTATION));
        if mark.and_then(Value::as_str) != Some(request) {
            return Err(EffectError::ForeignEntity(effect.file.clone()));
        }
    }
    Ok(fs::write_atomic(&path, text.as_bytes())?)
}
