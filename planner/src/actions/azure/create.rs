//! `azure:pipeline:create`: makes a pipeline of a YAML file.

use serde_json::{Map, Value, json};

use super::project::{API_VERSION, Project, schema};
use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults, input::text, publish::marked_description,
    },
    base::{diagnostics::Diagnostic, percent::encode},
    effect::{Call, Lookup, Method, Owner, Resource},
    engine,
};

pub(in crate::actions) struct PipelineCreate;

/// Most characters of a description, of which the server sets no limit.
const MOST_DESCRIPTION: usize = 250;
/// The pool of the machines that Microsoft runs, and the branch, without inputs that name others.
const POOL: &str = "Azure Pipelines";
const BRANCH: &str = "main";

impl Action for PipelineCreate {
    fn id(&self) -> &'static str {
        "azure:pipeline:create"
    }

    fn description(&self) -> &'static str {
        "Makes a pipeline of a YAML file of a repository on Azure DevOps"
    }

    fn schema(&self) -> Value {
        let text = |description: &str| json!({"type": "string", "minLength": 1, "description": description});
        let required =
            ["organization", "project", "repository", "pipelineName", "pipelineYamlFile"];
        schema(
            "host",
            &required,
            json!({
                "repository": text("The name of the repository, in the same project"),
                "pipelineName": text("The name of the pipeline"),
                "pipelineYamlFile": text("The path of its YAML file in the repository"),
                "branch": text("The branch of the repository; `main` without it"),
                "pipelineFolder": text("The folder of the pipeline; `/` without it"),
                "pipelineAgentPoolName": text("The pool of its agents; `Azure Pipelines` without it")
            }),
        )
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![
            ("pipelineUrl", "URL of the pipeline, known after apply"),
            ("pipelineId", "Id of the pipeline, known after apply"),
        ]
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        _: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let project = Project::of(cx, input, "host")?;
        let name = text(input, "pipelineName").unwrap_or_default();
        let folder = folder(text(input, "pipelineFolder").unwrap_or_default());
        let (description, mark) = marked_description(cx, None, MOST_DESCRIPTION);
        let pool = text(input, "pipelineAgentPoolName").unwrap_or(POOL);
        // Backstage's module makes definitions as well: the call for pipelines knows neither branch nor pool, and has no
        // place for a mark.
        let body = json!({
            "name": name,
            "path": folder,
            "type": "build",
            "quality": "definition",
            "description": description,
            "process": {"type": 2, "yamlFilename": text(input, "pipelineYamlFile")},
            "repository": {
                "type": "TfsGit",
                "name": text(input, "repository"),
                "defaultBranch": format!("refs/heads/{}", text(input, "branch").unwrap_or(BRANCH)),
            },
            // The triggers are those of the YAML file.
            "triggers": [{"triggerType": "continuousIntegration", "settingsSourceType": 2, "branchFilters": [],
                "pathFilters": [], "batchChanges": false, "maxConcurrentBuildsPerBranch": 1, "pollingInterval": 0}],
            "queue": {"name": pool, "pool": {"name": pool}},
        });
        let all = project.api("build/definitions");
        let having = format!(
            "{all}{API_VERSION}&name={}&path={}&includeAllProperties=true",
            encode(name),
            encode(&folder)
        );
        let delete = Call::new(Method::Delete, format!("{all}/{{id}}{API_VERSION}"));
        let title = format!("the pipeline `{name}`");
        let owner = Owner::Marked { pointer: "/description".to_owned(), mark };
        let create = Call::new(Method::Post, format!("{all}{API_VERSION}")).with(body);
        let resource = Resource {
            undo: Some(delete.finding(&[("id", "/id")])),
            ..Resource::new(title, owner, create)
                .looked_up(Lookup::list(having, "/value", json!({"name": name, "path": folder})))
                .giving(&[("pipelineId", "/id"), ("pipelineUrl", "/_links/web/href")])
        };
        let path = format!("_build{}", encode(&format!("{folder}\\{name}").replace("\\\\", "\\")));
        let summary = format!("makes the pipeline `{name}` of `{}`", project.slug);
        let effect = project.effect(cx, &path, resource, (summary, Some("deletes the pipeline")));
        let output = ["pipelineUrl", "pipelineId"].map(|output| {
            (output.to_owned(), engine::unknown(&cx.step().id, &format!("output.{output}")))
        });
        let plan = StepPlan {
            output: Map::from_iter(output),
            message: format!("pipeline `{name}` is in `{}`", project.slug),
            effects: vec![effect],
            ..StepPlan::default()
        };
        Ok(project.plan(cx, input, plan))
    }
}

/// A folder of pipelines as the server writes it: `\` or `\team\web`.
fn folder(written: &str) -> String {
    let parts = written.split(['/', '\\']).map(str::trim).filter(|part| !part.is_empty());
    format!("\\{}", parts.collect::<Vec<_>>().join("\\"))
}

#[cfg(test)]
mod tests {
    use super::folder;

    #[test]
    fn a_folder_is_written_as_the_server_does() {
        for (written, expected) in [
            ("", "\\"),
            ("/", "\\"),
            ("\\", "\\"),
            ("team/web/", "\\team\\web"),
            ("\\a\\b", "\\a\\b"),
        ] {
            assert_eq!(folder(written), expected, "{written}");
        }
    }
}
