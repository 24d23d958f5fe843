//! What `fetch:template` and `fs:rename` do with the files of a skeleton.

use super::{PlanRequests, sample};
use crate::base::path::RelativePath;

/// Plans steps over a skeleton; returns each file as `path: content`.
fn files(steps: &str, skeleton: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let portal = sample();
    portal.small(steps, skeleton);
    let plan = portal.plan("small-1").map_err(|problems| super::lines(&problems))?;
    let text = |path: &RelativePath| {
        let file = plan.workspace.get(path).expect("listed");
        format!("{path}: {}", file.text().unwrap_or("(binary)"))
    };
    Ok(plan.files.iter().map(|file| text(&file.path)).collect())
}

/// One step that fetches the skeleton, with more inputs.
fn fetch(inputs: &str) -> String {
    format!(
        "    - action: fetch:template\n      input: {{url: ./skeleton, values: {{name: '${{{{ \
         parameters.name }}}}'}}{inputs}}}\n"
    )
}

const NAME: &str = "${{ values.name }}";

#[test]
fn files_copied_without_templating_still_have_rendered_paths() {
    let skeleton = [("raw/${{ values.name }}.txt", NAME), ("a.txt", NAME), (".hidden/x", NAME)];
    let steps = fetch(", copyWithoutTemplating: [raw, '.hidden/*']");
    assert_eq!(
        files(&steps, &skeleton).expect("a plan"),
        [".hidden/x: ${{ values.name }}", "a.txt: cart", "raw/cart.txt: ${{ values.name }}"]
    );
    let steps = fetch(", copyWithoutRender: ['raw/**']");
    let raw = "raw/${{ values.name }}.txt: ${{ values.name }}";
    assert_eq!(files(&steps, &skeleton).expect("a plan"), [".hidden/x: cart", "a.txt: cart", raw]);
}

#[test]
fn with_an_extension_only_its_files_are_rendered_and_lose_it() {
    let skeleton = [("a.txt.njk", NAME), ("${{ values.name }}.txt", NAME)];
    for extension in ["true", "njk", ".njk"] {
        let steps = fetch(&format!(", templateFileExtension: {extension}"));
        assert_eq!(
            files(&steps, &skeleton).expect("a plan"),
            ["a.txt: cart", "cart.txt: ${{ values.name }}"]
        );
    }
    let steps = fetch(", templateFileExtension: true, copyWithoutTemplating: [a]");
    let problem = files(&steps, &skeleton).expect_err("exclusive");
    assert!(problem.contains("excludes"), "{problem}");
}

#[test]
fn what_is_there_already_stays_unless_it_is_replaced() {
    let skeleton = [("a.txt", NAME)];
    let moved = "    - action: fs:rename\n      input: {files: [{from: x/a.txt, to: x/b.txt}]}\n";
    let again = "    - action: fetch:template\n      input: {url: ./skeleton, targetPath: x";
    let other = ", values: {name: other}";
    for (replace, expected) in [("}", "cart"), (", replace: true}", "other")] {
        let steps = fetch(", targetPath: ./x") + again + other + replace + "\n" + moved;
        let made = files(&steps, &skeleton).expect("a plan");
        assert_eq!(made, [format!("x/b.txt: {expected}")]);
    }
}

#[test]
fn renaming_moves_folders_and_never_overwrites_by_accident() {
    let skeleton = [("a/x", "1"), ("a/y", "2"), ("b/x", "3")];
    let rename = |file: &str| {
        let steps = fetch("") + "    - action: fs:rename\n      input: {files: [" + file + "]}\n";
        files(&steps, &skeleton)
    };
    assert_eq!(rename("{from: a, to: c/d}").expect("a plan"), ["b/x: 3", "c/d/x: 1", "c/d/y: 2"]);
    let taken = rename("{from: a/x, to: b/x}").expect_err("taken");
    assert!(taken.contains("`b/x` is in the workspace already"), "{taken}");
    let made = rename("{from: a/x, to: b/x, overwrite: true}").expect("a plan");
    assert_eq!(made, ["a/y: 2", "b/x: 1"]);
    let missing = rename("{from: nope, to: z}").expect_err("missing");
    assert!(missing.contains("`nope` is not in the workspace"), "{missing}");
}
