//! `publish:azure` and `azure:*`.

use super::{Portal, step};
use crate::base::forges::{Forge, ForgeHost};

const PROJECT: &str = "organization: acme, project: Mon Projet";

fn run(input: &str) -> Portal {
    Portal::with_step("azure:pipeline:run", &format!("{{{PROJECT}, {input}}}"))
}

fn published(repo_url: &str) -> Portal {
    let publish = step("publish:azure", &format!("{{repoUrl: '{repo_url}', signCommit: true}}"));
    Portal::with_steps(&(step("fetch:plain", "{url: ./skeleton}") + &publish)).with_file("a", "x")
}

fn paths(portal: &Portal) -> Vec<String> {
    let plan = portal.plan().unwrap_or_else(|problems| panic!("{}", super::lines(&problems)));
    let paths = plan.effects().flat_map(|effect| {
        let call = |pointer: &str| effect.input.pointer(pointer).cloned();
        let calls = [
            call("/resources/0/lookup/path"),
            call("/resources/0/create/path"),
            call("/wait/path"),
        ];
        let calls = calls.into_iter().flatten().map(|path| crate::engine::display(&path));
        calls.map(|path| path.as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    });
    paths.collect()
}

#[test]
fn every_part_of_a_path_is_encoded_and_a_collection_may_be_below_a_path() {
    let portal = published(
        "azure.acme.example:8443?organization=Default%20Collection&project=Mon%20Projet&repo=shop",
    );
    let host = ForgeHost::new(Forge::AzureDevOps, "https://azure.acme.example:8443/tfs", None);
    let portal = portal.with_settings(|settings| {
        settings.hosts.insert("azure.acme.example:8443".to_owned(), host);
    });
    let start = "/Default%20Collection/Mon%20Projet/_apis/git/repositories";
    let id = "‹known after apply: steps.publish.output.repositoryId›";
    assert_eq!(
        paths(&portal.clone().with_settings(|_| ()))
            .join("\n")
            .replace("steps.step-2.", "steps.publish."),
        [
            format!("{start}/shop?api-version=7.1"),
            format!("{start}?api-version=7.1"),
            format!("{start}/{id}?api-version=7.1"),
            format!("{start}/{id}?api-version=7.1"),
        ]
        .join("\n")
    );
    let targets: Vec<_> =
        portal.plan().expect("a plan").effects().map(|effect| effect.target.to_string()).collect();
    let target = "https://azure.acme.example:8443/tfs/Default%20Collection/Mon%20Projet/_git/shop";
    assert_eq!(targets, [target; 3]);
    let warnings = portal.warnings();
    assert!(warnings.contains("no credential for `https://azure.acme.example:8443`"), "{warnings}");
    assert!(warnings.contains("`signCommit` is not used: commits are not signed"), "{warnings}");
}

#[test]
fn what_names_no_place_on_azure_is_refused() {
    for (repo_url, problem) in [
        ("dev.azure.com?project=p&repo=shop", "it names no `organization`"),
        ("dev.azure.com?organization=o&repo=shop", "it names no `owner` and no `project`"),
        ("dev.azure.com?organization=..&project=p&repo=shop", "`..` cannot be the name"),
        ("dev.azure.com?organization=o&project=p/q&repo=shop", "`p/q` cannot be the name"),
        ("azure.evil.example?organization=o&project=p&repo=shop", "is not a host of the settings"),
        ("github.com?organization=o&project=p&repo=shop", "cannot be used with `github.com`"),
    ] {
        let found = published(repo_url).problems();
        assert!(found.contains(problem), "{repo_url}: {found}");
    }
    for (input, problem) in [
        (
            "host: github.com, pipelineId: 1",
            "`azure:pipeline:run` cannot be used with `github.com`",
        ),
        (
            "host: azure.evil.example, pipelineId: 1",
            "`azure.evil.example` is not a host of the settings",
        ),
        ("pipelineId: 1/../2", "`pipelineId` is a number"),
        ("pipelineId: 1, failIfNotSuccessful: true", "it needs `pollingInterval`"),
        ("pipelineId: 1, pollingInterval: 1000000", "pollingInterval"),
    ] {
        let found = run(input).problems();
        assert!(found.contains(problem), "{input}: {found}");
    }
    let other = Portal::with_step(
        "azure:pipeline:run",
        "{organization: a/../b, project: p, pipelineId: 1}",
    );
    assert!(
        other.problems().contains("`a/../b` cannot be the name of the organization"),
        "{}",
        other.problems()
    );
}

#[test]
fn files_are_pushed_to_repositories_of_azure_only() {
    let push = |url: &str| {
        let step =
            step("azure:repository:push", &format!("{{remoteUrl: '{url}', branch: feat/x}}"));
        Portal::with_steps(&(super::step("fetch:plain", "{url: ./skeleton}") + &step))
            .with_file("a", "x")
    };
    for url in [
        "https://dev.azure.com/o/Mon%20Projet/_git/r",
        "https://o@dev.azure.com/o/Mon%20Projet/_git/r",
    ] {
        let plan = push(url).plan().expect("a plan");
        let effect = plan.effects().next().expect("an effect");
        assert_eq!(effect.summary, "commits 1 file to branch `feat/x` of `o/Mon Projet/r`");
        assert_eq!(effect.target.to_string(), "https://dev.azure.com/o/Mon%20Projet/_git/r");
        assert_eq!(effect.input["url"], "https://dev.azure.com/o/Mon%20Projet/_git/r");
    }
    for (url, problem) in [
        ("https://github.com/o/r", "cannot be used with `github.com`"),
        ("https://evil.example/o/p/_git/r", "`evil.example` is not a host of the settings"),
        ("https://o:secret@dev.azure.com/o/p/_git/r", "holds no user name and no password"),
        ("http://dev.azure.com/o/p/_git/r", "only `https` addresses"),
        ("https://dev.azure.com/o/p/_git/r?path=/x", "is no address of a repository"),
        ("https://dev.azure.com/o/p", "is no address of a repository"),
        ("r", "it is no URL"),
    ] {
        let found = push(url).problems();
        assert!(found.contains(problem), "{url}: {found}");
    }
}

#[test]
fn the_id_of_a_pipeline_may_be_known_after_apply_or_a_text() {
    let start = "/acme/Mon%20Projet/_apis/pipelines/12/runs";
    let id = "‹known after apply: steps.run.output.pipelineRunId›";
    let portal = run("pipelineId: '12', pollingInterval: 5, pipelineTimeout: 60");
    let found = paths(&portal).join("\n").replace("steps.step-1.", "steps.run.");
    assert_eq!(found, format!("{start}?api-version=7.1\n{start}/{id}?api-version=7.1"));

    let create = format!(
        "    - id: create\n      action: azure:pipeline:create\n      input: {{{PROJECT}, repository: shop, pipelineName: a b, \
         pipelineYamlFile: ci.yml, pipelineFolder: a/b}}\n"
    );
    let permit = format!(
        "{{{PROJECT}, pipelineId: '${{{{ steps.create.output.pipelineId }}}}', resourceId: 'p/../q?x', resourceType: repository}}"
    );
    let portal = Portal::with_steps(&(create + &step("azure:pipeline:permit", &permit)));
    let permission = "/acme/Mon%20Projet/_apis/pipelines/pipelinePermissions/repository/p%2F..%2Fq%3Fx?api-version=7.1-preview.1";
    let definitions = "/acme/Mon%20Projet/_apis/build/definitions?api-version=7.1";
    assert_eq!(
        paths(&portal),
        [
            &format!("{definitions}&name=a%20b&path=%5Ca%5Cb&includeAllProperties=true"),
            definitions,
            permission,
            permission,
        ]
    );
}
