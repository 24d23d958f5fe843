//! Every valid request of a template that `check` finds clean has a plan.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{plan_steps, prepare};
use crate::{
    Repositories, RepositoryHome, Request, Settings,
    catalog::{Catalog, EntityRef, load_from},
    check_templates,
    parameters::active,
    schema::is_valid,
};

const ORG: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Group
metadata: {name: platform}
spec: {type: team, children: []}
---
apiVersion: backstage.io/v1alpha1
kind: User
metadata: {name: ada}
spec: {memberOf: [platform]}
";

const SKELETON: &str = "\
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: ${{ values.name }}
  description: ${{ values.description | dump }}
spec: {type: service, lifecycle: production, owner: '${{ values.owner }}'}
";

const TEMPLATES: &[(&str, &str)] = &[
    ("service", include_str!("../tests/templates/service.yaml")),
    ("alternatives", include_str!("../tests/templates/alternatives.yaml")),
];

fn portal() -> BTreeMap<String, String> {
    let mut files = BTreeMap::from([("catalog-data/manual/org.yaml".to_owned(), ORG.to_owned())]);
    for (name, text) in TEMPLATES {
        let folder = format!("scaffolds/templates/{name}");
        files.insert(format!("{folder}/template.yaml"), (*text).to_owned());
        files.insert(format!("{folder}/skeleton/catalog-info.yaml"), SKELETON.to_owned());
        files.insert(format!("{folder}/skeleton/readme.md"), "# ${{ values.name }}\n".to_owned());
    }
    files
}

fn settings() -> Settings {
    let repositories = Repositories {
        home: Some(RepositoryHome::Directory("repositories".into())),
        ..Repositories::default()
    };
    Settings { repositories, ..Settings::of_author("Platform", "platform@example.com") }
}

/// Numbers that decide what a request has; when they are used up, all are 0.
struct Choices(Vec<u32>);

impl Choices {
    /// A number below `most`.
    fn below(&mut self, most: usize) -> usize {
        self.0.pop().unwrap_or_default() as usize % most.max(1)
    }

    /// A value of a schema.
    fn value(&mut self, schema: &Value) -> Value {
        if let Some(value) = schema.get("const") {
            return value.clone();
        }
        if let Some(options) = schema.get("enum").and_then(Value::as_array) {
            return options[self.below(options.len())].clone();
        }
        if let Some(branches) = schema.get("anyOf").and_then(Value::as_array) {
            let chosen = self.below(branches.len());
            return self.value(&branches[chosen]);
        }
        let bound =
            |key: &str, other: u64| schema.get(key).and_then(Value::as_u64).unwrap_or(other);
        let field = schema.get("ui:field").and_then(Value::as_str);
        match (schema["type"].as_str(), field) {
            (_, Some("OwnerPicker")) => json!("group:default/platform"),
            (_, Some("RepoUrlPicker")) => {
                json!(format!("github.com?owner=acme&repo=shop-{}", self.below(3)))
            }
            (Some("boolean"), _) => json!(self.below(2) == 1),
            (Some("integer"), _) => {
                let step = bound("multipleOf", 1);
                let (least, most) = (bound("minimum", 0), bound("maximum", 1_000));
                json!(least + step * self.below(((most - least) / step + 1) as usize) as u64)
            }
            (Some("number"), _) => json!([0.25, 0.5, 1.0][self.below(3)]),
            (Some("array"), _) => {
                let (least, most) = (bound("minItems", 0), bound("maxItems", 3));
                let count = least + self.below((most - least + 1) as usize) as u64;
                let mut items: Vec<Value> = Vec::new();
                for _ in 0..count {
                    let item = self.value(&schema["items"]);
                    if !items.contains(&item) {
                        items.push(item);
                    }
                }
                Value::Array(items)
            }
            (Some("object"), _) if schema.get("additionalProperties").is_some() => {
                json!({"team": "a", "x-1": "${{ not rendered }}"})
            }
            (Some("object"), _) => Value::Object(self.map(schema)),
            (Some("string"), _) => {
                let words =
                    ["shop", "a-b-c", "Ünï «x»", "", "x", "${{ x }}", "a@example.com", "yes\nno"];
                let start = self.below(words.len());
                let fitting = (0..words.len()).map(|at| words[(start + at) % words.len()]);
                let is_right = |word: &&str| {
                    let is_mail = schema.get("format").is_none() || word.contains('@');
                    is_mail && is_valid(schema, &json!(word))
                };
                json!(fitting.into_iter().find(is_right).expect("a word that fits"))
            }
            other => panic!("no value for {other:?}"),
        }
    }

    /// Values of the properties of a map, as somebody fills in a form from top to bottom.
    fn map(&mut self, schema: &Value) -> Map<String, Value> {
        let mut values = Map::new();
        let mut decided: Vec<String> = Vec::new();
        for _ in 0..8 {
            let mut complete = values.clone();
            active::apply_defaults(schema, &mut complete);
            let parts = active::active(schema, &complete);
            let required: Vec<&Value> = parts
                .iter()
                .filter_map(|part| part.get("required")?.as_array())
                .flatten()
                .collect();
            let undecided = parts.iter().filter_map(|part| part.get("properties")?.as_object());
            let undecided = undecided.flatten().find(|(name, _)| {
                let is_given = complete.contains_key(*name);
                let is_needed = required.iter().any(|required| **required == **name) && !is_given;
                !values.contains_key(*name) && (is_needed || !decided.contains(name))
            });
            let Some((name, property)) = undecided else { break };
            decided.push(name.clone());
            let is_needed = required.iter().any(|required| **required == **name);
            if is_needed && !complete.contains_key(name) || self.below(2) == 1 {
                values.insert(name.clone(), self.value(property));
            }
        }
        values
    }
}

/// Plans a request with values that the numbers choose.
fn plan(
    files: &BTreeMap<String, String>,
    catalog: &Catalog,
    name: &str,
    numbers: Vec<u32>,
) -> (Value, Result<(), String>) {
    let template = EntityRef::new("template", "default", name);
    let document = &catalog.get(&template).expect("there").document;
    let mut choices = Choices(numbers);
    let pages = document["spec"]["parameters"].as_array().expect("pages");
    let values: Map<_, _> = pages.iter().flat_map(|page| choices.map(page)).collect();
    let shown = Value::Object(values.clone());
    let requester = EntityRef::new("user", "default", "ada");
    let request = Request::example(template, Some(requester), values);
    let settings = settings();
    let planned = prepare(files, catalog, &settings, &request)
        .map_err(|problems| format!("the request is not valid: {problems:#?}"))
        .and_then(|inputs| {
            let cx = inputs.context(files, catalog, &settings, &request);
            plan_steps(&cx).map(|_| ()).map_err(|problems| format!("no plan: {problems:#?}"))
        });
    (shown, planned)
}

#[test]
fn the_templates_are_clean() {
    let files = portal();
    let (catalog, mut problems) = load_from(&files, &[]).expect("readable");
    problems.extend(check_templates(&files, &catalog, &settings()));
    // The token of the requester is ignored, which is a note.
    let codes: Vec<_> = problems.iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["ignored-field"], "{problems:#?}");
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn a_valid_request_of_a_clean_template_has_a_plan(
        numbers in proptest::collection::vec(any::<u32>(), 0..60)
    ) {
        let files = portal();
        let (catalog, _) = load_from(&files, &[]).expect("readable");
        for (name, _) in TEMPLATES {
            let (values, planned) = plan(&files, &catalog, name, numbers.clone());
            prop_assert_eq!(planned, Ok(()), "{}: {}", name, values);
        }
    }
}
