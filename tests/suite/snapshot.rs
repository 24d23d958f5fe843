//! `callboard snapshot`: what it prints, commits and refuses, also when several run at once.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
    sync::{Arc, Mutex},
};

use callboard_testing::{JSON, Portal, Server, assert_text, file, say, str};

use crate::program::{ProgramOutput, RunProgram, isolated};

const MAPPING: &str = r#"{apiVersion: "backstage.io/v1alpha1", kind: "Group",
  metadata: {name: .name, annotations: {"org/id": .id}}, spec: {type: "team", children: []}}"#;

/// An API whose answer can be changed, and a portal that reads it.
pub(crate) struct Company {
    pub(crate) portal: Portal,
    answer: Arc<Mutex<String>>,
}

impl Company {
    pub(crate) fn new() -> Self {
        let answer = Arc::new(Mutex::new(String::from("[]")));
        let shared = Arc::clone(&answer);
        let server = Server::new(move |_, _, to| {
            let body = shared.lock().expect("no panic").clone();
            say(to, "200 OK", &[JSON], &body);
        });
        let portal = Portal::new()
            .with("callboard.yaml", "title: Test\nsources: [teams]\n")
            .with(".gitignore", "/.callboard\n")
            .with("catalog-data/sources/teams.jq", MAPPING)
            .with("catalog-data/sources/teams.yaml", format!("kind: http\nurl: {}\n", server.url));
        portal.commit("Start");
        Self { portal, answer }
    }

    /// Answers with teams: their ids and names.
    pub(crate) fn says(&self, teams: &[(usize, &str)]) {
        let teams = teams.iter().map(|(id, name)| format!(r#"{{"id":"{id}","name":"{name}"}}"#));
        let teams: Vec<_> = teams.collect();
        *self.answer.lock().expect("no panic") = format!("[{}]", teams.join(","));
    }

    /// Answers with this text.
    pub(crate) fn answers(&self, text: &str) {
        text.clone_into(&mut self.answer.lock().expect("no panic"));
    }

    /// Runs, and returns both outputs without times and ids of commits.
    fn snapshot(&self, args: &[&str]) -> (i32, String) {
        let ran = self.portal.run(&[&["snapshot"], args].concat());
        (ran.code, without_times(&format!("{}{}", ran.stdout, ran.stderr)))
    }
}

fn without_times(text: &str) -> String {
    let lines = text.lines().map(|line| match (line.rfind(" s)"), line.rfind(", ")) {
        (Some(_), Some(at)) => format!("{}, [TIME])\n", &line[..at]),
        _ if line.starts_with("committed ") => "committed [COMMIT]\n".to_owned(),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

const NAMES: &[&str] = &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n"];

#[test]
fn changes_are_shown_committed_and_readable_for_scripts() {
    let company = Company::new();
    let mut teams: Vec<_> = NAMES.iter().copied().enumerate().collect();
    company.says(&teams);
    let (code, _) = company.snapshot(&[]);
    assert_eq!(code, 0);
    teams[0].1 = "alpha";
    teams.remove(1);
    teams.push((40, "new"));
    company.says(&teams);
    let shown = company.snapshot(&["--dry-run"]);
    assert_text(shown.1, file!["golden/snapshot-dry-run.txt"]);
    assert_eq!(company.portal.git(&["status", "--porcelain"]), "");
    let (code, done) = company.snapshot(&[]);
    assert_eq!(code, 0, "{done}");
    let message = company.portal.git(&["log", "-1", "--format=%B"]);
    assert_text(message, file!["golden/snapshot-message.txt"]);
    let trailers = company.portal.git(&["log", "-1", "--format=%(trailers:key=Callboard-Source)"]);
    assert_text(
        trailers,
        str![[r#"
Callboard-Source: teams records=14 entities=14 added=1 changed=0 renamed=1 removed=1


"#]],
    );
    let (_, again) = company.snapshot(&[]);
    assert_text(
        again,
        str![[r#"
teams: unchanged (14 records, 1 page, [TIME])

"#]],
    );
}

#[test]
fn a_loss_above_the_limit_is_refused_in_a_dry_run_too_and_allowed_by_name() {
    let company = Company::new();
    company.says(&NAMES.iter().copied().enumerate().collect::<Vec<_>>());
    company.snapshot(&[]);
    company.says(&[(0, "first"), (1, "b")]);
    let (code, refused) = company.snapshot(&["--dry-run"]);
    assert_eq!(code, 4);
    assert_text(refused, file!["golden/snapshot-refused.txt"]);
    assert_eq!(company.snapshot(&[]).0, 4);
    assert_eq!(company.portal.git(&["status", "--porcelain"]), "");
    let (code, allowed) = company.snapshot(&["--source", "teams", "--allow-shrink", "teams"]);
    assert_eq!(code, 0);
    assert_text(allowed, file!["golden/snapshot-allowed.txt"]);
    let trailers = company.portal.git(&["log", "-1", "--format=%(trailers:key=Allow-Shrink)"]);
    assert_eq!(trailers.trim(), "Allow-Shrink: teams all=13/14");
}

#[test]
fn a_snapshot_waits_for_another_that_writes() {
    let company = Company::new();
    company.says(&[(1, "a")]);
    fs::create_dir_all(company.portal.path().join(".callboard")).expect("writable");
    let lock = fs::File::create(company.portal.path().join(".callboard/lock")).expect("writable");
    lock.lock().expect("free");
    let mut command = isolated(company.portal.path());
    let command = command.arg("snapshot").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program starts");
    let mut stderr = BufReader::new(child.stderr.take().expect("a pipe"));
    let mut line = String::new();
    stderr.read_line(&mut line).expect("a line");
    assert_eq!(line, "another snapshot is writing; waiting for it to end\n");
    assert!(!company.portal.path().join("catalog-data/entities").exists());
    drop(lock);
    let ran = ProgramOutput::of(&child.wait_with_output().expect("it ends"));
    assert_eq!(ran.code, 0);
    assert!(
        company.portal.path().join("catalog-data/entities/teams/group/default/a.yaml").is_file()
    );
}

#[test]
fn snapshots_side_by_side_take_turns() {
    let company = Company::new();
    let start = || {
        let mut command = isolated(company.portal.path());
        let command = command.args(["snapshot", "--allow-shrink", "teams"]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().expect("the program starts")
    };
    for round in 0..3 {
        let mut children = Vec::new();
        for half in [0, 7, 3] {
            company.says(
                &NAMES
                    .iter()
                    .copied()
                    .enumerate()
                    .skip(half + round)
                    .step_by(2)
                    .collect::<Vec<_>>(),
            );
            children.push(start());
        }
        for child in children {
            let ran = ProgramOutput::of(&child.wait_with_output().expect("it ends"));
            assert_eq!(ran.code, 0, "{}", ran.stderr);
        }
        assert_eq!(company.portal.git(&["status", "--porcelain"]), "");
        company.portal.git(&["fsck", "--strict", "--no-dangling"]);
    }
    let (code, _) = company.snapshot(&["--allow-shrink", "teams"]);
    let files =
        company.portal.git(&["ls-tree", "-r", "--name-only", "HEAD", "catalog-data/entities"]);
    let names: Vec<_> = NAMES.iter().skip(5).step_by(2).collect();
    assert_eq!((code, files.lines().count()), (0, names.len()));
    assert!(names.iter().all(|name| files.contains(&format!("default/{name}.yaml"))), "{files}");
}
