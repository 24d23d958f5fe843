//! A plan for a terminal.

use std::fmt::Write;

use super::{Plan, PlannedStatus, tree};
use crate::base::text::{count, visible};

/// Most characters of a value.
const MOST: usize = 160;

/// Renders the plan. Control characters of values never reach the terminal.
pub(super) fn render(plan: &Plan) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = write(&mut out, plan);
    out
}

fn write(out: &mut String, plan: &Plan) -> std::fmt::Result {
    writeln!(out, "request    {}", plan.request)?;
    let (title, reference) = (printable(&plan.template.title), &plan.template.reference);
    writeln!(out, "template   {title} ({reference})")?;
    writeln!(out, "requester  {}", plan.requester)?;
    writeln!(out, "plan       {}", plan.hash())?;
    writeln!(out, "verdict    {}", plan.verdict())?;
    if let Some((number, approvers, rule)) = plan.approval() {
        let approvers = printable(&approvers.join(", "));
        writeln!(out, "approval   {number} {approvers} ({})", printable(rule))?;
    }
    if !plan.may_differ().is_empty() {
        writeln!(out, "may differ {}", printable(&plan.may_differ().join(", ")))?;
    }
    writeln!(out, "\neffects")?;
    for effect in plan.effects() {
        let undo = effect.undo.as_deref().unwrap_or("cannot be undone");
        writeln!(out, "  + {}", printable(&effect.summary))?;
        writeln!(
            out,
            "      at {}; undo: {}",
            printable(&effect.target.to_string()),
            printable(undo)
        )?;
        for call in effect.calls() {
            writeln!(out, "      {}", printable(&call))?;
        }
    }
    if plan.effects().next().is_none() {
        writeln!(out, "  none")?;
    }
    writeln!(out, "\nparameters")?;
    for (key, value) in &plan.parameters {
        let value = match value.as_str() {
            Some(text) => text.to_owned(),
            None => value.to_string(),
        };
        writeln!(out, "  {}: {}", printable(key), printable(&value))?;
    }
    writeln!(out, "\nsteps")?;
    for (index, step) in plan.steps.iter().enumerate() {
        let what = match step.state {
            PlannedStatus::Planned => printable(&step.message),
            PlannedStatus::Skipped => "skipped: its condition is false".to_owned(),
            PlannedStatus::KnownAfterApply => {
                format!("whether it runs is known after apply: {}", printable(&step.message))
            }
            PlannedStatus::AfterFailure => {
                format!("only after a failure: {}", printable(&step.message))
            }
        };
        let name = printable(&step.title());
        let action = match &step.origin {
            Some(origin) => format!("{} from {}", step.action, printable(origin)),
            None => step.action.clone(),
        };
        writeln!(out, "  {}. {name} ({action}): {what}", index + 1)?;
        for line in step.log.iter().flat_map(|text| text.lines()) {
            writeln!(out, "       {}", printable(line))?;
        }
    }
    if !plan.content.is_empty() {
        writeln!(out, "\ncontent of other repositories")?;
    }
    for (address, entry) in &plan.content {
        writeln!(out, "  {}", printable(address))?;
        writeln!(out, "      commit {}, digest {}", entry.commit, entry.digest)?;
    }
    writeln!(out, "\n{}", count(plan.files.len(), "file", "files"))?;
    for (line, file) in tree::lines(&plan.files) {
        match file {
            Some(file) => {
                writeln!(out, "  {} ({} B{})", printable(&line), file.bytes, file.note())?;
            }
            None => writeln!(out, "  {}", printable(&line))?,
        }
    }
    let later = &plan.known_after_apply;
    if !later.is_empty() {
        writeln!(out, "\nknown after apply")?;
    }
    for name in later {
        writeln!(out, "  {}", printable(name))?;
    }
    if !plan.warnings.is_empty() {
        writeln!(out, "\nwarnings")?;
        for warning in &plan.warnings {
            let place = printable(&warning.place.to_string());
            writeln!(out, "  {place}: {}", printable(&warning.message))?;
        }
    }
    Ok(())
}

fn printable(text: &str) -> String {
    let clean = visible(text);
    let mut short: String = clean.chars().take(MOST).collect();
    if short.len() < clean.len() {
        short.push('…');
    }
    short
}
