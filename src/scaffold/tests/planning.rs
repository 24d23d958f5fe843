//! What a plan says, and that it always says the same.

use callboard_testing::{assert_text, file};

use super::{PlanRequests, sample, settings};
use crate::{
    base::{
        files::{Directory, Mode},
        path::RelativePath,
        text::markdown::MOST,
    },
    scaffold::{check_templates, plan},
};

#[test]
fn the_sample_request_has_the_expected_plan() {
    let plan = sample().plan("panier-relance").expect("a plan");
    assert_text(plan.to_text(), file!["golden/plan.txt"]);
    assert_text(plan.to_markdown(MOST), file!["golden/plan.md"]);
    let json = serde_json::to_string_pretty(&plan.to_json()).expect("JSON");
    assert_text(json + "\n", file!["golden/plan.json"]);
}

#[test]
fn a_plan_does_not_depend_on_where_the_portal_is_nor_on_what_others_do() {
    let (here, there) = (sample(), sample());
    let first = here.plan("panier-relance").expect("a plan");
    there.write(
        "catalog-data/manual/other.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: other}\n\
         spec: {type: team, children: []}\n",
    );
    let second = there.plan("panier-relance").expect("a plan");
    assert_eq!(first.hash(), second.hash());
    assert_eq!(first.to_json(), second.to_json());
}

#[test]
fn a_plan_follows_its_request_and_its_template() {
    let portal = sample();
    let first = portal.plan("panier-relance").expect("a plan").hash();
    portal.write("scaffolds/templates/java-service/skeleton/NOTES.md", "A new file.\n");
    let second = portal.plan("panier-relance").expect("a plan").hash();
    assert_ne!(first, second);
}

#[test]
fn files_are_rendered_renamed_and_keep_their_mode() {
    let plan = sample().plan("panier-relance").expect("a plan");
    let file = |path: &str| {
        let path = RelativePath::new(path).expect("a path");
        plan.workspace.get(&path).unwrap_or_else(|| panic!("{path} is missing"))
    };
    assert_eq!((file("mvnw").mode, file("README.md").mode), (Mode::Executable, Mode::File));
    assert!(file(".gitignore").text().is_some_and(|t| t.contains("target/")));
    let main = "src/main/java/com/galeriemercure/panierrelance/PanierRelanceApplication.java";
    let main = file(main).text().expect("a text");
    assert!(main.starts_with("package com.galeriemercure.panierrelance;\n"), "{main}");
    assert!(main.contains("class PanierRelanceApplication"), "{main}");
    let pipeline = file("azure-pipelines.yml").text().expect("a text");
    assert!(pipeline.contains("$(Build.SourceVersion)"), "{pipeline}");
    for (path, file) in plan.workspace.files() {
        let text = file.text().unwrap_or_default();
        assert!(!text.contains("${{") && !text.contains("{%"), "{path}: {text}");
    }
}

#[test]
fn a_false_condition_skips_a_step_and_its_files() {
    let portal = sample();
    let request = super::REQUEST.to_owned() + "  documentation: false\n";
    portal.write("scaffolds/requests/panier-relance.yaml", &request);
    let plan = portal.plan("panier-relance").expect("a plan");
    assert!(plan.files.iter().all(|file| !file.path.as_str().starts_with("docs/")));
    assert!(plan.to_text().contains("skipped: its condition is false"));
}

#[test]
fn short_references_become_full_ones() {
    let portal = sample();
    let request = super::REQUEST
        .replace("group:default/tunnel-d-achat", "Tunnel-d-Achat")
        .replace("resource:default/vente-en-ligne", "Vente-en-ligne");
    let expected = portal.plan("panier-relance").expect("a plan").hash();
    portal.write("scaffolds/requests/panier-relance.yaml", &request);
    assert_eq!(portal.plan("panier-relance").expect("a plan").hash(), expected);
}

#[test]
fn outputs_that_nobody_can_know_are_named() {
    let portal = sample();
    let mut settings = settings();
    settings.repositories.url = None;
    let request = portal.request("panier-relance");
    let plan = plan(&Directory::new(portal.path()), &portal.catalog(), &settings, &request)
        .expect("a plan");
    let url = plan.output.links[0].url.as_deref();
    assert_eq!(url, Some("‹known after apply: steps.publish.output.remoteUrl›"));
    let summaries: Vec<_> = plan.effects().map(|effect| effect.summary.as_str()).collect();
    assert_eq!(summaries.len(), 2, "{summaries:?}");
}

#[test]
fn the_templates_of_the_repository_are_sound() {
    let portal = sample();
    portal.copy(&super::templates(), "scaffolds/templates");
    let found = check_templates(&Directory::new(portal.path()), &portal.catalog(), &settings());
    assert_eq!(super::lines(&found), "");
}
