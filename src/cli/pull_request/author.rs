//! Whether the author of a pull request may ask in the name that a request gives.
//!
//! A request says itself who asks. What the forge says of the author is proof: it is compared with the annotations of the
//! catalog's users.

use crate::{
    base::diagnostics::{Diagnostic, Place},
    catalog::{Catalog, Entity, EntityRef},
    forge::reviews::PullRequest,
    scaffold::Request,
};

/// Compares the author of a pull request with the user in whose name a request asks. Users have the annotation
/// `<host>/user-login`, such as `github.com/user-login`, or the e-mail address of the account in their profile.
///
/// Returns an error when the author is known to be somebody else, and a warning when nothing says who the author is.
pub(in crate::cli) fn check_author(
    catalog: &Catalog,
    request: &Request,
    pull_request: &PullRequest,
    host: &str,
) -> Option<Diagnostic> {
    let place = || Place::file(request.file.clone());
    let requester = &request.requester;
    let user = catalog.get(requester)?;
    let email = pull_request.email.as_deref();
    let (author, key) = (&pull_request.author, format!("{host}/user-login"));
    match is_account(user, author, email, host) {
        Some(true) => None,
        Some(false) => {
            let message = format!(
                "`{author}` opened the pull request, and cannot ask in the name of `{requester}`"
            );
            let hint =
                format!("`{requester}` has another account: the annotation `{key}` names it");
            Some(Diagnostic::error("foreign-requester", place(), message).hint(hint))
        }
        None => {
            if let Some(other) = account_of(catalog, author, email, host) {
                let message =
                    format!("`{author}` is `{other}`, and cannot ask in the name of `{requester}`");
                let hint = format!("write `requester: {other}`");
                return Some(Diagnostic::error("foreign-requester", place(), message).hint(hint));
            }
            let message = format!(
                "nothing says that `{author}`, who opened the pull request, is `{requester}`"
            );
            let hint = format!("annotate the user with `{key}: {author}`");
            Some(Diagnostic::warning("unproven-requester", place(), message).hint(hint))
        }
    }
}

/// The user of the catalog who has an account of a forge.
pub(in crate::cli) fn account_of(
    catalog: &Catalog,
    account: &str,
    email: Option<&str>,
    host: &str,
) -> Option<EntityRef> {
    let mut users = catalog.of_kind("User");
    let user = users.find(|user| is_account(user, account, email, host) == Some(true));
    user.map(|user| user.reference.clone())
}

/// Whether a user of the catalog has an account; `None` when nothing says which account the
/// user has.
fn is_account(user: &Entity, account: &str, email: Option<&str>, host: &str) -> Option<bool> {
    let same = |one: &str, other: &str| one.trim().eq_ignore_ascii_case(other.trim());
    if let Some(login) = user.annotation(&format!("{host}/user-login")) {
        return Some(same(login, account));
    }
    let email = email?;
    let own = [
        user.value("/spec/profile/email").and_then(|v| v.as_str()),
        user.annotation("microsoft.com/email"),
    ];
    own.into_iter().flatten().next().map(|own| same(own, email))
}
