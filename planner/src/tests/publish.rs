//! `publish:github` and its siblings.

use super::{Portal, step};
use crate::settings::RepositoryHome;

const INPUT: &str =
    "{repoUrl: 'github.com?owner=acme&repo=cart', repoVisibility: private, topics: [a], token: x}";

fn portal(action: &str) -> Portal {
    let steps = step("fetch:plain", "{url: ./skeleton}") + &step(action, INPUT);
    Portal::with_steps(&steps).with_file("a", "x")
}

#[test]
fn a_mapped_action_publishes_and_notes_what_has_no_meaning() {
    for action in ["publish:github", "publish:gitlab"] {
        let portal = portal(action).with_settings(|settings| {
            settings.actions.insert(action.to_owned(), "publish:git".to_owned());
        });
        let plan = portal.plan().expect("a plan");
        let effects: Vec<_> = plan.effects().map(|effect| effect.summary.as_str()).collect();
        assert_eq!(effects, ["creates repository `acme/cart` with branch `main`, 2 files"]);
        let notes = portal.warnings();
        assert_eq!(notes.lines().count(), 2, "{notes}");
        assert!(notes.starts_with("note: scaffolds/templates/small/template.yaml:"), "{notes}");
        assert!(notes.contains("`publish:git` has no use for `repoVisibility`"), "{notes}");
        assert_eq!(portal.checked(), "");
    }
}

#[test]
fn a_remote_may_have_the_repository_already() {
    let portal = portal("publish:github").with_settings(|settings| {
        settings.actions.insert("publish:github".to_owned(), "publish:git".to_owned());
        let remote = "https://git.example/{owner}/{repo}.git".to_owned();
        settings.repositories.home = Some(RepositoryHome::Remote(remote));
    });
    let plan = portal.plan().expect("a plan");
    let effects: Vec<_> = plan.effects().map(|effect| effect.summary.as_str()).collect();
    assert_eq!(
        effects,
        [
            "pushes the first commit of `acme/cart` to branch `main`, 2 files; the server has the repository, empty, or makes it"
        ]
    );
}

#[test]
fn the_host_and_the_parts_of_an_address_belong_to_the_forge() {
    let found = portal("publish:bitbucketCloud").problems();
    assert!(found.contains("`publish:bitbucketCloud` cannot be used with `github.com`"), "{found}");
    let input = "{repoUrl: 'bitbucket.org?project=SHOP&repo=cart'}";
    let steps = step("fetch:plain", "{url: ./skeleton}") + &step("publish:bitbucketCloud", input);
    let found = Portal::with_steps(&steps).with_file("a", "x").problems();
    assert!(found.contains("it names no `workspace`"), "{found}");
}
