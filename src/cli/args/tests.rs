//! What all commands have in common.

use clap::CommandFactory;

use super::Args;

/// Commands whose answer is not JSON, and why.
const WITHOUT_JSON: &[(&str, &str)] = &[
    ("completions", "it prints the script of a shell"),
    ("demo", "it shows the program to a person"),
    ("help", "it prints pages for people"),
    ("man", "it writes manual pages"),
    ("schema", "each schema is JSON already, and the list has one name in each line"),
];

/// The commands that do something, by their words, each with the long names of its options.
fn commands() -> Vec<(String, Vec<String>)> {
    fn add(command: &clap::Command, words: &str, all: &mut Vec<(String, Vec<String>)>) {
        if command.has_subcommands() {
            for inner in command.get_subcommands() {
                add(inner, format!("{words} {}", inner.get_name()).trim(), all);
            }
            return;
        }
        let options = command.get_arguments().filter_map(|argument| argument.get_long());
        all.push((words.to_owned(), options.map(str::to_owned).collect()));
    }
    let mut all = Vec::new();
    add(&Args::command(), "", &mut all);
    all
}

#[test]
fn every_command_has_an_answer_for_scripts_or_a_reason() {
    let commands = commands();
    assert!(commands.len() > 25, "only {} commands are found", commands.len());
    for (words, options) in &commands {
        let has_json = options.iter().any(|option| matches!(&**option, "json" | "format"));
        let reason = WITHOUT_JSON.iter().find(|(name, _)| name == words);
        assert_eq!(reason.is_none(), has_json, "`callboard {words}` {reason:?}");
    }
    for (name, _) in WITHOUT_JSON {
        assert!(commands.iter().any(|(words, _)| words == name), "there is no `{name}`");
    }
}
