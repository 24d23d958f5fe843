//! GitLab's REST API, version 4, as far as runs call it, with the answers of its documentation.

use axum::http::Method;
use serde_json::{Map, Value, json};

use crate::{
    forge::{ApiRequest, Store},
    forge_git::{merge, tip},
    git::git,
    gitlab_reviews::gitlab_reviews,
};

/// The account of every credential, and its id.
const ACCOUNT: (&str, u64) = ("callboard-bot", 9001);
/// Another user, and their id.
const USER: (&str, u64) = ("chloe", 9002);
/// The group that is there from the start, and its id.
const GROUP: (&str, u64) = ("acme", 9010);

/// Answers a request as GitLab does.
pub fn gitlab(store: &mut Store, request: &ApiRequest) -> (u16, Value) {
    // What is made may be said in the query, too.
    let mut request = request.clone();
    if request.method == Method::POST && !request.query.is_empty() {
        let mut fields = request.body.as_object().cloned().unwrap_or_default();
        fields.extend(request.query.iter().map(|(key, value)| (key.clone(), json!(value))));
        request.body = Value::Object(fields);
    }
    let request = &request;
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), &*segments) {
        ("GET", ["user"]) => (200, json!({"id": ACCOUNT.1, "username": ACCOUNT.0})),
        ("GET", ["personal_access_tokens", "self"]) => match store.things.get(&request.path) {
            Some(token) => (200, token.clone()),
            None => (401, json!({"message": "401 Unauthorized"})),
        },
        ("GET", ["users"]) => {
            let is_asked =
                |(name, _): &(&str, u64)| request.query.get("username").is_some_and(|q| q == name);
            let found = [ACCOUNT, USER].into_iter().filter(is_asked);
            let users = found.map(|(name, id)| json!({"id": id, "username": name}));
            (200, Value::Array(users.collect()))
        }
        ("GET", ["namespaces", path]) => match namespace(store, path) {
            Some(id) => {
                let kind = if *path == ACCOUNT.0 { "user" } else { "group" };
                (200, json!({"id": id, "kind": kind, "full_path": path}))
            }
            None => missing("404 Namespace Not Found"),
        },
        ("GET", ["groups", path]) => match namespace(store, path) {
            Some(id) => (200, json!({"id": id, "full_path": path})),
            None => missing("404 Group Not Found"),
        },
        ("GET", ["users" | "groups", owner, "projects"]) => {
            let prefix = format!("/projects/{owner}/");
            let wanted = request.query.get("search").cloned().unwrap_or_default();
            let projects = store.things.iter().filter_map(|(path, project)| {
                let name = path.strip_prefix(&prefix)?;
                (!name.contains('/') && name.contains(&wanted)).then(|| project.clone())
            });
            (200, projects.collect())
        }
        ("POST", ["groups"]) => create_group(store, &request.body),
        ("POST", ["projects"]) => create_project(store, &request.body),
        (_, ["projects", project, rest @ ..]) => {
            let number: Option<u64> = project.parse().ok();
            let known = store.things.iter().find(|(path, thing)| {
                path.strip_prefix("/projects/") == Some(*project)
                    || thing["path_with_namespace"].is_string()
                        && number.is_some_and(|number| thing["id"] == number)
            });
            match known.map(|(path, _)| path.clone()) {
                Some(path) => of_project(store, request, &path, rest),
                None => missing("404 Project Not Found"),
            }
        }
        _ => missing("404 Not Found"),
    }
}

/// The id of a group or user.
fn namespace(store: &Store, path: &str) -> Option<u64> {
    let fixed = [GROUP, ACCOUNT].into_iter().find(|(name, _)| *name == path);
    let made = || store.things.get(&format!("/groups/{path}"))?["id"].as_u64();
    fixed.map(|(_, id)| id).or_else(made)
}

/// The path of the group or user with an id.
fn namespace_path(store: &Store, id: Option<u64>) -> Option<String> {
    let fixed = [GROUP, ACCOUNT].into_iter().find(|(_, fixed)| Some(*fixed) == id);
    let made = || {
        let mut groups = store.things.iter().filter(|(path, _)| path.starts_with("/groups/"));
        let (path, _) = groups.find(|(_, thing)| thing["id"].as_u64() == id)?;
        Some(path.trim_start_matches("/groups/").to_owned())
    };
    fixed.map(|(name, _)| name.to_owned()).or_else(made)
}

fn create_group(store: &mut Store, body: &Value) -> (u16, Value) {
    let path = body["path"].as_str().unwrap_or_default();
    let full = match body["parent_id"].as_u64() {
        None => path.to_owned(),
        id => match namespace_path(store, id) {
            Some(parent) => format!("{parent}/{path}"),
            None => return missing("404 Group Not Found"),
        },
    };
    if namespace(store, &full).is_some() {
        return (
            400,
            json!({"message": "Failed to save group {:path=>[\"has already been taken\"]}"}),
        );
    }
    let group =
        json!({"id": store.number(), "name": body["name"], "path": path, "full_path": full});
    store.things.insert(format!("/groups/{full}"), group.clone());
    (201, group)
}

fn create_project(store: &mut Store, body: &Value) -> (u16, Value) {
    // Without a namespace a project is that of the account.
    let id = body["namespace_id"].as_u64().unwrap_or(ACCOUNT.1);
    let Some(owner) = namespace_path(store, Some(id)) else {
        return (400, json!({"message": {"namespace": ["is not valid"]}}));
    };
    let full = format!("{owner}/{}", body["path"].as_str().unwrap_or_default());
    let path = format!("/projects/{full}");
    if store.things.contains_key(&path) {
        let taken = json!(["has already been taken"]);
        return (400, json!({"message": {"project_namespace.path": taken, "path": taken}}));
    }
    let web = format!("{}/{full}", store.address());
    let mut project = body.as_object().cloned().unwrap_or_default();
    project.remove("namespace_id");
    project.extend(Map::from_iter([
        ("id".to_owned(), json!(store.number())),
        ("path_with_namespace".to_owned(), json!(full)),
        ("default_branch".to_owned(), json!("main")),
        ("web_url".to_owned(), json!(web)),
        ("http_url_to_repo".to_owned(), json!(format!("{web}.git"))),
        (
            "permissions".to_owned(),
            json!({"project_access": null, "group_access": {"access_level": 40}}),
        ),
    ]));
    store.make_repository(&format!("{full}.git"));
    store.things.insert(path, Value::Object(project.clone()));
    (201, Value::Object(project))
}

fn of_project(
    store: &mut Store,
    request: &ApiRequest,
    project: &str,
    rest: &[&str],
) -> (u16, Value) {
    let body = &request.body;
    let path = format!("{project}/{}", rest.join("/"));
    let path = path.trim_end_matches('/').to_owned();
    if let Some(answer) = gitlab_reviews(store, request, project, rest) {
        return answer;
    }
    match (&request.method, rest) {
        (&Method::DELETE, []) => {
            let below = format!("{project}/");
            store.things.retain(|path, _| path != project && !path.starts_with(&below));
            store.remove_repository(&format!("{}.git", project.trim_start_matches("/projects/")));
            (202, json!({"message": "202 Accepted"}))
        }
        (&Method::PUT, []) => (200, extend(store, project, body)),
        (_, ["repository", rest @ ..]) => of_repository(store, request, project, rest),
        (_, ["variables", ..]) => of_variables(store, request, path),
        (&Method::POST, ["protected_branches"]) => {
            add(store, format!("{path}/{}", text(body, "name")), body, "Protected branch")
        }
        (&Method::POST, ["members"]) => add_member(store, project, path, body),
        (&Method::POST, ["pipeline"]) if commit_of(store, project, text(body, "ref")).is_none() => {
            (400, json!({"message": {"base": ["Reference not found"]}}))
        }
        (&Method::POST, [kind @ ("issues" | "pipeline" | "merge_requests")]) => {
            let list = store.things.get(&path).and_then(Value::as_array).cloned();
            let list = list.unwrap_or_default();
            let source = &body["source_branch"];
            if *kind == "merge_requests" && list.iter().any(|one| one["source_branch"] == *source) {
                let message =
                    "Another open merge request already exists for this source branch: !1";
                return (409, json!({"message": [message]}));
            }
            let number = list.len() + 1;
            let web = format!("{}/{}", store.address(), project.trim_start_matches("/projects/"));
            let mut thing = body.as_object().cloned().unwrap_or_default();
            thing.extend([
                ("id".to_owned(), json!(store.number())),
                ("iid".to_owned(), json!(number)),
                ("web_url".to_owned(), json!(format!("{web}/-/{kind}/{number}"))),
            ]);
            if *kind == "merge_requests" {
                let id = store.things.get(project).map(|project| project["id"].clone());
                thing.extend([
                    ("state".to_owned(), json!("opened")),
                    ("author".to_owned(), json!({"username": ACCOUNT.0})),
                    ("source_project_id".to_owned(), json!(id)),
                    ("target_project_id".to_owned(), json!(id)),
                ]);
            }
            // The newest is the first.
            let list = [Value::Object(thing.clone())].into_iter().chain(list).collect();
            store.things.insert(path, Value::Array(list));
            (201, Value::Object(thing))
        }
        (&Method::PUT, ["merge_requests", number]) => {
            let list = format!("{project}/merge_requests");
            let list = store.things.get_mut(&list).and_then(Value::as_array_mut);
            let mut list = list.into_iter().flatten();
            let Some(thing) = list.find(|thing| thing["iid"].to_string().as_str() == *number)
            else {
                return missing("404 Not found");
            };
            if body["state_event"] == "close" {
                thing["state"] = json!("closed");
            }
            (200, thing.clone())
        }
        (&Method::PUT, ["merge_requests", number, "merge"]) => {
            let list = format!("{project}/merge_requests");
            let of = |thing: &Value| thing["iid"].to_string().as_str() == *number;
            let mut all = store.things.get(&list).and_then(Value::as_array).into_iter().flatten();
            let Some(mut thing) = all.find(|thing| of(thing)).cloned() else {
                return missing("404 Not found");
            };
            let bare = bare(store, project);
            let branches = (text(&thing, "source_branch"), text(&thing, "target_branch"));
            let Some((head, merged)) = merge(&bare, branches.0, branches.1) else {
                return (405, json!({"message": "405 Method Not Allowed"}));
            };
            (thing["state"], thing["sha"]) = (json!("merged"), json!(head));
            thing["merge_commit_sha"] = json!(merged);
            let all = store.things.get_mut(&list).and_then(Value::as_array_mut);
            all.into_iter()
                .flatten()
                .filter(|thing| of(thing))
                .for_each(|one| *one = thing.clone());
            (200, thing)
        }
        (&Method::GET, ["members" | "issues" | "merge_requests"]) => {
            (200, store.things.get(&path).cloned().unwrap_or_else(|| json!([])))
        }
        (&Method::GET, _) => store
            .things
            .get(&path)
            .map_or_else(|| missing("404 Not Found"), |thing| (200, thing.clone())),
        _ => missing("404 Not Found"),
    }
}

fn of_repository(
    store: &mut Store,
    request: &ApiRequest,
    project: &str,
    rest: &[&str],
) -> (u16, Value) {
    let (body, bare) = (&request.body, bare(store, project));
    let run = |args: &[&str]| git(&bare, args);
    match (&request.method, rest) {
        (&Method::GET, ["branches", name]) => {
            let Some(commit) = commit_of(store, project, name) else {
                return missing("404 Branch Not Found");
            };
            let message = run(&["log", "-1", "--format=%B", &commit]);
            let commit = json!({"id": commit, "message": message.trim()});
            (200, json!({"name": name, "commit": commit}))
        }
        (&Method::POST, ["branches"]) => {
            let (name, start) = (text(body, "branch"), text(body, "ref"));
            if commit_of(store, project, name).is_some() {
                return (400, json!({"message": "Branch already exists"}));
            }
            let Some(commit) = commit_of(store, project, start) else {
                return (400, json!({"message": format!("Invalid reference name: {start}")}));
            };
            run(&["update-ref", &format!("refs/heads/{name}"), &commit]);
            let path = format!("{project}/repository/branches/{name}");
            store.things.insert(path, json!({"name": name}));
            (201, json!({"name": name, "commit": {"id": commit}}))
        }
        (&Method::DELETE, ["branches", name]) => {
            run(&["update-ref", "-d", &format!("refs/heads/{name}")]);
            store.things.remove(&format!("{project}/repository/branches/{name}"));
            (204, Value::Null)
        }
        _ => missing("404 Not Found"),
    }
}

fn of_variables(store: &mut Store, request: &ApiRequest, path: String) -> (u16, Value) {
    let body = &request.body;
    if request.method == Method::POST {
        let mut variable = json!({"variable_type": "env_var", "protected": false, "masked": false, "raw": false,
            "hidden": false, "environment_scope": "*", "description": null});
        let fields = body.as_object().cloned().unwrap_or_default();
        variable.as_object_mut().expect("a map").extend(fields);
        if variable.as_object_mut().and_then(|fields| fields.remove("masked_and_hidden"))
            == Some(json!(true))
        {
            // Nobody gets the value of a hidden variable.
            for (name, value) in
                [("masked", json!(true)), ("hidden", json!(true)), ("value", Value::Null)]
            {
                variable[name] = value;
            }
        }
        let one = format!("{path}/{}?{}", text(body, "key"), variable["environment_scope"]);
        return add(store, one, &variable, "key");
    }
    let scope = request.query.get("filter[environment_scope]").map_or("*", String::as_str);
    let one = format!("{path}?\"{scope}\"");
    match request.method {
        _ if !store.things.contains_key(&one) => missing("404 Variable Not Found"),
        Method::PUT => (200, extend(store, &one, body)),
        Method::DELETE => {
            store.things.remove(&one);
            (204, Value::Null)
        }
        _ => (200, store.things[&one].clone()),
    }
}

fn add_member(store: &mut Store, project: &str, path: String, body: &Value) -> (u16, Value) {
    let id = body["user_id"].as_u64();
    let Some((name, id)) = [ACCOUNT, USER].into_iter().find(|user| Some(user.1) == id) else {
        return missing("404 User Not Found");
    };
    let members = store.things.entry(path).or_insert_with(|| json!([]));
    let members = members.as_array_mut().expect("a list");
    if members.iter().any(|member| member["id"] == id) {
        return (409, json!({"message": "Member already exists"}));
    }
    let level = &body["access_level"];
    let member = json!({"id": id, "username": name, "access_level": level});
    members.push(member.clone());
    if name == ACCOUNT.0 {
        let thing = store.things.get_mut(project).expect("a project");
        thing["permissions"]["project_access"] = json!({"access_level": level});
    }
    (201, member)
}

/// Adds a thing that must not be there.
fn add(store: &mut Store, path: String, thing: &Value, what: &str) -> (u16, Value) {
    if store.things.contains_key(&path) {
        return (400, json!({"message": {what: [format!("({path}) has already been taken")]}}));
    }
    store.things.insert(path, thing.clone());
    (201, thing.clone())
}

fn extend(store: &mut Store, path: &str, values: &Value) -> Value {
    let thing = store.things.get_mut(path).expect("a thing");
    thing.as_object_mut().expect("a map").extend(values.as_object().cloned().unwrap_or_default());
    thing.clone()
}

fn bare(store: &Store, project: &str) -> std::path::PathBuf {
    store.repository(&format!("{}.git", project.trim_start_matches("/projects/")))
}

/// The commit of a branch.
fn commit_of(store: &Store, project: &str, branch: &str) -> Option<String> {
    tip(&bare(store, project), branch)
}

fn text<'v>(body: &'v Value, key: &str) -> &'v str {
    body[key].as_str().unwrap_or_default()
}

fn missing(message: &str) -> (u16, Value) {
    (404, json!({"message": message}))
}
