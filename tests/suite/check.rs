//! `callboard check`: every problem, with its place, its hint and the right exit code.

use callboard_testing::{Portal, group};

use crate::program::RunProgram;

fn component(extra: &str) -> String {
    format!(
        "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: cart\nspec:\n  type: service\n  lifecycle: production\n{extra}"
    )
}

#[test]
fn a_sound_catalog_has_no_problems() {
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", group("team-a", ""))
        .with("catalog-data/manual/cart.yaml", component("  owner: team-a\n"));
    let ran = portal.run(&["check", "--strict"]);
    assert_eq!(
        (ran.code, ran.stdout.as_str()),
        (0, "no problems in 2 entities\n"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_dangling_owner_is_a_warning_with_place_and_suggestion() {
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", group("team-a", ""))
        .with("catalog-data/manual/cart.yaml", component("  owner: team-b\n"));
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.stderr,
        "warning: catalog-data/manual/cart.yaml:8:10: `group:default/team-b` does not exist\n  \
         hint: did you mean `team-a`?\n"
    );
    assert_eq!(portal.run(&["check", "--strict"]).code, 1);
}

#[test]
fn every_error_is_reported_at_once_with_its_position() {
    let portal = Portal::new()
        .with("catalog-data/manual/a.yaml", "a: [1\n")
        .with(
            "catalog-data/manual/b.yaml",
            component("  owner: x\n").replace("Component", "Componnet"),
        )
        .with("catalog-data/manual/c.yaml", component("  ownr: x\n"));
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 1);
    for expected in [
        "error: catalog-data/manual/a.yaml:2:1: while parsing a flow sequence, expected ',' or ']'",
        "error: catalog-data/manual/b.yaml:2:7: unknown kind `Componnet`\n  hint: did you mean `Component`?",
        "error: catalog-data/manual/c.yaml:5:1: `spec.owner` is missing",
    ] {
        assert!(ran.stderr.contains(expected), "missing:\n{expected}\nin:\n{}", ran.stderr);
    }
}

#[test]
fn one_entity_defined_twice_by_one_source_names_both_places() {
    let portal = Portal::new()
        .with("catalog-data/manual/a.yaml", group("team-a", ""))
        .with("catalog-data/manual/b.yaml", group("team-a", "").replace("team-a", "Team-A"));
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.contains(
            "b.yaml:3:18: `group:default/team-a` is already defined in `catalog-data/manual/a.yaml`"
        ),
        "{}",
        ran.stderr
    );
}

#[test]
fn wrong_settings_say_where_and_end_with_two() {
    let portal = Portal::new().with("callboard.yaml", "title: Test\nsourcs: [a]\n");
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("error: callboard.yaml:2:1: "), "{}", ran.stderr);
    assert_eq!(portal.run(&["chekc"]).code, 2);
}

#[test]
fn json_is_for_scripts_whatever_is_wrong() {
    let portal = Portal::new().with("catalog-data/manual/a.yaml", "kind: X\n");
    let ran = portal.run(&["check", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!((ran.code, answer["entities"].as_u64()), (1, Some(0)));
    assert_eq!(answer["diagnostics"][0]["place"]["file"], "catalog-data/manual/a.yaml");
}

#[test]
fn settings_that_cannot_be_used_are_problems_in_every_format_with_exit_code_two() {
    let settings = "title: Test\nsourcs: [a]\n";
    let portal = Portal::new().with("callboard.yaml", settings);
    let text = portal.run(&["check"]);
    assert_eq!(
        text.stderr,
        "error: callboard.yaml:2:1: unknown field `sourcs`\n  hint: did you mean `sources`?\n\
         error: `callboard.yaml` cannot be used\n"
    );
    let json = portal.run(&["check", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&json.stdout).expect("JSON");
    assert_eq!((json.code, &answer["diagnostics"][0]["code"]), (2, &"invalid-settings".into()));
    let github = portal.run(&["check", "--format", "github"]);
    assert!(
        github.stdout.starts_with("::error file=callboard.yaml,line=2,col=1,"),
        "{}",
        github.stdout
    );

    let twice = "title: T\nsources: [a, a]\nscaffold: { repositories: r, remote: x }\n";
    let portal = Portal::new().with("callboard.yaml", twice);
    let ran = portal.run(&["check"]);
    assert!(
        ran.stderr.contains("callboard.yaml:2:14: the source `a` is there twice"),
        "{}",
        ran.stderr
    );
    assert!(
        ran.stderr.contains("callboard.yaml:3:38: `scaffold.repositories` and"),
        "{}",
        ran.stderr
    );
}

#[test]
fn annotations_stand_beside_the_line_also_of_a_portal_in_a_folder() {
    let portal = Portal::empty()
        .with("portal/callboard.yaml", "title: Test\n")
        .with("portal/catalog-data/manual/team.yaml", group("team-a", ""))
        .with("portal/catalog-data/manual/cart.yaml", component("  owner: team-b\n"));
    let ran = portal.run(&["-C", "./portal", "check", "--format", "github"]);
    assert_eq!(
        ran.stdout,
        "::warning file=portal/catalog-data/manual/cart.yaml,line=8,col=10,title=dangling-reference::\
         `group:default/team-b` does not exist%0Ahint: did you mean `team-a`?\n\
         1 warning in 2 entities\n"
    );
}

#[test]
fn notes_are_shown_when_asked_for_and_never_fail() {
    let system = "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {name: shop}\nspec: {owner: team-a}\n";
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", group("team-a", ""))
        .with("catalog-data/manual/shop.yaml", system);
    let ran = portal.run(&["check", "--strict"]);
    assert_eq!((ran.code, ran.stderr.as_str()), (0, ""));
    assert_eq!(
        ran.stdout,
        "1 note in 2 entities\n  1 note not shown; `--level note` shows everything\n"
    );
    let ran = portal.run(&["check", "--level", "note"]);
    assert_eq!(
        ran.stderr,
        "note: catalog-data/manual/shop.yaml:3:18: `system:default/shop` has no parts\n"
    );
}

#[test]
fn known_problems_of_a_baseline_are_not_reported_where_they_move_to() {
    let cart = "catalog-data/manual/cart.yaml";
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", group("team-a", ""))
        .with(cart, component("  owner: team-b\n"))
        .with("catalog-data/manual/broken.yaml", "kind: Componnet\n");
    assert_eq!(portal.run(&["check"]).code, 1);
    let written = portal.run(&["check", "--write-baseline"]);
    assert_eq!((written.code, written.stderr.as_str()), (0, ""));
    let old = portal.run(&["check", "--strict"]);
    assert_eq!((old.code, old.stderr.as_str()), (0, ""), "{}", old.stdout);
    assert!(
        old.stdout.contains("3 known problems not shown: listed in `callboard-baseline.yaml`"),
        "{}",
        old.stdout
    );
    assert_eq!(portal.run(&["check", "--no-baseline"]).code, 1);

    let moved = format!("# a line more\n{}", component("  owner: team-b\n  system: shop\n"));
    let portal = portal.with(cart, &moved);
    let ran = portal.run(&["check", "--strict"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr
            .starts_with("warning: catalog-data/manual/cart.yaml:10:11: `system:default/shop`")
    );
    assert_eq!(ran.stderr.lines().count(), 1, "{}", ran.stderr);
}

#[test]
fn fixed_problems_are_reported_and_pruned_from_the_baseline() {
    let cart = "catalog-data/manual/cart.yaml";
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", group("team-a", ""))
        .with(cart, component("  owner: team-b\n"));
    assert_eq!(portal.run(&["check", "--write-baseline"]).code, 0);
    let portal = portal.with(cart, component("  owner: team-a\n"));
    let ran = portal.run(&["check", "--level", "note"]);
    assert_eq!(ran.code, 0);
    assert_eq!(
        ran.stderr,
        "note: callboard-baseline.yaml: `dangling-reference` in `catalog-data/manual/cart.yaml` is gone: \
         `group:default/team-b` does not exist\n  hint: `callboard check --write-baseline` removes it from \
         the baseline\n"
    );
    assert!(ran.stdout.contains("1 entry of `callboard-baseline.yaml` gone"), "{}", ran.stdout);
    assert_eq!(portal.run(&["check", "--write-baseline"]).code, 0);
    assert!(portal.read("callboard-baseline.yaml").ends_with("problems: []\n"));
}

#[test]
fn a_baseline_that_cannot_be_used_ends_with_two() {
    let portal = Portal::new().with("callboard-baseline.yaml", "problems:\n- cod: x\n");
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.starts_with("error: callboard-baseline.yaml:2:3: "), "{}", ran.stderr);
    assert_eq!(Portal::new().run(&["check", "--baseline", "none.yaml"]).code, 2);
}

#[test]
fn a_code_is_explained_and_an_unknown_one_gets_a_suggestion() {
    let ran = Portal::empty().run(&["check", "--explain", "cycle"]);
    assert_eq!(ran.code, 0);
    assert!(ran.stdout.starts_with("cycle (warning): A hierarchy leads back"), "{}", ran.stdout);
    let ran = Portal::empty().run(&["check", "--explain", "unknown-kid"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("did you mean `unknown-kind`?"), "{}", ran.stderr);
}

/// The official schema, as published at <https://json.schemastore.org/sarif-2.1.0.json>.
const SARIF: &str = include_str!("sarif-2.1.0.schema.json");

#[test]
fn sarif_is_valid_and_tells_new_old_and_gone_apart() {
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", group("team-a", ""))
        .with("catalog-data/manual/a b.yaml", component("  owner: team-b\n  system: old\n"))
        .with("catalog-data/manual/broken.yaml", "kind: [\n");
    assert_eq!(portal.run(&["check", "--write-baseline"]).code, 0);
    let portal =
        portal.with("catalog-data/manual/a b.yaml", component("  owner: team-b\n  system: new\n"));
    let ran = portal.run(&["check", "--format", "sarif", "--strict"]);
    assert_eq!(ran.code, 1);
    let log: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_valid(&log);
    let run = &log["runs"][0];
    let results = run["results"].as_array().expect("a list");
    let states: Vec<_> = results
        .iter()
        .map(|result| {
            let index = result["ruleIndex"].as_u64().expect("a known rule") as usize;
            assert_eq!(run["tool"]["driver"]["rules"][index]["id"], result["ruleId"]);
            let is_suppressed = result.get("suppressions").is_some();
            assert_eq!(is_suppressed, result["baselineState"] == "unchanged");
            (result["baselineState"].as_str(), result["ruleId"].as_str())
        })
        .map(|(state, rule)| (state.unwrap_or_default(), rule.unwrap_or_default()))
        .collect();
    assert_eq!(
        states,
        [
            ("new", "dangling-reference"),
            ("unchanged", "dangling-reference"),
            ("unchanged", "invalid-yaml"),
            ("absent", "dangling-reference"),
        ]
    );
    let location = &results[0]["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "catalog-data/manual/a%20b.yaml");
    assert_eq!(location["region"], serde_json::json!({"startLine": 9, "startColumn": 11}));

    let broken = Portal::new().with("callboard.yaml", "titel: x\n");
    let ran = broken.run(&["check", "--format", "sarif"]);
    let log: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_valid(&log);
    assert_eq!(
        (ran.code, &log["runs"][0]["invocations"][0]["executionSuccessful"]),
        (2, &false.into())
    );
}

fn assert_valid(log: &serde_json::Value) {
    // One pattern of it, that of a language which the log does not have, is no regular expression.
    let text = SARIF.replace("{2}]?$", "{2}$");
    let schema = serde_json::from_str(&text).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let wrong: Vec<_> =
        validator.iter_errors(log).map(|e| format!("{}: {e}", e.instance_path())).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        !validator.is_valid(&serde_json::json!({"version": "2.1.0"})),
        "the schema checks nothing"
    );
}

#[test]
fn links_of_documentation_are_checked_with_their_lines() {
    let portal = Portal::new()
        .with(
            "catalog-data/manual/cart.yaml",
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata:\n  name: cart\n  annotations:\n    \
             backstage.io/techdocs-ref: dir:cart\nspec: {owner: x}\n---\napiVersion: backstage.io/v1alpha1\n\
             kind: Group\nmetadata: {name: x}\nspec: {type: team, children: []}\n",
        )
        .with("catalog-data/manual/cart/mkdocs.yml", "nav: [index.md]\n")
        .with("catalog-data/manual/cart/docs/index.md", "# A\n\n[b](b.md)\n");
    let ran = portal.run(&["check"]);
    let expected = "catalog-data/manual/cart/docs/index.md:3:1: there is no `docs/b.md`";
    assert!(
        ran.stdout.contains(expected) || ran.stderr.contains(expected),
        "{}{}",
        ran.stdout,
        ran.stderr
    );
    assert_eq!(portal.run(&["build"]).code, 0);
    let health = portal.read("site/health.html");
    assert!(health.contains("catalog-data/manual/cart/docs/index.md:3:1"), "{health}");
    assert!(portal.read("site/docs/default/system/cart/index.html").contains("<h1 id=\"a\">"));
}

/// A portal whose sources read nothing: what they said last lies in their folders.
fn sources(settings: &str, roles: &[(&str, &str)]) -> Portal {
    let portal = Portal::new().with("callboard.yaml", format!("title: Test\n{settings}"));
    roles.iter().fold(portal, |portal, (name, role)| {
        let file = format!("catalog-data/sources/{name}.yaml");
        portal.with(&file, format!("kind: file\npath: nowhere\nrole: {role}\n"))
    })
}

fn said(portal: Portal, folder: &str, owner: &str) -> Portal {
    let file = format!("catalog-data/{folder}/component/default/cart.yaml");
    portal.with(&file, component(&format!("  owner: {owner}\n")))
}

#[test]
fn two_sources_that_claim_one_entity_are_an_error_and_the_stronger_is_kept() {
    let portal = sources(
        "sources: [one, two, three]\n",
        &[("one", "base"), ("two", "base"), ("three", "enrich")],
    )
    .with("catalog-data/manual/team.yaml", group("team-a", ""));
    let portal = said(portal, "entities/one", "somebody");
    let portal = said(portal, "entities/two", "team-a");
    let portal = said(portal, "entities/three", "team-a");
    let portal = said(portal, "entities/registered", "team-a");
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.stderr.starts_with(
            "error: catalog-data/entities/one/component/default/cart.yaml:4:9: `component:default/cart` is \
             an entity of the source `two`, too: `catalog-data/entities/two/component/default/cart.yaml` is kept\n"
        ),
        "{}",
        ran.stderr
    );
    assert_eq!(ran.stderr.matches("error:").count(), 1, "{}", ran.stderr);
    let ran = portal.run(&["explain", "cart"]);
    assert!(!ran.stdout.contains("somebody"), "{}", ran.stdout);
    let settings = "title: Test\nsources: [one, two, three]\noverlapping_sources: [one]\n";
    let ran = portal.with("callboard.yaml", settings).run(&["check"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
}

#[test]
fn only_sources_can_overlap() {
    let portal = Portal::new().with("callboard.yaml", "title: T\noverlapping_sources: [x]\n");
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("callboard.yaml:2:23: `x` is not one of the `sources`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn kinds_of_a_company_are_kept_with_one_warning_and_with_their_relations() {
    let own = |kind: &str, name: &str, spec: &str| {
        format!("apiVersion: acme.example/v1\nkind: {kind}\nmetadata: {{name: {name}}}\n{spec}")
    };
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", group("team-a", ""))
        .with("catalog-data/manual/a.yaml", own("Source", "a", "spec: {owner: team-a}\n"))
        .with(
            "catalog-data/manual/b.yaml",
            own("Source", "b", "spec: {owner: nobody, dependsOn: [7, x]}\n"),
        )
        .with("catalog-data/manual/c.yaml", own("Notice", "c", ""))
        .with(
            "catalog-data/manual/cart.yaml",
            component("  owner: team-a\n  dependsOn: ['source:a']\n"),
        );
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let warnings: Vec<_> = ran.stderr.lines().filter(|line| line.starts_with("warning")).collect();
    assert_eq!(
        warnings,
        [
            "warning: catalog-data/manual/a.yaml:2:7: unknown kind `Source`",
            "warning: catalog-data/manual/c.yaml:2:7: unknown kind `Notice`",
        ]
    );
    assert_eq!(portal.run(&["build"]).code, 0);
    let page = portal.read("site/catalog/default/source/a.html");
    assert!(
        page.contains("default/component/cart.html") && page.contains("default/group/team-a.html"),
        "{page}"
    );
}

#[test]
fn the_newest_kinds_and_types_of_backstage_are_known() {
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", group("team-a", ""))
        .with("catalog-data/manual/api.yaml", "apiVersion: backstage.io/v1alpha2\nkind: API\nmetadata: {name: tools}\nspec:\n  type: mcp-server\n  lifecycle: production\n  owner: team-a\n  remotes: [{type: streamable-http, url: 'https://tools.example/mcp'}]\n")
        .with("catalog-data/manual/skill.yaml", "apiVersion: backstage.io/v1alpha1\nkind: AiResource\nmetadata: {name: review}\nspec: {type: skill, lifecycle: production, owner: team-a, disciplines: [web]}\n")
        .with("catalog-data/manual/plugin.yaml", "apiVersion: backstage.io/v1alpha1\nkind: AiResource\nmetadata: {name: tools}\nspec: {type: plugin, lifecycle: production, owner: team-a, skills: [review]}\n");
    let ran = portal.run(&["check", "--strict"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_eq!(portal.run(&["build"]).code, 0);
    let page = portal.read("site/catalog/default/airesource/review.html");
    assert!(page.contains("Skill of"), "{page}");
}

#[test]
fn a_reference_that_leads_nowhere_names_what_is_there_instead() {
    let system = |name: &str, namespace: &str| {
        format!(
            "apiVersion: backstage.io/v1alpha1\nkind: System\nmetadata: {{name: {name}, namespace: {namespace}}}\nspec: {{owner: 'group:default/team-a'}}\n"
        )
    };
    let portal = Portal::new().with("catalog-data/manual/team.yaml", group("team-a", "")).with(
        "catalog-data/manual/s.yaml",
        [system("Billing", "shop"), system("ticketing", "rail")].join("---\n"),
    );
    for (reference, hint) in [
        (
            "billing",
            "`system:shop/billing` exists: a reference without a namespace means that of the entity it stands in",
        ),
        ("shop/biling", "did you mean `billing`?"),
        ("tiketing", "did you mean `system:rail/ticketing`?"),
        ("team-a", "`group:default/team-a` exists: did you mean that kind?"),
    ] {
        let cart = component(&format!("  owner: team-a\n  system: {reference}\n"));
        let portal = Portal::new()
            .with("catalog-data/manual/cart.yaml", &cart)
            .with("catalog-data/manual/team.yaml", portal.read("catalog-data/manual/team.yaml"))
            .with("catalog-data/manual/s.yaml", portal.read("catalog-data/manual/s.yaml"));
        let ran = portal.run(&["check"]);
        assert!(ran.stderr.ends_with(&format!("hint: {hint}\n")), "{reference}: {}", ran.stderr);
    }
}

#[test]
fn what_looks_like_a_credential_is_a_warning_unless_the_settings_allow_it() {
    let token = "glpat-7dKq2xWz9LmN4rTb8VcP";
    let cart = component("  owner: team-a\n")
        .replace("  name: cart\n", &format!("  name: cart\n  description: log in with {token}\n"));
    let portal = Portal::new()
        .with("catalog-data/manual/team.yaml", group("team-a", ""))
        .with("catalog-data/manual/cart.yaml", &cart);
    let ran = portal.run(&["check"]);
    let expected = "warning: catalog-data/manual/cart.yaml:5:16: Component `cart`: `metadata.description` looks \
                    like a token of GitLab (rule `gitlab-token`)\n";
    assert!(ran.stderr.starts_with(expected) && !ran.stderr.contains(token), "{}", ran.stderr);
    assert_eq!((ran.code, portal.run(&["check", "--strict"]).code), (0, 1));
    for exception in ["skip_rules: [gitlab-token]", "allow: ['glpat-7dKq*']"] {
        let portal = Portal::new()
            .with("catalog-data/manual/team.yaml", group("team-a", ""))
            .with("catalog-data/manual/cart.yaml", &cart)
            .with("callboard.yaml", format!("title: Acme\nsecrets: {{ {exception} }}\n"));
        let ran = portal.run(&["check", "--strict"]);
        assert_eq!(ran.code, 0, "{exception}: {}", ran.stderr);
    }
    let portal =
        Portal::new().with("callboard.yaml", "title: Acme\nsecrets: { skip_rules: [gitlab] }\n");
    let ran = portal.run(&["check"]);
    assert_eq!(ran.code, 2);
    assert!(
        ran.stderr.contains("callboard.yaml:2:25: there is no rule `gitlab`"),
        "{}",
        ran.stderr
    );
}
