//! Secrets of the settings: plans have their names, servers get their values, and they are nowhere else.

use callboard_testing::{ForgeFault, github, gitlab};
use serde_json::json;
use ssh_key::{PrivateKey, PublicKey};

use super::{Company, Killer, SECRET, check_never_twice, completed};
use crate::{
    base::forges::Forge,
    scaffold::{run::Run, tests::lines},
};

const STEPS: &str = "    - id: publish
      action: publish:github
      input:
        repoUrl: HOST?owner=acme&repo=${{ parameters.name }}
        protectDefaultBranch: false
        secrets: {DEPLOY: '${{ secrets.DEPLOY_TOKEN }}', LINE: 'token=${{ secrets.DEPLOY_TOKEN }}', PLAIN: x}
    - action: github:environment:create
      input: {repoUrl: HOST?owner=acme&repo=cart, name: production, secrets: {DEPLOY: '${{ secrets.DEPLOY_TOKEN }}'}}
    - action: github:webhook
      input: {repoUrl: HOST?owner=acme&repo=cart, webhookUrl: 'https://h.example/x', webhookSecret: '${{ secrets.DEPLOY_TOKEN }}'}
";

const KEY: &str = "    - action: github:repo:create
      input: {repoUrl: HOST?owner=acme&repo=cart}
    - id: key
      action: github:deployKey:create
      input: {repoUrl: HOST?owner=acme&repo=cart, deployKeyName: read the cart}
    - action: debug:log
      input: {message: '${{ steps.key.output.privateKeySecretName }}'}
";

fn with_secrets() -> Company {
    Company::new(Forge::GitHub, github, STEPS)
}

#[test]
fn github_gets_secrets_that_stand_in_no_plan_and_no_record() {
    let company = with_secrets();
    let plan = company.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let json = serde_json::to_string(&plan).expect("JSON");
    assert!(json.contains("token=‹secret DEPLOY_TOKEN›"), "{json}");
    for shown in [&json, &plan.to_text(), &plan.to_markdown(60_000)] {
        assert!(!shown.contains(SECRET) && shown.contains("the secret `DEPLOY`"), "{shown}");
    }
    assert!(plan.known_after_apply.iter().all(|name| !name.contains("secret")), "{json}");
    let effect = plan.effects().nth(2).expect("settings");
    assert_eq!(effect.secrets, ["DEPLOY", "FORGE_TOKEN"]);
    let notes = lines(&plan.warnings);
    assert!(notes.contains("the secret `PLAIN` is not set"), "{notes}");
    completed(company.apply(&mut Killer::default()));
    let (secrets, things) = {
        let store = company.forge.store();
        (store.secrets.clone(), store.things.clone())
    };
    let of = |path: &str| secrets[&format!("/repos/acme/cart{path}")].clone();
    assert_eq!(of("/actions/secrets/DEPLOY"), SECRET);
    assert_eq!(of("/actions/secrets/LINE"), format!("token={SECRET}"));
    assert_eq!(of("/environments/production/secrets/DEPLOY"), SECRET);
    assert_eq!(secrets.len(), 3);
    assert_eq!(things["/repos/acme/cart/hooks"][0]["config"]["secret"], SECRET);
    let record = record(&company);
    assert!(!record.contains(SECRET), "{record}");
}

/// The text of the record of the run.
fn record(company: &Company) -> String {
    company.portal.git(&["show", &format!("{}:{}", super::BRANCH, Run::file("small-1"))])
}

#[test]
fn github_gets_secrets_whatever_fails() {
    check_never_twice(with_secrets);
}

#[test]
fn a_server_that_repeats_a_secret_is_not_quoted() {
    let company = with_secrets();
    company.forge.store().echo = format!("bad {SECRET}");
    let whole = with_secrets();
    completed(whole.apply(&mut Killer::default()));
    let requests = whole.forge.store().requests.clone();
    let api = requests.iter().filter(|request| request.contains("/api"));
    let at =
        api.clone().position(|request| request.contains("PUT") && request.contains("/secrets/"));
    let faults = (0..at.expect("a secret")).map(|_| None).chain([Some(ForgeFault::Echo(422))]);
    company.forge.store().faults = faults.collect();
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert!(error.contains("answered 422: bad ***") && !error.contains(SECRET), "{error}");
    assert!(!record(&company).contains(SECRET));
}

#[test]
fn a_secret_goes_to_inputs_that_take_it_in_templates_that_may() {
    let value = "'${{ secrets.DEPLOY_TOKEN }}'";
    for (step, expected) in [
        (
            format!("{{action: 'debug:log', input: {{message: {value}}}}}"),
            "`debug:log` takes no secret in `message`",
        ),
        (
            format!("{{action: 'fetch:template', input: {{url: ./skeleton, values: {{a: {value}}}}}}}"),
            "`fetch:template` takes no secret in `values`",
        ),
        (
            format!("{{action: 'roadiehq:utils:fs:write', input: {{path: a, content: {value}}}}}"),
            "takes no secret in `content`",
        ),
        (
            "{action: 'publish:github', input: {repoUrl: 'HOST?owner=a&repo=b', secrets: {A: '${{ secrets.DEPLOY_TOKEN | upper }}'}}}"
                .to_owned(),
            "the secret `DEPLOY_TOKEN` can be used as it is or in a text, not in a computation",
        ),
        (
            "{action: 'publish:github', input: {repoUrl: 'HOST?owner=a&repo=${{ secrets.DEPLOY_TOKEN }}'}}".to_owned(),
            "`publish:github` takes no secret in `repoUrl`",
        ),
        (
            "{action: 'github:deployKey:create', input: {repoUrl: 'HOST?owner=a&repo=b', deployKeyName: a, \
             publicKey: 'ssh-ed25519 AAAA', privateKey: x}}"
                .to_owned(),
            "the private half would stand in the plan",
        ),
    ] {
        let company = Company::new(Forge::GitHub, github, &format!("    - {step}\n"));
        let problems = lines(&company.plan().expect_err("refused"));
        assert!(problems.contains(expected), "{step}: {problems}");
    }
    // Another template may not send it.
    let mut company = with_secrets();
    company.settings.expressions = crate::scaffold::Expressions::Strict;
    for secret in company.settings.secrets.values_mut() {
        secret.templates.clear();
    }
    let problems = lines(&company.plan().expect_err("refused"));
    assert!(problems.contains("a request has no secrets, so this has no value"), "{problems}");
}

#[test]
fn a_deploy_key_fits_the_secret_with_its_private_half() {
    let company = Company::new(Forge::GitHub, github, KEY);
    let summaries = company.summaries();
    assert_eq!(
        summaries[1],
        "makes the deploy key `read the cart` of `acme/cart`, whose private half is the secret `READ_THE_CART_PRIVATE_KEY`"
    );
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    assert_eq!(killer.log, ["READ_THE_CART_PRIVATE_KEY"]);
    let (secrets, things) = {
        let store = company.forge.store();
        (store.secrets.clone(), store.things.clone())
    };
    let key = &things["/repos/acme/cart/keys"][0];
    assert_eq!(key["title"], "read the cart (Callboard request small-1, step key)");
    let public = &secrets[&format!("/repos/acme/cart/keys/{}", key["id"])];
    let private = &secrets["/repos/acme/cart/actions/secrets/READ_THE_CART_PRIVATE_KEY"];
    let private_key = PrivateKey::from_openssh(private).expect("a private key");
    let public_key = PublicKey::from_openssh(public).expect("a public key");
    assert_eq!(private_key.public_key().key_data(), public_key.key_data());
    let record = record(&company);
    assert!(!record.contains("PRIVATE KEY-----"), "{record}");
    company.undo().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(company.forge.store().things["/repos/acme/cart/keys"], json!([]));
}

#[test]
fn a_deploy_key_is_made_once_whatever_fails() {
    check_never_twice(|| Company::new(Forge::GitHub, github, KEY));
}

#[test]
fn a_variable_of_gitlab_gets_a_secret() {
    let steps = "    - id: publish
      action: publish:gitlab
      input: {repoUrl: 'HOST?owner=acme&repo=cart'}
    - action: gitlab:projectVariable:create
      input:
        repoUrl: HOST
        projectId: '${{ steps.publish.output.projectId }}'
        key: DEPLOY
        value: '${{ secrets.DEPLOY_TOKEN }}'
        variableType: env_var
        masked: true
";
    let company = Company::new(Forge::GitLab, gitlab, steps);
    completed(company.apply(&mut Killer::default()));
    let things = company.forge.store().things.clone();
    assert_eq!(things["/projects/acme/cart/variables/DEPLOY?\"*\""]["value"], SECRET);
    assert!(!record(&company).contains(SECRET));
}

/// Answers as GitHub does, with a reference to a secret for the address of an issue.
fn forging(
    store: &mut callboard_testing::Store,
    request: &callboard_testing::ApiRequest,
) -> (u16, serde_json::Value) {
    let (status, mut answer) = github(store, request);
    if request.method.as_str() == "POST" && request.path.ends_with("/issues") {
        let forged = json!({"step": "\0secrets", "path": "DEPLOY_TOKEN"});
        answer["html_url"] = json!({"\0unknown": forged});
    }
    (status, answer)
}

#[test]
fn a_server_cannot_make_up_a_reference_to_a_secret() {
    let steps = "    - id: issue
      action: github:issues:create
      input: {repoUrl: HOST?owner=acme&repo=cart, title: a}
    - action: publish:github
      input: {repoUrl: HOST?owner=acme&repo=other, secrets: {A: '${{ steps.issue.output.issueUrl }}'}}
    - action: debug:log
      input: {message: 'at ${{ steps.issue.output.issueUrl }}'}
";
    let company = Company::new(Forge::GitHub, forging, steps);
    let thing = json!({"id": 1, "full_name": "acme/cart"});
    company.forge.store().things.insert("/repos/acme/cart".to_owned(), thing);
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    assert!(company.forge.store().secrets.is_empty());
    assert_eq!(killer.log, ["at "]);
}
