//! The diagnostics of mistakes in a template: at the place where the value is written, in its own file or one that it
//! includes.

use super::Template;
use crate::{
    base::diagnostics::{Diagnostic, Place, Position},
    catalog::Issue,
    engine::EngineError,
};

impl Template {
    /// The diagnostic of a mistake at a value of the template.
    pub(crate) fn wrong(
        &self,
        pointer: &str,
        code: &'static str,
        message: impl Into<String>,
    ) -> Diagnostic {
        self.diagnostic(Issue::error(code, pointer, message))
    }

    /// Gives an issue, whose pointer is into the template, its place.
    pub(crate) fn diagnostic(&self, issue: Issue) -> Diagnostic {
        self.includes.diagnostic(issue, &self.file, self.text.positions(), self.document)
    }

    pub(super) fn diagnostics(&self, issues: Vec<Issue>) -> Vec<Diagnostic> {
        issues.into_iter().map(|issue| self.diagnostic(issue)).collect()
    }

    /// The diagnostic of a mistake in an expression; `pointer` is that of the value that was rendered.
    pub(crate) fn expression(&self, pointer: &str, error: EngineError) -> Diagnostic {
        let pointer = format!("{pointer}{}", error.path);
        let (included, start) = self.includes.locate(&pointer, &self.text, self.document);
        let within = Position { line: error.line, column: error.column };
        let (file, position) = match included {
            Some(file) if file.is_text => (&file.path, Some(within)),
            Some(file) => (&file.path, start.map(|start| inside(&file.text, start, within))),
            None => (&self.file, start.map(|start| inside(&self.text, start, within))),
        };
        let place = Place::at(file, position);
        Diagnostic::error("invalid-expression", place, error.message).hint_opt(error.hint)
    }
}

/// Moves from the start of a YAML scalar to a line and column of its value: over the quote of a
/// quoted one, over the indentation of a block, which starts with its first line.
fn inside(text: &str, start: Position, within: Position) -> Position {
    let Position { line, column } = within;
    let line_at = |number: usize| text.lines().nth(number.saturating_sub(1)).unwrap_or_default();
    let indent = line_at(start.line).chars().take_while(|c| *c == ' ').count();
    let opener = line_at(start.line - 1)
        .trim_end()
        .trim_end_matches(|c: char| matches!(c, '+' | '-') || c.is_ascii_digit());
    let is_block = start.column <= indent + 1 && opener.ends_with(['|', '>']);
    let first = line_at(start.line).chars().nth(start.column - 1);
    let column = match (is_block, line) {
        (true, _) => indent + column,
        (false, 1) => start.column + usize::from(matches!(first, Some('"' | '\''))) + column - 1,
        (false, _) => column,
    };
    Position { line: start.line + line - 1, column }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::yaml::{EntryPart, locate};

    #[test]
    fn positions_inside_scalars_are_those_of_the_file() {
        let text = "a: 'x ${{ y'\nb: |\n  one\n  two ${{\nc: plain\n";
        let at = |pointer: &str, line, column| {
            let start = locate(text, 0, pointer, EntryPart::Value).expect("there");
            let Position { line, column } = inside(text, start, Position { line, column });
            (line, column)
        };
        assert_eq!(at("/a", 1, 3), (1, 7));
        assert_eq!(at("/b", 2, 5), (4, 7));
        assert_eq!(at("/c", 1, 2), (5, 5));
    }
}
