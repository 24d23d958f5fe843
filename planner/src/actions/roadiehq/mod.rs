//! `roadiehq:utils:*`: files and values are written, merged and serialized, as the actions of that name for Backstage do.
//!
//! `roadiehq:utils:sleep` is in `wait.rs`; `roadiehq:utils:zip` does not exist here.

mod files;
mod json;
mod jsonata;
mod merge;
mod replace;
mod serialize;

pub(super) use files::{Append, Parse, Write};
pub(super) use jsonata::{Jsonata, TransformJson, TransformYaml};
pub(super) use merge::{JSON_MERGE, MERGE, YAML_MERGE};
pub(super) use replace::Replace;
pub(super) use serialize::{SerializeJson, SerializeYaml};
