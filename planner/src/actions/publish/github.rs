//! `publish:github`: creates a repository on GitHub or GitHub Enterprise, as Backstage's action of this name does.

use serde_json::{Map, Value, json};

use super::{
    first_commit,
    forge_repository::{ForgeRepository, marked_description},
    forges::PublishForge,
};
use crate::{
    actions::{
        StepContext, StepPlan, StepResults,
        github::{plain_secrets, secrets},
        input::{text, texts},
    },
    base::{diagnostics::Diagnostic, forges::Forge, percent::encode},
    effect::{Alternative, Api, Call, Lookup, Method, Owner, Refusal, Resource},
};

/// Most characters of a description.
const MOST_DESCRIPTION: usize = 350;

pub(super) const PUBLISH: PublishForge = PublishForge {
    id: "publish:github",
    description: "Creates a repository on GitHub with one commit of the workspace's files",
    inputs: all_inputs,
    outputs: &[],
    secrets: &["secrets"],
    planner: plan,
};

fn all_inputs() -> Value {
    let mut all = inputs();
    if let (Some(all), Value::Object(protection)) = (all.as_object_mut(), protection_inputs()) {
        all.extend(protection);
    }
    all
}

/// The inputs about the repository itself.
pub(in crate::actions) fn inputs() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    let flag = |description: &str| json!({"type": "boolean", "description": description});
    let map = |description: &str| json!({"type": "object", "description": description});
    let list = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
    json!({
        "description": text("Description of the repository"),
        "homepage": text("Its home page"),
        "access": text("A user or a team (`owner/team`) that administers it"),
        "repoVisibility": {"enum": ["private", "public", "internal"], "description": "Who sees it; `private` without it"},
        "collaborators": {
            "type": "array", "description": "Users and teams that may access it",
            "items": {
                "type": "object", "required": ["access"],
                "properties": {"access": text("`pull`, `push`, `admin`, `maintain` or `triage`"),
                    "user": text("A user"), "team": text("A team"), "username": text("A user, in older templates")}
            }
        },
        "topics": list("Topics, which become lower case"),
        "deleteBranchOnMerge": flag("Whether the branch of a merged pull request is deleted"),
        "allowMergeCommit": flag("Whether pull requests may be merged by a merge commit; `true` without it"),
        "allowSquashMerge": flag("Whether they may be squashed; `true` without it"),
        "allowRebaseMerge": flag("Whether they may be rebased; `true` without it"),
        "allowAutoMerge": flag("Whether they may merge by themselves"),
        "allowUpdateBranch": flag("Whether their branch may be updated on the web page"),
        "squashMergeCommitTitle": {"enum": ["PR_TITLE", "COMMIT_OR_PR_TITLE"], "description": "Title of a squashed commit"},
        "squashMergeCommitMessage": {
            "enum": ["PR_BODY", "COMMIT_MESSAGES", "BLANK"], "description": "Message of a squashed commit"
        },
        "hasProjects": flag("Whether it has projects"),
        "hasWiki": flag("Whether it has a wiki"),
        "hasIssues": flag("Whether it has issues"),
        "customProperties": map("Custom properties of the organisation"),
        "repoVariables": map("Variables of Actions"),
        "oidcCustomization": map("Claims of the tokens of Actions: `{useDefault, includeClaimKeys}`"),
        "subscribe": flag("Whether the account of the credential watches the repository"),
        "secrets": map("Secrets of Actions, of those of the settings"),
        "autoInit": flag("Not used: the repository gets the commit of the workspace"),
        "allowedHosts": list("Not used: the picker checks them")
    })
}

/// The inputs about the protection of the branch.
pub(in crate::actions) fn protection_inputs() -> Value {
    let flag = |description: &str| json!({"type": "boolean", "description": description});
    let map = |description: &str| json!({"type": "object", "description": description});
    let list = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
    json!({
        "protectDefaultBranch": flag("Whether the branch is protected; `true` without it"),
        "protectEnforceAdmins": flag("Whether the protection is for administrators, too; `true` without it"),
        "requireCodeOwnerReviews": flag("Whether owners of the code must approve"),
        "dismissStaleReviews": flag("Whether a push takes approvals back"),
        "requiredStatusCheckContexts": list("Checks that must pass"),
        "requireBranchesToBeUpToDate": flag("Whether branches must be up to date; `true` without it"),
        "requiredConversationResolution": flag("Whether conversations must be resolved"),
        "requireLastPushApproval": flag("Whether another person must approve the last push"),
        "requiredApprovingReviewCount": {"type": "integer", "minimum": 0, "maximum": 6, "description": "Approvals; 1 without it"},
        "requiredCommitSigning": flag("Whether commits must be signed"),
        "requiredLinearHistory": flag("Whether merge commits are refused"),
        "restrictions": map("Users, teams and apps that may push: `{users, teams, apps}`"),
        "bypassPullRequestAllowances": map("Users, teams and apps that need no pull request: `{users, teams, apps}`"),
        "blockCreations": flag("Whether matching branches can be made by those of `restrictions` only")
    })
}

/// Inputs that mean nothing here.
const IGNORED: [&str; 2] = ["autoInit", "token"];

fn plan(
    cx: &StepContext<'_>,
    input: &Value,
    results: &mut StepResults,
) -> Result<StepPlan, Vec<Diagnostic>> {
    let repository = ForgeRepository::of(cx, input, Forge::GitHub)?;
    let files = first_commit::files(cx, input, results)?;
    let branch = first_commit::branch(input).to_owned();
    let mut settings = settings(&repository, input);
    if input.get("protectDefaultBranch") != Some(&json!(false)) {
        settings.extend(protection(&repository, input, &branch));
    }
    let creation = creation(cx, &repository, input);
    let slug = repository.location.slug();
    let visibility = text(input, "repoVisibility").unwrap_or("private");
    let mut effects = vec![
        repository.effect(
            cx,
            Api::GitHub,
            vec![creation],
            (
                format!("creates the {visibility} repository `{slug}`"),
                Some("deletes the repository"),
            ),
        ),
        first_commit::effect(cx, input, files, repository.home()),
    ];
    if !settings.is_empty() {
        let names: Vec<_> = settings.iter().map(|resource| resource.name.clone()).collect();
        let summary = format!("sets of `{slug}`: {}", names.join(", "));
        let undo = Some("goes with the repository");
        effects.push(repository.effect(cx, Api::GitHub, settings, (summary, undo)));
    }
    let mut warnings: Vec<_> = repository.credential_warning(cx).into_iter().collect();
    warnings.extend(cx.unused(input, &IGNORED));
    warnings.extend(plain_secrets(cx, input));
    Ok(StepPlan {
        output: first_commit::output(
            &cx.step().id,
            Some(repository.clone_url()),
            Some(repository.contents_url(&branch)),
        ),
        message: format!("repository `{slug}` is on GitHub"),
        effects,
        warnings,
        ..StepPlan::default()
    })
}

/// The path of the repository in the API.
pub(in crate::actions) fn path(repository: &ForgeRepository, rest: &str) -> String {
    let location = &repository.location;
    format!("/repos/{}/{}{rest}", encode(location.owner.as_str()), encode(location.name.as_str()))
}

pub(in crate::actions) fn creation(
    cx: &StepContext<'_>,
    repository: &ForgeRepository,
    input: &Value,
) -> Resource {
    let (owner, name) = (repository.location.owner.as_str(), repository.location.name.as_str());
    let visibility = text(input, "repoVisibility").unwrap_or("private");
    let (description, mark) = marked_description(cx, text(input, "description"), MOST_DESCRIPTION);
    let mut body = Map::from_iter([
        ("name".to_owned(), json!(name)),
        ("description".to_owned(), json!(description)),
        ("private".to_owned(), json!(visibility != "public")),
    ]);
    // GitHub refuses a message of squashed commits without a title; the other one has the default of repositories then.
    let squash = [
        ("squash_merge_commit_title", "COMMIT_OR_PR_TITLE"),
        ("squash_merge_commit_message", "COMMIT_MESSAGES"),
    ];
    if input.get("squashMergeCommitTitle").or(input.get("squashMergeCommitMessage")).is_some() {
        body.extend(squash.map(|(field, default)| (field.to_owned(), json!(default))));
    }
    let options = [
        ("homepage", "homepage"),
        ("deleteBranchOnMerge", "delete_branch_on_merge"),
        ("allowMergeCommit", "allow_merge_commit"),
        ("allowSquashMerge", "allow_squash_merge"),
        ("allowRebaseMerge", "allow_rebase_merge"),
        ("allowAutoMerge", "allow_auto_merge"),
        ("squashMergeCommitTitle", "squash_merge_commit_title"),
        ("squashMergeCommitMessage", "squash_merge_commit_message"),
        ("hasProjects", "has_projects"),
        ("hasWiki", "has_wiki"),
        ("hasIssues", "has_issues"),
    ];
    for (input_name, field) in options {
        if let Some(value) = input.get(input_name) {
            body.insert(field.to_owned(), value.clone());
        }
    }
    let of_user = Value::Object(body.clone());
    body.insert("visibility".to_owned(), json!(visibility));
    if let Some(properties) = input.get("customProperties") {
        body.insert("custom_properties".to_owned(), properties.clone());
    }
    let create = Call::new(Method::Post, format!("/orgs/{}/repos", encode(owner)));
    let lookup = Lookup::of(path(repository, ""));
    let slug = repository.location.slug();
    let owner_mark = Owner::Marked { pointer: "/description".to_owned(), mark };
    Resource {
        alternatives: vec![Alternative {
            when: Lookup::of("/user").having(json!({"login": owner})),
            call: Call::new(Method::Post, "/user/repos").with(of_user),
        }],
        undo: Some(Call::new(Method::Delete, path(repository, ""))),
        ..Resource::new(
            format!("the repository `{slug}`"),
            owner_mark,
            create.with(Value::Object(body)),
        )
        .looked_up(lookup)
        .giving(&[("repositoryId", "/id")])
    }
}

/// What is set once the repository has its first commit.
pub(in crate::actions) fn settings(repository: &ForgeRepository, input: &Value) -> Vec<Resource> {
    let mut all = Vec::new();
    let update = |name: &str, values: Value| {
        let owner = Owner::Setting { values: values.clone() };
        let call = Call::new(Method::Patch, path(repository, "")).with(values);
        Resource::new(name, owner, call).looked_up(Lookup::of(path(repository, "")))
    };
    // The mark goes, which the description had while the repository was made.
    if let Some(description) = text(input, "description").filter(|text| !text.is_empty()) {
        let description: String = description.chars().take(MOST_DESCRIPTION).collect();
        all.push(update("the description", json!({"description": description.trim_end()})));
    }
    if let Some(allow) = input.get("allowUpdateBranch") {
        all.push(update("updates of branches", json!({"allow_update_branch": allow})));
    }
    all.extend(access(repository, input));
    let topics: Vec<_> = texts(input, "topics").iter().map(|topic| topic.to_lowercase()).collect();
    if !topics.is_empty() {
        let values = json!({"names": topics});
        all.push(setting(repository, "the topics", "/topics", values));
    }
    for (name, value) in input.get("repoVariables").and_then(Value::as_object).into_iter().flatten()
    {
        let value = value.as_str().map_or_else(|| value.clone(), Value::from);
        let body = json!({"name": name, "value": value});
        let one = path(repository, &format!("/actions/variables/{}", encode(name)));
        let owner = Owner::Setting { values: json!({"value": value}) };
        let create = Call::new(Method::Post, path(repository, "/actions/variables"));
        all.push(Resource {
            update: Some(Call::new(Method::Patch, one.clone()).with(body.clone())),
            ..Resource::new(format!("the variable `{name}`"), owner, create.with(body))
                .looked_up(Lookup::of(one))
        });
    }
    all.extend(secrets(&path(repository, "/actions/secrets"), input.get("secrets")));
    if let Some(claims) = input.get("oidcCustomization") {
        let values = json!({
            "use_default": claims.get("useDefault").cloned().unwrap_or(json!(true)),
            "include_claim_keys": claims.get("includeClaimKeys").cloned().unwrap_or(json!([])),
        });
        let at = "/actions/oidc/customization/sub";
        all.push(setting(repository, "the claims of tokens", at, values));
    }
    if input.get("subscribe") == Some(&json!(true)) {
        let values = json!({"subscribed": true});
        all.push(setting(repository, "the subscription", "/subscription", values));
    }
    all
}

/// A setting that is read and put at one path.
fn setting(repository: &ForgeRepository, name: &str, rest: &str, values: Value) -> Resource {
    let at = path(repository, rest);
    let call = Call::new(Method::Put, at.clone()).with(values.clone()).passing(&[404]);
    Resource::new(name, Owner::Setting { values }, call).looked_up(Lookup::of(at))
}

/// The users and teams that may access the repository.
fn access(repository: &ForgeRepository, input: &Value) -> Vec<Resource> {
    let owner = repository.location.owner.as_str();
    let mut all = Vec::new();
    if let Some(access) = text(input, "access") {
        match access.strip_prefix(&format!("{owner}/")) {
            Some(team) => all.push(team_access(repository, team, "admin")),
            None if access != owner => all.push(user_access(repository, access, "admin")),
            None => {}
        }
    }
    let collaborators = input.get("collaborators").and_then(Value::as_array);
    for collaborator in collaborators.into_iter().flatten() {
        let permission = text(collaborator, "access").unwrap_or("pull");
        let user = text(collaborator, "user").or_else(|| text(collaborator, "username"));
        if let Some(team) = text(collaborator, "team") {
            all.push(team_access(repository, name_of(team), permission));
        } else if let Some(user) = user {
            all.push(user_access(repository, name_of(user), permission));
        }
    }
    all
}

/// The name in the reference of an entity, or in a team with its organisation: `ann` in `user:default/ann`.
fn name_of(reference: &str) -> &str {
    reference.rsplit([':', '/']).next().unwrap_or(reference)
}

fn team_access(repository: &ForgeRepository, team: &str, permission: &str) -> Resource {
    let (owner, name) = (repository.location.owner.as_str(), repository.location.name.as_str());
    let [owner, name, team] = [owner, name, team].map(encode);
    let call = Call::new(Method::Put, format!("/orgs/{owner}/teams/{team}/repos/{owner}/{name}"));
    let values = json!({"slug": team.to_lowercase(), "permission": permission});
    let lookup = Lookup::list(path(repository, "/teams?per_page=100"), "", values);
    let title = format!("the access of team `{team}`");
    Resource::new(title, Owner::Shared, call.with(json!({"permission": permission})))
        .looked_up(lookup)
}

fn user_access(repository: &ForgeRepository, user: &str, permission: &str) -> Resource {
    let at = path(repository, &format!("/collaborators/{}", encode(user)));
    // The answer knows fewer levels than the request has.
    let level = match permission {
        "pull" | "triage" => "read",
        "push" | "maintain" => "write",
        other => other,
    };
    let owner = Owner::Setting { values: json!({"permission": level}) };
    let call = Call::new(Method::Put, at.clone()).with(json!({"permission": permission}));
    Resource::new(format!("the access of `{user}`"), owner, call)
        .looked_up(Lookup::of(format!("{at}/permission")))
}

/// The protection of the branch, with the defaults of Backstage.
pub(in crate::actions) fn protection(
    repository: &ForgeRepository,
    input: &Value,
    branch: &str,
) -> Vec<Resource> {
    let flag =
        |name: &str, default: bool| input.get(name).and_then(Value::as_bool).unwrap_or(default);
    let at = path(repository, &format!("/branches/{}/protection", encode(branch)));
    let reviews = input.get("requiredApprovingReviewCount").cloned().unwrap_or(json!(1));
    let mut pull_requests = json!({
        "required_approving_review_count": reviews,
        "require_code_owner_reviews": flag("requireCodeOwnerReviews", false),
        "dismiss_stale_reviews": flag("dismissStaleReviews", false),
        "require_last_push_approval": flag("requireLastPushApproval", false),
    });
    let kept = pull_requests.clone();
    if let Some(allowances) = input.get("bypassPullRequestAllowances") {
        pull_requests["bypass_pull_request_allowances"] = allowances.clone();
    }
    let contexts = texts(input, "requiredStatusCheckContexts");
    let strict = flag("requireBranchesToBeUpToDate", true);
    let body = json!({
        "required_status_checks": {"strict": strict, "contexts": contexts},
        "restrictions": input.get("restrictions").cloned().unwrap_or(Value::Null),
        "enforce_admins": flag("protectEnforceAdmins", true),
        "required_pull_request_reviews": pull_requests,
        "required_conversation_resolution": flag("requiredConversationResolution", false),
        "required_linear_history": flag("requiredLinearHistory", false),
        "block_creations": flag("blockCreations", false),
    });
    let enabled = |name: &str, default: bool| json!({"enabled": flag(name, default)});
    let values = json!({
        "required_status_checks": {"strict": strict, "contexts": contexts},
        "enforce_admins": enabled("protectEnforceAdmins", true),
        "required_pull_request_reviews": kept,
        "required_conversation_resolution": enabled("requiredConversationResolution", false),
        "required_linear_history": enabled("requiredLinearHistory", false),
    });
    let owner = Owner::Setting { values };
    let name = format!("the protection of branch `{branch}`");
    let call = Call::new(Method::Put, at.clone()).with(body).passing(&[404]);
    let mut all = vec![Resource {
        tolerated: vec![Refusal {
            status: 403,
            text: "Upgrade to GitHub".to_owned(),
            meaning: "the plan of the account has no protection of branches".to_owned(),
        }],
        ..Resource::new(name, owner, call).looked_up(Lookup::of(at.clone()))
    }];
    if flag("requiredCommitSigning", false) {
        let at = format!("{at}/required_signatures");
        let owner = Owner::Setting { values: json!({"enabled": true}) };
        let call = Call::new(Method::Post, at.clone());
        all.push(Resource::new("signed commits", owner, call).looked_up(Lookup::of(at)));
    }
    all
}
