//! The Code Quality report of GitLab, which shows problems beside a merge request
//! (<https://docs.gitlab.com/ci/testing/code_quality/#import-code-quality-results-from-a-cicd-job>).

use std::collections::HashMap;

use serde_json::{Value, json};

use super::sarif::print_of;
use crate::{
    base::diagnostics::{Diagnostic, Level},
    cli::annotation::text,
};

/// The report: a list with one entry for each problem; `below` is the portal's folder, ending in `/`.
pub(in crate::cli) fn report(problems: &[Diagnostic], below: &str) -> Value {
    // GitLab shows one of those with the same fingerprint.
    let mut seen: HashMap<String, usize> = HashMap::new();
    let entry = |problem: &Diagnostic| {
        let print = print_of(problem.code, &problem.place.file, &problem.message);
        let times = seen.entry(print.clone()).or_default();
        *times += 1;
        let fingerprint = if *times == 1 { print } else { format!("{print}-{times}") };
        let severity = match problem.level {
            Level::Error => "critical",
            Level::Warning => "minor",
            Level::Note => "info",
        };
        json!({
            "description": text(problem),
            "check_name": problem.code,
            "fingerprint": fingerprint,
            "severity": severity,
            "location": {
                "path": format!("{below}{}", problem.place.file),
                // A report has a line for each problem.
                "lines": {"begin": problem.place.position.map_or(1, |position| position.line)},
            },
        })
    };
    problems.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::diagnostics::{Place, Position};

    #[test]
    fn each_problem_has_its_own_fingerprint_which_does_not_depend_on_the_line() {
        let at = |line| {
            let place = Place::at("a.yaml", Some(Position { line, column: 7 }));
            Diagnostic::error("invalid-value", place, "wrong").hint("right")
        };
        let report =
            report(&[at(3), at(9), Diagnostic::note("x", Place::file("a.yaml"), "y")], "portal/");
        let prints: Vec<_> = (0..3).map(|i| report[i]["fingerprint"].as_str()).collect();
        assert_eq!(prints[0].map(|print| format!("{print}-2")).as_deref(), prints[1]);
        let moved = super::report(&[at(4)], "portal/");
        assert_eq!(moved[0]["fingerprint"], report[0]["fingerprint"]);
        let mut first = report[0].clone();
        first["fingerprint"] = "f".into();
        assert_eq!(
            first,
            json!({
                "description": "wrong\nhint: right", "check_name": "invalid-value", "fingerprint": "f",
                "severity": "critical", "location": {"path": "portal/a.yaml", "lines": {"begin": 3}},
            })
        );
        assert_eq!(report[2]["severity"], "info");
        assert_eq!(report[2]["location"]["lines"]["begin"], 1);
    }
}
