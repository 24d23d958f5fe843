//! Applies that are killed, cut off and refused: the program is started again, and the forges have the same as after an
//! apply that nothing stopped, each thing once.
//!
//! The records of runs are pushed to the same server, so that "every request" is every write of the journal, too. The gate
//! tries some requests of each action, `make acceptance` all of them (`CALLBOARD_ALL_FAULTS`).

use std::process::{Child, Stdio};

use callboard_testing::{
    FakeForge, ForgeFault, Handler, Portal, azure, git, gitea, github, gitlab,
};
use rayon::prelude::*;
use serde_json::json;

use crate::program::{ProgramOutput, isolated};

const TOKEN: &str = "forge-token-3141592";
const NEXT_TOKEN: &str = "forge-token-2718281";
const REQUEST: &str = "scaffolds/requests/new-cart.yaml";
/// The time of the program's clock, and the same as HTTP writes it.
const NOW: i64 = 1_767_225_600;
const DATE: &str = "Thu, 01 Jan 2026 00:00:00 GMT";
const AFTER_LEASE: &str = "Thu, 01 Jan 2026 00:16:00 GMT";

/// An action, and the forge that it makes something on.
#[derive(Clone, Copy)]
struct Case {
    forge: &'static str,
    handler: Handler,
    /// The last step, in which `HOST` is the forge's host.
    step: &'static str,
    /// Whether the repository of the step is there before.
    has_deploy: bool,
}

const CASES: [Case; 7] = [
    Case {
        forge: "github",
        handler: github,
        step: "publish:git\n      input: {repoUrl: 'HOST?owner=acme&repo=cart'}",
        has_deploy: false,
    },
    Case {
        forge: "github",
        handler: github,
        step: "publish:github\n      input: {repoUrl: 'HOST?owner=acme&repo=cart', topics: [shop], repoVariables: {REGION: eu}}",
        has_deploy: false,
    },
    Case {
        forge: "gitlab",
        handler: gitlab,
        step: "publish:gitlab\n      input: {repoUrl: 'HOST?owner=acme&repo=cart', topics: [shop]}",
        has_deploy: false,
    },
    Case {
        forge: "gitea",
        handler: gitea,
        step: "publish:gitea\n      input: {repoUrl: 'HOST?owner=acme&repo=cart', description: The cart}",
        has_deploy: false,
    },
    Case {
        forge: "azure-devops",
        handler: azure,
        step: "publish:azure\n      input: {repoUrl: 'HOST?organization=acme&project=shop&repo=cart'}",
        has_deploy: false,
    },
    Case {
        forge: "github",
        handler: github,
        step: "publish:github:pull-request\n      input: {repoUrl: 'HOST?owner=acme&repo=deploy', branchName: cart, title: Cart, description: Please}",
        has_deploy: true,
    },
    Case {
        forge: "gitlab",
        handler: gitlab,
        step: "publish:gitlab:merge-request\n      input: {repoUrl: 'HOST?owner=acme&repo=deploy', branchName: cart, title: Cart, description: Please}",
        has_deploy: true,
    },
];

/// A portal on a forge, with a request that is merged.
struct Company {
    portal: Portal,
    forge: FakeForge,
}

impl Company {
    fn new(case: Case) -> Self {
        let forge = FakeForge::new(case.handler);
        let (host, url) = (forge.host().to_owned(), forge.address.clone());
        let settings = format!(
            "title: T\nauthor: {{name: C, email: c@x.example}}\n\
             forges:\n  {host}: {{type: {}, url: {url}, api: {url}/api}}\n\
             credentials:\n  {url}: {{token: FORGE_TOKEN}}\n\
             scaffold: {{remote: '{url}/{{owner}}/{{repo}}.git'}}\n",
            case.forge
        );
        let template = format!(
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: t}}\nspec:\n  type: service\n\
             \x20 parameters:\n    - properties: {{name: {{type: string}}}}\n  steps:\n\
             \x20   - id: files\n      action: fetch:template\n      input: {{url: ./skeleton}}\n\
             \x20   - id: last\n      action: {}\n",
            case.step.replace("HOST", &host)
        );
        let portal = Portal::new()
            .with("callboard.yaml", settings)
            .with(".gitignore", ".callboard/\nhome/\n")
            .with(
                "catalog-data/manual/ann.yaml",
                "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ann}\nspec: {memberOf: []}\n",
            )
            .with("scaffolds/templates/t/template.yaml", template)
            .with("scaffolds/templates/t/skeleton/README.md", "# Cart\n")
            .with(REQUEST, "template: t\nrequester: user:default/ann\nparameters: {name: cart}\n");
        portal.commit("a request");
        {
            let mut store = forge.store();
            store.make_repository("acme/portal.git");
            store.creates_on_push = case.step.starts_with("publish:git\n");
            store.date = Some(DATE.to_owned());
            if case.has_deploy {
                store.make_repository("acme/deploy.git");
                let bare = store.repository("acme/deploy.git");
                callboard_testing::commit_all_files(&bare, &[("README.md", b"# Deployments\n")]);
                let key = if case.forge == "gitlab" { "projects" } else { "repos" };
                let thing = json!({"id": 5, "full_name": "acme/deploy", "path_with_namespace": "acme/deploy",
                    "default_branch": "main"});
                store.things.insert(format!("/{key}/acme/deploy"), thing);
            }
            let bare = store.repository("acme/portal.git");
            portal.git(&["push", "-q", &bare.display().to_string(), "main"]);
        }
        portal.git(&["remote", "add", "origin", &format!("{url}/acme/portal.git")]);
        Self { portal, forge }
    }

    /// Starts the program as a runner with a token, whose clock is wrong by some seconds.
    fn start(&self, runner: &str, token: &str, clock: i64) -> Child {
        isolated(self.portal.path())
            .args(["scaffold", "apply", REQUEST])
            .env("FORGE_TOKEN", token)
            .env("CALLBOARD_RUNNER", runner)
            .env("SOURCE_DATE_EPOCH", (NOW + clock).to_string())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts")
    }

    fn apply(&self, runner: &str, token: &str) -> ProgramOutput {
        let child = self.start(runner, token, 0);
        ProgramOutput::of(&child.wait_with_output().expect("the program ends"))
    }

    /// Applies until the run is completed, at most four times.
    fn go_on(&self, token: &str, what: &str) {
        let mut ran = self.apply("one", token);
        for _ in 0..3 {
            if ran.code == 0 {
                break;
            }
            ran = self.apply("one", token);
        }
        assert_eq!(ran.code, 0, "{what}: {}{}", ran.stdout, ran.stderr);
    }

    /// What there is in the end, without what depends on the port: things, branches, writes, and the state of each step.
    fn end(&self) -> String {
        let (mut state, mut writes) = {
            let store = self.forge.store();
            (store.state(), store.writes.clone())
        };
        writes.sort();
        let branches = state["branches"].as_object_mut().expect("branches");
        branches.remove("acme/portal.git");
        let bare = self.forge.store().repository("acme/portal.git");
        let record = git(&bare, &["show", "callboard-runs:runs/new-cart.yaml"]);
        let states = record.lines().filter(|line| line.trim_start().starts_with("status:"));
        let states: Vec<_> = states.collect();
        let end = json!({"state": state, "writes": writes, "steps": states});
        serde_json::to_string_pretty(&end).expect("JSON").replace(self.forge.host(), "HOST")
    }
}

/// What an apply that nothing stops ends with, and how many requests it makes.
fn whole(case: Case) -> (String, usize) {
    let company = Company::new(case);
    let before = company.forge.store().requests.len();
    let ran = company.apply("one", TOKEN);
    assert_eq!(ran.code, 0, "{}: {}{}", case.step, ran.stdout, ran.stderr);
    let requests = company.forge.store().requests.len() - before;
    assert!(requests > 10, "{requests} requests");
    (company.end(), requests)
}

/// The requests of a case that are tried: all of them, or some, which are others for each case.
fn points(case: usize, requests: usize) -> Vec<usize> {
    let is_whole = std::env::var_os("CALLBOARD_ALL_FAULTS").is_some();
    (0..requests).filter(|at| is_whole || at % 24 == 3 * case).collect()
}

#[test]
fn a_killed_apply_goes_on_and_makes_nothing_twice() {
    CASES.into_par_iter().enumerate().for_each(|(index, case)| {
        let (expected, requests) = whole(case);
        points(index, requests).into_par_iter().for_each(|at| {
            for is_done in [false, true] {
                let company = Company::new(case);
                let what = format!("{} killed at request {at}, done: {is_done}", case.step);
                let held = company.forge.hold(at, is_done);
                let mut child = company.start("one", TOKEN, 0);
                while !held.has_come() {
                    let ended = child.try_wait().expect("a state");
                    assert!(ended.is_none(), "{what}: it ended before");
                }
                child.kill().expect("killed");
                child.wait().expect("ended");
                drop(held);
                let ran = company.apply("one", TOKEN);
                assert_eq!(ran.code, 0, "{what}: {}{}", ran.stdout, ran.stderr);
                snapbox_eq(&company.end(), &expected, &what);
            }
        });
    });
}

#[track_caller]
fn snapbox_eq(found: &str, expected: &str, what: &str) {
    let differing = found.lines().zip(expected.lines()).find(|(found, expected)| found != expected);
    assert!(found == expected, "{what}: {differing:?}\n{found}\ninstead of\n{expected}");
}

#[test]
fn a_push_that_fails_or_is_cut_off_makes_nothing_twice() {
    let faults = [
        ForgeFault::Before(500),
        ForgeFault::Before(401),
        ForgeFault::After(500),
        ForgeFault::Cut,
        ForgeFault::Page,
    ];
    [CASES[0], CASES[5]].into_par_iter().enumerate().for_each(|(index, case)| {
        let (expected, requests) = whole(case);
        // At most so many requests are those of git.
        points(index, requests).into_par_iter().for_each(|at| {
            let is_whole = std::env::var_os("CALLBOARD_ALL_FAULTS").is_some();
            let tried = faults.iter().enumerate().filter(|(way, _)| is_whole || *way == at % 5);
            for (_, fault) in tried {
                let company = Company::new(case);
                let what = format!("{}: {fault:?} at request {at} of git", case.step);
                company.forge.store().git_faults =
                    (0..at).map(|_| None).chain([Some(*fault)]).collect();
                company.go_on(TOKEN, &what);
                snapbox_eq(&company.end(), &expected, &what);
            }
        });
    });
}

#[test]
fn a_token_that_ends_in_the_middle_is_replaced_by_another() {
    let case = CASES[1];
    let (expected, requests) = whole(case);
    // The forge knows a token once a request has come with it.
    points(3, requests).into_par_iter().filter(|at| *at > 0).for_each(|at| {
        let company = Company::new(case);
        company.forge.store().token_end = Some(at);
        let what = format!("a token that ended after {at} requests");
        let ran = company.apply("one", TOKEN);
        assert!([3, 4].contains(&ran.code), "{what}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("401"), "{what}: {}", ran.stderr);
        assert!(!ran.stderr.contains(TOKEN) && !ran.stdout.contains(TOKEN), "{what}");
        company.go_on(NEXT_TOKEN, &what);
        snapbox_eq(&company.end(), &expected, &what);
    });
}

/// Starts a run that the forge holds in the middle.
fn live(company: &Company, clock: i64) -> (Child, callboard_testing::HoldHandle) {
    let held = company.forge.hold(22, false);
    let mut child = company.start("one", TOKEN, clock);
    while !held.has_come() {
        assert!(child.try_wait().expect("a state").is_none(), "it ended before");
    }
    (child, held)
}

#[test]
fn a_runner_with_a_wrong_clock_takes_no_live_run_over() {
    let hour = 3600;
    for (first, second) in [(0, hour), (0, -hour), (-hour, 0), (hour, 0), (-hour, hour)] {
        let company = Company::new(CASES[1]);
        let (child, held) = live(&company, first);
        let rival = company.start("two", TOKEN, second).wait_with_output().expect("ended");
        let ran = ProgramOutput::of(&rival);
        assert_eq!(ran.code, 4, "{first} {second}: {}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains("the runner `one` has the run"), "{}", ran.stderr);
        held.release();
        let ran = ProgramOutput::of(&child.wait_with_output().expect("ended"));
        assert_eq!(ran.code, 0, "{first} {second}: {}{}", ran.stdout, ran.stderr);
    }
}

#[test]
fn a_run_is_taken_over_when_its_lease_has_ended_by_the_clock_of_the_forge() {
    let (expected, _) = whole(CASES[1]);
    let company = Company::new(CASES[1]);
    let (mut child, held) = live(&company, 0);
    child.kill().expect("killed");
    child.wait().expect("ended");
    drop(held);
    assert_eq!(company.apply("two", TOKEN).code, 4, "the lease has not ended");
    company.forge.store().date = Some(AFTER_LEASE.to_owned());
    let ran = company.apply("two", TOKEN);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    snapbox_eq(&company.end(), &expected, "taken over");
}

#[test]
fn a_branch_of_runs_that_somebody_rewrote_stops_the_run() {
    let case = CASES[1];
    let (expected, requests) = whole(case);
    for (at, is_removed) in points(2, requests).into_iter().zip([false, true].into_iter().cycle()) {
        let company = Company::new(case);
        let held = company.forge.hold(at, false);
        let mut child = company.start("one", TOKEN, 0);
        while !held.has_come() {
            assert!(child.try_wait().expect("a state").is_none(), "it ended before");
        }
        let bare = company.forge.store().repository("acme/portal.git");
        let had = git(&bare, &["for-each-ref", "refs/heads/callboard-runs"]);
        if is_removed {
            git(&bare, &["update-ref", "-d", "refs/heads/callboard-runs"]);
        } else {
            let other = git(&bare, &["commit-tree", "-m", "Rewritten", "main^{tree}"]);
            git(&bare, &["update-ref", "refs/heads/callboard-runs", other.trim()]);
        }
        held.release();
        let ran = ProgramOutput::of(&child.wait_with_output().expect("ended"));
        let what = format!("rewritten at request {at}, removed: {is_removed}, was: {had:?}");
        assert!(ran.code == 0 || ran.code > 1, "{what}: {}{}", ran.stdout, ran.stderr);
        company.go_on(TOKEN, &what);
        snapbox_eq(&company.end(), &expected, &what);
    }
}
