//! Standard output and standard error: colours on a terminal only, and quiet when a pipe closes.

use std::{io::Write, time::Duration};

use anstyle::{AnsiColor, Style};
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::exit::{Failure, outside};
use crate::base::{
    diagnostics::{self, Diagnostic, Level},
    environment::{Redactor, Secret},
    text::count,
};

/// Emphasis.
pub(super) const BOLD: Style = Style::new().bold();
/// What matters less.
pub(super) const DIM: Style = Style::new().dimmed();
/// What went well.
pub(super) const GOOD: Style = AnsiColor::Green.on_default();

/// Where a command prints. Secrets are blanked out. Lines that cannot be written (a closed pipe) are
/// dropped: `callboard … | head -1` ends as quietly as it should.
#[derive(Debug, Clone)]
pub(super) struct Output {
    redactor: Redactor,
}

impl Output {
    /// The process's own output, on which none of these secrets shows.
    pub(super) fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self { redactor: Redactor::new(secrets) }
    }

    /// The text without secrets, for where it goes instead of a terminal.
    pub(super) fn redact(&self, text: &str) -> String {
        self.redactor.redact(text)
    }

    /// Prints a line of the answer.
    pub(super) fn line(&self, text: impl AsRef<str>) {
        drop(writeln!(anstream::stdout().lock(), "{}", self.redactor.redact(text.as_ref())));
    }

    /// Prints a text of the answer as it is.
    pub(super) fn text(&self, text: &str) {
        drop(anstream::stdout().lock().write_all(self.redactor.redact(text).as_bytes()));
    }

    /// Prints the answer as JSON.
    pub(super) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        self.line(serde_json::to_string_pretty(value).map_err(outside)?);
        Ok(())
    }

    /// Prints a line beside the answer, on standard error.
    pub(super) fn note(&self, text: impl AsRef<str>) {
        drop(writeln!(anstream::stderr().lock(), "{}", self.redactor.redact(text.as_ref())));
    }

    /// Prints a question on standard error; the answer is typed behind it.
    pub(super) fn prompt(&self, text: impl AsRef<str>) {
        let mut stream = anstream::stderr().lock();
        drop(write!(stream, "{}", self.redactor.redact(text.as_ref())));
        drop(stream.flush());
    }

    /// Prints diagnostics and how many there are, on standard error.
    pub(super) fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let Diagnostic { level, place, message, hint, .. } = diagnostic;
            let style = level_style(*level);
            self.note(format!(
                "{style}{}{style:#}{BOLD}:{BOLD:#} {place}: {BOLD}{message}{BOLD:#}",
                level.as_str()
            ));
            if let Some(hint) = hint {
                self.note(format!("  {DIM}hint:{DIM:#} {hint}"));
            }
        }
    }

    /// Prints the headline of an error, on standard error.
    pub(super) fn error_line(&self, message: &str) {
        let style = level_style(Level::Error);
        self.note(format!("{style}error{style:#}{BOLD}:{BOLD:#} {BOLD}{message}{BOLD:#}"));
    }

    /// Prints an error with its causes, on standard error.
    pub(super) fn error(&self, error: &anyhow::Error) {
        let style = level_style(Level::Error);
        let mut lines = format!("{style}error{style:#}{BOLD}:{BOLD:#} {error}");
        for cause in error.chain().skip(1) {
            lines.push_str("\n  caused by: ");
            lines.push_str(&cause.to_string().replace('\n', "\n    "));
        }
        self.note(lines);
    }
}

/// A progress bar on standard error; hidden when that is no terminal.
pub(super) fn progress(message: &str, length: Option<u64>) -> ProgressBar {
    let bar = match length {
        Some(length) => ProgressBar::new(length),
        None => ProgressBar::new_spinner(),
    };
    let template = if length.is_some() {
        "  {msg} {bar:24} {human_pos}/{human_len}"
    } else {
        "  {spinner} {msg} {human_pos}"
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_message(message.to_owned());
    bar
}

fn level_style(level: Level) -> Style {
    match level {
        Level::Error => AnsiColor::Red.on_default().bold(),
        Level::Warning => AnsiColor::Yellow.on_default().bold(),
        Level::Note => AnsiColor::Blue.on_default().bold(),
    }
}

/// Counts diagnostics in words: `1 error, 3 warnings`; `None` when there are none.
pub(super) fn summary(diagnostics: &[Diagnostic]) -> Option<String> {
    let parts: Vec<_> = [Level::Error, Level::Warning, Level::Note]
        .into_iter()
        .map(|level| (diagnostics::count(diagnostics, level), level.as_str()))
        .filter(|&(number, _)| number > 0)
        .map(|(number, word)| count(number, word, &format!("{word}s")))
        .collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// Writes a duration for people: `840 ms`, `2.3 s`.
pub(super) fn duration(time: Duration) -> String {
    match time.as_millis() {
        ms @ 0..1000 => format!("{ms} ms"),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}
