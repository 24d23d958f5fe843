//! `callboard init --upgrade`: brings the CI definitions of this program into a portal, and keeps what people changed in them.

use std::collections::BTreeSet;

use serde::Serialize;

use super::{
    definitions::{Variables, definitions},
    record::{RECORD, Record},
};
use crate::{
    base::{
        files::{Directory, Files},
        fs,
        path::RelativePath,
    },
    cli::{Failure, commands::schema::schema_files, exit::outside, settings::Settings},
    git::text_merge::{MergedText, merge_texts, text_difference},
};

/// What becomes of one file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(in crate::cli) enum UpgradeOutcome {
    /// The file is new.
    Added,
    /// The file is that of this program, or has its changes beside those of people.
    Updated,
    /// As `Updated`, but people and the program changed the same lines: those of people stay.
    Conflicting,
    /// The program has no such file any more, and people changed nothing in it.
    Removed,
    /// The program has no such file any more, and people changed it: it stays.
    Kept,
}

/// The change of one file.
#[derive(Debug, Serialize)]
pub(in crate::cli) struct FileUpgrade {
    /// Path in the portal.
    pub(in crate::cli) path: RelativePath,
    /// What becomes of it.
    pub(in crate::cli) outcome: UpgradeOutcome,
    /// Its content afterwards; `None` when it is removed.
    #[serde(skip)]
    content: Option<Vec<u8>>,
    /// What changes in the portal, as a diff.
    pub(in crate::cli) difference: String,
    /// Lines of this program that are not taken, because people changed them, as a diff.
    pub(in crate::cli) left_out: String,
}

/// Everything that `--upgrade` changes, sorted by path; empty when the portal is current.
///
/// # Errors
/// The portal has no record or wrong settings.
pub(in crate::cli) fn upgrades(settings: &Settings) -> Result<Vec<FileUpgrade>, Failure> {
    let files = Directory::new(&settings.portal);
    let record = Record::read(&files)?;
    let new = definitions(&record.pipelines, &Variables::of(settings)?)?;
    let paths: BTreeSet<&String> = new.keys().chain(record.files.keys()).collect();
    let mut upgrades = Vec::new();
    for path in paths {
        let local = files.bytes(path)?;
        let (base, new) = (record.files.get(path), new.get(path));
        let (base, new) = (base.map(String::as_bytes), new.map(String::as_bytes));
        upgrades.extend(upgrade(path, base, local.as_deref(), new)?);
    }
    for (path, text) in schema_files() {
        let local = files.bytes(&path)?;
        // Nobody writes schemas, so that the program's own replaces the one that is there.
        upgrades.extend(upgrade(&path, local.as_deref(), local.as_deref(), Some(&text))?);
    }
    let text = Record::new(record.pipelines, new).text()?;
    let local = files.bytes(RECORD)?;
    upgrades.extend(upgrade(RECORD, local.as_deref(), local.as_deref(), Some(text.as_bytes()))?);
    upgrades.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(upgrades)
}

/// Compares three versions of a file: as the program wrote it, as it is, and as the program writes it now.
fn upgrade(
    path: &str,
    base: Option<&[u8]>,
    local: Option<&[u8]>,
    new: Option<&[u8]>,
) -> Result<Option<FileUpgrade>, Failure> {
    let (outcome, content, left_out) = match (base, local, new) {
        // People deleted it, or it never was.
        (Some(_), None, _) | (None, None, None) => return Ok(None),
        (_, Some(local), Some(new)) if local == new => return Ok(None),
        (None, None, Some(new)) => (UpgradeOutcome::Added, Some(new.to_vec()), None),
        (Some(base), Some(local), None) if base == local => (UpgradeOutcome::Removed, None, None),
        (_, Some(local), None) => (UpgradeOutcome::Kept, Some(local.to_vec()), None),
        (Some(base), Some(local), Some(new)) if base == local => {
            (UpgradeOutcome::Updated, Some(new.to_vec()), None)
        }
        (base, Some(local), Some(new)) => {
            // A file that the program never wrote is all people's.
            let merged = match base {
                Some(base) => merge_texts(base, local, new).map_err(outside)?,
                None => MergedText { text: local.to_vec(), has_conflicts: true },
            };
            if merged.has_conflicts {
                let left_out = Some((merged.text.clone(), new));
                (UpgradeOutcome::Conflicting, Some(merged.text), left_out)
            } else {
                (UpgradeOutcome::Updated, Some(merged.text), None)
            }
        }
    };
    let is_unchanged = local == content.as_deref();
    if is_unchanged && left_out.is_none() && outcome != UpgradeOutcome::Kept {
        return Ok(None);
    }
    let difference = |old: &[u8], new: &[u8]| text_difference(path, old, new).map_err(outside);
    Ok(Some(FileUpgrade {
        path: RelativePath::new(path).map_err(outside)?,
        outcome,
        difference: difference(local.unwrap_or_default(), content.as_deref().unwrap_or_default())?,
        left_out: match left_out {
            Some((merged, new)) => difference(&merged, new)?,
            None => String::new(),
        },
        content,
    }))
}

/// Writes the files of an upgrade.
///
/// # Errors
/// A file cannot be written or removed.
pub(in crate::cli) fn write_upgrades(
    settings: &Settings,
    upgrades: &[FileUpgrade],
) -> Result<(), Failure> {
    let files = Directory::new(&settings.portal);
    for upgrade in upgrades {
        let path = upgrade.path.as_str();
        match &upgrade.content {
            Some(content) => files.write(path, content, false)?,
            None => fs::remove_file(&files.writable_path(path)?)?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    type Version<'a> = Option<&'a str>;

    /// The outcome, the new content and whether something was left out.
    fn outcome(
        base: Version<'_>,
        local: Version<'_>,
        new: Version<'_>,
    ) -> Option<(UpgradeOutcome, String, bool)> {
        let upgrade = upgrade(
            "ci/site.yml",
            base.map(str::as_bytes),
            local.map(str::as_bytes),
            new.map(str::as_bytes),
        );
        let upgrade = upgrade.expect("texts")?;
        let content = upgrade
            .content
            .map(|bytes| String::from_utf8(bytes).expect("text"))
            .unwrap_or_default();
        Some((upgrade.outcome, content, !upgrade.left_out.is_empty()))
    }

    #[test]
    fn what_people_changed_stays_and_the_rest_becomes_the_programs() {
        let (old, new) = ("a\nb\nc\nd\n", "a\nb\nc\nD\n");
        let theirs = "A\nb\nc\nd\n";
        assert_eq!(outcome(Some(old), Some(old), Some(old)), None);
        assert_eq!(
            outcome(Some(old), Some(old), Some(new)),
            Some((UpgradeOutcome::Updated, new.into(), false))
        );
        assert_eq!(
            outcome(Some(old), Some(theirs), Some(new)),
            Some((UpgradeOutcome::Updated, "A\nb\nc\nD\n".into(), false))
        );
        assert_eq!(outcome(Some(old), Some(theirs), Some(old)), None);
        assert_eq!(
            outcome(Some(old), Some("a\nb\nc\nX\n"), Some(new)),
            Some((UpgradeOutcome::Conflicting, "a\nb\nc\nX\n".into(), true))
        );
        assert_eq!(outcome(Some(old), None, Some(new)), None, "a file that somebody deleted");
        assert_eq!(
            outcome(None, None, Some(new)),
            Some((UpgradeOutcome::Added, new.into(), false))
        );
        assert_eq!(
            outcome(None, Some(theirs), Some(new)),
            Some((UpgradeOutcome::Conflicting, theirs.into(), true))
        );
        assert_eq!(
            outcome(Some(old), Some(old), None),
            Some((UpgradeOutcome::Removed, String::new(), false))
        );
        assert_eq!(
            outcome(Some(old), Some(theirs), None),
            Some((UpgradeOutcome::Kept, theirs.into(), false))
        );
    }
}
