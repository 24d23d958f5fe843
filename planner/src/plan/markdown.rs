//! A plan for a comment in a pull request: the summary first, details folded.
//!
//! Anybody can write a request, so its values are only in code spans and fenced blocks.

use serde_json::Value;

use super::{Plan, PlannedStatus, PlannedStep, tree};
use crate::base::{
    content::LockEntry,
    diagnostics::Diagnostic,
    text::{
        count,
        markdown::{code, fenced, folded, list, sentence},
        shorten, visible, visible_lines,
    },
};
use crate::effect::Effect;

/// Most files in the list.
const MOST_FILES: usize = 200;
/// Most bytes of the list of files.
const MOST_LIST: usize = 8_000;
/// Most bytes of the parameters, of all logs, and of each other list.
const MOST_BLOCK: usize = 4_000;
/// Most steps, effects and warnings.
const MOST_ITEMS: usize = 50;

/// Renders the plan in at most `most` bytes, where leaving out the contents of files is enough for that.
pub(super) fn render(plan: &Plan, most: usize) -> String {
    let mut out = summary(plan) + &details(plan);
    contents(&mut out, plan, most);
    out
}

fn summary(plan: &Plan) -> String {
    let (request, template) = (code(&plan.request), code(plan.template.reference.as_str()));
    let (requester, verdict) = (code(plan.requester.as_str()), plan.verdict());
    let mut effects: Vec<_> = plan.effects().map(effect_lines).collect();
    if effects.is_empty() {
        effects.push("- changes nothing outside\n".to_owned());
    }
    let effects = list(&effects, MOST_ITEMS, MOST_BLOCK);
    let warning = |warning: &Diagnostic| {
        format!("- {}: {}\n", code(&warning.place.to_string()), code(&warning.message))
    };
    let warnings: Vec<_> = plan.warnings.iter().map(warning).collect();
    let warnings = match warnings.is_empty() {
        true => String::new(),
        false => format!("\n**Warnings**\n\n{}", list(&warnings, MOST_ITEMS, MOST_BLOCK)),
    };
    let approval = match plan.approval() {
        None => String::new(),
        Some((number, approvers, rule)) => {
            let approvers: Vec<_> =
                approvers.iter().take(MOST_ITEMS).map(|text| code(text)).collect();
            format!("\nTo approve: {number} {} ({})\n", approvers.join(", "), code(rule))
        }
    };
    let open: Vec<_> = plan.may_differ().iter().map(|part| code(part)).collect();
    let open = match open.is_empty() {
        true => String::new(),
        false => format!(
            "\nMay be other ones when it is applied: {}\n",
            crate::base::text::list(&open, MOST_ITEMS)
        ),
    };
    let later: Vec<_> = plan.known_after_apply.iter().map(|name| code(name)).collect();
    let later = match later.is_empty() {
        true => String::new(),
        false => format!("\nKnown after apply: {}\n", crate::base::text::list(&later, MOST_ITEMS)),
    };
    format!(
        "### Plan of {request}\n\n**{verdict}.** {template}, asked for by {requester}.\n{approval}{open}\n\
         {effects}{later}{warnings}"
    )
}

/// What an effect does, where, and how it is undone.
fn effect_lines(effect: &Effect) -> String {
    let undo = match &effect.undo {
        Some(undo) => format!("undo: {}", sentence(undo)),
        None => "cannot be undone".to_owned(),
    };
    let target = code(&effect.target.to_string());
    format!("- **+** {}, at {target}; {undo}\n", sentence(&effect.summary))
}

fn details(plan: &Plan) -> String {
    let files = fenced("", &file_list(plan));
    let parameters = Value::Object(plan.parameters.clone());
    let parameters = serde_json::to_string_pretty(&parameters).unwrap_or_default();
    let parameters = folded("Parameters", &block("json", &parameters), false);
    let steps: Vec<_> =
        plan.steps.iter().enumerate().map(|(index, step)| step_line(index, step)).collect();
    let mut steps = list(&steps, MOST_ITEMS, MOST_BLOCK);
    let log: Vec<_> = plan.steps.iter().flat_map(|step| step.log.iter()).collect();
    if !log.is_empty() {
        let log = log.iter().fold(String::new(), |text, line| text + line + "\n");
        steps.push('\n');
        steps.push_str(&block("", &log));
    }
    let steps = folded("Steps", &steps, false);
    let calls: Vec<_> = plan.effects().flat_map(Effect::calls).collect();
    let calls = match calls.is_empty() {
        true => String::new(),
        false => folded("Calls of servers", &block("", &calls.join("\n")), false),
    };
    let content: Vec<_> = plan.content.iter().map(content_line).collect();
    let content = match content.is_empty() {
        true => String::new(),
        false => {
            format!(
                "\n**Content of other repositories**\n\n{}",
                list(&content, MOST_ITEMS, MOST_BLOCK)
            )
        }
    };
    let (hash, digest) = (code(&plan.hash()), code(&plan.template.digest));
    format!(
        "\n**Files**\n\n{files}{content}{calls}{parameters}{steps}\nPlan {hash}, template {digest}.\n"
    )
}

/// An address, and the commit that it stands for.
fn content_line((address, entry): (&String, &LockEntry)) -> String {
    format!("- {} at commit {}\n", code(address), code(&entry.commit))
}

fn step_line(index: usize, step: &PlannedStep) -> String {
    let what = match step.state {
        PlannedStatus::Planned => sentence(&step.message),
        PlannedStatus::Skipped => "skipped: its condition is false".to_owned(),
        PlannedStatus::KnownAfterApply => {
            format!("whether it runs is known after apply: {}", sentence(&step.message))
        }
        PlannedStatus::AfterFailure => format!("only after a failure: {}", sentence(&step.message)),
    };
    let origin = step.origin.as_ref().map(|origin| format!("from {} ", code(origin)));
    let (title, action) = (code(&step.title()), code(&step.action));
    format!("{}. {title} {action} {}{what}\n", index + 1, origin.unwrap_or_default())
}

/// A block of a text that may be long.
fn block(language: &'static str, text: &str) -> String {
    fenced(language, &shorten(&visible_lines(text), MOST_BLOCK))
}

/// The tree of files, as long as there is room.
fn file_list(plan: &Plan) -> String {
    let mut list = String::new();
    let mut shown = 0;
    for (line, file) in tree::lines(&plan.files) {
        if shown == MOST_FILES || list.len() > MOST_LIST {
            list += &["… ", &(plan.files.len() - shown).to_string(), " more\n"].concat();
            break;
        }
        list += &visible(&shorten(&line, 160));
        if let Some(file) = file {
            shown += 1;
            let note = file.note().replace(", ", "  ");
            list += &["  ", &file.bytes.to_string(), " B", &note].concat();
        }
        list.push('\n');
    }
    list
}

/// Adds the files themselves, as long as there is room.
fn contents(out: &mut String, plan: &Plan, most: usize) {
    const NOTE: usize = 100;
    let mut blocks = String::new();
    let mut left_out = 0;
    for (path, file) in plan.workspace.files() {
        let Some(text) = file.text() else {
            left_out += 1;
            continue;
        };
        let block = format!("{}\n\n{}\n", code(path.as_str()), fenced("", text));
        if out.len() + blocks.len() + block.len() + 2 * NOTE > most {
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
        out.push_str(&folded("Content of the files", &blocks, false));
    }
}
