//! A plan for a comment in a pull request: summary first, details folded.
//!
//! Values come from requests, that is from anyone. They stand in code spans and fenced blocks whose
//! fences are longer than any inside, so that they cannot end them, mention people or be HTML.

use std::fmt::Write;

use serde_json::Value;

use super::{Plan, StepState};
use crate::base::text::count;

/// Most bytes of a comment; GitHub takes 65,536 characters.
const MOST: usize = 60_000;
/// Most files in the list.
const MOST_FILES: usize = 200;
/// Most bytes of the parameters, and of all logs.
const MOST_BLOCK: usize = 8_000;
/// Most steps, effects and warnings.
const MOST_ITEMS: usize = 50;

/// Renders the plan.
pub(super) fn render(plan: &Plan) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = summary(&mut out, plan).and_then(|()| details(&mut out, plan));
    contents(&mut out, plan);
    out
}

fn summary(out: &mut String, plan: &Plan) -> std::fmt::Result {
    writeln!(out, "### Plan of {}\n", code(&plan.request))?;
    let files = count(plan.files.len(), "file", "files");
    let (template, requester) = (code(plan.template.reference.as_str()), &plan.requester);
    writeln!(out, "{template}, asked for by {}: {files}.\n", code(requester.as_str()))?;
    for effect in plan.effects().take(MOST_ITEMS) {
        writeln!(out, "- **+** {}", sentence(effect.summary()))?;
    }
    if plan.effects().next().is_none() {
        writeln!(out, "- changes nothing outside")?;
    }
    more(out, plan.effects().count())?;
    if !plan.warnings.is_empty() {
        writeln!(out, "\n**Warnings**\n")?;
        for warning in plan.warnings.iter().take(MOST_ITEMS) {
            let place = code(&warning.place.to_string());
            writeln!(out, "- {place}: {}", code(&warning.message))?;
        }
        more(out, plan.warnings.len())?;
    }
    Ok(())
}

fn details(out: &mut String, plan: &Plan) -> std::fmt::Result {
    writeln!(out, "\n**Files**\n")?;
    out.push_str(&fenced("", &file_list(plan)));
    let parameters = Value::Object(plan.parameters.clone());
    let parameters = serde_json::to_string_pretty(&parameters).unwrap_or_default();
    let block = fenced("json", &shorten(&parameters, MOST_BLOCK));
    out.push_str(&folded("Parameters", &block));
    let mut steps = String::new();
    for (index, step) in plan.steps.iter().take(MOST_ITEMS).enumerate() {
        let what = match step.state {
            StepState::Planned => sentence(&step.message),
            StepState::Skipped => "skipped: its condition is false".to_owned(),
        };
        let (name, action) = (code(&step.name), code(&step.action));
        writeln!(steps, "{}. {name} {action} {what}", index + 1)?;
    }
    more(&mut steps, plan.steps.len())?;
    let log: Vec<_> = plan.steps.iter().flat_map(|step| step.log.iter()).collect();
    if !log.is_empty() {
        let log = log.iter().fold(String::new(), |text, line| text + line + "\n");
        steps.push('\n');
        steps.push_str(&fenced("", &shorten(&log, MOST_BLOCK)));
    }
    out.push_str(&folded("Steps", &steps));
    let hash = code(&plan.hash());
    let digest = code(&plan.template.digest);
    writeln!(out, "\nPlan {hash}, template {digest}.")
}

/// One line for each file, as long as there is room.
fn file_list(plan: &Plan) -> String {
    let mut list = String::new();
    for (index, file) in plan.files.iter().enumerate() {
        if index == MOST_FILES || list.len() > MOST_BLOCK {
            list += &["… ", &(plan.files.len() - index).to_string(), " more\n"].concat();
            break;
        }
        let path = shorten(file.path.as_str(), 160);
        let mode = if file.executable { "  executable" } else { "" };
        list += &[&path, "  ", &file.bytes.to_string(), " B", mode, "\n"].concat();
    }
    list
}

/// Adds the files themselves, as long as there is room.
fn contents(out: &mut String, plan: &Plan) {
    const NOTE: usize = 100;
    let mut blocks = String::new();
    let mut left_out = 0;
    for (path, file) in plan.workspace.files() {
        let Some(text) = file.text() else {
            left_out += 1;
            continue;
        };
        let block = format!("{}\n\n{}\n", code(path.as_str()), fenced("", text));
        if out.len() + blocks.len() + block.len() + 2 * NOTE > MOST {
            left_out += 1;
        } else {
            blocks.push_str(&block);
        }
    }
    if left_out > 0 {
        let files = count(left_out, "file is", "files are");
        blocks += &files;
        blocks += " not shown: binary, or too long.\n";
    }
    if !blocks.is_empty() {
        out.push_str(&folded("Content of the files", &blocks));
    }
}

fn more(out: &mut String, all: usize) -> std::fmt::Result {
    if all > MOST_ITEMS {
        writeln!(out, "- … {} more", all - MOST_ITEMS)?;
    }
    Ok(())
}

/// A section that is closed at first. Blank lines around the body let Markdown be read in it.
fn folded(title: &str, body: &str) -> String {
    format!("\n<details>\n<summary>{title}</summary>\n\n{body}\n</details>\n")
}

/// A block that shows a text as it is.
fn fenced(language: &str, text: &str) -> String {
    let fence = "`".repeat(3.max(longest_run(text) + 1));
    let text: String =
        text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect();
    let end = if text.ends_with('\n') { "" } else { "\n" };
    format!("{fence}{language}\n{text}{end}{fence}\n")
}

/// A code span that shows a short text as it is, on one line.
fn code(text: &str) -> String {
    let text: String =
        shorten(text, 200).chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let fence = "`".repeat(longest_run(&text) + 1);
    if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        format!("{fence} {text} {fence}")
    } else {
        format!("{fence}{text}{fence}")
    }
}

/// A sentence of ours with literals in backticks: they stay code, all else is plain letters.
fn sentence(text: &str) -> String {
    let parts: Vec<_> = text.split('`').collect();
    let is_plain = |part: &str| {
        part.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | ',' | '.' | ':' | '\''))
    };
    let is_ours = parts.len() % 2 == 1
        && parts.iter().step_by(2).all(|part| is_plain(part))
        && !text.contains(char::is_control)
        && !text.contains("``")
        && text.len() <= 400;
    if is_ours { text.to_owned() } else { code(text) }
}

fn longest_run(text: &str) -> usize {
    let runs = text.split(|c| c != '`').map(str::len);
    runs.max().unwrap_or(0)
}

fn shorten(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at));
    format!("{}…", &text[..end.unwrap_or(0)])
}
