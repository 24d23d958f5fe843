//! A difference between two catalogs for a terminal.

use std::fmt::Write;

use super::words;
use crate::{
    base::text::visible,
    catalog::diff::{Difference, EntitySummary},
    cli::output::{BOLD, CHANGED, DIM, GONE, GOOD, Style},
};

/// One paragraph for each group; nothing is left out.
pub(super) fn render(difference: &Difference) -> String {
    if difference.is_empty() {
        return "no difference in meaning\n".into();
    }
    let mut text = String::new();
    let Difference { added, removed, renamed, changed } = difference;
    section(&mut text, "removed", removed.len());
    for named in removed {
        line(&mut text, GONE, '-', &name(named));
    }
    section(&mut text, "renamed", renamed.len());
    for renamed in renamed {
        let names = format!("{} {DIM}→{DIM:#} {}", visible(&renamed.from), name(&renamed.to));
        line(&mut text, CHANGED, '~', &names);
        for change in &renamed.changes {
            let _ = writeln!(text, "    {}", words(change, |text| visible(text).into_owned()));
        }
    }
    section(&mut text, "added", added.len());
    for named in added {
        line(&mut text, GOOD, '+', &name(named));
    }
    section(&mut text, "changed", changed.len());
    for changed in changed {
        line(&mut text, CHANGED, '~', &name(&changed.entity));
        for change in &changed.changes {
            let _ = writeln!(text, "    {}", words(change, |text| visible(text).into_owned()));
        }
    }
    let owners = difference.owners();
    section(&mut text, if owners.len() == 1 { "owner" } else { "owners" }, owners.len());
    for (owner, number) in owners {
        let _ = writeln!(text, "  {} {DIM}{number}{DIM:#}", visible(&owner));
    }
    text
}

fn section(text: &mut String, title: &str, number: usize) {
    if number > 0 {
        let separator = if text.is_empty() { "" } else { "\n" };
        let _ = writeln!(text, "{separator}{BOLD}{number} {title}{BOLD:#}");
    }
}

fn line(text: &mut String, style: Style, sign: char, what: &str) {
    let _ = writeln!(text, "  {style}{sign}{style:#} {what}");
}

fn name(named: &EntitySummary) -> String {
    match &named.title {
        Some(title) => format!("{} {DIM}{}{DIM:#}", visible(&named.entity), visible(title)),
        None => visible(&named.entity).into_owned(),
    }
}
