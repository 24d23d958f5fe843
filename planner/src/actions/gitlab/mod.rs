//! `gitlab:*`: groups, variables, issues and pipelines of GitLab.

use serde_json::Value;

use super::input::text;
use crate::{
    base::percent::encode,
    engine::{concat, path_part},
};

/// A path below a project, which has an id or a path.
pub(super) fn project_path(project: &Value, rest: &str) -> Value {
    concat(&["/projects/".into(), path_part(project), rest.into()])
}

/// The path of a variable of a project.
pub(super) fn variable_path(project: &Value, variable: &Value) -> Value {
    let key = path_part(&variable["key"]);
    let scope = encode(text(variable, "environment_scope").unwrap_or("*"));
    let filter = format!("?filter%5Benvironment_scope%5D={scope}");
    concat(&[project_path(project, "/variables/"), key, filter.into()])
}
