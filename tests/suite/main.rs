//! The integration tests: one binary, through the program as users run it.
//!
//! Expected files stand in `golden/` and in the sample portal of this repository itself. After a change
//! that is meant, `make golden` writes them anew; review the difference.
#![expect(clippy::disallowed_methods, reason = "a test looks from outside")]
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod check;
mod demo;
mod failures;
mod git_http;
mod layers;
mod oracle;
mod portal;
mod sample;
mod source;
