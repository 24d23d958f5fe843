//! Runs: once, twice, stopped after any event and started again, and by two runners at once.

use std::{cell::RefCell, error::Error, path::Path};

use base64::{
    Engine,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use callboard_testing::{Portal, assert_text, file};
use git2::Repository;
use jiff::Timestamp;

use super::{PlanRequests, sample, settings};
use crate::{
    base::{
        environment::{Environment, Redactor, Secret},
        fs,
        path::RelativePath,
        percent,
    },
    forge::Connections,
    git::journal::Journal,
    scaffold::{
        ApplyError, Approval, Cancellation, Event, Observer, Outcome, PortalRepository, Run, World,
        apply,
        effects::OwnExecutors,
        run::{BRANCH, Review, Status},
    },
};

/// A secret that every encoding changes.
const TOKEN: &str = "s3cr\"t/+öken=9";
pub(super) const NOW: &str = "2026-03-02T09:00:00Z";
const LATER: &str = "2026-03-02T10:30:00Z";
const REPOSITORY: &str = "repositories/vente-en-ligne/panier-relance.git";
const FRAGMENT: &str = "catalog-data/entities/registered/component/default/panier-relance.yaml";

/// Stops after a number of events, and lists the events and the commits to the portal.
#[derive(Default)]
pub(super) struct Recorder {
    pub(super) stop_after: Option<usize>,
    pub(super) events: Vec<String>,
    pub(super) commits: Vec<String>,
    pub(super) has_no_remote: bool,
    pub(super) runner: Option<&'static str>,
}

impl Observer for Recorder {
    fn event(&mut self, event: &Event<'_>) -> Result<(), Cancellation> {
        if self.stop_after.is_some_and(|most| self.events.len() >= most) {
            return Err(Cancellation);
        }
        self.events.push(match event {
            Event::Started { resumed, .. } => format!("started, resumed: {resumed}"),
            Event::StepStarted { name, .. } => format!("> {name}"),
            Event::Log(line) => format!("  {line}"),
            Event::EffectIntended { id } => format!("intends {id}"),
            Event::EffectActed { id } => format!("did {id}"),
            Event::StepActed { index } => format!("acted {index}"),
            Event::StepEnded { status, message, .. } => format!("< {}: {message}", status.as_str()),
        });
        Ok(())
    }
}

/// The portal's repository: lists what would be committed, or fails.
#[derive(Default)]
struct Commits {
    subjects: RefCell<Vec<String>>,
    fails: bool,
}

impl PortalRepository for Commits {
    fn commit(
        &self,
        files: &[RelativePath],
        message: &str,
    ) -> Result<(), Box<dyn Error + Send + Sync>> {
        if self.fails {
            return Err("the portal's remote cannot be reached".into());
        }
        let subject = message.lines().next().unwrap_or_default();
        self.subjects.borrow_mut().push(format!("{} {subject}", files[0]));
        Ok(())
    }
}

pub(super) fn portal() -> Portal {
    let portal = sample();
    Repository::init(portal.path()).expect("a repository");
    portal
}

fn run_at(
    portal: &Portal,
    id: &str,
    recorder: &mut Recorder,
    now: &str,
    approved: Option<&str>,
) -> Result<Outcome, ApplyError> {
    let (catalog, request) = (portal.catalog(), portal.request(id));
    let approval = approved.map_or(Approval::Any, Approval::Plan);
    in_world(portal, recorder, now, |world, recorder| {
        apply(world, &catalog, &request, approval, recorder)
    })
}

/// Does something in the world of a portal.
pub(super) fn in_world<T>(
    portal: &Portal,
    recorder: &mut Recorder,
    now: &str,
    act: impl FnOnce(&World<'_>, &mut Recorder) -> T,
) -> T {
    let now: Timestamp = now.parse().expect("a time");
    let settings = settings();
    let redactor = Redactor::new([Secret::new("chloe-girard-token"), Secret::new(TOKEN)]);
    let commits = Commits { fails: recorder.has_no_remote, ..Commits::default() };
    let world = World {
        portal: portal.path(),
        settings: &settings,
        clock: &|| now,
        pause: &|_| (),
        environment: &Environment::default(),
        redactor: &redactor,
        repository: &commits,
        executors: &OwnExecutors,
        runner: recorder.runner.unwrap_or("one"),
        connections: &Connections::default(),
        review: Review::default(),
    };
    let outcome = act(&world, recorder);
    recorder.commits.extend(commits.subjects.take());
    outcome
}

fn run(portal: &Portal, recorder: &mut Recorder) -> Result<Outcome, ApplyError> {
    run_request(portal, "panier-relance", recorder)
}

pub(super) fn run_request(
    portal: &Portal,
    id: &str,
    recorder: &mut Recorder,
) -> Result<Outcome, ApplyError> {
    run_at(portal, id, recorder, NOW, None)
}

pub(super) fn completed(outcome: Result<Outcome, ApplyError>) -> Run {
    match outcome {
        Ok(Outcome::Completed(run)) => run,
        other => panic!("not completed: {other:?}"),
    }
}

fn record(root: &Path) -> String {
    record_of(root, "panier-relance")
}

pub(super) fn record_of(root: &Path, id: &str) -> String {
    let author = settings().author;
    let journal = Journal::open(root, BRANCH, "origin", author).expect("a journal");
    let file = Run::file(id);
    journal.read(&file).expect("readable").expect("a record")
}

fn tip(repository: &Path) -> String {
    let repository = Repository::open(repository).expect("a repository");
    let tip = repository.refname_to_id("refs/heads/main").expect("a branch");
    tip.to_string()
}

/// All that a run leaves behind: its record, but for what a runner found before it did something; the repository's
/// commit, the entity.
fn traces(portal: &Portal) -> (String, String, String) {
    let record = record(portal.path()).replace("probe: ours", "probe: absent");
    (record, tip(&portal.path().join(REPOSITORY)), portal.read(FRAGMENT))
}

#[test]
fn a_run_makes_the_repository_the_entity_and_the_record() {
    let portal = portal();
    let mut recorder = Recorder::default();
    completed(run(&portal, &mut recorder));
    assert_text(recorder.events.join("\n") + "\n", file!["golden/events.txt"]);
    let (record, tip, fragment) = traces(&portal);
    assert_text(record, file!["golden/run.yaml"]);
    assert_text(fragment, file!["golden/registered.yaml"]);
    assert_eq!(recorder.commits, [format!("{FRAGMENT} Register component:default/panier-relance")]);

    let repository = Repository::open(portal.path().join(REPOSITORY)).expect("a repository");
    let head = repository.head().expect("a head").peel_to_commit().expect("a commit");
    assert_eq!(head.id().to_string(), tip);
    assert_eq!(
        head.message(),
        Ok(
            "Start panier-relance from the template java-service\n\nCallboard-Request: panier-relance\n"
        )
    );
    assert_eq!(head.time().seconds(), NOW.parse::<Timestamp>().expect("a time").as_second());
    let tree = head.tree().expect("a tree");
    let mode = |path: &str| tree.get_path(Path::new(path)).expect("a file").filemode();
    assert_eq!((mode("mvnw"), mode("pom.xml")), (0o100_755, 0o100_644));
}

/// The subjects of the commits of the runs' branch, the oldest first.
pub(super) fn journal_subjects(portal: &Path) -> Vec<String> {
    let repository = Repository::open(portal).expect("a repository");
    let mut next = Some(repository.refname_to_id("refs/heads/callboard-runs").expect("a branch"));
    let mut subjects = Vec::new();
    while let Some(commit) = next.map(|id| repository.find_commit(id).expect("a commit")) {
        subjects.push(commit.summary().expect("UTF-8").unwrap_or_default().to_owned());
        next = commit.parent_ids().next();
    }
    subjects.reverse();
    subjects
}

#[test]
fn the_journal_does_not_touch_the_working_tree_and_tells_each_step() {
    let portal = portal();
    completed(run(&portal, &mut Recorder::default()));
    assert!(!portal.path().join("runs").exists());
    let subjects = journal_subjects(portal.path());
    assert_text(subjects.join("\n") + "\n", file!["golden/journal.txt"]);
}

#[test]
fn a_completed_run_is_not_run_again() {
    let portal = portal();
    completed(run(&portal, &mut Recorder::default()));
    let before = traces(&portal);
    let mut recorder = Recorder::default();
    let again = run_at(&portal, "panier-relance", &mut recorder, LATER, None);
    assert!(matches!(again, Ok(Outcome::AlreadyCompleted(_))), "{again:?}");
    assert!(recorder.events.is_empty() && recorder.commits.is_empty());
    assert_eq!(traces(&portal), before);
}

#[test]
fn stopped_anywhere_and_started_again_a_run_ends_the_same() {
    let whole = portal();
    let mut recorder = Recorder::default();
    completed(run(&whole, &mut recorder));
    let expected = traces(&whole);
    let events = recorder.events.len();
    assert!(events > 15, "{events} events are too few to stop at");
    for stop_after in 0..events {
        let portal = portal();
        let mut recorder = Recorder { stop_after: Some(stop_after), ..Recorder::default() };
        let stopped = run(&portal, &mut recorder);
        assert!(matches!(stopped, Err(ApplyError::Cancelled)), "{stop_after}: {stopped:?}");
        completed(run(&portal, &mut Recorder::default()));
        assert_eq!(traces(&portal), expected, "stopped after {:?}", recorder.events.last());
    }
}

#[test]
fn a_run_that_goes_on_later_still_makes_the_same_commit() {
    let whole = portal();
    completed(run(&whole, &mut Recorder::default()));
    let portal = portal();
    let mut recorder = Recorder { stop_after: Some(12), ..Recorder::default() };
    assert!(run(&portal, &mut recorder).is_err());
    completed(run_at(&portal, "panier-relance", &mut Recorder::default(), LATER, None));
    assert_eq!(tip(&portal.path().join(REPOSITORY)), tip(&whole.path().join(REPOSITORY)));
}

#[test]
fn a_repository_that_is_not_ours_is_refused_and_the_run_fails() {
    let portal = portal();
    let repository = portal.path().join(REPOSITORY);
    Repository::init_bare(&repository).expect("somebody else's");
    let error = run(&portal, &mut Recorder::default()).expect_err("refused");
    assert_eq!(
        error.to_string(),
        "the repository `vente-en-ligne/panier-relance` exists already, and was not made by this request"
    );
    assert!(matches!(error, ApplyError::Refused { .. }));
    let record = Run::parse(&record(portal.path())).expect("a record");
    assert_eq!(record.status, Status::Failed);
    assert_eq!(record.failed_step().map(|step| step.id.as_str()), Some("publish"));
    assert_eq!(record.steps.last().map(|step| step.status), Some(Status::Skipped));
    assert!(!portal.path().join(FRAGMENT).exists());

    fs::remove_dir_all(&repository).expect("removable");
    let run = completed(run(&portal, &mut Recorder::default()));
    assert_eq!((run.status, run.message), (Status::Completed, None));
}

#[test]
fn after_a_failure_only_steps_run_that_ask_about_it() {
    let portal = portal();
    Repository::init_bare(portal.path().join("repositories/a/b.git")).expect("somebody else's");
    let step = |condition: &str, message: &str| {
        format!(
            "    - action: debug:log\n      if: {condition}\n      input: {{message: {message}}}\n"
        )
    };
    let steps = "    - action: fetch:template\n      input: {url: ./skeleton}\n    - action: publish:git\n      \
                 input: {repoUrl: 'github.com?owner=a&repo=b'}\n"
        .to_owned()
        + &step("true", "never")
        + &step("${{ failure() }}", "cleaning up")
        + &step("${{ always() and false }}", "never");
    portal.small(&steps, &[("a", "x")]);
    let mut recorder = Recorder::default();
    let failed = run_request(&portal, "small-1", &mut recorder);
    assert!(matches!(failed, Err(ApplyError::Refused { .. })), "{failed:?}");
    let logged: Vec<_> = recorder.events.iter().filter(|event| event.starts_with("  ")).collect();
    assert_eq!(logged, ["  cleaning up"]);
}

#[test]
fn what_cannot_be_kept_fails_the_step_and_is_kept_by_the_next_run() {
    let portal = portal();
    let mut recorder = Recorder { has_no_remote: true, ..Recorder::default() };
    let error = run(&portal, &mut recorder).expect_err("not kept");
    assert!(
        matches!(&error, ApplyError::Outside(e) if e.to_string().contains("cannot be reached")),
        "{error}"
    );
    let mut recorder = Recorder::default();
    completed(run(&portal, &mut recorder));
    assert_eq!(recorder.commits.len(), 1);
}

#[test]
fn a_changed_plan_is_refused_once_something_was_done() {
    let portal = portal();
    let change = "scaffolds/templates/java-service/skeleton/README.md";
    let stop = |events| Recorder { stop_after: Some(events), ..Recorder::default() };
    // Nothing was done outside yet: the new plan replaces the old one.
    assert!(run(&portal, &mut stop(2)).is_err());
    portal.write(change, "# Changed before\n");
    let acted = {
        let mut recorder = stop(usize::MAX);
        recorder.has_no_remote = true;
        run(&portal, &mut recorder)
    };
    assert!(matches!(acted, Err(ApplyError::Outside(_))), "{acted:?}");
    portal.write(change, "# Changed after\n");
    let refused = run(&portal, &mut Recorder::default()).expect_err("refused");
    assert!(matches!(refused, ApplyError::Refused { .. }), "{refused:?}");
    assert!(refused.to_string().starts_with("the plan changed since the run began"), "{refused}");
}

#[test]
fn only_the_approved_plan_is_applied() {
    let portal = portal();
    let refused = run_at(&portal, "panier-relance", &mut Recorder::default(), NOW, Some("0123"));
    assert!(matches!(refused, Err(ApplyError::Refused { .. })), "{refused:?}");
    assert!(!portal.path().join(REPOSITORY).exists());
    let hash = portal.plan("panier-relance").expect("a plan").hash();
    completed(run_at(&portal, "panier-relance", &mut Recorder::default(), NOW, Some(&hash)));
}

#[test]
fn a_wrong_request_leaves_no_trace() {
    let portal = portal();
    portal.problems_with("group:default/tunnel-d-achat", "group:default/nobody");
    let wrong = run(&portal, &mut Recorder::default());
    assert!(matches!(wrong, Err(ApplyError::Wrong(_))), "{wrong:?}");
    let repository = Repository::open(portal.path()).expect("a repository");
    assert!(repository.find_reference("refs/heads/callboard-runs").is_err());
}

#[test]
fn secrets_never_reach_the_record_nor_the_log() {
    let portal = portal();
    let request = super::REQUEST.replace("Rappelle", "chloe-girard-token rappelle");
    portal.write("scaffolds/requests/panier-relance.yaml", &request);
    completed(run(&portal, &mut Recorder::default()));
    assert!(!record(portal.path()).contains("chloe-girard-token"));
}

#[test]
fn no_encoding_of_a_secret_reaches_the_record_nor_the_events() {
    let portal = portal();
    let pair = format!("x-access-token:{TOKEN}");
    let json = serde_json::Value::from(TOKEN).to_string();
    let hexadecimal = TOKEN.bytes().fold(String::new(), |text, byte| format!("{text}{byte:02x}"));
    let forms = [
        TOKEN.to_owned(),
        BASE64_STANDARD.encode(&pair),
        BASE64_URL_SAFE_NO_PAD.encode(&pair),
        percent::encode(TOKEN),
        json[1..json.len() - 1].to_owned(),
        hexadecimal,
    ];
    let messages: Vec<_> = forms.iter().map(|form| format!("sent {form} to the server")).collect();
    let input = serde_json::json!({ "message": messages });
    portal.small(&format!("    - id: log\n      action: debug:log\n      input: {input}\n"), &[]);
    let mut recorder = Recorder::default();
    completed(run_request(&portal, "small-1", &mut recorder));
    let shown = [record_of(portal.path(), "small-1"), recorder.events.join("\n")];
    for form in &forms {
        assert!(shown.iter().all(|text| !text.contains(form.as_str())), "{form}");
    }
    assert_eq!(recorder.events.iter().filter(|line| line.contains("***")).count(), forms.len());
}

/// Two clones of one portal, and their common remote.
fn with_remote() -> (Portal, Portal, tempfile::TempDir) {
    let remote = tempfile::tempdir().expect("a scratch directory");
    Repository::init_bare(remote.path()).expect("a remote");
    let clone = || {
        let portal = portal();
        let url = url::Url::from_file_path(remote.path()).expect("absolute");
        let repository = Repository::open(portal.path()).expect("a repository");
        repository.remote("origin", url.as_str()).expect("a remote");
        portal
    };
    (clone(), clone(), remote)
}

#[test]
fn the_remote_has_the_journal_and_another_clone_sees_it() {
    let (here, there, remote) = with_remote();
    completed(run(&here, &mut Recorder::default()));
    let again = run(&there, &mut Recorder::default());
    assert!(matches!(again, Ok(Outcome::AlreadyCompleted(_))), "{again:?}");
    assert_eq!(record(here.path()), record(there.path()));
    let remote = Repository::open(remote.path()).expect("a remote");
    let names: Vec<_> = remote
        .references()
        .expect("readable")
        .names()
        .map(|n| n.expect("UTF-8").to_owned())
        .collect();
    assert_eq!(names, ["refs/heads/callboard-runs"], "nothing else is left there");
}

/// Starts the same run elsewhere, by another runner, at a given event.
struct Rival<'a> {
    at: usize,
    seen: usize,
    other: &'a Portal,
    refusal: Option<String>,
}

impl Observer for Rival<'_> {
    fn event(&mut self, _: &Event<'_>) -> Result<(), Cancellation> {
        self.seen += 1;
        if self.seen == self.at {
            let mut recorder = Recorder { runner: Some("two"), ..Recorder::default() };
            self.refusal = run(self.other, &mut recorder).err().map(|error| error.to_string());
        }
        Ok(())
    }
}

#[test]
fn of_two_runners_the_second_is_refused_and_does_nothing() {
    let (here, there, _remote) = with_remote();
    let now: Timestamp = NOW.parse().expect("a time");
    let (catalog, request, settings) = (here.catalog(), here.request("panier-relance"), settings());
    let world = World {
        portal: here.path(),
        settings: &settings,
        clock: &|| now,
        pause: &|_| (),
        environment: &Environment::default(),
        redactor: &Redactor::default(),
        repository: &Commits::default(),
        executors: &OwnExecutors,
        runner: "one",
        connections: &Connections::default(),
        review: Review::default(),
    };
    let mut rival = Rival { at: 3, seen: 0, other: &there, refusal: None };
    completed(apply(&world, &catalog, &request, Approval::Any, &mut rival));
    assert_eq!(
        rival.refusal.as_deref(),
        Some("the runner `one` has the run `panier-relance` until 2026-03-02T09:15:00Z")
    );
    assert!(here.path().join(REPOSITORY).exists());
    assert!(!there.path().join(REPOSITORY).exists(), "the second did nothing");
}
