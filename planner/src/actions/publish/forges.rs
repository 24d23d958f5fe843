//! The actions by which Backstage creates repositories on one kind of forge each, such as `publish:github`.
//!
//! The portal's settings can map each to `publish:git`, which has the inputs that they share. What only the forge itself
//! could do, such as a visibility or the protection of a branch, is a note in the plan then.

use serde_json::{Value, json};

use super::PublishGit;
use crate::{
    actions::{Action, StepContext, StepPlan, StepResults},
    base::diagnostics::Diagnostic,
};

/// The action that the others can be mapped to.
const GIT: &str = "publish:git";

/// The names of the actions that can be mapped to `publish:git`.
pub const MAPPED: &[&str] = &[
    "publish:github",
    "publish:gitlab",
    "publish:azure",
    "publish:gitea",
    "publish:bitbucketCloud",
    "publish:bitbucketServer",
];

/// An action of Backstage for one kind of forge.
#[derive(Debug)]
pub(in crate::actions) struct PublishForge {
    id: &'static str,
    description: &'static str,
    /// Inputs that only the forge itself could use.
    ignored: &'static [&'static str],
    /// All inputs that may be known only after apply.
    later: &'static [&'static str],
}

/// Declares an action, of which the inputs that are ignored can be known late.
macro_rules! forge {
    ($name:ident, $id:literal, $forge:literal, [$($input:literal),* $(,)?]) => {
        /// The action of one forge.
        pub(in crate::actions) const $name: PublishForge = PublishForge {
            id: $id,
            description: concat!(
                "Creates a repository on ", $forge, ", by `publish:git` where the settings map it to that"
            ),
            ignored: &[$($input),*],
            later: &["gitCommitMessage", "token", $($input),*],
        };
    };
}

forge!(
    GITHUB,
    "publish:github",
    "GitHub",
    [
        "description",
        "homepage",
        "access",
        "requireCodeOwnerReviews",
        "dismissStaleReviews",
        "requiredStatusCheckContexts",
        "requireBranchesToBeUpToDate",
        "requiredConversationResolution",
        "requireLastPushApproval",
        "requiredApprovingReviewCount",
        "requiredCommitSigning",
        "requiredLinearHistory",
        "restrictions",
        "bypassPullRequestAllowances",
        "blockCreations",
        "repoVisibility",
        "deleteBranchOnMerge",
        "allowMergeCommit",
        "allowSquashMerge",
        "allowRebaseMerge",
        "allowAutoMerge",
        "allowUpdateBranch",
        "squashMergeCommitTitle",
        "squashMergeCommitMessage",
        "collaborators",
        "hasProjects",
        "hasWiki",
        "hasIssues",
        "topics",
        "protectDefaultBranch",
        "protectEnforceAdmins",
        "repoVariables",
        "secrets",
        "oidcCustomization",
        "customProperties",
        "subscribe",
        "autoInit",
        "allowedHosts",
    ]
);
forge!(
    GITLAB,
    "publish:gitlab",
    "GitLab",
    [
        "settings",
        "branches",
        "projectVariables",
        "setUserAsOwner",
        "repoVisibility",
        "topics",
        "skipExisting",
        "signCommit",
        "ownerUsername",
        "description",
        "allowedHosts",
    ]
);
forge!(AZURE, "publish:azure", "Azure DevOps", ["description", "signCommit", "allowedHosts"]);
forge!(
    GITEA,
    "publish:gitea",
    "Gitea",
    ["description", "repoVisibility", "signCommit", "allowedHosts"]
);
forge!(
    BITBUCKET_CLOUD,
    "publish:bitbucketCloud",
    "Bitbucket Cloud",
    ["description", "repoVisibility", "signCommit", "allowedHosts",]
);
forge!(
    BITBUCKET_SERVER,
    "publish:bitbucketServer",
    "Bitbucket Server",
    ["description", "repoVisibility", "enableLFS", "signCommit", "allowedHosts",]
);

impl Action for PublishForge {
    fn id(&self) -> &'static str {
        self.id
    }

    fn description(&self) -> &'static str {
        self.description
    }

    fn outputs(&self) -> Vec<(&str, &str)> {
        PublishGit.outputs()
    }

    fn later_inputs(&self) -> Vec<&str> {
        self.later.to_vec()
    }

    fn schema(&self) -> Value {
        let mut schema = PublishGit.schema();
        if let Some(properties) = schema["properties"].as_object_mut() {
            for input in self.ignored {
                let description =
                    "No meaning where `publish:git` creates the repository: a note in the plan";
                properties.insert((*input).to_owned(), json!({"description": description}));
            }
        }
        schema
    }

    fn check(&self, cx: &StepContext<'_>) -> Vec<Diagnostic> {
        if cx.plan.settings.actions.get(self.id).map(String::as_str) == Some(GIT) {
            return Vec::new();
        }
        let message = format!("`{}` is not mapped to an action of this portal", self.id);
        let hint =
            format!("set `scaffold.actions` to `{{{}: {GIT}}}` in `callboard.yaml`", self.id);
        vec![cx.template().wrong(&cx.action(), "unknown-action", message).hint(hint)]
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let unmapped = self.check(cx);
        if !unmapped.is_empty() {
            return Err(unmapped);
        }
        let mut plan = PublishGit.plan(cx, input, results)?;
        let given = self.ignored.iter().filter(|name| input.get(**name).is_some());
        for name in given {
            plan.warnings.push(cx.ignored(name, &format!("`{GIT}` has no use for `{name}`")));
        }
        Ok(plan)
    }
}
