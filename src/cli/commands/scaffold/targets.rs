//! What is where the effects of plans would be: asked of the servers, and nothing is changed.
//!
//! A plan asks nobody, so that a name which only a forge knows to be taken would fail after the merge. Here the executors
//! look, as they do before they carry out an effect.

use callboard_planner::{Effect, EffectKind, Plan, engine};

use super::apply;
use crate::{
    base::text::markdown::{code, list, sentence},
    cli::{exit::Failure, output::Output, settings::Settings},
    scaffold::{
        World,
        effects::{Executors, Fault, Mark, OwnExecutors, Probe},
        run::Review,
    },
};

/// Most targets of a comment, and most bytes of them.
const MOST_LINES: usize = 100;
const MOST_BYTES: usize = 6_000;

/// What is where an effect would be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TargetState {
    /// Nothing.
    Free,
    /// What the same request made.
    Made,
    /// Something else, with the reason.
    Taken(String),
    /// The credential may not do it, or not look.
    Denied(String),
    /// Nobody can tell, with the reason.
    Unknown(String),
}

/// The target of an effect, and what is there.
#[derive(Debug)]
pub(super) struct PlannedTarget {
    summary: String,
    target: String,
    state: TargetState,
}

impl PlannedTarget {
    /// Whether the effect would be refused.
    pub(super) fn is_refused(&self) -> bool {
        matches!(self.state, TargetState::Taken(_) | TargetState::Denied(_))
    }

    /// One line for a terminal.
    pub(super) fn line(&self) -> String {
        format!("{}: {} ({})", self.target, self.state.text(), self.summary)
    }
}

impl TargetState {
    fn text(&self) -> String {
        match self {
            Self::Free => "free".to_owned(),
            Self::Made => "made by this request already".to_owned(),
            Self::Taken(why) => format!("taken: {why}"),
            Self::Denied(why) => format!("denied: {why}"),
            Self::Unknown(why) => format!("unknown: {why}"),
        }
    }
}

/// Looks at the targets of plans.
pub(super) fn look<'p>(
    settings: &Settings,
    plans: impl Iterator<Item = &'p Plan>,
    output: &Output,
) -> Result<Vec<PlannedTarget>, Failure> {
    let look = |world: &World<'_>| {
        let mut targets = Vec::new();
        for plan in plans {
            let review = Review::default();
            let time = (world.clock)();
            let mark = Mark { request: &plan.request, time, review: &review, may_be_done: false };
            let looked_at = plan.effects().filter(|effect| {
                // Commands of a portal's own actions run in apply only; the portal's own files are in the plan.
                matches!(
                    effect.kind,
                    EffectKind::Api | EffectKind::GitRepository | EffectKind::GitBranch
                )
            });
            targets.extend(looked_at.map(|effect| PlannedTarget {
                summary: effect.summary.clone(),
                target: effect.target.to_string(),
                state: state(effect, &mark, world),
            }));
        }
        targets
    };
    let mut targets = apply::world(settings, false, output)?.with(look);
    for target in &mut targets {
        target.summary = output.redact(&target.summary);
    }
    Ok(targets)
}

fn state(effect: &Effect, mark: &Mark<'_>, world: &World<'_>) -> TargetState {
    if !engine::is_secret(&effect.input) {
        return TargetState::Unknown("it has values that are known after apply".to_owned());
    }
    match OwnExecutors.of(effect.kind).probe(effect, mark, world) {
        Ok(Probe::Absent) => TargetState::Free,
        Ok(Probe::Ours(_)) => TargetState::Made,
        Ok(Probe::Foreign(why)) => TargetState::Taken(world.redactor.redact(&why)),
        Ok(Probe::Unknowable) => TargetState::Unknown("the server cannot be asked".to_owned()),
        Err(Fault::Denied { message, .. }) => TargetState::Denied(world.redactor.redact(&message)),
        Err(fault) => TargetState::Unknown(world.redactor.redact(&fault.to_string())),
    }
}

/// The targets for a comment; empty when there are none.
pub(super) fn markdown(targets: &[PlannedTarget]) -> String {
    if targets.is_empty() {
        return String::new();
    }
    let line = |target: &PlannedTarget| {
        let (word, why) = match &target.state {
            TargetState::Free => ("free", None),
            TargetState::Made => ("made by this request already", None),
            TargetState::Taken(why) => ("**taken**", Some(why)),
            TargetState::Denied(why) => ("**denied**", Some(why)),
            TargetState::Unknown(why) => ("unknown", Some(why)),
        };
        let why = why.map(|why| format!(": {}", code(why))).unwrap_or_default();
        format!("- {} is {word}{why} ({})\n", code(&target.target), sentence(&target.summary))
    };
    let lines: Vec<_> = targets.iter().map(line).collect();
    format!("\n**Targets, as they are now**\n\n{}", list(&lines, MOST_LINES, MOST_BYTES))
}
