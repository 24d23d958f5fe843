//! `argocd:create-resources`: makes a project and an application of Argo CD, as `RoadieHQ`'s action does.

use serde_json::{Map, Value, json};

use super::{
    Action, StepContext, StepPlan, StepResults,
    input::text,
    kubernetes::server_of,
    publish::{api_effect, credential_warning},
};
use crate::{
    base::{diagnostics::Diagnostic, percent::encode},
    effect::{Api, ApiInput, Call, Lookup, Method, Owner, Resource, Target},
    settings::ServerKind,
};

pub(super) struct CreateResources;

/// The annotation that says which request a thing was made for.
const ANNOTATION: &str = "callboard.dev/made-for";
/// The cluster that Argo CD itself runs in.
const IN_CLUSTER: &str = "https://kubernetes.default.svc";

impl Action for CreateResources {
    fn id(&self) -> &'static str {
        "argocd:create-resources"
    }

    fn description(&self) -> &'static str {
        "Makes a project and an application of Argo CD, which deploys a folder of a repository"
    }

    fn schema(&self) -> Value {
        let text = |description: &str| json!({"type": "string", "minLength": 1, "description": description});
        json!({
            "type": "object",
            "required": ["appName", "argoInstance", "namespace", "repoUrl", "path"],
            "properties": {
                "appName": {
                    "type": "string", "pattern": "^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$",
                    "description": "Name of the application"
                },
                "argoInstance": text("Name of the server in `servers` of the settings"),
                "namespace": text("Namespace that is deployed to"),
                "repoUrl": text("Address of the repository that is deployed"),
                "path": text("Its folder"),
                "labelValue": text("Value of the label `backstage-name`; the name of the application without it"),
                "projectName": text("Name of the project; the name of the application without it")
            }
        })
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![("applicationUrl", "Page of the application")]
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["repoUrl"]
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        _: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let server = server_of(cx, input, "argoInstance", ServerKind::ArgoCd)?;
        let part = |key: &str| text(input, key).unwrap_or_default();
        let (name, namespace) = (part("appName"), part("namespace"));
        let project = text(input, "projectName").unwrap_or(name);
        let label = text(input, "labelValue").unwrap_or(name);
        let mark = format!("(Callboard request {})", cx.plan.request.id);
        let annotations = json!({ANNOTATION: mark});
        let destination = json!({"namespace": namespace, "server": IN_CLUSTER});
        let owner = || Owner::Marked {
            pointer: format!("/metadata/annotations/{}", ANNOTATION.replace('/', "~1")),
            mark: mark.clone(),
        };
        let project_body = json!({"project": {
            "metadata": {"name": project, "annotations": annotations},
            "spec": {
                "destinations": [{"name": "local", "namespace": namespace, "server": IN_CLUSTER}],
                "sourceRepos": [input["repoUrl"]],
            },
        }});
        let application = json!({
            "metadata": {
                "name": name, "annotations": annotations, "labels": {"backstage-name": label},
                "finalizers": ["resources-finalizer.argocd.argoproj.io"],
            },
            "spec": {
                "destination": destination, "project": project, "revisionHistoryLimit": 10,
                "source": {"path": part("path"), "repoURL": input["repoUrl"]},
                "syncPolicy": {
                    "automated": {"allowEmpty": true, "prune": true, "selfHeal": true},
                    "retry": {"backoff": {"duration": "5s", "factor": 2, "maxDuration": "5m"}, "limit": 10},
                    "syncOptions": ["CreateNamespace=false", "FailOnSharedResource=true"],
                },
            },
        });
        let made = |title: String, list: &str, name: &str, body: Value| {
            let one = format!("{list}/{}", encode(name));
            Resource {
                undo: Some(Call::new(Method::Delete, one.clone())),
                ..Resource::new(title, owner(), Call::new(Method::Post, list).with(body))
                    .looked_up(Lookup::of(one))
            }
        };
        let resources = vec![
            made(format!("the project `{project}`"), "/api/v1/projects", project, project_body),
            made(format!("the application `{name}`"), "/api/v1/applications", name, application),
        ];
        let api = ApiInput {
            api: Api::ArgoCd,
            base: server.url.clone(),
            credential: server.url.clone(),
            resources,
            wait: None,
        };
        let page = format!("{}/applications/{}", server.url, encode(name));
        let target = Target { origin: server.url.clone(), path: format!("/applications/{name}") };
        let summary = format!(
            "makes the project `{project}` and the application `{name}` on Argo CD, which deploys to namespace \
             `{namespace}`"
        );
        let undo = Some("deletes both, and what they deployed");
        Ok(StepPlan {
            output: Map::from_iter([("applicationUrl".to_owned(), page.into())]),
            message: format!("application `{name}` is on Argo CD"),
            effects: vec![api_effect(cx, target, &api, (summary, undo))],
            warnings: credential_warning(cx, &server.url, "argoInstance").into_iter().collect(),
            ..StepPlan::default()
        })
    }
}
