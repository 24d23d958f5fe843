//! What `check` says of templates, by the part of a template that is wrong.

use std::collections::BTreeMap;

use crate::{Settings, catalog::load_from, check_templates};

const FILE: &str = "scaffolds/templates/a/template.yaml";

/// The problems of a template with these parts of its `metadata` and `spec`.
fn problems_with(metadata: &str, spec: &str) -> Vec<String> {
    let text = format!(
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: a{metadata}}}\nspec:\n  \
         type: service\n{spec}"
    );
    let files = BTreeMap::from([(FILE.to_owned(), text)]);
    let (catalog, mut problems) = load_from(&files, &[]).expect("readable");
    problems.extend(check_templates(&files, &catalog, &Settings::of_author("", "")));
    let shown = problems.iter().map(ToString::to_string);
    shown.map(|problem| problem.replace(&format!("{FILE}:"), "")).collect()
}

fn problems(spec: &str) -> Vec<String> {
    problems_with("", spec)
}

const STEP: &str = "  steps: [{id: say, action: debug:log, input: {message: x}}]\n";

#[test]
fn mistakes_in_schemas_are_named_by_property() {
    let found = problems(&format!(
        "{STEP}  secrets: {{schema: {{type: strng}}}}\n  parameters:\n    - required: [name, nmae]\n      properties:\n        \
         name: {{type: string, required: true}}\n        age: {{type: integer, minimum: x}}\n    - properties:\n        \
         size: {{type: integer, default: big}}\n        tags:\n          type: array\n          default: [1]\n          \
         items: {{type: object, required: [id], properties: {{key: {{enum: [a], default: b}}}}}}\n"
    ));
    let expected = [
        "error: 7:28: this is not a JSON Schema: `strng` is not a choice of `type`",
        "error: 9:24: `nmae` is required, and there is no property `nmae`\nhint: did you mean `name`?",
        "error: 11:40: `name`",
        "error: 12:39: `age`",
        "error: 14:40: the default does not obey its own schema: `size` must be a whole number, found `big`",
        "error: 17:21: the default does not obey its own schema: `0` must be a map, found `1`",
        "error: 18:44: `id` is required, and there is no property `id`",
        "error: 18:88: the default does not obey its own schema: `b` is not a choice of `key`",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\nexpected {expected}");
    }
    assert!(found[2].contains("list `name` under `required`"), "{}", found[2]);
}

#[test]
fn inputs_that_are_written_out_obey_the_schema_of_the_action() {
    let found = problems(
        "  parameters: {properties: {name: {type: string}}}\n  steps:\n    - {action: fetch:template, input: \
         {values: {a: 1}}}\n    - {action: fs:rename, input: {files: [{from: a, to: 3}, {from: \
         '${{ parameters.name }}'}]}}\n    - {action: 'debug:log', input: {message: '${{ parameters.name }}'}}\n",
    );
    let expected = [
        "error: 8:32: `url` is missing",
        "error: 9:57: `to` must be a text, found `3`",
        "error: 9:61: `to` is missing",
    ];
    assert_eq!(found, expected);
}

#[test]
fn what_no_step_gives_and_steps_that_never_run_are_warnings() {
    let found = problems(
        "  steps:\n    - {id: pub, action: publish:git, input: {repoUrl: 'h?owner=a&repo=b'}}\n    - {id: no, action: \
         debug:log, if: false, input: {message: '${{ steps.pub.output.remoteUri }} ${{ steps.pub.result }} \
         ${{ steps.pub.output.remoteUrl }}'}}\n    - {id: each, action: debug:log, each: abc}\n    - {id: lone, action: \
         debug:log, each: '${{ [1] }}'}\n",
    );
    assert_eq!(
        found,
        [
            "warning: 8:39: the step `no` never runs\nhint: remove the step, or its condition",
            "warning: 8:68: the step `pub` has no output `remoteUri`\nhint: did you mean `remoteUrl`?",
            "warning: 8:102: a step has only `output`: `steps.pub.result` is empty",
            "error: 9:43: `each` must be a list or a map, found a text\nhint: write a list, a map, or one \
             `${{ … }}` with nothing around it",
        ]
    );
}

#[test]
fn each_over_a_parameter_that_may_be_missing_is_a_warning() {
    let spec = |more: &str| {
        format!(
            "  parameters: {{properties: {{list: {{type: array{more}}}}}}}\n  steps:\n    - {{action: debug:log, each: \
             '${{{{ parameters.list }}}}'}}\n    - {{action: debug:log, each: '${{{{ parameters.list or [] }}}}'}}\n"
        )
    };
    assert_eq!(
        problems(&spec("")),
        [
            "warning: 8:33: a request may leave out `list`, and `each` must be a list or a map\nhint: give `list` a \
          default, list it under `required`, or write `parameters.list or []`"
        ]
    );
    assert!(problems(&spec(", default: []")).is_empty());
}

#[test]
fn a_token_that_is_a_secret_is_ignored_and_other_secrets_are_errors() {
    let found = problems(
        "  parameters:\n    - required: [password]\n      backstage:featureFlag: beta\n      properties: {password: \
         {type: string, 'ui:field': Secret}}\n  steps:\n    - id: pub\n      action: publish:git\n      \
         backstage:permissions: {tags: [a]}\n      input: {repoUrl: 'h?owner=a&repo=b', token: \
         '${{ secrets.USER_OAUTH_TOKEN }}'}\n    - {action: debug:log, input: {message: '${{ secrets.KEY }}'}}\n",
    );
    let expected = [
        "error: 7:18: the secret `password` is required, and a request has no secrets",
        "note: 8:7: `backstage:featureFlag` is ignored",
        "note: 13:7: `backstage:permissions` is ignored",
        "note: 14:44: `token` is ignored: a request has no secrets, and credentials belong to origins",
        "error: 15:49: a request has no secrets, so this has no value",
    ];
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.starts_with(expected), "{found}\nexpected {expected}");
    }
}

#[test]
fn expressions_that_backstage_leaves_as_text_are_errors_unless_the_template_is_lenient() {
    let spec = "  parameters: {properties: {a: {type: string}}}\n  steps: [{action: debug:log, input: {message: \
                '${{ parameters.a || 1 }}'}}]\n";
    let strict = problems(spec);
    assert!(strict.len() == 1 && strict[0].starts_with("error: 7:"), "{strict:?}");
    let lenient = problems_with(", annotations: {callboard.dev/expressions: lenient}", spec);
    assert!(lenient.len() == 1 && lenient[0].starts_with("warning: 7:"), "{lenient:?}");
    assert!(lenient[0].contains("the text stays as it is written"), "{lenient:?}");
}

#[test]
fn an_older_template_is_named_as_such() {
    for (version, kind) in
        [("backstage.io/v1beta2", "Template"), ("backstage.io/v1alpha1", "Template")]
    {
        let text = format!(
            "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: a}}\nspec:\n  type: service\n  templater: cookiecutter\n  \
             path: ./template\n  schema: {{required: [name]}}\n"
        );
        let files = BTreeMap::from([(FILE.to_owned(), text)]);
        let (_, problems) = load_from(&files, &[]).expect("readable");
        let found: Vec<_> =
            problems.iter().map(crate::base::diagnostics::Diagnostic::text).collect();
        let [found] = found.as_slice() else { panic!("{found:#?}") };
        assert!(
            found.starts_with(&format!("{FILE}:1:13: `{version}` is an older form of templates")),
            "{found}"
        );
        assert!(found.contains("scaffolder.backstage.io/v1beta3"), "{found}");
    }
}

#[test]
fn keys_and_characters_of_json_are_read_as_yaml() {
    let found = problems(&format!("{STEP}  {STEP}"));
    assert_eq!(found.len(), 1, "{found:#?}");
    let found = problems("  steps:\n    - {action: debug:log, input: {message: a, message: b}}\n");
    assert_eq!(
        found,
        ["error: 7:47: the key `message` is there twice: it is at line 7 column 35 already"]
    );
    let found = problems(
        "  steps:\n    - {action: debug:log, input: {message: \"\\ud83d\\ude80 ${{ x }}\"}}\n",
    );
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].contains("there is nothing called `x` here"), "{found:?}");
}

#[test]
fn what_backstage_takes_is_a_warning_in_a_lenient_template() {
    let spec = "  parameters: {properties: {ci: {enum: [1, 2], default: '2'}}}\n  steps:\n    - {id: say, action: \
                debug:log, input: {mesage: '${{ parameters.ci | companyFilter }}'}}\n    - {action: debug:log, input: \
                {message: \"${{ steps.say.output | dump }}\"}}\n";
    let expected = [
        "6:57: the default does not obey its own schema: `2` is not a choice of `ci`\nhint: the choice is no text: write it \
         without quotes",
        "8:44: `debug:log` has no input `mesage`\nhint: did you mean `message`?",
        "8:73: unknown filter `companyFilter`",
    ];
    let strict = problems(spec);
    assert_eq!(strict.len(), expected.len(), "{strict:#?}");
    let lenient = problems_with(", annotations: {callboard.dev/expressions: lenient}", spec);
    assert_eq!(lenient.len(), expected.len(), "{lenient:#?}");
    for (index, expected) in expected.iter().enumerate() {
        assert!(strict[index].starts_with(&format!("error: {expected}")), "{}", strict[index]);
        assert!(lenient[index].starts_with(&format!("warning: {expected}")), "{}", lenient[index]);
        assert!(index < 2 || strict[index].contains("hint: filters that a company adds"));
    }
}

#[test]
fn a_template_is_planned_with_the_least_that_a_request_may_have() {
    let step = |message: &str| {
        format!("  steps: [{{id: say, action: debug:log, input: {{message: \"{message}\"}}}}]\n")
    };
    let parameters = "  parameters:\n    - required: [name, mail, size, repo, kind, map]\n      properties:\n        \
         name: {type: string, pattern: '^[A-Z]+$'}\n        mail: {type: string, format: email}\n        \
         size: {type: integer, minimum: 4, maximum: 5}\n        repo: {type: string, ui:field: RepoUrlPicker}\n        \
         kind: {type: string, enum: [a, b]}\n        map: {type: object, required: [key], properties: {key: {type: \
         string, format: uri}}}\n        tags: {type: array, items: {type: string}}\n        title: {type: string}\n";
    // A value that need not be given is read as if it were.
    let found = problems(&format!("{parameters}{}", step("${{ parameters.title.toUpperCase() }}")));
    assert_eq!(found.len(), 1, "{found:#?}");
    assert!(found[0].starts_with("warning: 17:90: "), "{}", found[0]);
    let expected = "a request with {\"name\":\"EXAMPLE\",\"mail\":\"someone@example.com\",\"size\":4,\"repo\":\
                    \"github.com?owner=example&organization=example&project=example&repo=example\",\"kind\":\"a\",\"map\":";
    assert!(found[0].contains(expected), "{}", found[0]);
    for sound in [
        "${{ parameters.name.toLowerCase() }} ${{ parameters.map.key.toUpperCase() }}",
        "${{ (parameters.title or 'none').toUpperCase() }}",
        "${{ parameters.tags | length }} tags",
    ] {
        assert_eq!(
            problems(&format!("{parameters}{}", step(sound))),
            Vec::<String>::new(),
            "{sound}"
        );
    }
    // The settings of these tests do not say where repositories are made.
    let publish = "  steps:\n    - {action: 'roadiehq:utils:fs:write', input: {path: a, content: x}}\n    - {action: \
                   'publish:git', input: {repoUrl: '${{ parameters.repo }}'}}\n";
    assert_eq!(problems(&format!("{parameters}{publish}")), Vec::<String>::new());
    // Nothing is said where no value can be guessed.
    let odd = "  parameters: {required: [name], properties: {name: {type: string, pattern: '^xq{17}z$'}, title: {type: string}}}\n";
    let found = problems(&format!("{odd}{}", step("${{ parameters.title.toUpperCase() }}")));
    assert_eq!(found, Vec::<String>::new());
}
