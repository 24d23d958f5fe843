//! The APIs of Bitbucket Cloud and Bitbucket Server as far as runs call them, with the answers of their documentation.

use serde_json::{Value, json};

use crate::forge::{ApiRequest, Store};

/// Answers a request as Bitbucket Cloud does.
pub fn bitbucket_cloud(store: &mut Store, request: &ApiRequest) -> (u16, Value) {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), &*segments) {
        ("POST", ["repositories", workspace, slug]) => {
            if store.things.contains_key(&request.path) {
                let message = "Repository with this Slug and Owner already exists.";
                return (400, json!({"type": "error", "error": {"message": message}}));
            }
            store.make_repository(&format!("{workspace}/{slug}.git"));
            let repository = json!({
                "uuid": format!("{{{}}}", store.number()), "full_name": format!("{workspace}/{slug}"),
                "description": request.body["description"], "is_private": request.body["is_private"],
                "project": request.body["project"], "links": {
                    "html": {"href": format!("{}/{workspace}/{slug}", store.address())},
                    "clone": [{
                        "name": "https", "href": format!("{}/{workspace}/{slug}.git", store.address()),
                    }],
                },
            });
            store.things.insert(request.path.clone(), repository.clone());
            (200, repository)
        }
        (_, ["repositories", workspace, slug]) => {
            of_repository(store, request, &format!("{workspace}/{slug}.git"))
        }
        _ => not_found(),
    }
}

/// Answers a request as Bitbucket Server does.
pub fn bitbucket_server(store: &mut Store, request: &ApiRequest) -> (u16, Value) {
    let segments: Vec<&str> = request.segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), &*segments) {
        ("POST", ["projects", project, "repos"]) => {
            let name = request.body["name"].as_str().unwrap_or_default();
            let path = format!("/projects/{project}/repos/{name}");
            if store.things.contains_key(&path) {
                let message = "This repository URL is already taken.";
                return (409, json!({"errors": [{"message": message}]}));
            }
            store.make_repository(&format!("scm/{project}/{name}.git"));
            let repository = json!({
                "id": store.number(), "slug": name, "name": name, "project": {"key": project},
                "description": request.body["description"], "public": request.body["public"],
                "defaultBranch": request.body["defaultBranch"], "links": {
                    "self": [{"href": format!("{}/projects/{project}/repos/{name}/browse", store.address())}],
                    "clone": [{
                        "name": "http", "href": format!("{}/scm/{project}/{name}.git", store.address()),
                    }],
                },
            });
            store.things.insert(path, repository.clone());
            (201, repository)
        }
        (_, ["projects", project, "repos", slug]) => {
            of_repository(store, request, &format!("scm/{project}/{slug}.git"))
        }
        _ => not_found(),
    }
}

fn of_repository(store: &mut Store, request: &ApiRequest, bare: &str) -> (u16, Value) {
    let Some(thing) = store.things.get_mut(&request.path).and_then(Value::as_object_mut) else {
        return not_found();
    };
    match request.method.as_str() {
        "GET" => (200, Value::Object(thing.clone())),
        "PUT" => {
            thing.extend(request.body.as_object().cloned().unwrap_or_default());
            (200, Value::Object(thing.clone()))
        }
        "DELETE" => {
            store.things.remove(&request.path);
            store.remove_repository(bare);
            (204, Value::Null)
        }
        _ => not_found(),
    }
}

fn not_found() -> (u16, Value) {
    (404, json!({"type": "error", "error": {"message": "Not found"}}))
}
