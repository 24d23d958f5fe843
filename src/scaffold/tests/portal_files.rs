//! Files that a request writes into the portal's own repository: written once, committed, and removed when undone.

use callboard_testing::Portal;

use super::{
    PlanRequests,
    apply::{NOW, Recorder, completed, in_world, journal_subjects, portal, record_of, run_request},
    lines,
};
use crate::scaffold::{
    ApplyError,
    apply::{PlanSource, undo},
    refuse_conflicts,
    run::{Run, Status},
};

const WRITE: &str = "    - action: fetch:template\n      input: {url: ./skeleton, values: {name: '${{ parameters.name }}'}}\n\
    \x20   - id: write\n      action: callboard:portal:write\n      input: {sourcePath: manifests, targetPath: 'deploy/${{ parameters.name }}'}\n";
const REGISTER: &str = "    - id: register\n      action: catalog:register\n      input: {catalogInfoPath: entity.yaml}\n";
const SKELETON: &[(&str, &str)] = &[
    ("manifests/topic.yaml", "topic: ${{ values.name }}\n"),
    ("manifests/more/read-me.txt", "Of ${{ values.name }}.\n"),
    (
        "entity.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata: {name: '${{ values.name }}'}\n\
         spec: {type: kafka-topic, owner: 'group:default/tunnel-d-achat'}\n",
    ),
];
const TOPIC: &str = "deploy/cart/topic.yaml";
const MORE: &str = "deploy/cart/more/read-me.txt";
const FRAGMENT: &str = "catalog-data/entities/registered/resource/default/cart.yaml";

fn topic() -> Portal {
    let portal = portal();
    portal.small(&format!("{WRITE}{REGISTER}"), SKELETON);
    portal
}

fn run(portal: &Portal, recorder: &mut Recorder) -> Result<(), ApplyError> {
    run_request(portal, "small-1", recorder).map(drop)
}

fn undone(portal: &Portal, recorder: &mut Recorder) -> Result<usize, ApplyError> {
    let (catalog, request) = (portal.catalog(), portal.request("small-1"));
    in_world(portal, recorder, NOW, |world, _| {
        let source = PlanSource {
            portal: portal.path(),
            catalog: &catalog,
            settings: world.settings,
            request: &request,
        };
        undo::undo(world, &source).map(|effects| effects.len())
    })
}

#[test]
fn files_are_written_and_what_they_make_is_registered_without_a_repository() {
    let portal = topic();
    let mut recorder = Recorder::default();
    completed(run_request(&portal, "small-1", &mut recorder));
    assert_eq!(portal.read(TOPIC), "topic: cart\n");
    assert_eq!(portal.read(MORE), "Of cart.\n");
    assert!(!portal.path().join("deploy/cart/entity.yaml").exists());
    assert_eq!(
        recorder.commits,
        [
            format!("{MORE} Write 2 files below deploy/cart"),
            format!("{FRAGMENT} Register resource:default/cart")
        ]
    );
    assert_eq!(
        portal.read(FRAGMENT),
        "apiVersion: backstage.io/v1alpha1\nkind: Resource\nmetadata:\n  name: cart\n  annotations:\n    \
         backstage.io/managed-by-location: file:scaffolds/templates/small/template.yaml\n    \
         backstage.io/managed-by-origin-location: file:scaffolds/templates/small/template.yaml\n    \
         backstage.io/source-template: template:default/small\n    callboard.dev/request: small-1\n\
         spec:\n  type: kafka-topic\n  owner: group:default/tunnel-d-achat\n"
    );
}

#[test]
fn stopped_anywhere_and_started_again_the_files_are_the_same() {
    let events = {
        let mut recorder = Recorder::default();
        completed(run_request(&topic(), "small-1", &mut recorder));
        recorder.events.len()
    };
    for stop_after in 0..events {
        let portal = topic();
        let mut recorder = Recorder { stop_after: Some(stop_after), ..Recorder::default() };
        assert!(matches!(run(&portal, &mut recorder), Err(ApplyError::Cancelled)), "{stop_after}");
        completed(run_request(&portal, "small-1", &mut Recorder::default()));
        assert_eq!(
            (portal.read(TOPIC), portal.read(MORE)),
            ("topic: cart\n".into(), "Of cart.\n".into())
        );
    }
}

#[test]
fn a_file_with_another_content_is_warned_of_and_not_replaced() {
    let portal = topic();
    portal.write(TOPIC, "somebody else's\n");
    let plan = portal.plan("small-1").expect("a plan");
    assert_eq!(
        lines(&plan.warnings),
        "warning: deploy/cart/topic.yaml: the file exists already, with another content\nhint: apply does not replace it"
    );
    let refused = run(&portal, &mut Recorder::default()).expect_err("refused");
    assert_eq!(
        refused.to_string(),
        "`deploy/cart/topic.yaml` exists already, with another content"
    );
    assert_eq!(portal.read(TOPIC), "somebody else's\n");
    assert!(!portal.path().join(MORE).exists(), "nothing else is written either");
}

#[test]
fn undoing_removes_the_files_unless_somebody_has_changed_them() {
    let portal = topic();
    completed(run_request(&portal, "small-1", &mut Recorder::default()));
    portal.write(TOPIC, "topic: cart\nretention: 1d\n");
    let refused = undone(&portal, &mut Recorder::default()).expect_err("refused");
    assert!(refused.to_string().contains("was changed since it was written"), "{refused}");
    assert!(portal.path().join(MORE).exists());

    portal.write(TOPIC, "topic: cart\n");
    let mut recorder = Recorder::default();
    assert_eq!(undone(&portal, &mut recorder).expect("undone"), 1, "the entity is gone already");
    assert_eq!(recorder.commits, [format!("{MORE} Remove 2 files below deploy/cart")]);
    let steps = Run::parse(&record_of(portal.path(), "small-1")).expect("a record").steps;
    let ended = steps.iter().map(|step| (step.status, step.message.clone().unwrap_or_default()));
    let ended: Vec<_> = ended.skip(1).collect();
    assert!(ended.iter().all(|(status, _)| *status == Status::Undone), "{ended:?}");
    assert!(ended[0].1.starts_with("was undone: removes "), "{ended:?}");
    // Another runner sees in the record that the run is being undone.
    let subjects = journal_subjects(portal.path());
    assert_eq!(
        subjects[subjects.len() - 3..],
        ["is being undone", "undid write/1", "undone"].map(|what| format!("Run small-1: {what}"))
    );
    for path in [TOPIC, MORE, FRAGMENT, "deploy"] {
        assert!(!portal.path().join(path).exists(), "{path}");
    }
}

#[test]
fn only_folders_of_the_settings_are_written_to() {
    for bad in [
        "scaffolds/templates",
        "deployed",
        "deploy/../scaffolds",
        "../deploy",
        "/deploy",
        "deploy/.git/hooks",
        ".github/workflows",
        ".",
        "",
    ] {
        let portal = portal();
        let steps = WRITE.replace("deploy/${{ parameters.name }}", bad);
        portal.small(&steps, SKELETON);
        let problems = portal.problems("small-1");
        assert!(
            problems.starts_with("error: scaffolds/templates/small/template.yaml"),
            "{bad}: {problems}"
        );
        assert!(!portal.path().join("deploy").exists());
    }
    let portal = portal();
    portal.small(&WRITE.replace("deploy/", "infra/"), SKELETON);
    assert!(
        portal.problems("small-1").contains(
            "the settings do not allow to write to `infra/cart`\n\
             hint: `scaffold.portal_folders` of `callboard.yaml` has `deploy`"
        ),
        "{}",
        portal.problems("small-1")
    );
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_is_not_written() {
    let portal = topic();
    let link = portal.path().join("scaffolds/templates/small/skeleton/manifests/link");
    std::os::unix::fs::symlink("topic.yaml", link).expect("a link");
    assert!(portal.problems("small-1").contains("`link` is a symbolic link, not a file"));
}

#[test]
fn of_two_requests_that_write_the_same_file_both_are_refused() {
    let portal = portal();
    portal.small(WRITE, SKELETON);
    let request = portal.read("scaffolds/requests/small-1.yaml");
    portal.write("scaffolds/requests/small-2.yaml", &request);
    let mut plans = vec![portal.plan("small-1"), portal.plan("small-2")];
    refuse_conflicts(&mut plans, &[], &[]);
    let problems: Vec<_> =
        plans.into_iter().map(|plan| lines(&plan.expect_err("refused"))).collect();
    assert!(
        problems[0].contains("`small-1` makes the file `deploy/cart/topic.yaml`, and so does `scaffolds/requests/small-2.yaml`"),
        "{}",
        problems[0]
    );
    assert!(problems[1].contains("`small-2` makes the file"), "{}", problems[1]);
}
