//! Every code that a diagnostic can have, with the texts for `--explain`, SARIF's rules and docs/checking.md.
//!
//! A test compares the tables with the codes that the program's source uses.

mod errors;
mod warnings;

use std::sync::LazyLock;

use anyhow::anyhow;

use crate::{
    base::{diagnostics::Level, text::did_you_mean},
    cli::Failure,
};
use errors::ERRORS;
use warnings::{NOTES, WARNINGS};

/// One code.
#[derive(Debug)]
pub(super) struct Code {
    /// Its name, in kebab case.
    pub(super) name: &'static str,
    /// Its usual level, the worst when it has several.
    pub(super) level: Level,
    /// What is wrong, in one line.
    pub(super) summary: &'static str,
    /// Why it matters, and what to do.
    pub(super) help: &'static str,
}

const fn error(name: &'static str, summary: &'static str, help: &'static str) -> Code {
    Code { name, level: Level::Error, summary, help }
}

const fn warning(name: &'static str, summary: &'static str, help: &'static str) -> Code {
    Code { name, level: Level::Warning, summary, help }
}

const fn note(name: &'static str, summary: &'static str, help: &'static str) -> Code {
    Code { name, level: Level::Note, summary, help }
}

/// Explains a code, for a person.
pub(in crate::cli) fn explain(name: &str) -> Result<String, Failure> {
    let Some(Code { name, level, summary, help }) = CODES.iter().find(|code| code.name == name)
    else {
        let hint = did_you_mean(name, CODES.iter().map(|code| code.name));
        let hint = hint.unwrap_or_else(|| "`callboard help checking` lists them all".into());
        return Err(Failure::Usage(anyhow!("there is no code `{name}`\nhint: {hint}")));
    };
    Ok(format!("{name} ({}): {summary}\n\n{help}", level.as_str()))
}

/// All codes, sorted by name.
pub(super) static CODES: LazyLock<Vec<&Code>> = LazyLock::new(|| {
    let mut codes: Vec<_> = ERRORS.iter().chain(WARNINGS).chain(NOTES).collect();
    codes.sort_by_key(|code| code.name);
    codes
});
