//! `publish:gitea` and `publish:gitea:pull-request`.

use callboard_testing::{ForgeFault, gitea};
use serde_json::json;

use super::{Company, Killer, check_never_twice, completed};
use crate::base::forges::Forge;

const STEPS: &str = "    - id: publish
      action: publish:gitea
      input:
        repoUrl: HOST?owner=acme&repo=${{ parameters.name }}
        description: The cart
        repoVisibility: public
        signCommit: true
    - id: log
      action: debug:log
      input: {message: 'at ${{ steps.publish.output.repoContentsUrl }} ${{ steps.publish.output.remoteUrl }}'}
";

fn on_gitea() -> Company {
    Company::new(Forge::Gitea, gitea, STEPS)
}

#[test]
fn gitea_gets_a_repository_whose_mark_goes_in_the_end() {
    let company = on_gitea();
    assert_eq!(
        company.summaries(),
        [
            "creates the public repository `acme/cart`",
            "pushes the first commit of `acme/cart` to branch `main`, 2 files",
            "sets of `acme/cart`: the description",
        ]
    );
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    let thing = company.forge.store().things["/repos/acme/cart"].clone();
    assert_eq!((&thing["description"], &thing["private"]), (&json!("The cart"), &json!(false)));
    let web = format!("http://{}/acme/cart", company.forge.host());
    assert_eq!(killer.log, [format!("at {web}/src/branch/main {web}.git")]);
    company.undo().unwrap_or_else(|error| panic!("{error}"));
    assert!(!company.forge.store().things.contains_key("/repos/acme/cart"));
}

#[test]
fn gitea_is_changed_once_whatever_fails() {
    check_never_twice(on_gitea);
}

#[test]
fn the_account_of_the_credential_makes_its_own_repositories() {
    let steps = STEPS.replace("owner=acme", "owner=callboard-bot");
    let company = Company::new(Forge::Gitea, gitea, &steps);
    completed(company.apply(&mut Killer::default()));
    assert!(company.writes().contains(&"POST /user/repos".to_owned()), "{:?}", company.writes());
}

#[test]
fn a_repository_of_somebody_else_is_not_touched() {
    let company = on_gitea();
    let thing = json!({"id": 77, "full_name": "acme/cart", "description": "Mine"});
    company.forge.store().things.insert("/repos/acme/cart".to_owned(), thing);
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert_eq!(
        error,
        "the repository `acme/cart` exists already, and was not made by this request"
    );
    assert_eq!(company.writes(), Vec::<String>::new());
}

/// Gitea takes a wrong token for none, so that a private repository is not there for it.
#[test]
fn a_wrong_token_does_not_make_a_name_free() {
    let company = on_gitea();
    let thing = json!({"id": 77, "full_name": "acme/cart", "description": "Mine", "private": true});
    {
        let mut store = company.forge.store();
        store.things.insert("/repos/acme/cart".to_owned(), thing);
        store.token = Some("another".to_owned());
    }
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert!(
        error.contains("GET http://") && error.contains("/api/user was answered 401"),
        "{error}"
    );
    assert!(company.forge.store().calls.is_empty(), "nothing was tried");
    company.forge.store().token = Some(super::TOKEN.to_owned());
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert!(error.contains("exists already"), "{error}");
}

#[test]
fn a_refusal_says_which_call_and_which_permission() {
    let company = on_gitea();
    company.forge.store().faults = [None, None, None, Some(ForgeFault::Before(403))].into();
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert!(error.contains("/api/orgs/acme/repos was answered 403"), "{error}");
    assert!(error.contains("`write:organization` and `write:repository`"), "{error}");
}

const PROPOSAL: &str = "    - id: propose
      action: publish:gitea:pull-request
      input:
        repoUrl: HOST?owner=acme&repo=deploy
        branchName: add-${{ parameters.name }}
        title: Add ${{ parameters.name }}
        description: Please.
        targetPath: apps/${{ parameters.name }}
        draft: true
        reviewers: [chloe]
        assignees: [chloe]
    - id: log
      action: debug:log
      input: {message: '${{ steps.propose.output.remoteUrl }} into ${{ steps.propose.output.targetBranchName }}'}
";

/// A company with a repository `acme/deploy` on Gitea that has one commit.
fn with_repository() -> Company {
    let company = Company::new(Forge::Gitea, gitea, PROPOSAL);
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
fn gitea_gets_a_pull_request_with_the_files() {
    let company = with_repository();
    assert_eq!(
        company.summaries(),
        [
            "commits 1 file to branch `add-cart` of `acme/deploy`",
            "proposes to merge `add-cart` into the default branch of `acme/deploy`",
            "asks for reviews: `chloe`",
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
    assert_eq!(pull["title"], "WIP: Add cart");
    assert_eq!(pull["body"], "Please.\n\n(Callboard request small-1)");
    assert_eq!(
        (&pull["base"]["ref"], &pull["assignees"]),
        (&json!("main"), &json!([{"login": "chloe"}]))
    );
    assert_eq!(pull["requested_reviewers"], json!([{"login": "chloe"}]));
    assert!(killer.log[0].ends_with("/acme/deploy/pulls/1 into main"), "{:?}", killer.log);
    company.undo().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(company.forge.store().things["/repos/acme/deploy/pulls/1"]["state"], "closed");
}

#[test]
fn gitea_gets_a_pull_request_once_whatever_fails() {
    check_never_twice(with_repository);
}

#[test]
fn a_branch_that_gitea_has_not_seen_yet_is_waited_for() {
    let proposals = |company: &Company| -> Vec<usize> {
        let store = company.forge.store();
        let calls = store.requests.iter().filter(|request| request.contains("/api")).enumerate();
        let posts = calls.filter(|(_, r)| r.starts_with("POST") && r.ends_with("/pulls"));
        posts.map(|(at, _)| at).collect()
    };
    let whole = with_repository();
    completed(whole.apply(&mut Killer::default()));
    let company = with_repository();
    let faults = (0..proposals(&whole)[0]).map(|_| None);
    let faults = faults.chain([Some(ForgeFault::Before(404))]).collect();
    company.forge.store().faults = faults;
    completed(company.apply(&mut Killer::default()));
    assert_eq!(proposals(&company).len(), 2);
}
