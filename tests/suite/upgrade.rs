//! The upgrade promise: a portal of each format that was released is read as it is, and what a newer program wrote is
//! refused by name.
//!
//! `portals/<version>/` has a portal, and the records of its branches. These files never change: a new format gets a
//! new folder, and this program must still read the old one.

use std::path::Path;

use callboard::base::hash::sha256_hex;
use callboard_testing::Portal;
use serde_json::Value;

use crate::{program::RunProgram, sample::tree};

/// The digest of each portal: of the paths and contents of its files.
const PORTALS: &[(&str, &str)] =
    &[("1", "5d763271c92a5c39c4f950ccd5fea01f18291f6a1cef21dbaf0ca460d5b5ce53")];

fn folder(version: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/suite/portals").join(version)
}

/// A copy of the portal as a repository, with its branches of records.
pub(crate) fn portal(version: &str) -> Portal {
    let portal = Portal::empty();
    portal.copy(&folder(version).join("portal"), ".");
    portal.commit("The portal of an earlier release");
    for branch in ["callboard-runs", "callboard-sources"] {
        let records = Portal::empty();
        records.copy(&folder(version).join("branches").join(branch), ".");
        records.commit("Records");
        let from = records.path().display().to_string();
        portal.git(&["fetch", "--quiet", &from, &format!("main:{branch}")]);
    }
    portal
}

#[test]
fn the_files_of_earlier_portals_are_as_they_were_released() {
    for (version, digest) in PORTALS {
        let lines = tree(&folder(version)).into_iter().map(|(path, bytes)| {
            format!("{} {}\n", sha256_hex(&bytes), path.display().to_string().replace('\\', "/"))
        });
        let found = sha256_hex(lines.collect::<String>().as_bytes());
        assert_eq!(
            found, *digest,
            "portals/{version} is another one: a change of formats gets a new folder"
        );
    }
}

#[test]
fn portals_of_earlier_releases_are_checked_planned_and_built() {
    for (version, _) in PORTALS {
        let portal = portal(version);
        let run = |args: &[&str]| {
            let ran = portal.run(args);
            assert_eq!(ran.code, 0, "{version} {args:?}: {}\n{}", ran.stdout, ran.stderr);
            ran.stdout
        };
        let checked = run(&["check", "--strict", "--offline"]);
        assert!(checked.contains("1 known problem not shown"), "{checked}");
        let snapshot: Value =
            serde_json::from_str(&run(&["snapshot", "--dry-run", "--strict", "--json"]))
                .expect("JSON");
        let done = &snapshot["sources"][0]["outcome"];
        assert!(done.to_string().contains("done"), "{snapshot}");
        let plan = run(&["scaffold", "plan", "--offline", "scaffolds/requests/open.yaml"]);
        assert!(plan.contains("acme:note"), "{plan}");
        run(&["scaffold", "test", "--offline"]);
        let status: Value =
            serde_json::from_str(&run(&["scaffold", "status", "--json"])).expect("JSON");
        let states: Vec<_> =
            status.as_array().expect("a list").iter().map(|run| &run["status"]).collect();
        assert_eq!(states, ["completed", "completed"], "{status}");
        run(&["build", "--offline", "--strict"]);
        for page in ["runs/done.html", "catalog/default/component/cart.html"] {
            assert!(portal.path().join("site").join(page).exists(), "{page}");
        }
        let explained = run(&["explain", "cart", "--json"]);
        assert!(explained.contains("team-a"), "{explained}");
    }
}

#[test]
fn a_file_of_a_newer_program_is_refused_with_what_reads_it() {
    let newer = "a newer callboard reads it";
    for (file, text, command) in [
        ("callboard.yaml", "version: 2\ntitle: Acme\nplugins: []\n", &["check"][..]),
        ("catalog-data/sources/services.yaml", "version: 2\nnew: 1\n", &["check"]),
        ("scaffolds/policy.yaml", "version: 2\nnew: 1\n", &["check", "--offline"]),
        ("scaffolds/lock.yaml", "version: 2\nnew: 1\n", &["check", "--offline"]),
        ("scaffolds/requests/open.yaml", "version: 2\nnew: 1\n", &["check", "--offline"]),
        (
            "scaffolds/actions/acme.note/action.yaml",
            "version: 2\nnew: 1\n",
            &["check", "--offline"],
        ),
        ("callboard-baseline.yaml", "version: 2\nnew: 1\n", &["check", "--offline"]),
    ] {
        let portal = portal("1").with(file, text);
        let ran = portal.run(command);
        assert_ne!(ran.code, 0, "{file}");
        let place = format!("{file}:1:10: ");
        assert!(
            ran.stderr.contains(&place) && ran.stderr.contains(newer),
            "{file}: {}",
            ran.stderr
        );
    }
    let portal = portal("1");
    let run =
        portal.git(&["show", "callboard-runs:runs/done.yaml"]).replace("version: 2", "version: 99");
    let records = Portal::empty().with("runs/done.yaml", run + "new: 1\n");
    records.commit("Records");
    let from = records.path().display().to_string();
    portal.git(&["fetch", "--quiet", "--force", &from, "main:callboard-runs"]);
    let ran = portal.run(&["scaffold", "status"]);
    assert!(ran.stderr.contains(newer), "{}", ran.stderr);
}
