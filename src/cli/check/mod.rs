//! The report of `callboard check`: new and known problems, in the formats text, JSON, SARIF and those of CI systems.
//!
//! The modules that own the data find the problems; this module only compares and prints them.

pub(super) mod baseline;
pub(super) mod code_quality;
pub(super) mod codes;
mod sarif;

use std::path::{Component, Path};

use serde_json::{Value, json};

use super::{
    Failure,
    annotation::annotation,
    args::{CheckFormat, ShownLevel},
    ci_system::CiSystem,
    output::{BOLD, DIM, GOOD, Output, summary},
};
use crate::base::{
    diagnostics::{self, Diagnostic, Level, Place},
    text::count,
};
use baseline::Entry;

/// All problems, compared with the baseline.
#[derive(Debug, Default)]
pub(super) struct Report {
    /// How many entities were checked; `None` when the settings are wrong.
    pub(super) entities: Option<usize>,
    /// Problems that the baseline does not list, sorted by place.
    pub(super) new: Vec<Diagnostic>,
    /// Problems that the baseline lists, sorted by place.
    pub(super) old: Vec<Diagnostic>,
    /// Entries of the baseline that were not found.
    pub(super) gone: Vec<Entry>,
    /// The baseline, when there is one.
    pub(super) baseline: Option<String>,
}

/// How to print a report.
#[derive(Debug)]
pub(super) struct PrintOptions<'a> {
    /// The format.
    pub(super) format: CheckFormat,
    /// The least level that is shown.
    pub(super) level: Level,
    /// The portal as it was named on the command line.
    pub(super) portal: &'a Path,
}

impl From<ShownLevel> for Level {
    fn from(level: ShownLevel) -> Self {
        match level {
            ShownLevel::Error => Self::Error,
            ShownLevel::Warning => Self::Warning,
            ShownLevel::Note => Self::Note,
        }
    }
}

impl Report {
    /// True when a new problem fails the check.
    pub(super) fn fails(&self, strict: bool) -> bool {
        let least = if strict { Level::Warning } else { Level::Error };
        self.new.iter().any(|d| d.level >= least)
    }

    /// Prints it.
    pub(super) fn print(&self, how: &PrintOptions<'_>, output: &Output) -> Result<(), Failure> {
        let mut shown: Vec<_> = self.new.iter().chain(&self.stale()).cloned().collect();
        diagnostics::sort(&mut shown);
        shown.retain(|d| d.level >= how.level);
        match how.format {
            CheckFormat::Json => return output.json(&self.json(&shown)),
            CheckFormat::Sarif => {
                return output.json(&sarif::log(self, how.level, &below(how.portal)));
            }
            CheckFormat::Gitlab => {
                return output.json(&code_quality::report(&shown, &below(how.portal)));
            }
            CheckFormat::Github => Self::annotate(CiSystem::GitHub, &shown, how, output),
            CheckFormat::Azure => Self::annotate(CiSystem::Azure, &shown, how, output),
            CheckFormat::Text => output.diagnostics(&shown),
        }
        self.print_summary(how.level, output);
        Ok(())
    }

    /// Prints an annotation for each problem.
    fn annotate(system: CiSystem, shown: &[Diagnostic], how: &PrintOptions<'_>, output: &Output) {
        let annotations = shown.iter().filter_map(|d| annotation(system, d, &below(how.portal)));
        annotations.for_each(|command| output.ci_command(&command));
    }

    /// Notes for the entries of the baseline that were not found.
    fn stale(&self) -> Vec<Diagnostic> {
        let file = self.baseline.as_deref().unwrap_or_default();
        let note = |entry: &Entry| {
            let Entry { code, file: at, message, .. } = entry;
            let message = format!("`{code}` in `{at}` is gone: {message}");
            Diagnostic::note("gone-from-baseline", Place::file(file), message)
                .hint("`callboard check --write-baseline` removes it from the baseline")
        };
        self.gone.iter().map(note).collect()
    }

    fn json(&self, shown: &[Diagnostic]) -> Value {
        let number = |level| diagnostics::count(&self.new, level);
        let mut value = json!({
            "entities": self.entities,
            "counts": {
                "error": number(Level::Error),
                "warning": number(Level::Warning),
                "note": number(Level::Note),
            },
            "diagnostics": shown,
        });
        if let Some(file) = &self.baseline {
            value["baseline"] = json!({ "file": file, "old": self.old.len(), "gone": self.gone });
        }
        value
    }

    fn print_summary(&self, level: Level, output: &Output) {
        let entities = self.entities.map(|n| format!(" in {}", count(n, "entity", "entities")));
        let entities = entities.unwrap_or_default();
        match summary(&self.new) {
            Some(problems) => output.line(format!("{BOLD}{problems}{BOLD:#}{entities}")),
            None => output.line(format!("{GOOD}no problems{GOOD:#}{entities}")),
        }
        let hidden: Vec<_> = self.new.iter().filter(|d| d.level < level).cloned().collect();
        if let Some(hidden) = summary(&hidden) {
            let hint = "`--level note` shows everything";
            output.line(format!("  {DIM}{hidden} not shown; {hint}{DIM:#}"));
        }
        if let Some(file) = self.baseline.as_ref().filter(|_| !self.old.is_empty()) {
            let old = count(self.old.len(), "known problem", "known problems");
            output.line(format!("  {DIM}{old} not shown: listed in `{file}`{DIM:#}"));
        }
        if let Some(file) = self.baseline.as_ref().filter(|_| !self.gone.is_empty()) {
            let gone = count(self.gone.len(), "entry", "entries");
            let hint = "`--write-baseline` removes what is gone";
            output.line(format!("  {DIM}{gone} of `{file}` gone; {hint}{DIM:#}"));
        }
    }
}

/// The folder of the portal as a prefix of its files, because forges expect paths from the directory where the
/// command runs, not from the portal. Empty for an absolute path, which forges cannot use.
fn below(portal: &Path) -> String {
    let parts = portal.components().filter(|part| *part != Component::CurDir);
    let parts: Vec<_> = parts.map(|part| part.as_os_str().to_string_lossy()).collect();
    match portal.is_absolute() || parts.is_empty() {
        true => String::new(),
        false => format!("{}/", parts.join("/")),
    }
}

#[cfg(test)]
mod tests;
