//! The pull requests of each forge, against fakes that answer as the forges do.

use callboard_planner::effect::Api;
use callboard_testing::{FakeForge, ForgeFault, Handler, azure, gitea, github, gitlab};
use serde_json::{Value, json};

use super::{MARKER, Outcome, Reviews, Status, merged_by, reviews};
use crate::{
    base::environment::{Redactor, Secret},
    forge::{Client, Connections, Credential},
};

const HEAD: &str = "1111111111111111111111111111111111111111";
const MERGE: &str = "2222222222222222222222222222222222222222";
const FORGES: [(Api, Handler); 4] =
    [(Api::GitHub, github), (Api::Gitea, gitea), (Api::GitLab, gitlab), (Api::AzureDevOps, azure)];

/// A forge with merge request 12 of one repository, which Ann opened, Bob approved, and a merge completed.
struct Forge {
    api: Api,
    fake: FakeForge,
    connections: Connections,
}

impl Forge {
    fn new((api, handler): (Api, Handler)) -> Self {
        let fake = FakeForge::new(handler);
        let changes = if api == Api::Gitea { "REQUEST_CHANGES" } else { "CHANGES_REQUESTED" };
        let things = match api {
            Api::GitLab => json!({
                "/projects/acme/portal": {"id": 1, "path_with_namespace": "acme/portal"},
                "/projects/acme/portal/merge_requests": [{
                    "id": 112, "iid": 12, "state": "merged", "author": {"username": "ann"}, "sha": HEAD,
                    "merge_commit_sha": MERGE, "web_url": "https://forge.example/12",
                    "approved_by": [{"user": {"username": "bob"}}],
                }],
            }),
            Api::AzureDevOps => json!({
                "/acme/tools/portal": {"id": "5febef5a-833d-4e14-b9c0-14cb638f91e6", "name": "portal", "project": {"name": "acme/tools"}},
                "/acme/tools/portal/pullrequests/12": {
                    "pullRequestId": 12, "status": "completed", "createdBy": {"uniqueName": "ann"},
                    "lastMergeSourceCommit": {"commitId": HEAD}, "lastMergeCommit": {"commitId": MERGE},
                    "reviewers": [{"uniqueName": "bob", "vote": 10}, {"uniqueName": "eve", "vote": 0},
                        {"uniqueName": "team", "vote": 10, "isContainer": true}],
                },
            }),
            _ => json!({
                "/repos/acme/portal": {"id": 1},
                "/repos/acme/portal/pulls/12": {
                    "number": 12, "state": "closed", "user": {"login": "ann"}, "head": {"sha": HEAD},
                    "merged_at": "2026-01-01T00:00:00Z", "merge_commit_sha": MERGE, "html_url": "https://forge.example/12",
                },
                "/repos/acme/portal/pulls/12/reviews": [
                    {"user": {"login": "eve"}, "state": "APPROVED", "commit_id": HEAD},
                    {"user": {"login": "bob"}, "state": "APPROVED", "commit_id": HEAD},
                    {"user": {"login": "eve"}, "state": changes, "commit_id": HEAD},
                ],
            }),
        };
        let mut things = things;
        if api == Api::Gitea {
            // Dave approved before the last push.
            let stale = json!({"user": {"login": "dave"}, "state": "APPROVED", "commit_id": MERGE, "stale": true});
            let all = things["/repos/acme/portal/pulls/12/reviews"].as_array_mut();
            all.expect("a list").push(stale);
        }
        fake.store().things.extend(things.as_object().cloned().unwrap_or_default());
        Self { api, fake, connections: Connections::default() }
    }

    fn repository(&self) -> &'static str {
        if self.api == Api::AzureDevOps { "acme/tools/portal" } else { "acme/portal" }
    }

    fn client(&self) -> Client<'_> {
        let credential = Credential::token(Secret::new("token"));
        let base = format!("{}/api", self.fake.address);
        let client = Client::new(
            &self.connections,
            self.api,
            &base,
            Some(&credential),
            &Redactor::default(),
        );
        client.unwrap_or_else(|error| panic!("{error}"))
    }

    fn reviews(&self) -> Box<dyn Reviews + '_> {
        let reviews = reviews(self.client(), self.api, self.repository(), 12);
        reviews.unwrap_or_else(|error| panic!("{error}"))
    }

    /// Writes a comment, and returns what was there before.
    fn comment(&self, text: &str) -> Option<String> {
        let mut before = None;
        let mut write = |found: Option<&str>| {
            before = found.map(str::to_owned);
            Some(text.to_owned())
        };
        let set = self.reviews().set_comment(MARKER, &mut write);
        set.unwrap_or_else(|error| panic!("{:?}: {error}", self.api));
        before
    }

    /// How many comments there are.
    fn comments(&self) -> usize {
        let store = self.fake.store();
        let is_list = |path: &String| {
            ["/comments", "/notes", "/threads"].iter().any(|end| path.ends_with(end))
        };
        let lists = store.things.iter().filter(|(path, _)| is_list(path));
        lists.filter_map(|(_, list)| list.as_array()).map(Vec::len).sum()
    }
}

#[test]
fn each_forge_says_who_opened_approved_and_merged() {
    for forge in FORGES.map(Forge::new) {
        let api = forge.api;
        let pull = forge.reviews().pull_request().unwrap_or_else(|error| panic!("{error}"));
        assert_eq!((&*pull.author, &*pull.head), ("ann", HEAD), "{api:?}");
        assert_eq!(pull.merged.as_deref(), Some(MERGE), "{api:?}");
        let approvers = forge.reviews().approvers().unwrap_or_else(|error| panic!("{error}"));
        let names: Vec<_> = approvers.iter().map(|one| one.account.as_str()).collect();
        assert_eq!(names, ["bob"], "{api:?}");
        for (commit, number) in [(MERGE, Some(12)), (HEAD, None)] {
            let found = merged_by(&forge.client(), api, forge.repository(), commit);
            assert_eq!(found.unwrap_or_else(|error| panic!("{error}")), number, "{api:?}");
        }
    }
}

#[test]
fn one_comment_is_kept_up_to_date_whatever_fails() {
    let first = format!("{MARKER}\n{}", "x".repeat(400));
    let faults = [None, Some(ForgeFault::After(500)), Some(ForgeFault::Cut)];
    for (forge, fault) in FORGES.into_iter().flat_map(|forge| faults.map(|fault| (forge, fault))) {
        let forge = Forge::new(forge);
        // The account is asked for before the list, but on Azure DevOps.
        let reads = if forge.api == Api::AzureDevOps { 1 } else { 2 };
        forge.fake.store().faults = (0..reads).map(|_| None).chain([fault]).collect();
        let what = format!("{:?} {fault:?}", forge.api);
        assert_eq!(forge.comment(&first), None, "{what}");
        assert_eq!(forge.comment(&format!("{MARKER}\nsecond")).as_ref(), Some(&first), "{what}");
        assert_eq!(forge.comments(), 1, "{what}");
    }
}

#[test]
fn the_account_is_asked_once_for_a_comment() {
    for forge in FORGES.map(Forge::new) {
        forge.fake.store().faults =
            [None, None, Some(ForgeFault::After(500))].into_iter().collect();
        forge.comment(MARKER);
        let asked = forge.fake.store().requests.iter().filter(|r| r.ends_with("/user")).count();
        assert!(asked <= 1, "{:?}: {asked} times", forge.api);
    }
}

#[test]
fn a_status_is_set_on_each_forge() {
    for forge in FORGES.map(Forge::new) {
        forge.comment(&format!("{MARKER}\nplan"));
        for (outcome, words) in [
            (Outcome::Failure, ["failure", "failed", "active"]),
            (Outcome::Success, ["success", "succeeded", "closed"]),
        ] {
            let description = "1 plan".to_owned();
            let url = Some("https://forge.example/job".to_owned());
            let status = Status { commit: HEAD.to_owned(), outcome, description, url };
            let set = forge.reviews().set_status(&status);
            set.unwrap_or_else(|error| panic!("{:?}: {error}", forge.api));
            let things = Value::from_iter(forge.fake.store().things.clone());
            let has = |word: &str| things.to_string().contains(&format!("\"{word}\""));
            assert!(words[..2].iter().any(|word| has(word)), "{:?}: {things}", forge.api);
            assert!(forge.api != Api::AzureDevOps || has(words[2]), "{things}");
        }
    }
}

/// Gitea answers 500 to a comment that starts with a long word, after it made it.
#[test]
fn gitea_gets_no_second_comment_after_it_failed_on_the_first() {
    let forge = Forge::new(FORGES[1]);
    let long = "x".repeat(300);
    let body = json!({"body": long});
    let path = "/repos/acme/portal/issues/12/comments";
    let sent = forge.client().send(crate::base::http::Method::Post, path, &body);
    assert_eq!(sent.expect_err("a failure").status(), Some(500));
    assert_eq!(forge.comments(), 1);
    forge.comment(&format!("{MARKER}{long}"));
    assert_eq!(forge.comments(), 2, "the comment of the marker begins with spaces");
}
