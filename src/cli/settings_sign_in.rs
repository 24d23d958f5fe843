//! `site.sign_in` of `callboard.yaml`: how visitors of the site sign in.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::site::{Claim, PersonField, SignIn};

/// Sign-in with an `OpenID` provider: code flow with PKCE in the browser, by a public client.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct SignInSettings {
    /// The provider's issuer, such as `https://id.example.com/realms/staff`.
    issuer: String,
    /// Id of the portal's public client there; its redirect address is the site's `me.html`.
    client_id: String,
    /// The claim that identifies the visitor.
    #[serde(default)]
    claim: ClaimName,
    /// What of a User the claim is compared with: an annotation, or the word `email` or `name`.
    /// Unless set, the name for `preferred_username` and the e-mail for `email`.
    annotation: Option<String>,
    /// Scopes to ask for beside `openid`; unless set, the one that has the claim.
    #[serde(default)]
    scopes: Vec<String>,
}

/// A claim that can identify a visitor.
#[derive(Debug, Clone, Copy, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum ClaimName {
    /// The name with which people sign in.
    #[default]
    PreferredUsername,
    /// The e-mail.
    Email,
    /// The provider's own id of a person.
    Sub,
}

impl SignInSettings {
    /// Problems that the JSON Schema does not express: the key, the problem, and a hint.
    pub(super) fn problem(&self) -> Option<(&'static str, String, &'static str)> {
        if !is_safe(&self.issuer) {
            // OpenID Connect Discovery 1.0, section 3: https, no query, no fragment.
            let message = format!("`{}` cannot be an issuer", self.issuer);
            let hint = "write an `https` address without `?` and `#`; `http` only for `localhost`";
            return Some(("issuer", message, hint));
        }
        if matches!((self.claim, &self.annotation), (ClaimName::Sub, None)) {
            let message = "`claim: sub` needs `annotation`".to_owned();
            let hint = "name the annotation that has the provider's id of a person";
            return Some(("claim", message, hint));
        }
        None
    }

    /// The settings of the site.
    pub(super) fn resolve(&self) -> SignIn {
        let (claim, field, scope) = match self.claim {
            ClaimName::PreferredUsername => {
                (Claim::PreferredUsername, PersonField::Name, Some("profile"))
            }
            ClaimName::Email => (Claim::Email, PersonField::Email, Some("email")),
            ClaimName::Sub => (Claim::Sub, PersonField::Name, None),
        };
        let person = match self.annotation.as_deref() {
            None => field,
            Some("name") => PersonField::Name,
            Some("email") => PersonField::Email,
            Some(key) => PersonField::Annotation(key.to_owned()),
        };
        let mut scopes = vec!["openid"];
        match self.scopes.as_slice() {
            [] => scopes.extend(scope),
            named => scopes.extend(named.iter().map(String::as_str).filter(|s| *s != "openid")),
        }
        SignIn {
            issuer: self.issuer.clone(),
            client_id: self.client_id.clone(),
            claim,
            person,
            scopes: scopes.join(" "),
        }
    }
}

fn is_safe(issuer: &str) -> bool {
    url::Url::parse(issuer).is_ok_and(|url| {
        let is_local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        (url.scheme() == "https" || (url.scheme() == "http" && is_local))
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::yaml;

    fn parsed(text: &str) -> SignInSettings {
        yaml::from_str(text).unwrap_or_else(|error| unreachable!("{}", error.message))
    }

    #[test]
    fn an_issuer_is_secure_or_local() {
        for (issuer, is_good) in [
            ("https://id.example/realms/a", true),
            ("http://localhost:9091", true),
            ("http://id.example", false),
            ("https://id.example/?x", false),
            ("javascript:alert(1)", false),
            ("id.example", false),
        ] {
            let settings = parsed(&format!("{{issuer: '{issuer}', client_id: portal}}"));
            assert_eq!(settings.problem().is_none(), is_good, "{issuer}");
        }
    }

    #[test]
    fn a_claim_has_its_field_and_its_scope() {
        let resolved = |rest: &str| {
            parsed(&format!("{{issuer: 'https://i.example', client_id: p{rest}}}")).resolve()
        };
        let by_name = resolved("");
        assert_eq!((by_name.claim, by_name.person), (Claim::PreferredUsername, PersonField::Name));
        assert_eq!(by_name.scopes, "openid profile");
        let by_key = resolved(", claim: sub, annotation: keycloak.org/id, scopes: [openid, roles]");
        assert_eq!(by_key.person, PersonField::Annotation("keycloak.org/id".into()));
        assert_eq!(by_key.scopes, "openid roles");
        let email = resolved(", claim: preferred_username, annotation: email");
        assert_eq!(email.person, PersonField::Email);
        assert!(
            parsed("{issuer: 'https://i.example', client_id: p, claim: sub}").problem().is_some()
        );
    }
}
