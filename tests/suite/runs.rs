//! The life of a run where people see it: `callboard scaffold status`, the pages of the site, the log of a job.

use callboard_testing::Portal;
use serde_json::{Value, json};

use crate::{
    program::{ProgramOutput, RunProgram, isolated},
    scaffold,
    scaffold_commands::{applied, ok},
};

/// A portal whose only run has this record; the clock of the program shows 2026-01-01T00:00:00Z.
fn with_run(record: &str) -> Portal {
    let portal = applied();
    let repository = git2::Repository::open(portal.path()).expect("a repository");
    let branch = "refs/heads/callboard-runs";
    let tip = repository.find_reference(branch).and_then(|found| found.peel_to_commit());
    let tip = tip.expect("a run");
    let blob = repository.blob(record.as_bytes()).expect("a blob");
    let mut update = git2::build::TreeUpdateBuilder::new();
    update.upsert("runs/a.yaml", blob, git2::FileMode::Blob);
    let tree = update.create_updated(&repository, &tip.tree().expect("its tree")).expect("a tree");
    let tree = repository.find_tree(tree).expect("a tree");
    let by = tip.author();
    repository.commit(Some(branch), &by, &by, "by hand", &tree, &[&tip]).expect("a commit");
    portal
}

/// A record of a run that made the files and was about to make the repository.
fn record(status: &str, more: &str) -> String {
    format!(
        "version: 2\nrequest: a\ntemplate: template:default/t\ndigest: d\nrequester: user:default/u\nplan: p\n\
         status: {status}\n{more}created: 2025-12-31T23:00:00Z\nsteps:\n\
         - {{id: step-1, name: Files, action: 'fetch:template', status: completed}}\n\
         - {{id: step-2, name: Repository, action: 'publish:git', status: {status}, effects: [{{id: step-2/1, \
         kind: git, target: t, summary: creates it, state: intended}}]}}\n"
    )
}

fn lease(until: &str) -> String {
    format!("lease: {{runner: gitlab 7, until: '{until}'}}\n")
}

fn status(portal: &Portal, more: &[&str]) -> String {
    ok(portal.run(&[&["scaffold", "status"], more].concat()))
}

#[test]
fn a_stopped_run_is_said_with_the_command_that_goes_on() {
    let resume = "callboard scaffold resume a --push";
    for more in [lease("2025-12-31T23:59:59Z"), String::new()] {
        let portal = with_run(&record("processing", &more));
        let list = status(&portal, &[]);
        assert!(
            list.starts_with("! a ") && list.contains(&format!("  stopped: {resume}")),
            "{list}"
        );
        let shown = status(&portal, &["a"]);
        let next = format!("next: the run is stopped, no runner has it; go on with\n  {resume}\n");
        assert!(shown.ends_with(&next), "{shown}");
        assert_eq!(shown.contains("the runner gitlab 7 had it until"), !more.is_empty(), "{shown}");
        let read = |text: String| serde_json::from_str::<Value>(&text).expect("JSON");
        let (one, all) = (status(&portal, &["a", "--json"]), status(&portal, &["--json"]));
        let (one, all) = (read(one), read(all));
        assert_eq!(one["next"], json!({"reason": "stopped", "command": resume}));
        assert_eq!((&one, &one["status"]), (&all[0], &json!("processing")));
    }
}

#[test]
fn a_run_that_a_runner_has_or_that_ended_needs_nothing() {
    let going_on = record("processing", &lease("2026-01-01T00:00:01Z"));
    for (record, mark) in [(going_on, "…"), (record("completed", ""), "✓")] {
        let portal = with_run(&record);
        let (list, shown) = (status(&portal, &[]), status(&portal, &["a"]));
        assert!(list.starts_with(&format!("{mark} a ")), "{list}");
        assert!(!list.contains("resume") && !shown.contains("next:"), "{list}{shown}");
        assert!(!status(&portal, &["a", "--json"]).contains("\"next\""));
    }
}

#[test]
fn a_run_that_waits_for_an_answer_names_the_effect_and_the_command() {
    let portal = with_run(&record("failed", ""));
    let answer = "callboard scaffold resume a --step step-2/1 --was done|not-done --push";
    let list = status(&portal, &[]);
    assert!(list.contains(&format!("  unknown whether `step-2/1` was done: {answer}")), "{list}");
    let shown = status(&portal, &["a"]);
    let next = format!("next: find out whether `step-2/1` was done, then\n  {answer}\n");
    assert!(shown.ends_with(&next), "{shown}");
    let read: Value = serde_json::from_str(&status(&portal, &["a", "--json"])).expect("JSON");
    let next = json!({"reason": "question", "effect": "step-2/1", "command": answer});
    assert_eq!(read["next"], next);
}

const REVIEW: &str = "review: {pullRequest: 'https://git.example/o/r/pulls/7', job: 'https://git.example/jobs/9', \
                      approvers: ['user:default/u', 'u', 'user:default/gone', '<b>x</b>']}\n";

#[test]
fn pages_say_that_a_run_is_stopped_and_who_reviewed_it() {
    let portal = with_run(&record("processing", &(lease("2025-12-31T23:59:59Z") + REVIEW)));
    portal.write("callboard.yaml", portal.read("callboard.yaml") + "site: {languages: [en, fr]}\n");
    ok(portal.run(&["build"]));
    let page = portal.read("site/runs/a.html");
    for part in [
        "</svg>Stopped</span>",
        "This run is stopped",
        "<code>callboard scaffold resume a --push</code>",
        r#"<li class="s-stopped" id="step-step-2" data-step="step-2">"#,
        r#"<li class="s-completed" id="step-step-1" data-step="step-1">"#,
        r#"<a href="https://git.example/o/r/pulls/7">pull request</a>"#,
        r#"<a href="https://git.example/jobs/9">job</a>"#,
        r#"asked by <a href="../catalog/default/user/u.html">u</a>"#,
        // An account `u` is not the user `u`.
        r#"approved by <a href="../catalog/default/user/u.html">u</a>, u, <span class="gone""#,
        "&lt;b&gt;x&lt;/b&gt;",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let list = portal.read("site/runs.html");
    for part in ["<th>Review</th>", "Stopped", "git.example/o/r/pulls/7", "approved by"] {
        assert!(list.contains(part), "{part} in {list}");
    }
    let french = portal.read("site/fr/runs/a.html");
    assert!(french.contains("</svg>Arrêté</span>") && french.contains("approuvé par"), "{french}");
    let state = portal.read("site/assets/state.json");
    assert!(state.contains(r#""open_runs":1"#), "{state}");
}

#[test]
fn requests_without_a_run_say_what_they_wait_for() {
    let pages = |record: &str| {
        let portal = with_run(record);
        let request = |user: &str, name: &str| {
            format!("template: t\nrequester: user:default/{user}\nparameters: {{name: {name}}}\n")
        };
        portal.write("scaffolds/requests/b.yaml", request("u", "second"));
        portal.write("scaffolds/requests/c.yaml", request("nobody", "hunter2"));
        portal.commit("two more");
        ok(portal.run(&["build"]));
        portal
    };
    let portal = pages(&record("completed", ""));
    let page = portal.read("site/runs/b.html");
    for part in [
        "</svg>Waiting</span>",
        "waits for the next job that applies requests",
        "<td>second</td>",
        "creates repository",
        r#"<li class="s-waiting""#,
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    let refused = portal.read("site/runs/c.html");
    assert!(refused.contains("cannot be applied before this is mended"), "{refused}");
    assert!(refused.contains("<code>user:default/nobody</code>"), "{refused}");
    assert!(!refused.contains("hunter2"), "{refused}");
    let list = portal.read("site/runs.html");
    assert!(list.contains(r#"<a href="runs/b.html">b</a>"#) && list.contains("Waiting"), "{list}");
    assert!(portal.read("site/assets/state.json").contains(r#""open_runs":2"#));

    let portal = pages(&record("processing", &lease("2026-01-01T00:15:00Z")));
    let page = portal.read("site/runs/b.html");
    let behind = r#"waits until the run <a href="../runs/a.html">a</a> has ended"#;
    assert!(page.contains(behind), "{page}");

    // A clone without the branch of runs does not know which requests have one.
    let portal = pages(&record("completed", ""));
    let git = |arguments: &[&str]| callboard_testing::git(portal.path(), arguments);
    git(&["branch", "-q", "-D", "callboard-runs"]);
    git(&["remote", "add", "origin", "https://git.example/portal.git"]);
    ok(portal.run(&["build"]));
    assert!(!portal.path().join("site/runs/b.html").exists());
}

#[test]
fn pages_change_when_the_lease_of_a_run_ends() {
    let portal = with_run(&record("processing", &lease("2026-01-01T00:15:00Z")));
    let page = |seconds: u64| {
        let mut program = isolated(portal.path());
        let now = (1_767_225_600 + seconds).to_string();
        let built = program.arg("build").env("SOURCE_DATE_EPOCH", now).output();
        ok(ProgramOutput::of(&built.expect("the program starts")));
        portal.read("site/runs/a.html")
    };
    let going_on = page(0);
    assert!(going_on.contains("</svg>Running</span>"), "{going_on}");
    assert!(!going_on.contains("resume"), "{going_on}");
    // The page says the time of its states.
    let later = going_on.replace("2026-01-01T00:00:00Z", "T").replace("2026-01-01 00:00 UTC", "T");
    let of = |page: String| {
        page.replace("2026-01-01T00:14:59Z", "T").replace("2026-01-01 00:14 UTC", "T")
    };
    assert!(going_on.contains("As of <time datetime=\"2026-01-01T00:00:00Z\""), "{going_on}");
    assert_eq!(of(page(899)), later);
    assert!(page(900).contains("</svg>Stopped</span>"));
}

#[test]
fn pages_ask_what_became_of_an_effect_and_link_only_to_the_web() {
    let review = "review: {pullRequest: 'javascript:alert(1)', job: 'mailto:a@git.example'}\n";
    let portal = with_run(&record("failed", review));
    ok(portal.run(&["build"]));
    let page = portal.read("site/runs/a.html");
    for part in [
        "</svg>Question</span>",
        "Nobody knows whether <code>step-2/1</code> was done",
        "--step step-2/1 --was done|not-done --push</code>",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    for address in ["javascript:", "mailto:"] {
        assert!(!page.contains(address), "{page}");
        assert!(!portal.read("site/runs.html").contains(address));
    }
}

#[test]
fn in_a_job_each_step_is_a_group_that_no_text_of_a_template_ends() {
    let portal = scaffold::portal();
    let step = "  steps:\n    - action: debug:log\n      name: \"100 %\\n::error::x ##[error]y\"\n      \
                input: {message: \"::endgroup::\\n##[endgroup]\"}\n";
    let template = portal.read("scaffolds/templates/t/template.yaml").replace("  steps:\n", step);
    portal.write("scaffolds/templates/t/template.yaml", template);
    let apply = |name: &str, variable: Option<&str>| {
        let file = format!("scaffolds/requests/{name}.yaml");
        let request = "template: t\nrequester: user:default/u\nparameters: {name: NAME}\n";
        portal.write(&file, request.replace("NAME", name));
        portal.commit(name);
        let mut program = isolated(portal.path());
        program.args(["scaffold", "apply", &file]).envs(variable.map(|name| (name, "true")));
        ok(ProgramOutput::of(&program.output().expect("the program starts")))
    };
    let (time, start) = (1_767_225_600, "\u{1b}[0Ksection_");
    let cases = [
        ("github", "GITHUB_ACTIONS", "::group::".to_owned(), "::endgroup::".to_owned()),
        ("azure", "TF_BUILD", "##[group]".to_owned(), "##[endgroup]".to_owned()),
        (
            "gitlab",
            "GITLAB_CI",
            format!("{start}start:{time}:gitlab-1\r\u{1b}[0K"),
            format!("{start}end:{time}:gitlab-1\r\u{1b}[0K"),
        ),
    ];
    for (name, variable, start, end) in cases {
        let log = apply(name, Some(variable));
        let lines: Vec<_> = log.split('\n').collect();
        let percent = if name == "github" { "%25" } else { "%" };
        let title = format!("{start}100 {percent}\\n::error::x ##\\[error]y");
        let expected =
            [name, &title, "    \\::endgroup::", "    ##\\[endgroup]", &end, "  ✓ 100 %\\n"];
        for (line, expected) in lines.iter().zip(expected) {
            assert!(line.starts_with(expected), "{expected:?} in {log}");
        }
        let kind = &start[..5];
        let groups = lines.iter().filter(|line| line.starts_with(kind));
        assert!(groups.count() >= 3, "{log}");
    }
    let log = apply("plain", None);
    assert!(log.starts_with("plain\n    \\::endgroup::\n"), "{log}");
}
