//! Secrets of repositories and environments, and deploy keys, whose private half is one.

use serde_json::{Map, Value, json};

use super::{GitHubAction, GitHubStep, Planner};
use crate::{
    actions::{StepContext, StepPlan, StepResults, input::text, texts::mark},
    base::{diagnostics::Diagnostic, percent::encode},
    effect::{Call, Lookup, Method, Owner, Resource, ServerValue},
    engine::{self, NEW_KEY_PRIVATE, NEW_KEY_PUBLIC},
};

/// The secrets below a path whose values are secrets of the settings. GitHub shows no secret, so that each is written.
pub(in crate::actions) fn secrets(at: &str, values: Option<&Value>) -> Vec<Resource> {
    let values = values.and_then(Value::as_object).into_iter().flatten();
    let values = values.filter(|(_, value)| engine::has_secret(value));
    values.map(|(name, value)| secret(at, name, value, Owner::Hidden)).collect()
}

fn secret(at: &str, name: &str, value: &Value, owner: Owner) -> Resource {
    let (of, lookup) = ("the public key".to_owned(), Lookup::of(format!("{at}/public-key")));
    let body = json!({"encrypted_value": value, "key_id": null});
    let create = Call::new(Method::Put, format!("{at}/{}", encode(name))).with(body);
    Resource {
        sealed: Some(ServerValue {
            of: of.clone(),
            lookup: lookup.clone(),
            value: "/key".to_owned(),
            place: "/encrypted_value".to_owned(),
        }),
        ..Resource::new(format!("the secret `{name}`"), owner, create)
            .taking(of, lookup, "/key_id", "/key_id")
    }
}

/// Notes of values that are no secrets of the settings: they would stand in the plan.
pub(in crate::actions) fn plain_secrets(cx: &StepContext<'_>, input: &Value) -> Vec<Diagnostic> {
    let values = input.get("secrets").and_then(Value::as_object).into_iter().flatten();
    let plain = values.filter(|(_, value)| !engine::has_secret(value));
    let note = |(name, _): (&String, &Value)| {
        let message = format!(
            "the secret `{name}` is not set, because its value would stand in the plan: write `${{{{ secrets.NAME }}}}`, and list \
             `NAME` in `scaffold.secrets` of `callboard.yaml`"
        );
        cx.ignored(&format!("secrets/{}", crate::catalog::issue::escape(name)), &message)
    };
    plain.map(note).collect()
}

pub(super) const DEPLOY_KEY: GitHubAction = GitHubAction {
    id: "github:deployKey:create",
    description: "Makes a key by which others reach a repository on GitHub, with its private half as a secret of the repository",
    required: &["deployKeyName"],
    inputs: || {
        json!({
            "deployKeyName": {"type": "string", "minLength": 1, "maxLength": 100, "description": "Name of the key"},
            "publicKey": {
                "type": "string", "pattern": "^[a-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?$",
                "description": "The public half, as `ssh-keygen` writes it; without it apply makes a key"
            },
            "privateKey": {"type": "string", "description": "The private half, a secret of the settings"},
            "privateKeySecretName": {
                "type": "string", "pattern": "^[A-Za-z_][A-Za-z0-9_]{0,199}$",
                "description": "Name of the secret of the repository; the name of the key with `_PRIVATE_KEY` without it"
            }
        })
    },
    outputs: &[(
        "privateKeySecretName",
        "Name of the secret of the repository with the private half",
    )],
    later: &[],
    secrets: &["privateKey"],
    ignored: &[],
    planner: Planner::OfFiles(deploy_key),
};

/// The private half is stored before the key is made: where the key is there, its private half is, too.
fn deploy_key(step: &GitHubStep<'_>, _: &mut StepResults) -> Result<StepPlan, Vec<Diagnostic>> {
    let name = text(step.input, "deployKeyName").unwrap_or_default();
    let (public, private) = match (step.input.get("publicKey"), step.input.get("privateKey")) {
        (None, None) => (engine::secret(NEW_KEY_PUBLIC), engine::secret(NEW_KEY_PRIVATE)),
        (Some(public), Some(private)) if engine::has_secret(private) => {
            (public.clone(), private.clone())
        }
        (Some(_), Some(_)) => {
            let message = "the private half would stand in the plan: it must be a secret of the settings, or be left out with \
                           `publicKey`, so that apply makes a key";
            return Err(step.cx.wrong("privateKey", message));
        }
        _ => {
            let message = "`publicKey` and `privateKey` belong together";
            return Err(step.cx.wrong("deployKeyName", message));
        }
    };
    let secret_name = match text(step.input, "privateKeySecretName") {
        Some(name) => name.to_owned(),
        None => format!("{}_PRIVATE_KEY", name.replace(' ', "_").to_uppercase()),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    if !secret_name.chars().all(is_name) {
        let message =
            format!("`{secret_name}` cannot be the name of a secret: give `privateKeySecretName`");
        return Err(step.cx.wrong("deployKeyName", message));
    }
    let mark = mark(step.cx);
    let title = engine::concat(&[format!("{name} ").into(), mark.clone()]);
    let owner = || Owner::OneOf { pointer: "/title".to_owned(), mark: mark.clone() };
    let all = || Lookup::list(step.path("/keys?per_page=100"), "", json!({"title": title}));
    let half = secret(&step.path("/actions/secrets"), &secret_name, &private, owner());
    let create = Call::new(Method::Post, step.path("/keys"));
    let remove = Call::new(Method::Delete, step.path("/keys/{id}"));
    let key = Resource {
        undo: Some(remove.finding(&[("id", "/id")])),
        ..Resource::new(
            format!("the deploy key `{name}`"),
            owner(),
            create.with(json!({"title": title, "key": public})),
        )
    };
    let resources = vec![half.looked_up(all()), key.looked_up(all())];
    let slug = step.slug();
    let summary = format!(
        "makes the deploy key `{name}` of `{slug}`, whose private half is the secret `{secret_name}`"
    );
    let undo = Some("removes the key; the secret stays");
    Ok(StepPlan {
        output: Map::from_iter([("privateKeySecretName".to_owned(), secret_name.into())]),
        message: format!("`{slug}` has the deploy key `{name}`"),
        effects: vec![step.effect(resources, summary, undo)],
        ..StepPlan::default()
    })
}
