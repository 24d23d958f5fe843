//! What a build reuses of the last one: keys of pages, hashes of their inputs, and the record of the files.

pub(super) mod digest;
pub(super) mod page_inputs;
pub(super) mod part;
pub(super) mod record;
pub(super) mod shard;
