//! `publish:azure` and `azure:*`.

use std::cell::Cell;

use callboard_testing::{ApiRequest, ForgeFault, Handler, Portal, Store, azure, git};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::{
    Company, Killer, NOW, PlanRequests, check_never_twice, check_never_twice_with, completed,
};
use crate::{
    base::forges::Forge,
    scaffold::{
        ApplyError, Approval, World, apply,
        apply::answer,
        run::{BRANCH, Review, Status},
        tests::lines,
    },
};

pub(super) const PUBLISH: &str = "    - id: publish
      action: publish:azure
      input:
        repoUrl: HOST?organization=acme&project=Mon%20Projet&repo=${{ parameters.name }}
        description: The cart
        defaultBranch: trunk
";

pub(super) const PIPELINE: &str = "    - id: create
      action: azure:pipeline:create
      input:
        host: HOST
        organization: acme
        project: Mon Projet
        repository: ${{ parameters.name }}
        pipelineName: ${{ parameters.name }} CI
        pipelineYamlFile: azure-pipelines.yml
        pipelineFolder: team/web
        branch: trunk
    - id: permit
      action: azure:pipeline:permit
      input:
        host: HOST
        organization: acme
        project: Mon Projet
        pipelineId: ${{ steps.create.output.pipelineId }}
        resourceId: 9fd4a1f0-8c1b-4b6a-9d3e-3a0a1f1f0c11
        resourceType: endpoint
";

pub(super) const RUN: &str = "    - id: run
      action: azure:pipeline:run
      input:
        host: HOST
        organization: acme
        project: Mon Projet
        pipelineId: ${{ steps.create.output.pipelineId }}
        branch: trunk
        pollingInterval: 40
        failIfNotSuccessful: true
        templateParameters: {size: 3, name: '${{ parameters.name }}'}
    - id: log
      action: debug:log
      input:
        message: '${{ steps.run.output.pipelineRunStatus }} ${{ steps.run.output.pipelineOutput.image.value }} ${{ steps.run.output.pipelineTimeoutExceeded }}'
";

/// An organisation whose new repositories have the default branch `main` before anything is pushed.
fn with_default_branch(store: &mut Store, request: &ApiRequest) -> (u16, Value) {
    store.things.insert("/default-branch".to_owned(), "refs/heads/main".into());
    azure(store, request)
}

pub(super) fn company(handler: Handler, steps: &str) -> Company {
    Company::new(Forge::AzureDevOps, handler, steps)
}

fn published() -> Company {
    company(with_default_branch, PUBLISH)
}

/// A company that has a repository with a pipeline, for steps that begin there.
fn with_pipeline(steps: &str) -> Company {
    let steps = steps.replace("${{ steps.create.output.pipelineId }}", "77");
    let company = company(azure, &steps);
    {
        let mut store = company.forge.store();
        let cart = json!({"id": "cart-id", "name": "cart", "project": {"name": "acme/Mon Projet"}});
        store.things.insert("/acme/Mon Projet/cart".to_owned(), cart);
        let definition = json!({"id": 77, "name": "Other", "path": "\\"});
        store.things.insert("/acme/Mon Projet/definitions/77".to_owned(), definition);
    }
    company
}

fn summaries(company: &Company) -> Vec<String> {
    let plan = company.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    plan.effects().map(|effect| effect.summary.clone()).collect()
}

fn thing(company: &Company, path: &str) -> Value {
    company.forge.store().things.get(path).cloned().unwrap_or_default()
}

#[test]
fn azure_gets_a_repository_with_its_first_commit_and_default_branch() {
    let company = published();
    assert_eq!(
        summaries(&company),
        [
            "creates the repository `Mon Projet/cart`",
            "pushes the first commit of `Mon Projet/cart` to branch `trunk`, 2 files",
            "sets of `Mon Projet/cart`: the default branch `trunk`",
        ]
    );
    completed(company.apply(&mut Killer::default()));
    let repository = thing(&company, "/acme/Mon Projet/cart");
    assert_eq!(repository["defaultBranch"], "refs/heads/trunk");
    let record = company.record();
    let output = &record.steps[1].output;
    let host = company.forge.host();
    let web = format!("http://{host}/acme/Mon%20Projet/_git/cart");
    assert_eq!(output["remoteUrl"], json!(web));
    assert_eq!(output["repoContentsUrl"], json!(web));
    assert_eq!(output["repositoryId"], repository["id"]);
    assert!(output["commitHash"].as_str().is_some_and(|hash| hash.len() == 40), "{output:?}");
    assert_eq!(record.status, Status::Completed);
}

#[test]
fn a_repository_on_azure_is_made_once_whatever_fails() {
    check_never_twice(published);
}

#[test]
fn the_repository_of_another_request_is_not_touched() {
    let company = published();
    let other = json!({"id": "0b8a2c1e-7a55-4d0e-9a3b-0f4c9a3d2e11", "name": "cart", "project": {"name": "acme/Mon Projet"}});
    company.forge.store().things.insert("/acme/Mon Projet/cart".to_owned(), other);
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert_eq!(
        error,
        "the repository `Mon Projet/cart` exists already, and was not made by this request"
    );
    assert_eq!(company.writes(), Vec::<String>::new());
}

#[test]
fn undoing_deletes_pipeline_and_repository() {
    let company = company(azure, &[PUBLISH, PIPELINE].concat());
    completed(company.apply(&mut Killer::default()));
    assert!(thing(&company, "/acme/Mon Projet/cart").is_object());
    company.undo().unwrap_or_else(|error| panic!("{error}"));
    let things = company.forge.store().things.clone();
    let left: Vec<_> = things.keys().filter(|key| !key.contains("/permissions/")).collect();
    assert_eq!(left, Vec::<&String>::new());
    assert_eq!(company.record().status, Status::Undone);
}

#[test]
fn a_pipeline_is_made_and_permitted_once_whatever_fails() {
    let company = company(azure, &[PUBLISH, PIPELINE].concat());
    assert_eq!(
        summaries(&company)[3..],
        [
            "makes the pipeline `cart CI` of `acme/Mon Projet`",
            "lets pipeline ‹known after apply: steps.create.output.pipelineId› of `acme/Mon Projet` use endpoint \
             9fd4a1f0-8c1b-4b6a-9d3e-3a0a1f1f0c11",
        ]
    );
    check_never_twice(|| with_pipeline(PIPELINE));
}

/// Goes on with a run; where nobody but a person knows whether the pipeline was started, the fake says it.
fn go_on(company: &Company) {
    let uncertain = match company.apply(&mut Killer::default()) {
        Err(ApplyError::Uncertain { effect, .. }) => effect,
        outcome => return completed(outcome),
    };
    assert_eq!(uncertain, "run/1");
    let things = company.forge.store().things.clone();
    let run = things.iter().find(|(key, _)| key.contains("/runs/")).map(|(_, run)| run);
    let output = run.map(|run| {
        let output =
            json!({"pipelineRunId": run["id"], "pipelineRunUrl": run["_links"]["web"]["href"]});
        output.as_object().cloned().expect("a map")
    });
    let answered = company.in_world(|world| answer(world, "small-1", &uncertain, output.as_ref()));
    answered.unwrap_or_else(|error| panic!("{error}"));
    completed(company.apply(&mut Killer::default()));
}

#[test]
fn a_pipeline_is_started_once_and_waited_for() {
    let company = company(azure, &[PUBLISH, PIPELINE, RUN].concat());
    assert_eq!(
        summaries(&company)[5..],
        [
            "starts pipeline ‹known after apply: steps.create.output.pipelineId› of `acme/Mon Projet` on `trunk`",
            "waits until that run has ended, 21600 seconds at most",
        ]
    );
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    let log = ["waits until the run of the pipeline has ended", "succeeded cart:1 false"];
    assert_eq!(killer.log, log);
    let things = company.forge.store().things.clone();
    let (_, run) = things.iter().find(|(key, _)| key.contains("/runs/")).expect("a run");
    assert_eq!(run["templateParameters"], json!({"size": "3", "name": "cart"}));
    assert_eq!(run["resources"]["repositories"]["self"]["refName"], "refs/heads/trunk");
    check_never_twice_with(|| with_pipeline(RUN), go_on);
}

#[test]
fn the_lease_is_renewed_while_a_run_is_waited_for() {
    let company = with_pipeline(&RUN.replace("pollingInterval: 40", "pollingInterval: 2000"));
    let clock = Cell::new(NOW.parse::<Timestamp>().expect("a time"));
    let outcome = company.in_world(|world| {
        let world = World {
            clock: &|| clock.get(),
            pause: &|time| clock.set(clock.get() + time),
            review: Review::default(),
            ..*world
        };
        let (catalog, request) = (company.portal.catalog(), company.portal.request("small-1"));
        apply(&world, &catalog, &request, Approval::Any, &mut Killer::default())
    });
    completed(outcome);
    let waited = clock.get().duration_since(NOW.parse().expect("a time")).as_secs();
    assert_eq!(waited, 4000);
    // Half of the 15 minutes of a lease is over nine times.
    let log = company.portal.git(&["log", "--format=%s", BRANCH]);
    let renewals = log.lines().filter(|line| line.ends_with("goes on")).count();
    assert!((8..=9).contains(&renewals), "{renewals} renewals:\n{log}");
}

#[test]
fn a_server_that_does_not_answer_for_a_while_does_not_end_the_wait() {
    let company = with_pipeline(RUN);
    let failure = Some(ForgeFault::Before(503));
    // The first request starts the pipeline.
    company.forge.store().faults = std::iter::once(None).chain([failure; 5]).collect();
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    let log = ["waits until the run of the pipeline has ended", "succeeded cart:1 false"];
    assert_eq!(killer.log, log);
}

#[test]
fn a_run_that_fails_or_goes_on_for_too_long_says_so_and_is_not_started_again() {
    let failing = company(azure, &[PUBLISH, PIPELINE, RUN].concat());
    failing.forge.store().things.insert("/result".to_owned(), "failed".into());
    for _ in 0..2 {
        let error = failing.apply(&mut Killer::default()).expect_err("failed").to_string();
        assert!(error.contains("has not ended as it must: failed"), "{error}");
    }
    let starts = |company: &Company| {
        company.writes().iter().filter(|write| write.ends_with("/runs")).count()
    };
    assert_eq!(starts(&failing), 1);

    let steps = [PUBLISH, PIPELINE, RUN]
        .concat()
        .replace("failIfNotSuccessful: true", "pipelineTimeout: 40");
    let long = company(azure, &steps);
    let mut killer = Killer::default();
    completed(long.apply(&mut killer));
    assert_eq!(killer.log.last().map(String::as_str), Some("unknown  true"));
    assert_eq!(starts(&long), 1);
}

#[test]
fn a_run_that_nobody_waits_for_is_started_only() {
    let steps = [PUBLISH, PIPELINE, RUN].concat();
    let steps =
        steps.replace("        pollingInterval: 40\n        failIfNotSuccessful: true\n", "");
    let company = company(azure, &steps);
    completed(company.apply(&mut Killer::default()));
    let record = company.record();
    let output = &record.steps[4].output;
    assert_eq!(output["pipelineRunStatus"], "unknown");
    assert_eq!(output["pipelineTimeoutExceeded"], false);
    assert!(output["pipelineRunId"].is_u64(), "{output:?}");
}

const PULL_REQUEST: &str = "    - id: ask
      action: azure:pr:create
      input:
        server: HOST
        organization: acme
        project: Mon Projet
        repoName: shop
        sourceBranch: feat/cart
        title: Add the cart
        description: It is there.
        autoComplete: true
        workItemId: 7
";

/// A company that has a repository with an older pull request of the same branch.
pub(super) fn with_shop() -> Company {
    let company = company(azure, PULL_REQUEST);
    {
        let mut store = company.forge.store();
        let shop = json!({"id": "shop-id", "name": "shop", "project": {"name": "acme/Mon Projet"}});
        store.things.insert("/acme/Mon Projet/shop".to_owned(), shop);
        let older = json!({"pullRequestId": 1, "status": "abandoned", "description": "(Callboard request small-0)",
            "sourceRefName": "refs/heads/feat/cart", "targetRefName": "refs/heads/main"});
        store.things.insert("/acme/Mon Projet/shop/pullrequests/1".to_owned(), older);
        store.number();
    }
    company
}

#[test]
fn a_pull_request_is_made_once_and_abandoned_when_it_is_undone() {
    let company = with_shop();
    assert_eq!(
        summaries(&company),
        [
            "asks to merge `feat/cart` into `main` of `acme/Mon Projet/shop`",
            "sets that it merges by itself"
        ]
    );
    completed(company.apply(&mut Killer::default()));
    let made = thing(&company, "/acme/Mon Projet/shop/pullrequests/2");
    assert_eq!(made["description"], "(Callboard request small-1)\n\nIt is there.");
    assert_eq!(made["workItemRefs"], json!([{"id": "7"}]));
    assert_eq!(made["autoCompleteSetBy"]["id"], made["createdBy"]["id"]);
    company.undo().unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(thing(&company, "/acme/Mon Projet/shop/pullrequests/2")["status"], "abandoned");
    check_never_twice(with_shop);
}

#[test]
fn the_path_of_a_company_ends_in_the_catalog() {
    let register = "    - action: catalog:register
      input:
        repoContentsUrl: ${{ steps.publish.output.repoContentsUrl }}
        catalogInfoPath: /catalog-info.yaml
";
    let company = company(azure, &[PUBLISH, PIPELINE, RUN, register].concat());
    company.portal.write(
        "scaffolds/templates/small/skeleton/catalog-info.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart}\n\
         spec: {type: service, lifecycle: production, owner: group:default/team-cart}\n",
    );
    let pipeline = "trigger: [main]\nsteps: [{script: make}]\n";
    company.portal.write("scaffolds/templates/small/skeleton/azure-pipelines.yml", pipeline);
    completed(company.apply(&mut Killer::default()));
    let file = "catalog-data/entities/registered/component/default/cart.yaml";
    let entity = company.portal.read(file);
    let host = company.forge.host();
    let location = format!("url:http://{host}/acme/Mon%20Projet/_git/cart?path=%2F");
    for (annotation, end) in [("managed-by-location", "catalog-info.yaml"), ("source-location", "")]
    {
        let line = format!("backstage.io/{annotation}: {location}{end}\n");
        assert!(entity.contains(&line), "{line}\n{entity}");
    }
    assert_eq!(company.record().status, Status::Completed);
}

#[test]
fn a_wrong_token_that_gets_the_page_for_signing_in_is_a_refusal() {
    let company = published();
    company.forge.store().faults = [Some(ForgeFault::Before(203))].into();
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    let expected = "_apis/git/repositories/cart?api-version=… was answered 401; the credential is missing, wrong or expired";
    assert!(error.contains(expected), "{error}");
    company.forge.store().faults = [None, Some(ForgeFault::Before(403))].into();
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert!(error.contains("the permission `Code: read, write and manage`"), "{error}");
}

const PUSH: &str = "    - id: push
      action: azure:repository:push
      input:
        remoteUrl: http://HOST/acme/Mon%20Projet/_git/shop
        branch: feat/cart
        gitCommitMessage: Add the cart
";

/// A company that has a repository with one file on its branch `main`.
fn with_files(steps: &str) -> Company {
    let company = company(azure, steps);
    let bare = {
        let mut store = company.forge.store();
        let shop = json!({"id": "shop-id", "name": "shop", "project": {"name": "acme/Mon Projet"}});
        store.things.insert("/acme/Mon Projet/shop".to_owned(), shop);
        store.make_repository("acme/Mon Projet/shop.git");
        store.repository("acme/Mon Projet/shop.git")
    };
    let folder = Portal::empty().with("LICENSE", "mine").with("README.md", "old");
    folder.commit("Start");
    folder.git(&["push", "--quiet", bare.to_str().expect("UTF-8"), "main"]);
    company
}

#[test]
fn files_are_added_to_a_branch_once() {
    let made = || with_files(&[PUSH, PULL_REQUEST].concat());
    let company = made();
    assert_eq!(
        summaries(&company)[0],
        "commits 1 file to branch `feat/cart` of `acme/Mon Projet/shop`"
    );
    completed(company.apply(&mut Killer::default()));
    let bare = company.forge.store().repository("acme/Mon Projet/shop.git");
    assert_eq!(git(&bare, &["ls-tree", "-r", "--name-only", "feat/cart"]), "LICENSE\nREADME.md\n");
    assert_eq!(git(&bare, &["show", "feat/cart:README.md"]), "# \n");
    assert_eq!(git(&bare, &["log", "--format=%s", "main..feat/cart"]), "Add the cart\n");
    let message = git(&bare, &["log", "-1", "--format=%B", "feat/cart"]);
    assert!(message.contains("Callboard-Request: small-1\nCallboard-Effect: push/1"), "{message}");
    let hash = git(&bare, &["rev-parse", "feat/cart"]);
    assert_eq!(company.record().steps[1].output["commitHash"], json!(hash.trim()));
    check_never_twice(made);
}

#[test]
fn a_push_keeps_what_others_have_pushed_meanwhile() {
    let company = with_files(PUSH);
    let mut killer = Killer { at: Some(5), ..Killer::default() };
    let mut at = 5;
    // The run is stopped behind the push, before its end is recorded.
    let bare = company.forge.store().repository("acme/Mon Projet/shop.git");
    while git(&bare, &["for-each-ref", "refs/heads/feat"]).is_empty() {
        company.apply(&mut killer).expect_err("killed");
        at += 1;
        killer = Killer { at: Some(at), ..Killer::default() };
    }
    let folder = Portal::empty();
    folder.init();
    folder.git(&["pull", "--quiet", bare.to_str().expect("UTF-8"), "feat/cart"]);
    folder.write("theirs", "x");
    folder.commit("Theirs");
    folder.git(&["push", "--quiet", bare.to_str().expect("UTF-8"), "HEAD:feat/cart"]);
    completed(company.apply(&mut Killer::default()));
    assert_eq!(git(&bare, &["log", "--format=%s", "feat/cart"]), "Theirs\nAdd the cart\nStart\n");
}
