//! What `build.rs` says of a build: the script is compiled alone, and run in folders that look like a repository, an unpacked
//! package, and neither.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use callboard_testing::git;

/// The compiled build script; it stays in the folder of the tests' own files.
fn script() -> &'static Path {
    static SCRIPT: OnceLock<PathBuf> = OnceLock::new();
    SCRIPT.get_or_init(|| {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("build.rs");
        let script = Path::new(env!("CARGO_TARGET_TMPDIR")).join("build-script");
        // The tests' own toolchain: `rustc` beside the cargo that runs them.
        let rustc = Path::new(env!("CARGO")).with_file_name("rustc");
        let mut command = Command::new(rustc);
        command.args(["--edition", "2024", "-o"]).arg(&script).arg(source);
        assert!(command.status().expect("rustc starts").success());
        script
    })
}

/// What the script tells cargo in a folder, without the prefix `cargo::`.
fn said(folder: &Path, variables: &[(&str, &str)]) -> Vec<String> {
    let output = Command::new(script())
        .current_dir(folder)
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("HOME", folder)
        .env("TARGET", "x86_64-unknown-linux-gnu")
        .envs(variables.iter().copied())
        .output()
        .expect("the script starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    text.lines().map(|line| line.trim_start_matches("cargo::").to_owned()).collect()
}

/// A repository with one file of the program, committed.
fn repository() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("src")).expect("src");
    fs::write(folder.path().join("src/main.rs"), "fn main() {}").expect("a file");
    git(folder.path(), &["init", "--quiet"]);
    git(folder.path(), &["add", "."]);
    git(folder.path(), &["commit", "--quiet", "--message", "One"]);
    folder
}

const RELEASE: (&str, &str) = ("PROFILE", "release");

#[test]
fn a_release_build_knows_its_commit_and_whether_files_of_the_program_changed() {
    let folder = repository();
    let head = git(folder.path(), &["rev-parse", "HEAD"]);
    let commit = format!("rustc-env=CALLBOARD_COMMIT={}", head.trim());
    let clean = said(folder.path(), &[RELEASE]);
    assert!(clean.contains(&commit), "{clean:?}");
    assert!(clean.contains(&"rustc-env=CALLBOARD_DIRTY=false".to_owned()), "{clean:?}");
    // Notes of the developer are no part of the program.
    fs::write(folder.path().join("notes.txt"), "").expect("a file");
    assert_eq!(said(folder.path(), &[RELEASE]), clean);
    fs::write(folder.path().join("src/new.rs"), "").expect("a file");
    let changed = said(folder.path(), &[RELEASE]);
    assert!(changed.contains(&"rustc-env=CALLBOARD_DIRTY=true".to_owned()), "{changed:?}");
}

#[test]
fn a_release_build_is_made_again_after_a_commit_and_a_debug_build_is_not() {
    let folder = repository();
    let branch = git(folder.path(), &["symbolic-ref", "HEAD"]);
    let branch = branch.trim();
    let release = said(folder.path(), &[RELEASE]);
    for file in ["HEAD", branch] {
        let watched = format!("rerun-if-changed=.git/{file}");
        assert!(release.contains(&watched), "{watched}: {release:?}");
    }
    let debug = said(folder.path(), &[("PROFILE", "debug"), ("SOURCE_DATE_EPOCH", "1767225600")]);
    let expected = [
        "rerun-if-changed=build.rs",
        "rustc-env=CALLBOARD_TARGET=x86_64-unknown-linux-gnu",
        "rustc-env=CALLBOARD_PROFILE=debug",
        "rustc-env=CALLBOARD_FEATURES=",
    ];
    assert_eq!(debug, expected);
}

#[test]
fn a_package_says_its_own_commit_and_not_that_of_a_repository_around_it() {
    let around = repository();
    let package = around.path().join("callboard-0.1.0");
    fs::create_dir(&package).expect("a folder");
    let said_without = said(&package, &[RELEASE]);
    assert!(!said_without.iter().any(|line| line.contains("COMMIT")), "{said_without:?}");
    let commit = "d5258ef26aab0011223344556677889900aabbcc";
    let text = format!(
        "{{\n  \"git\": {{\n    \"sha1\": \"{commit}\"\n  }},\n  \"path_in_vcs\": \"\"\n}}"
    );
    fs::write(package.join(".cargo_vcs_info.json"), &text).expect("a file");
    let said_with = said(&package, &[RELEASE]);
    assert!(said_with.contains(&format!("rustc-env=CALLBOARD_COMMIT={commit}")), "{said_with:?}");
    assert!(said_with.contains(&"rustc-env=CALLBOARD_DIRTY=false".to_owned()), "{said_with:?}");
    let dirty =
        text.replace(&format!("\"{commit}\""), &format!("\"{commit}\",\n    \"dirty\": true"));
    fs::write(package.join(".cargo_vcs_info.json"), dirty).expect("a file");
    assert!(said(&package, &[RELEASE]).contains(&"rustc-env=CALLBOARD_DIRTY=true".to_owned()));
}

#[test]
fn the_date_and_the_features_come_from_the_environment() {
    let folder = tempfile::tempdir().expect("a folder");
    let variables = [
        RELEASE,
        ("SOURCE_DATE_EPOCH", "1767225600"),
        ("CARGO_FEATURE_DEFAULT", "1"),
        ("CARGO_FEATURE_ONE", "1"),
        ("CARGO_FEATURE_ANOTHER", "1"),
    ];
    let said = said(folder.path(), &variables);
    assert!(said.contains(&"rustc-env=CALLBOARD_DATE=1767225600".to_owned()), "{said:?}");
    assert!(said.contains(&"rustc-env=CALLBOARD_FEATURES=another,one".to_owned()), "{said:?}");
}
