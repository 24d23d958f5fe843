//! Asks questions of the person at the terminal, and reads the answers.

use std::io::{BufRead, IsTerminal};

use anyhow::anyhow;

use crate::cli::{
    Failure,
    exit::outside,
    output::{BOLD, DIM, Output},
};

/// Asks, and reads the answers, one in each line.
pub(super) struct Asker<'a> {
    /// Standard input, or the answers of a test.
    pub(super) answers: &'a mut dyn BufRead,
    /// Prints the questions.
    pub(super) output: &'a Output,
}

/// One question.
#[derive(Default)]
pub(super) struct Question<'a> {
    /// Its text.
    pub(super) text: &'a str,
    /// The value of an empty answer.
    pub(super) default: Option<&'a str>,
    /// An example of an answer.
    pub(super) example: Option<&'a str>,
}

/// True when somebody can be asked.
pub(super) fn somebody_is_there() -> bool {
    std::io::stdin().is_terminal() && std::io::stderr().is_terminal()
}

impl Asker<'_> {
    /// Asks until `check` accepts the answer.
    ///
    /// # Errors
    /// The input ended.
    pub(super) fn ask(
        &mut self,
        question: &Question<'_>,
        check: impl Fn(&str) -> Option<String>,
    ) -> Result<String, Failure> {
        let Question { text, default, example } = question;
        let beside = match (default, example) {
            (Some(""), Some(example)) => format!(" {DIM}[none; such as {example}]{DIM:#}"),
            (Some(default), _) => format!(" {DIM}[{default}]{DIM:#}"),
            (None, Some(example)) => format!(" {DIM}(such as {example}){DIM:#}"),
            (None, None) => String::new(),
        };
        loop {
            self.output.prompt(format!("{BOLD}{text}{BOLD:#}{beside}: "));
            let mut line = String::new();
            if self.answers.read_line(&mut line).map_err(outside)? == 0 {
                return Err(Failure::Usage(anyhow!("there is no answer to `{text}`")));
            }
            let answer = match (line.trim(), default) {
                ("", Some(default)) => *default,
                ("", None) => continue,
                (answer, _) => answer,
            };
            match check(answer) {
                None => return Ok(answer.to_owned()),
                Some(problem) => self.output.note(format!("  {problem}")),
            }
        }
    }
}
