//! Pushes to the remote `origin`: fast-forward only, so that nothing of others is overwritten.

use std::{cell::RefCell, path::Path};

use git2::{PushOptions, RemoteCallbacks, Repository};

use super::GitError;

/// Name of the remote that the portal's repository was cloned from.
pub const ORIGIN: &str = "origin";

/// Pushes the branch that `HEAD` is on to `origin`.
///
/// # Errors
/// When there is no such remote, when it cannot be reached, or when it has moved on.
pub fn push_head(root: &Path) -> Result<(), GitError> {
    let repository = Repository::discover(root).map_err(GitError::because("open git", root))?;
    let head = repository.head().map_err(GitError::because("read `HEAD`", root))?;
    let name = head.name().map_err(GitError::because("read `HEAD`", root))?;
    push(&repository, &format!("{name}:{name}")).map_err(GitError::because("push", root))
}

/// Pushes one refspec to `origin`; a ref that the remote refuses is an error.
pub(super) fn push(repository: &Repository, refspec: &str) -> Result<(), git2::Error> {
    let mut remote = repository.find_remote(ORIGIN)?;
    let refused = RefCell::new(None);
    let mut callbacks = RemoteCallbacks::new();
    callbacks.push_update_reference(|name, status| {
        if let Some(status) = status {
            *refused.borrow_mut() = Some(format!("the remote refused `{name}`: {status}"));
        }
        Ok(())
    });
    let mut options = PushOptions::new();
    options.remote_callbacks(callbacks);
    remote.push(&[refspec], Some(&mut options))?;
    drop(options);
    match refused.into_inner() {
        Some(reason) => Err(git2::Error::from_str(&reason)),
        None => Ok(()),
    }
}
