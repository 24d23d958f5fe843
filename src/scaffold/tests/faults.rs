//! Runs on a world that is a fake: it counts what is done, fails in every way that an executor can, and forgets
//! nothing when the runner is stopped.

use std::{
    cell::{Cell, RefCell},
    collections::BTreeMap,
    time::Duration,
};

use callboard_planner::{Effect, EffectKind};
use callboard_testing::Portal;
use git2::Repository;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{
    PlanRequests,
    doubles::{Killer, NoCommits},
    sample, settings,
};
use crate::{
    base::environment::{Environment, Redactor},
    forge::Connections,
    git::journal::Journal,
    scaffold::{
        ApplyError, Approval, Outcome, Run, World, apply,
        effects::{EffectResult, Executor, Executors, Fault, Mark, Output, Probe, Watch},
        run::{BRANCH, EffectState, Review, Status},
    },
};

const NOW: &str = "2026-03-02T09:00:00Z";
const AFTER_LEASE: &str = "2026-03-02T09:15:00Z";

/// The fault that a server answers with, and whether it does the effect nevertheless.
type Answer = (Fault, bool);

/// A server that makes what effects ask for.
#[derive(Default)]
struct Server {
    /// What it has: the request by the effect's id.
    things: RefCell<BTreeMap<String, String>>,
    /// How often each effect was carried out.
    acts: RefCell<BTreeMap<String, usize>>,
    /// The answers to the next acts, the last first: a fault, and whether the thing is made nevertheless.
    answers: RefCell<Vec<Answer>>,
    /// Whether it can say what it has.
    can_tell: Cell<bool>,
    pauses: RefCell<Vec<Duration>>,
    /// How many minutes an act takes, and how many minutes have passed.
    slowness: Cell<i64>,
    minutes: Cell<i64>,
    /// Whether another runner takes the run over during the next act.
    has_rival: Cell<bool>,
}

impl Server {
    fn new() -> Self {
        Self { can_tell: Cell::new(true), ..Self::default() }
    }

    fn acts(&self) -> Vec<(String, usize)> {
        self.acts.borrow().clone().into_iter().collect()
    }
}

impl Executor for Server {
    fn probe(&self, effect: &Effect, mark: &Mark<'_>, _: &World<'_>) -> Result<Probe, Fault> {
        if !self.can_tell.get() {
            return Ok(Probe::Unknowable);
        }
        Ok(match self.things.borrow().get(&effect.id) {
            None => Probe::Absent,
            Some(request) if request == mark.request => Probe::Ours(output(effect)),
            Some(other) => Probe::Foreign(format!("it is of {other}")),
        })
    }

    fn act(
        &self,
        effect: &Effect,
        mark: &Mark<'_>,
        world: &World<'_>,
        watch: &mut dyn Watch,
    ) -> Result<EffectResult, Fault> {
        if self.has_rival.take() {
            take_over(world);
        }
        for _ in 0..self.slowness.get() {
            self.minutes.set(self.minutes.get() + 1);
            if watch.tell(&["a minute".to_owned()]).is_err() {
                return Err(Fault::Ambiguous { message: "it was stopped".to_owned() });
            }
        }
        let answer = self.answers.borrow_mut().pop();
        if answer.as_ref().is_none_or(|(_, is_made)| *is_made) {
            *self.acts.borrow_mut().entry(effect.id.clone()).or_default() += 1;
            self.things.borrow_mut().insert(effect.id.clone(), mark.request.to_owned());
        }
        answer.map_or_else(|| Ok(output(effect).into()), |(fault, _)| Err(fault))
    }

    fn undo(&self, effect: &Effect, _: &Output, _: &Mark<'_>, _: &World<'_>) -> Result<(), Fault> {
        self.things.borrow_mut().remove(&effect.id);
        Ok(())
    }
}

/// Writes to the record as another runner does.
fn take_over(world: &World<'_>) {
    let author = settings().author;
    let mut journal = Journal::open(world.portal, BRANCH, "origin", author).expect("a journal");
    let file = Run::file("small-1");
    let record = journal.read(&file).expect("readable").expect("a record");
    let record = record.replace("runner: one", "runner: two");
    journal
        .commit(&file, &record, "small-1", "Run small-1: resumed", (world.clock)())
        .expect("writable");
}

fn output(effect: &Effect) -> Output {
    let commit = format!("commit of {}", effect.id);
    Output::from_iter([("commitHash".to_owned(), json!(commit))])
}

impl Executors for Server {
    fn of(&self, _: EffectKind) -> &dyn Executor {
        self
    }
}

/// A portal with a template that makes two repositories, with `each`, and reads what only apply knows.
fn portal() -> Portal {
    let portal = sample();
    Repository::init(portal.path()).expect("a repository");
    let steps = "    - action: fetch:template
      input: {url: ./skeleton}
    - id: publish
      each: [one, two]
      action: publish:git
      input: {repoUrl: 'github.com?owner=a&repo=${{ each.value }}'}
    - id: log
      action: debug:log
      input: {message: 'made ${{ steps.publish.output.commitHash }}'}
    - id: last
      action: publish:git
      input:
        repoUrl: github.com?owner=a&repo=last
        gitCommitMessage: After ${{ steps.publish.output.commitHash[0] }}
    - id: nobody
      each: []
      action: publish:git
      input: {repoUrl: github.com?owner=a&repo=nobody}
    - id: clean
      if: ${{ failure() }}
      action: debug:log
      input: {message: 'left ${{ steps.last.output.commitHash }}.'}
";
    portal.small(steps, &[("a", "x")]);
    portal
}

fn run(
    portal: &Portal,
    server: &Server,
    killer: &mut Killer,
    (runner, now): (&str, &str),
) -> Result<Outcome, ApplyError> {
    let now: Timestamp = now.parse().expect("a time");
    let (catalog, request, settings) = (portal.catalog(), portal.request("small-1"), settings());
    let world = World {
        portal: portal.path(),
        settings: &settings,
        clock: &|| now + SignedDuration::from_mins(server.minutes.get()),
        pause: &|pause| server.pauses.borrow_mut().push(pause),
        environment: &Environment::default(),
        redactor: &Redactor::default(),
        repository: &NoCommits,
        executors: server,
        runner,
        connections: &Connections::default(),
        review: Review::default(),
    };
    apply(&world, &catalog, &request, Approval::Any, killer)
}

fn run_once(portal: &Portal, server: &Server) -> Result<Outcome, ApplyError> {
    run(portal, server, &mut Killer::default(), ("one", NOW))
}

fn record(portal: &Portal) -> Run {
    let journal = Journal::open(portal.path(), BRANCH, "origin", settings().author);
    let text = journal.expect("a journal").read(&Run::file("small-1")).expect("readable");
    Run::parse(&text.expect("a record")).expect("a record")
}

fn each_once() -> Vec<(String, usize)> {
    ["last/1", "publish[0]/1", "publish[1]/1"].map(|id| (id.to_owned(), 1)).to_vec()
}

#[test]
fn killed_at_any_event_and_started_again_each_effect_is_done_once() {
    let (whole, server) = (portal(), Server::new());
    let mut killer = Killer::default();
    run(&whole, &server, &mut killer, ("one", NOW)).expect("completed");
    assert_eq!(server.acts(), each_once());
    assert_eq!(killer.log, ["made commit of publish[0]/1,commit of publish[1]/1"]);
    let (expected, events) = (record(&whole), killer.events);
    assert_eq!(expected.status, Status::Completed);
    let nobody = expected.steps.iter().find(|step| step.id == "nobody").expect("a row");
    assert_eq!(
        (nobody.status, nobody.message.as_deref()),
        (Status::Completed, Some("there is no item"))
    );
    assert!(events > 15, "{events} events");
    for at in 0..events {
        let (portal, server) = (portal(), Server::new());
        let mut killer = Killer { at: Some(at), ..Killer::default() };
        let killed = run(&portal, &server, &mut killer, ("one", NOW));
        assert!(matches!(killed, Err(ApplyError::Cancelled)), "{at}: {killed:?}");
        run_once(&portal, &server).expect("completed");
        assert_eq!(server.acts(), each_once(), "killed at event {at}");
        let mut found = record(&portal);
        for (step, wanted) in found.steps.iter_mut().zip(&expected.steps) {
            for (effect, wanted) in step.effects.iter_mut().zip(&wanted.effects) {
                // What was found before says how often the runner looked.
                effect.probe.clone_from(&wanted.probe);
            }
        }
        assert_eq!(found, expected, "killed at event {at}");
    }
}

#[test]
fn while_an_executor_goes_on_the_lease_is_renewed_and_its_lines_are_logged() {
    let (portal, server) = (portal(), Server::new());
    server.slowness.set(40);
    let mut killer = Killer::default();
    run(&portal, &server, &mut killer, ("one", NOW)).expect("completed");
    assert_eq!(killer.log.iter().filter(|line| *line == "a minute").count(), 120);
    assert_eq!(record(&portal).steps[1].log.len(), 40);
    // Every eight minutes, so that another runner never finds a lease that has ended.
    let subjects = portal.git(&["log", "--format=%s", BRANCH]);
    assert_eq!(subjects.matches("Run small-1: goes on").count(), 15, "{subjects}");
}

#[test]
fn an_executor_whose_run_another_runner_has_is_stopped() {
    let (portal, server) = (portal(), Server::new());
    server.slowness.set(40);
    server.has_rival.set(true);
    let mut killer = Killer::default();
    let error = run(&portal, &server, &mut killer, ("one", NOW)).expect_err("another has it");
    assert!(error.to_string().contains("another runner owns the run"), "{error}");
    assert_eq!((server.acts(), server.minutes.get()), (Vec::new(), 8));
    let found = record(&portal);
    assert_eq!(found.lease.as_ref().map(|lease| lease.runner.as_str()), Some("two"));
    assert!(found.uncertain_effect().is_some());
}

#[test]
fn an_observer_stops_an_executor_that_goes_on_and_nobody_knows_what_it_did() {
    let (portal, server) = (portal(), Server::new());
    server.slowness.set(40);
    server.can_tell.set(false);
    // The third line that the first effect logs.
    let mut killer = Killer { at: Some(8), ..Killer::default() };
    let stopped = run(&portal, &server, &mut killer, ("one", NOW));
    assert!(matches!(stopped, Err(ApplyError::Cancelled)), "{stopped:?}");
    assert!(killer.log.contains(&"a minute".to_owned()), "{:?}", killer.log);
    assert_eq!(server.acts(), []);
    let asked = run_once(&portal, &server);
    assert!(matches!(asked, Err(ApplyError::Uncertain { .. })), "{asked:?}");
}

#[test]
fn an_effect_that_nobody_can_ask_about_is_done_at_most_once() {
    let (whole, server) = (portal(), Server::new());
    server.can_tell.set(false);
    let mut killer = Killer::default();
    run(&whole, &server, &mut killer, ("one", NOW)).expect("completed");
    assert_eq!(server.acts(), each_once());
    let mut asked = 0;
    for at in 0..killer.events {
        let (portal, server) = (portal(), Server::new());
        server.can_tell.set(false);
        let mut killer = Killer { at: Some(at), ..Killer::default() };
        drop(run(&portal, &server, &mut killer, ("one", NOW)));
        match run_once(&portal, &server) {
            Ok(_) => assert_eq!(server.acts(), each_once()),
            Err(ApplyError::Uncertain { effect, .. }) => {
                asked += 1;
                let run = record(&portal);
                assert_eq!(run.uncertain_effect().map(|effect| effect.id.clone()), Some(effect));
            }
            Err(error) => panic!("killed at event {at}: {error}"),
        }
        assert!(server.acts().iter().all(|(_, times)| *times == 1), "{:?}", server.acts());
    }
    // Before the act, after it, and before the commit of its end, of three effects.
    assert_eq!(asked, 9);
}

#[test]
fn each_fault_has_its_answer() {
    let transient = |after| Fault::Transient { message: "busy".into(), after };
    let ambiguous = || Fault::Ambiguous { message: "no answer".into() };
    let seconds = Duration::from_secs;
    // What the server answers to the first acts, and how long the runner waits.
    let cases: [(Vec<Answer>, Vec<Duration>); 4] = [
        (vec![(transient(None), false); 2], vec![seconds(2), seconds(4)]),
        (vec![(transient(Some(seconds(30))), false)], vec![seconds(30)]),
        (vec![(ambiguous(), true)], vec![seconds(2)]),
        (vec![(ambiguous(), false)], vec![seconds(2)]),
    ];
    for (answers, pauses) in cases {
        let (portal, server) = (portal(), Server::new());
        *server.answers.borrow_mut() = answers.clone();
        run_once(&portal, &server).expect("completed");
        assert_eq!(server.acts(), each_once(), "{answers:?}");
        assert_eq!(*server.pauses.borrow(), pauses, "{answers:?}");
    }
    let denied = Fault::Denied { message: "no".into(), scope: "`repo`".into() };
    for fault in [
        denied,
        Fault::Conflict { message: "no".into() },
        Fault::Rejected { message: "no".into() },
        transient(None),
    ] {
        let (portal, server) = (portal(), Server::new());
        *server.answers.borrow_mut() = vec![(fault.clone(), false); 4];
        let error = run_once(&portal, &server).expect_err("failed");
        assert!(error.to_string().contains(&fault.to_string()), "{error}");
        let run = record(&portal);
        assert_eq!((run.status, run.lease.clone()), (Status::Failed, None));
        assert_eq!(run.steps[1].effects[0].state, Some(EffectState::Failed));
        assert_eq!(server.acts(), []);
        server.answers.borrow_mut().clear();
        run_once(&portal, &server).expect("completed");
        assert_eq!(server.acts(), each_once());
    }
}

#[test]
fn what_the_server_does_not_confirm_is_asked_about() {
    let (portal, server) = (portal(), Server::new());
    server.can_tell.set(false);
    server.answers.borrow_mut().push((Fault::Ambiguous { message: "no answer".into() }, true));
    let error = run_once(&portal, &server).expect_err("uncertain");
    assert!(matches!(error, ApplyError::Uncertain { .. }), "{error}");
    assert_eq!(server.acts(), [("publish[0]/1".to_owned(), 1)]);
}

#[test]
fn after_a_failure_the_outputs_of_the_failed_step_are_empty() {
    let (portal, server) = (portal(), Server::new());
    server.things.borrow_mut().insert("last/1".into(), "somebody else".into());
    let mut killer = Killer::default();
    let failed = run(&portal, &server, &mut killer, ("one", NOW)).expect_err("refused");
    assert_eq!(failed.to_string(), "it is of somebody else");
    assert_eq!(killer.log.last().map(String::as_str), Some("left ."));
}

#[test]
fn a_lease_is_taken_over_only_after_its_end() {
    let (portal, server) = (portal(), Server::new());
    let mut killer = Killer { at: Some(6), ..Killer::default() };
    run(&portal, &server, &mut killer, ("one", NOW)).expect_err("killed");
    let mut killer = Killer::default();
    let refused = run(&portal, &server, &mut killer, ("two", NOW)).expect_err("refused");
    assert_eq!(
        refused.to_string(),
        "the runner `one` has the run `small-1` until 2026-03-02T09:15:00Z"
    );
    assert_eq!(killer.events, 0);
    run(&portal, &server, &mut killer, ("two", AFTER_LEASE)).expect("completed");
    assert_eq!(server.acts(), each_once());
    let run = record(&portal);
    assert_eq!(run.takeovers, ["2026-03-02T09:15:00Z: two took over from one"]);
    assert_eq!(run.lease, None);
}
