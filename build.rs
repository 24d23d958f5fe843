//! Tells the program how it is built, for `callboard --version --json`.
//!
//! A debug build knows neither its commit nor its date, because each commit would compile the whole program again.
#![expect(
    clippy::disallowed_methods,
    reason = "a build script reads its environment, and asks git, by itself"
)]

use std::{env, fs, path::Path, process::Command};

/// Files and folders that the program is made of. A change in one of them that is not committed makes a build dirty.
const INPUTS: &[&str] = &[
    "Cargo.lock",
    "Cargo.toml",
    "build.rs",
    "callboard.yaml",
    "catalog-data/manual",
    "catalog-data/repositories",
    "catalog-data/sources",
    "core",
    "planner",
    "scaffolds",
    "search-wasm",
    "site-templates",
    "src",
];

/// What cargo writes into a package: the commit that it was made of.
const PACKAGE_COMMIT: &str = ".cargo_vcs_info.json";

/// A commit, and whether the files are different from it.
struct Commit {
    hash: String,
    is_dirty: bool,
}

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    set("TARGET", &variable("TARGET").unwrap_or_default());
    set("PROFILE", &variable("PROFILE").unwrap_or_default());
    set("FEATURES", &features());
    if variable("PROFILE").as_deref() != Some("release") {
        return;
    }
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    if let Some(seconds) = variable("SOURCE_DATE_EPOCH") {
        set("DATE", &seconds);
    }
    if let Some(commit) = commit_of_package().or_else(commit_of_repository) {
        set("COMMIT", &commit.hash);
        set("DIRTY", if commit.is_dirty { "true" } else { "false" });
    }
}

/// Gives the program a variable `CALLBOARD_<name>` at compile time.
fn set(name: &str, value: &str) {
    println!("cargo::rustc-env=CALLBOARD_{name}={value}");
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The features of the package that are on, sorted, with commas between them.
fn features() -> String {
    let names = env::vars()
        .filter_map(|(name, _)| Some(name.strip_prefix("CARGO_FEATURE_")?.to_lowercase()));
    let mut names: Vec<_> = names.filter(|name| name != "default").collect();
    names.sort();
    names.join(",")
}

/// The commit that cargo wrote into the package, when these files come from one.
fn commit_of_package() -> Option<Commit> {
    let text = fs::read_to_string(PACKAGE_COMMIT).ok()?;
    println!("cargo::rerun-if-changed={PACKAGE_COMMIT}");
    let value = text.split_once("\"sha1\"")?.1.split('"').nth(1)?;
    Some(Commit { hash: value.to_owned(), is_dirty: text.contains("\"dirty\": true") })
}

/// The commit of the repository whose root this folder is. The repository around an unpacked archive is another one.
fn commit_of_repository() -> Option<Commit> {
    if !Path::new(".git").exists() {
        return None;
    }
    let hash = git(&["rev-parse", "HEAD"])?;
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    for file in ["HEAD", "packed-refs"].into_iter().chain(branch.as_deref()) {
        let path = git(&["rev-parse", "--git-path", file])?;
        // Cargo takes a file that is missing for one that changed.
        if Path::new(&path).exists() {
            println!("cargo::rerun-if-changed={path}");
        }
    }
    for input in INPUTS {
        println!("cargo::rerun-if-changed={input}");
    }
    let changes = git(&[&["status", "--porcelain", "--"], INPUTS].concat())?;
    Some(Commit { hash, is_dirty: !changes.is_empty() })
}

/// The answer of git, without the line end; `None` when git is missing or fails.
fn git(arguments: &[&str]) -> Option<String> {
    let output = Command::new("git").args(arguments).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}
