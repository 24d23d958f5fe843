//! `callboard diff`: which entities and fields differ between two revisions of the portal.

mod markdown;
mod text;

use std::path::Path;

use anyhow::anyhow;

use crate::{
    catalog::diff::{FieldChange, compare},
    cli::{
        Failure,
        args::{DiffArgs, Format},
        exit::outside,
        output::Output,
        settings::Settings,
    },
    git::{GitError, revision},
};

/// Compares, and prints the difference.
pub(in crate::cli) fn run(portal: &Path, args: &DiffArgs, output: &Output) -> Result<(), Failure> {
    let (from, to) = revisions(portal, &args.revisions)?;
    let at = |revision: &str| Settings::load_catalog_at(portal, revision).map_err(hinted);
    let old = at(&from)?;
    let new = match &to {
        Some(to) => at(to)?,
        None => Settings::load(portal)?.load_catalog()?.0,
    };
    let difference = compare(&old, &new);
    match args.format {
        Format::Text => output.text(&text::render(&difference)),
        Format::Markdown => output.text(&markdown::render(&difference)),
        Format::Json => output.json(&difference)?,
    }
    Ok(())
}

/// The two revisions; the second is `None` for the files of the working tree.
fn revisions(portal: &Path, text: &str) -> Result<(String, Option<String>), Failure> {
    let or_head = |name: &str| if name.is_empty() { "HEAD".to_owned() } else { name.to_owned() };
    if text.is_empty() || text.starts_with('-') {
        return Err(Failure::Usage(anyhow!("`{text}` is not a revision")));
    }
    if let Some((from, to)) = text.split_once("...") {
        let (from, to) = (or_head(from), or_head(to));
        let fork = revision::fork_of(portal, &from, &to).map_err(unread)?;
        return Ok((fork, Some(to)));
    }
    Ok(match text.split_once("..") {
        Some((from, to)) => (or_head(from), Some(or_head(to))),
        None => (text.to_owned(), None),
    })
}

fn unread(error: GitError) -> Failure {
    hinted(outside(error))
}

/// Adds a hint to the error of a revision that git does not find.
fn hinted(failure: Failure) -> Failure {
    match failure {
        Failure::Outside(error) if error.is::<GitError>() => {
            Failure::Outside(error.context(
                "hint: does the revision exist? A shallow clone has only its newest commits",
            ))
        }
        other => other,
    }
}

/// One change as a text: `owner: a → b`, `dependsOn + c`.
fn words(change: &FieldChange, quote: impl Fn(&str) -> String) -> String {
    let FieldChange { field, from, to } = change;
    match (from, to) {
        (Some(from), Some(to)) => format!("{field}: {} → {}", quote(from), quote(to)),
        (None, Some(to)) => format!("{field} + {}", quote(to)),
        (Some(from), None) => format!("{field} - {}", quote(from)),
        (None, None) => format!("{field} changed"),
    }
}
