//! `publish:gitlab` and `gitlab:*`.

use callboard_testing::gitlab;
use serde_json::json;

use super::{Company, Killer, check_never_twice, completed};
use crate::base::forges::Forge;

const PUBLISH: &str = "    - id: publish
      action: publish:gitlab
      input:
        repoUrl: HOST?owner=acme&repo=${{ parameters.name }}
        repoVisibility: internal
        topics: [shop]
        settings: {description: The cart, merge_method: ff, visibility: private}
        branches: [{name: release/1, create: true, protect: true}, {name: main, protect: true}]
        projectVariables:
          - {key: REGION, value: eu, protected: true}
          - {key: REGION, value: us, environment_scope: us/*}
          - {key: PASSWORD, value: secret-1, masked_and_hidden: true}
        setUserAsOwner: true
        ownerUsername: chloe
    - id: log
      action: debug:log
      input: {message: '${{ steps.publish.output.repoContentsUrl }} ${{ steps.publish.output.projectId }}'}
";

fn on_gitlab(steps: &str) -> Company {
    Company::new(Forge::GitLab, gitlab, steps)
}

#[test]
fn gitlab_gets_a_project_with_what_the_step_asks_for() {
    let company = on_gitlab(PUBLISH);
    assert_eq!(
        company.summaries(),
        [
            "creates the private project `acme/cart`",
            "pushes the first commit of `acme/cart` to branch `main`, 2 files",
            "sets of `acme/cart`: the description, the branch `release/1`, the protection of branch `release/1`, the \
             protection of branch `main`, the variable `REGION`, the variable `REGION`, the variable `PASSWORD`, the \
             credential as owner, `chloe` as owner",
        ]
    );
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    let things = company.forge.store().things.clone();
    let project = &things["/projects/acme/cart"];
    assert_eq!(project["description"], "The cart");
    assert_eq!((&project["visibility"], &project["topics"]), (&json!("private"), &json!(["shop"])));
    assert_eq!(project["merge_method"], "ff");
    assert_eq!(project["permissions"]["project_access"]["access_level"], 50);
    assert!(things.contains_key("/projects/acme/cart/protected_branches/release/1"));
    assert_eq!(things["/projects/acme/cart/variables/REGION?\"us/*\""]["value"], "us");
    let hidden = &things["/projects/acme/cart/variables/PASSWORD?\"*\""];
    assert_eq!((&hidden["masked"], &hidden["hidden"]), (&json!(true), &json!(true)));
    let web = format!("http://{}/acme/cart", company.forge.host());
    assert_eq!(killer.log, [format!("{web}/-/blob/main {}", project["id"])]);
    company.undo().unwrap_or_else(|error| panic!("{error}"));
    assert!(company.forge.store().things.is_empty());
}

#[test]
fn gitlab_is_changed_once_whatever_fails() {
    check_never_twice(|| on_gitlab(PUBLISH));
}

#[test]
fn a_project_of_somebody_else_is_not_touched() {
    let company = on_gitlab(PUBLISH);
    let thing = json!({"id": 77, "path_with_namespace": "acme/cart", "description": "Mine"});
    company.forge.store().things.insert("/projects/acme/cart".to_owned(), thing);
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert_eq!(error, "the project `acme/cart` exists already, and was not made by this request");
    assert_eq!(company.writes(), Vec::<String>::new());
}

#[test]
fn a_group_that_does_not_exist_is_named() {
    let company = on_gitlab(&PUBLISH.replace("owner=acme", "owner=acme/nobody"));
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    let expected =
        "the group or user `acme/nobody` does not exist, or the credential may not see it";
    assert_eq!(error, expected);
    assert_eq!(company.writes(), Vec::<String>::new());
}

#[test]
fn the_path_of_a_project_may_be_another_than_its_name() {
    for (settings, name) in
        [("path: cart-api", "cart"), ("path: cart-api, name: The Cart", "The Cart")]
    {
        let company =
            on_gitlab(&PUBLISH.replace("{description", &format!("{{{settings}, description")));
        completed(company.apply(&mut Killer::default()));
        let project = company.forge.store().things["/projects/acme/cart-api"].clone();
        assert_eq!(project["name"], name);
    }
}
