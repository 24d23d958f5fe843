//! Templates that sources bring along: the files that they fetch come with them.

use callboard_testing::{GitServer, Portal, git};

use crate::program::RunProgram;

const FOLDER: &str = "catalog-data/templates/code/template/default";

/// A template that fetches from these paths.
fn template(name: &str, urls: &[&str]) -> String {
    let step = |url: &&str| {
        format!(
            "    - action: fetch:template\n      input: {{url: '{url}', values: {{name: '${{{{ parameters.name }}}}'}}}}\n"
        )
    };
    format!(
        "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: {name}}}\nspec:\n  type: service\n  \
         parameters:\n    - required: [name, size]\n      properties:\n        name: {{type: string}}\n        \
         size: {{type: string, enum: [small, large]}}\n  steps:\n    - action: debug:log\n      input: {{message: x}}\n{}",
        urls.iter().map(step).collect::<String>()
    )
}

fn portal(server: &GitServer) -> Portal {
    let source = format!(
        "kind: git\nrepositories:\n  - url: {}\nglobs: ['**/template.yaml']\nshrink: {{ at_least: 9 }}\n",
        server.url("")
    );
    let portal = Portal::new()
        .with("callboard.yaml", "title: Test\nsources: [code]\n")
        .with("catalog-data/sources/code.yaml", &source);
    git(portal.path(), &["init", "-q", "-b", "main"]);
    portal
}

fn snapshot(portal: &Portal) -> String {
    let ran = portal.run(&["snapshot", "--verbose"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    ran.stdout + &ran.stderr
}

#[test]
fn what_a_template_fetches_comes_along_and_is_rendered() {
    let java = template("java", &["./skeleton", "../../shared/ci", "sizes/${{ parameters.size }}"]);
    let server = GitServer::new(&[
        ("templates/java/template.yaml", &java),
        ("templates/java/skeleton/README.md", "# ${{ values.name }}\n"),
        ("templates/java/sizes/small/size.txt", "1\n"),
        ("templates/java/sizes/large/size.txt", "9\n"),
        ("templates/java/notes.txt", "No step fetches this.\n"),
        ("shared/ci/pipeline.yaml", "build: ${{ values.name }}\n"),
        ("other/file.txt", "x"),
        ("other/template.yaml", &template("plain", &[])),
    ]);
    let portal = portal(&server);
    let said = snapshot(&portal);
    assert!(said.contains("2 added, 2 with other files of the template"), "{said}");
    let committed =
        git(portal.path(), &["ls-tree", "-r", "--name-only", "HEAD", "catalog-data/templates"]);
    let expected = [
        "java/files/shared/ci/pipeline.yaml",
        "java/files/templates/java/sizes/large/size.txt",
        "java/files/templates/java/sizes/small/size.txt",
        "java/files/templates/java/skeleton/README.md",
        "java/source.yaml",
        "plain/source.yaml",
    ];
    assert_eq!(
        committed.lines().collect::<Vec<_>>(),
        expected.map(|path| format!("{FOLDER}/{path}"))
    );
    assert!(snapshot(&portal).contains("unchanged"));

    let checked = portal.run(&["check", "--strict"]);
    assert_eq!(checked.code, 0, "{}{}", checked.stdout, checked.stderr);
    let render = |out: &str| {
        let ran = portal.run(&[
            "scaffold",
            "render",
            "java",
            "--set",
            "name=cart",
            "--set",
            "size=large",
            "--out",
            out,
        ]);
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        ["README.md", "pipeline.yaml", "size.txt"].map(|file| portal.read(&format!("{out}/{file}")))
    };
    assert_eq!(render("out"), ["# cart\n", "build: cart\n", "9\n"]);

    // What the repository changes comes with the next snapshot, and goes with the template.
    server.change("second", &[("templates/java/skeleton/README.md", "## ${{ values.name }}\n")]);
    let said = snapshot(&portal);
    assert!(said.contains("~ files of template:default/java"), "{said}");
    assert_eq!(render("again")[0], "## cart\n");
    server.change("third", &[("templates/java/template.yaml", "")]);
    snapshot(&portal);
    assert!(!portal.path().join(FOLDER).join("java").exists());
}

#[test]
fn a_template_of_a_source_reads_nothing_but_the_files_of_its_source() {
    let own = "../".repeat(9) + "callboard.yaml";
    let outside = template("java", &["./skeleton", &own, "../../../../component"]);
    let server = GitServer::new(&[
        ("templates/java/template.yaml", &outside),
        ("templates/java/skeleton/README.md", "x\n"),
    ]);
    let portal = portal(&server);
    snapshot(&portal);
    let checked = portal.run(&["check"]);
    assert_eq!(checked.code, 1, "{}", checked.stdout);
    for url in [own.as_str(), "../../../../component"] {
        let expected = format!("`{url}` is outside of the portal");
        assert!(checked.stderr.contains(&expected), "{url}: {}", checked.stderr);
    }
}

#[test]
fn what_cannot_come_along_is_a_warning_and_the_template_is_in_the_catalog() {
    let java = template("java", &["./skeleton", "./missing"]);
    let server = GitServer::new(&[
        ("t/template.yaml", &java),
        ("t/skeleton/a.txt", "a\n"),
        ("t/skeleton/A.TXT", "A\n"),
        ("t/skeleton/aux.txt", "not a name on Windows\n"),
    ]);
    let portal = portal(&server);
    let said = snapshot(&portal);
    for left_out in ["a.txt", "aux.txt"] {
        let expected = format!("t/skeleton/{left_out}: left out of the template");
        assert!(said.contains(&expected), "{said}");
    }
    portal.read("catalog-data/entities/code/template/default/java.yaml");
    assert_eq!(portal.read(&format!("{FOLDER}/java/files/t/skeleton/A.TXT")), "A\n");
    let checked = portal.run(&["check"]);
    assert_eq!(checked.code, 1, "{}", checked.stdout);
    assert!(checked.stderr.contains("there are no files in `./missing`"), "{}", checked.stderr);
}
