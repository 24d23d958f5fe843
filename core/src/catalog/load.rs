//! Loads a [`Catalog`]: reads the fragments of a portal, merges them into entities, and validates these.
//!
//! Fragments are read from `catalog-data/entities/<source>/**` (sources), `catalog-data/manual/**`
//! (written by people) and `scaffolds/templates/**/template.yaml` (templates). All mistakes are reported
//! at once; an invalid entity is left out, the others are loaded.

use std::{
    cell::LazyCell,
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use ahash::RandomState;
use rayon::prelude::*;
use serde_json::Value;

use super::{
    Catalog,
    conflicts::remove_rivals,
    entity::{Entity, Fragment, text_at},
    envelope::check_envelope,
    finding::{Finding, diagnose},
    includes::Includes,
    issue::Issue,
    kinds::kind_spec,
    lints,
    merge::merge_into,
    reference::{DEFAULT_NAMESPACE, EntityRef},
    spec::check_spec,
};
use crate::base::{
    diagnostics::{self, Diagnostic, Level, Place},
    files::{FileError, Files, Listing},
    yaml::Positions,
};

/// Folder of the fragments of all sources, relative to the portal.
pub const ENTITIES: &str = "catalog-data/entities";
/// Folder of the entities that people wrote.
pub const MANUAL: &str = "catalog-data/manual";
/// Folder of the templates.
pub const TEMPLATES: &str = "scaffolds/templates";

/// Most files that a thread reads before other threads can take work from it.
const AT_ONCE: usize = 64;

/// A source in the settings, for merging.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceOrder {
    /// Its name: the folder below [`ENTITIES`].
    pub name: String,
    /// True when it only adds to entities that other sources define.
    pub enrich: bool,
    /// True when it may define entities that other sources define, too; they are merged.
    pub may_overlap: bool,
}

/// Loads the catalog of a portal from its files, which may be those of another git revision.
///
/// `order` lists the sources from weakest to strongest; a source that is not listed is weaker than
/// all that are. `manual` is stronger than any source.
///
/// # Errors
/// When a folder or file cannot be read. Mistakes in the data are diagnostics, sorted by place.
pub fn load_from(
    root: &dyn Files,
    order: &[SourceOrder],
) -> Result<(Catalog, Vec<Diagnostic>), FileError> {
    let (files, mut problems) = catalog_files(root, order)?;
    let read: Vec<_> = files
        .par_iter()
        .with_max_len(AT_ONCE)
        .map(|(source, file)| read_file(root, source, file))
        .collect::<Result<_, _>>()?;
    let mut groups: HashMap<EntityRef, Vec<Fragment>, RandomState> = HashMap::default();
    for (fragments, found) in read {
        problems.extend(found);
        for (reference, fragment) in fragments {
            groups.entry(reference).or_default().push(fragment);
        }
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.par_sort_unstable_by(|a, b| a.0.cmp(&b.0));
    let assembled: Vec<_> = groups
        .into_par_iter()
        .map(|(reference, fragments)| assemble(reference, fragments, order))
        .collect();
    let (mut entities, mut findings) = (Vec::with_capacity(assembled.len()), Vec::new());
    for (entity, found) in assembled {
        entities.extend(entity);
        findings.extend(found);
    }
    let catalog = Catalog::new(entities);
    findings.extend(lints::dangling_references(&catalog));
    problems.extend(diagnose(root, findings));
    diagnostics::sort(&mut problems);
    keep_one_of_each_kind(&mut problems);
    Ok((catalog, problems))
}

/// Keeps the first warning about each unknown kind: a company's own kind is reported once, not for each
/// of its entities.
pub(super) fn keep_one_of_each_kind(problems: &mut Vec<Diagnostic>) {
    let mut kinds = HashSet::new();
    problems.retain(|problem| {
        let is_own = problem.code == "unknown-kind" && problem.level == Level::Warning;
        !is_own || kinds.insert(problem.message.clone())
    });
}

/// The source of a file of entities, and the file's path.
type CatalogFile = (Arc<str>, String);

/// Lists the files of entities, weakest first: sources that are not in `order`, sources in `order`,
/// templates, `manual`. Invalid file names are diagnostics.
fn catalog_files(
    root: &dyn Files,
    order: &[SourceOrder],
) -> Result<(Vec<CatalogFile>, Vec<Diagnostic>), FileError> {
    let (mut files, mut problems) = (Vec::new(), Vec::new());
    let mut walk = |folder| -> Result<Vec<String>, FileError> {
        let Listing { files, unusable } = root.walk(folder)?;
        problems.extend(unusable.into_iter().map(|(file, reason)| {
            Diagnostic::warning("unusable-name", Place::file(file), reason)
                .hint("rename the file; it is passed over")
        }));
        Ok(files)
    };
    for file in walk(ENTITIES)? {
        let source = file[ENTITIES.len() + 1..].split('/').next().unwrap_or_default().to_owned();
        let rank = order.iter().position(|s| s.name == source).map_or(0, |at| at + 1);
        files.push((rank, source, file));
    }
    for file in templates_of(&walk(TEMPLATES)?) {
        files.push((usize::MAX - 1, "scaffolds".into(), file));
    }
    for file in walk(MANUAL)? {
        files.push((usize::MAX, "manual".into(), file));
    }
    files.retain(|(_, _, file)| matches!(file.rsplit_once('.'), Some((_, "yaml" | "yml"))));
    // Documentation may be in the same folders as entities that people wrote.
    files.retain(|(_, _, file)| {
        !matches!(file.rsplit('/').next(), Some("mkdocs.yml" | "mkdocs.yaml"))
    });
    files.par_sort_unstable();
    let mut names: BTreeMap<String, Arc<str>> = BTreeMap::new();
    let files = files.into_iter().map(|(_, source, file)| {
        let name = names.entry(source).or_insert_with_key(|name| name.as_str().into());
        (Arc::clone(name), file)
    });
    Ok((files.collect(), problems))
}

/// The files of templates below [`TEMPLATES`].
///
/// # Errors
/// The folder cannot be read.
pub fn template_files(root: &dyn Files) -> Result<Vec<String>, FileError> {
    Ok(templates_of(&root.below(TEMPLATES)?))
}

/// The files of templates among the sorted files below [`TEMPLATES`]: each `template.yaml`, in folders of any depth. One
/// below the folder of another template belongs to the skeleton of that.
fn templates_of(all: &[String]) -> Vec<String> {
    const NAME: &str = "/template.yaml";
    let named: Vec<&str> = all.iter().filter_map(|file| file.strip_suffix(NAME)).collect();
    let folders: HashSet<&str> = named.iter().copied().collect();
    let is_inner = |folder: &str| {
        let parents = folder.match_indices('/').map(|(at, _)| &folder[..at]);
        parents.into_iter().any(|parent| folders.contains(parent))
    };
    let outer =
        named.into_iter().filter(|folder| folder.len() > TEMPLATES.len() && !is_inner(folder));
    outer.map(|folder| format!("{folder}{NAME}")).collect()
}

type FileContent = (Vec<(EntityRef, Fragment)>, Vec<Diagnostic>);

/// Reads the fragments of one file. Empty documents are ignored; an invalid document is a diagnostic,
/// and so is a file that is not UTF-8.
fn read_file(root: &dyn Files, source: &Arc<str>, file: &str) -> Result<FileContent, FileError> {
    let text = match root.text(file) {
        Ok(text) => text.unwrap_or_default(),
        Err(error) => {
            let Some(wrong) = error.not_utf8() else { return Err(error) };
            let place = Place::at(file, Some(wrong.position));
            return Ok((
                Vec::new(),
                vec![Diagnostic::error("invalid-encoding", place, wrong.to_string())],
            ));
        }
    };
    let name: Arc<str> = file.into();
    let (mut fragments, mut problems) = (Vec::new(), Vec::new());
    let positions = LazyCell::new(|| Positions::new(&text));
    for (index, document) in root.documents(&text).into_iter().enumerate() {
        match document {
            Err(error) => problems.push(Diagnostic::error(
                "invalid-yaml",
                Place::at(file, error.position),
                error.message,
            )),
            Ok(Value::Null) => {}
            Ok(mut document) => {
                let includes = Includes::replace(root, file, &mut document);
                if includes.has_failures() {
                    problems.extend(includes.failures(file, &positions, index));
                }
                let issues = check_envelope(&document);
                let is_broken = issues.iter().any(|issue| issue.level == Level::Error);
                let placed = |issue| includes.diagnostic(issue, file, &positions, index);
                problems.extend(issues.into_iter().map(placed));
                if !is_broken {
                    let reference = reference_of(&document);
                    let (source, file) = (Arc::clone(source), Arc::clone(&name));
                    let document = Arc::new(document);
                    fragments.push((reference, Fragment { source, file, index, document }));
                }
            }
        }
    }
    Ok((fragments, problems))
}

/// The identity of an entity whose envelope is valid.
pub fn reference_of(document: &Value) -> EntityRef {
    let part = |pointer| text_at(document, pointer);
    EntityRef::new(
        part("/kind").unwrap_or_default(),
        part("/metadata/namespace").unwrap_or(DEFAULT_NAMESPACE),
        part("/metadata/name").unwrap_or_default(),
    )
}

/// Merges the fragments of one entity, and checks the result.
pub(super) fn assemble(
    reference: EntityRef,
    fragments: Vec<Fragment>,
    order: &[SourceOrder],
) -> (Option<Entity>, Vec<Finding>) {
    let is_enrich =
        |f: &Fragment| order.iter().any(|source| source.enrich && *source.name == *f.source);
    let (mut fragments, mut problems) = without_duplicates(&reference, fragments);
    let rivals = remove_rivals(&reference, &mut fragments, order).into_iter();
    problems.extend(rivals.map(|(fragment, issue)| Finding::new(&fragment, issue)));
    if fragments.iter().all(is_enrich) {
        problems.extend(fragments.iter().map(|fragment| {
            let issue = Issue::warning(
                "enrich-without-base",
                "/metadata/name",
                format!("`{reference}` is only enriched: no source has the entity itself"),
            );
            Finding::new(fragment, issue)
        }));
        return (None, problems);
    }
    let document = match fragments.as_slice() {
        [only] => Arc::clone(&only.document),
        [weakest, stronger @ ..] => {
            let mut document = Value::clone(&weakest.document);
            for fragment in stronger {
                let kind = text_at(&document, "/kind").and_then(kind_spec);
                merge_into(&mut document, &fragment.document, kind);
            }
            Arc::new(document)
        }
        [] => return (None, problems),
    };
    let issues = check_spec(&document);
    let entity = Entity::new(reference, document, fragments);
    let is_broken = issues.iter().any(|issue| issue.level == Level::Error);
    problems.extend(
        issues.into_iter().map(|issue| Finding::new(entity.fragment_of(&issue.pointer), issue)),
    );
    ((!is_broken).then_some(entity), problems)
}

/// Keeps the first fragment of each source. A second one is an error that names both files.
fn without_duplicates(
    reference: &EntityRef,
    fragments: Vec<Fragment>,
) -> (Vec<Fragment>, Vec<Finding>) {
    let (mut kept, mut problems): (Vec<Fragment>, _) = (Vec::new(), Vec::new());
    for fragment in fragments {
        match kept.iter().find(|first| first.source == fragment.source) {
            Some(first) => {
                let issue = Issue::error(
                    "duplicate-entity",
                    "/metadata/name",
                    format!("`{reference}` is already defined in `{}`", first.file),
                )
                .hint("rename or remove one of the two");
                problems.push(Finding::new(&fragment, issue));
            }
            None => kept.push(fragment),
        }
    }
    (kept, problems)
}
