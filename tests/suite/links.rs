//! Symbolic links in a portal: those that lead out of it are refused, for reading and for writing; the others
//! work. A FIFO is refused at once.
#![cfg(unix)]

use std::{fs, os::unix::fs::symlink, path::Path, process::Command};

use callboard_testing::{Portal, group};

use crate::program::{ProgramOutput, RunProgram};

const CART: &str = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata:\n  name: cart\n  \
    annotations: {backstage.io/techdocs-ref: 'dir:cart'}\nspec: {type: service, lifecycle: production, owner: group:default/shop}\n";

fn portal() -> Portal {
    Portal::new()
        .with("catalog-data/manual/cart.yaml", CART)
        .with("catalog-data/manual/shop.yaml", group("shop", ""))
        .with("catalog-data/manual/cart/index.md", "# Cart\n")
}

/// Puts a link in the place of what may be there.
fn link(portal: &Portal, path: &str, target: impl AsRef<Path>) {
    let link = portal.path().join(path);
    fs::create_dir_all(link.parent().expect("a folder")).expect("makeable");
    if link.is_dir() {
        fs::remove_dir_all(&link).expect("removable");
    } else {
        drop(fs::remove_file(&link));
    }
    symlink(target, link).expect("linkable");
}

fn refused(ran: &ProgramOutput, path: &str) {
    assert_ne!(ran.code, 0, "{path}: {}", ran.stdout);
    assert!(ran.stderr.contains("leads out of the directory"), "{path}: {}", ran.stderr);
    assert!(ran.stderr.contains(path), "{path}: {}", ran.stderr);
}

#[test]
fn a_link_that_leads_out_is_refused_for_each_file_of_a_portal() {
    let outside = Portal::new().with("secret", "title: secret-text\n");
    let secret = outside.path().join("secret");
    for path in ["callboard.yaml", "callboard-baseline.yaml"] {
        let portal = portal();
        link(&portal, path, &secret);
        let ran = portal.run(&["check"]);
        refused(&ran, path);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("secret-text"));
    }
    for key in ["logo", "favicon"] {
        let portal = portal().with("callboard.yaml", format!("title: T\nsite: {{{key}: l.svg}}\n"));
        link(&portal, "l.svg", &secret);
        refused(&portal.run(&["build"]), "l.svg");
    }
    for path in ["catalog-data/sources/a.yaml", "catalog-data/sources/a.jq"] {
        let portal = portal()
            .with("callboard.yaml", "title: T\nsources: [a]\n")
            .with("catalog-data/sources/a.yaml", "kind: http\nurl: http://127.0.0.1:9/\n")
            .with("catalog-data/sources/a.jq", ".");
        link(&portal, path, &secret);
        refused(&portal.run(&["check"]), path);
    }
    let request = portal();
    link(&request, "scaffolds/requests/r.yaml", &secret);
    refused(
        &request.run(&["scaffold", "plan", "scaffolds/requests/r.yaml"]),
        "scaffolds/requests/r.yaml",
    );
}

#[test]
fn a_folder_that_leads_out_is_refused_before_anything_is_read_or_written() {
    let outside = Portal::new().with("keep/file", "x");
    for path in [
        "catalog-data",
        "catalog-data/manual",
        "catalog-data/entities",
        "scaffolds",
        "scaffolds/requests",
        "site-templates",
        ".callboard",
        "site",
        ".site.next",
    ] {
        let portal = portal();
        link(&portal, path, outside.path().join("keep"));
        refused(&portal.run(&["build"]), path);
    }
    assert_eq!(fs::read_dir(outside.path().join("keep")).expect("there").count(), 1);
}

#[test]
fn linked_documents_and_documentation_are_left_out_and_the_rest_goes_on() {
    let outside = Portal::new()
        .with("evil.yaml", CART.replace("cart", "evil"))
        .with("docs/index.md", "# secret-text\n");
    let portal = portal();
    link(&portal, "catalog-data/manual/evil.yaml", outside.path().join("evil.yaml"));
    link(&portal, "catalog-data/manual/cart", outside.path().join("docs"));
    let ran = portal.run(&["build"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(ran.stderr.contains("its documentation is left out"), "{}", ran.stderr);
    let site = portal.path().join("site");
    assert!(site.join("catalog/default/component/cart.html").is_file());
    assert!(!site.join("catalog/default/component/evil.html").exists());
    assert!(!site.join("docs").exists());
}

#[test]
fn links_that_stay_inside_work_and_the_portal_may_be_reached_by_one() {
    let portal = portal()
        .with("config/settings.yaml", "title: Linked\nsite: {logo: l.svg}\n")
        .with("art/l.svg", "<svg width='4' height='2'/>");
    link(&portal, "callboard.yaml", "config/settings.yaml");
    link(&portal, "l.svg", portal.path().join("art/l.svg"));
    let around = tempfile::tempdir().expect("a scratch directory");
    let alias = around.path().join("alias");
    symlink(portal.path(), &alias).expect("linkable");
    let ran = portal.run(&["-C", alias.to_str().expect("text"), "build"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(portal.read("site/index.html").contains("Linked"));
    // Another place is fine when somebody names it.
    let out = around.path().join("public");
    let ran = portal.run(&["build", "--out", out.to_str().expect("text")]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    assert!(out.join("index.html").is_file());
}

#[test]
fn a_fifo_is_refused_without_waiting() {
    let fifo = |portal: &Portal, path: &str| {
        let file = portal.path().join(path);
        drop(fs::remove_file(&file));
        let made = Command::new("mkfifo").arg(&file).status();
        assert!(made.is_ok_and(|status| status.success()));
    };
    let portal = portal();
    for path in ["catalog-data/manual/x.yaml", "catalog-data/manual/cart/x.md"] {
        fifo(&portal, path);
    }
    assert_eq!(portal.run(&["build"]).code, 0);
    fifo(&portal, "callboard.yaml");
    let ran = portal.run(&["check"]);
    assert_ne!(ran.code, 0);
    assert!(ran.stderr.contains("not a regular file"), "{}", ran.stderr);
}
