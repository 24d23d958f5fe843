//! Azure DevOps' REST API as far as runs call it, with the answers of its documentation.

use axum::http::Method;
use serde_json::{Value, json};

use crate::{
    azure_reviews::{azure_reviews, pull_request_query},
    forge::{ApiRequest, Store},
    forge_git::{merge, tip},
};

/// Who every credential belongs to.
const IDENTITY: &str = "d6245f20-2af8-44f4-9451-8107cb2767db";
/// The query parameter without which there is no answer.
const VERSION: &str = "api-version";
/// Times that a run is read before it has ended.
const LOOKS: usize = 2;
/// Most characters of a description in a list of pull requests.
const MOST_IN_LIST: usize = 400;

/// Where clients that others wrote find the resources that they ask for: id, area, name, and pattern of the path.
const LOCATIONS: &[(&str, &str, &str, &str)] = &[
    (
        "e81700f7-3be2-46de-8624-2eb35882fcaa",
        "Location",
        "ResourceAreas",
        "_apis/{resource}/{areaId}",
    ),
    (
        "225f7195-f9c7-4d14-ab28-a83f7ff77e1f",
        "git",
        "repositories",
        "{project}/_apis/{area}/{resource}/{repositoryId}",
    ),
];

/// Answers a request as Azure DevOps does. Where there is a thing `/default-branch`, new repositories have that branch as
/// their default, as an organisation can set it; a thing `/result` is how runs end.
pub fn azure(store: &mut Store, request: &ApiRequest) -> (u16, Value) {
    let path = request.path.clone();
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    if request.method == Method::OPTIONS {
        return list(LOCATIONS.iter().map(location));
    }
    if !request.query.contains_key(VERSION) {
        return refused(400, "A version is needed: api-version");
    }
    match &*parts {
        // A server of one's own has all areas at its address.
        [_, "_apis", "ResourceAreas"] => (200, json!({"count": 0, "value": null})),
        [organization, project, "_apis", area, rest @ ..] => {
            let project = format!("{organization}/{project}");
            match (*area, rest) {
                ("git", ["repositories", rest @ ..]) => {
                    repositories(store, request, &project, rest)
                }
                ("build", ["definitions", rest @ ..]) => {
                    definitions(store, request, &project, rest)
                }
                ("pipelines", [name, kind, id])
                    if name.eq_ignore_ascii_case("pipelinePermissions") =>
                {
                    permissions(store, request, &format!("/{project}/permissions/{kind}/{id}"))
                }
                ("pipelines", [pipeline, "runs", rest @ ..]) => {
                    runs(store, request, &project, pipeline, rest)
                }
                _ => refused(404, "The controller for the path was not found"),
            }
        }
        _ => refused(404, "The controller for the path was not found"),
    }
}

/// One of [`LOCATIONS`] as a server says it.
fn location((id, area, name, route): &(&str, &str, &str, &str)) -> Value {
    json!({
        "id": id, "area": area, "resourceName": name, "routeTemplate": route, "resourceVersion": 1,
        "minVersion": "1.0", "maxVersion": "7.2", "releasedVersion": "7.1",
    })
}

fn repositories(
    store: &mut Store,
    request: &ApiRequest,
    project: &str,
    rest: &[&str],
) -> (u16, Value) {
    match (&request.method, rest) {
        (&Method::POST, []) => create_repository(store, project, &request.body),
        (method, [name]) => {
            let Some(key) = find_repository(store, project, name) else {
                return refused(
                    404,
                    &format!("TF401019: The Git repository {name} does not exist"),
                );
            };
            // Only what reads takes the name of a repository.
            let is_id = store.things[&key]["id"] == *name;
            match *method {
                Method::GET => (200, store.things[&key].clone()),
                Method::PATCH if is_id => {
                    let fields = request.body.as_object().cloned().unwrap_or_default();
                    let thing = store.things.get_mut(&key).and_then(Value::as_object_mut);
                    thing.expect("a repository").extend(fields);
                    (200, store.things[&key].clone())
                }
                Method::DELETE if is_id => {
                    store.things.remove(&key);
                    store.remove_repository(&format!("{}.git", key.trim_start_matches('/')));
                    (204, Value::Null)
                }
                _ => refused(400, "The repository ID is no GUID"),
            }
        }
        (&Method::POST, [name, "pullrequestquery"]) => {
            match find_repository(store, project, name) {
                Some(key) => pull_request_query(store, request, &key),
                None => {
                    refused(404, &format!("TF401019: The Git repository {name} does not exist"))
                }
            }
        }
        (_, [name, kind, rest @ ..]) if kind.eq_ignore_ascii_case("pullrequests") => {
            match find_repository(store, project, name) {
                Some(key) => azure_reviews(store, request, &key, rest)
                    .unwrap_or_else(|| pull_requests(store, request, &key, rest)),
                None => {
                    refused(404, &format!("TF401019: The Git repository {name} does not exist"))
                }
            }
        }
        _ => refused(404, "The controller for the path was not found"),
    }
}

/// The key of a repository by its name or id.
fn find_repository(store: &Store, project: &str, name: &str) -> Option<String> {
    let key = format!("/{project}/{name}");
    let is_it =
        |(_, thing): &(&String, &Value)| thing["id"] == name && thing["project"]["name"] == project;
    match store.things.contains_key(&key) {
        true => Some(key),
        false => store.things.iter().find(is_it).map(|(key, _)| key.clone()),
    }
}

fn create_repository(store: &mut Store, project: &str, body: &Value) -> (u16, Value) {
    let name = body["name"].as_str().unwrap_or_default();
    let key = format!("/{project}/{name}");
    if store.things.contains_key(&key) {
        let text = format!("TF400948: A Git repository with the name {name} already exists");
        return refused(409, &text);
    }
    let web = format!("{}/{project}/_git/{name}", store.address()).replace(' ', "%20");
    let id = format!("5febef5a-833d-4e14-b9c0-{:012}", store.number());
    let mut repository = json!({
        "id": id, "name": name, "url": format!("{}/_apis/git/repositories/{id}", store.address()),
        "project": {"name": project, "state": "wellFormed"}, "remoteUrl": web, "webUrl": web,
    });
    if let Some(branch) = store.things.get("/default-branch") {
        repository["defaultBranch"] = branch.clone();
    }
    store.make_repository(&format!("{project}/{name}.git"));
    store.things.insert(key, repository.clone());
    (201, repository)
}

fn pull_requests(
    store: &mut Store,
    request: &ApiRequest,
    repository: &str,
    rest: &[&str],
) -> (u16, Value) {
    let prefix = format!("{repository}/pullrequests/");
    match (&request.method, rest) {
        (&Method::POST, []) => {
            let body = &request.body;
            let of_branch = |thing: &Value| {
                thing["status"] == "active"
                    && ["sourceRefName", "targetRefName"]
                        .iter()
                        .all(|name| thing[name] == body[name])
            };
            if of_prefix(store, &prefix).any(|thing| of_branch(&thing)) {
                return refused(409, "TF401179: An active pull request for the branches exists");
            }
            let id = store.number();
            let mut thing = body.clone();
            thing["pullRequestId"] = id.into();
            thing["status"] = "active".into();
            thing["createdBy"] = json!({"id": IDENTITY, "uniqueName": "bot@acme.example"});
            store.things.insert(format!("{prefix}{id}"), thing.clone());
            (201, thing)
        }
        (&Method::GET, []) => {
            let wanted = |thing: &Value| {
                request.query.iter().all(|(key, value)| match key.strip_prefix("searchCriteria.") {
                    Some("status") => value == "all" || thing["status"] == *value,
                    Some(key) => thing[key] == *value,
                    None => true,
                })
            };
            list(of_prefix(store, &prefix).filter(wanted).map(|mut thing| {
                let text: String = thing["description"]
                    .as_str()
                    .unwrap_or_default()
                    .chars()
                    .take(MOST_IN_LIST)
                    .collect();
                thing["description"] = text.into();
                thing
            }))
        }
        (method, [id]) => {
            let key = format!("{prefix}{id}");
            follow(store, repository, &key, &request.body);
            change(store, method, &key, &request.body)
        }
        _ => refused(404, "The controller for the path was not found"),
    }
}

/// Lets an open pull request follow its branch, or merges it as a change demands.
fn follow(store: &mut Store, repository: &str, key: &str, body: &Value) {
    let bare = store.repository(&format!("{}.git", repository.trim_start_matches('/')));
    let Some(thing) = store.things.get_mut(key).filter(|thing| thing["status"] == "active") else {
        return;
    };
    let branch = |name: &str| {
        let name = thing[name].as_str().unwrap_or_default();
        name.trim_start_matches("refs/heads/").to_owned()
    };
    let (source, target) = (branch("sourceRefName"), branch("targetRefName"));
    if body["status"] == "completed"
        && let Some((head, merged)) = merge(&bare, &source, &target)
    {
        thing["lastMergeSourceCommit"] = json!({"commitId": head});
        thing["lastMergeCommit"] = json!({"commitId": merged});
    } else if let Some(head) = tip(&bare, &source) {
        thing["lastMergeSourceCommit"] = json!({"commitId": head});
    }
}

/// Reads, changes or removes a thing.
fn change(store: &mut Store, method: &Method, key: &str, body: &Value) -> (u16, Value) {
    let Some(thing) = store.things.get_mut(key) else {
        return refused(404, "It does not exist");
    };
    match *method {
        Method::GET => (200, thing.clone()),
        Method::PATCH => {
            let mut fields = body.as_object().cloned().unwrap_or_default();
            if let Some(options) =
                fields.get_mut("completionOptions").and_then(Value::as_object_mut)
            {
                // Options that are off are left out, and flags are no texts.
                options.retain(|_, value| *value != json!(false) && *value != json!("false"));
                let texts = options.values_mut().filter(|value| **value == json!("true"));
                texts.for_each(|value| *value = json!(true));
            }
            thing.as_object_mut().expect("a map").extend(fields);
            (200, thing.clone())
        }
        Method::DELETE => {
            store.things.remove(key);
            (204, Value::Null)
        }
        _ => refused(405, "The method is not supported"),
    }
}

fn definitions(
    store: &mut Store,
    request: &ApiRequest,
    project: &str,
    rest: &[&str],
) -> (u16, Value) {
    let prefix = format!("/{project}/definitions/");
    match (&request.method, rest) {
        (&Method::GET, []) => {
            let has =
                |thing: &Value, key: &str| request.query.get(key).is_none_or(|v| thing[key] == *v);
            let is_whole = request.query.get("includeAllProperties").is_some_and(|v| v == "true");
            let found = of_prefix(store, &prefix).filter(|t| has(t, "name") && has(t, "path"));
            list(found.map(|mut thing| {
                if !is_whole {
                    thing.as_object_mut().expect("a map").remove("description");
                }
                thing
            }))
        }
        (&Method::POST, []) => {
            let body = &request.body;
            let name = body["repository"]["name"].as_str().unwrap_or_default();
            if find_repository(store, project, name).is_none() {
                return refused(400, &format!("The repository {name} could not be found"));
            }
            let same =
                |thing: Value| thing["name"] == body["name"] && thing["path"] == body["path"];
            if of_prefix(store, &prefix).any(same) {
                return refused(409, "The pipeline already exists");
            }
            let id = store.number();
            let mut thing = body.clone();
            thing["id"] = id.into();
            let web = format!("{}/{project}/_build/definition?definitionId={id}", store.address());
            thing["_links"] = json!({"web": {"href": web}});
            store.things.insert(format!("{prefix}{id}"), thing.clone());
            (200, thing)
        }
        (method, [id]) => change(store, method, &format!("{prefix}{id}"), &request.body),
        _ => refused(404, "The controller for the path was not found"),
    }
}

fn permissions(store: &mut Store, request: &ApiRequest, key: &str) -> (u16, Value) {
    let parts: Vec<&str> = key.rsplit('/').take(2).collect();
    let empty = json!({"resource": {"type": parts[1], "id": parts[0]}, "pipelines": []});
    let mut thing = store.things.get(key).cloned().unwrap_or(empty);
    if request.method == Method::PATCH {
        let list = thing["pipelines"].as_array_mut().expect("a list");
        for pipeline in request.body["pipelines"].as_array().into_iter().flatten() {
            list.retain(|known| known["id"] != pipeline["id"]);
            if pipeline["authorized"] == true {
                let mut pipeline = pipeline.clone();
                pipeline["authorizedBy"] = json!({"id": IDENTITY});
                list.push(pipeline);
            }
        }
        store.things.insert(key.to_owned(), thing.clone());
    }
    (200, thing)
}

fn runs(
    store: &mut Store,
    request: &ApiRequest,
    project: &str,
    pipeline: &str,
    rest: &[&str],
) -> (u16, Value) {
    if !store.things.contains_key(&format!("/{project}/definitions/{pipeline}")) {
        return refused(404, &format!("Pipeline {pipeline} not found"));
    }
    let prefix = format!("/{project}/runs/{pipeline}/");
    match (&request.method, rest) {
        (&Method::POST, []) => {
            let id = store.number();
            let web = format!("{}/{project}/_build/results?buildId={id}", store.address());
            let mut thing = request.body.clone();
            thing["id"] = id.into();
            thing["state"] = "inProgress".into();
            thing["pipeline"] = json!({"id": pipeline.parse::<u64>().unwrap_or_default()});
            thing["_links"] = json!({"web": {"href": web}});
            store.things.insert(format!("{prefix}{id}"), thing.clone());
            (200, thing)
        }
        (&Method::GET, []) => list(of_prefix(store, &prefix)),
        (&Method::GET, [id]) => {
            let result = store.things.get("/result").cloned().unwrap_or("succeeded".into());
            let key = format!("{prefix}{id}");
            let read = format!("/runs/{id}?");
            let looks = store.requests.iter().filter(|request| request.contains(&read)).count();
            let has_ended = looks > LOOKS;
            let Some(thing) = store.things.get_mut(&key) else {
                return refused(404, "The run does not exist");
            };
            if has_ended {
                thing["state"] = "completed".into();
                thing["result"] = result;
                thing["variables"] =
                    json!({"image": {"value": "cart:1"}, "key": {"isSecret": true}});
            }
            (200, thing.clone())
        }
        _ => refused(404, "The controller for the path was not found"),
    }
}

/// The things below a path.
fn of_prefix<'s>(store: &'s Store, prefix: &'s str) -> impl Iterator<Item = Value> + 's {
    store
        .things
        .iter()
        .filter(move |(key, _)| key.starts_with(prefix))
        .map(|(_, thing)| thing.clone())
}

fn list(things: impl Iterator<Item = Value>) -> (u16, Value) {
    let things: Vec<_> = things.collect();
    (200, json!({"count": things.len(), "value": things}))
}

fn refused(status: u16, message: &str) -> (u16, Value) {
    (status, json!({"$id": "1", "message": message, "typeKey": "Refused", "errorCode": 0}))
}
