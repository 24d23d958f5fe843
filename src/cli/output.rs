//! Standard output and standard error: colours on a terminal only, and no error when a pipe is closed.
//!
//! Printed texts can come from sources and requests, so everything passes through [`terminal`], which escapes
//! whatever a terminal or a CI log would interpret. The program's own colours pass because a [`Style`] writes a
//! noncharacter of Unicode instead of an escape sequence; this module replaces it after the escaping.

use std::{
    borrow::Cow,
    fmt::{self, Write as _},
    io::{self, Write},
    time::Duration,
};

use anstyle::AnsiColor;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Serialize;

use super::{
    ci_system::CiCommand,
    exit::{Failure, outside},
};
use crate::base::{
    diagnostics::{self, Diagnostic, Level},
    environment::{Redactor, Secret},
    text::{count, terminal, visible, visible_lines},
};

/// The style of a part of a line: `format!("{BOLD}{name}{BOLD:#}")`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style(char);

/// Emphasis.
pub(super) const BOLD: Style = Style('\u{fdd1}');
/// Details.
pub(super) const DIM: Style = Style('\u{fdd2}');
/// Success, or something new.
pub(super) const GOOD: Style = Style('\u{fdd3}');
/// Something removed.
pub(super) const GONE: Style = Style('\u{fdd4}');
/// Something changed.
pub(super) const CHANGED: Style = Style('\u{fdd5}');
/// The part of a text that matches a query.
pub(super) const MATCH: Style = Style('\u{fdd6}');
const ERROR: Style = Style('\u{fdd7}');
const WARNING: Style = Style('\u{fdd8}');
const NOTE: Style = Style('\u{fdd9}');
/// The end of any style.
const PLAIN: char = '\u{fdd0}';

impl Style {
    /// The ANSI style of a character that starts one; `None` for other characters.
    fn of(character: char) -> Option<anstyle::Style> {
        let bold = anstyle::Style::new().bold();
        let colour = |colour: AnsiColor| colour.on_default();
        Some(match Self(character) {
            BOLD => bold,
            DIM => anstyle::Style::new().dimmed(),
            GOOD => colour(AnsiColor::Green),
            GONE => colour(AnsiColor::Red),
            CHANGED => colour(AnsiColor::Yellow),
            MATCH => bold.underline(),
            ERROR => colour(AnsiColor::Red).bold(),
            WARNING => colour(AnsiColor::Yellow).bold(),
            NOTE => colour(AnsiColor::Blue).bold(),
            _ => return None,
        })
    }
}

/// Starts the style; with `#`, ends it.
impl fmt::Display for Style {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_char(if f.alternate() { PLAIN } else { self.0 })
    }
}

/// Where a command prints. Secrets are replaced. A line that cannot be written, such as to a closed pipe, is
/// dropped, so that `callboard … | head -1` ends without an error.
#[derive(Debug, Clone)]
pub(super) struct Output {
    redactor: Redactor,
    /// Whether lines go to standard error, because the answer is JSON.
    is_beside: bool,
}

impl Output {
    /// The output of the process; these secrets are replaced in it.
    pub(super) fn new(secrets: impl IntoIterator<Item = Secret>) -> Self {
        Self { redactor: Redactor::new(secrets), is_beside: false }
    }

    /// The same output, whose lines go to standard error when `is_json` is true: the answer on standard output is then
    /// JSON alone.
    pub(super) fn beside_json(&self, is_json: bool) -> Self {
        Self { is_beside: self.is_beside || is_json, ..self.clone() }
    }

    /// Replaces this secret, too, from now on.
    pub(super) fn learn(&self, secret: &Secret) {
        self.redactor.learn(secret);
    }

    /// What replaces the secrets.
    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Replaces the secrets in a text that is not printed but sent elsewhere.
    pub(super) fn redact(&self, text: &str) -> String {
        self.redactor.redact(text)
    }

    /// Prints one line of the answer; line feeds inside are shown as `\n`.
    pub(super) fn line(&self, text: impl AsRef<str>) {
        let line = self.styled(text.as_ref(), terminal::line);
        drop(match self.is_beside {
            true => writeln!(anstream::stderr().lock(), "{line}"),
            false => writeln!(anstream::stdout().lock(), "{line}"),
        });
    }

    /// Prints a text of the answer, of any number of lines.
    pub(super) fn text(&self, text: &str) {
        let text = self.styled(text, terminal::lines);
        drop(match self.is_beside {
            true => write!(anstream::stderr().lock(), "{text}"),
            false => write!(anstream::stdout().lock(), "{text}"),
        });
    }

    /// Prints a script of the program, unescaped: it contains no data of others.
    pub(super) fn script(&self, text: &str) {
        drop(anstream::stdout().lock().write_all(self.redactor.redact(text).as_bytes()));
    }

    /// Prints a command to the CI system; its data are escaped already. GitLab's have escape sequences, which stay
    /// where there is no terminal.
    pub(super) fn ci_command(&self, command: &CiCommand) {
        let line = self.redactor.redact(&command.to_string());
        drop(match self.is_beside {
            true => writeln!(io::stderr().lock(), "{line}"),
            false => writeln!(io::stdout().lock(), "{line}"),
        });
    }

    /// Prints the answer as JSON.
    pub(super) fn json(&self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(outside)?;
        self.json_text(&text);
        Ok(())
    }

    /// Prints a text that is JSON already.
    pub(super) fn json_text(&self, text: &str) {
        let text = self.redactor.redact(text.trim_end());
        drop(writeln!(anstream::stdout().lock(), "{}", terminal::json(&text)));
    }

    /// Prints a line beside the answer, on standard error.
    pub(super) fn note(&self, text: impl AsRef<str>) {
        drop(writeln!(anstream::stderr().lock(), "{}", self.styled(text.as_ref(), terminal::line)));
    }

    /// Prints lines beside the answer, on standard error.
    fn notes(&self, text: &str) {
        drop(writeln!(anstream::stderr().lock(), "{}", self.styled(text, terminal::lines)));
    }

    /// Prints a question on standard error; the answer is typed behind it.
    pub(super) fn prompt(&self, text: impl AsRef<str>) {
        let mut stream = anstream::stderr().lock();
        drop(write!(stream, "{}", self.styled(text.as_ref(), terminal::line)));
        drop(stream.flush());
    }

    /// Prints diagnostics and how many there are, on standard error.
    pub(super) fn diagnostics(&self, diagnostics: &[Diagnostic]) {
        for diagnostic in diagnostics {
            let Diagnostic { level, place, message, hint, .. } = diagnostic;
            let style = level_style(*level);
            let (place, message) = (place.to_string(), indented(message, "    "));
            self.notes(&format!(
                "{style}{}{style:#}{BOLD}:{BOLD:#} {}: {BOLD}{message}{BOLD:#}",
                level.as_str(),
                visible(&place),
            ));
            if let Some(hint) = hint {
                self.notes(&format!("  {DIM}hint:{DIM:#} {}", indented(hint, "    ")));
            }
        }
    }

    /// Prints diagnostics that say the same as one, with their number and the first places, on
    /// standard error.
    pub(super) fn groups<'d>(&self, diagnostics: impl IntoIterator<Item = &'d Diagnostic>) {
        for group in diagnostics::group(diagnostics) {
            let level = group.first.level;
            let style = level_style(level);
            let headline = group.headline();
            let (place, message) = headline.split_at(headline.len() - group.message.len());
            self.note(format!(
                "{style}{}{style:#}{BOLD}:{BOLD:#} {place}{BOLD}{message}{BOLD:#}",
                level.as_str()
            ));
            for place in group.named_places() {
                self.note(format!("  {place}"));
            }
            if let Some(hint) = &group.first.hint {
                self.note(format!("  {DIM}hint:{DIM:#} {hint}"));
            }
        }
    }

    /// Prints the headline of an error, on standard error.
    pub(super) fn error_line(&self, message: &str) {
        self.note(format!(
            "{ERROR}error{ERROR:#}{BOLD}:{BOLD:#} {BOLD}{}{BOLD:#}",
            visible(message)
        ));
    }

    /// Prints an error with its causes, on standard error.
    pub(super) fn error(&self, error: &anyhow::Error) {
        self.notes(&format!(
            "{ERROR}error{ERROR:#}{BOLD}:{BOLD:#} {}",
            indented(&error.to_string(), "")
        ));
        for cause in error.chain().skip(1) {
            self.notes(&format!("  caused by: {}", indented(&cause.to_string(), "    ")));
        }
    }

    /// Prints clap's message about a wrong command line.
    pub(super) fn usage(&self, text: &str) {
        let text = text.trim_end();
        let message = text.strip_prefix("error: ").unwrap_or(text);
        self.notes(&format!("{ERROR}error{ERROR:#}{BOLD}:{BOLD:#} {}", indented(message, "")));
    }

    /// Replaces secrets, escapes a text by `sink`, and replaces its styles by escape sequences.
    fn styled(&self, text: &str, sink: fn(&str) -> Cow<'_, str>) -> String {
        render(&self.redactor.redact(text), sink)
    }
}

/// Escapes a text by `sink`, and replaces its styles by escape sequences. A text in which `sink` had to escape
/// a command loses its styles, because a command can start in one part of a line and end in another.
fn render(text: &str, sink: fn(&str) -> Cow<'_, str>) -> String {
    let is_mark = |c: char| c == PLAIN || Style::of(c).is_some();
    let unstyled = text.replace(is_mark, "");
    let whole = sink(&unstyled);
    let (mut joined, mut styled) = (String::new(), String::new());
    let mut is_open = false;
    for part in text.split_inclusive(is_mark) {
        let mark = part.chars().next_back().filter(|c| is_mark(*c));
        let words = sink(mark.map_or(part, |mark| &part[..part.len() - mark.len_utf8()]));
        joined.push_str(&words);
        styled.push_str(&words);
        if let Some(mark) = mark {
            let style = Style::of(mark);
            let _ = match style {
                Some(style) => write!(styled, "{style}"),
                None => write!(styled, "{}", anstyle::Reset),
            };
            is_open = style.is_some();
        }
    }
    if joined != whole {
        return whole.into_owned();
    }
    if is_open {
        let _ = write!(styled, "{}", anstyle::Reset);
    }
    styled
}

/// Lines of which all but the first are indented.
fn indented(text: &str, indent: &str) -> String {
    visible_lines(text).replace('\n', &format!("\n{indent}"))
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
    bar.set_message(terminal::line(message).into_owned());
    bar
}

fn level_style(level: Level) -> Style {
    match level {
        Level::Error => ERROR,
        Level::Warning => WARNING,
        Level::Note => NOTE,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_are_the_program_s_and_escape_sequences_of_data_are_text() {
        let line = |text: String| render(&text, terminal::line);
        assert_eq!(
            line(format!("{BOLD}{}{BOLD:#} b", "a\u{1b}[2J\n")),
            "\u{1b}[1ma\\u{1b}[2J\\n\u{1b}[0m b"
        );
        assert_eq!(line(format!("{DIM}a")), "\u{1b}[2ma\u{1b}[0m");
    }

    #[test]
    fn a_command_is_no_command_behind_a_style_either() {
        for text in [format!("{DIM}::error::x{DIM:#}"), format!("#{DIM}#{DIM:#}[error]x")] {
            let shown = render(&text, terminal::line);
            let expected = ["\u{1b}[2m\\::error::x\u{1b}[0m", "##\\[error]x"];
            assert!(expected.contains(&shown.as_str()), "{shown}");
        }
        assert_eq!(render(&format!("{DIM}a\n::b"), terminal::lines), "\u{1b}[2ma\n\\::b\u{1b}[0m");
    }
}
