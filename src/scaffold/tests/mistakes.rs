//! Mistakes of requests and templates: each with its message, its place and a hint.

use callboard_testing::{assert_text, str};

use super::{PlanRequests, sample, settings};
use crate::{
    base::files::Directory,
    scaffold::{RequestError, check_templates, load_request, plan},
};

#[test]
fn an_unknown_owner_is_named_with_the_nearest_one() {
    let found = sample().problems_with("group:default/tunnel-d-achat", "tunel-d-achat");
    assert_text(
        found,
        str![[r#"
error: scaffolds/requests/panier-relance.yaml:7:10: `group:default/tunel-d-achat` does not exist
hint: did you mean `group:default/tunnel-d-achat`?
"#]],
    );
}

#[test]
fn an_entity_of_the_wrong_type_is_refused() {
    let found = sample().problems_with("group:default/tunnel-d-achat", "group:default/commerce");
    assert_text(
        found,
        str![[r#"
error: scaffolds/requests/panier-relance.yaml:7:10: `group:default/commerce` cannot be chosen here
hint: choose one of `group:default/socle-cloud`, `group:default/tunnel-d-achat`
"#]],
    );
}

#[test]
fn wrong_values_are_reported_at_once() {
    let portal = sample();
    let request = "template: template:default/java-service\nrequester: user:default/chloe-girar\n\
                   parameters:\n  name: Panier_Relance\n  description: [short]\n  owner: 3\n  \
                   namespce: vel-panier\n  resources: {memory: 3Gi, cpu: 1}\n  javaVersion: 22\n";
    portal.write("scaffolds/requests/wrong.yaml", request);
    assert_text(
        portal.problems("wrong"),
        str![[r#"
error: scaffolds/requests/wrong.yaml:2:12: there is no user `user:default/chloe-girar`
hint: did you mean `user:default/chloe-girard`?
error: scaffolds/requests/wrong.yaml:3:1: `namespace` is missing
error: scaffolds/requests/wrong.yaml:3:1: `teamProject` is missing
error: scaffolds/requests/wrong.yaml:4:9: `Panier_Relance` is not a valid `name`
hint: it must match `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`
error: scaffolds/requests/wrong.yaml:5:16: `description` must be a text, found `["short"]`
error: scaffolds/requests/wrong.yaml:6:10: `owner` must be a text, found `3`
error: scaffolds/requests/wrong.yaml:7:3: `template:default/java-service` has no parameter `namespce`
hint: did you mean `namespace`?
error: scaffolds/requests/wrong.yaml:8:23: `3Gi` is not a choice of `memory`
hint: did you mean `1Gi`?
error: scaffolds/requests/wrong.yaml:8:28: unknown `cpu`
hint: known are `replicas`, `memory`
error: scaffolds/requests/wrong.yaml:9:16: `22` is not a choice of `javaVersion`
hint: did you mean `21`?
"#]],
    );
}

#[test]
fn a_taken_name_is_refused_at_its_parameter() {
    let portal = sample();
    let found = portal.problems_with("name: panier-relance", "name: panier-api");
    assert_text(
        found,
        str![[r#"
error: scaffolds/requests/panier-relance.yaml:5:9: `component:default/panier-api` exists already
hint: choose another name; it is in `catalog-data/manual/company.yaml`
"#]],
    );
}

#[test]
fn a_name_that_another_request_asks_for_is_refused() {
    let portal = sample();
    portal.write("scaffolds/requests/second.yaml", super::REQUEST);
    assert_text(
        portal.problems("panier-relance"),
        str![[r#"
error: scaffolds/requests/panier-relance.yaml:5:9: `component:default/panier-relance` is asked for by another request
hint: choose another name, or see `scaffolds/requests/second.yaml`
"#]],
    );
}

#[test]
fn an_unknown_template_is_named_with_the_nearest_one() {
    let found = sample().problems_with("java-service", "jave-service");
    assert_text(
        found,
        str![[r#"
error: scaffolds/requests/panier-relance.yaml:2:11: there is no template `template:default/jave-service`
hint: did you mean `template:default/java-service`?
"#]],
    );
}

#[test]
fn a_template_whose_expressions_do_not_parse_says_where() {
    let portal = sample();
    let steps = "    - id: log\n      action: debug:log\n      if: ${{ parameters.name || true }}\n      \
                 input:\n        message: |\n          one\n          ${{ parameters.name | lowwer }}\n    \
                 - action: fetch:templte\n      input: {url: ./skeleton}\n    - action: debug:log\n      \
                 input: {message: '${{ parameter.name }} ${{ secrets.token }}'}\n";
    portal.small(steps, &[("a", "x")]);
    assert_text(
        portal.problems("small-1"),
        str![[r"
error: scaffolds/templates/small/template.yaml:13:31: `||` is not an operator
hint: use `or`
error: scaffolds/templates/small/template.yaml:17:33: unknown filter `lowwer`
hint: did you mean `lower`?
error: scaffolds/templates/small/template.yaml:18:15: there is no action `fetch:templte`
hint: did you mean `fetch:template`?
error: scaffolds/templates/small/template.yaml:21:29: there is nothing called `parameter` here
hint: did you mean `parameters`?
error: scaffolds/templates/small/template.yaml:21:51: a request has no secrets, so this has no value
hint: remove it: an action gets the credential of the origin that it calls, from `callboard.yaml`; `scaffold.secrets` there lists what a template may send
"]],
    );
}

#[test]
fn a_file_of_the_skeleton_that_does_not_parse_says_where() {
    let portal = sample();
    let steps = "    - action: fetch:template\n      input: {url: ./skeleton, values: {}}\n";
    portal.small(steps, &[("b.txt", "fine\n  ${{ values.x | }}\n")]);
    let expected = str![
        "error: scaffolds/templates/small/skeleton/b.txt:2:18: expected the name of a filter, found `}}`"
    ];
    assert_text(portal.problems("small-1"), expected.clone());
    let found = check_templates(&Directory::new(portal.path()), &portal.catalog(), &settings());
    assert_text(super::lines(&found), expected);
}

#[test]
fn inputs_that_an_action_does_not_know_are_refused() {
    let portal = sample();
    let steps = "    - action: fetch:template\n      input: {url: ./skeleton, targetpath: x}\n";
    portal.small(steps, &[("a", "x")]);
    assert_text(
        portal.problems("small-1"),
        str![[r"
error: scaffolds/templates/small/template.yaml:12:32: `fetch:template` has no input `targetpath`
hint: did you mean `targetPath`?
"]],
    );
}

#[test]
fn parameters_and_steps_that_do_not_exist_are_warnings() {
    let portal = sample();
    let steps = "    - id: one\n      action: debug:log\n      input: {message: '${{ parameters.nam }} \
                 ${{ steps.two.output.x }}'}\n    - id: two\n      action: debug:log\n";
    portal.small(steps, &[]);
    let found = check_templates(&Directory::new(portal.path()), &portal.catalog(), &settings());
    assert_text(
        super::lines(&found),
        str![[r"
warning: scaffolds/templates/small/template.yaml:13:29: there is no parameter `nam`
hint: did you mean `name`?
warning: scaffolds/templates/small/template.yaml:13:51: there is no step `two` before this
"]],
    );
}

#[test]
fn a_descriptor_that_breaks_the_catalog_s_rules_is_refused() {
    let portal = sample();
    let steps = "    - action: fetch:template\n      input: {url: ./skeleton}\n    - id: publish\n      \
                 action: publish:git\n      input: {repoUrl: 'github.com?owner=a&repo=b'}\n    - action: \
                 catalog:register\n      input: {repoContentsUrl: '${{ steps.publish.output.repoContentsUrl }}'}\n";
    let info = "apiVersion: backstage.io/v1alpha1\nkind: Componnent\nmetadata:\n  name: a b\n";
    portal.small(steps, &[("catalog-info.yaml", info)]);
    assert_text(
        portal.problems("small-1"),
        str![[r"
error: catalog-info.yaml (rendered):2:7: unknown kind `Componnent`
hint: did you mean `Component`?
error: catalog-info.yaml (rendered):4:9: `a b` is not a valid name
hint: expected letters, digits and, between them, `-`, `_` or `.`, at most 63
"]],
    );
}

#[test]
fn without_a_place_for_repositories_publishing_is_refused() {
    let portal = sample();
    let mut settings = settings();
    settings.repositories.home = None;
    let request = portal.request("panier-relance");
    let problems = plan(&Directory::new(portal.path()), &portal.catalog(), &settings, &request);
    let problems = problems.expect_err("no place");
    assert_text(
        super::lines(&problems),
        str![[r#"
error: scaffolds/templates/java-service/template.yaml:168:18: the settings name no place for repositories
hint: set `scaffold.repositories` or `scaffold.remote` in `callboard.yaml`
"#]],
    );
}

#[test]
fn a_request_that_is_not_there_is_no_mistake_in_data() {
    let portal = sample();
    let error = load_request(portal.path(), "nothing").expect_err("not there");
    assert!(matches!(error, RequestError::File(_)), "{error}");
}
