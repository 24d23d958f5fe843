//! What a build knows of the last one, to make only what changed: the record of its files, and hashes of what
//! pages and files are made from.
//!
//! The page key itself is in [`super::key`], below everything that is serialized to it.

pub(super) mod digest;
pub(super) mod page_inputs;
pub(super) mod part;
pub(super) mod record;
pub(super) mod shard;
