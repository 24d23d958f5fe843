//! Own actions of a portal: their declarations, and what plans say of them.

use super::{Portal, path};
use crate::{base::files::Mode, effect::EffectKind};

const FOLDER: &str = "scaffolds/actions/acme.jira.project";
const POLICY: &str = "requests: [{}]\nactions: [\"*\", \"acme:*\"]\n";
const DECLARATION: &str = "\
id: acme:jira:project
description: Creates a project
input:
  type: object
  required: [key]
  properties:
    key: {type: string, description: Its key}
    owner: {type: string}
output:
  type: object
  properties:
    url: {type: string, description: Its page}
secrets: [JIRA_TOKEN]
environment: {JIRA: https://jira.example}
run: [./run.sh, --now]
";
const STEPS: &str = "    - id: project
      action: acme:jira:project
      input: {key: '${{ parameters.name }}'}
    - action: debug:log
      input: {message: 'see ${{ steps.project.output.url }}'}
";

/// A portal with the action, its policy and these steps.
fn portal(declaration: &str, steps: &str) -> Portal {
    Portal::with_steps(steps)
        .with("scaffolds/policy.yaml", POLICY)
        .with(&format!("{FOLDER}/action.yaml"), declaration)
        .with_executable(&format!("{FOLDER}/run.sh"), "#!/bin/sh\n")
}

/// What is wrong with the declaration, with one text replaced.
fn mistakes(from: &str, to: &str) -> String {
    assert!(DECLARATION.contains(from), "{from}");
    portal(&DECLARATION.replace(from, to), STEPS).checked()
}

#[test]
fn the_plan_has_the_effect_and_its_outputs_are_known_after_apply() {
    let plan = portal(DECLARATION, STEPS).plan().expect("a plan");
    let effects: Vec<_> = plan.effects().collect();
    let [effect] = &*effects else { panic!("one effect: {effects:?}") };
    assert_eq!(effect.kind, EffectKind::OwnAction);
    assert_eq!(effect.target.to_string(), "action/acme:jira:project");
    assert_eq!(effect.input["input"]["key"], "cart");
    assert_eq!(effect.input["requester"], "user:default/ada");
    assert_eq!((&*effect.secrets, &effect.undo), (&["JIRA_TOKEN".to_owned()][..], &None));
    assert_eq!(
        effect.summary,
        "runs `acme:jira:project` (at most once, `./run.sh --now`): Creates a project"
    );
    let text = plan.to_text();
    for part in ["key: cart", "see ‹known after apply: steps.project.output.url›"] {
        assert!(text.contains(part), "{part} in {text}");
    }
}

#[test]
fn another_script_is_another_plan() {
    let hash = |portal: Portal| portal.plan().expect("a plan").hash();
    let before = hash(portal(DECLARATION, STEPS));
    assert_eq!(before, hash(portal(DECLARATION, STEPS)));
    let script =
        portal(DECLARATION, STEPS).with(&format!("{FOLDER}/run.sh"), "#!/bin/sh\ncurl x\n");
    assert_ne!(before, hash(script));
    assert_ne!(before, hash(portal(&DECLARATION.replace("jira.example", "other.example"), STEPS)));
}

#[test]
fn an_own_action_runs_only_when_the_policy_names_it() {
    let refused = |policy: Option<&str>| match policy {
        None => portal(DECLARATION, STEPS).without("scaffolds/policy.yaml").problems(),
        Some(policy) => portal(DECLARATION, STEPS).with("scaffolds/policy.yaml", policy).problems(),
    };
    let message =
        "calls `acme:jira:project`, an action of this portal, which the policy does not name";
    for (policy, hint) in [
        (
            None,
            "write `scaffolds/policy.yaml`: `requests: [{}]` allows all requests, and `actions: [\"*\", acme:jira:project]`",
        ),
        (
            Some("requests: [{}]\n"),
            "add to `scaffolds/policy.yaml`: `actions: [\"*\", acme:jira:project]`",
        ),
        (
            Some("requests: [{}]\nactions: [\"*\", \"*:project\"]\n"),
            "add `acme:jira:project` to `actions`",
        ),
        (
            Some("requests: [{}]\nactions: [\"fetch:*\", \"debug:log\"]\n"),
            "add `acme:jira:project` to `actions`",
        ),
    ] {
        let found = refused(policy);
        assert_eq!(found.matches(message).count(), 1, "{policy:?}: {found}");
        assert!(found.contains(hint), "{policy:?}: {found}");
    }
    let origins =
        refused(Some("requests: [{}]\nactions: [\"*\", \"acme:*\"]\norigins: [portal]\n"));
    assert!(
        origins.contains("`origins` of `scaffolds/policy.yaml` does not list `action`"),
        "{origins}"
    );
    let written = STEPS.replace("'${{ parameters.name }}'", "cart");
    assert_eq!(portal(DECLARATION, &written).without("scaffolds/policy.yaml").checked(), "");
}

#[test]
fn inputs_and_outputs_are_checked_by_the_schemas() {
    let found = portal(DECLARATION, &STEPS.replace("{key:", "{keys:")).checked();
    assert!(found.contains("`keys`") && found.contains("did you mean `key`?"), "{found}");
    let found =
        portal(DECLARATION, &STEPS.replace("{key: '${{ parameters.name }}'}", "{key: [1]}"))
            .checked();
    assert!(found.contains("`key` must be a text"), "{found}");
    let found = portal(DECLARATION, &STEPS.replace("output.url", "output.link")).checked();
    assert!(found.contains("the step `project` has no output `link`"), "{found}");
}

#[test]
fn each_mistake_of_a_declaration_has_its_place() {
    for (from, to, message) in [
        (
            "id: acme:jira:project",
            "id: acme:jira:task",
            "1:5: the action `acme:jira:task` is in the folder `acme.jira.project` | hint: name the folder `acme.jira.task`",
        ),
        ("id: acme:jira:project", "id: publish:git", "`publish:git` is an action of Callboard"),
        ("id: acme:jira:project", "id: callboard:x", "`callboard:x` is an action of Callboard"),
        ("id: acme:jira:project", "id: 'acme: x'", "`acme: x` is no id of an action"),
        (
            "secrets: [JIRA_TOKEN]",
            "secrets: [JIRA_TOKEN, CALLBOARD_GIT_TOKEN]",
            "`CALLBOARD_GIT_TOKEN` is Callboard's own",
        ),
        ("secrets: [JIRA_TOKEN]", "secrets: [A B]", "`A B` is no name of a variable"),
        ("secrets: [JIRA_TOKEN]", "secrets: [JIRA]", "`JIRA` is there twice"),
        (
            "[./run.sh, --now]",
            "[./rum.sh]",
            "there is no file `rum.sh` beside this one | hint: did you mean `run.sh`?",
        ),
        ("[./run.sh, --now]", "[./action.yaml]", "`action.yaml` cannot be executed"),
        ("[./run.sh, --now]", "[bin/run.sh]", "write `./bin/run.sh` for a file here"),
        ("[./run.sh, --now]", "[]", "`run` names no program"),
        ("[./run.sh, --now]", "[./run.sh]\nrepeat: probed", "a `probed` action needs `probe`"),
        (
            "[./run.sh, --now]",
            "[./run.sh]\nprobe: [./run.sh]",
            "`probe` is asked only with `repeat: probed`",
        ),
        (
            "[./run.sh, --now]",
            "[./run.sh]\nworkspace: write",
            "only a `pure` action may write to the workspace",
        ),
        (
            "[./run.sh, --now]",
            "[./run.sh]\nrepeat: pure\nundo: [true]",
            "a `pure` action has nothing to undo",
        ),
        ("[./run.sh, --now]", "[./run.sh]\ntimeout: 2h", "`2h` is no time of one hour at most"),
        ("[./run.sh, --now]", "[./run.sh]\ntimeout: 61m", "`61m` is no time of one hour at most"),
        (
            "[./run.sh, --now]",
            "[./run.sh]\nstub: true",
            "`acme:jira:project` is a stub: it does nothing yet",
        ),
        ("  required: [key]\n", "  required: key\n", "this is no JSON Schema"),
        (
            "output:\n  type: object",
            "output:\n  type: array",
            "the schema must have `type: object` and `properties`",
        ),
        ("description: Creates", "descripton: Creates", "unknown field `descripton`"),
    ] {
        let found = mistakes(from, to);
        assert!(found.contains(&format!("{FOLDER}/action.yaml:")), "{to}: {found}");
        assert!(found.contains(message), "{to}: {found}");
        assert!(found.contains("the action `acme:jira:project` cannot be used"), "{to}: {found}");
    }
    let portal = portal(DECLARATION, STEPS).without(&format!("{FOLDER}/action.yaml"));
    let found = portal.checked();
    assert!(found.contains(&format!("{FOLDER}: the folder has no `action.yaml`")), "{found}");
}

#[test]
fn of_files_that_a_command_may_change_nothing_is_known() {
    let declaration = DECLARATION.replace("run: ", "repeat: pure\nworkspace: write\nrun: ");
    let steps = "    - action: fetch:plain
      input: {url: ./skeleton}
"
    .to_owned()
        + STEPS
        + "    - id: read
      action: roadiehq:utils:fs:parse
      input: {path: made/by/it.txt}
    - action: debug:log
      input: {message: '${{ steps.read.output.content }}'}
    - action: publish:git
      input: {repoUrl: 'github.com?owner=acme&repo=cart', sourcePath: made}
";
    let plan = portal(&declaration, &steps).with_file("a.txt", "a").plan().expect("a plan");
    let effects: Vec<_> = plan.effects().collect();
    assert!(effects[0].input["workspace"].is_string() && effects[0].changes_workspace);
    let text = plan.to_text();
    for part in [
        "a.txt (1 B, known after apply)",
        "which files there are is known after apply",
        "steps.read.output.content",
        "steps.publish.files",
        "1 file and what apply adds",
    ] {
        let part = part.replace("steps.publish", "steps.step-6");
        assert!(text.contains(&part), "{part} in {text}");
    }
    assert_eq!(plan.workspace.get(&path("a.txt")).map(|file| file.mode), Some(Mode::File));
}
