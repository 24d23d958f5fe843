//! One file for each command.

pub(super) mod check;
pub(super) mod completions;
pub(super) mod serve;
pub(super) mod snapshot;
