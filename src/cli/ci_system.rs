//! CI systems: which of them runs this job, and the commands that its log may have.
//!
//! A group is a part of the log that can be folded. GitHub and Gitea know `::group::`
//! (<https://docs.github.com/actions/reference/workflow-commands-for-github-actions#grouping-log-lines>), Azure DevOps
//! `##[group]` (<https://learn.microsoft.com/azure/devops/pipelines/scripts/logging-commands>), GitLab sections
//! (<https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections>).

use std::fmt;

use jiff::Timestamp;

use crate::base::{environment::Environment, text::terminal};

/// A CI system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum CiSystem {
    /// GitHub Actions.
    GitHub,
    /// Actions of Gitea or Forgejo.
    Gitea,
    /// GitLab CI.
    GitLab,
    /// Azure Pipelines.
    Azure,
}

/// A line of a log that a CI system interprets, with the data in it escaped.
pub(super) struct CiCommand(String);

impl fmt::Display for CiCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl CiCommand {
    /// A command of GitHub with properties and data that are escaped already.
    pub(super) fn github(command: &str, properties: &str, data: &str) -> Self {
        Self(format!("::{command} {properties}::{data}"))
    }

    /// A command of Azure DevOps with properties and data that are escaped already.
    pub(super) fn azure(command: &str, properties: &str, data: &str) -> Self {
        Self(format!("##vso[{command} {properties}]{data}"))
    }

    /// A line of details in the log of Azure DevOps; it is escaped already.
    pub(super) fn azure_debug(line: &str) -> Self {
        Self(format!("##[debug]{line}"))
    }
}

impl CiSystem {
    /// The system whose job has this environment; `None` elsewhere.
    pub(super) fn of(environment: &Environment) -> Option<Self> {
        let is = |name: &str| {
            environment.get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
        };
        if is("GITEA_ACTIONS") || is("FORGEJO_ACTIONS") {
            Some(Self::Gitea)
        } else if is("GITHUB_ACTIONS") {
            Some(Self::GitHub)
        } else if is("GITLAB_CI") {
            Some(Self::GitLab)
        } else if is("TF_BUILD") {
            Some(Self::Azure)
        } else {
            None
        }
    }

    /// The line that starts a group. `id` is unique in the log, and the same at the group's end; `name` is any text.
    pub(super) fn group(self, id: &str, name: &str, now: Timestamp) -> CiCommand {
        let name = terminal::line(name);
        CiCommand(match self {
            // GitHub decodes `%25`; Gitea shows the line as it is.
            Self::GitHub => format!("::group::{}", name.replace('%', "%25")),
            Self::Gitea => format!("::group::{name}"),
            Self::Azure => format!("##[group]{name}"),
            Self::GitLab => format!("{}{name}", section("start", id, now)),
        })
    }

    /// The line that ends the group.
    pub(super) fn group_end(self, id: &str, now: Timestamp) -> CiCommand {
        CiCommand(match self {
            Self::GitHub | Self::Gitea => "::endgroup::".to_owned(),
            Self::Azure => "##[endgroup]".to_owned(),
            Self::GitLab => section("end", id, now),
        })
    }
}

/// The marker of GitLab for an end of a section. Its id may have letters, digits, `_`, `.` and `-` only.
fn section(end: &str, id: &str, now: Timestamp) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let id = id.replace(|c| !is_plain(c), "_");
    format!("\u{1b}[0Ksection_{end}:{}:{id}\r\u{1b}[0K", now.as_second())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [CiSystem; 4] =
        [CiSystem::GitHub, CiSystem::Gitea, CiSystem::GitLab, CiSystem::Azure];

    fn now() -> Timestamp {
        Timestamp::from_second(1_767_225_600).expect("a time")
    }

    #[test]
    fn each_system_has_its_own_groups() {
        let lines = ALL.map(|system| {
            let start = system.group("cart-1", "Make 100 %", now()).to_string();
            [start, system.group_end("cart-1", now()).to_string()]
        });
        let gitlab = "\u{1b}[0Ksection_start:1767225600:cart-1\r\u{1b}[0KMake 100 %";
        assert_eq!(lines[0], ["::group::Make 100 %25", "::endgroup::"]);
        assert_eq!(lines[1], ["::group::Make 100 %", "::endgroup::"]);
        assert_eq!(lines[2], [gitlab, "\u{1b}[0Ksection_end:1767225600:cart-1\r\u{1b}[0K"]);
        assert_eq!(lines[3], ["##[group]Make 100 %", "##[endgroup]"]);
    }

    #[test]
    fn a_name_starts_no_command_and_no_line() {
        let name = "a\n::error::x\r\n##vso[task.complete]##[error]\u{1b}[0Ksection_end:1:cart-1\r\u{1b}[0K";
        for system in ALL {
            let line = system.group("cart-1", name, now()).to_string();
            let marker = system.group("cart-1", "", now()).to_string();
            let shown = line.strip_prefix(&marker).expect("the marker comes first");
            assert!(!shown.contains(char::is_control), "{shown:?}");
            for command in ["##vso[", "##[", "\n::"] {
                assert!(!shown.contains(command), "{shown:?}");
            }
        }
        let id = CiSystem::GitLab.group("a b\r\n:", "", now()).to_string();
        assert_eq!(id, "\u{1b}[0Ksection_start:1767225600:a_b___\r\u{1b}[0K");
    }

    #[test]
    fn a_job_is_known_by_its_variables() {
        let of = |names: &[&str]| {
            let add = |environment: Environment, name: &&str| environment.with(*name, "True");
            CiSystem::of(&names.iter().fold(Environment::default(), add))
        };
        assert_eq!(of(&["GITHUB_ACTIONS"]), Some(CiSystem::GitHub));
        assert_eq!(of(&["GITHUB_ACTIONS", "GITEA_ACTIONS"]), Some(CiSystem::Gitea));
        assert_eq!(of(&["GITLAB_CI"]), Some(CiSystem::GitLab));
        assert_eq!(of(&["TF_BUILD"]), Some(CiSystem::Azure));
        assert_eq!(of(&["CI"]), None);
    }
}
