//! `fetch:*` and `workspace:*`.

use super::{Portal, path, step};
use crate::base::{files::Mode, hash::sha256_hex};

const NAME: &str = "${{ values.name }}";
const INPUT: &str = "url: ./skeleton, values: {name: '${{ parameters.name }}'}";

fn fetch(more: &str) -> Portal {
    Portal::with_step("fetch:template", &format!("{{{INPUT}{more}}}"))
}

#[test]
fn a_workflow_is_copied_except_what_is_taken_back() {
    let globs = ", copyWithoutTemplating: [.github/workflows/*, '!.github/workflows/release.yml', charts, '**/*.j2']";
    let portal = fetch(globs)
        .with_file(".github/workflows/build.yml", "${{ github.ref }} {% not for us %}")
        .with_file(".github/workflows/release.yml", "${{ values.name }} ${{ '${{ secrets.X }}' }}")
        .with_file("charts/templates/service.yaml", "{{ .Release.Name }} ${{ values.name }}")
        .with_file("roles/motd.j2", "{% macro box(x) -%}")
        .with_file("src/${{ values.name }}/main.toml", NAME)
        .with_mode("scripts/list.sh", "#!/bin/sh\n${{ values.name }}", Mode::Executable);
    assert_eq!(
        portal.made(),
        [
            ".github/workflows/build.yml: ${{ github.ref }} {% not for us %}",
            ".github/workflows/release.yml: cart ${{ secrets.X }}",
            "charts/templates/service.yaml: {{ .Release.Name }} ${{ values.name }}",
            "roles/motd.j2: {% macro box(x) -%}",
            "scripts/list.sh: #!/bin/sh\ncart",
            "src/cart/main.toml: cart",
        ]
    );
    let plan = portal.plan().expect("a plan");
    let script = plan.workspace.get(&path("scripts/list.sh")).expect("there");
    assert_eq!(script.mode, Mode::Executable);
    assert_eq!(portal.checked(), "");
}

#[test]
fn names_that_mean_nothing_in_a_skeleton_are_warnings_with_their_place() {
    let portal = fetch("")
        .with_file("ci.yml", "on: push\nenv:\n  A: ${{ secrets.TOKEN }}\n  B: ${{ github.sha }}\n");
    assert_eq!(portal.made(), ["ci.yml: on: push\nenv:\n  A: \n  B: \n"]);
    let expected = "warning: scaffolds/templates/small/skeleton/ci.yml:3:10: `secrets` means nothing in a file of a \
        skeleton, which reads `values` only | hint: to keep it as text, write `${{ '${{ secrets.TOKEN }}' }}` or list \
        the file in `copyWithoutTemplating`";
    for found in [portal.warnings(), portal.checked()] {
        let lines: Vec<_> = found.lines().collect();
        assert_eq!(lines.len(), 2, "{found}");
        assert_eq!(lines[0], expected);
        assert!(lines[1].contains("ci.yml:4:10: `github` means nothing"), "{found}");
    }
}

#[test]
fn a_name_that_is_the_ending_alone_is_not_rendered() {
    let portal = fetch(", templateFileExtension: njk")
        .with_file(".njk", NAME)
        .with_file("a/b.txt.njk", NAME)
        .with_file("${{ values.name }}.txt", NAME)
        .with_mode("logo.njk", "\0", Mode::File);
    let made = portal.made();
    assert_eq!(
        made,
        [".njk: ${{ values.name }}", "a/b.txt: cart", "cart.txt: ${{ values.name }}", "logo: \0"]
    );
}

#[test]
fn inputs_that_exclude_each_other_are_refused_in_check_and_plan() {
    for more in [
        ", copyWithoutTemplating: [a], copyWithoutRender: [b]",
        ", copyWithoutTemplating: [a], templateFileExtension: true",
        ", cookiecutterCompat: true, templateFileExtension: true",
    ] {
        let portal = fetch(more).with_file("a", NAME);
        let found = portal.problems();
        assert!(found.contains("only one of") || found.contains("excludes"), "{found}");
        assert_eq!(portal.checked(), found);
    }
    let found = fetch(", copyWithoutTemplating: ['{a']").with_file("a", NAME).problems();
    assert!(found.contains("`{a` is not a glob: unclosed brace"), "{found}");
}

#[test]
fn cookiecutter_reads_double_braces() {
    let portal = fetch(", cookiecutterCompat: true, copyWithoutRender: ['*.png', docs/raw.md]")
        .with_file(
            "{{cookiecutter.name}}/about.yaml",
            "name: {{ cookiecutter.name | upper }} ${{ values.name }}",
        )
        .with_file("docs/raw.md", "Stays {{ cookiecutter.name }}")
        .with_file("none", "{% if cookiecutter.name == None %}x{% endif %}");
    let made = portal.made();
    assert_eq!(made[0], "cart/about.yaml: name: CART $");
    assert_eq!(made[1], "docs/raw.md: Stays {{ cookiecutter.name }}");
    assert!(portal.warnings().contains("`values` means nothing"), "{}", portal.warnings());
    assert!(!portal.warnings().contains("None"), "{}", portal.warnings());
}

#[test]
fn a_source_is_anywhere_in_the_portal_and_nowhere_else() {
    let shared = |url: &str| {
        let input = format!("{{url: '{url}', values: {{name: x}}}}");
        Portal::with_step("fetch:template", &input)
            .with("scaffolds/shared/ci/a.yml", NAME)
            .with_file("ci/a.yml", "own")
    };
    assert_eq!(shared("../../shared/ci").made(), ["a.yml: x"]);
    assert_eq!(shared("./../../shared/./ci/").made(), ["a.yml: x"]);
    assert_eq!(shared("skeleton/ci").made(), ["a.yml: own"]);
    for (url, message) in [
        ("../../../../etc", "is outside of the portal"),
        ("../../..", "is the portal itself"),
        ("/etc", "is an absolute path"),
        (
            "https://github.com/acme/skeletons",
            "is not in `scaffolds/lock.yaml` | hint: run `callboard scaffold lock`",
        ),
        ("../../../.git", "it is inside a `.git` folder"),
        ("../../../.GIT/hooks", "it is inside a `.git` folder"),
        ("..\\..\\x", "has a backslash"),
        ("../../nothing", "there are no files in"),
    ] {
        let found = shared(url).problems();
        assert!(found.contains(message), "{url}: {found}");
        assert!(found.contains("template.yaml:11:"), "{url}: {found}");
    }
}

/// A lock with a folder of one file and with a file, and their content.
fn with_content(portal: Portal) -> Portal {
    let (text, commit) = ("${{ values.name }} ${{ 1 | nix }}", "1a2b".repeat(10));
    let digest = sha256_hex(text.as_bytes());
    let folder = sha256_hex(format!("{digest} - a.txt\n").as_bytes());
    let entry = |url: &str, path: &str, kind: &str, digest: &str| {
        format!(
            "  https://git.example/o/r/{url}:\n    repository: https://git.example/o/r.git\n    commit: {commit}\n    \
             path: {path}\n    kind: {kind}\n    digest: {digest}\n"
        )
    };
    let lock = entry("tree/main/x", "x", "folder", &folder)
        + &entry("blob/main/x/a.txt", "x/a.txt", "file", &digest)
        + &entry("tree/main/cart", "cart", "folder", &"0".repeat(64))
        + &entry("", "", "folder", &folder).replace(
            "https://git.example/o/r/:",
            "https://dev.azure.com/o/p/_git/r?version=GBmain:",
        );
    portal
        .with("scaffolds/lock.yaml", &format!("content:\n{lock}"))
        .with(&format!(".callboard/content/{folder}/a.txt"), text)
        .with(&format!(".callboard/content/{digest}"), text)
}

#[test]
fn mistakes_in_content_of_other_repositories_name_its_commit_and_path() {
    let steps = step("fetch:template", "{url: 'https://git.example/o/r/tree/main/x'}")
        + &step(
            "fetch:template:file",
            "{url: 'https://git.example/o/r/blob/main/x/a.txt', targetPath: b}",
        );
    let portal = with_content(Portal::with_steps(&steps));
    let expected = "https://git.example/o/r@1a2b1a2/x/a.txt:1:28: unknown filter `nix`";
    for found in [portal.checked(), portal.problems()] {
        assert!(found.contains(expected), "{found}");
    }
    assert_eq!(portal.checked().matches(expected).count(), 2, "{}", portal.checked());
}

#[test]
fn content_is_used_as_it_is_locked_and_refused_otherwise() {
    let plain = |url: &str| {
        let steps = step("fetch:plain", &format!("{{url: 'https://git.example/o/r/{url}'}}"));
        with_content(Portal::with_steps(&steps))
    };
    let plan = plain("tree/main/x").plan().expect("a plan");
    assert_eq!(plan.content["https://git.example/o/r/tree/main/x"].commit, "1a2b".repeat(10));
    let text = plan.to_text();
    assert!(text.contains("copied 1 file of `https://git.example/o/r@1a2b1a2/x`"), "{text}");
    for (url, message) in [
        (
            "tree/main/y",
            "main/y` is not in `scaffolds/lock.yaml` | hint: run `callboard scaffold lock`",
        ),
        ("blob/main/x/a.txt", "`https://git.example/o/r@1a2b1a2/x/a.txt` is a file, and no folder"),
        (
            "tree/main/cart",
            "1a2b1a2/cart` is not in the cache | hint: run `callboard scaffold fetch`",
        ),
    ] {
        for found in [plain(url).problems(), plain(url).checked()] {
            assert!(found.contains(message), "{url}: {found}");
            assert!(found.contains("template.yaml:11:"), "{url}: {found}");
        }
    }
    let found = plain("tree/main/z-${{ parameters.name }}").problems();
    assert!(found.contains("main/z-cart` is not in") && found.contains("an `enum`"), "{found}");
    let damaged = plain("tree/main/cart")
        .with(&format!(".callboard/content/{}/a.txt", "0".repeat(64)), "other");
    assert!(damaged.problems().contains("is damaged in the cache"), "{}", damaged.problems());
}

#[test]
fn answers_have_the_content_that_was_read_and_are_not_known_where_that_is_not() {
    let answers = |condition: &str| {
        let remote = step("fetch:plain", "{url: 'https://git.example/o/r/tree/main/x'}");
        let steps = step("fetch:plain", "{url: ./skeleton}")
            + "    - {id: one, action: 'publish:git', input: {repoUrl: 'h?owner=o&repo=one'}}\n"
            + &remote.replacen("- action", &format!("- if: {condition}\n      action"), 1)
            + "    - {id: two, action: 'publish:git', input: {repoUrl: 'h?owner=o&repo=two', sourcePath: ./}}\n";
        let plan = with_content(Portal::with_steps(&steps).with_file("a.txt", "own")).plan();
        let plan = plan.expect("a plan");
        assert_eq!(plan.content.len(), 1, "reviewers see the content in any case");
        let file = plan.workspace.get(&path(".callboard/answers.yaml")).expect("there");
        (file.text().expect("a text").contains("/tree/main/x"), file.is_known)
    };
    assert_eq!(answers("true"), (true, true));
    assert_eq!(answers("'${{ failure() }}'"), (false, true));
    assert_eq!(answers("'${{ steps.one.output.commitHash }}'"), (true, false));
}

#[test]
fn plain_files_are_copied_over_what_is_there() {
    let steps = step("fetch:template", "{url: ./skeleton, values: {name: x}}")
        + &step("fetch:plain", "{url: ../../shared, targetPath: ./b}")
        + &step("fetch:plain:file", "{url: ./skeleton/a, targetPath: c/d}")
        + &step("fetch:template:file", "{url: ./skeleton/a, targetPath: a, values: {name: kept}}")
        + &step("fetch:template:file", "{url: ../../shared/x, targetPath: e, values: {name: y}}");
    let portal = Portal::with_steps(&steps)
        .with_mode("a", NAME, Mode::Executable)
        .with_file("b/x", "old")
        .with("scaffolds/shared/x", NAME);
    let made = portal.made();
    assert_eq!(made, ["a: x", "b/x: ${{ values.name }}", "c/d: ${{ values.name }}", "e: y"]);
    let plan = portal.plan().expect("a plan");
    assert_eq!(plan.workspace.get(&path("c/d")).expect("there").mode, Mode::Executable);
    assert!(plan.to_text().contains("kept `a`"), "{}", plan.to_text());
}

#[test]
fn files_of_the_workspace_are_rendered_into_another_folder() {
    let input = "{sourcePath: raw, targetPath: done, values: {name: x}}";
    let file = "{sourcePath: raw/a, targetPath: one, values: {name: y}}";
    let steps = step("fetch:plain", "{url: ./skeleton, targetPath: raw}")
        + &step("workspace:template", input)
        + &step("workspace:template:file", file);
    let portal = Portal::with_steps(&steps).with_file("a", NAME);
    assert_eq!(portal.made(), ["done/a: x", "one: y", "raw/a: ${{ values.name }}"]);
    for target in ["raw/in", ".", "RAW", "raw"] {
        let input = format!("{{sourcePath: raw, targetPath: {target}}}");
        let steps = step("fetch:plain", "{url: ./skeleton, targetPath: raw}")
            + &step("workspace:template", &input);
        let found = Portal::with_steps(&steps).with_file("a", NAME).problems();
        assert!(found.contains("overlap"), "{target}: {found}");
    }
    let found =
        Portal::with_step("workspace:template:file", "{sourcePath: no, targetPath: x}").problems();
    assert!(found.contains("there is no file `no` in the workspace"), "{found}");
}

#[test]
fn a_file_whose_values_are_known_after_apply_is_not_known() {
    let steps = format!(
        "{}    - id: publish\n      action: publish:git\n      input: {{repoUrl: 'github.com?owner=a&repo=b'}}\n{}{}",
        step("fetch:plain", "{url: ./skeleton}"),
        step(
            "fetch:template",
            "{url: ./skeleton, targetPath: t, values: {name: '${{ steps.publish.output.commitHash }}'}}"
        ),
        step("workspace:template", "{sourcePath: t, targetPath: u}")
    );
    let portal = Portal::with_steps(&steps).with_file("a", NAME).with_file("b", "plain");
    let plan = portal.plan().expect("a plan");
    let known: Vec<_> =
        plan.workspace.files().map(|(path, file)| (path.as_str(), file.is_known)).collect();
    assert_eq!(
        known,
        [
            (".callboard/answers.yaml", true),
            ("a", true),
            ("b", true),
            ("t/a", false),
            ("t/b", true),
            ("u/a", false),
            ("u/b", true)
        ]
    );
}

#[test]
fn unknown_inputs_are_ignored_with_a_warning_or_refused_when_they_are_slips() {
    let portal = fetch(", somethingElse: 1").with_file("a", NAME);
    for found in [portal.warnings(), portal.checked()] {
        assert!(
            found.starts_with("warning: scaffolds/templates/small/template.yaml:11:"),
            "{found}"
        );
        assert!(
            found.contains("`fetch:template` has no input `somethingElse`, which is ignored"),
            "{found}"
        );
    }
    let portal = fetch(", targetpath: x").with_file("a", NAME);
    for found in [portal.problems(), portal.checked()] {
        assert!(
            found.contains("no input `targetpath` | hint: did you mean `targetPath`?"),
            "{found}"
        );
    }
}

#[test]
fn no_skeleton_writes_outside_or_into_git() {
    for (file, text) in [
        ("${{ values.text }}", "../x"),
        ("${{ values.text }}", ".git/hooks/pre-push"),
        ("${{ values.text }}", "a/.GIT/config"),
        ("${{ values.text }}", "git~1/config"),
        ("${{ values.text }}", "a/../../b"),
        ("a/${{ values.text }}", ".."),
    ] {
        let input = format!("{{url: ./skeleton, values: {{text: '{text}'}}}}");
        let found = Portal::with_step("fetch:template", &input).with_file(file, "x").problems();
        assert!(found.contains("cannot be the path of a file"), "{text}: {found}");
    }
    let portal =
        Portal::with_step("fetch:plain", "{url: ./skeleton}").with_file(".git/config", "x");
    assert!(portal.problems().contains("inside a `.git` folder"), "{}", portal.problems());
    for target in ["../x", "/etc", ".git", "a/.Git"] {
        let input = format!("{{url: ./skeleton, targetPath: '{target}'}}");
        let found = Portal::with_step("fetch:plain", &input).with_file("a", "x").problems();
        assert!(found.contains("cannot be the path of a file"), "{target}: {found}");
    }
}

#[test]
fn links_stay_in_the_workspace_however_they_are_chained() {
    let link = |target: &str| {
        Portal::with_step("fetch:plain", "{url: ./skeleton, targetPath: out}")
            .with_mode("a/link", target, Mode::Link)
            .with_mode("b", "a/link", Mode::Link)
    };
    assert_eq!(link("../c/nothing").made(), ["out/a/link: ../c/nothing", "out/b: a/link"]);
    for bad in ["/etc/passwd", "../../../../../etc", "../.git/config", "C:\\x"] {
        let found = link(bad).problems();
        assert!(found.contains("which is not in the same folder"), "{bad}: {found}");
    }
    // A link that leads from the skeleton to its neighbour leads out of the workspace.
    let found = Portal::with_step("fetch:plain", "{url: ./skeleton}")
        .with_mode("a", "../template.yaml", Mode::Link)
        .problems();
    assert!(found.contains("leads to `../template.yaml`"), "{found}");
    // What is behind a link is never written through it.
    let through = Portal::with_step("fetch:plain", "{url: ./skeleton}")
        .with_mode("d", "e", Mode::Link)
        .with("scaffolds/shared/x", "1");
    let steps = step("fetch:plain", "{url: ./skeleton}")
        + &step("fetch:plain", "{url: ../../shared, targetPath: d}");
    let found = Portal { files: Portal::with_steps(&steps).files, ..through.clone() }
        .with_mode("d", "e", Mode::Link)
        .with("scaffolds/shared/x", "1")
        .problems();
    assert!(found.contains("cannot be a file and a folder at once"), "{found}");
}

#[test]
fn a_repository_on_azure_is_cloned_as_it_is_locked() {
    let clone = |input: &str| {
        let steps = format!(
            "    - id: clone\n      action: azure:repository:clone\n      input: {input}\n{}",
            step("debug:log", "{message: '${{ steps.clone.output.cloneFullPath }}'}")
        );
        with_content(Portal::with_steps(&steps))
    };
    let input = "{remoteUrl: 'https://o@dev.azure.com/o/p/_git/r', branch: main, targetPath: ./other, cloneDepth: 1}";
    let portal = clone(input);
    assert_eq!(portal.made(), ["other/a.txt: ${{ values.name }} ${{ 1 | nix }}"]);
    assert_eq!(portal.logged(), ["other"]);
    assert!(portal.warnings().contains("`cloneDepth` is not used"), "{}", portal.warnings());
    let found = crate::addresses(&portal, &portal.catalog()).expect("readable");
    let found: Vec<_> = found.keys().map(String::as_str).collect();
    assert_eq!(found, ["https://dev.azure.com/o/p/_git/r?version=GBmain"]);
    for (input, expected) in [
        (
            "{remoteUrl: 'https://dev.azure.com/o/p/_git/r'}",
            "_git/r` is not in `scaffolds/lock.yaml` | hint: run",
        ),
        ("{remoteUrl: 'https://dev.azure.com/o/p/_git/${{ parameters.name }}'}", "an `enum`"),
        ("{remoteUrl: 'https://github.com/o/r'}", "is no repository of Azure DevOps"),
        ("{remoteUrl: ./skeleton}", "is no repository of Azure DevOps"),
    ] {
        let problems = clone(input).problems();
        assert!(problems.contains(expected), "{input}: {problems}");
    }
}
