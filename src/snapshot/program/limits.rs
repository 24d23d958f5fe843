//! The limits of one run of a program: depth of calls, time, memory, and the number of values it makes.
//!
//! jq does not count steps, but every loop of it is a definition that calls itself, `range`, or a fold.
//! So [`instrument`](super::instrument) inserts a call of `!turn` into each of them, which checks the
//! limits. A text is multiplied, or read as JSON, only after a check of its size or depth. Values are
//! dropped, compared and written by recursive functions; a level of nesting is made by a list, a map or
//! an update, so those that can be repeated are counted, and no value is nested deeper than their
//! number. What these checks miss (products of lists, texts that double) is left to the
//! [watchdog](crate::snapshot::watchdog).

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use jaq_core::{
    Error, Exn, Native,
    native::{Fun, bome, run, v},
};
use jaq_json::{Num, Val};

use super::JqData;
use crate::{
    base::memory,
    snapshot::watchdog::{LOOK, ProgramBudget, ProgramLimit, STACK},
};

/// Bytes of the stack that a program may use for calls. Nested values need some of the rest.
const DEEPEST: usize = STACK / 8;
/// Most lists, maps and updates that a program may make of one input where it can repeat them. No value is
/// nested deeper, and 3 kB of stack for each level are enough in a debug build.
const MOST_MADE: usize = 300_000;
/// Most levels of nesting of a value; deeper ones could not be written or read again.
const LEVELS: usize = 200;
/// Most bytes of a text that a multiplication makes.
const LONGEST_TEXT: usize = 100_000_000;
/// Time and memory are checked once in this many turns of loops.
const TURNS: usize = 256;
/// Bytes of a text that count as one turn.
const TURN_OF_TEXT: usize = 4096;

// Names of functions and of a variable that no program can write.

/// Counts a turn of a loop.
pub(super) const TURN: &str = "!turn";
/// Counts a list, a map or an update.
pub(super) const MADE: &str = "!made";
/// Multiplies, with a limit on texts.
pub(super) const TIMES: &str = "!times";
/// jq's own `range`.
pub(super) const RANGE: &str = "!range";
/// Refuses a text that is nested too deep for `fromjson`.
pub(super) const SHALLOW: &str = "!shallow";
/// jq's own `fromjson`.
pub(super) const FROM_JSON: &str = "!fromjson";
/// The right side of `*=`.
pub(super) const FACTOR: &str = "$!factor";

/// The limits of one run of a program, and how much of them it has used.
pub(super) struct RunLimits {
    budget: ProgramBudget,
    started: Instant,
    /// Address of the stack at the start.
    base: usize,
    turns: Cell<usize>,
    made: Cell<usize>,
    /// When memory is checked next, and the peak of the process in bytes at the first check.
    memory: Cell<(Duration, Option<u64>)>,
    exceeded: Cell<Option<ProgramLimit>>,
}

impl RunLimits {
    /// Starts a run at the current depth of the stack.
    pub(super) fn start(budget: ProgramBudget) -> Self {
        Self {
            budget,
            started: Instant::now(),
            base: here(),
            turns: Cell::default(),
            made: Cell::default(),
            memory: Cell::new((LOOK, None)),
            exceeded: Cell::default(),
        }
    }

    /// The limit that was exceeded. The program may have caught the error and gone on.
    pub(super) fn exceeded(&self) -> Option<ProgramLimit> {
        self.exceeded.get()
    }

    /// Counts turns of loops, and checks the limits.
    fn turn(&self, turns: usize) -> Result<(), ProgramLimit> {
        let looked = match self.base.abs_diff(here()) > DEEPEST {
            true => Err(ProgramLimit::Depth),
            false => self.look(turns),
        };
        looked.inspect_err(|limit| self.exceeded.set(Some(*limit)))
    }

    /// Counts a list, a map or an update, each of which may add a level of nesting.
    fn make(&self) -> Result<(), ProgramLimit> {
        self.made.set(self.made.get() + 1);
        if self.made.get() > MOST_MADE {
            self.exceeded.set(Some(ProgramLimit::Size));
            return Err(ProgramLimit::Size);
        }
        Ok(())
    }

    fn look(&self, turns: usize) -> Result<(), ProgramLimit> {
        let turns = self.turns.get().saturating_add(turns);
        self.turns.set(turns % TURNS);
        if turns < TURNS {
            return Ok(());
        }
        let elapsed = self.started.elapsed();
        if elapsed > self.budget.time {
            return Err(ProgramLimit::Time(self.budget.time));
        }
        let (at, before) = self.memory.get();
        if elapsed > at {
            let peak = memory::peak().unwrap_or_default();
            let before = before.unwrap_or(peak);
            self.memory.set((elapsed + LOOK, Some(before)));
            if peak.saturating_sub(before) > self.budget.memory {
                return Err(ProgramLimit::Memory(self.budget.memory));
            }
        }
        Ok(())
    }
}

/// The current address of the stack.
#[inline(never)]
fn here() -> usize {
    let mark = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&mark)).addr()
}

/// True when a value has at most [`LEVELS`] levels of nesting.
pub(super) fn is_shallow(value: &Val) -> bool {
    fn within(value: &Val, left: usize) -> bool {
        match value {
            Val::Arr(items) => left > 0 && items.iter().all(|item| within(item, left - 1)),
            Val::Obj(map) => left > 0 && map.values().all(|value| within(value, left - 1)),
            _ => true,
        }
    }
    within(value, LEVELS)
}

/// The functions that instrumented programs call.
pub(super) fn functions() -> impl Iterator<Item = Fun<JqData>> {
    let turn = Native::<JqData>::new(|cv| bome(look(cv.0.data().limits).map(|()| cv.1)))
        .with_paths(|cv| {
            let looked = look(cv.0.data().limits).map_err(Exn::from);
            Box::new(std::iter::once(looked.map(|()| cv.1)))
        })
        .with_update(|cv, update| {
            // An update descends one level at each turn.
            let limits = cv.0.data().limits;
            match look(limits).and_then(|()| made(limits)) {
                Ok(()) => update(cv.1),
                Err(error) => bome(Err(error)),
            }
        });
    [
        (TURN, v(0), turn),
        run((MADE, v(0), |cv| bome(made(cv.0.data().limits).map(|()| cv.1)))),
        run((TIMES, v(2), |mut cv| {
            let (right, left) = (cv.0.pop_var(), cv.0.pop_var());
            bome(times(cv.0.data().limits, left, right))
        })),
        run((SHALLOW, v(0), |cv| bome(shallow(cv.1)))),
    ]
    .into_iter()
}

fn look(limits: &RunLimits) -> Result<(), Error<Val>> {
    limits.turn(1).map_err(Error::str)
}

fn made(limits: &RunLimits) -> Result<(), Error<Val>> {
    limits.make().map_err(Error::str)
}

/// Multiplies. A product that is a text has at most [`LONGEST_TEXT`] bytes.
fn times(limits: &RunLimits, left: Val, right: Val) -> Result<Val, Error<Val>> {
    if let (Val::TStr(text) | Val::BStr(text), Val::Num(number))
    | (Val::Num(number), Val::TStr(text) | Val::BStr(text)) = (&left, &right)
    {
        let most = LONGEST_TEXT / text.len().max(1);
        let is_more = match number {
            Num::Int(count) => usize::try_from(*count).is_ok_and(|count| count > most),
            Num::BigInt(_) => true,
            Num::Float(_) | Num::Dec(_) => false,
        };
        if is_more {
            return Err(Error::str(format_args!(
                "a text of {} bytes is repeated {number} times",
                text.len()
            )));
        }
    }
    let product = left * right;
    if let Ok(Val::TStr(text) | Val::BStr(text)) = &product {
        limits.turn(text.len() / TURN_OF_TEXT).map_err(Error::str)?;
    }
    product
}

/// Refuses a JSON text whose brackets are nested too deep. Brackets in strings count, too.
fn shallow(value: Val) -> Result<Val, Error<Val>> {
    if let Val::TStr(text) | Val::BStr(text) = &value {
        let (mut depth, mut deepest) = (0_usize, 0);
        for byte in text.iter() {
            match byte {
                b'[' | b'{' => depth += 1,
                b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            deepest = deepest.max(depth);
        }
        if deepest > 10_000 {
            return Err(Error::str("the text has more than 10000 brackets inside each other"));
        }
    }
    Ok(value)
}
