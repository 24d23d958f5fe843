//! `publish:bitbucketCloud` and `publish:bitbucketServer`.

use callboard_testing::{bitbucket_cloud, bitbucket_server};
use serde_json::json;

use super::{Company, Killer, check_never_twice, completed};
use crate::base::forges::Forge;

const CLOUD: &str = "    - id: publish
      action: publish:bitbucketCloud
      input:
        repoUrl: HOST?workspace=acme&project=SHOP&repo=${{ parameters.name }}
        description: The cart
    - action: debug:log
      input: {message: '${{ steps.publish.output.repoContentsUrl }} ${{ steps.publish.output.remoteUrl }}'}
";

const SERVER: &str = "    - id: publish
      action: publish:bitbucketServer
      input:
        repoUrl: HOST?project=SHOP&repo=${{ parameters.name }}
        description: The cart
        repoVisibility: public
        enableLFS: true
    - action: debug:log
      input: {message: '${{ steps.publish.output.repoContentsUrl }} ${{ steps.publish.output.remoteUrl }}'}
";

fn on_cloud() -> Company {
    Company::new(Forge::BitbucketCloud, bitbucket_cloud, CLOUD)
}

fn on_server() -> Company {
    Company::new(Forge::BitbucketServer, bitbucket_server, SERVER)
}

#[test]
fn bitbucket_gets_a_repository_whose_mark_goes_in_the_end() {
    for (company, slug, path, links, more) in [
        (
            on_cloud(),
            "acme/cart",
            "/repositories/acme/cart",
            "WEB/acme/cart/src/main WEB/acme/cart.git",
            json!({"is_private": true, "project": {"key": "SHOP"}}),
        ),
        (
            on_server(),
            "SHOP/cart",
            "/projects/SHOP/repos/cart",
            "WEB/projects/SHOP/repos/cart/browse?at=refs%2Fheads%2Fmain WEB/scm/SHOP/cart.git",
            json!({"public": true, "defaultBranch": "main"}),
        ),
    ] {
        let summaries = company.summaries();
        assert_eq!(
            summaries[1..],
            [
                format!("pushes the first commit of `{slug}` to branch `main`, 2 files"),
                format!("sets of `{slug}`: the description"),
            ]
        );
        let mut killer = Killer::default();
        completed(company.apply(&mut killer));
        let thing = company.forge.store().things[path].clone();
        assert_eq!(thing["description"], "The cart");
        assert!(callboard_planner::effect::contains(&thing, &more), "{thing}");
        assert_eq!(killer.log, [links.replace("WEB", &company.forge.address)]);
        company.undo().unwrap_or_else(|error| panic!("{error}"));
        assert!(company.forge.store().things.is_empty());
    }
}

#[test]
fn bitbucket_is_changed_once_whatever_fails() {
    check_never_twice(on_cloud);
    check_never_twice(on_server);
}

#[test]
fn a_repository_of_somebody_else_is_not_touched() {
    for (company, path) in
        [(on_cloud(), "/repositories/acme/cart"), (on_server(), "/projects/SHOP/repos/cart")]
    {
        let thing = json!({"id": 77, "uuid": "{77}", "description": "Mine"});
        company.forge.store().things.insert(path.to_owned(), thing);
        let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
        assert!(error.contains("exists already, and was not made by this request"), "{error}");
        assert_eq!(company.writes(), Vec::<String>::new());
    }
}
