//! What a policy allows, and what its refusals say.

use std::collections::BTreeMap;

use super::{FILE, Policy, Usage, matches, over_quota, policy_schema};
use crate::{
    Plan, Request,
    base::{author::Author, leaks::Exceptions},
    catalog::testing::catalog,
    plan::plan as plan_request,
    settings::{Repositories, RepositoryHome, Settings},
};

const ENTITIES: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: company}
spec: {type: organization, children: [tribe]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: tribe}
spec: {type: tribe, children: [crew]}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: crew}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: guests}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ada}
spec: {memberOf: [crew]}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: bob}
spec: {memberOf: [guests]}
---
apiVersion: backstage.io/v1alpha1
kind: Component
metadata: {name: ours}
spec: {type: service, lifecycle: production, owner: crew}
";
const TEMPLATE: &str = "\
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: service}
spec:
  type: service
  parameters:
    properties:
      name: {type: string}
      owner: {type: string}
      size: {type: number, default: 1}
  steps:
    - {id: fetch, action: 'fetch:template', input: {url: ./skeleton}}
    - {id: publish, action: 'publish:git', input: {repoUrl: 'git.example?owner=o&repo=${{ parameters.name }}'}}
";

fn settings() -> Settings {
    Settings {
        author: Author { name: "C".into(), email: "c@x.example".into() },
        repositories: Repositories {
            home: Some(RepositoryHome::Directory("repositories".into())),
            ..Repositories::default()
        },
        portal_folders: Vec::new(),
        hosts: BTreeMap::new(),
        actions: BTreeMap::new(),
        expressions: crate::Expressions::Strict,
        exceptions: Exceptions::default(),
        secrets: BTreeMap::new(),
        notifications: None,
        mail: None,
        servers: BTreeMap::new(),
        credentials: Vec::new(),
    }
}

fn request(user: &str, parameters: &str) -> Request {
    let text = format!(
        "template: service\nrequester: user:default/{user}\nparameters: {{{parameters}}}\n"
    );
    Request::parse("scaffolds/requests/r.yaml", text).expect("well formed")
}

fn plan(policy: &str, user: &str, parameters: &str) -> Result<Plan, String> {
    let files: BTreeMap<String, String> = [
        ("scaffolds/templates/service/template.yaml", TEMPLATE),
        ("scaffolds/templates/service/skeleton/a", "x"),
        (FILE, policy),
    ]
    .into_iter()
    .map(|(path, text)| (path.to_owned(), text.to_owned()))
    .collect();
    let mut files = files;
    files.insert("catalog-data/manual/all.yaml".into(), ENTITIES.into());
    let (catalog, _) = crate::catalog::load_from(&files, &[]).expect("readable");
    plan_request(&files, &catalog, &settings(), &request(user, parameters))
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

#[test]
fn the_first_rule_that_matches_decides_and_is_shown() {
    let policy = "\
requests:
  - templates: ['*-topic']
    allow: [group:guests]
  - title: services
    templates: [service]
    allow: [company]
    approve: {by: [group:default/crew, 'user:bob'], count: 2}
  - allow: [user:default/bob]
";
    let decision = plan(policy, "ada", "name: a").expect("allowed").policy.expect("a decision");
    assert_eq!(decision.rule, "rule 2 (services)");
    assert_eq!((decision.approvers.len(), decision.approvals), (2, 2));
    let refused = plan(policy, "bob", "name: a").expect_err("refused");
    assert_eq!(
        refused,
        "error: scaffolds/requests/r.yaml:2:12: `user:default/bob` may not ask for `template:default/service`\n\
         hint: rule 2 (services) allows `company`"
    );
    let none = plan("requests: []\n", "ada", "name: a").expect_err("no rule");
    assert!(none.contains("no rule of `scaffolds/policy.yaml` allows the template"), "{none}");
}

#[test]
fn parameters_have_limits() {
    let policy = "\
requests:
  - parameters:
      name: {pattern: '^[a-z]+$'}
      owner: {yours: true}
      size: {at_most: 3}
";
    for good in ["name: a, owner: 'group:default/crew'", "name: a, owner: tribe", "name: b"] {
        plan(policy, "ada", good).expect(good);
    }
    plan(policy, "ada", "name: a, owner: 'component:default/ours'")
        .expect("an entity of the group");
    for (bad, message) in [
        ("name: A1", "4:20"),
        ("name: a, owner: guests", "not of a group that the requester is a member of"),
        ("name: a, size: 4", "`size`"),
    ] {
        let refused = plan(policy, "ada", bad).expect_err(bad);
        assert!(refused.contains("rule 1 says so"), "{refused}");
        assert!(refused.contains(message) || refused.contains("`A1`"), "{refused}");
    }
}

#[test]
fn actions_and_origins_are_those_of_the_lists() {
    let policy = |lists: &str| format!("requests: [{{}}]\n{lists}");
    plan(
        &policy("actions: ['fetch:*', 'publish:git']\norigins: [repositories]\n"),
        "ada",
        "name: a",
    )
    .expect("listed");
    let refused = plan(&policy("actions: ['fetch:*']\n"), "ada", "name: a").expect_err("refused");
    assert!(refused.contains("the step `publish` calls `publish:git`"), "{refused}");
    let refused = plan(&policy("origins: ['https://*']\n"), "ada", "name: a").expect_err("refused");
    assert!(refused.contains("changes `repositories/o/a.git`"), "{refused}");
}

#[test]
fn a_policy_that_is_wrong_refuses_everything() {
    for (bad, message) in [
        ("requests: 3\n", "policy.yaml:1:11"),
        ("request: []\n", "unknown field `request`"),
        ("requests: [{allow: ['component:x']}]\n", "neither a user nor a group"),
        ("requests: [{approve: {by: []}}]\n", "nobody could approve"),
        ("requests: [{parameters: {name: {pattern: '('}}}]\n", "this is no regular expression"),
    ] {
        let refused = plan(bad, "ada", "name: a").expect_err(bad);
        assert!(refused.contains(message), "{refused}");
    }
}

#[test]
fn a_quota_counts_the_requests_of_the_rule() {
    let text = "requests: [{templates: [service], quota: {open: 2, per_week: 5}}, {}]\n";
    let files = BTreeMap::from([(FILE.to_owned(), text.to_owned())]);
    let policy = Policy::load(&files).expect("valid").expect("a policy");
    let refusal = |open, week| {
        let usage = Usage { open, week };
        over_quota(&policy, &request("ada", "name: a"), |_| usage).map(|problem| problem.message)
    };
    assert_eq!(refusal(1, 4), None);
    assert_eq!(
        refusal(2, 2).as_deref(),
        Some("`user:default/ada` has 2 open requests, and may have no more")
    );
    assert!(refusal(1, 5).is_some_and(|message| message.contains("in seven days")));
}

#[test]
fn patterns_have_stars_only() {
    for (pattern, text, expected) in [
        ("a", "a", true),
        ("a", "ab", false),
        ("*", "", true),
        ("a*", "ab", true),
        ("*b", "ab", true),
        ("a*c", "abc", true),
        ("a*c", "ac", true),
        ("a*b*c", "axbyc", true),
        ("a*b*c", "acb", false),
        ("ab*ba", "aba", false),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern} {text}");
    }
}

#[test]
fn the_schema_has_the_keys() {
    let schema = policy_schema();
    assert!(schema.pointer("/properties/requests").is_some(), "{schema}");
    assert_eq!(catalog(ENTITIES).entities().len(), 7);
}
