//! `callboard source new`, `test` and `list`; and the documented presets, on the sample company.

use std::{fmt::Write, path::Path};

use callboard::{
    cli::demo::company::SampleApis,
    snapshot::{Parameter, Preset, preset, preset_names},
};
use callboard_testing::{Portal, assert_text, is_overwriting, str};

use crate::{
    program::{ProgramOutput, RunProgram, isolated},
    sample::tree,
};

/// Starts the sample company; stops with the runtime.
fn company() -> (tokio::runtime::Runtime, SampleApis) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let apis = runtime.block_on(SampleApis::start()).expect("the sample's APIs");
    (runtime, apis)
}

/// Runs the program with the variables that the sample's sources ask for.
fn run(portal: &Portal, apis: &SampleApis, args: &[&str]) -> ProgramOutput {
    let mut command = isolated(portal.path());
    command.args(args).envs(apis.environment());
    ProgramOutput::of(&command.output().expect("the program starts"))
}

#[test]
fn the_presets_are_listed_when_none_is_named() {
    let ran = Portal::new().run(&["source", "new"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for name in preset_names() {
        let line = ran.stdout.lines().find(|line| line.starts_with(&name));
        let description = preset(&name).expect("it is listed").description;
        assert!(line.is_some_and(|line| line.ends_with(&description)), "{name}:\n{}", ran.stdout);
    }
}

#[test]
fn a_source_of_a_preset_is_written_and_added_to_the_settings() {
    let portal = Portal::empty()
        .with("callboard.yaml", "title: Test # ours\nsources: [org] # in order\nsite: {}\n");
    let args = ["source", "new", "--preset", "azure-devops", "--value", "organisation=acme"];
    let args = [&args[..], &["--value", "owner=group:default/platform"]].concat();
    let ran = portal.run(&args);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_text(
        ran.stdout,
        str![[r#"
wrote catalog-data/sources/azure-devops.yaml
added `azure-devops` to `sources` in callboard.yaml
set in the environment: `AZURE_DEVOPS_TOKEN`
next: callboard source test azure-devops

"#]],
    );
    assert_text(
        portal.read("catalog-data/sources/azure-devops.yaml"),
        str![[r#"
# Azure DevOps: team projects, repositories with their catalog-info.yaml, and pipelines.
#
# It reads these environment variables:
#   AZURE_DEVOPS_TOKEN: a personal access token with the scopes Project and Team (read), Code (read) and Build (read)
#
# Every other key of a source can stand here too, and is stronger than the preset's. A file
# <name>.jq beside this one replaces the preset's mapping. See `callboard help presets`.
preset: azure-devops
values:
  # Name of the organisation, the part after dev.azure.com/
  organisation: acme
  # Group that owns the entities that name no other owner
  owner: group:default/platform
  # Make entities (base), or only add to those of earlier sources (enrich)
  # role: base
  # Which repositories are components, those with a catalog-info.yaml (catalog-info) or all (repositories)
  # components: catalog-info
  # Type of a component that has no catalog-info.yaml
  # component_type: service
  # Name of such a component, that of its repository (repository) or of both where repositories of several projects are named alike (project-repository)
  # component_name: repository
  # Lifecycle of a component that has no catalog-info.yaml
  # lifecycle: production
  # Read the pipelines of each repository, yes or no
  # pipelines: yes
  # Write the last result of each pipeline too, yes or no; every change of one is a commit
  # with_results: no
  # Repositories to leave out, as a regular expression for project/repository
  # except: ''
  # Address of the service, other than https://dev.azure.com for Azure DevOps Server
  # server: https://dev.azure.com
  # Version of the API that is asked for
  # api_version: '7.1'

"#]],
    );
    assert_text(
        portal.read("callboard.yaml"),
        str![[r#"
title: Test # ours
sources: [org, azure-devops] # in order
site: {}

"#]],
    );
    assert!(!portal.path().join("catalog-data/sources/azure-devops.jq").exists());
    assert_eq!(portal.run(&["check"]).code, 1, "`org` has no file");

    let again = portal.run(&args);
    assert_eq!(again.code, 2);
    assert!(again.stderr.contains("`catalog-data/sources/azure-devops.yaml` is already there"));
}

#[test]
fn missing_and_wrong_values_are_all_named_and_nothing_is_written() {
    let portal = Portal::new();
    let ran =
        portal.run(&["source", "new", "ado", "--preset", "azure-devops", "--value", "role=bas"]);
    assert_eq!(ran.code, 2);
    assert_text(
        ran.stderr,
        str![[r#"
error: the value `organisation` is missing: Name of the organisation, the part after dev.azure.com/
the value `owner` is missing: Group that owns the entities that name no other owner
`bas` cannot be the value of `role`: Make entities (base), or only add to those of earlier sources (enrich)
hint: it matches `base|enrich`
hint: add --value organisation=acme --value owner=group:default/platform

"#]],
    );
    assert!(!portal.path().join("catalog-data").exists());
    let ran = portal.run(&["source", "new", "--preset", "azure-devop"]);
    assert_text(
        ran.stderr,
        str![[r#"
error: there is no preset `azure-devop`
hint: did you mean `azure-devops`?

"#]],
    );
    let ran = portal.run(&["source", "new", "ado"]);
    let presets = preset_names().join(", ");
    assert_eq!(
        ran.stderr,
        format!(
            "error: say what to start from: `--preset PRESET` or `--url URL`\nhint: {presets}\n"
        )
    );
    let ran = portal.run(&["source", "new", "manual", "--url", "https://api.example/"]);
    assert_text(
        ran.stderr,
        str![[r#"
error: `manual` cannot be the name of a source
hint: use letters, digits and, between them, `-`, `_` or `.`

"#]],
    );
    assert_eq!(portal.read("callboard.yaml"), "title: Test\n");
}

#[test]
fn a_source_of_an_address_starts_with_a_mapping_that_works() {
    let (_runtime, apis) = company();
    let portal = Portal::new();
    let url = "${ORG_URL}/organisation/v1/entites";
    let ran = run(&portal, &apis, &["source", "new", "teams", "--url", url]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_text(
        portal.read("callboard.yaml"),
        str![[r#"
title: Test

sources: [teams]

"#]],
    );
    assert_text(
        portal.read("catalog-data/sources/teams.yaml"),
        str![[r##"
# How teams is read. Every key is explained by `callboard help sources-reference`.
kind: http
url: ${ORG_URL}/organisation/v1/entites

# Keys and tokens come from the environment, never from this file: one of these. `callboard source new` writes
# it with `--auth`, which is `header`, `basic`, `bearer` or `oauth2`.
# headers: { X-Api-Key: "${TEAMS_KEY}" }
# auth: { type: basic, username: "${TEAMS_USER}", password: "${TEAMS_PASSWORD}" }
# auth: { type: bearer, token: "${TEAMS_TOKEN}" }
# auth: { type: oauth2, token_url: https://login.example/oauth2/token, client_id: "${TEAMS_CLIENT_ID}", client_secret: "${TEAMS_CLIENT_SECRET}" }

# How the next page is found, one of these; without one, there is one page. `--paging` writes it: `page`,
# `offset`, `cursor`, `odata`, `link` or `continuation`.
# paging: { type: page, parameter: page, first: 1 }
# paging: { type: offset, parameter: offset, limit: 100, limit_parameter: limit }
# paging: { type: cursor, next: .next, parameter: cursor }
# paging: { type: odata }
# paging: { type: link }
# paging: { type: continuation, header: x-ms-continuationtoken, parameter: continuationToken }

# Where the records stand in an answer that is not itself their list (`--items`):
# items: .data[]

"##]],
    );
    assert_eq!(portal.run(&["check", "--strict"]).code, 0);
}

#[test]
fn a_source_of_an_address_has_the_paging_and_the_credential_that_it_is_told() {
    for (paging, auth, expected) in [
        ("odata", "oauth2", "`API_CLIENT_ID`, `API_CLIENT_SECRET`"),
        ("page", "header", "`API_KEY`"),
        ("offset", "basic", "`API_PASSWORD`, `API_USER`"),
        ("cursor", "bearer", "`API_TOKEN`"),
        ("link", "bearer", "`API_TOKEN`"),
        ("continuation", "bearer", "`API_TOKEN`"),
    ] {
        let portal = Portal::new();
        let args = ["source", "new", "api", "--url", "https://api.example/x", "--paging", paging];
        let args =
            [&args[..], &["--auth", auth, "--token-url", "https://login.example/t"]].concat();
        let ran = portal.run(&args);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        assert!(
            ran.stdout.contains(&format!("set in the environment: {expected}\n")),
            "{}",
            ran.stdout
        );
        let file = portal.read("catalog-data/sources/api.yaml");
        assert!(file.contains(&format!("\npaging: {{ type: {paging}")), "{file}");
        let ran = portal.run(&["check", "--strict"]);
        assert_eq!(ran.code, 0, "{paging} {auth}: {}", ran.stderr);
    }
    let ran = Portal::new().run(&[
        "source",
        "new",
        "a",
        "--url",
        "https://a.example",
        "--auth",
        "oauth2",
    ]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("--token-url"), "{}", ran.stderr);
}

#[test]
fn the_example_presets_make_the_sample_company() {
    let (_runtime, apis) = company();
    let portal = Portal::new();
    for (name, url) in [
        ("org", "${ORG_URL}/organisation/v1"),
        ("la-carto", "${LA_CARTO_URL}/carto/api/v2/applications"),
    ] {
        let url = format!("url={url}");
        let args = ["source", "new", "--preset", name, "--value", &url];
        let args = [&args[..], &["--value", "prefix=galerie-mercure.example"]].concat();
        let ran = portal.run(&args);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
    }
    let ran = run(&portal, &apis, &["snapshot", "--no-commit"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let golden = Path::new(env!("CARGO_MANIFEST_DIR")).join("catalog-data/entities");
    for source in ["org", "la-carto"] {
        let made = tree(&portal.path().join("catalog-data/entities").join(source));
        assert_eq!(made.len(), tree(&golden.join(source)).len());
        assert!(made == tree(&golden.join(source)), "{source}: other entities than the sample's");
    }
}

/// The page about presets ends with what the presets say of themselves.
#[test]
fn the_presets_are_documented() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/presets.md");
    let text = std::fs::read_to_string(&page).expect("a page");
    let mark = "<!-- What follows is written by `make golden`. -->\n";
    let start = text.find(mark).map_or(text.len(), |at| at + mark.len());
    let mut reference = String::new();
    for name in preset_names() {
        describe(&preset(&name).expect("it is listed"), &mut reference);
    }
    if is_overwriting() {
        let head = text[..start].trim_end_matches(mark);
        std::fs::write(&page, format!("{head}{mark}{reference}")).expect("writable");
        return;
    }
    assert!(text[start..] == reference, "docs/presets.md is old: run `make golden`");
}

fn describe(preset: &Preset, text: &mut String) {
    let Preset { name, description, variables, parameters, .. } = preset;
    let _ = write!(text, "\n## `{name}`\n\n{description}.\n");
    if !variables.is_empty() {
        text.push_str("\n| variable | what it is |\n|---|---|\n");
    }
    for (name, meaning) in variables {
        let _ = writeln!(text, "| `{name}` | {} |", cell(meaning));
    }
    if !parameters.is_empty() {
        text.push_str("\n| value | what it is | default | such as |\n|---|---|---|---|\n");
    }
    for Parameter { name, question, default, example, .. } in parameters {
        let code = |value: &str| match value {
            "" => "nothing".to_owned(),
            value => format!("`{}`", cell(value)),
        };
        let default = default.as_deref().map_or_else(|| "must be given".into(), code);
        let example = example.as_deref().map(code).unwrap_or_default();
        let _ = writeln!(text, "| `{name}` | {} | {default} | {example} |", cell(question));
    }
}

fn cell(text: &str) -> String {
    text.trim_end().replace('|', "\\|")
}

#[test]
fn sources_are_listed_as_they_are_read() {
    let portal = Portal::empty()
        .with("callboard.yaml", "title: Test\nsources: [org, ado, gone]\n")
        .with("catalog-data/sources/aaa.yaml", "kind: http\nurl: https://api.example\n")
        .with(
            "catalog-data/sources/org.yaml",
            "preset: org\nvalues: { url: https://org.example }\n",
        )
        .with(
            "catalog-data/sources/ado.yaml",
            "preset: azure-devops\nvalues: { organisation: a, owner: b, role: enrich }\n",
        );
    let ran = portal.run(&["source", "list"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_text(
        ran.stdout,
        str![[r#"
org   base    preset org
ado   enrich  preset azure-devops
gone  cannot be read: see `callboard check`
aaa   base    http  not in the settings

"#]],
    );
    let ran = portal.run(&["source", "list", "--json"]);
    let rows: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    assert_eq!(
        rows[1],
        serde_json::json!({ "name": "ado", "kind": "http", "preset": "azure-devops", "role": "enrich", "read": true })
    );
    assert_eq!(rows[2]["kind"], serde_json::Value::Null);
    assert_eq!(rows[3]["read"], false);
    assert!(Portal::new().run(&["source", "list"]).stderr.contains("callboard source new"));
}

/// A portal with the sample company's organisation API as its only source.
fn organisation() -> Portal {
    let portal = Portal::new();
    let args = ["source", "new", "--preset", "org", "--value", "url=${ORG_URL}/organisation/v1"];
    assert_eq!(portal.run(&args).code, 0);
    portal
}

#[test]
#[expect(clippy::too_many_lines, reason = "a record is long, and shown as it is")]
fn a_test_shows_a_record_and_what_becomes_of_it() {
    let (_runtime, apis) = company();
    let portal = organisation();
    let ran = run(&portal, &apis, &["source", "test", "org", "--record", "2"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert_text(
        ran.stdout,
        str![[r#"
record 2 of `entites`
{
  "identifiant": "ENT-0200",
  "libelle": "Offre et marketing",
  "libelleAbrege": null,
  "niveau": "UNITE",
  "entiteParente": "ENT-0100",
  "cheminHierarchique": "Galerie Mercure > Offre et marketing",
  "etat": "OUVERTE",
  "mission": "Ce que nous vendons, à quel prix, et comment nous le faisons savoir.",
  "adresseGenerique": "offre-marketing@galerie-mercure.example",
  "centreDeCout": "0004159611",
  "societe": {
    "code": "0010",
    "raisonSociale": "GALERIE MERCURE SAS",
    "siren": null
  },
  "etablissement": "PARIS-17",
  "effectif": {
    "present": 1,
    "budgete": 2,
    "etp": "1,0"
  },
  "dateCreation": "20120620",
  "dateFermeture": null,
  "cleSap": "O95431565",
  "ordreAffichage": 22
}

becomes 1 entity
---
apiVersion: backstage.io/v1alpha1
kind: Group
metadata:
  name: offre-et-marketing
  description: Ce que nous vendons, à quel prix, et comment nous le faisons savoir.
  annotations:
    callboard.dev/code-entite: ENT-0200
spec:
  type: unit
  children: []
  parent: group:default/galerie-mercure
  profile:
    displayName: Offre et marketing
    email: offre-marketing@galerie-mercure.example

record 2 of `personnes`
{
  "matricule": "00104172",
  "nomUsuel": "Lemaître",
  "nomNaissance": null,
  "prenom": "Grégoire",
  "courriel": "gregoire.lemaitre@galerie-mercure.example",
  "identifiantTechnique": "u503902",
  "telephoneInterne": "79679",
  "statut": "ACTIF",
  "dateSortie": null,
  "affectations": [
    {
      "codeEntite": "ENT-0200",
      "libelleEntite": "Offre et marketing",
      "role": "Directeur de l'unité",
      "principale": true,
      "tauxOccupation": "100",
      "dateDebut": "20201218",
      "dateFin": null
    }
  ],
  "site": {
    "code": "LIL01",
    "libelle": "Lille Europe",
    "etage": 5
  },
  "contrat": {
    "type": "CDD",
    "tempsTravail": "80 %",
    "convention": "Commerce à distance",
    "dateAnciennete": "20210521"
  },
  "centreDeCout": "0004192445",
  "badge": {
    "numero": 848507,
    "zones": [
      "A",
      "B"
    ]
  },
  "soldeConges": null,
  "horodatageSap": "20251028T040000Z"
}

becomes 1 entity
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata:
  name: gregoire-lemaitre
  description: Directeur de l'unité
  annotations:
    callboard.dev/technical-id: u503902
spec:
  memberOf:
  - group:default/offre-et-marketing
  profile:
    displayName: Grégoire Lemaître
    email: gregoire.lemaitre@galerie-mercure.example


"#]],
    );
    assert!(!portal.path().join("catalog-data/entities").exists());

    let ran = run(&portal, &apis, &["source", "test", "org", "--limit", "1", "--json"]);
    let answer: serde_json::Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let records = answer["records"].as_array().expect("a list");
    let requests: Vec<_> = records.iter().map(|r| r["request"].as_str()).collect();
    assert_eq!(requests, [Some("entites"), Some("personnes")], "one of each request");
    assert_eq!(records[0]["entities"][0]["kind"], "Group");
}

#[test]
fn source_test_shows_the_problems_below_each_record() {
    let (_runtime, apis) = company();
    let portal = organisation().with(
        "catalog-data/sources/org.jq",
        r#"{ apiVersion: "backstage.io/v1alpha1", kind: "Group", metadata: { name: "a b" }, spec: { type: "team" } }"#,
    );
    let ran = run(&portal, &apis, &["source", "test", "org", "--limit", "1"]);
    assert_eq!(ran.code, 1);
    assert_text(
        ran.stderr,
        str![[r#"
error: catalog-data/sources/org.jq: record 1 of `entites`: Group `a b`: `metadata.name`: `a b` is not a valid name
  hint: expected letters, digits and, between them, `-`, `_` or `.`, at most 63
error: catalog-data/sources/org.jq: record 1 of `personnes`: Group `a b`: `metadata.name`: `a b` is not a valid name
  hint: expected letters, digits and, between them, `-`, `_` or `.`, at most 63

"#]],
    );
    let portal = portal.with("catalog-data/sources/org.jq", ".libelle.nom");
    let ran = run(&portal, &apis, &["source", "test", "org", "--record", "1"]);
    assert_eq!(ran.code, 1);
    assert!(ran.stderr.contains("org.jq: record 1 of `entites`"), "{}", ran.stderr);
    assert!(ran.stderr.contains("hint: the record is "), "{}", ran.stderr);
}

#[test]
fn source_test_says_why_a_source_cannot_be_read() {
    let portal = organisation();
    let ran = portal.run(&["source", "test", "org"]);
    assert_eq!(ran.code, 2, "{}", ran.stderr);
    assert!(ran.stderr.contains("environment variable `ORG_URL` is not set"), "{}", ran.stderr);
    let ran = portal.run(&["source", "test", "orgg"]);
    assert_eq!(ran.code, 2);
    assert!(ran.stderr.contains("did you mean `org`?"), "{}", ran.stderr);
}
