//! `callboard help`: the options of a command, or a page of the documentation, which is in the program.

mod render;

use anyhow::anyhow;
use clap::CommandFactory;
use rust_embed::RustEmbed;

use crate::{
    base::text::did_you_mean,
    cli::{
        Failure,
        args::{Args, HelpArgs},
        output::{BOLD, DIM, Output},
    },
};

/// The pages of the documentation. Their paths without `.md` are the topics.
#[derive(RustEmbed)]
#[folder = "docs"]
#[include = "*.md"]
#[include = "guides/*.md"]
#[include = "reference/*.md"]
struct Docs;

/// Prints the page of a topic or the help of a command; without either, the help of the program and all topics.
pub(in crate::cli) fn run(args: &HelpArgs, output: &Output) -> Result<(), Failure> {
    let words: Vec<&str> = args.topic.iter().map(String::as_str).collect();
    let Some(first) = words.first() else {
        output.text(&command_help(&[]).unwrap_or_default());
        output.line("");
        output.line(format!("{BOLD}Topics{BOLD:#} of `callboard help TOPIC`:"));
        list_topics(output);
        return Ok(());
    };
    let topic = first.trim_start_matches("docs/").trim_end_matches(".md");
    match (page(topic).filter(|_| words.len() == 1), command_help(&words)) {
        (Some(text), command) => {
            output.text(&render::page(&text));
            if command.is_some() {
                output.line("");
                output.line(format!(
                    "{DIM}`callboard {topic} --help` lists the options of the command{DIM:#}"
                ));
            }
            Ok(())
        }
        (None, Some(help)) => {
            output.text(&help);
            Ok(())
        }
        (None, None) => {
            let known: Vec<_> = topics().collect();
            let commands = Args::command();
            let names = commands.get_subcommands().map(clap::Command::get_name);
            let near = did_you_mean(topic, known.iter().map(String::as_str).chain(names));
            let hint = near.unwrap_or_else(|| "`callboard help` lists commands and topics".into());
            let wanted = words.join(" ");
            Err(Failure::Usage(anyhow!("there is no help for `{wanted}`\nhint: {hint}")))
        }
    }
}

/// The topics, sorted: overview pages first, then guides.
fn topics() -> impl Iterator<Item = String> {
    let mut names: Vec<_> =
        Docs::iter().filter_map(|name| Some(name.strip_suffix(".md")?.to_owned())).collect();
    names.sort_by_key(|name| (name.contains('/'), name.clone()));
    names.into_iter()
}

fn list_topics(output: &Output) {
    let width = topics().map(|name| name.len()).max().unwrap_or_default();
    for topic in topics() {
        let title = page(&topic).map(|text| render::title(&text)).unwrap_or_default();
        output.line(format!("  {BOLD}{topic:width$}{BOLD:#}  {title}"));
    }
}

/// The Markdown of a topic.
fn page(topic: &str) -> Option<String> {
    let file = Docs::get(&format!("{topic}.md"))?;
    Some(String::from_utf8_lossy(&file.data).into_owned())
}

/// The help of a command, named by its words; `None` when there is no such command.
fn command_help(words: &[&str]) -> Option<String> {
    let mut root = Args::command();
    root.build();
    let mut command = &mut root;
    for word in words {
        command = command.find_subcommand_mut(word)?;
    }
    Some(command.render_long_help().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_is_a_topic_with_a_title_and_reads_without_markdown() {
        let all: Vec<_> = topics().collect();
        assert!(all.len() > 20 && all.contains(&"guides/github".to_owned()), "{all:?}");
        for topic in all {
            let text = page(&topic).expect("embedded");
            assert!(!render::title(&text).is_empty(), "{topic}");
            let shown = render::page(&text);
            assert!(!shown.contains("](") && !shown.contains("\n```"), "{topic}: {shown}");
        }
    }
}
