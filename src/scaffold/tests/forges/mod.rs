//! Runs whose effects go to forges: fakes that keep what they are asked to make, and fail as they are told.

mod azure;
mod azure_specs;
mod bitbucket;
mod gitea;
mod github;
mod gitlab;
mod gitlab_steps;
mod requests;
mod secrets;
mod servers;

use std::collections::BTreeMap;

use callboard_planner::{Effect, Expressions, Request};
use callboard_testing::{FakeForge, ForgeFault, Portal};
use git2::Repository;
use jiff::Timestamp;
use rayon::prelude::*;
use serde_json::Value;

use super::{
    PlanRequests,
    doubles::{Killer, NoCommits},
    lines, sample, settings,
};
use crate::{
    base::{
        diagnostics::Diagnostic,
        environment::{Environment, Redactor, Secret},
        files::Directory,
        forges::{Forge, ForgeHost},
        http::TokenSource,
        origin::Origin,
    },
    catalog::{Catalog, EntityRef},
    forge::{Connections, Credential},
    git::{journal::Journal, transport},
    scaffold::{
        ApplyError, Approval, CredentialNames, Outcome, Plan, Run, Settings, TemplateSecret, World,
        apply,
        apply::{PlanSource, drift::drift, undo::undo},
        effects::{Comparison, OwnExecutors},
        plan,
        run::{BRANCH, Review},
    },
};

const NOW: &str = "2026-03-02T09:00:00Z";
const TOKEN: &str = "forge-token-3141592";
/// The value of the secret `DEPLOY_TOKEN` of the settings.
const SECRET: &str = "deploy-secret-2718281828";

/// A portal whose requests make things on a fake forge.
struct Company {
    portal: Portal,
    forge: FakeForge,
    settings: Settings,
    /// Gives the tokens of the forge, instead of the settings.
    source: Option<TokenSource>,
}

impl Company {
    /// A company whose forge is of this kind, and whose template has these steps, in which `HOST` is its host.
    fn new(forge: Forge, handler: callboard_testing::Handler, steps: &str) -> Self {
        let portal = sample();
        Repository::init(portal.path()).expect("a repository");
        let fake = FakeForge::new(handler);
        let steps = format!(
            "    - action: fetch:template\n      input: {{url: ./skeleton}}\n{}",
            steps.replace("HOST", fake.host())
        );
        portal.small(&steps, &[("README.md", "# ${{ parameters.name }}\n")]);
        let origin = || Origin::parse(&fake.address).expect("an origin");
        transport::register(None).expect("a transport");
        transport::add_credential(origin(), transport::Credential::token(Secret::new(TOKEN)));
        let names = CredentialNames { token: "FORGE_TOKEN".to_owned(), user: None, form: None };
        let api = format!("{}/api", fake.address);
        let host = ForgeHost::new(forge, &fake.address, Some(&api));
        let deploy = TemplateSecret {
            variable: "DEPLOY".to_owned(),
            templates: vec![EntityRef::new("template", "default", "small")],
        };
        let settings = Settings {
            secrets: BTreeMap::from([("DEPLOY_TOKEN".to_owned(), deploy)]),
            hosts: BTreeMap::from([(fake.host().to_owned(), host)]),
            credentials: vec![(origin(), names)],
            expressions: Expressions::Lenient,
            ..settings()
        };
        Self { portal, forge: fake, settings, source: None }
    }

    fn plan(&self) -> Result<Plan, Vec<Diagnostic>> {
        let files = Directory::new(self.portal.path());
        let (catalog, request) = (self.portal.catalog(), self.portal.request("small-1"));
        plan(&files, &catalog, &self.settings, &request)
    }

    /// The summaries of the effects of the plan.
    fn summaries(&self) -> Vec<String> {
        let plan = self.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
        plan.effects().map(|effect| effect.summary.clone()).collect()
    }

    /// Connections with the credentials of the settings.
    fn connections(&self) -> Connections {
        let environment = Environment::default().with("FORGE_TOKEN", TOKEN);
        let credential = |(origin, names): &(Origin, CredentialNames)| {
            let fetched = self.source.clone().map(Credential::fetched);
            Some((origin.clone(), fetched.or_else(|| Credential::read(names, &environment))?))
        };
        Connections::new(self.settings.credentials.iter().filter_map(credential).collect())
    }

    fn in_world<T>(&self, act: impl FnOnce(&World<'_>) -> T) -> T {
        let now: Timestamp = NOW.parse().expect("a time");
        act(&World {
            portal: self.portal.path(),
            settings: &self.settings,
            clock: &|| now,
            pause: &|_| (),
            environment: &Environment::default().with("FORGE_TOKEN", TOKEN).with("DEPLOY", SECRET),
            redactor: &Redactor::new([Secret::new(TOKEN), Secret::new(SECRET)]),
            repository: &NoCommits,
            executors: &OwnExecutors,
            runner: "one",
            connections: &self.connections(),
            review: Review::default(),
        })
    }

    fn apply(&self, killer: &mut Killer) -> Result<Outcome, ApplyError> {
        let (catalog, request) = (self.portal.catalog(), self.portal.request("small-1"));
        self.in_world(|world| apply(world, &catalog, &request, Approval::Any, killer))
    }

    /// Undoes the run, unless others have changed what it made.
    fn undo(&self) -> Result<Vec<Effect>, ApplyError> {
        let (catalog, request) = (self.portal.catalog(), self.portal.request("small-1"));
        self.in_world(|world| undo(world, &self.source(&catalog, &request)))
    }

    fn source<'a>(&'a self, catalog: &'a Catalog, request: &'a Request) -> PlanSource<'a> {
        PlanSource { portal: self.portal.path(), catalog, settings: &self.settings, request }
    }

    /// What the run made and is no longer so.
    fn drift(&self) -> Vec<String> {
        let (catalog, request) = (self.portal.catalog(), self.portal.request("small-1"));
        let run = self.record();
        let compared = self.in_world(|world| drift(world, &self.source(&catalog, &request), &run));
        let mut differences = Vec::new();
        for effect in compared.unwrap_or_else(|error| panic!("{error}")) {
            match effect.result {
                Ok(Comparison::Same | Comparison::Unknown(_)) => {}
                Ok(Comparison::Gone(what) | Comparison::Different(what)) => differences.push(what),
                Err(fault) => differences.push(fault.to_string()),
            }
        }
        differences
    }

    fn record(&self) -> Run {
        let journal = Journal::open(self.portal.path(), BRANCH, "origin", settings().author);
        let text = journal.expect("a journal").read(&Run::file("small-1")).expect("readable");
        Run::parse(&text.expect("a record")).expect("a record")
    }

    /// The writes to the API, sorted.
    fn writes(&self) -> Vec<String> {
        let mut writes = self.forge.store().writes.clone();
        writes.sort();
        writes
    }
}

/// Stops a run at every event, and at every request to the API in every way that a server can fail, and starts it
/// again: the forge has the same things as after a run that nothing stopped, and each was made once.
fn check_never_twice(company: impl Fn() -> Company + Sync) {
    check_never_twice_with(company, |company| completed(company.apply(&mut Killer::default())));
}

/// The same, where a function goes on with a run that was stopped.
fn check_never_twice_with(company: impl Fn() -> Company + Sync, go_on: impl Fn(&Company) + Sync) {
    let whole = company();
    let mut killer = Killer::default();
    completed(whole.apply(&mut killer));
    let (writes, events) = (whole.writes(), killer.events);
    let state = whole.forge.store().state();
    assert_eq!(whole.drift(), Vec::<String>::new(), "what a run has just made is as it made it");
    let calls = whole.forge.store().requests.iter().filter(|r| r.contains("/api")).count();
    assert!(events > 5 && calls > 2, "{events} events, {calls} calls");
    let check = |company: &Company, what: &str| {
        let now = company.forge.store().state();
        assert_eq!(normal(company, now), normal(&whole, state.clone()), "{what}");
        assert_eq!(company.writes(), writes, "{what}");
    };
    (0..events).into_par_iter().for_each(|at| {
        let company = company();
        let mut killer = Killer { at: Some(at), ..Killer::default() };
        company.apply(&mut killer).expect_err("killed");
        go_on(&company);
        check(&company, &format!("killed at event {at}"));
    });
    let faults = [
        ForgeFault::Before(500),
        ForgeFault::Before(429),
        ForgeFault::After(500),
        ForgeFault::After(504),
        ForgeFault::Cut,
        ForgeFault::Page,
    ];
    // All of them take minutes: `make acceptance` sets the variable. Otherwise each call fails in two of the ways, so that
    // three calls fail in all of them.
    let is_whole = Environment::from_process().get("CALLBOARD_ALL_FAULTS").is_some();
    let is_wanted = |(at, way): &(usize, usize)| is_whole || way % 3 == at % 3;
    let cases = (0..calls).flat_map(|at| (0..faults.len()).map(move |way| (at, way)));
    let cases: Vec<_> = cases.filter(is_wanted).collect();
    cases.into_par_iter().for_each(|(at, way)| {
        let fault = faults[way];
        let company = company();
        company.forge.store().faults = (0..at).map(|_| None).chain([Some(fault)]).collect();
        if company.apply(&mut Killer::default()).is_err() {
            go_on(&company);
        }
        check(&company, &format!("{fault:?} at call {at}"));
    });
}

/// The state of a forge with a fixed address, so that those of two forges can be compared.
fn normal(company: &Company, state: Value) -> String {
    state.to_string().replace(company.forge.host(), "HOST")
}

fn completed(outcome: Result<Outcome, ApplyError>) {
    match outcome {
        Ok(_) => {}
        Err(ApplyError::Wrong(problems)) => panic!("{}", lines(&problems)),
        Err(error) => panic!("{error}"),
    }
}
