//! Whether the site is at its address, and whether the provider that visitors sign in with has what browsers need.

use std::time::Duration;

use serde_json::Value;

use super::Check;
use crate::{
    base::http::{Client, HttpError, Request, Response, Url, header},
    cli::{Failure, exit::outside, settings::Settings},
};

/// Where a provider describes itself (`OpenID` Connect Discovery 1.0, section 4).
const DISCOVERY: &str = ".well-known/openid-configuration";
/// A file that every site of this program has.
const STATE: &str = "assets/state.json";
/// Most bytes that are read.
const MOST_BYTES: u64 = 5_000_000;

/// Looks at the address of the site and at the provider; `offline` asks neither.
pub(super) fn check(settings: &Settings, offline: bool) -> Result<Vec<Check>, Failure> {
    let site = settings.site()?;
    let mut checks = Vec::new();
    match &site.url {
        None => checks.push(
            Check::warning(
                "site",
                "its address is not known, so that it has no feeds and no sitemap",
            )
            .hint("`site.url` in callboard.yaml has it"),
        ),
        Some(url) if !offline => checks.push(address(url)?),
        Some(_) => {}
    }
    if let Some(sign_in) = &site.sign_in
        && !offline
    {
        checks.push(provider(&sign_in.issuer, site.url.as_deref())?);
    }
    Ok(checks)
}

/// Reads an address once.
fn get(url: Url, origin: Option<&str>) -> Result<Result<Response, HttpError>, Failure> {
    let mut request = Request::new(url);
    request.timeout = Duration::from_secs(10);
    request.retries = 0;
    request.max_bytes = MOST_BYTES;
    if let Some(origin) = origin {
        let (name, value) = header("origin", origin).map_err(outside)?;
        request.headers.insert(name, value);
    }
    let client = Client::new().map_err(outside)?;
    let runtime = tokio::runtime::Runtime::new().map_err(outside)?;
    Ok(runtime.block_on(client.get(&request)))
}

/// Whether a site of this program answers at an address.
fn address(url: &str) -> Result<Check, Failure> {
    const SUBJECT: &str = "site";
    let Ok(state) = Url::parse(url).and_then(|url| url.join(STATE)) else {
        return Ok(Check::failed(SUBJECT, format!("`{url}` is not an address"))
            .hint("such as https://portal.acme.example/"));
    };
    Ok(match get(state, None)?.and_then(|response| response.json::<Value>()) {
        Ok(_) => Check::ok(SUBJECT, format!("is at {url}")),
        Err(error) => Check::warning(SUBJECT, format!("no site of Callboard answers: {error}")).hint(
            "is it published, and does this machine get there without signing in? `site.url` in callboard.yaml names it",
        ),
    })
}

/// Whether a provider describes itself with what the sign-in in browsers needs.
fn provider(issuer: &str, site: Option<&str>) -> Result<Check, Failure> {
    const SUBJECT: &str = "sign-in";
    let address = format!("{}/{DISCOVERY}", issuer.trim_end_matches('/'));
    let Ok(url) = Url::parse(&address) else {
        return Ok(Check::failed(SUBJECT, format!("`{address}` is not an address")));
    };
    let origin =
        site.and_then(|site| Url::parse(site).ok()).map(|url| url.origin().ascii_serialization());
    let response = match get(url, origin.as_deref())? {
        Ok(response) => response,
        Err(error) => {
            return Ok(Check::failed(SUBJECT, error.to_string()).hint(
                "`site.sign_in.issuer` is the address of the realm, without `/.well-known`",
            ));
        }
    };
    let description: Value = match response.json() {
        Ok(description) => description,
        Err(error) => return Ok(Check::failed(SUBJECT, error.to_string())),
    };
    if let Some(problem) = lacking(&description, issuer) {
        return Ok(Check::failed(SUBJECT, problem)
            .hint("`callboard help sign-in` says what the provider needs"));
    }
    // A browser reads the description and the token endpoint from the site's origin (CORS).
    let allowed = response.header("access-control-allow-origin");
    let is_allowed =
        allowed.is_some_and(|allowed| allowed == "*" || Some(allowed) == origin.as_deref());
    Ok(match (origin, is_allowed) {
        (None, _) => Check::ok(
            SUBJECT,
            format!(
                "{issuer} answers; whether it lets the site ask is not known without `site.url`"
            ),
        ),
        (Some(_), true) => Check::ok(SUBJECT, format!("{issuer} answers, and lets the site ask")),
        (Some(origin), false) => {
            Check::warning(SUBJECT, format!("{issuer} does not say that {origin} may ask (CORS)"))
                .hint("add that origin to the *web origins* of the client")
        }
    })
}

/// What a description lacks for the code flow with PKCE of a public client; `None` when it has all.
fn lacking(description: &Value, issuer: &str) -> Option<String> {
    let has = |key: &str, value: &str| {
        description[key].as_array().is_some_and(|all| all.iter().any(|one| one == value))
    };
    if description["issuer"] != issuer {
        let named = description["issuer"].as_str().unwrap_or("nobody");
        return Some(format!(
            "the settings say `{issuer}`, and the provider calls itself `{named}`"
        ));
    }
    for key in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        if !description[key].is_string() {
            return Some(format!("the provider names no `{key}`"));
        }
    }
    if !has("response_types_supported", "code") {
        return Some("the provider has no authorization code flow".to_owned());
    }
    if !has("code_challenge_methods_supported", "S256") {
        return Some("the provider does not say that it supports PKCE with `S256`".to_owned());
    }
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_description_that_lacks_something_says_what() {
        let issuer = "https://id.acme.example/realms/staff";
        let whole = json!({
            "issuer": issuer, "authorization_endpoint": "a", "token_endpoint": "t", "jwks_uri": "j",
            "response_types_supported": ["code"], "code_challenge_methods_supported": ["plain", "S256"],
        });
        assert_eq!(lacking(&whole, issuer), None);
        for (key, value, said) in [
            ("issuer", json!("https://other.example"), "calls itself `https://other.example`"),
            ("token_endpoint", json!(null), "names no `token_endpoint`"),
            ("response_types_supported", json!(["token"]), "no authorization code flow"),
            ("code_challenge_methods_supported", json!(["plain"]), "PKCE"),
        ] {
            let mut lacks = whole.clone();
            lacks[key] = value;
            assert!(lacking(&lacks, issuer).is_some_and(|problem| problem.contains(said)), "{key}");
        }
    }
}
