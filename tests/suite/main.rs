//! The integration tests: one binary, which runs the program as users do.
//!
//! Expected files stand in `golden/` and in the sample portal, which is this repository. After an intended
//! change, `make golden` writes them anew; review the difference.
#![expect(
    clippy::disallowed_methods,
    reason = "tests read and write files and start programs themselves"
)]
#![expect(clippy::panic, reason = "a test fails by panicking")]

mod access;
mod bounds;
mod build;
mod build_script;
mod check;
mod check_files;
mod demo;
mod doctor;
mod documentation;
mod documents;
mod failures;
mod freshness;
mod fuzzing;
mod git_clone;
mod git_push;
mod help;
mod init;
mod interruptions;
mod json;
mod layers;
mod links;
mod logs;
mod meaning;
mod oracle;
mod own_actions;
mod program;
mod pull_requests;
mod relevance;
mod runs;
mod sample;
mod scaffold;
mod scaffold_commands;
mod scaffold_lock;
mod schema;
mod search;
mod serve;
mod server;
mod snapshot;
mod source;
mod source_templates;
mod survival;
mod upgrade;
mod version;
mod watch;
