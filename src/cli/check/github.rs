//! Annotations of GitHub Actions: one workflow command for each problem.

use crate::{
    base::{
        diagnostics::{Diagnostic, Level, Position},
        text::terminal,
    },
    cli::ci_system::CiCommand,
};

/// Writes the command that annotates a line of a file; `below` is the portal's folder, ending in `/`.
pub(in crate::cli) fn annotation(problem: &Diagnostic, below: &str) -> CiCommand {
    let Diagnostic { level, code, place, message, hint } = problem;
    let command = match level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let file = property(&format!("{below}{}", place.file));
    let position = match place.position {
        Some(Position { line, column }) => format!(",line={line},col={column}"),
        None => String::new(),
    };
    let text = match hint {
        Some(hint) => format!("{message}\nhint: {hint}"),
        None => message.clone(),
    };
    let (code, text) = (property(code), data(&text));
    CiCommand::github(command, &format!("file={file}{position},title={code}"), &text)
}

/// Escapes the text after the second `::`. What the runner shows of it are lines of a log, too.
fn data(text: &str) -> String {
    terminal::lines(text).replace('%', "%25").replace('\n', "%0A")
}

/// Escapes the value of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::diagnostics::Place;

    #[test]
    fn what_would_end_a_property_or_a_command_is_escaped() {
        let place = Place::at("a,b:c.yaml", Some(Position { line: 3, column: 7 }));
        let text = "100 %\r\nof it: all\u{1b}\n::error::x";
        let problem = Diagnostic::warning("invalid-value", place, text).hint("x");
        assert_eq!(
            annotation(&problem, "portal/").to_string(),
            "::warning file=portal/a%2Cb%3Ac.yaml,line=3,col=7,title=invalid-value::\
             100 %25%0Aof it: all\\u{1b}%0A\\::error::x%0Ahint: x"
        );
    }

    #[test]
    fn a_whole_file_has_no_line_and_a_note_is_a_notice() {
        let problem = Diagnostic::note("empty-system", Place::file("a.yaml"), "nothing");
        assert_eq!(
            annotation(&problem, "").to_string(),
            "::notice file=a.yaml,title=empty-system::nothing"
        );
    }
}
