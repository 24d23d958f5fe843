//! `callboard init`: makes a portal, or brings the CI definitions of this program into one.

mod questions;
mod upgrade;

use std::{collections::BTreeSet, path::Path};

use jiff::SignedDuration;
use serde::Serialize;

use super::source;
use crate::{
    base::{
        fs,
        path::{PathError, RelativePath, shown},
        text::count,
    },
    cli::{
        Failure,
        args::InitArgs,
        exit::outside,
        init::{
            Answers, RECORD, UpgradeOutcome, missing_files, upgrades, write_files, write_upgrades,
        },
        output::{BOLD, DIM, GOOD, Output},
        settings::Settings,
    },
    git::{commit::commit_paths, head, is_root},
    snapshot::SOURCES,
};

/// What was made, for `--json`.
#[derive(Serialize)]
pub(in crate::cli) struct NewPortal {
    /// The directory.
    directory: String,
    /// Paths of the files that were written, sorted.
    pub(in crate::cli) files: Vec<String>,
    /// The commit; `None` when nothing was committed.
    commit: Option<String>,
    /// Commands to go on with.
    next: Vec<String>,
}

/// Makes a portal, or upgrades one.
pub(in crate::cli) fn run(portal: &Path, args: &InitArgs, output: &Output) -> Result<(), Failure> {
    let directory = args.dir.as_deref().unwrap_or(portal);
    if args.upgrade {
        return upgrade::run(directory, args, output);
    }
    if directory.join(RECORD).exists() {
        return there_already(directory, args, output);
    }
    let answers = questions::answers(directory, args, output)?;
    if args.dry_run {
        return show(directory, &answers, args, output);
    }
    let made = make(directory, &answers, SignedDuration::ZERO, output)?;
    if args.json {
        return output.json(&made);
    }
    print(&made, &answers, output);
    Ok(())
}

fn there_already(directory: &Path, args: &InitArgs, output: &Output) -> Result<(), Failure> {
    let made = NewPortal {
        directory: shown(directory),
        files: Vec::new(),
        commit: None,
        next: next(directory, false),
    };
    if args.json {
        return output.json(&made);
    }
    output.line(format!("`{}` is a portal already: nothing changed", made.directory));
    output.note(format!(
        "{DIM}hint: `callboard init --upgrade` brings the CI definitions and schemas of this program{DIM:#}"
    ));
    Ok(())
}

/// Lists what would be written.
fn show(
    directory: &Path,
    answers: &Answers,
    args: &InitArgs,
    output: &Output,
) -> Result<(), Failure> {
    let mut files: BTreeSet<String> = missing_files(directory, answers)?.into_keys().collect();
    files.extend(crate::cli::init::definition_paths(answers)?);
    if args.json {
        return output.json(&files);
    }
    files.iter().for_each(|path| output.line(path));
    output.note(format!("{DIM}a dry run: nothing is written{DIM:#}"));
    Ok(())
}

/// Makes the portal: files, a first source, CI definitions, and the commit, which is as old as `age`.
pub(in crate::cli) fn make(
    directory: &Path,
    answers: &Answers,
    age: SignedDuration,
    output: &Output,
) -> Result<NewPortal, Failure> {
    let files = missing_files(directory, answers)?;
    fs::create_dir_all(directory)?;
    head::init(directory, &answers.branch).map_err(outside)?;
    if let Some(address) = &answers.repository {
        head::add_origin(directory, address).map_err(outside)?;
    }
    write_files(directory, &files)?;
    let mut paths: BTreeSet<String> = files.into_keys().collect();
    if let Some(source) = &answers.source {
        source::add(directory, source, output)?;
        paths.extend(source.preset.iter().map(|name| format!("{SOURCES}/{name}.yaml")));
    }
    let settings = Settings::load(directory)?;
    let definitions = upgrades(&settings)?;
    write_upgrades(&settings, &definitions)?;
    let written = definitions.iter().filter(|file| file.outcome != UpgradeOutcome::Kept);
    paths.extend(written.map(|file| file.path.as_str().to_owned()));
    let committed: Vec<_> = paths
        .iter()
        .map(|path| RelativePath::new(path.as_str()))
        .collect::<Result<_, PathError>>()
        .map_err(outside)?;
    let message = format!("Start the portal of {}", answers.company);
    let time = settings.now.saturating_sub(age).map_err(outside)?;
    let commit = commit_paths(directory, &committed, &message, &settings.author(), time);
    let commit = commit.map_err(outside)?;
    Ok(NewPortal {
        directory: shown(directory),
        files: paths.into_iter().collect(),
        commit: commit.map(|id| id.to_string()),
        next: next(directory, answers.is_sample),
    })
}

/// The next commands; each of them works as it stands.
fn next(directory: &Path, is_sample: bool) -> Vec<String> {
    let option = portal_option(directory);
    let first = if is_sample { "snapshot" } else { "check" };
    [first, "build", "serve"].map(|command| format!("callboard{option} {command}")).to_vec()
}

/// The option that names a portal for a command, with a space in front; nothing for the current directory.
pub(in crate::cli) fn portal_option(directory: &Path) -> String {
    let text = shown(directory);
    match text.as_str() {
        "." | "" => String::new(),
        _ => format!(" -C {}", shell_word(&text)),
    }
}

/// A text as one word of a POSIX shell, quoted only where it must be.
fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-~+".contains(c);
    if text.chars().all(is_plain) { text.to_owned() } else { crate::cli::init::shell(text) }
}

/// Says what was made, and how to go on.
fn print(made: &NewPortal, answers: &Answers, output: &Output) {
    let NewPortal { directory, files, commit, next } = made;
    let files = count(files.len(), "file", "files");
    let commit = commit
        .as_ref()
        .map_or("nothing new to commit".to_owned(), |id| format!("commit {}", &id[..10]));
    output.line(format!(
        "{GOOD}✓{GOOD:#} the portal of {BOLD}{}{BOLD:#} is in {directory}: {files}, {commit}",
        answers.company
    ));
    if let Some(home) = &answers.home {
        output.line(format!(
            "  pipelines for {}; what to set on its pages: `callboard help {}`",
            home.title(),
            home.guide()
        ));
        if !is_root(Path::new(directory)) {
            output.note(format!("{DIM}note: the directory is not the root of its repository, where the forge looks for pipelines{DIM:#}"));
        }
        if let Some(script) = home.setup_script() {
            output.line(format!("  after the first push, `sh {script}` makes the pipelines and the policies of the branch"));
        }
    }
    output.line("next:");
    next.iter().for_each(|command| output.line(format!("  {BOLD}{command}{BOLD:#}")));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn next_commands_can_be_pasted() {
        assert_eq!(next(Path::new("."), false)[0], "callboard check");
        assert_eq!(next(Path::new("a b"), true)[0], "callboard -C 'a b' snapshot");
        assert_eq!(next(Path::new("/srv/portal"), true)[2], "callboard -C /srv/portal serve");
    }
}
