//! Serves a fake forge for clients that are no tests: `serve FORGE [THINGS]`.
//!
//! THINGS is a file of JSON with what the forge has from the start, by path; each thing with a `repository` is also a git
//! repository with one commit. Prints its address, and one line of JSON for each line that it reads: what it was asked
//! to change, and how many seconds it has worked. It ends when there is nothing more to read.
#![expect(
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program of its own, for tests and benches"
)]

use std::io::stdin;

use callboard_testing::{
    FakeForge, Handler, azure, bitbucket_cloud, bitbucket_server, commit_all_files, gitea, github,
    gitlab,
};
use serde_json::{Value, json};

fn main() -> Result<(), String> {
    let mut arguments = std::env::args().skip(1);
    let handler: Handler = match arguments.next().as_deref() {
        Some("github") => github,
        Some("gitlab") => gitlab,
        Some("gitea") => gitea,
        Some("azure-devops") => azure,
        Some("bitbucket-cloud") => bitbucket_cloud,
        Some("bitbucket-server") => bitbucket_server,
        other => return Err(format!("there is no forge {other:?}")),
    };
    let forge = FakeForge::new(handler);
    if let Some(file) = arguments.next() {
        let text = std::fs::read_to_string(file).expect("a file");
        let things: Value = serde_json::from_str(&text).expect("JSON");
        let mut store = forge.store();
        for (path, thing) in things.as_object().cloned().expect("a map") {
            if let Some(repository) = thing["repository"].as_str() {
                store.make_repository(repository);
                let bare = store.repository(repository);
                commit_all_files(&bare, &[("README.md", b"# A repository\n")]);
            }
            store.things.insert(path, thing);
        }
    }
    println!("{}", forge.address);
    for _ in stdin().lines() {
        let mut store = forge.store();
        let calls = std::mem::take(&mut store.calls);
        println!("{}", json!({"calls": calls, "seconds": store.busy.as_secs_f64()}));
    }
    Ok(())
}
