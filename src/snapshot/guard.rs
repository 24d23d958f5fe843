//! The shrink guard: a source that would lose too many of its entities, in total or of one kind, is
//! refused. A renamed entity counts as lost, because addresses and references to it break.

use std::{collections::BTreeMap, fmt};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{base::text::count, catalog::kinds::kind_spec};

/// Least entities of a kind whose complete loss is refused.
const NOTEWORTHY: usize = 3;

/// How much of a source may disappear at once: more than the share and more than the number is too
/// much, for the whole source and for each kind. So is everything of a source, and everything of a
/// kind of which there were three or more.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Shrink {
    /// Share of the entities, from 0 to 1.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: f64,
    /// Number of entities.
    pub at_least: usize,
    /// Bounds of single kinds instead, whatever the case of their names.
    pub kinds: BTreeMap<String, KindShrink>,
}

/// Bounds of one kind; what is missing is as it is for the whole source.
#[derive(Debug, Clone, Copy, PartialEq, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct KindShrink {
    /// Share of the entities, from 0 to 1; 1 lets all of them go.
    #[schemars(range(min = 0.0, max = 1.0))]
    pub share: Option<f64>,
    /// Number of entities.
    pub at_least: Option<usize>,
}

impl Default for Shrink {
    fn default() -> Self {
        Self { share: 0.2, at_least: 5, kinds: BTreeMap::new() }
    }
}

impl Shrink {
    /// Lists invalid settings, by JSON pointer below `shrink`.
    pub(super) fn problems(&self) -> Vec<(String, &'static str)> {
        let shares = self
            .kinds
            .iter()
            .filter_map(|(kind, bounds)| Some((format!("/kinds/{kind}/share"), bounds.share?)));
        let shares = std::iter::once(("/share".to_owned(), self.share)).chain(shares);
        let wrong = shares.filter(|(_, share)| !(0.0..=1.0).contains(share));
        wrong.map(|(pointer, _)| (pointer, "a share is a number from 0 to 1")).collect()
    }

    fn of_kind(&self, kind: &str) -> Option<&KindShrink> {
        self.kinds.iter().find(|(name, _)| name.eq_ignore_ascii_case(kind)).map(|(_, own)| own)
    }
}

/// Numbers of entities of a kind, or of all.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Numbers {
    /// Number before the snapshot.
    pub had: usize,
    /// Number after the snapshot.
    pub has: usize,
    /// Number of removed and renamed entities.
    pub lost: usize,
}

/// A loss that exceeds the limits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Loss {
    /// The kind; the whole source when missing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The numbers.
    #[serde(flatten)]
    pub numbers: Numbers,
    /// The share that may be lost.
    pub share: f64,
    /// The number that may be lost.
    pub at_least: usize,
}

/// Lists the losses that exceed the limits: of the whole source, then of each kind.
pub(super) fn losses(kinds: &BTreeMap<String, Numbers>, bounds: &Shrink) -> Vec<Loss> {
    let mut all = Numbers::default();
    for Numbers { had, has, lost } in kinds.values() {
        all = Numbers { had: all.had + had, has: all.has + has, lost: all.lost + lost };
    }
    let Shrink { share, at_least, .. } = *bounds;
    let whole = Loss { kind: None, numbers: all, share, at_least };
    let is_empty = all.had > 0 && all.has == 0;
    let mut found: Vec<_> = (is_empty || whole.is_much()).then_some(whole).into_iter().collect();
    // For a source of one kind, or of which nothing is left, the losses by kind would repeat it.
    if is_empty || kinds.len() == 1 && !found.is_empty() {
        return found;
    }
    for (kind, &numbers) in kinds {
        let own = bounds.of_kind(kind);
        let (share, at_least) = (
            own.and_then(|own| own.share).unwrap_or(share),
            own.and_then(|own| own.at_least).unwrap_or(at_least),
        );
        let name = kind_spec(kind).map_or(kind.as_str(), |spec| spec.name);
        let loss = Loss { kind: Some(name.to_owned()), numbers, share, at_least };
        let may_vanish = own.is_some() && share >= 1.0;
        if loss.is_much() || loss.is_all() && numbers.had >= NOTEWORTHY && !may_vanish {
            found.push(loss);
        }
    }
    found
}

impl Loss {
    fn is_much(&self) -> bool {
        let Numbers { had, lost, .. } = self.numbers;
        lost > self.at_least && lost as f64 > self.share * had as f64
    }

    fn is_all(&self) -> bool {
        self.numbers.had > 0 && self.numbers.has == 0
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Numbers { had, lost, .. } = self.numbers;
        match (&self.kind, self.is_all()) {
            (None, true) => {
                let had = count(had, "entity", "entities");
                write!(f, "the source has no entities left, it had {had}")
            }
            (Some(kind), true) => write!(f, "all {had} of kind {kind} would be lost"),
            (kind, false) => {
                let what = match kind {
                    Some(kind) => format!("{had} of kind {kind}"),
                    None => count(had, "entity", "entities"),
                };
                let percent = self.share * 100.0;
                let at_least = self.at_least;
                write!(
                    f,
                    "{lost} of {what} would be lost, more than {percent:.0} % and more than {at_least}"
                )
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kinds: &[(&str, usize, usize, usize)], bounds: &str) -> Vec<String> {
        let kinds = kinds
            .iter()
            .map(|&(kind, had, has, lost)| (kind.to_owned(), Numbers { had, has, lost }));
        let bounds: Shrink = crate::base::yaml::from_str(bounds).expect("bounds");
        assert!(bounds.problems().is_empty());
        losses(&kinds.collect(), &bounds).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn both_bounds_must_be_exceeded_and_nothing_left_is_always_too_much() {
        let is_refused = |had, lost, has| !found(&[("api", had, has, lost)], "{}").is_empty();
        assert!(!is_refused(100, 20, 80));
        assert!(is_refused(100, 21, 79));
        assert!(!is_refused(10, 5, 5));
        assert!(is_refused(10, 6, 4));
        assert!(is_refused(1, 1, 0));
        assert!(!is_refused(0, 0, 0));
        assert_eq!(
            found(&[("api", 2, 0, 2)], "{share: 1}"),
            ["the source has no entities left, it had 2 entities"]
        );
    }

    #[test]
    fn a_kind_is_guarded_beside_the_whole() {
        let all = ("component", 5000, 5000, 0);
        assert_eq!(
            found(&[all, ("domain", 12, 0, 12)], "{}"),
            ["all 12 of kind Domain would be lost"]
        );
        assert_eq!(
            found(&[all, ("domain", 3, 0, 3)], "{}"),
            ["all 3 of kind Domain would be lost"]
        );
        assert!(found(&[all, ("domain", 2, 0, 2)], "{}").is_empty());
        assert_eq!(
            found(&[all, ("domain", 12, 5, 7)], "{}"),
            ["7 of 12 of kind Domain would be lost, more than 20 % and more than 5"]
        );
        assert_eq!(
            found(&[("component", 20, 10, 10), ("gadget", 20, 13, 7)], "{}"),
            [
                "17 of 40 entities would be lost, more than 20 % and more than 5",
                "10 of 20 of kind Component would be lost, more than 20 % and more than 5",
                "7 of 20 of kind gadget would be lost, more than 20 % and more than 5",
            ]
        );
    }

    #[test]
    fn a_kind_has_its_own_bounds() {
        let kinds = [("component", 5000, 5000, 0), ("resource", 12, 0, 12)];
        assert!(found(&kinds, "{kinds: {Resource: {share: 1}}}").is_empty());
        assert!(!found(&kinds, "{kinds: {Resource: {at_least: 20}}}").is_empty());
        assert!(!found(&kinds, "{share: 1}").is_empty());
        let few = [("component", 5000, 4999, 1)];
        assert!(!found(&few, "{kinds: {component: {share: 0, at_least: 0}}}").is_empty());
    }

    #[test]
    fn shares_are_shares() {
        let bounds: Shrink =
            crate::base::yaml::from_str("{share: 2, kinds: {API: {share: -1}}}").expect("bounds");
        let pointers: Vec<_> = bounds.problems().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(pointers, ["/share", "/kinds/API/share"]);
    }
}
