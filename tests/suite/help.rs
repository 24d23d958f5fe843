//! `callboard help`: commands and pages of the documentation, and no message that names a file which a portal lacks.

use std::{
    fs,
    io::{BufRead, BufReader},
    path::Path,
    process::Stdio,
};

use callboard_testing::Portal;

use crate::program::{RunProgram, isolated};

#[test]
fn help_lists_topics_and_shows_a_page_or_the_options_of_a_command() {
    let portal = Portal::empty();
    let all = portal.run(&["help"]);
    assert_eq!(all.code, 0, "{}", all.stderr);
    for line in ["  snapshot     Read the sources", "  settings  ", "  guides/github  "] {
        assert!(all.stdout.contains(line), "{line}:\n{}", all.stdout);
    }
    assert!(all.stdout.contains("\n\nTopics of `callboard help TOPIC`:\n"), "{}", all.stdout);
    let page = portal.run(&["help", "settings"]);
    assert!(page.stdout.starts_with("Settings: `callboard.yaml`\n"), "{}", page.stdout);
    let both = portal.run(&["help", "snapshot"]);
    let end = "\n\n`callboard snapshot --help` lists the options of the command\n";
    assert!(both.stdout.ends_with(end), "{}", both.stdout);
    let command = portal.run(&["help", "scaffold", "plan"]);
    assert!(command.stdout.contains("Usage: callboard scaffold plan"), "{}", command.stdout);
    let unknown = portal.run(&["help", "setings"]);
    assert_eq!((unknown.code, &*unknown.stdout), (2, ""));
    assert!(unknown.stderr.contains("hint: did you mean `settings`?"), "{}", unknown.stderr);
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let directory = tempfile::tempdir().expect("a directory");
    let mut child = isolated(directory.path())
        .args(["help", "scaffolding"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut line = String::new();
    let mut output = BufReader::with_capacity(16, child.stdout.take().expect("piped"));
    output.read_line(&mut line).expect("a line");
    drop(output);
    let ended = child.wait_with_output().expect("it ends");
    assert_eq!((ended.status.code(), &*ended.stderr), (Some(0), &b""[..]), "after {line}");
}

/// The parts of a source file that are no comment and no test.
fn code(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = text.lines().enumerate();
    lines.filter(|(_, line)| !line.trim_start().starts_with("//")).map(|(at, line)| (at + 1, line))
}

#[test]
fn messages_name_topics_of_the_program_and_no_files_of_its_repository() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let (mut wrong, mut named) = (Vec::new(), 0);
    for folder in
        ["src", "core/src", "planner/src", "scaffolds", "catalog-data/sources", "callboard.yaml"]
    {
        for entry in walkdir::WalkDir::new(root.join(folder)) {
            let path = entry.expect("readable").into_path();
            let name = path.strip_prefix(root).expect("below it").to_string_lossy().into_owned();
            let is_text =
                [".rs", ".yaml", ".yml", ".md", ".jq"].iter().any(|end| name.ends_with(end));
            if !is_text || name.contains("tests") {
                continue;
            }
            let text = fs::read_to_string(&path).expect("text");
            for (line, code) in code(&text) {
                let is_doc = |word: &str| {
                    let rest = word.strip_prefix("docs/").and_then(|rest| rest.strip_suffix(".md"));
                    rest.is_some_and(|topic| root.join(format!("docs/{topic}.md")).exists())
                };
                let mut words = code.split(|c: char| !(c.is_alphanumeric() || "/.-_".contains(c)));
                if words.any(|word| is_doc(word.trim_end_matches('.'))) {
                    wrong.push(format!("{name}:{line}: {code}"));
                }
                for (at, _) in code.match_indices("`callboard help ") {
                    let topic =
                        code[at + "`callboard help ".len()..].split('`').next().unwrap_or_default();
                    named += 1;
                    let is_topic = root.join(format!("docs/{topic}.md")).exists();
                    if !is_topic
                        && !topic.contains(['{', ' '])
                        && topic != "TOPIC"
                        && !topic.is_empty()
                    {
                        wrong.push(format!("{name}:{line}: there is no topic `{topic}`"));
                    }
                }
            }
        }
    }
    assert!(named > 8, "only {named} topics are named: does this test still read the code?");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
