//! `publish:github`.

use callboard_testing::{APP_ID, APP_KEY, App, ForgeFault, github};
use serde_json::json;

use super::{Company, Killer, TOKEN, check_never_twice, completed};
use crate::{
    base::{
        environment::Secret,
        forges::Forge,
        http::{TokenSource, Url},
        origin::Origin,
    },
    forge::grants::{AppGrant, Installation},
    git::transport,
    scaffold::{ApplyError, run::Status, tests::lines},
};

const GITHUB: &str = "    - id: publish
      action: publish:github
      input:
        repoUrl: HOST?owner=acme&repo=${{ parameters.name }}
        description: The cart
        topics: [Java, Shop]
        collaborators: [{team: shop, access: push}, {user: user:default/chloe, access: admin}]
        squashMergeCommitMessage: PR_BODY
        repoVariables: {REGION: eu}
        secrets: {TOKEN: x}
    - id: log
      action: debug:log
      input: {message: 'at ${{ steps.publish.output.repoContentsUrl }}: ${{ steps.publish.output.commitHash }}'}
";

fn on_github() -> Company {
    Company::new(Forge::GitHub, github, GITHUB)
}

/// The same, where the tokens of an app's installation alone are valid.
fn on_github_as_app() -> Company {
    let mut company = on_github();
    company.forge.store().app = Some(App { owner: "acme".to_owned(), ..App::default() });
    let address = &company.forge.address;
    let source = TokenSource::new(AppGrant {
        api: Url::parse(&format!("{address}/api")).expect("a URL"),
        app: APP_ID.to_owned(),
        key: Secret::new(APP_KEY),
        installation: Installation::Of("acme".to_owned()),
    });
    let origin = Origin::parse(address).expect("an origin");
    transport::add_credential(origin, transport::Credential::fetched(source.clone()));
    company.source = Some(source);
    company
}

fn tokens(company: &Company) -> usize {
    company.forge.store().app.as_ref().expect("an app").given.len()
}

#[test]
fn an_app_of_github_makes_what_a_token_makes() {
    let company = on_github_as_app();
    completed(company.apply(&mut Killer::default()));
    assert_eq!(tokens(&company), 1, "the API and git share it");
    let whole = on_github();
    completed(whole.apply(&mut Killer::default()));
    assert_eq!(company.writes(), whole.writes());
}

#[test]
fn a_token_that_ends_in_the_middle_of_a_run_is_fetched_again() {
    let whole = on_github_as_app();
    completed(whole.apply(&mut Killer::default()));
    let requests = whole.forge.store().requests.clone();
    let is_call = |r: &&String| r.contains("/api/") && !r.contains("installation");
    let calls = requests.iter().filter(is_call).count();
    assert!(calls > 5, "{calls} calls");
    for at in 0..calls {
        let company = on_github_as_app();
        company.forge.store().faults =
            (0..at).map(|_| None).chain([Some(ForgeFault::Ended)]).collect();
        completed(company.apply(&mut Killer::default()));
        assert_eq!(company.writes(), whole.writes(), "at call {at}");
        assert_eq!(tokens(&company), 2, "at call {at}");
    }
    let company = on_github_as_app();
    company.forge.store().app.as_mut().expect("an app").ends_with_git = true;
    completed(company.apply(&mut Killer::default()));
    assert_eq!((company.writes(), tokens(&company)), (whole.writes(), 2));
}

#[test]
fn a_new_token_that_is_refused_too_ends_the_run_and_is_not_shown() {
    let company = on_github_as_app();
    // The server refuses each call, and repeats the tokens that it has given.
    company.forge.store().echo = "ghs_installation+token/0 ghs_installation%2Btoken%2F1".to_owned();
    company.forge.store().faults = [Some(ForgeFault::Echo(401)); 2].into();
    let Err(error) = company.apply(&mut Killer::default()) else { panic!("it went on") };
    assert_eq!(tokens(&company), 2, "one more is asked for, and no third");
    let text = format!("{error} {:?}", company.record());
    assert!(text.contains("answered 401") && !text.contains("ghs_"), "{text}");
}

#[test]
fn refusals_name_the_cause_and_the_way_out() {
    for (fault, said, expected) in [
        (
            ForgeFault::Echo(403),
            "Repository was archived so is read-only.",
            "the repository is archived, so that nobody can write to it: take it out of the archive",
        ),
        (ForgeFault::Echo(403), "You must verify your email address.", "is not verified"),
        (ForgeFault::Echo(403), "Sorry. Your account was suspended.", "blocked or suspended"),
        (
            ForgeFault::Echo(403),
            "Must have admin rights",
            "does the credential have the permission",
        ),
        (
            ForgeFault::Moved,
            "",
            "/api/repos/acme/cart` was renamed or moved to `acme/renamed`: use that name",
        ),
    ] {
        let company = on_github();
        company.forge.store().echo = said.to_owned();
        company.forge.store().faults = [Some(fault)].into();
        let Err(error) = company.apply(&mut Killer::default()) else { panic!("it went on") };
        let text = error.to_string();
        assert!(text.contains(said) && text.contains(expected), "{text}");
        assert!(company.writes().is_empty());
    }
}

#[test]
fn an_app_that_is_not_installed_is_refused_with_the_owner() {
    let company = on_github_as_app();
    company.forge.store().app.as_mut().expect("an app").owner = "others".to_owned();
    let Err(error) = company.apply(&mut Killer::default()) else { panic!("it went on") };
    let text = format!("{error}");
    assert!(text.contains("the app `1234` is not installed for `acme`"), "{text}");
    assert!(company.writes().is_empty());
}

#[test]
fn github_gets_a_repository_with_what_the_step_asks_for() {
    let company = on_github();
    let plan = company.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let summaries: Vec<_> = plan.effects().map(|effect| effect.summary.clone()).collect();
    assert_eq!(
        summaries,
        [
            "creates the private repository `acme/cart`",
            "pushes the first commit of `acme/cart` to branch `main`, 2 files",
            "sets of `acme/cart`: the description, the access of team `shop`, the access of `chloe`, the topics, \
             the variable `REGION`, the protection of branch `main`",
        ]
    );
    assert!(plan.effects().all(|effect| effect.secrets == ["FORGE_TOKEN"]));
    let call =
        format!("POST {}/api/orgs/acme/repos: the repository `acme/cart`", company.forge.address);
    for shown in [plan.to_text(), plan.to_markdown(60_000)] {
        assert!(shown.contains(&call), "{shown}");
    }
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    let things = company.forge.store().things.clone();
    assert_eq!(things["/repos/acme/cart"]["description"], "The cart");
    assert_eq!(things["/repos/acme/cart"]["private"], true);
    assert_eq!(things["/repos/acme/cart/topics"], json!({"names": ["java", "shop"]}));
    assert_eq!(things["/repos/acme/cart/teams"], json!([{"slug": "shop", "permission": "push"}]));
    assert_eq!(things["/repos/acme/cart/actions/variables/REGION"]["value"], "eu");
    let protection = &things["/repos/acme/cart/branches/main/protection"];
    assert_eq!(protection["required_pull_request_reviews"]["required_approving_review_count"], 1);
    let host = company.forge.host();
    assert!(
        killer.log[0].starts_with(&format!("at http://{host}/acme/cart/blob/main: ")),
        "{:?}",
        killer.log
    );
    assert_eq!(company.record().status, Status::Completed);
}

#[test]
fn github_is_changed_once_whatever_fails() {
    check_never_twice(on_github);
}

#[test]
fn a_repository_of_somebody_else_is_not_touched() {
    let company = on_github();
    {
        let mut store = company.forge.store();
        let thing = json!({"id": 77, "full_name": "acme/cart", "description": "Mine"});
        store.things.insert("/repos/acme/cart".to_owned(), thing);
    }
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert_eq!(
        error,
        "the repository `acme/cart` exists already, and was not made by this request"
    );
    assert_eq!(company.writes(), Vec::<String>::new());
}

#[test]
fn the_account_of_the_credential_makes_its_own_repositories() {
    let steps = GITHUB
        .replace("owner=acme", "owner=callboard-bot")
        .replace("{team: shop, access: push}, ", "");
    let company = Company::new(Forge::GitHub, github, &steps);
    completed(company.apply(&mut Killer::default()));
    assert!(company.writes().contains(&"POST /user/repos".to_owned()), "{:?}", company.writes());
}

#[test]
fn undoing_removes_the_repository_unless_somebody_has_changed_it() {
    let company = on_github();
    completed(company.apply(&mut Killer::default()));
    company.undo().unwrap_or_else(|error| panic!("{error}"));
    assert!(!company.forge.store().things.contains_key("/repos/acme/cart"));
    assert_eq!(company.record().status, Status::Undone);

    let company = on_github();
    completed(company.apply(&mut Killer::default()));
    let bare = company.forge.store().repository("acme/cart.git");
    let git = |args: &[&str]| callboard_testing::git(&bare, args).trim().to_owned();
    let commit = git(&["commit-tree", "-p", "main", "-m", "A change", "main^{tree}"]);
    git(&["branch", "another", &commit]);
    let error = company.undo().expect_err("refused").to_string();
    assert!(error.contains("somebody has changed `acme/cart` since"), "{error}");
    assert!(company.forge.store().things.contains_key("/repos/acme/cart"));
}

#[test]
fn a_refusal_says_which_call_and_which_permission() {
    let company = on_github();
    company.forge.store().faults = [None, None, Some(ForgeFault::Before(403))].into();
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert!(
        error.contains("POST http://") && error.contains("/api/orgs/acme/repos was answered 403"),
        "{error}"
    );
    assert!(error.contains("`Administration: write`"), "{error}");
    assert!(!error.contains(TOKEN), "{error}");
}

#[test]
fn a_host_that_only_looks_like_a_forge_is_refused_in_the_plan() {
    let steps = GITHUB.replace("HOST", "github.evil.example");
    let company = Company::new(Forge::GitHub, github, &steps);
    let problems = lines(&company.plan().expect_err("refused"));
    assert!(problems.contains("`github.evil.example` is not a host of the settings"), "{problems}");
}

const PROPOSAL: &str = "    - id: propose
      action: publish:github:pull-request
      input:
        repoUrl: HOST?owner=acme&repo=deploy
        branchName: add-${{ parameters.name }}
        title: Add ${{ parameters.name }}
        description: Please.
        targetPath: apps/${{ parameters.name }}
        reviewers: [chloe]
        teamReviewers: [platform]
        token: x
    - id: log
      action: debug:log
      input: {message: '${{ steps.propose.output.remoteUrl }} into ${{ steps.propose.output.targetBranchName }}'}
";

/// A company with a repository `acme/deploy` on GitHub that has one commit.
fn with_repository(steps: &str) -> Company {
    let company = Company::new(Forge::GitHub, github, steps);
    {
        let mut store = company.forge.store();
        store.make_repository("acme/deploy.git");
        let bare = store.repository("acme/deploy.git");
        callboard_testing::commit_all_files(&bare, &[("README.md", b"# Deployments\n")]);
        let thing = json!({"id": 5, "full_name": "acme/deploy", "default_branch": "main"});
        store.things.insert("/repos/acme/deploy".to_owned(), thing);
    }
    company
}

#[test]
fn github_gets_a_pull_request_with_the_files() {
    let company = with_repository(PROPOSAL);
    let plan = company.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let summaries: Vec<_> = plan.effects().map(|effect| effect.summary.clone()).collect();
    assert_eq!(
        summaries,
        [
            "commits 1 file to branch `add-cart` of `acme/deploy`",
            "proposes to merge `add-cart` into the default branch of `acme/deploy`",
            "asks for reviews: `chloe`, `platform`",
        ]
    );
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    let pull = {
        let store = company.forge.store();
        let bare = store.repository("acme/deploy.git");
        let files = callboard_testing::git(&bare, &["ls-tree", "-r", "--name-only", "add-cart"]);
        assert_eq!(files, "README.md\napps/cart/README.md\n");
        store.things["/repos/acme/deploy/pulls/1"].clone()
    };
    assert_eq!(pull["body"], "Please.\n\n(Callboard request small-1)");
    assert_eq!(pull["base"]["ref"], "main");
    assert!(killer.log[0].ends_with("/acme/deploy/pull/1 into main"), "{:?}", killer.log);
    company.undo().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(company.forge.store().things["/repos/acme/deploy/pulls/1"]["state"], "closed");
}

#[test]
fn github_gets_a_pull_request_once_whatever_fails() {
    check_never_twice(|| with_repository(PROPOSAL));
}

const OTHERS: &str = "    - id: environment
      action: github:environment:create
      input: {repoUrl: HOST?owner=acme&repo=deploy, name: production, waitTimer: 5, environmentVariables: {REGION: eu}}
    - action: github:webhook
      input: {repoUrl: HOST?owner=acme&repo=deploy, webhookUrl: 'https://hooks.example/x', webhookSecret: x}
    - id: issue
      action: github:issues:create
      input: {repoUrl: HOST?owner=acme&repo=deploy, title: Look at it, body: Now}
    - action: github:issues:label
      input: {repoUrl: HOST?owner=acme&repo=deploy, number: '${{ steps.issue.output.issueNumber }}', labels: [new, shop]}
    - action: github:pages:enable
      input: {repoUrl: HOST?owner=acme&repo=deploy}
    - action: github:autolinks:create
      input: {repoUrl: HOST?owner=acme&repo=deploy, keyPrefix: T-, urlTemplate: 'https://t.example/<num>'}
";

const TURNS: &str = "    - action: github:issues:create
      each: [Look at it, Look again]
      input: {repoUrl: HOST?owner=acme&repo=deploy, title: '${{ each.value }}'}
";

#[test]
fn each_turn_opens_an_issue_of_its_own() {
    let company = with_repository(TURNS);
    completed(company.apply(&mut Killer::default()));
    let issues = company.forge.store().things["/repos/acme/deploy/issues"].clone();
    let titles: Vec<_> =
        issues.as_array().expect("a list").iter().map(|i| i["title"].clone()).collect();
    assert!(titles.contains(&json!("Look at it")) && titles.contains(&json!("Look again")));
    assert_eq!(titles.len(), 2, "{titles:?}");
    check_never_twice(|| with_repository(TURNS));
}

#[test]
fn github_gets_each_environment_webhook_and_issue_once_whatever_fails() {
    let company = with_repository(OTHERS);
    completed(company.apply(&mut Killer::default()));
    let things = company.forge.store().things.clone();
    assert_eq!(
        things["/repos/acme/deploy/environments/production"]["protection_rules"][0]["wait_timer"],
        5
    );
    assert_eq!(things["/repos/acme/deploy/hooks"][0]["config"]["url"], "https://hooks.example/x");
    let issue = &things["/repos/acme/deploy/issues"][0];
    assert_eq!(issue["body"], "Now\n\n(Callboard request small-1, step issue)");
    let labels = format!("/repos/acme/deploy/issues/{}/labels", issue["number"]);
    assert_eq!(things[&labels], json!([{"name": "new"}, {"name": "shop"}]));
    check_never_twice(|| with_repository(OTHERS));
}

#[test]
fn github_starts_a_workflow_at_most_once() {
    let steps = "    - action: github:actions:dispatch
      input: {repoUrl: HOST?owner=acme&repo=deploy, workflowId: deploy.yml, branchOrTagName: main, workflowInputs: {a: b}}
";
    let company = with_repository(steps);
    completed(company.apply(&mut Killer::default()));
    let path = "/repos/acme/deploy/actions/workflows/deploy.yml/dispatches";
    assert_eq!(company.forge.store().things[path][0]["inputs"], json!({"a": "b"}));

    // The answer does not come, so that a person has to look.
    let company = with_repository(steps);
    company.forge.store().faults = [Some(ForgeFault::After(504))].into();
    let error = company.apply(&mut Killer::default()).expect_err("uncertain");
    assert!(matches!(error, ApplyError::Uncertain { .. }), "{error}");
    let error = company.apply(&mut Killer::default()).expect_err("uncertain still");
    assert!(matches!(error, ApplyError::Uncertain { .. }), "{error}");
    assert_eq!(company.writes().len(), 1);
    assert_eq!(company.forge.store().things[path].as_array().map(Vec::len), Some(1));
}

const PARTS: &str = "    - action: github:repo:create
      input: {repoUrl: HOST?owner=acme&repo=cart, description: The cart}
    - id: push
      action: github:repo:push
      input: {repoUrl: HOST?owner=acme&repo=cart}
    - action: github:branch-protection:create
      input: {repoUrl: HOST?owner=acme&repo=cart, requiredApprovingReviewCount: 2}
";

#[test]
fn github_gets_a_repository_in_parts_once_whatever_fails() {
    // One step makes the repository, and another pushes its first commit: they do not make it twice.
    let mut plans = [Company::new(Forge::GitHub, github, PARTS).plan()];
    callboard_planner::refuse_conflicts(&mut plans, &[], &[]);
    assert!(plans[0].is_ok(), "{:?}", plans[0].as_ref().err());
    check_never_twice(|| Company::new(Forge::GitHub, github, PARTS));
}
