//! The integration tests: one binary, through the program as users run it.
//!
//! Expected files stand in `golden/` and in the sample portal of this repository itself. After a change
//! that is meant, `make golden` writes them anew; review the difference.
#![expect(clippy::disallowed_methods, reason = "a test looks from outside")]
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod bounds;
mod build;
mod check;
mod demo;
mod failures;
mod freshness;
mod fuzzing;
mod git_clone;
mod git_push;
mod git_server;
mod layers;
mod links;
mod logs;
mod meaning;
mod oracle;
mod portal;
mod relevance;
mod sample;
mod scaffold;
mod schema;
mod search;
mod serve;
mod server;
mod snapshot;
mod source;
mod survival;
mod watch;
