//! `azure:pipeline:permit`: lets a pipeline use a protected resource, such as a service connection.

use serde_json::{Value, json};

use super::project::{Project, number, schema};
use crate::{
    actions::{Action, StepContext, StepPlan, StepResults, input::text, texts::shown},
    base::{diagnostics::Diagnostic, percent::encode},
    effect::{Call, Lookup, Method, Owner, Resource},
    engine,
};

pub(in crate::actions) struct PipelinePermit;

const VERSION: &str = "7.1-preview.1";

impl Action for PipelinePermit {
    fn id(&self) -> &'static str {
        "azure:pipeline:permit"
    }

    fn description(&self) -> &'static str {
        "Lets a pipeline of Azure DevOps use a protected resource"
    }

    fn schema(&self) -> Value {
        let id =
            |description: &str| json!({"type": ["string", "integer"], "description": description});
        let required = ["organization", "project", "pipelineId", "resourceId"];
        schema(
            "host",
            &required,
            json!({
                "pipelineId": id("The id of the pipeline"),
                "resourceId": id("The id of the resource; of a repository `projectId.repositoryId`"),
                "resourceType": {
                    "type": "string", "pattern": "^[A-Za-z]+$",
                    "description": "`endpoint`, `environment`, `queue`, `variablegroup`, `securefile` or `repository`; \
                        `endpoint` without it"
                },
                "authorized": {
                    "type": "boolean", "description": "Whether the pipeline may use it; `true` without it"
                },
                "apiVersion": {
                    "type": "string", "pattern": "^[0-9]+\\.[0-9]+(-preview(\\.[0-9]+)?)?$",
                    "description": "Version of the API; `7.1-preview.1` without it"
                }
            }),
        )
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["pipelineId", "resourceId"]
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        _: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let project = Project::of(cx, input, "host")?;
        let pipeline = number(cx, input, "pipelineId")?;
        let id = input.get("resourceId").cloned().unwrap_or_default();
        let kind = text(input, "resourceType").unwrap_or("endpoint");
        let is_authorized = input.get("authorized") != Some(&json!(false));
        let version = text(input, "apiVersion").unwrap_or(VERSION);
        let start = project.api(&format!("pipelines/pipelinePermissions/{}/", encode(kind)));
        let end = format!("?api-version={}", encode(version));
        let path = engine::concat(&[start.into(), engine::path_part(&id), end.into()]);
        // A pipeline that may not use it is not in the answer.
        let values = json!({"pipelines": [{"id": pipeline, "authorized": is_authorized}]});
        let call = Call::new(Method::Patch, path.clone()).with(values.clone());
        let title = "the permission of the pipeline";
        let resource =
            Resource::new(title, Owner::Setting { values }, call).looked_up(Lookup::of(path));
        let (pipeline, id) = (shown(&pipeline), shown(&id));
        let of = &project.slug;
        let verb = if is_authorized { "lets" } else { "no longer lets" };
        let summary = format!("{verb} pipeline {pipeline} of `{of}` use {kind} {id}");
        let path = format!("_apis/pipelines/pipelinePermissions/{kind}");
        let effect = project.effect(cx, &path, resource, (summary, None));
        let may = if is_authorized { "may" } else { "may not" };
        let message = format!("pipeline {pipeline} of `{of}` {may} use {kind} {id}");
        let plan = StepPlan { message, effects: vec![effect], ..StepPlan::default() };
        Ok(project.plan(cx, input, plan))
    }
}
