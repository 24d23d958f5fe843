//! Own actions of a portal, from the declaration to what their commands do.

use std::{fs, os::unix::fs::PermissionsExt, path::Path};

use callboard_testing::Portal;
use serde_json::Value;

use crate::program::{ProgramOutput, RunProgram, isolated};

const ORGANISATION: &str = "apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: u}
spec: {}
";
const SETTINGS: &str =
    "title: T\nauthor: {name: C, email: c@x.example}\nscaffold: {portal_folders: [deploy]}\n";
const POLICY: &str = "requests: [{}]\nactions: [\"*\", \"acme:*\"]\n";
const TEMPLATE: &str = "apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: t}
spec:
  type: service
  parameters: {properties: {name: {type: string}}}
  steps:
";
const STEPS: &str = "    - id: ticket
      action: acme:ticket
      input: {title: '${{ parameters.name }}'}
    - id: say
      action: debug:log
      input: {message: 'see ${{ steps.ticket.output.url }}'}
";
const DECLARATION: &str = "id: acme:ticket
description: Opens a ticket
input: {type: object, required: [title], properties: {title: {type: string}}}
output: {type: object, required: [url], properties: {url: {type: string, pattern: '^https://'}}}
run: [./run.sh]
";
const SECRET: &str = "tok-Zf83kQ0p";

/// A portal with the action `acme:ticket` of this script, and a request `a`.
fn portal(declaration: &str, script: &str) -> Portal {
    with_steps(declaration, script, STEPS)
}

fn with_steps(declaration: &str, script: &str, steps: &str) -> Portal {
    let portal = Portal::new()
        .with("callboard.yaml", SETTINGS)
        .with("catalog-data/manual/org.yaml", ORGANISATION)
        .with("scaffolds/policy.yaml", POLICY)
        .with("scaffolds/templates/t/template.yaml", TEMPLATE.to_owned() + steps)
        .with("scaffolds/templates/t/skeleton/a.txt", "a\n")
        .with(
            "scaffolds/requests/a.yaml",
            "template: t\nrequester: user:default/u\nparameters: {name: Cart}\n",
        )
        .with("scaffolds/actions/acme.ticket/action.yaml", declaration);
    write_script(&portal, "run.sh", script);
    portal.commit("base");
    portal
}

/// Adds a pure action `acme:files`, which writes to the workspace.
fn add_files_action(portal: &Portal, script: &str) {
    let folder = "scaffolds/actions/acme.files";
    let declaration = "id: acme:files\ndescription: Makes files\nrun: [./run.sh]\nrepeat: pure\nworkspace: write\n";
    portal.write(&format!("{folder}/action.yaml"), declaration);
    write_executable(portal, &format!("{folder}/run.sh"), script);
}

/// Writes a script of the action `acme:ticket` that can be executed.
fn write_script(portal: &Portal, name: &str, script: &str) {
    write_executable(portal, &format!("scaffolds/actions/acme.ticket/{name}"), script);
}

fn write_executable(portal: &Portal, file: &str, script: &str) {
    portal.write(file, format!("#!/bin/sh\n{script}\n"));
    let mode = fs::Permissions::from_mode(0o755);
    fs::set_permissions(portal.path().join(file), mode).expect("changeable");
}

fn apply(portal: &Portal) -> ProgramOutput {
    portal.run(&["scaffold", "apply", "scaffolds/requests/a.yaml"])
}

/// Applies with an environment variable.
fn apply_with(portal: &Portal, name: &str, value: &str) -> ProgramOutput {
    let mut program = isolated(portal.path());
    let program = program.args(["scaffold", "apply", "scaffolds/requests/a.yaml"]).env(name, value);
    ProgramOutput::of(&program.output().expect("the program starts"))
}

/// The record of the request `a`.
fn record(portal: &Portal) -> String {
    portal.git(&["show", "callboard-runs:runs/a.yaml"])
}

/// How often the script has run: it adds a line to the file `count` of the portal each time.
fn runs(portal: &Portal) -> usize {
    fs::read_to_string(portal.path().join("count")).map_or(0, |text| text.lines().count())
}

/// A script that counts its runs before the rest.
fn counting(root: &Path, rest: &str) -> String {
    format!("echo run >> '{}/count'\n{rest}", root.display())
}

/// Replaces the script by one that counts.
fn count_runs(portal: &Portal, rest: &str) {
    write_script(portal, "run.sh", &counting(portal.path(), rest));
    portal.commit("count");
}

fn good(ran: &ProgramOutput) {
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn the_command_of_an_own_action_runs_in_apply_and_later_steps_read_its_output() {
    let script = "cat > seen.json; cp seen.json /dev/stderr; pwd >&2; echo '{\"url\": \"https://t.example/1\"}'";
    let portal = portal(DECLARATION, script);
    let listed = portal.run(&["scaffold", "actions"]);
    assert!(listed.stdout.contains("acme:ticket"), "{}", listed.stdout);
    let shown = portal.run(&["scaffold", "actions", "acme:ticket"]);
    for part in [
        "scaffolds/actions/acme.ticket/action.yaml: at most once, `./run.sh`",
        "title string, required",
    ] {
        assert!(shown.stdout.contains(part), "{part} in {}", shown.stdout);
    }
    let plan = portal.run(&["scaffold", "plan", "scaffolds/requests/a.yaml"]);
    good(&plan);
    for part in [
        "+ runs `acme:ticket` (at most once, `./run.sh`): Opens a ticket",
        "at action/acme:ticket; undo: cannot be undone",
        "title: Cart",
        "see ‹known after apply: steps.ticket.output.url›",
    ] {
        assert!(plan.stdout.contains(part), "{part} in {}", plan.stdout);
    }
    let applied = apply(&portal);
    good(&applied);
    assert!(applied.stdout.contains("see https://t.example/1"), "{}", applied.stdout);
    let seen = applied.stdout.lines().find(|line| line.contains("\"mark\"")).expect("its input");
    let seen: Value = serde_json::from_str(seen.trim()).expect("JSON");
    assert_eq!(
        seen,
        serde_json::json!({
            "action": "acme:ticket", "request": "a", "requester": "user:default/u",
            "effect": "ticket/1", "mark": "a/ticket/1", "input": {"title": "Cart"},
        })
    );
    let record = record(&portal);
    assert!(
        record.contains("url: https://t.example/1") && record.contains("state: done"),
        "{record}"
    );
    let again = apply(&portal);
    assert!(again.stdout.contains("nothing to do"), "{}", again.stdout);
    let leftover = applied.stdout.lines().find(|line| line.contains("callboard-action-"));
    let directory = leftover.expect("its directory").trim().to_owned();
    assert!(!Path::new(&directory).exists(), "{directory}");
}

#[test]
fn nothing_runs_that_the_policy_does_not_name_or_that_was_not_approved() {
    let portal = portal(DECLARATION, "echo '{\"url\": \"https://t.example/1\"}'");
    count_runs(&portal, "echo '{\"url\": \"https://t.example/1\"}'");
    portal.run(&["scaffold", "plan", "scaffolds/requests/a.yaml", "--hashes", "hashes"]);
    portal.remove("scaffolds/policy.yaml");
    let refused = apply(&portal);
    assert_eq!(refused.code, 1, "{}", refused.stdout);
    assert!(refused.stderr.contains("which the policy does not name"), "{}", refused.stderr);
    portal.write("scaffolds/policy.yaml", POLICY);
    let approved = ["scaffold", "apply", "scaffolds/requests/a.yaml", "--approved-file", "hashes"];
    let before = portal.read("scaffolds/actions/acme.ticket/run.sh");
    portal.write("scaffolds/actions/acme.ticket/run.sh", before.clone() + "# more\n");
    let changed = portal.run(&approved);
    assert_eq!(changed.code, 4, "{}", changed.stderr);
    assert!(changed.stderr.contains("is not the approved one"), "{}", changed.stderr);
    assert_eq!(runs(&portal), 0);
    portal.write("scaffolds/actions/acme.ticket/run.sh", before);
    good(&portal.run(&approved));
    assert_eq!(runs(&portal), 1);
}

#[test]
fn the_environment_has_only_what_is_declared_and_secrets_stay_out_of_logs_and_records() {
    let declaration = DECLARATION.to_owned()
        + "secrets: [TICKET_TOKEN]\nenvironment: {TICKETS: 'https://t.example'}\n";
    let script = "env | sort >&2; printf '%s' \"$TICKET_TOKEN\" | base64 >&2; echo '{\"url\": \"https://t.example/1\"}'";
    let portal = portal(&declaration, script);
    let missing = apply(&portal);
    assert_eq!(missing.code, 3, "{}", missing.stderr);
    assert!(
        missing.stderr.contains("needs secrets that the environment does not have: `TICKET_TOKEN`"),
        "{}",
        missing.stderr
    );
    let applied = apply_with(&portal, "TICKET_TOKEN", SECRET);
    good(&applied);
    let record = record(&portal);
    for text in [&applied.stdout, &applied.stderr, &record] {
        assert!(!text.contains(SECRET) && !text.contains("dG9rLVpmODNrUTBw"), "{text}");
    }
    let names: Vec<_> =
        applied.stdout.lines().filter_map(|line| line.trim().split_once('=')).collect();
    let of_shell = |(name, _): &(&str, &str)| !matches!(*name, "PWD" | "OLDPWD" | "SHLVL" | "_");
    let names: Vec<_> = names.into_iter().filter(of_shell).collect();
    let path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    assert_eq!(names, [("PATH", path), ("TICKETS", "https://t.example"), ("TICKET_TOKEN", "***")]);
}

#[test]
fn what_an_action_returns_is_not_trusted() {
    let declaration = DECLARATION.to_owned() + "repeat: pure\nsecrets: [TICKET_TOKEN]\n";
    let portal = portal(&declaration, "");
    for (output, message) in [
        (
            "echo '{\"url\": \"http://t.example\"}'",
            "what it returned is wrong: `http://t.example` is not a valid `url`",
        ),
        ("echo '[1]'", "the output is no map"),
        ("echo '{}'", "what it returned is wrong"),
        ("echo 'no json'", "what it returned is no JSON"),
        ("echo '{\"url\": {\"\\u0000unknown\": {}}}'", "starts with the null character"),
        ("echo '{\"url\": \"https://t.example/'$TICKET_TOKEN'\"}'", "it returned a secret (***)"),
        ("yes", "it was stopped because it wrote more than 1048576 bytes"),
        ("yes >&2", "it was stopped because it wrote more than 1048576 bytes"),
        ("printf '\\033[31mred' >&2; exit 3", "ended with exit code 3\n  \\u{1b}[31mred"),
        ("kill -9 $$", "`./run.sh` was killed by a signal"),
    ] {
        write_script(&portal, "run.sh", output);
        let ran = apply_with(&portal, "TICKET_TOKEN", SECRET);
        assert_eq!(ran.code, 3, "{output}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{output}: {}", ran.stderr);
        assert!(!ran.stdout.contains('\u{1b}') && !ran.stderr.contains(SECRET), "{output}");
    }
    write_script(&portal, "run.sh", "echo '{\"url\": \"https://t.example/1\", \"more\": 1}'");
    good(&apply_with(&portal, "TICKET_TOKEN", SECRET));
}

#[test]
fn of_a_command_that_ran_too_long_a_person_says_whether_it_was_done() {
    let declaration = DECLARATION.to_owned() + "timeout: 500ms\n";
    let portal = portal(&declaration, "");
    count_runs(&portal, "sleep 60");
    let ran = apply(&portal);
    assert_eq!(ran.code, 4, "{}", ran.stderr);
    assert!(ran.stderr.contains("it is not known whether `ticket/1` was done"), "{}", ran.stderr);
    assert!(ran.stderr.contains("it was stopped after 0.5 s"), "{}", ran.stderr);
    let again = portal.run(&["scaffold", "retry", "a"]);
    assert_eq!((again.code, runs(&portal)), (4, 1), "{}", again.stderr);
    let resume =
        |was: &str| portal.run(&["scaffold", "resume", "a", "--step", "ticket/1", "--was", was]);
    let not_done = resume("not-done");
    assert_eq!((not_done.code, runs(&portal)), (4, 2), "{}", not_done.stderr);
}

#[test]
fn a_failure_of_a_command_that_runs_at_most_once_leaves_open_what_it_did_unless_it_says_so() {
    for (exit, code, message) in [
        ("echo 'no such project' >&2; exit 65", 3, "ended with exit code 65\n  no such project"),
        ("exit 1", 4, "it is not known whether `ticket/1` was done"),
        ("echo '{}'", 4, "it is not known whether `ticket/1` was done"),
    ] {
        let portal = portal(DECLARATION, "");
        count_runs(&portal, exit);
        let ran = apply(&portal);
        assert_eq!((ran.code, runs(&portal)), (code, 1), "{exit}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{exit}: {}", ran.stderr);
        let again = portal.run(&["scaffold", "retry", "a"]);
        let expected = if code == 3 { 2 } else { 1 };
        assert_eq!((again.code, runs(&portal)), (code, expected), "{exit}: {}", again.stderr);
    }
}

#[test]
fn a_runner_that_is_killed_while_the_command_runs_leaves_it_to_a_person() {
    let portal = portal(DECLARATION, "");
    count_runs(&portal, "kill -9 $PPID");
    assert_eq!(apply(&portal).code, -1);
    let again = apply(&portal);
    assert_eq!((again.code, runs(&portal)), (4, 1), "{}", again.stderr);
    assert!(
        again.stderr.contains("it is not known whether `ticket/1` was done"),
        "{}",
        again.stderr
    );
    let wrong = ["--was", "done", "--output", "[]"];
    let resume = |rest: &[&str]| {
        let args = [&["scaffold", "resume", "a", "--step", "ticket/1"], rest].concat();
        portal.run(&args)
    };
    assert_eq!(resume(&wrong).code, 2);
    let output = "{\"url\": \"https://t.example/7\"}";
    let done = resume(&["--was", "done", "--output", output]);
    good(&done);
    assert!(done.stdout.contains("see https://t.example/7"), "{}", done.stdout);
    assert_eq!(runs(&portal), 1);
}

#[test]
fn an_action_that_can_be_probed_is_never_done_twice_and_can_be_undone() {
    let declaration =
        DECLARATION.to_owned() + "repeat: probed\nprobe: [./probe.sh]\nundo: [./undo.sh]\n";
    let portal = portal(&declaration, "");
    let tickets = portal.path().join("tickets").display().to_string();
    write_script(
        &portal,
        "probe.sh",
        &format!(
            "if test -e '{tickets}'; then echo '{{\"state\": \"ours\", \"output\": {{\"url\": \"https://t.example/9\"}}}}'\n\
         else echo '{{\"state\": \"absent\"}}'; fi"
        ),
    );
    write_script(&portal, "undo.sh", &format!("grep -q t.example/9 && rm '{tickets}'"));
    count_runs(&portal, &format!("touch '{tickets}'; kill -9 $PPID"));
    assert_eq!(apply(&portal).code, -1);
    let again = apply(&portal);
    good(&again);
    assert!(again.stdout.contains("see https://t.example/9"), "{}", again.stdout);
    assert_eq!(runs(&portal), 1);
    let shown = portal.run(&["scaffold", "undo", "a"]);
    assert!(shown.stdout.contains("runs `./undo.sh`"), "{}", shown.stdout);
    portal.remove("scaffolds/policy.yaml");
    let refused = portal.run(&["scaffold", "undo", "a", "--yes"]);
    assert_eq!(refused.code, 4, "{}", refused.stderr);
    let message = "the policy does not name the action `acme:ticket`";
    assert!(refused.stderr.contains(message), "{}", refused.stderr);
    portal.write("scaffolds/policy.yaml", POLICY);
    assert!(portal.path().join("tickets").exists());
    good(&portal.run(&["scaffold", "undo", "a", "--yes"]));
    assert!(!portal.path().join("tickets").exists());
}

#[test]
fn what_a_probe_says_is_foreign_or_wrong_is_not_touched() {
    let declaration = DECLARATION.to_owned() + "repeat: probed\nprobe: [./probe.sh]\n";
    for (probe, code, message) in [
        ("echo '{\"state\": \"foreign\", \"message\": \"it is of B\"}'", 4, "it is of B"),
        ("echo '{\"state\": \"mine\"}'", 3, "its answer is wrong"),
        ("echo '{\"state\": \"ours\", \"output\": {\"url\": 1}}'", 3, "what it returned is wrong"),
        ("echo broken >&2; exit 1", 3, "`./probe.sh` ended with exit code 1\n  broken"),
    ] {
        let portal = portal(&declaration, "");
        write_script(&portal, "probe.sh", probe);
        count_runs(&portal, "echo '{\"url\": \"https://t.example/1\"}'");
        let ran = apply(&portal);
        assert_eq!((ran.code, runs(&portal)), (code, 0), "{probe}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{probe}: {}", ran.stderr);
    }
}

const FILES: &str = "    - action: fetch:plain
      input: {url: ./skeleton}
    - id: files
      action: acme:files
    - action: callboard:portal:write
      input: {targetPath: deploy/cart}
";

#[test]
fn files_that_a_command_makes_are_those_of_later_steps_also_of_a_run_that_goes_on() {
    let portal = with_steps(DECLARATION, "exit 65", &(FILES.to_owned() + STEPS));
    let root = portal.path().display().to_string();
    add_files_action(
        &portal,
        &format!(
            "echo run >> '{root}/made'; cat a.txt > b.txt; echo more >> a.txt; mkdir d; echo x > d/run; chmod +x d/run"
        ),
    );
    portal.commit("files");
    let plan = portal.run(&["scaffold", "plan", "scaffolds/requests/a.yaml"]);
    good(&plan);
    assert!(plan.stdout.contains("which files there are is known after apply"), "{}", plan.stdout);
    let failed = apply(&portal);
    assert_eq!(failed.code, 3, "{}", failed.stderr);
    assert_eq!(portal.read("deploy/cart/a.txt"), "a\nmore\n");
    assert_eq!(portal.read("deploy/cart/b.txt"), "a\n");
    let mode = fs::metadata(portal.path().join("deploy/cart/d/run")).expect("a file").permissions();
    assert_eq!(mode.mode() & 0o111, 0o111);
    write_script(&portal, "run.sh", "exit 65");
    assert_eq!(portal.run(&["scaffold", "retry", "a"]).code, 3);
    assert_eq!(portal.read("made"), "run\nrun\n");
}

#[test]
fn what_was_made_of_files_of_a_command_is_undone_when_it_makes_the_same_files() {
    for (script, code) in [("echo x > x.txt", 0), ("cp '{root}/made' x.txt", 3)] {
        let portal = with_steps(DECLARATION, "", FILES);
        let root = portal.path().display().to_string();
        let script = script.replace("{root}", &root);
        add_files_action(&portal, &format!("echo run >> '{root}/made'; {script}"));
        portal.commit("files");
        good(&apply(&portal));
        assert!(portal.path().join("deploy/cart/x.txt").exists());
        let undone = portal.run(&["scaffold", "undo", "a", "--yes"]);
        assert_eq!(undone.code, code, "{}", undone.stderr);
        assert_eq!(
            portal.path().join("deploy/cart/x.txt").exists(),
            code != 0,
            "{}",
            undone.stderr
        );
    }
}

#[test]
fn a_command_that_makes_other_files_the_next_time_stops_a_run_that_has_used_them() {
    let portal = with_steps(DECLARATION, "exit 65", &(FILES.to_owned() + STEPS));
    let root = portal.path().display().to_string();
    add_files_action(&portal, &format!("echo run >> '{root}/made'; cp '{root}/made' made.txt"));
    portal.commit("files");
    assert_eq!(apply(&portal).code, 3);
    let again = portal.run(&["scaffold", "retry", "a"]);
    assert_eq!(again.code, 4, "{}", again.stderr);
    assert!(again.stderr.contains("`files/1` made other files than before"), "{}", again.stderr);
    assert_eq!(portal.read("deploy/cart/made.txt"), "run\n");
}

#[test]
fn a_command_that_only_reads_files_changes_none_and_one_that_may_succeed_later_is_tried_again() {
    let declaration = DECLARATION.to_owned() + "workspace: read\n";
    let steps = FILES.replace("    - id: files\n      action: acme:files\n", STEPS);
    let portal = with_steps(&declaration, "", &steps);
    let count = portal.path().join("count").display().to_string();
    count_runs(
        &portal,
        &format!(
            "test \"$(wc -l < '{count}')\" -gt 1 || exit 75\n\
             printf '{{\"url\": \"https://t.example/%s\"}}' \"$(cat a.txt)\"; echo more > a.txt; touch b.txt"
        ),
    );
    let ran = apply(&portal);
    good(&ran);
    assert!(ran.stdout.contains("see https://t.example/a"), "{}", ran.stdout);
    assert_eq!((portal.read("deploy/cart/a.txt"), runs(&portal)), ("a\n".to_owned(), 2));
    assert!(!portal.path().join("deploy/cart/b.txt").exists());
}

#[test]
fn files_that_a_command_makes_obey_the_rules_of_a_skeleton() {
    let portal = with_steps(DECLARATION, "", FILES);
    for (script, message) in [
        ("ln -s /etc/passwd link", "the symbolic link leads to `/etc/passwd`"),
        ("mkfifo pipe", "`pipe` is neither a plain file nor a folder"),
        ("mkdir .git; echo x > .git/config", ".git/config"),
        ("echo x > con", "`con`"),
        ("echo x > B; echo x > b", "`B` and `b` are one where case does not count"),
        ("printf '%s' \"$TICKET_TOKEN\" | base64 > key", "`key` has a secret (***)"),
        ("truncate -s 300M big", "more than 10000 files or 268435456 bytes"),
    ] {
        add_files_action(&portal, script);
        let declaration = portal.read("scaffolds/actions/acme.files/action.yaml");
        portal.write(
            "scaffolds/actions/acme.files/action.yaml",
            declaration + "secrets: [TICKET_TOKEN]\n",
        );
        let ran = apply_with(&portal, "TICKET_TOKEN", SECRET);
        assert_eq!(ran.code, 3, "{script}: {}", ran.stderr);
        assert!(ran.stderr.contains(message), "{script}: {}", ran.stderr);
    }
    assert!(!portal.path().join("deploy").exists());
}

#[test]
fn an_import_writes_stubs_of_the_actions_that_are_missing() {
    let source = Portal::new().with(
        "templates/jira/template.yaml",
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: jira}\nspec:\n  type: service\n  \
         steps:\n    - id: jira\n      action: acme:jira:create\n      input: {key: K, '${{ x }}': 1}\n    - action: debug:log\n      \
         input: {message: \"${{ steps.jira.output.url }} ${{ steps['jira'].output['id'] }}\"}\n    - action: 'bad: id'\n",
    );
    let portal = Portal::new();
    let from = source.path().to_string_lossy().into_owned();
    let dry = portal.run(&["scaffold", "import", &from, "--dry-run"]);
    good(&dry);
    assert!(!portal.path().join("scaffolds").exists());
    let imported = portal.run(&["scaffold", "import", &from]);
    good(&imported);
    let folder = "scaffolds/actions/acme.jira.create";
    let line = format!("`acme:jira:create` is missing in 1 template; its stub is `{folder}`");
    assert!(imported.stdout.contains(&line), "{}", imported.stdout);
    let stub = portal.read(&format!("{folder}/action.yaml"));
    for part in
        ["id: acme:jira:create\n", "    key: {}\n", "    url: {}\n", "    id: {}\n", "stub: true\n"]
    {
        assert!(stub.contains(part), "{part} in {stub}");
    }
    let checked = portal.run(&["check"]);
    for part in [
        "`acme:jira:create` is a stub: it does nothing yet",
        "the action `acme:jira:create` cannot be used",
    ] {
        assert!(checked.stderr.contains(part), "{part} in {}", checked.stderr);
    }
    portal.write(&format!("{folder}/action.yaml"), stub.replace("stub: true\n", ""));
    let checked = portal.run(&["check"]);
    assert!(!checked.stderr.contains("acme:jira:create"), "{}", checked.stderr);
    let again = portal.run(&["scaffold", "import", &from, "--json"]);
    let again: Value = serde_json::from_str(&again.stdout).expect("JSON");
    assert_eq!(again[0]["missing"], serde_json::json!(["bad: id"]), "{again}");
}
