//! Templates that are made of several files.

use std::collections::BTreeMap;

use super::Template;
use crate::{
    base::{diagnostics::Diagnostic, files::Mode, path::RelativePath},
    catalog::{Catalog, EntityRef, load_from},
    check_templates,
    settings::{Expressions, Settings},
};

const TEMPLATE: &str = "\
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: composed}
spec:
  type: service
  parameters:
    - $yaml: ./pages/name.yaml
    - properties: {$yaml: ../../shared/more.yaml}
  steps:
    - $yaml: ./steps.yaml
    - {id: last, action: debug:log, input: {message: {$text: ./message.txt}}}
";

fn portal(changes: &[(&str, &str)]) -> BTreeMap<String, String> {
    let files = [
        ("scaffolds/templates/team/composed/template.yaml", TEMPLATE),
        (
            "scaffolds/templates/team/composed/pages/name.yaml",
            "properties:\n  name: &text {type: string, minLength: 3}\n  alias: {<<: *text, title: A}\n",
        ),
        ("scaffolds/templates/shared/more.yaml", "colour: {type: string}\n"),
        (
            "scaffolds/templates/team/composed/steps.yaml",
            "- id: one\n  action: debug:log\n- id: two\n  action: debug:log\n  input:\n    message: |\n      \
             first\n      ${{ parameters.colour }}\n",
        ),
        ("scaffolds/templates/team/composed/message.txt", "for\n  ${{ parameters.alias }}\n"),
        // A skeleton may make a template.
        ("scaffolds/templates/team/composed/skeleton/template.yaml", TEMPLATE),
    ];
    let files = files.iter().chain(changes);
    files.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect()
}

fn catalog(files: &BTreeMap<String, String>) -> (Catalog, Vec<Diagnostic>) {
    load_from(files, &[]).expect("readable")
}

fn template(files: &BTreeMap<String, String>) -> Template {
    let (catalog, problems) = catalog(files);
    assert_eq!(problems, []);
    let reference = EntityRef::new("template", "default", "composed");
    Template::load(files, &catalog, &reference, Expressions::Strict).expect("valid").expect("there")
}

/// All that is wrong with the templates, as `check` reports it.
fn problems(changes: &[(&str, &str)]) -> Vec<String> {
    let files = portal(changes);
    let (catalog, mut problems) = catalog(&files);
    problems.extend(check_templates(&files, &catalog, &Settings::of_author("", "")));
    problems.dedup();
    problems.iter().map(Diagnostic::text).collect()
}

#[test]
fn a_template_is_made_of_the_files_that_it_includes() {
    let template = template(&portal(&[]));
    assert_eq!(template.file, "scaffolds/templates/team/composed/template.yaml");
    let ids: Vec<_> = template.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["one", "two", "last"]);
    assert_eq!(template.parameter_names(), ["alias", "colour", "name"]);
    assert_eq!(template.pages[0]["properties"]["alias"]["minLength"], 3);
    assert_eq!(template.steps[2].input["message"], "for\n  ${{ parameters.alias }}\n");
    assert!(problems(&[]).is_empty());
}

#[test]
fn mistakes_are_reported_in_the_file_that_has_them() {
    let found = problems(&[
        (
            "scaffolds/templates/team/composed/steps.yaml",
            "- id: one\n  action: debug:lag\n- id: last\n  action: debug:log\n  input:\n    message: |\n      \
             first\n      ${{ parameters.color }} ${{ 1 + }}\n",
        ),
        ("scaffolds/templates/team/composed/message.txt", "for\n  ${{ parameters.name | uper }}\n"),
    ]);
    let expected =
        ["scaffolds/templates/team/composed/template.yaml:11:12: there are two steps `last`"];
    assert_eq!(found, expected);
    let found = problems(&[
        (
            "scaffolds/templates/team/composed/steps.yaml",
            "- id: one\n  action: debug:lag\n- id: two\n  action: debug:log\n  input:\n    message: |\n      \
             first\n      ${{ parameters.color }}\n",
        ),
        ("scaffolds/templates/team/composed/message.txt", "for\n  ${{ parameters.name | uper }}\n"),
    ]);
    let starts = [
        "scaffolds/templates/team/composed/message.txt:2:25: unknown filter `uper`",
        "scaffolds/templates/team/composed/steps.yaml:2:11: there is no action `debug:lag`",
        "scaffolds/templates/team/composed/steps.yaml:8:11: there is no parameter `color`",
    ];
    assert_eq!(found.len(), starts.len(), "{found:#?}");
    for (found, start) in found.iter().zip(starts) {
        assert!(found.starts_with(start), "{found}\nexpected {start}");
    }
}

#[test]
fn an_include_that_fails_is_the_only_problem() {
    let template = TEMPLATE.replace("./steps.yaml", "https://a.example/steps.yaml");
    let found = problems(&[("scaffolds/templates/team/composed/template.yaml", &template)]);
    let expected = "scaffolds/templates/team/composed/template.yaml:10:14: `https://a.example/steps.yaml` is not \
                    in `scaffolds/lock.yaml`\nhint: run `callboard scaffold lock`, and commit the file";
    assert_eq!(found, [expected]);
}

#[test]
fn a_file_outside_of_the_folder_changes_the_digest() {
    let digest = |changes: &[(&str, &str)]| template(&portal(changes)).digest;
    let other = ("scaffolds/templates/shared/more.yaml", "colour: {type: string, minLength: 1}\n");
    assert_eq!(digest(&[]), digest(&[]));
    assert_ne!(digest(&[]), digest(&[other]));
}

#[test]
fn the_files_of_a_template_of_a_source_are_where_the_snapshot_put_them() {
    let fragment = TEMPLATE_OF_SOURCE.to_owned();
    let home = "catalog-data/templates/code/template/default/composed";
    let files = |run: &str| {
        BTreeMap::from([
            (
                "catalog-data/entities/code/template/default/composed.yaml".to_owned(),
                fragment.clone(),
            ),
            (
                "catalog-data/entities/code/template/default/other.yaml".to_owned(),
                "x: [".to_owned(),
            ),
            (
                format!("{home}/source.yaml"),
                "file: t/template.yaml\nexecutable: [t/skeleton/run.sh, shared/tool.sh]\n"
                    .to_owned(),
            ),
            (format!("{home}/files/t/skeleton/run.sh"), run.to_owned()),
            (format!("{home}/files/shared/tool.sh"), "tool\n".to_owned()),
        ])
    };
    let load = |files: &BTreeMap<String, String>| {
        let (catalog, _) = load_from(files, &[]).expect("readable");
        let reference = EntityRef::new("template", "default", "composed");
        Template::load(files, &catalog, &reference, Expressions::Strict)
    };
    let portal = files("run\n");
    let template = load(&portal).expect("valid").expect("there");
    // The files of other templates are not its own.
    let own: Vec<_> = template.files.files().map(|(path, _)| path.to_string()).collect();
    assert_eq!(own, ["composed.yaml", "skeleton/run.sh"]);
    let mode = |path: &str| {
        let path = template.resolve(path).expect("in the source");
        let (folder, name) = path.rsplit_once('/').expect("a folder");
        let files = template.read_folder(&portal, folder).expect("readable");
        files.get(&RelativePath::new(name).expect("a name")).expect("a file").mode
    };
    assert_eq!([mode("skeleton/run.sh"), mode("../shared/tool.sh")], [Mode::Executable; 2]);
    for outside in ["../../source.yaml", "../../../../../../callboard.yaml", "/etc/passwd"] {
        assert_eq!(template.resolve(outside), None, "{outside}");
    }
    let changed = load(&files("changed\n")).expect("valid").expect("there");
    assert_ne!(changed.digest, template.digest);

    let mut broken = portal.clone();
    broken.insert(format!("{home}/source.yaml"), "file: ../../x\n".to_owned());
    let problems = load(&broken).expect_err("refused");
    assert!(problems[0].text().contains("source.yaml"), "{}", problems[0].text());
}

const TEMPLATE_OF_SOURCE: &str = "\
apiVersion: scaffolder.backstage.io/v1beta3
kind: Template
metadata: {name: composed}
spec:
  type: service
  steps:
    - {action: debug:log, input: {message: x}}
";
