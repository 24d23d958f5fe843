//! A project of Azure DevOps, and what all actions on projects share.

use serde_json::{Map, Value, json};

use crate::{
    actions::{
        StepContext, StepPlan,
        input::text,
        publish::{api_effect, credential_warning, forge_host},
    },
    base::{
        diagnostics::Diagnostic,
        forges::{Forge, ForgeHost},
        percent::encode_path,
    },
    effect::{Api, ApiInput, Effect, Resource, Target, Wait},
    engine,
    repository::safe_path,
};

/// The query that all calls have. Server 2022 knows this version, too.
pub(in crate::actions) const API_VERSION: &str = "?api-version=7.1";

/// The host of Azure DevOps Services.
const HOST: &str = "dev.azure.com";

/// A project of an organisation, or of a collection of a server on premise.
pub(super) struct Project {
    host: ForgeHost,
    /// Its path below the host, percent-encoded: organisation and project.
    path: String,
    /// Organisation and project, for people.
    pub(super) slug: String,
}

/// The inputs that name a project.
pub(super) fn properties(host: &str) -> Map<String, Value> {
    let text = |description: &str| json!({"type": "string", "description": description});
    Map::from_iter([
        (host.to_owned(), text("The host; `dev.azure.com` without it")),
        ("organization".to_owned(), text("The organisation, or the collection of a server")),
        ("project".to_owned(), text("The project")),
        ("token".to_owned(), text("Not used: credentials are those of the portal's settings")),
    ])
}

/// The input schema of an action: the inputs that name a project, and others.
pub(super) fn schema(host: &str, required: &[&str], others: Value) -> Value {
    let mut all = properties(host);
    if let Value::Object(others) = others {
        all.extend(others);
    }
    json!({"type": "object", "required": required, "properties": all})
}

/// Reads the id of a pipeline or work item as a number. Backstage's inputs are texts, so that a text of digits is read, too.
/// A value that is known only after apply stays as it is.
///
/// # Errors
/// It is no number.
pub(super) fn number(
    cx: &StepContext<'_>,
    input: &Value,
    key: &str,
) -> Result<Value, Vec<Diagnostic>> {
    let value = input.get(key).cloned().unwrap_or_default();
    if engine::is_unknown(&value) || value.is_u64() {
        return Ok(value);
    }
    match value.as_str().and_then(|text| text.trim().parse::<u64>().ok()) {
        Some(number) => Ok(number.into()),
        None => Err(cx.wrong(key, format!("`{key}` is a number"))),
    }
}

impl Project {
    /// Reads the project of a step; `host` is the input with the host.
    ///
    /// # Errors
    /// The host is none of the settings or no Azure DevOps, or a name cannot be that of an organisation or project.
    pub(super) fn of(
        cx: &StepContext<'_>,
        input: &Value,
        host: &str,
    ) -> Result<Self, Vec<Diagnostic>> {
        let name = text(input, host).unwrap_or(HOST);
        let found = forge_host(cx, (host, name), Forge::AzureDevOps)?;
        let part = |key: &str| {
            let written = text(input, key).unwrap_or_default().trim_matches('/');
            let wrong = || cx.wrong(key, format!("`{written}` cannot be the name of the {key}"));
            safe_path(written)
                .ok()
                .filter(|path| key == "organization" || !path.as_str().contains('/'))
                .ok_or_else(wrong)
        };
        let (organization, project) = (part("organization")?, part("project")?);
        let slug = format!("{organization}/{project}");
        Ok(Self { host: found, path: encode_path(&slug), slug })
    }

    /// A path of its API; `rest` starts behind `_apis/`, and its parts are percent-encoded.
    pub(super) fn api(&self, rest: &str) -> String {
        format!("/{}/_apis/{rest}", self.path)
    }

    /// The address of its web page.
    pub(super) fn web(&self) -> String {
        format!("{}/{}", self.host.web, self.path)
    }

    /// An effect on a thing of this project; `path` is that of the thing there.
    pub(super) fn effect(
        &self,
        cx: &StepContext<'_>,
        path: &str,
        resource: Resource,
        texts: (String, Option<&str>),
    ) -> Effect {
        api_effect(cx, self.target(path), &self.input(vec![resource], None), texts)
    }

    /// An effect that waits for a thing of this project.
    pub(super) fn wait(
        &self,
        cx: &StepContext<'_>,
        path: &str,
        wait: Wait,
        summary: String,
    ) -> Effect {
        api_effect(cx, self.target(path), &self.input(Vec::new(), Some(wait)), (summary, None))
    }

    /// The plan of a step with its warnings.
    pub(super) fn plan(&self, cx: &StepContext<'_>, input: &Value, plan: StepPlan) -> StepPlan {
        let mut warnings = plan.warnings;
        warnings.extend(credential_warning(cx, &self.web(), "organization"));
        if input.get("token").is_some() {
            let why = "`token` is not used: credentials are those of the settings";
            warnings.push(cx.ignored("token", why));
        }
        StepPlan { warnings, ..plan }
    }

    fn target(&self, path: &str) -> Target {
        let origin = self.host.origin();
        let web = self.web();
        let below = web.strip_prefix(&origin).unwrap_or(&web);
        Target { path: format!("{below}/{path}"), origin }
    }

    fn input(&self, resources: Vec<Resource>, wait: Option<Wait>) -> ApiInput {
        let (base, credential) = (self.host.api.clone(), self.web());
        ApiInput { api: Api::AzureDevOps, base, credential, resources, wait }
    }
}
