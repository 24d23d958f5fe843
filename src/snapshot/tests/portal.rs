//! A portal with sources, and snapshots of it with a client that makes no pause.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs as files,
    ops::Deref,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use callboard_testing::Portal;

use super::super::{
    Failure, Options, ProgramBudget, Progress, RecordChoice, Report, Trial, run, try_source,
};
use crate::base::{environment::Environment, fs, http::Client, leaks::Exceptions};

/// A mapping that makes a group of `{code, name}`.
pub(super) const GROUPS: &str = r#"{
  apiVersion: "backstage.io/v1alpha1", kind: "Group",
  metadata: { name: .name | entity_name, title: .name, annotations: { "org/code": .code } },
  spec: { type: "team", children: [] }
}"#;

/// Limits that no program of a test reaches unless it never ends, however busy the machine is. The
/// memory of the process is that of all tests, so it is not limited.
pub(super) const FAR_LIMITS: ProgramBudget = ProgramBudget {
    time: Duration::from_mins(5),
    patience: Duration::from_mins(10),
    memory: u64::MAX,
};

/// As [`FAR_LIMITS`], but a program stops itself after one second.
pub(super) const ONE_SECOND: ProgramBudget =
    ProgramBudget { time: Duration::from_secs(1), ..FAR_LIMITS };

/// A portal, and how snapshots of it are taken.
pub(super) struct SnapshotTest {
    portal: Portal,
    sources: Vec<String>,
    pub(super) environment: Environment,
    pub(super) allow_shrink: BTreeSet<String>,
    pub(super) dry_run: bool,
    pub(super) exceptions: Exceptions,
    pub(super) program_budget: ProgramBudget,
    /// The pauses that retries wanted.
    pub(super) pauses: Arc<Mutex<Vec<Duration>>>,
}

/// A test writes and reads files as those of the portal.
impl Deref for SnapshotTest {
    type Target = Portal;

    fn deref(&self) -> &Portal {
        &self.portal
    }
}

impl SnapshotTest {
    pub(super) fn new() -> Self {
        Self {
            portal: Portal::empty(),
            sources: Vec::new(),
            environment: Environment::default().with("KEY", "hunter2"),
            allow_shrink: BTreeSet::new(),
            dry_run: false,
            exceptions: Exceptions::default(),
            program_budget: FAR_LIMITS,
            pauses: Arc::default(),
        }
    }

    /// A portal with one source `org` of groups, and entities that it had before.
    pub(super) fn of_groups(url: &str, more: &str) -> Self {
        let mut portal = Self::new();
        let yaml =
            format!("kind: http\nurl: {url}\nheaders: {{ X-Api-Key: \"${{KEY}}\" }}\n{more}");
        portal.source("org", &yaml, GROUPS);
        portal
    }

    /// Adds or replaces a source; one without a mapping when that is empty.
    pub(super) fn source(&mut self, name: &str, yaml: &str, jq: &str) {
        self.write(&format!("catalog-data/sources/{name}.yaml"), yaml);
        if !jq.is_empty() {
            self.write(&format!("catalog-data/sources/{name}.jq"), jq);
        }
        if !self.sources.iter().any(|other| other == name) {
            self.sources.push(name.to_owned());
        }
    }

    /// Adds a source that uses a preset, with its mapping.
    pub(super) fn preset(&mut self, name: &str, yaml: &str) {
        self.write(&format!("catalog-data/sources/{name}.yaml"), yaml);
        self.sources.push(name.to_owned());
    }

    /// Writes `count` groups that the source `org` said before.
    pub(super) fn had(&self, count: usize) {
        for number in 0..count {
            self.write(
                &format!("catalog-data/entities/org/group/default/old-{number}.yaml"),
                format!("apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata:\n  name: old-{number}\n"),
            );
        }
    }

    pub(super) async fn run(&self) -> Report {
        self.follow(&()).await
    }

    /// Runs, and tells how far it is.
    pub(super) async fn follow(&self, progress: &dyn Progress) -> Report {
        let client = self.client();
        run(&self.options(&client), progress).await.expect("the snapshot goes on").report
    }

    /// Tries records of a source.
    pub(super) async fn try_source(
        &self,
        name: &str,
        pick: RecordChoice,
    ) -> Result<Trial, Failure> {
        let client = self.client();
        let tried = try_source(&self.options(&client), name, pick, &()).await;
        tried.expect("the name of a source, and files that can be read")
    }

    fn client(&self) -> Client {
        let pauses = Arc::clone(&self.pauses);
        Client::with_pauses(Arc::new(move |pause| {
            pauses.lock().expect("no panic").push(pause);
            Duration::ZERO
        }))
        .expect("a client")
    }

    fn options<'a>(&'a self, client: &'a Client) -> Options<'a> {
        Options {
            root: self.path(),
            sources: &self.sources,
            only: &[],
            allow_shrink: &self.allow_shrink,
            dry_run: self.dry_run,
            environment: &self.environment,
            client,
            exceptions: &self.exceptions,
            program_budget: self.program_budget,
        }
    }

    /// Every entity file: path below `catalog-data/entities`, and text.
    pub(super) fn entities(&self) -> BTreeMap<String, String> {
        let folder = self.path().join("catalog-data/entities");
        let found = fs::walk_files(&folder).expect("readable").into_iter();
        found
            .map(|file| {
                let text = fs::read_text(&file.below(&folder)).expect("readable");
                (file.as_str().to_owned(), text)
            })
            .collect()
    }

    /// When each entity file was written.
    pub(super) fn times(&self) -> BTreeMap<String, SystemTime> {
        let folder = self.path().join("catalog-data/entities");
        let times = self.entities().into_keys().map(|file| {
            let data = files::metadata(folder.join(&file)).expect("a file");
            (file, data.modified().expect("a time"))
        });
        times.collect()
    }
}

/// The text of the first source's failure.
pub(super) fn failure(report: &Report) -> String {
    let failure = report.sources[0].outcome.failure().expect("a failure");
    let texts: Vec<_> = failure.problems.iter().map(ToString::to_string).collect();
    texts.join("\n")
}

/// What the first source left out while it took the rest.
pub(super) fn left_out(report: &Report) -> String {
    let source = &report.sources[0];
    assert!(source.outcome.changes().is_some(), "{report}");
    let texts: Vec<_> = source.failures.iter().map(|f| f.warning().to_string()).collect();
    texts.join("\n")
}
