//! `fs:*` and `debug:wait`.

use super::{Portal, step};

/// A portal whose workspace has these files when the steps begin.
fn workspace(files: &[&str], steps: &str) -> Portal {
    let steps = step("fetch:plain", "{url: ./skeleton}") + steps;
    files.iter().fold(Portal::with_steps(&steps), |portal, file| portal.with_file(file, file))
}

fn names(portal: &Portal) -> Vec<String> {
    let made = portal.made();
    made.iter().filter_map(|file| Some(file.split_once(": ")?.0.to_owned())).collect()
}

#[test]
fn files_folders_and_globs_are_deleted() {
    let files = ["a/b", "a/c.tmp", "d.tmp", "pages/[id].tsx", ".x/y.tmp", "kept"];
    let delete = |input: &str| names(&workspace(&files, &step("fs:delete", input)));
    assert_eq!(delete("{files: [a, nothing, './pages/[id].tsx', '.x/y.tmp']}"), ["d.tmp", "kept"]);
    assert_eq!(delete("{files: ['**/*.tmp']}"), ["a/b", "kept", "pages/[id].tsx"]);
    assert_eq!(delete("{files: ['{a,pag*}', '*.tmp', '.x']}"), ["kept"]);
    for (bad, message) in [
        ("'../x'", "cannot be the path"),
        ("/etc", "is absolute"),
        ("'.'", "the workspace itself"),
        ("'a/**/../../..'", "cannot be the path"),
        ("'[a'", "is not a glob"),
    ] {
        let found =
            workspace(&files, &step("fs:delete", &format!("{{files: [{bad}]}}"))).problems();
        assert!(found.contains(message), "{bad}: {found}");
    }
}

#[test]
fn what_is_renamed_replaces_only_when_it_may_and_as_a_whole() {
    let files = ["a/x", "b/x", "b/y"];
    let rename =
        |input: &str| workspace(&files, &step("fs:rename", &format!("{{files: [{input}]}}")));
    assert_eq!(rename("{from: a, to: b, overwrite: true}").made(), ["b/x: a/x"]);
    for (bad, message) in [
        ("{from: a, to: b}", "`b` is in the workspace already"),
        ("{from: a, to: a/c}", "are in each other"),
        ("{from: b/x, to: b, overwrite: true}", "are in each other"),
        ("{from: a, to: ../a}", "cannot be the path"),
        ("{from: a, to: .git}", "inside a `.git` folder"),
        ("{from: a, to: a/x/y}", "are in each other"),
        ("{from: a/x, to: b/x/z}", "a file and a folder at once"),
        ("{from: ., to: c}", "the workspace itself"),
    ] {
        let found = rename(bad).problems();
        assert!(found.contains(message), "{bad}: {found}");
    }
}

#[test]
fn a_folder_is_listed_for_later_steps() {
    let log = "{message: '${{ steps.list.output | dump }}'}";
    let list = |input: &str| {
        let steps = format!("    - id: list\n      action: fs:readdir\n      input: {input}\n");
        workspace(&["a/b/c", "a/d", "e"], &(steps + &step("debug:log", log))).logged()
    };
    assert_eq!(
        list("{paths: [a]}"),
        [
            r#"{"files":[{"name":"d","path":"a/d","fullPath":"a/d"}],"folders":[{"name":"b","path":"a/b","fullPath":"a/b"}]}"#
        ]
    );
    let all = list("{paths: [.], recursive: true}");
    assert_eq!(all[0].matches("\"name\"").count(), 5, "{all:?}");
    let found = workspace(&["a"], &step("fs:readdir", "{paths: [nope]}")).problems();
    assert!(found.contains("there is no folder `nope`"), "{found}");
}

#[test]
fn what_is_read_of_a_file_that_is_not_known_is_not_known() {
    let steps = "    - id: publish\n      action: publish:git\n      input: {repoUrl: 'github.com?owner=a&repo=b'}\n"
        .to_owned()
        + &step("roadiehq:utils:fs:write", "{path: late, content: 'x ${{ steps.publish.output.commitHash }}'}")
        + "    - {id: late, action: 'fs:read', input: {path: late}}\n    - {id: early, action: 'fs:read', input: {path: e}}\n"
        + "    - {id: list, action: 'fs:readdir', input: {paths: [.]}}\n"
        + &step("debug:log", "{message: ['${{ steps.late.output.content }}', '${{ steps.early.output.content }}', '${{ steps.list.output.files }}']}");
    let logged = workspace(&["e"], &steps).logged();
    assert_eq!(
        logged,
        [
            "‹known after apply: steps.late.output.content›",
            "e",
            "‹known after apply: steps.list.output.files›"
        ]
    );
    let found = workspace(&["a"], &step("fs:read", "{path: nope}")).problems();
    assert!(found.contains("there is no file `nope`"), "{found}");
}

#[test]
fn nothing_is_waited_for() {
    let steps = step("debug:wait", "{minutes: 9}")
        + &step("debug:wait", "{}")
        + &step("roadiehq:utils:sleep", "{amount: 600}");
    assert_eq!(names(&workspace(&["a"], &steps)), ["a"]);
}
