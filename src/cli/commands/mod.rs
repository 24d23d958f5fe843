//! The commands of the command line, one file each.

pub(super) mod build;
pub(super) mod check;
pub(super) mod completions;
pub(super) mod demo;
pub(super) mod diff;
pub(super) mod doctor;
pub(super) mod explain;
pub(super) mod help;
pub(super) mod init;
pub(super) mod man;
pub(super) mod merge;
pub(super) mod scaffold;
pub(super) mod schema;
pub(super) mod search;
pub(super) mod serve;
pub(super) mod snapshot;
pub(super) mod source;
pub(super) mod version;
