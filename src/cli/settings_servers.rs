//! `servers` of `callboard.yaml`: clusters of Kubernetes, servers of Argo CD, and others that requests may go to.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    base::diagnostics::{Diagnostic, Place},
    catalog::issue::escape,
    cli::settings_forges::unusable_address,
    scaffold::{Server, ServerKind},
};

/// Servers by the names that steps use.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(transparent)]
pub(super) struct ServerSettings(BTreeMap<String, OneServer>);

/// A server.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct OneServer {
    /// What it is.
    r#type: ServerType,
    /// Its address, such as `https://kubernetes.acme.example:6443`.
    url: String,
}

/// Kinds of servers.
#[derive(Debug, Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum ServerType {
    /// The API server of a cluster of Kubernetes.
    Kubernetes,
    /// Argo CD.
    ArgoCd,
    /// Another server, to which `http:request` may send requests below the address.
    Http,
}

impl ServerSettings {
    /// Addresses that cannot be those of a server.
    pub(super) fn problems(&self, at: impl Fn(&str) -> Place) -> Vec<Diagnostic> {
        let wrong = |(name, server): (&String, &OneServer)| {
            let reason = unusable_address(&server.url)?;
            let message = format!("`{}` cannot be the address of a server: {reason}", server.url);
            let place = at(&format!("/servers/{}/url", escape(name)));
            Some(Diagnostic::error("invalid-settings", place, message))
        };
        self.0.iter().filter_map(wrong).collect()
    }

    /// The servers.
    pub(super) fn servers(&self) -> BTreeMap<String, Server> {
        let server = |(name, server): (&String, &OneServer)| {
            let kind = match server.r#type {
                ServerType::Kubernetes => ServerKind::Kubernetes,
                ServerType::ArgoCd => ServerKind::ArgoCd,
                ServerType::Http => ServerKind::Http,
            };
            (name.clone(), Server { kind, url: server.url.trim_end_matches('/').to_owned() })
        };
        self.0.iter().map(server).collect()
    }
}
