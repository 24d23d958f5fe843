//! Policy: who may ask for what, who must approve, and what templates may do (`scaffolds/policy.yaml`).
//!
//! A decision is computed from the catalog, the request and its plan, and from nothing else; it is part of the plan.
//! Apply computes it again with the file of the branch that it runs on. Without the file everybody who is in the
//! catalog may ask for every template.

mod decide;
mod parts;
mod quota;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::base::{
    diagnostics::{Diagnostic, Place},
    files::Files,
    schema,
    text::with_causes,
    yaml::{self, FormatVersion, YamlText},
};
pub use decide::{PolicyDecision, decide, is_one_of};
pub(crate) use parts::names_part;
pub use quota::{Usage, over_quota};

/// The file of the policy, relative to the portal.
pub const FILE: &str = "scaffolds/policy.yaml";
/// The newest version of the file that this program reads.
const VERSION: u32 = 1;

/// Who may ask for what, who must approve, and what templates may do.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Policy {
    /// Version of the format of this file; 1 when missing.
    #[serde(default)]
    pub version: FormatVersion<VERSION>,
    /// Rules for requests. The first whose `templates` match decides; a template that none matches cannot be asked
    /// for.
    #[serde(default)]
    pub requests: Vec<Rule>,
    /// Actions that steps may call, such as `fetch:*`; without it, all of Callboard. An own action of the portal runs only
    /// when an entry that does not begin with `*` matches it.
    pub actions: Option<Vec<String>>,
    /// Origins that effects may change, such as `https://dev.azure.com` or `portal`, or `action` for what commands of own
    /// actions reach; without it, all that the settings allow.
    pub origins: Option<Vec<String>>,
}

/// A rule for the requests of some templates.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Its name in plans and messages.
    pub title: Option<String>,
    /// Names or references of templates; `*` stands for any text. Without it, all templates.
    #[serde(default)]
    pub templates: Vec<String>,
    /// Users and groups who may ask; the members of a group's descendants may, too. Without it, everybody in the catalog.
    #[serde(default)]
    pub allow: Vec<String>,
    /// Who must approve the pull request.
    pub approve: Option<Review>,
    /// Limits of parameters.
    #[serde(default)]
    pub parameters: BTreeMap<String, Limit>,
    /// How many requests one user may have.
    pub quota: Option<Quota>,
    /// Parts of a plan that may be other ones when it is applied than when it was approved, such as `template` and
    /// `files/README.md`, by the names that the refusal of such a plan says. Without it, another plan is refused.
    #[serde(default)]
    pub may_differ: Vec<String>,
}

/// Who must approve a request.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Review {
    /// Users and groups of which somebody must approve.
    pub by: Vec<String>,
    /// How many of them; 1 without it.
    #[serde(default = "one")]
    pub count: u32,
}

fn one() -> u32 {
    1
}

/// The limit of one parameter.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Limit {
    /// Regular expression that a text matches.
    pub pattern: Option<String>,
    /// Values that are allowed.
    pub one_of: Option<Vec<Value>>,
    /// Largest number.
    pub at_most: Option<f64>,
    /// Whether it names a group of which the requester is a member, or an entity that such a group owns.
    #[serde(default)]
    pub yours: bool,
}

/// How many requests one user may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Quota {
    /// Most requests that are not applied yet.
    pub open: Option<u32>,
    /// Most requests in seven days.
    pub per_week: Option<u32>,
}

/// The JSON Schema of the file.
pub fn policy_schema() -> Value {
    schema::of::<Policy>("Policy")
}

impl Policy {
    /// Reads the policy of a portal; `None` without a file.
    ///
    /// # Errors
    /// The file is wrong: nothing can be planned then.
    pub fn load(files: &dyn Files) -> Result<Option<Self>, Vec<Diagnostic>> {
        let text = match files.text(FILE) {
            Ok(None) => return Ok(None),
            Ok(Some(text)) => text,
            Err(error) => {
                let message = with_causes(&error);
                return Err(vec![Diagnostic::error("invalid-policy", Place::file(FILE), message)]);
            }
        };
        match yaml::from_versioned_str::<Self>(&text, VERSION) {
            Ok(policy) => {
                let problems = policy.problems(&text.into());
                if problems.is_empty() { Ok(Some(policy)) } else { Err(problems) }
            }
            Err(error) => {
                let (place, (message, hint)) = (Place::at(FILE, error.position), error.explain());
                Err(vec![Diagnostic::error("invalid-policy", place, message).hint_opt(hint)])
            }
        }
    }

    /// True when an entry of `actions` names an own action of the portal, so that its commands may run. An entry that is
    /// `*`, or begins with it, names none.
    pub fn names(&self, action: &str) -> bool {
        let mut list = self.actions.iter().flatten();
        list.any(|pattern| !pattern.starts_with('*') && matches(pattern, action))
    }

    /// References that are none, patterns that are none, reviews by nobody, parts that no plan has.
    fn problems(&self, text: &YamlText) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for (index, rule) in self.requests.iter().enumerate() {
            problems.extend(rule.problems(&format!("/requests/{index}")));
        }
        problems.into_iter().map(|issue| issue.placed(FILE, text.positions(), 0)).collect()
    }
}

/// True when a text matches a pattern in which `*` stands for any text.
fn matches(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut parts: Vec<_> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests;
