//! The official descriptions of Azure DevOps' API, and its documented requests and answers: what actions call is there, and
//! the fake answers as documented.

use std::path::{Path, PathBuf};

use callboard_planner::effect::{Api, ApiInput, Call, Method};
use callboard_testing::{FakeForge, azure};
use serde_json::{Map, Value, json};

use super::azure::{PIPELINE, PUBLISH, RUN, company, with_shop};
use crate::{
    base::{
        environment::{Redactor, Secret},
        http,
    },
    forge::{Client, Connections, Credential},
    scaffold::tests::lines,
};

/// The folder of the descriptions; nothing is tested where it is missing.
fn specs() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/specs/azure-devops-7.1");
    if folder.exists() {
        return Some(folder);
    }
    eprintln!("skipped: the descriptions of Azure DevOps are not at {folder:?}");
    None
}

fn read(path: &Path) -> Value {
    #[expect(clippy::disallowed_methods, reason = "tests read files themselves")]
    let text = std::fs::read_to_string(path).unwrap_or_else(|e| panic!("{path:?}: {e}"));
    serde_json::from_str(text.trim_start_matches('\u{feff}')).expect("JSON")
}

/// One description.
struct Description(Value);

impl Description {
    /// The operation of a method at a path.
    fn operation(&self, method: &str, path: &str) -> Option<&Value> {
        let parts = |path: &str| {
            path.trim_matches('/').split('/').map(str::to_lowercase).collect::<Vec<_>>()
        };
        let asked = parts(path);
        let is_it = |(known, _): &(&String, &Value)| {
            let known = parts(known);
            let same =
                |(known, asked): (&String, &String)| known.starts_with('{') || known == asked;
            known.len() == asked.len() && known.iter().zip(&asked).all(same)
        };
        let mut paths = self.0["paths"].as_object().into_iter().flatten().filter(is_it);
        paths.find_map(|(_, methods)| methods.get(method))
    }

    fn resolved<'v>(&'v self, value: &'v Value) -> &'v Value {
        match value["$ref"].as_str() {
            Some(reference) => {
                self.0.pointer(reference.trim_start_matches('#')).unwrap_or(&Value::Null)
            }
            None => value,
        }
    }

    /// The properties of a schema, with those that it has from others.
    fn properties(&self, schema: &Value) -> Map<String, Value> {
        let schema = self.resolved(schema);
        let parents = schema["allOf"].as_array().into_iter().flatten();
        let mut all: Map<_, _> = parents.flat_map(|parent| self.properties(parent)).collect();
        all.extend(schema["properties"].as_object().cloned().unwrap_or_default());
        all
    }

    /// What a body has that its schema has not.
    fn unknown(&self, body: &Value, schema: &Value, at: &str, found: &mut Vec<String>) {
        let schema = self.resolved(schema);
        match body {
            Value::Array(items) => {
                items.iter().for_each(|item| self.unknown(item, &schema["items"], at, found));
            }
            Value::Object(map) if schema.get("additionalProperties").is_none() => {
                let known = self.properties(schema);
                for (key, value) in map {
                    let at = format!("{at}/{key}");
                    // Of these the description has only what all kinds of them share.
                    let schema = match at.as_str() {
                        "/process" => &self.0["definitions"]["YamlProcess"],
                        "/triggers" => {
                            &json!({"items": {"$ref": "#/definitions/ContinuousIntegrationTrigger"}})
                        }
                        _ => known.get(key).unwrap_or(&Value::Null),
                    };
                    match schema {
                        Value::Null => found.push(at),
                        schema => self.unknown(value, schema, &at, found),
                    }
                }
            }
            _ => {}
        }
    }
}

/// The calls that an effect makes: method, path and body, with a number for what is known only after apply.
fn calls(input: &ApiInput) -> Vec<Call> {
    let reads = |path: &Value| Call::new(Method::Get, path.clone());
    let mut calls: Vec<Call> = input.wait.iter().map(|wait| reads(&wait.path)).collect();
    for resource in &input.resources {
        calls.extend(resource.lookup.as_ref().map(|lookup| reads(&lookup.path)));
        calls.push(resource.create.clone());
        calls.extend([&resource.update, &resource.undo].into_iter().flatten().cloned());
    }
    calls
}

#[test]
fn every_call_to_azure_is_in_its_description() {
    let Some(folder) = specs() else { return };
    let descriptions: Vec<_> = [
        "git/7.1/git.json",
        "build/7.1/build.json",
        "pipelines/7.1/pipelines.json",
        "approvalsAndChecks/7.1/pipelinePermissions.json",
    ]
    .iter()
    .map(|file| Description(read(&folder.join(file))))
    .collect();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for company in [company(azure, &[PUBLISH, PIPELINE, RUN].concat()), with_shop()] {
        let plan = company.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
        let inputs = plan.effects().filter_map(|effect| {
            serde_json::from_value::<ApiInput>(callboard_planner::engine::display(&effect.input))
                .ok()
        });
        for call in inputs.flat_map(|input| calls(&input)) {
            seen += 1;
            let text = call.path.as_str().unwrap_or_default();
            let (path, query) = text.split_once('?').unwrap_or((text, ""));
            let method = serde_json::to_value(call.method).expect("a name");
            let method = method.as_str().expect("a name").to_lowercase();
            let found = descriptions.iter().find_map(|d| Some((d, d.operation(&method, path)?)));
            let Some((description, operation)) = found else {
                wrong.push(format!("{method} {path} is no operation"));
                continue;
            };
            let parameters = operation["parameters"].as_array().into_iter().flatten();
            let parameters: Vec<_> = parameters.map(|p| description.resolved(p)).collect();
            for (name, _) in url::form_urlencoded::parse(query.as_bytes()) {
                if !parameters.iter().any(|parameter| parameter["name"] == *name) {
                    wrong.push(format!("{method} {path} has no parameter `{name}`"));
                }
            }
            let body = parameters.iter().find(|parameter| parameter["in"] == "body");
            let schema = body.map_or(&Value::Null, |body| &body["schema"]);
            let mut unknown = Vec::new();
            description.unknown(&call.body, schema, "", &mut unknown);
            wrong.extend(
                unknown.iter().map(|at| format!("the body of {method} {path} has no `{at}`")),
            );
        }
    }
    assert!(seen >= 15, "{seen} calls");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A documented request: its file, method and path, and what there is before.
const EXAMPLES: &[(&str, Method, &str)] = &[
    ("repositories/POST__git_repositories.json", Method::Post, "repositories"),
    (
        "repositories/GET__git_repositories__repositoryId_.json",
        Method::Get,
        "repositories/{repositoryId}",
    ),
    (
        "repositories/PATCH__git_repositories__repositoryId_.json",
        Method::Patch,
        "repositories/{repositoryId}",
    ),
    (
        "pullRequests/POST__git_repositories__repositoryId__pullRequests.json",
        Method::Post,
        "repositories/{repositoryId}/pullrequests",
    ),
    (
        "pullRequests/GET__git_repositories__repositoryId__pullRequests_targetRefName-refs_heads_master.json",
        Method::Get,
        "repositories/{repositoryId}/pullrequests?searchCriteria.targetRefName=refs%2Fheads%2Fmaster",
    ),
    (
        "pullRequests/PATCH__git_repositories__repositoryId__pullRequests__autoCompletePullRequestId_.json",
        Method::Patch,
        "repositories/{repositoryId}/pullrequests/21",
    ),
    (
        "repositories/DELETE__git_repositories__repositoryId_.json",
        Method::Delete,
        "repositories/{repositoryId}",
    ),
];

/// What an answer of the fake has that the documented one has not, or has in another type.
fn differences(ours: &Value, documented: &Value, at: &str, found: &mut Vec<String>) {
    match (ours, documented) {
        (Value::Object(ours), Value::Object(documented)) => {
            for (key, value) in ours {
                let at = format!("{at}/{key}");
                match documented.get(key) {
                    Some(documented) => differences(value, documented, &at, found),
                    None => found.push(at),
                }
            }
        }
        (Value::Array(ours), Value::Array(documented)) => {
            for (value, documented) in ours.iter().zip(documented) {
                differences(value, documented, at, found);
            }
        }
        // Documented requests write flags as texts, and are answered with flags.
        (Value::String(text), Value::Bool(_)) if text.parse::<bool>().is_ok() => {}
        (ours, documented)
            if std::mem::discriminant(ours) == std::mem::discriminant(documented) => {}
        (ours, documented) => found.push(format!("{at}: {ours} for {documented}")),
    }
}

#[test]
fn the_fake_answers_documented_requests_as_documented() {
    let Some(folder) = specs() else { return };
    let fake = FakeForge::new(azure);
    let connections = Connections::default();
    let credential = Credential::token(Secret::new("token"));
    let base = format!("{}/api", fake.address);
    let client =
        Client::new(&connections, Api::AzureDevOps, &base, Some(&credential), &Redactor::default());
    let client = client.unwrap_or_else(|error| panic!("{error}"));
    let mut wrong = Vec::new();
    for (file, method, path) in EXAMPLES {
        let example = read(&folder.join("git/7.1/httpExamples").join(file));
        let (parameters, responses) = (&example["parameters"], &example["responses"]);
        let (status, answer) =
            responses.as_object().and_then(|all| all.iter().next()).expect("an answer");
        // The repository is there, unless the request makes it.
        let id = parameters["repositoryId"].as_str().unwrap_or_default();
        {
            let mut store = fake.store();
            store.things.clear();
            if !id.is_empty() {
                let thing = json!({"id": id, "name": "Mine", "project": {"name": "fabrikam/Mine"}});
                store.things.insert("/fabrikam/Mine/Mine".to_owned(), thing);
                let request = json!({"pullRequestId": 21, "status": "active", "createdBy": {"id": "one"},
                    "targetRefName": "refs/heads/master", "description": ""});
                store.things.insert("/fabrikam/Mine/Mine/pullrequests/21".to_owned(), request);
            }
        }
        let path = path.replace("{repositoryId}", id);
        let separator = if path.contains('?') { '&' } else { '?' };
        let path = format!("/fabrikam/Mine/_apis/git/{path}{separator}api-version=7.1");
        let sent = client.send(http::Method::from(*method), &path, &parameters["body"]);
        let sent = sent.unwrap_or_else(|error| panic!("{file}: {error}"));
        if sent.status.to_string() != *status {
            wrong.push(format!("{file}: {} instead of {status}", sent.status));
        }
        let mut found = Vec::new();
        differences(&sent.body, &answer["body"], "", &mut found);
        // The description of the API has it, and Backstage reads it; the documented answer leaves it out.
        found.retain(|at| at != "/webUrl");
        wrong.extend(found.into_iter().map(|at| format!("{file}: {at}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_documented_answers_have_what_outputs_and_lookups_read() {
    let Some(folder) = specs() else { return };
    let body = |area: &str, file: &str| {
        let example = read(&folder.join(area).join("7.1/httpExamples").join(file));
        let answers = example["responses"].as_object().cloned().expect("answers");
        answers.values().next().expect("an answer")["body"].clone()
    };
    let made = body("git", "repositories/POST__git_repositories.json");
    let got = body("git", "repositories/GET__git_repositories__repositoryId_.json");
    assert!(made["id"].is_string() && made["id"] == got["id"]);
    assert!(got["defaultBranch"].as_str().is_some_and(|branch| branch.starts_with("refs/heads/")));
    let asked = body("git", "pullRequests/POST__git_repositories__repositoryId__pullRequests.json");
    assert!(asked["pullRequestId"].is_u64() && asked["createdBy"]["id"].is_string());
    let permissions = body(
        "approvalsAndChecks",
        "pipelinePermissions/PATCH__UpdatePipelinePermissionsForResource.json",
    );
    let plan = company(azure, PIPELINE_OF_16).plan();
    let plan = plan.unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let effect = plan.effects().next().expect("an effect");
    let input: ApiInput = effect.read().unwrap_or_else(|error| panic!("{error}"));
    let example = folder.join("approvalsAndChecks/7.1/httpExamples/pipelinePermissions");
    let example = read(&example.join("PATCH__UpdatePipelinePermissionsForResource.json"));
    assert_eq!(input.resources[0].create.body, example["parameters"]["body"]);
    let callboard_planner::effect::Owner::Setting { values } = &input.resources[0].owner else {
        panic!("a setting");
    };
    assert!(callboard_planner::effect::contains(&permissions, values), "{permissions}");
}

/// The step that makes the documented request.
const PIPELINE_OF_16: &str = "    - action: azure:pipeline:permit
      input: {host: HOST, organization: fabrikam, project: RM, pipelineId: 16, resourceType: queue, resourceId: 1}
";
