//! The sample company: Galerie Mercure, a French online department store, and its two HTTP APIs.
//!
//! *La Carto* (inventory of applications) and the *Organisation API* (teams and people) are as
//! awkward as such APIs are in a real company, and are served over real HTTP, so that the demo and
//! the tests run the very code that a portal runs. The files in `data/` are compact and readable;
//! `carto_records` and `organisation` make the verbose JSON from them, the same on every run.
//!
//! This module knows nothing of snapshots, catalogs or mappings: it only answers requests.

mod carto;
mod carto_records;
mod data;
mod edition;
mod noise;
mod organisation;

use std::{future::Future, io, net::SocketAddr};

use axum::{
    Router,
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::base::environment::Environment;
use data::Company;
pub use edition::Edition;

/// The key that La Carto asks for in the header `X-Api-Key`; it protects nothing.
pub const CARTO_KEY: &str = "cle-de-demonstration";

/// The two APIs, running on a loopback port of their own until dropped.
#[derive(Debug)]
pub struct SampleApis {
    address: SocketAddr,
    task: JoinHandle<io::Result<()>>,
}

impl SampleApis {
    /// Starts both APIs on a free loopback port; call it within a tokio runtime.
    pub async fn start() -> io::Result<Self> {
        Self::start_as(Edition::Today, 0).await
    }

    /// Starts both APIs on a loopback port, as they answer at some time; port 0 takes a free one.
    pub async fn start_as(edition: Edition, port: u16) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let address = listener.local_addr()?;
        let task = tokio::spawn(serve(listener, edition, std::future::pending()));
        Ok(Self { address, task })
    }

    /// Returns where both APIs answer, such as `http://127.0.0.1:40123`, without a trailing slash.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Returns the environment variables that the sample's source files ask for.
    pub fn environment(&self) -> [(&'static str, String); 3] {
        [
            ("LA_CARTO_URL", self.base_url()),
            ("LA_CARTO_KEY", CARTO_KEY.to_owned()),
            ("ORG_URL", self.base_url()),
        ]
    }
}

impl SampleApis {
    /// Returns an environment with the variables of [`SampleApis::environment`].
    pub(in crate::cli) fn added_to(&self, environment: Environment) -> Environment {
        let variables = self.environment().into_iter();
        variables.fold(environment, |environment, (name, value)| environment.with(name, value))
    }
}

impl Drop for SampleApis {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves both APIs on `listener` until `shutdown` is done.
pub async fn serve(
    listener: TcpListener,
    edition: Edition,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    axum::serve(listener, router(edition)).with_graceful_shutdown(shutdown).await
}

fn router(edition: Edition) -> Router {
    let mut company = Company::load();
    edition::people(&mut company, edition);
    let mut applications = carto_records::applications(&company);
    edition::applications(&mut applications, edition);
    Router::new().merge(carto::router(applications)).merge(organisation::router(&company)).fallback(
        || async { mistake(StatusCode::NOT_FOUND, "RESSOURCE_INCONNUE", "Adresse inconnue") },
    )
}

/// Answers with a JSON body.
fn reply(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json;charset=utf-8")], body.to_string()).into_response()
}

/// Answers with a mistake in the form that both APIs use.
fn mistake(status: StatusCode, code: &str, message: &str) -> Response {
    reply(status, &json!({ "erreur": { "code": code, "message": message } }))
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod mapping_tests;
