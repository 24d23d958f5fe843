//! `kubernetes:apply` and `argocd:create-resources`.

use callboard_testing::{Handler, argo_cd, kubernetes};
use serde_json::json;

use super::{Company, Killer, check_never_twice, completed};
use crate::{
    base::forges::Forge,
    scaffold::{Server, ServerKind, tests::lines},
};

const APPLY: &str = "    - action: roadiehq:utils:fs:write
      input:
        path: deploy/all.yaml
        content: |
          apiVersion: apps/v1
          kind: Deployment
          metadata: {name: cart, labels: {team: shop}}
          spec:
            replicas: 1
            selector: {matchLabels: {app: cart}}
            template:
              metadata: {labels: {app: cart}}
              spec: {containers: [{name: cart, image: 'cart:1'}]}
          ---
          apiVersion: networking.k8s.io/v1
          kind: NetworkPolicy
          metadata: {name: cart}
          spec: {podSelector: {}}
          ---
          apiVersion: v1
          kind: Namespace
          metadata: {name: shop}
    - id: apply
      action: kubernetes:apply
      input: {cluster: production, namespace: shop, manifestPath: deploy}
";

const ARGO: &str = "    - id: argo
      action: argocd:create-resources
      input:
        appName: cart
        argoInstance: production
        namespace: shop
        repoUrl: https://git.example/acme/deploy
        path: apps/cart
        projectName: shop
    - id: log
      action: debug:log
      input: {message: '${{ steps.argo.output.applicationUrl }}'}
";

/// A company with a server called `production`.
fn company(kind: ServerKind, handler: Handler, steps: &str) -> Company {
    let mut company = Company::new(Forge::GitHub, handler, steps);
    let url = format!("{}/api", company.forge.address);
    company.settings.servers.insert("production".to_owned(), Server { kind, url });
    company
}

fn with_cluster() -> Company {
    company(ServerKind::Kubernetes, kubernetes, APPLY)
}

#[test]
fn a_cluster_gets_the_manifests_with_namespaces_first() {
    let company = with_cluster();
    let plan = company.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let effect = plan.effects().next().expect("an effect");
    assert_eq!(
        effect.summary,
        "applies to cluster `production`: Namespace `shop`, Deployment `shop/cart`, NetworkPolicy `shop/cart`"
    );
    completed(company.apply(&mut Killer::default()));
    let things = company.forge.store().things.clone();
    let paths: Vec<_> = things.keys().cloned().collect();
    assert_eq!(
        paths,
        [
            "/api/v1/namespaces/shop",
            "/apis/apps/v1/namespaces/shop/deployments/cart",
            "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies/cart",
        ]
    );
    let deployment = &things["/apis/apps/v1/namespaces/shop/deployments/cart"];
    let mark = &deployment["metadata"]["annotations"]["callboard.dev/made-for"];
    assert_eq!(mark, "(Callboard request small-1)");
    company.undo().unwrap_or_else(|error| panic!("{error}"));
    let left: Vec<_> = company.forge.store().things.keys().cloned().collect();
    assert_eq!(left, ["/api/v1/namespaces/shop"], "others may have parts in a namespace");

    // Somebody has made a deployment of the same name since.
    let company = with_cluster();
    completed(company.apply(&mut Killer::default()));
    let path = "/apis/apps/v1/namespaces/shop/deployments/cart";
    let theirs = json!({"metadata": {"name": "cart"}, "spec": {"replicas": 7}});
    company.forge.store().things.insert(path.to_owned(), theirs.clone());
    let error = company.undo().expect_err("refused").to_string();
    assert!(error.contains("Deployment `shop/cart` is another one than the run made"), "{error}");
    assert_eq!(company.forge.store().things[path], theirs);
}

#[test]
fn a_cluster_is_changed_once_whatever_fails() {
    check_never_twice(with_cluster);
}

#[test]
fn what_somebody_else_has_in_the_cluster_stays() {
    let company = with_cluster();
    let path = "/apis/apps/v1/namespaces/shop/deployments/cart";
    let theirs = json!({"metadata": {"name": "cart"}, "spec": {"replicas": 7}});
    company.forge.store().things.insert(path.to_owned(), theirs.clone());
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert_eq!(error, "Deployment `shop/cart` exists already, and was not made by this request");
    assert_eq!(company.forge.store().things[path], theirs);
    assert!(company.writes().is_empty());
}

#[test]
fn nothing_is_applied_in_a_namespace_that_is_being_deleted() {
    let ending = json!({
        "metadata": {"name": "shop", "deletionTimestamp": "2026-03-02T08:59:00Z"},
        "status": {"phase": "Terminating"},
    });
    let without = APPLY.replace("          ---\n          apiVersion: v1\n          kind: Namespace\n          metadata: {name: shop}\n", "");
    for (steps, name) in [(APPLY, "Namespace `shop`"), (&without, "the namespace `shop`")] {
        let company = company(ServerKind::Kubernetes, kubernetes, steps);
        let path = "/api/v1/namespaces/shop".to_owned();
        company.forge.store().things.insert(path, ending.clone());
        let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
        let rest = "is being deleted: wait until it is gone and go on, or choose another one";
        assert_eq!(error, format!("{name} {rest}"));
        assert!(company.writes().is_empty());
    }
}

#[test]
fn a_manifest_cannot_lead_out_of_its_kind() {
    for (from, to, expected) in [
        ("name: cart, labels", "name: ../../x, labels", "`../../x` cannot be the name"),
        ("kind: Deployment", "kind: a/b", "cannot be a kind of a cluster"),
        ("apiVersion: apps/v1", "apiVersion: ../v1", "cannot be a kind of a cluster"),
        ("cluster: production", "cluster: staging", "the settings have no server `staging`"),
        ("manifestPath: deploy", "manifestPath: nothing", "there is no manifest"),
    ] {
        let steps = APPLY.replace(from, to);
        let company = company(ServerKind::Kubernetes, kubernetes, &steps);
        let problems = lines(&company.plan().expect_err("refused"));
        assert!(problems.contains(expected), "{to}: {problems}");
    }
}

#[test]
fn argo_cd_gets_a_project_and_an_application_once_whatever_fails() {
    let made = || company(ServerKind::ArgoCd, argo_cd, ARGO);
    let company = made();
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    let things = company.forge.store().things.clone();
    let application = &things["/api/v1/applications/cart"];
    assert_eq!(application["spec"]["source"]["path"], "apps/cart");
    assert_eq!(application["metadata"]["labels"]["backstage-name"], "cart");
    let project = &things["/api/v1/projects/shop"];
    assert_eq!(project["spec"]["sourceRepos"], json!(["https://git.example/acme/deploy"]));
    assert!(killer.log[0].ends_with("/applications/cart"), "{:?}", killer.log);
    company.undo().unwrap_or_else(|error| panic!("{error}"));
    assert!(company.forge.store().things.is_empty());
    check_never_twice(made);
}
