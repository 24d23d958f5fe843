//! A difference between two catalogs for a comment in a pull request: the totals first, then folded groups.
//!
//! Every text of an entity is in a code span, so that it is neither markup nor a mention of a person.

use std::fmt::Write;

use super::words;
use crate::{
    base::text::{
        count,
        markdown::{MOST, code, folded, list},
    },
    catalog::diff::{Difference, EntitySummary, FieldChange},
};

/// Entities that a group lists.
const LISTED: usize = 100;
/// Changes of one entity that are listed.
const CHANGES: usize = 20;
/// Bytes that are kept free for the ends of groups.
const NOTE: usize = 500;
/// Owners that are named.
const OWNERS: usize = 10;

/// The comment.
pub(super) fn render(difference: &Difference) -> String {
    if difference.is_empty() {
        return "**The catalog means the same as before.**\n".into();
    }
    let Difference { added, removed, renamed, changed } = difference;
    let groups = [
        ("removed", removed.iter().map(|named| item(named, &[])).collect::<Vec<_>>()),
        (
            "renamed",
            renamed
                .iter()
                .map(|renamed| {
                    let from = code(&renamed.from);
                    let to = item(&renamed.to, &renamed.changes);
                    format!("- {from} →{}", to.trim_start_matches('-'))
                })
                .collect(),
        ),
        ("added", added.iter().map(|named| item(named, &[])).collect()),
        ("changed", changed.iter().map(|c| item(&c.entity, &c.changes)).collect()),
    ];
    let groups: Vec<_> = groups.into_iter().filter(|(_, items)| !items.is_empty()).collect();
    let sum: Vec<_> =
        groups.iter().map(|(title, items)| format!("{} {title}", items.len())).collect();
    let mut text = format!("**Catalog: {}**\n", sum.join(", "));
    let owners = difference.owners();
    if !owners.is_empty() {
        let named: Vec<_> =
            owners.iter().take(OWNERS).map(|(owner, n)| format!("{} ({n})", code(owner))).collect();
        let more = more(owners.len(), OWNERS, "owner", "owners");
        let _ = writeln!(text, "\nOf {}{more}", named.join(", "));
    }
    for (title, items) in groups {
        // Few changes are seen at once.
        let is_open = items.len() <= 5;
        let left = MOST.saturating_sub(text.len() + NOTE);
        let body = list(&items, LISTED, left);
        text += &folded(&format!("{} {title}", items.len()), &body, is_open);
    }
    text
}

fn item(named: &EntitySummary, changes: &[FieldChange]) -> String {
    let title = named.title.as_ref().map_or_else(String::new, |title| format!(" {}", code(title)));
    let mut text = format!("- {}{title}\n", code(&named.entity));
    for change in changes.iter().take(CHANGES) {
        let change = FieldChange { field: code(&change.field), ..change.clone() };
        let _ = writeln!(text, "  - {}", words(&change, code));
    }
    if changes.len() > CHANGES {
        let _ = writeln!(text, "  - … {} more", changes.len() - CHANGES);
    }
    text
}

fn more(all: usize, shown: usize, one: &str, many: &str) -> String {
    match all.checked_sub(shown) {
        None | Some(0) => String::new(),
        Some(left) => {
            format!(" and {}", count(left, &format!("more {one}"), &format!("more {many}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_an_entity_says_is_markup() {
        let hostile = "`<script>`\n@all | **x**";
        let named = EntitySummary {
            entity: "component:default/a".into(),
            title: Some(hostile.into()),
            owner: None,
        };
        let difference = Difference { added: vec![named], ..Difference::default() };
        assert_eq!(
            render(&difference),
            r"**Catalog: 1 added**

<details open>
<summary>1 added</summary>

- `component:default/a` `` `<script>`\n@all | **x** ``

</details>
"
        );
    }
}
