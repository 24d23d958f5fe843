//! The decision of a policy about one request.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{FILE, Limit, Policy, Rule, matches, parts};
use crate::{
    actions::PlanContext,
    base::diagnostics::Diagnostic,
    catalog::{
        Catalog, EntityRef, Issue, choices::Requester, issue::escape, reference::DEFAULT_NAMESPACE,
    },
    effect::Effect,
    plan::{PlannedStatus, PlannedStep},
    schema,
};

/// Deepest tree of groups that is followed.
const MOST_LEVELS: usize = 32;

/// What the policy says of a request that it allows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PolicyDecision {
    /// The rule that decided: its number, from 1, and its title.
    pub rule: String,
    /// Users and groups of which somebody must approve; empty: whoever may merge.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub approvers: Vec<String>,
    /// How many of them.
    pub approvals: u32,
    /// Parts of the plan that may be other ones at apply than when it was approved.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub may_differ: Vec<String>,
}

/// Decides about a request and its plan. Without a policy there is no decision, and no own action may run.
///
/// # Errors
/// All that the policy does not allow, each with the rule.
pub fn decide(
    policy: Option<&Policy>,
    cx: &PlanContext<'_>,
    steps: &[PlannedStep],
) -> Result<Option<PolicyDecision>, Vec<Diagnostic>> {
    let own = own_actions(policy, cx, steps);
    let Some(policy) = policy else {
        return if own.is_empty() { Ok(None) } else { Err(own) };
    };
    let template = &cx.template.reference;
    let Some((index, rule)) = policy.rule_of(template) else {
        let message = format!("no rule of `{FILE}` allows the template `{template}`");
        return Err(vec![refusal(cx, "/template", message)]);
    };
    let name = rule_name(index, rule);
    let mut problems = own;
    let groups = groups_of(cx.catalog, &cx.request.requester);
    if !rule.allows(&cx.request.requester, &groups) {
        let message = format!("`{}` may not ask for `{template}`", cx.request.requester);
        let allowed = rule.allow.join("`, `");
        problems
            .push(refusal(cx, "/requester", message).hint(format!("{name} allows `{allowed}`")));
    }
    for (parameter, limit) in &rule.parameters {
        let value = cx.parameters.get(parameter).unwrap_or(&Value::Null);
        for message in limit.refusals(parameter, value, cx.catalog, &groups) {
            let pointer = format!("/parameters/{}", escape(parameter));
            problems.push(refusal(cx, &pointer, message).hint(format!("{name} says so")));
        }
    }
    problems.extend(actions_and_origins(policy, cx, steps));
    if !problems.is_empty() {
        return Err(problems);
    }
    let (approvers, approvals) = match &rule.approve {
        Some(review) => (review.by.clone(), review.count),
        None => (Vec::new(), 1),
    };
    let may_differ = rule.may_differ.clone();
    Ok(Some(PolicyDecision { rule: name, approvers, approvals, may_differ }))
}

/// The steps that call an own action of the portal that no entry of the policy names.
fn own_actions(
    policy: Option<&Policy>,
    cx: &PlanContext<'_>,
    steps: &[PlannedStep],
) -> Vec<Diagnostic> {
    let is_named = |id: &str| policy.is_some_and(|policy| policy.names(id));
    let runs = steps.iter().filter(|step| step.state != PlannedStatus::Skipped);
    let own = runs.filter(|step| cx.actions.own(&step.action).is_some());
    let refused = own.filter(|step| !is_named(&step.action));
    let mut problems: Vec<_> = refused
        .map(|PlannedStep { id, action, .. }| {
            let message = format!(
                "the step `{id}` calls `{action}`, an action of this portal, which the policy does not name"
            );
            let hint = match policy.map(|policy| policy.actions.is_some()) {
                Some(true) => format!("add `{action}` to `actions` of `{FILE}`"),
                Some(false) => format!("add to `{FILE}`: `actions: [\"*\", {action}]`"),
                None => format!(
                    "write `{FILE}`: `requests: [{{}}]` allows all requests, and `actions: [\"*\", {action}]` this \
                     action beside those of Callboard"
                ),
            };
            refusal(cx, "/template", message).hint(hint)
        })
        .collect();
    problems.dedup();
    problems
}

/// The steps that call an action, or the effects that change an origin, that the policy does not list.
fn actions_and_origins(
    policy: &Policy,
    cx: &PlanContext<'_>,
    steps: &[PlannedStep],
) -> Vec<Diagnostic> {
    let mut problems = Vec::new();
    let listed = |list: &Option<Vec<String>>, text: &str| {
        list.as_ref().is_none_or(|list| list.iter().any(|pattern| matches(pattern, text)))
    };
    for step in steps.iter().filter(|step| step.state != PlannedStatus::Skipped) {
        if !listed(&policy.actions, &step.action) && cx.actions.own(&step.action).is_none() {
            let message = format!("the step `{}` calls `{}`", step.id, step.action);
            let hint = format!("`actions` of `{FILE}` does not list it");
            problems.push(refusal(cx, "/template", message).hint(hint));
        }
        for Effect { target, .. } in &step.effects {
            if !listed(&policy.origins, &target.origin) {
                let message = format!("the step `{}` changes `{target}`", step.id);
                let hint = format!("`origins` of `{FILE}` does not list `{}`", target.origin);
                problems.push(refusal(cx, "/template", message).hint(hint));
            }
        }
    }
    problems.dedup();
    problems
}

fn refusal(cx: &PlanContext<'_>, pointer: &str, message: String) -> Diagnostic {
    cx.request.diagnostic(Issue::error("policy", pointer, message))
}

pub(super) fn rule_name(index: usize, rule: &Rule) -> String {
    match &rule.title {
        Some(title) => format!("rule {} ({title})", index + 1),
        None => format!("rule {}", index + 1),
    }
}

/// Whether a user is one of these users and groups, or in a group below one of them.
pub fn is_one_of(catalog: &Catalog, names: &[String], user: &EntityRef) -> bool {
    let groups = groups_of(catalog, user);
    names.iter().any(|text| is_named(text, user, &groups))
}

/// Whether a text names a user, or one of the user's groups.
fn is_named(text: &str, user: &EntityRef, groups: &[EntityRef]) -> bool {
    reference(text).is_ok_and(|named| named == *user || groups.contains(&named))
}

/// The groups of a user, and the groups that these are in, at any depth.
fn groups_of(catalog: &Catalog, user: &EntityRef) -> Vec<EntityRef> {
    let mut groups = Requester::of(catalog, user).groups;
    let mut at = 0;
    for _ in 0..MOST_LEVELS {
        let end = groups.len();
        for index in at..end {
            let parents =
                catalog.get(&groups[index]).map(|group| group.related("childOf").cloned());
            for parent in parents.into_iter().flatten().collect::<Vec<_>>() {
                if !groups.contains(&parent) {
                    groups.push(parent);
                }
            }
        }
        at = end;
    }
    groups
}

impl Policy {
    /// The first rule for a template, with its index.
    pub(super) fn rule_of(&self, template: &EntityRef) -> Option<(usize, &Rule)> {
        let is_for = |rule: &Rule| {
            let mut patterns = rule.templates.iter();
            rule.templates.is_empty()
                || patterns.any(|p| matches(p, template.name()) || matches(p, template.as_str()))
        };
        self.requests.iter().enumerate().find(|(_, rule)| is_for(rule))
    }
}

impl Rule {
    fn allows(&self, user: &EntityRef, groups: &[EntityRef]) -> bool {
        self.allow.is_empty() || self.allow.iter().any(|text| is_named(text, user, groups))
    }

    /// What is wrong with the rule itself.
    pub(super) fn problems(&self, pointer: &str) -> Vec<Issue> {
        let mut issues = Vec::new();
        let wrong = |at: String, message: String| Issue::error("invalid-policy", at, message);
        let reviewers = self.approve.iter().flat_map(|review| &review.by);
        let reviewers = reviewers.enumerate().map(|(at, text)| (format!("approve/by/{at}"), text));
        let allowed = self.allow.iter().enumerate().map(|(at, text)| (format!("allow/{at}"), text));
        for (at, text) in allowed.chain(reviewers) {
            if let Err(error) = reference(text) {
                issues.push(wrong(format!("{pointer}/{at}"), error));
            }
        }
        if self.approve.as_ref().is_some_and(|review| review.by.is_empty() || review.count == 0) {
            let message =
                "nobody could approve: name somebody in `by`, and a `count` of at least 1";
            issues.push(wrong(format!("{pointer}/approve"), message.to_owned()));
        }
        for (index, name) in self.may_differ.iter().enumerate() {
            if let Some(problem) = parts::problem(name) {
                issues.push(
                    wrong(format!("{pointer}/may_differ/{index}"), problem).hint(parts::HINT),
                );
            }
        }
        for (parameter, limit) in &self.parameters {
            let at = format!("{pointer}/parameters/{}/pattern", escape(parameter));
            let pattern = json!({"pattern": limit.pattern.as_deref().unwrap_or_default()});
            if let Err(error) = schema::check(&pattern, &Value::Null, "") {
                issues.push(wrong(at, format!("this is no regular expression: {error}")));
            }
        }
        issues
    }
}

/// Reads a user or group; without a kind it is a group.
fn reference(text: &str) -> Result<EntityRef, String> {
    let reference = EntityRef::parse(text, Some("Group"), DEFAULT_NAMESPACE)
        .map_err(|error| error.to_string())?;
    match reference.kind() {
        "user" | "group" => Ok(reference),
        _ => Err(format!("`{reference}` is neither a user nor a group")),
    }
}

impl Limit {
    fn refusals(
        &self,
        parameter: &str,
        value: &Value,
        catalog: &Catalog,
        groups: &[EntityRef],
    ) -> Vec<String> {
        let mut refusals = Vec::new();
        if value.is_null() {
            return refusals;
        }
        let mut limits = Map::new();
        if let Some(pattern) = &self.pattern {
            limits.insert("pattern".to_owned(), pattern.as_str().into());
            if !value.is_string() {
                refusals.push(format!("`{parameter}` must be a text"));
            }
        }
        if let Some(values) = &self.one_of {
            limits.insert("enum".to_owned(), values.clone().into());
        }
        if let Some(most) = self.at_most {
            limits.insert("maximum".to_owned(), most.into());
        }
        match schema::check(&Value::Object(limits), value, &format!("/{}", escape(parameter))) {
            Ok(issues) => refusals.extend(issues.into_iter().map(|issue| issue.message)),
            Err(error) => refusals.push(error.to_string()),
        }
        if self.yours && !is_yours(value, catalog, groups) {
            refusals
                .push(format!("`{parameter}` is not of a group that the requester is a member of"));
        }
        refusals
    }
}

/// True when a value names one of the groups, or an entity that one of them owns; of a list every item.
fn is_yours(value: &Value, catalog: &Catalog, groups: &[EntityRef]) -> bool {
    match value {
        Value::Array(items) => items.iter().all(|item| is_yours(item, catalog, groups)),
        Value::String(text) => {
            let parsed = EntityRef::parse(text, Some("Group"), DEFAULT_NAMESPACE);
            parsed.is_ok_and(|reference| {
                let owners = catalog.get(&reference).map(|entity| entity.related("ownedBy"));
                groups.contains(&reference)
                    || owners.is_some_and(|mut owners| owners.any(|owner| groups.contains(owner)))
            })
        }
        _ => false,
    }
}
