//! Checks the account of a credential before an API is read.
//!
//! Some servers treat an invalid credential as anonymous and return only public data. Private entities
//! would then look as if they were deleted.

use jaq_json::Val;

use super::Reader;
use crate::{
    base::{
        diagnostics::Diagnostic,
        http::{HttpError, Reason},
    },
    snapshot::{
        report::{Failure, FailureKind},
        source::IdentitySpec,
    },
};

/// The account of a credential, as the API names it.
pub(in crate::snapshot) enum Identity {
    /// The name of the account.
    Name(String),
    /// A status that only an authenticated account gets, although it may not read its own name.
    Status(u16),
    /// The API does not have the address, so that the account is not known.
    Unknown(Diagnostic),
}

impl Identity {
    /// Describes the account, or adds the warning that it is not known.
    pub(in crate::snapshot) fn or_warn(self, warnings: &mut Vec<Diagnostic>) -> Option<String> {
        match self {
            Self::Name(name) => Some(format!("`{name}`")),
            Self::Status(status) => {
                Some(format!("an account that cannot read its own name ({status})"))
            }
            Self::Unknown(warning) => {
                warnings.push(warning);
                None
            }
        }
    }
}

impl Reader<'_> {
    /// Requests the name of the account, when the source has `identity`.
    ///
    /// # Errors
    /// When the API refuses the credential, treats it as anonymous, or cannot be reached.
    pub(super) async fn identify(&self) -> Result<Option<Identity>, Failure> {
        let (Some(spec), Some(template)) = (&self.http.identity, &self.access.identity) else {
            return Ok(None);
        };
        let mut request = self.request(template, None)?;
        request.body.clone_from(&spec.body);
        let response = match self.access.client.get(&request).await {
            Ok(response) => response,
            Err(error) => return self.refused(spec, error).map(Some),
        };
        let body = self.body(&spec.request, &response)?;
        let found = self.run(&spec.request, "/name", &spec.name, &body, Some(&response))?;
        match found.as_slice() {
            [Val::TStr(name)] if !name.is_empty() => {
                Ok(Some(Identity::Name(String::from_utf8_lossy(name).into_owned())))
            }
            found => {
                let found = self.quote(Some(&response), found, 80);
                let message = format!(
                    "the server treats the credential as anonymous: `{}` returns `{found}`",
                    spec.name.text
                );
                Err(self.nobody(spec, message))
            }
        }
    }

    fn refused(&self, spec: &IdentitySpec, error: HttpError) -> Result<Identity, Failure> {
        let Reason::Status { status, .. } = &error.reason else {
            return Err(self.http_failure(&spec.request, error));
        };
        match status.as_u16() {
            status if spec.accept.contains(&status) => Ok(Identity::Status(status)),
            404 | 405 | 410 => {
                let message = format!("the account of the credential is not known: {error}");
                let problem = self.problem("/identity/url", message);
                let hint = "the server has no such address: is it older than the preset needs?";
                Ok(Identity::Unknown(
                    Diagnostic::warning("unproven-identity", problem.place, problem.message)
                        .hint(hint),
                ))
            }
            401 | 403 => Err(self.nobody(spec, format!("the credential is refused: {error}"))),
            _ => Err(self.http_failure(&spec.request, error)),
        }
    }

    fn nobody(&self, spec: &IdentitySpec, message: String) -> Failure {
        let failure = self.failure(FailureKind::Outside, &spec.request, "/url", message);
        failure.hint("is the token set, complete and not expired? nothing was read, because records that it cannot see would seem to be removed")
    }
}
