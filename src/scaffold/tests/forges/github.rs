//! `publish:github`.

use callboard_testing::{ForgeFault, github};
use serde_json::json;

use super::{Company, Killer, TOKEN, check_never_twice, completed};
use crate::{
    base::forges::Forge,
    scaffold::{run::Status, tests::lines},
};

const GITHUB: &str = "    - id: publish
      action: publish:github
      input:
        repoUrl: HOST?owner=acme&repo=${{ parameters.name }}
        description: The cart
        topics: [Java, Shop]
        collaborators: [{team: shop, access: push}, {user: chloe, access: admin}]
        repoVariables: {REGION: eu}
        secrets: {TOKEN: x}
    - id: log
      action: debug:log
      input: {message: 'at ${{ steps.publish.output.repoContentsUrl }}: ${{ steps.publish.output.commitHash }}'}
";

fn on_github() -> Company {
    Company::new(Forge::GitHub, github, GITHUB)
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
