//! `callboard init --upgrade`: prints and writes what the CI definitions and schemas of this program change in a portal.

use std::path::Path;

use crate::{
    base::text::count,
    cli::{
        Failure,
        args::InitArgs,
        init::{FileUpgrade, UpgradeOutcome, upgrades, write_upgrades},
        output::{CHANGED, DIM, GONE, GOOD, Output},
        settings::Settings,
    },
};

/// Brings the CI definitions and schemas of this program into a portal. Exit code 1 when lines of people's stayed that the program
/// changed, too.
pub(super) fn run(directory: &Path, args: &InitArgs, output: &Output) -> Result<(), Failure> {
    let settings = Settings::load(directory)?;
    let upgrades = upgrades(&settings)?;
    if !args.dry_run {
        write_upgrades(&settings, &upgrades)?;
    }
    if args.json {
        output.json(&upgrades)?;
    } else {
        print(&upgrades, args.dry_run, output);
    }
    let has_conflicts = upgrades.iter().any(|file| file.outcome == UpgradeOutcome::Conflicting);
    if has_conflicts { Err(Failure::Reported) } else { Ok(()) }
}

fn print(upgrades: &[FileUpgrade], dry_run: bool, output: &Output) {
    for FileUpgrade { path, outcome, difference, left_out, .. } in upgrades {
        let path = path.as_str();
        let line = match outcome {
            UpgradeOutcome::Added => format!("{GOOD}added{GOOD:#}    {path}"),
            UpgradeOutcome::Updated => format!("{CHANGED}updated{CHANGED:#}  {path}"),
            UpgradeOutcome::Removed => format!("{GONE}removed{GONE:#}  {path}"),
            UpgradeOutcome::Kept => format!(
                "kept     {path}: this program has no such file any more, and you changed it"
            ),
            UpgradeOutcome::Conflicting => {
                format!(
                    "{CHANGED}kept{CHANGED:#}     {path}: you and this program changed the same lines; yours stay, and these are left out:"
                )
            }
        };
        output.line(line);
        if dry_run && *outcome != UpgradeOutcome::Added {
            output.text(difference);
        }
        output.text(left_out);
    }
    let what = match (upgrades.is_empty(), dry_run) {
        (true, _) => "the CI definitions and schemas are those of this program".to_owned(),
        (false, true) => "a dry run: nothing is written".to_owned(),
        (false, false) => {
            let files = count(upgrades.len(), "file", "files");
            format!("{files} changed; look at them with `git diff`, and commit them")
        }
    };
    output.note(format!("{DIM}{what}{DIM:#}"));
}
