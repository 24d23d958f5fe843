//! `gitlab:*` and merge requests.

use callboard_planner::CredentialForm;
use callboard_testing::{ForgeFault, gitlab};
use serde_json::json;

use super::{Company, Killer, check_never_twice, completed};
use crate::{
    base::forges::Forge,
    scaffold::{ApplyError, run::Status, tests::lines},
};

/// Steps in a project that the first of them makes.
const STEPS: &str = "    - id: group
      action: gitlab:group:ensureExists
      input: {repoUrl: 'HOST?owner=acme', path: [acme, shop, {name: Web Shop, slug: web}]}
    - id: publish
      action: publish:gitlab
      input: {repoUrl: 'HOST?owner=acme/shop/web&repo=${{ parameters.name }}'}
    - id: variable
      action: gitlab:projectVariable:create
      input:
        repoUrl: HOST?owner=acme&repo=cart
        projectId: '${{ steps.publish.output.projectId }}'
        key: GROUP
        value: '${{ steps.group.output.groupId }}'
        variableType: env_var
        environmentScope: prod/*
    - id: issue
      action: gitlab:issues:create
      input:
        repoUrl: HOST
        projectId: '${{ steps.publish.output.projectId }}'
        title: Go live
        description: 'In the group ${{ steps.group.output.groupId }}'
        labels: launch
    - id: push
      action: gitlab:repo:push
      input:
        repoUrl: HOST?owner=acme/shop/web&repo=cart
        branchName: docs/next
        commitMessage: Add the guide
        targetPath: guide
    - action: roadiehq:utils:fs:write
      input: {path: docs/guide.md, content: A guide}
    - id: request
      action: publish:gitlab:merge-request
      input:
        repoUrl: HOST?owner=acme/shop/web&repo=cart
        title: A better readme
        description: As the template has it
        sourcePath: ./docs
        branchName: better-readme
        assignee: chloe
        reviewers: [callboard-bot, chloe]
        labels: [docs, small]
    - id: log
      action: debug:log
      input:
        message: '${{ steps.issue.output.issueUrl }} ${{ steps.request.output.mergeRequestUrl }}
          ${{ steps.request.output.targetBranchName }}'
";

const TRIGGER: &str = "    - id: publish
      action: publish:gitlab
      input: {repoUrl: 'HOST?owner=acme&repo=cart'}
    - id: pipeline
      action: gitlab:pipeline:trigger
      input:
        repoUrl: HOST
        projectId: '${{ steps.publish.output.projectId }}'
        tokenDescription: x
        branch: main
        variables: {REGION: eu}
    - id: log
      action: debug:log
      input: {message: '${{ steps.pipeline.output.pipelineUrl }}'}
";

const TURNS: &str = "    - id: publish
      action: publish:gitlab
      input: {repoUrl: 'HOST?owner=acme&repo=cart'}
    - id: issue
      action: gitlab:issues:create
      each: [north, south]
      input: {repoUrl: HOST, projectId: '${{ steps.publish.output.projectId }}', title: Go live}
    - id: log
      action: debug:log
      input: {message: '${{ steps.issue.output.issueIid | dump }}'}
";

fn on_gitlab(steps: &str) -> Company {
    Company::new(Forge::GitLab, gitlab, steps)
}

#[test]
fn each_turn_opens_an_issue_of_its_own_also_when_both_have_one_title() {
    let company = on_gitlab(TURNS);
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    let issues = company.forge.store().things["/projects/acme/cart/issues"].clone();
    let issues = issues.as_array().expect("a list");
    let descriptions: Vec<_> = issues.iter().map(|issue| issue["description"].clone()).collect();
    let expected =
        [0, 1].map(|item| json!(format!("(Callboard request small-1, step issue[{item}])")));
    assert!(expected.iter().all(|mark| descriptions.contains(mark)), "{descriptions:?}");
    assert_eq!(descriptions.len(), 2);
    assert_eq!(killer.log, ["[1,2]"]);
    check_never_twice(|| on_gitlab(TURNS));
}

#[test]
fn two_turns_that_make_one_thing_have_no_plan() {
    let variable = "    - id: set
      action: gitlab:projectVariable:create
      each: [north, south]
      input: {repoUrl: HOST, projectId: acme/cart, key: REGION, value: '${{ each.value }}', variableType: env_var}
";
    let problems = lines(&on_gitlab(variable).plan().expect_err("one variable has two values"));
    let expected = "`set[1]/1` makes the variable `REGION`, and so does `set[0]/1`";
    assert!(problems.contains(expected), "{problems}");
    let other = variable.replace("key: REGION", "key: 'REGION_${{ each.key }}'");
    assert!(on_gitlab(&other).plan().is_ok());
}

#[test]
fn steps_make_things_in_the_project_that_a_step_before_made() {
    let company = on_gitlab(STEPS);
    let id = "‹known after apply: steps.publish.output.projectId›";
    assert_eq!(
        company.summaries(),
        [
            "makes the group `acme/shop/web` unless it is there".to_owned(),
            "creates the private project `acme/shop/web/cart`".to_owned(),
            "pushes the first commit of `acme/shop/web/cart` to branch `main`, 2 files".to_owned(),
            format!("makes the variable `GROUP` of the project `{id}`"),
            format!("opens the issue `Go live` in the project `{id}`"),
            "commits 2 files to branch `docs/next` of `acme/shop/web/cart`".to_owned(),
            "commits 1 file to branch `better-readme` of `acme/shop/web/cart`".to_owned(),
            "opens the merge request `A better readme` of branch `better-readme`".to_owned(),
        ]
    );
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    let things = company.forge.store().things.clone();
    let project = "/projects/acme/shop/web/cart";
    let group = &things["/groups/acme/shop/web"];
    assert_eq!((&group["name"], &group["path"]), (&json!("Web Shop"), &json!("web")));
    let variable = &things[&format!("{project}/variables/GROUP?\"prod/*\"")];
    assert_eq!(variable["value"], group["id"].to_string());
    let issue = &things[&format!("{project}/issues")][0];
    let description = issue["description"].as_str().expect("a text");
    assert!(description.ends_with("\n\n(Callboard request small-1, step issue)"), "{description}");
    let request = &things[&format!("{project}/merge_requests")][0];
    assert_eq!(request["target_branch"], "main");
    assert_eq!(
        (&request["assignee_id"], &request["reviewer_ids"]),
        (&json!(9002), &json!([9001, 9002]))
    );
    assert_eq!(request["labels"], "docs,small");
    let bare = company.forge.store().repository("acme/shop/web/cart.git");
    let git = |args: &[&str]| callboard_testing::git(&bare, args);
    assert_eq!(
        git(&["ls-tree", "-r", "--name-only", "docs/next"]).lines().collect::<Vec<_>>(),
        [
            ".callboard/answers.yaml",
            "README.md",
            "guide/.callboard/answers.yaml",
            "guide/README.md"
        ]
    );
    let files = git(&["diff", "--name-only", "main", "better-readme"]);
    assert_eq!(files.trim(), "guide.md");
    let log = git(&["log", "-1", "--format=%B", "better-readme"]);
    assert!(log.starts_with("A better readme\n\nCallboard-Request: small-1\n"), "{log}");
    let web = format!("http://{}/acme/shop/web/cart/-", company.forge.host());
    assert_eq!(killer.log, [format!("{web}/issues/1 {web}/merge_requests/1 main")]);

    // The project stays, because the run itself added to it.
    let error = company.undo().expect_err("refused").to_string();
    assert!(error.contains("somebody has changed `acme/shop/web/cart` since"), "{error}");
    let things = company.forge.store().things.clone();
    assert_eq!(things[&format!("{project}/merge_requests")][0]["state"], "closed");
    assert!(!things.contains_key(&format!("{project}/variables/GROUP?\"prod/*\"")));
}

#[test]
fn things_of_a_project_are_made_once_whatever_fails() {
    check_never_twice(|| on_gitlab(STEPS));
}

#[test]
fn a_branch_of_somebody_else_gets_no_commit_of_a_merge_request() {
    let steps = STEPS.replace("branchName: better-readme", "branchName: main");
    let company = on_gitlab(&steps);
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    let expected =
        "`acme/shop/web/cart` has a branch `main` already, which was not made by this request";
    assert_eq!(error, expected);
}

#[test]
fn a_pipeline_that_may_have_started_is_asked_about() {
    let company = on_gitlab(TRIGGER);
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    let pipeline = company.forge.store().things["/projects/acme/cart/pipeline"][0].clone();
    assert_eq!(pipeline["variables"], json!([{"key": "REGION", "value": "eu"}]));
    assert_eq!(killer.log, [pipeline["web_url"].as_str().expect("a text")]);
    let calls = company.forge.store().requests.iter().filter(|r| r.contains("/api")).count();

    let company = on_gitlab(TRIGGER);
    let faults = (1..calls).map(|_| None).chain([Some(ForgeFault::After(502))]);
    company.forge.store().faults = faults.collect();
    for _ in 0..2 {
        let error = company.apply(&mut Killer::default()).expect_err("nobody knows");
        assert!(matches!(error, ApplyError::Uncertain { .. }), "{error}");
    }
    let started = company.writes().iter().filter(|write| write.ends_with("/pipeline")).count();
    assert_eq!(started, 1);
}

#[test]
fn actions_that_make_tokens_are_refused_in_the_plan() {
    for action in ["gitlab:projectAccessToken:create", "gitlab:projectDeployToken:create"] {
        let steps = format!(
            "    - action: {action}\n      input: {{repoUrl: HOST, projectId: 7, name: ci, scopes: [api]}}\n"
        );
        let problems = lines(&on_gitlab(&steps).plan().expect_err("refused"));
        assert!(
            problems.contains("makes a token, and no secret may be in the record of a run"),
            "{problems}"
        );
    }
}

#[test]
fn the_settings_say_how_a_credential_is_sent() {
    for (form, way) in [
        (None, "authorization"),
        (Some(CredentialForm::PrivateToken), "private-token"),
        (Some(CredentialForm::JobToken), "job-token"),
    ] {
        let mut company = on_gitlab(
            "    - action: gitlab:group:ensureExists\n      input: {repoUrl: HOST, path: [shop]}\n",
        );
        company.settings.credentials[0].1.form = form;
        completed(company.apply(&mut Killer::default()));
        assert_eq!(company.forge.store().ways.iter().collect::<Vec<_>>(), [way]);
        assert_eq!(company.record().status, Status::Completed);
    }
}
