//! Explains why a value fits none of several alternatives (`oneOf`, `anyOf`): names the property that is wrong, not the
//! whole value.

use serde_json::Value;

use super::{Mismatch, MismatchKind, quoted, show};
use crate::{base::text::did_you_mean, catalog::Issue};

/// The issues of a value at `pointer` that fits no alternative; each alternative has its mismatches.
///
/// When a choice of one property decides between the alternatives, and none has the value, all choices are named. When
/// alternatives differ in what they demand, it is named. Otherwise the alternative that fits best says what is wrong.
pub(super) fn explain(alternatives: Vec<Vec<Mismatch>>, pointer: &str) -> Vec<Mismatch> {
    if let Some(all) = common_choice(&alternatives) {
        return vec![all];
    }
    let missing = |found: &Vec<Mismatch>| found.iter().all(|m| m.kind == MismatchKind::Missing);
    if alternatives.len() > 1 && alternatives.iter().all(missing) {
        return vec![one_of_missing(&alternatives, pointer)];
    }
    let is_other_branch = |found: &[Mismatch]| {
        let decides = |kind| matches!(kind, MismatchKind::Choice | MismatchKind::Type);
        found.iter().filter(|mismatch| decides(mismatch.kind)).count()
    };
    alternatives
        .into_iter()
        .min_by_key(|found| (is_other_branch(found), found.len()))
        .unwrap_or_default()
}

/// The choices of all alternatives together, when each fails by a choice or the type of the same value.
fn common_choice(alternatives: &[Vec<Mismatch>]) -> Option<Mismatch> {
    let choices = |found: &[Mismatch]| -> Vec<String> {
        let choices = found.iter().filter(|mismatch| mismatch.kind == MismatchKind::Choice);
        choices.map(|mismatch| mismatch.issue.pointer.clone()).collect()
    };
    let first = choices(alternatives.first()?);
    let common = first
        .into_iter()
        .find(|pointer| alternatives.iter().all(|found| choices(found).contains(pointer)))?;
    let at = |mismatch: &&Mismatch| {
        mismatch.kind == MismatchKind::Choice && mismatch.issue.pointer == common
    };
    let found: Vec<_> = alternatives.iter().filter_map(|found| found.iter().find(at)).collect();
    let mut hints: Vec<&str> =
        found.iter().filter_map(|mismatch| mismatch.issue.hint.as_deref()).collect();
    hints.dedup();
    let hint = match hints.as_slice() {
        [] => None,
        [one] => Some((*one).to_owned()),
        many => {
            let options = many.iter().filter_map(|hint| hint.strip_prefix(CHOOSE));
            let mut options: Vec<_> = options.collect();
            options.dedup();
            Some(format!("{CHOOSE}{}", options.join(", ")))
        }
    };
    let mut first = found[0].clone();
    first.issue.hint = hint;
    Some(first)
}

/// What the hints of choices begin with.
const CHOOSE: &str = "choose one of ";

/// The issue of a map that has none of the properties of which each alternative demands some.
fn one_of_missing(alternatives: &[Vec<Mismatch>], pointer: &str) -> Mismatch {
    let names = |found: &Vec<Mismatch>| {
        let names = found.iter().filter_map(|m| m.issue.message.strip_suffix(" is missing"));
        names.collect::<Vec<_>>().join(" and ")
    };
    let mut names: Vec<_> = alternatives.iter().map(names).collect();
    names.dedup();
    let message = format!("{} is missing", names.join(", or "));
    let issue = Issue::error("missing-value", pointer, message).at_key();
    Mismatch { kind: MismatchKind::Missing, issue }
}

/// The issue of a value that is none of the choices.
pub(super) fn no_choice(pointer: &str, found: &Value, options: &[Value]) -> Issue {
    let name = pointer.rsplit('/').next().unwrap_or_default().replace("~1", "/");
    let shown: Vec<_> = options.iter().map(show).collect();
    let all = format!("{CHOOSE}`{}`", shown.join("`, `"));
    let issue = Issue::error(
        "invalid-value",
        pointer,
        format!("{} is not a choice of `{name}`", quoted(found)),
    );
    let has = |words: [&str; 2]| shown.iter().any(|option| words.contains(&option.as_str()));
    match found {
        // YAML 1.2 has no other booleans than `true` and `false`.
        Value::Bool(true) if has(["yes", "on"]) => issue.hint(yes_or_no(&all)),
        Value::Bool(false) if has(["no", "off"]) => issue.hint(yes_or_no(&all)),
        Value::String(text) if shown.contains(text) && !options.contains(found) => {
            issue.hint("the choice is no text: write it without quotes")
        }
        found if shown.contains(&show(found)) => {
            issue.hint("the choice is a text: write it in quotes")
        }
        found => issue
            .hint_opt(did_you_mean(&show(found), shown.iter().map(String::as_str)))
            .or_hint(&all),
    }
}

fn yes_or_no(all: &str) -> String {
    format!("{all}: in YAML 1.2 these are texts without quotes, and `true` and `false` are not")
}
