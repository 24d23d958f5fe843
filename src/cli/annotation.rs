//! Annotations: a line of a log that the CI system shows at the place of a problem.
//!
//! GitHub and Gitea have workflow commands, Azure DevOps logging commands
//! (<https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands#logissue-log-an-error-or-warning>).
//! GitLab has none; it reads a report (`check/code_quality.rs`).

use super::ci_system::{CiCommand, CiSystem};
use crate::base::{
    diagnostics::{Diagnostic, Level, Position},
    text::terminal,
};

/// The command that annotates a line of a file; `below` is the portal's folder, ending in `/`. `None` where the CI system
/// has no such command.
pub(super) fn annotation(system: CiSystem, problem: &Diagnostic, below: &str) -> Option<CiCommand> {
    match system {
        CiSystem::GitHub | CiSystem::Gitea => Some(github(problem, below)),
        CiSystem::Azure => Some(azure(problem, below)),
        CiSystem::GitLab => None,
    }
}

/// The message of a problem with its hint.
pub(super) fn text(problem: &Diagnostic) -> String {
    match &problem.hint {
        Some(hint) => format!("{}\nhint: {hint}", problem.message),
        None => problem.message.clone(),
    }
}

fn github(problem: &Diagnostic, below: &str) -> CiCommand {
    let command = match problem.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => "notice",
    };
    let property = |text: &str| github_data(text).replace(':', "%3A").replace(',', "%2C");
    let file = property(&format!("{below}{}", problem.place.file));
    let position = match problem.place.position {
        Some(Position { line, column }) => format!(",line={line},col={column}"),
        None => String::new(),
    };
    let code = property(problem.code);
    let properties = format!("file={file}{position},title={code}");
    CiCommand::github(command, &properties, &github_data(&text(problem)))
}

/// Escapes the text after the second `::`. What the runner shows of it are lines of a log, too.
fn github_data(text: &str) -> String {
    terminal::lines(text).replace('%', "%25").replace('\n', "%0A")
}

/// Azure DevOps knows errors and warnings; a note is a line of the log.
fn azure(problem: &Diagnostic, below: &str) -> CiCommand {
    let level = match problem.level {
        Level::Error => "error",
        Level::Warning => "warning",
        Level::Note => {
            let line = format!("{below}{}: {}", problem.place, problem.message);
            return CiCommand::azure_debug(&terminal::line(&line));
        }
    };
    let property = |text: &str| azure_data(text).replace(';', "%3B").replace(']', "%5D");
    let file = property(&format!("{below}{}", problem.place.file));
    let position = match problem.place.position {
        Some(Position { line, column }) => format!("linenumber={line};columnnumber={column};"),
        None => String::new(),
    };
    let code = property(problem.code);
    let properties = format!("type={level};sourcepath={file};{position}code={code};");
    CiCommand::azure("task.logissue", &properties, &azure_data(&text(problem)))
}

/// Escapes the text of a logging command, which ends with its line.
fn azure_data(text: &str) -> String {
    terminal::lines(text).replace('%', "%AZP25").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::diagnostics::Place;

    fn shown(system: CiSystem, problem: &Diagnostic, below: &str) -> String {
        annotation(system, problem, below).map(|command| command.to_string()).unwrap_or_default()
    }

    #[test]
    fn what_would_end_a_property_or_a_command_is_escaped() {
        let place = Place::at("a,b:c;d].yaml", Some(Position { line: 3, column: 7 }));
        let text = "100 %\r\nof it: all\u{1b}\n::error::x\n##vso[task.complete]";
        let problem = Diagnostic::warning("invalid-value", place, text).hint("x");
        assert_eq!(
            shown(CiSystem::GitHub, &problem, "portal/"),
            "::warning file=portal/a%2Cb%3Ac;d].yaml,line=3,col=7,title=invalid-value::\
             100 %25%0Aof it: all\\u{1b}%0A\\::error::x%0A##\\vso[task.complete]%0Ahint: x"
        );
        assert_eq!(
            shown(CiSystem::Azure, &problem, "portal/"),
            "##vso[task.logissue type=warning;sourcepath=portal/a,b:c%3Bd%5D.yaml;linenumber=3;columnnumber=7;\
             code=invalid-value;]100 %AZP25%0Aof it: all\\u{1b}%0A\\::error::x%0A##\\vso[task.complete]%0Ahint: x"
        );
        assert_eq!(shown(CiSystem::GitLab, &problem, ""), "");
    }

    #[test]
    fn a_whole_file_has_no_line_and_a_note_is_no_warning() {
        let problem = Diagnostic::note("empty-system", Place::file("a.yaml"), "nothing");
        assert_eq!(
            shown(CiSystem::Gitea, &problem, ""),
            "::notice file=a.yaml,title=empty-system::nothing"
        );
        assert_eq!(shown(CiSystem::Azure, &problem, ""), "##[debug]a.yaml: nothing");
        let problem = Diagnostic::error("invalid-yaml", Place::file("a.yaml"), "wrong");
        assert_eq!(
            shown(CiSystem::Azure, &problem, ""),
            "##vso[task.logissue type=error;sourcepath=a.yaml;code=invalid-yaml;]wrong"
        );
    }
}
