//! Effects: what a plan wants from the world outside, and carrying it out.
//!
//! Everything was decided when an effect was described. Carrying one out looks first whether it is
//! there already, by the mark of the request, so that doing it twice is doing it once.

use std::path::Path;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{
    RepositoryHome, actions::Situation, apply::Host, repository::Location, template::describe,
    workspace::Workspace,
};
use crate::{
    base::{
        files::{Directory, Files},
        fs,
        path::RelativePath,
        yaml,
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

/// One change to the world outside.
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
    /// For people.
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
    /// For people.
    pub summary: String,
    /// The entity.
    pub reference: EntityRef,
    /// The fragment's file, relative to the portal.
    pub file: RelativePath,
    /// What the fragment says.
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
    /// It would touch what is not this request's.
    #[error("{0}")]
    Refused(String),
    /// Something outside failed.
    #[error("{0}")]
    Outside(String),
}

fn outside(error: &dyn std::error::Error) -> EffectError {
    EffectError::Outside(describe(error))
}

/// Carries out the effects of one step. Returns the outputs that only doing it can give.
pub(super) fn carry_out(
    effects: &[Effect],
    situation: &Situation<'_>,
    workspace: &Workspace,
    time: Timestamp,
    host: &mut dyn Host,
) -> Result<Map<String, Value>, EffectError> {
    let mut output = Map::new();
    let mut registered = Vec::new();
    for effect in effects {
        match effect {
            Effect::CreateRepository(effect) => {
                output.extend(create_repository(effect, situation, workspace, time)?);
            }
            Effect::RegisterEntity(effect) => {
                register(effect, situation)?;
                registered.push(effect);
            }
        }
    }
    if !registered.is_empty() {
        let names: Vec<_> = registered.iter().map(|e| e.reference.as_str()).collect();
        let files: Vec<_> = registered.iter().map(|e| e.file.clone()).collect();
        let request = &situation.request.id;
        let trailer = publish::REQUEST_TRAILER;
        let message = format!("Register {}\n\n{trailer}: {request}\n", names.join(", "));
        host.keep(&files, &message).map_err(EffectError::Outside)?;
    }
    Ok(output)
}

fn create_repository(
    effect: &CreateRepository,
    situation: &Situation<'_>,
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
        request: &situation.request.id,
    };
    let repositories = &situation.settings.repositories;
    let (published, fallback) = match &repositories.home {
        Some(RepositoryHome::Directory(directory)) => {
            let home = situation.portal.join(directory);
            let path = home.join(effect.location.directory());
            (publish::create(&path, &commit), file_url(&path))
        }
        Some(RepositoryHome::Remote(pattern)) => {
            let url = effect.location.fill(pattern);
            (publish::push(&url, &commit), url)
        }
        None => {
            let message = "the settings name no place for repositories";
            return Err(EffectError::Refused(message.to_owned()));
        }
    };
    let published = published.map_err(|error| match error {
        PublishError::Taken(_) => {
            let slug = effect.location.slug();
            let message = "exists already, and was not made by this request";
            EffectError::Refused(format!("the repository `{slug}` {message}"))
        }
        error => outside(&error),
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

fn register(effect: &RegisterEntity, situation: &Situation<'_>) -> Result<(), EffectError> {
    let files = Directory::new(situation.portal);
    let path = files.place(effect.file.as_str()).map_err(|e| outside(&e))?;
    let text = yaml::to_string(&effect.document).map_err(|e| outside(&e))?;
    if let Some(existing) = files.text(effect.file.as_str()).map_err(|e| outside(&e))? {
        if existing == text {
            return Ok(());
        }
        let document: Value = yaml::from_str(&existing).unwrap_or_default();
        let annotations = document.pointer("/metadata/annotations");
        let mark = annotations.and_then(|a| a.get(REQUEST_ANNOTATION));
        if mark.and_then(Value::as_str) != Some(situation.request.id.as_str()) {
            return Err(EffectError::Refused(format!(
                "`{}` exists already, and was not registered by this request",
                effect.file
            )));
        }
    }
    fs::write_atomic(&path, text.as_bytes()).map_err(|e| outside(&e))
}
