//! The documentation as a site of its own, and the commands that it names.

use std::{path::Path, process::Command};

use callboard_testing::Portal;

use crate::program::ProgramOutput;

/// Runs the commands of a tutorial's blocks one after the other, as a reader pastes them; those that wait for somebody are left out.
fn follow(page: &str, folder: &Path, skipped: &[&str]) {
    let text =
        std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(page)).expect("a page");
    let blocks = text.split("```\n").skip(1).step_by(2);
    let program = Path::new(env!("CARGO_BIN_EXE_callboard")).parent().expect("a folder");
    let mut script = String::from("set -e\n");
    for line in blocks.flat_map(str::lines).filter(|line| !skipped.contains(line)) {
        script.push_str(&format!(
            "{line} || {{ echo \"failed: {}\" >&2; exit 1; }}\n",
            line.replace('"', "'")
        ));
    }
    let path = format!("{}:/usr/bin:/bin", program.display());
    let ran = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder)
        .env_clear()
        .envs([
            ("PATH", path.as_str()),
            ("HOME", "/nonexistent"),
            ("SOURCE_DATE_EPOCH", "1767225600"),
        ])
        .output()
        .expect("a shell");
    let ran = ProgramOutput::of(&ran);
    assert_eq!(ran.code, 0, "{page}:\n{}\n{}", ran.stdout, ran.stderr);
}

#[test]
fn the_first_hour_works_as_it_is_written() {
    let folder = Portal::empty();
    follow("docs/tutorial.md", folder.path(), &["callboard serve"]);
}

#[test]
fn the_documentation_is_a_site_without_a_broken_link() {
    let out = Portal::empty();
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/portal/build.sh");
    let built = Command::new(script)
        .arg(out.path().join("site"))
        .arg(env!("CARGO_BIN_EXE_callboard"))
        .output()
        .expect("a shell");
    let built = ProgramOutput::of(&built);
    assert_eq!(built.code, 0, "{}{}", built.stdout, built.stderr);
    assert!(out.path().join("site/docs/default/system/callboard/tutorial.html").is_file());
}
