//! `callboard check FILE…`: checks files of entities that are in no portal, such as those of a service's own
//! repository.

use std::{
    collections::BTreeSet,
    io::Read,
    path::{Component, Path},
};

use anyhow::anyhow;

use super::published::{self, CatalogPlace};
use crate::{
    base::{
        diagnostics::{self, Diagnostic},
        environment::Environment,
        files::{Directory, Files, Listing},
        forges::{self, RepositoryPages},
        fs::FileError,
        http::Url,
        path::shown,
        percent::decode_lossy,
        yaml,
    },
    catalog::{
        EntityRef,
        extract::Claim,
        load::reference_of,
        outside::{self, OutsideCheck},
    },
    cli::{
        Failure,
        args::CheckArgs,
        exit::outside as failed,
        output::{DIM, Output},
    },
    git,
    snapshot::{FileChoice, FilePattern, FileScan, STDIN, read_outside},
};

/// Most bytes of standard input.
const MOST_STDIN: u64 = 5_000_000;

/// Finds all problems of the files, sorted by place, and counts their entities.
pub(super) fn gather(
    root: &Path,
    args: &CheckArgs,
    output: &Output,
) -> Result<(usize, Vec<Diagnostic>), Failure> {
    let environment = Environment::from_process();
    let choice = choose(root, &args.files)?;
    let repository = WorkingCopy::of(root);
    let scan = read_outside(root, &choice, repository.pages()).map_err(usage)?;
    let FileScan { documents, mut problems } = scan;
    let extract = if let Some(place) = &args.catalog {
        let place = CatalogPlace::parse(place, &args.catalog_header, &environment, output)?;
        Some(published::read(&place)?)
    } else {
        output.note(format!(
            "{DIM}references are not looked up: `--catalog URL` names the site of the catalog{DIM:#}"
        ));
        None
    };
    let files = Checkout { root: Directory::new(root), stdin: choice.stdin.as_deref() };
    let checked: BTreeSet<String> = documents.iter().map(|d| d.file.to_string()).collect();
    let is_elsewhere =
        |entity: &EntityRef, claim: &Claim| repository.has_another(entity, claim, &checked, &files);
    let OutsideCheck { entities, problems: found } =
        outside::check(&files, documents, extract, &is_elsewhere);
    problems.extend(found);
    diagnostics::sort(&mut problems);
    problems.dedup();
    Ok((entities, problems))
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::Usage(anyhow!(message.into()))
}

/// Sorts the arguments: files, folders, patterns, and `-` for standard input.
fn choose(root: &Path, arguments: &[String]) -> Result<FileChoice, Failure> {
    let mut choice = FileChoice::default();
    for argument in arguments {
        if argument == STDIN {
            if choice.stdin.is_none() {
                choice.stdin = Some(read_stdin()?);
            }
            continue;
        }
        let path = inside(root, argument)?;
        let whole = root.join(&path);
        if whole.is_dir() {
            choice.patterns.push(FilePattern::Folder(path));
        } else if whole.is_file() {
            choice.files.insert(path);
        } else if argument.contains(['*', '?', '[', '{']) {
            choice.patterns.push(FilePattern::Glob(path));
        } else {
            return Err(usage(format!("there is no file `{argument}`")));
        }
    }
    Ok(choice)
}

/// The path of an argument below the root, with `/` between its parts; empty for the root itself.
fn inside(root: &Path, argument: &str) -> Result<String, Failure> {
    let outside = || {
        usage(format!(
            "`{argument}` is outside of `{}`\nhint: run it at the top of the repository, or name that with `-C DIR`",
            shown(root)
        ))
    };
    let path = Path::new(argument);
    let whole;
    let below = match path.is_absolute() {
        true => {
            whole = root.canonicalize().map_err(failed)?;
            path.strip_prefix(&whole).or_else(|_| path.strip_prefix(root)).map_err(|_| outside())?
        }
        false => path,
    };
    let mut parts = Vec::new();
    for part in below.components() {
        match part {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_string_lossy()),
            Component::ParentDir if parts.pop().is_some() => {}
            _ => return Err(outside()),
        }
    }
    Ok(parts.join("/"))
}

fn read_stdin() -> Result<String, Failure> {
    let mut text = String::new();
    let mut input = std::io::stdin().lock().take(MOST_STDIN + 1);
    input
        .read_to_string(&mut text)
        .map_err(|error| failed(anyhow!("cannot read standard input: {error}")))?;
    if text.len() as u64 > MOST_STDIN {
        return Err(usage(format!("standard input has more than {MOST_STDIN} bytes")));
    }
    Ok(text)
}

/// The repository of the files that are checked, as far as git knows it.
struct WorkingCopy {
    /// The addresses of its remotes.
    remotes: Vec<Url>,
    /// The branch that other files are found on.
    branch: Option<String>,
    /// The path of the root in the repository; empty, or with a `/` at its end.
    prefix: String,
}

impl WorkingCopy {
    fn of(root: &Path) -> Self {
        let remotes = git::remotes_of(root);
        Self {
            remotes: remotes.iter().filter_map(|remote| forges::web_address(remote)).collect(),
            branch: git::default_branch_of(root),
            prefix: git::path_in_repository(root, "").unwrap_or_default(),
        }
    }

    /// The pages of its files, when the root is the top of the repository.
    fn pages(&self) -> Option<RepositoryPages> {
        let remote = self.remotes.first().filter(|_| self.prefix.is_empty())?;
        RepositoryPages::new(remote, self.branch.as_deref()?, false)
    }

    /// Whether a file that defines an entity in the catalog is another one than that which is checked. Where git knows
    /// no remote, nobody can tell.
    fn has_another(
        &self,
        entity: &EntityRef,
        claim: &Claim,
        checked: &BTreeSet<String>,
        files: &Checkout<'_>,
    ) -> bool {
        if self.remotes.is_empty() {
            return false;
        }
        let Some(claimed) = forges::web_address(&claim.repository) else { return false };
        if !self.remotes.iter().any(|remote| is_same(remote, &claimed)) {
            return true;
        }
        // In this repository, the file may have moved.
        let Some(path) = claim.file.strip_prefix(&self.prefix) else { return false };
        !checked.contains(path) && files.defines(path, entity)
    }
}

/// Whether two addresses are of one repository. Hosts of forges do not distinguish case.
fn is_same(one: &Url, other: &Url) -> bool {
    let path = |url: &Url| decode_lossy(url.path()).to_lowercase();
    one.host_str() == other.host_str() && path(one) == path(other)
}

/// The files that are checked, with standard input as one of them.
struct Checkout<'t> {
    root: Directory,
    stdin: Option<&'t str>,
}

impl Checkout<'_> {
    /// Whether a file has a document of this entity.
    fn defines(&self, path: &str, entity: &EntityRef) -> bool {
        let text = self.root.text(path).ok().flatten().unwrap_or_default();
        yaml::parse_documents(&text)
            .into_iter()
            .flatten()
            .any(|document| reference_of(&document) == *entity)
    }
}

impl Files for Checkout<'_> {
    fn walk(&self, folder: &str) -> Result<Listing, FileError> {
        self.root.walk(folder)
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        match self.stdin {
            Some(text) if path == STDIN => Ok(Some(text.to_owned())),
            _ => self.root.text(path),
        }
    }
}
