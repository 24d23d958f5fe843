//! `callboard source list`: lists the sources of the settings.

use std::path::Path;

use serde_json::json;

use crate::{
    cli::{
        Failure,
        args::SourceListArgs,
        output::{BOLD, DIM, Output},
        settings::Settings,
    },
    snapshot::{self, Role, SourceInfo},
};

/// Prints the sources in the order in which they are read, then those that the settings do not name.
pub(super) fn run(portal: &Path, args: &SourceListArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(portal)?;
    let read = &settings.file.sources;
    let others = snapshot::source_names(portal)?.into_iter().filter(|name| !read.contains(name));
    let names: Vec<_> = read.iter().cloned().chain(others).collect();
    let mut sources = Vec::with_capacity(names.len());
    for name in &names {
        sources.push((name, snapshot::source_info(portal, name)?, read.contains(name)));
    }
    if args.json {
        let rows = sources.iter().map(|(name, about, is_read)| {
            let (kind, preset) =
                (about.as_ref().map(|a| &a.kind), about.as_ref().map(|a| &a.preset));
            let role = about.as_ref().map(|about| about.role);
            json!({ "name": name, "kind": kind, "preset": preset, "role": role, "read": is_read })
        });
        return output.json(&rows.collect::<Vec<_>>());
    }
    let width = names.iter().map(String::len).max().unwrap_or_default();
    for (name, about, is_read) in &sources {
        let beside = if *is_read { "" } else { "  not in the settings" };
        output.line(format!(
            "{BOLD}{name:width$}{BOLD:#}  {}{DIM}{beside}{DIM:#}",
            about.as_ref().map_or_else(|| "cannot be read: see `callboard check`".into(), words)
        ));
    }
    if sources.is_empty() {
        output.note("there are no sources; `callboard source new` starts one");
    }
    Ok(())
}

fn words(about: &SourceInfo) -> String {
    let kind = match &about.preset {
        Some(preset) => format!("preset {preset}"),
        None => about.kind.clone(),
    };
    let role = match about.role {
        Role::Base => "base",
        Role::Enrich => "enrich",
    };
    format!("{role:6}  {kind}")
}
