//! Which plans are approved: hashes from the command line, and from a file that `scaffold plan` writes.
//!
//! A line of the file is `ID=HASH`. The job of a pull request writes the file with the plans that reviewers see;
//! `scaffold apply` reads it after the merge, and refuses a plan with another hash.

use std::{collections::BTreeMap, path::Path};

use anyhow::anyhow;

use super::{Failure, args::ApplyArgs};
use crate::{
    base::fs,
    scaffold::{Approval, Plan},
};

/// Characters of a hash.
const HASH: usize = 64;

/// The approved hash of each request; `None` when the command line names no approval.
#[derive(Debug)]
pub(super) struct Approvals(Option<BTreeMap<String, String>>);

impl Approvals {
    /// Reads `--approved` and `--approved-file`.
    ///
    /// # Errors
    /// A text is not a hash, or a hash has no id and there are several requests.
    pub(super) fn read(args: &ApplyArgs) -> Result<Self, Failure> {
        if args.approved.is_empty() && args.approved_file.is_none() {
            return Ok(Self(None));
        }
        let mut hashes = BTreeMap::new();
        if let Some(file) = &args.approved_file {
            for line in fs::read_text(file)?.lines().filter(|line| !line.trim().is_empty()) {
                let (id, hash) = line.split_once('=').unwrap_or_default();
                hashes.insert(id.to_owned(), checked(line, hash)?);
            }
        }
        for approved in &args.approved {
            let (id, hash) = match approved.split_once('=') {
                Some((id, hash)) => (id.to_owned(), hash),
                None => (only_request(args)?, approved.as_str()),
            };
            hashes.insert(id, checked(approved, hash)?);
        }
        Ok(Self(Some(hashes)))
    }

    /// True when the command line names no approval.
    pub(super) fn are_unknown(&self) -> bool {
        self.0.is_none()
    }

    /// The approval of a request.
    pub(super) fn of(&self, id: &str) -> Approval<'_> {
        match &self.0 {
            None => Approval::Any,
            Some(hashes) => hashes.get(id).map_or(Approval::Unknown, |hash| Approval::Plan(hash)),
        }
    }
}

/// The lines of the file, of all requests that can be planned.
pub(super) fn lines<'p>(plans: impl Iterator<Item = &'p Plan>) -> String {
    plans.fold(String::new(), |lines, plan| lines + &plan.request + "=" + &plan.hash() + "\n")
}

fn checked(whole: &str, hash: &str) -> Result<String, Failure> {
    if hash.len() == HASH && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Ok(hash.to_ascii_lowercase());
    }
    Err(Failure::Usage(anyhow!(
        "`{whole}` does not approve a plan\nhint: write `ID=HASH`, with the hash that `callboard scaffold \
         plan` shows"
    )))
}

fn only_request(args: &ApplyArgs) -> Result<String, Failure> {
    let id = |file: &Path| {
        let is_file = file.extension().is_some_and(|ending| ending == "yaml");
        let name = if is_file { file.file_stem() } else { file.file_name() };
        name.unwrap_or_default().to_string_lossy().into_owned()
    };
    match args.requests.as_slice() {
        [request] => Ok(id(request)),
        _ => Err(Failure::Usage(anyhow!(
            "a hash alone approves one request, and several are applied\nhint: write `ID=HASH`"
        ))),
    }
}
