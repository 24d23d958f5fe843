//! `azure:pipeline:run`: starts a pipeline, and waits until its run has ended.
//!
//! A run of a pipeline has no place for a mark that every pipeline allows: variables must be declared, and tags are set
//! later. So it is started at most once. To wait is an effect of its own, so that a run that was started is in the record
//! while it goes on.

use serde_json::{Map, Value, json};

use super::project::{API_VERSION, Project, number, schema};
use crate::{
    actions::{
        Action, StepContext, StepPlan, StepResults,
        input::{flag, text},
        texts::shown,
    },
    base::diagnostics::Diagnostic,
    effect::{Call, Method, Owner, Resource, Wait},
    engine,
};

pub(in crate::actions) struct PipelineRun;

/// Longest time that is waited for a run, in seconds: as long as a job may take at most on machines of Microsoft.
const LONGEST: u64 = 6 * 60 * 60;
/// Longest time that an input may ask for.
const MOST: u64 = 48 * 60 * 60;
/// What the status of a run is while it has no result.
const NO_STATUS: &str = "unknown";

/// The outputs, and where the server says them.
const OUTPUTS: [(&str, &str); 3] = [
    ("pipelineRunUrl", "/_links/web/href"),
    ("pipelineRunStatus", "/result"),
    ("pipelineOutput", "/variables"),
];

impl Action for PipelineRun {
    fn id(&self) -> &'static str {
        "azure:pipeline:run"
    }

    fn description(&self) -> &'static str {
        "Starts a pipeline of Azure DevOps, and waits until its run has ended"
    }

    fn schema(&self) -> Value {
        let seconds = |least: u64, description: &str| json!({"type": "integer", "minimum": least, "maximum": MOST, "description": description});
        schema(
            "host",
            &["organization", "project", "pipelineId"],
            json!({
                "pipelineId": {"type": ["string", "integer"], "description": "The id of the pipeline"},
                "branch": {
                    "type": "string", "minLength": 1, "description": "The branch that it runs on; `main` without it"
                },
                "templateParameters": {
                    "type": "object", "description": "Its parameters",
                    "additionalProperties": {"type": ["string", "number", "boolean"]}
                },
                "pollingInterval": seconds(0, "Seconds between two looks at the run; 0 for none"),
                "pipelineTimeout": seconds(1, "Seconds that are waited for the end at most; six hours without it"),
                "failIfNotSuccessful": {
                    "type": "boolean", "description": "Whether the step fails when the run does"
                }
            }),
        )
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        vec![
            ("pipelineRunUrl", "URL of the run, known after apply"),
            ("pipelineRunStatus", "`succeeded`, `failed`, `canceled` or `unknown`"),
            ("pipelineRunId", "Id of the run, known after apply"),
            ("pipelineTimeoutExceeded", "Whether the run went on for too long"),
            ("pipelineOutput", "Variables of the run: `{name: {isSecret, value}}`"),
        ]
    }

    fn later_inputs(&self) -> Vec<&str> {
        vec!["pipelineId", "templateParameters"]
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        _: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let project = Project::of(cx, input, "host")?;
        let pipeline = number(cx, input, "pipelineId")?;
        let interval = input.get("pollingInterval").and_then(Value::as_u64).unwrap_or(0);
        if flag(input, "failIfNotSuccessful") && interval == 0 {
            let problem = cx.wrong("failIfNotSuccessful", "it needs `pollingInterval`");
            return Err(problem);
        }
        let branch = text(input, "branch").unwrap_or("main");
        let path = |end: Value| {
            let start = project.api("pipelines/").into();
            let parts =
                [start, engine::path_part(&pipeline), "/runs".into(), end, API_VERSION.into()];
            engine::concat(&parts)
        };
        let reference = match branch.starts_with("refs/") {
            true => branch.to_owned(),
            false => format!("refs/heads/{branch}"),
        };
        let mut body = json!({"resources": {"repositories": {"self": {"refName": reference}}}});
        if let Some(parameters) = input.get("templateParameters") {
            body["templateParameters"] = texts(parameters);
        }
        let call = Call::new(Method::Post, path("".into())).with(body);
        // The plan may not know which pipeline it is, so that no name in an effect can say it.
        let title = "the run of the pipeline";
        let mut given = vec![("pipelineRunId", "/id")];
        // What the run has in the end is known once it has ended.
        let of_start = if interval == 0 { &OUTPUTS[..] } else { &OUTPUTS[..1] };
        given.extend(of_start.iter().filter(|(name, _)| *name != "pipelineRunStatus"));
        let start = Resource::new(title, Owner::Unmarked, call).giving(&given);
        let shown = shown(&pipeline);
        let summary = format!("starts pipeline {shown} of `{}` on `{branch}`", project.slug);
        let mut effects = vec![project.effect(cx, "_build", start, (summary, None))];
        let unknown = |name: &str| engine::unknown(&cx.step().id, &format!("output.{name}"));
        let mut output: Map<String, Value> =
            self.outputs().into_iter().map(|(name, _)| (name.to_owned(), unknown(name))).collect();
        if interval == 0 {
            output.insert("pipelineRunStatus".to_owned(), NO_STATUS.into());
            output.insert("pipelineTimeoutExceeded".to_owned(), false.into());
        } else {
            let id = engine::concat(&["/".into(), unknown("pipelineRunId")]);
            let wait = wait(input, interval, title.to_owned(), path(id));
            let summary =
                format!("waits until that run has ended, {} seconds at most", wait.longest);
            effects.push(project.wait(cx, "_build", wait, summary));
        }
        let message = format!("pipeline {shown} of `{}` was started", project.slug);
        let plan = StepPlan { output, message, effects, ..StepPlan::default() };
        Ok(project.plan(cx, input, plan))
    }
}

/// What is waited for.
fn wait(input: &Value, interval: u64, name: String, path: Value) -> Wait {
    let longest = input.get("pipelineTimeout").and_then(Value::as_u64).unwrap_or(LONGEST);
    let required = match flag(input, "failIfNotSuccessful") {
        true => json!({"result": "succeeded"}),
        false => Value::Null,
    };
    let output = OUTPUTS.iter().map(|(name, at)| ((*name).to_owned(), (*at).to_owned()));
    Wait {
        name,
        path,
        going: ["inProgress", "canceling", "unknown"].map(|state| json!({"state": state})).to_vec(),
        interval,
        longest,
        output: output.collect(),
        otherwise: Map::from_iter([
            ("pipelineRunStatus".to_owned(), NO_STATUS.into()),
            ("pipelineOutput".to_owned(), json!({})),
        ]),
        exceeded: "pipelineTimeoutExceeded".to_owned(),
        required,
    }
}

/// Parameters as the server takes them: all of them are texts.
fn texts(parameters: &Value) -> Value {
    let text = |value: &Value| match value {
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
        other => other.clone(),
    };
    match parameters {
        Value::Object(map) if !engine::is_unknown(parameters) => {
            map.iter().map(|(name, value)| (name.clone(), text(value))).collect()
        }
        other => other.clone(),
    }
}
