//! Layer 2: the snapshot. Reads sources and writes their entities as files.
//!
//! Each source is read, mapped record by record, validated, compared with its files, and written. A
//! document that fails does not affect the others; a source that fails as a whole, or is refused by the
//! shrink guard, keeps all its files. The caller commits the changes to git.

mod commit_snapshot;
mod companions;
mod entities;
mod faults;
mod fetch;
mod files;
mod fragments;
mod guard;
mod index;
mod info;
mod load;
mod mapping;
mod origins;
mod parse;
mod prepare;
mod preset;
mod program;
mod raw;
pub mod record;
mod report;
mod secrets;
mod source;
mod stale;
mod template;
mod trial;
mod value_error;
mod variables;
mod watchdog;
mod write;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    sync::Arc,
    time::Instant,
};

use serde_json::Value;

pub use commit_snapshot::Snapshot;
pub use files::{FileChoice, FilePattern, FileScan, STDIN, read_outside};
pub use guard::{KindShrink, Loss, Numbers};
pub use info::{SourceInfo, source_info, source_info_in};
pub use load::{is_source_name, source_names};
pub use mapping::entity_name;
pub use origins::claims;
pub use preset::{Parameter, Preset, Values, WrongValue, preset, preset_names, preset_schema};
pub use report::{
    Changes, DocumentFailure, Failure, FailureKind, Outcome, Rename, Report, SourceReport, Volume,
    cut,
};
pub use source::{Role, SOURCES, Shrink};
pub use trial::{RecordChoice, RecordTrial, Trial, try_source};
pub use variables::{SourceVariable, source_variables, variable_names};
pub use watchdog::ProgramBudget;
pub use write::ORIGINS;

use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        environment::Environment,
        fs::{self, FileError},
        http::Client,
        leaks::Exceptions,
        path::{PathError, RelativePath},
        schema,
        text::did_you_mean,
        yaml::{self, YamlError},
    },
    catalog::{EntityRef, SourceOrder, load::ENTITIES},
};
use commit_snapshot::{SourceContent, commit_snapshot, recover};
use companions::Companions;
use entities::{EntitySet, unite};
use faults::too_many_faults;
use fetch::{Summary, fetch};
use files::ReadReport;
use index::EntityIndex;
use mapping::{Mapper, MapperError};
use raw::RawSource;
use secrets::Secrets;
use source::{Source, SourceKind};

/// The JSON Schema of the file of a source.
pub fn source_schema() -> Value {
    schema::of::<RawSource>("Source")
}

/// Options of a snapshot.
#[derive(Debug)]
pub struct Options<'a> {
    /// The portal's folder.
    pub root: &'a Path,
    /// Names of all sources, in the order of the settings. A mapping can refer to entities of earlier
    /// sources.
    pub sources: &'a [String],
    /// Names of the sources to read; all when empty.
    pub only: &'a [String],
    /// Names of the sources that the shrink guard does not check.
    pub allow_shrink: &'a BTreeSet<String>,
    /// True to read and compare without writing.
    pub dry_run: bool,
    /// The environment variables.
    pub environment: &'a Environment,
    /// The HTTP client.
    pub client: &'a Client,
    /// Rules and values that are not reported as credentials (`secrets` in the settings).
    pub exceptions: &'a Exceptions,
    /// What each jq program may take for one record or answer.
    pub program_budget: ProgramBudget,
}

/// Receives the progress of a snapshot.
pub trait Progress: Sync {
    /// Reading of a source starts.
    fn started(&self, _source: &str) {}
    /// A page was read; the numbers are totals of the source.
    fn page(&self, _source: &str, _volume: Volume) {}
    /// A source was read and compared.
    fn finished(&self, _report: &SourceReport) {}
    /// The snapshot waits for another one that is writing.
    fn waiting(&self) {}
}

/// Ignores the progress.
impl Progress for () {}

/// Why a snapshot failed as a whole.
#[derive(Debug, thiserror::Error)]
pub enum SnapshotError {
    /// A name of no source.
    #[error("there is no source `{name}` in the settings")]
    UnknownSource {
        /// The name.
        name: String,
        /// The most similar name.
        hint: Option<String>,
    },
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// An entity has no valid path although its envelope is valid, which is a bug.
    #[error(transparent)]
    Path(#[from] PathError),
    /// An entity cannot be written as YAML.
    #[error("cannot write an entity as YAML")]
    Yaml(#[from] YamlError),
}

/// Takes a snapshot of all sources, one after another. A source that fails is part of the report and
/// keeps its files; the others are not affected.
///
/// # Errors
/// When a name is not that of a source, or files cannot be read or written.
pub async fn run(
    options: &Options<'_>,
    progress: &dyn Progress,
) -> Result<Snapshot, SnapshotError> {
    for name in options.only.iter().chain(options.allow_shrink) {
        if !options.sources.contains(name) {
            return Err(SnapshotError::UnknownSource {
                name: name.clone(),
                hint: did_you_mean(name, options.sources.iter().map(String::as_str)),
            });
        }
    }
    let mut report = Report {
        dry_run: options.dry_run,
        sources: Vec::new(),
        warnings: unlisted(options.root, options.sources)?,
    };
    recover(options, progress)?;
    let (mut index, mut all) = (Arc::new(EntityIndex::default()), Vec::new());
    for name in options.sources {
        if !options.only.is_empty() && !options.only.contains(name) {
            let _lock = commit_snapshot::share(options.root, progress)?;
            index_files(options.root, name, Arc::make_mut(&mut index))?;
            continue;
        }
        progress.started(name);
        let started = Instant::now();
        let mut read_report = ReadReport::default();
        let taken = take(name, options, &index, progress, &mut read_report).await?;
        let (outcome, failures) = match taken {
            Ok(taken) => {
                let verdict = taken.preview(options, progress)?;
                if let Some(changes) = verdict.outcome.changes() {
                    report.warnings.extend(taken.leaks(changes, options.exceptions));
                    let index = Arc::make_mut(&mut index);
                    taken.entities().for_each(|entity| index.add(entity));
                    index_fragments(options.root, name, &verdict.stale, index)?;
                }
                all.push(taken);
                (verdict.outcome, verdict.failures)
            }
            Err(untaken) => (Outcome::Failed(untaken.failure), untaken.failures),
        };
        if outcome.changes().is_none() {
            let _lock = commit_snapshot::share(options.root, progress)?;
            index_files(options.root, name, Arc::make_mut(&mut index))?;
        }
        let source = SourceReport {
            source: name.clone(),
            volume: read_report.volume,
            milliseconds: u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            outcome,
            failures,
        };
        report.warnings.extend(read_report.warnings);
        progress.finished(&source);
        let is_fatal = source.outcome.failure().is_some_and(|failure| failure.is_fatal);
        report.sources.push(source);
        if is_fatal {
            break;
        }
    }
    commit_snapshot(report, all, options, progress)
}

/// Checks the files of all sources without reading any API. Returns the sources for merging, in order,
/// and the diagnostics.
///
/// # Errors
/// When a file exists but cannot be read.
pub fn survey(
    root: &Path,
    sources: &[String],
) -> Result<(Vec<SourceOrder>, Vec<Diagnostic>), FileError> {
    let (mut order, mut problems) = (Vec::new(), unlisted(root, sources)?);
    for name in sources {
        let mut enrich = false;
        match load::load(root, name)? {
            Ok(source) => enrich = source.role == Role::Enrich,
            Err(found) => problems.extend(found),
        }
        let name = name.clone();
        order.push(SourceOrder { name, enrich, may_overlap: false });
    }
    Ok((order, problems))
}

type Entities = BTreeMap<EntityRef, Value>;

/// A source that failed.
struct SourceFailure {
    failure: Failure,
    /// The documents that failed, when these are the reason.
    failures: Vec<DocumentFailure>,
}

impl From<Failure> for SourceFailure {
    fn from(failure: Failure) -> Self {
        Self { failure, failures: Vec::new() }
    }
}

/// Reads, maps and validates a source.
async fn take(
    name: &str,
    options: &Options<'_>,
    index: &Arc<EntityIndex>,
    progress: &dyn Progress,
    read_report: &mut ReadReport,
) -> Result<Result<SourceContent, SourceFailure>, FileError> {
    let data = |problems| Failure::new(FailureKind::Data, problems);
    let source = match load::load(options.root, name)? {
        Ok(source) => source,
        Err(problems) => return Ok(Err(data(problems).into())),
    };
    let secrets = Secrets::of(&source, options.environment);
    let redact = |text: &str| secrets.messages.redact(text);
    let mapping =
        source.mapping.with_redactor(&secrets.messages).with_budget(options.program_budget);
    let mut mapper = Mapper::new(&mapping, index);
    let mut keep = |records| mapper.push(records);
    match read(&source, options, (progress, &secrets), None, &mut keep).await {
        Ok(read) => *read_report = read,
        Err(failure) => {
            return Ok(Err(failure.redacted(|text| secrets.requests.redact(text)).into()));
        }
    }
    read_report.warnings = secrets::redacted(std::mem::take(&mut read_report.warnings), redact);
    let mapped = match mapper.finish() {
        Ok(mapped) => mapped,
        Err(MapperError::Limit(problem)) => {
            return Ok(Err(data(vec![problem]).redacted(redact).into()));
        }
        Err(MapperError::LeftBehind(problem)) => {
            return Ok(Err(data(vec![problem]).fatal().redacted(redact).into()));
        }
    };
    let docs = companions::assign(&mapped.made, std::mem::take(&mut read_report.docs));
    let templates = companions::assign(&mapped.made, std::mem::take(&mut read_report.templates));
    let mut faults = std::mem::take(&mut read_report.faults);
    let documents = read_report.volume.records + faults.iter().filter(|f| f.is_counted).count();
    let EntitySet { entities, origins, faults: others } =
        unite(&source, mapped, &read_report.places);
    let leaks = secrets.in_files(&source, &entities, &[&docs, &templates]);
    if !leaks.is_empty() {
        return Ok(Err(Failure::new(FailureKind::Guard, leaks).redacted(redact).into()));
    }
    faults.extend(others);
    let requests = |text: &str| secrets.requests.redact(text);
    let faults: Vec<_> = faults.into_iter().map(|fault| fault.redacted(requests)).collect();
    Ok(match too_many_faults(&source, &faults, documents, entities.is_empty()) {
        None => {
            let read = read_report.places.values().map(|place| place.file.clone()).collect();
            Ok(SourceContent::new(source, (entities, origins), (docs, templates), faults, read))
        }
        Some(failure) => {
            let is_guard = failure.kind == FailureKind::Guard;
            let failures = faults.into_iter().filter(|_| is_guard);
            Err(SourceFailure { failure, failures: failures.map(|fault| fault.failure).collect() })
        }
    })
}

/// Reads the records of a source: all, or at most `limit` of each request.
async fn read(
    source: &Source,
    options: &Options<'_>,
    (progress, secrets): (&dyn Progress, &Secrets),
    limit: Option<usize>,
    take: fetch::RecordSink<'_>,
) -> Result<ReadReport, Failure> {
    let Options { environment, client, .. } = options;
    match &source.kind {
        SourceKind::Http(http) => {
            let root = options.root;
            let program_budget = options.program_budget;
            let context = fetch::FetchContext {
                root,
                environment,
                secrets,
                client,
                progress,
                limit,
                program_budget,
            };
            let Summary { volume, mut warnings, identity, faults } =
                fetch(source, http, &context, take).await?;
            let identity = identity.and_then(|identity| identity.or_warn(&mut warnings));
            Ok(ReadReport { volume, warnings, identity, faults, ..ReadReport::default() })
        }
        SourceKind::Files(files) => files::read_folder(source, files, options.root, limit, take),
        SourceKind::Git(git) => {
            let outside = (*environment, progress);
            files::read_repositories(source, git, options.root, outside, limit, take).await
        }
    }
}

/// Indexes the entities in the files of a source. Invalid YAML is ignored here; loading the catalog
/// reports it.
fn index_files(root: &Path, source: &str, index: &mut EntityIndex) -> Result<(), FileError> {
    let files = write::fragments_in(&root.join(ENTITIES).join(source))?;
    index_fragments(root, source, files.keys(), index)
}

/// Indexes fragments of a source, given by their files below its folder.
fn index_fragments<'f>(
    root: &Path,
    source: &str,
    files: impl IntoIterator<Item = &'f RelativePath>,
    index: &mut EntityIndex,
) -> Result<(), FileError> {
    let folder = root.join(ENTITIES).join(source);
    for file in files {
        let text = fs::read_text(&file.below(&folder))?;
        for entity in yaml::parse_documents(&text).into_iter().flatten() {
            index.add(&entity);
        }
    }
    Ok(())
}

/// Warns about files of sources that are not in the settings and therefore not read.
fn unlisted(root: &Path, sources: &[String]) -> Result<Vec<Diagnostic>, FileError> {
    let files = source_names(root)?.into_iter();
    let unlisted = files.filter(|name| !sources.contains(name));
    Ok(unlisted
        .map(|name| {
            let place = Place::file(format!("{SOURCES}/{name}.yaml"));
            let message = format!("the source `{name}` is not in the settings, so it is not read");
            Diagnostic::warning("unlisted-source", place, message)
        })
        .collect())
}
