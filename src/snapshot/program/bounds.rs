//! RunLimits that a program keeps by itself: how deep it calls itself, how long it runs, how much it takes.
//!
//! jq has no count of its steps, but every loop of it is a definition that calls itself, or takes its
//! turns from `range` or from a fold. So each turn of those looks around first. Texts are multiplied,
//! and read as JSON, with a look at their size and depth. Values are dropped, compared and written by
//! functions that call themselves once per level; a level is made by a list, a map or an update, so
//! those that stand where they can be repeated are counted, and no value is deeper than their number. What still gets away (products of lists, texts that
//! double) is left to [`watchdog`](super::super::watchdog).

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use jaq_core::{
    Error, Exn, Native,
    load::{
        lex::StrPart,
        parse::{BinaryOp, Def, Pattern, Term},
    },
    native::{Fun, bome, run, v},
    ops::Math,
    path::Part,
};
use jaq_json::{Num, Val};

use super::JqData;
use crate::{
    base::memory,
    snapshot::watchdog::{LARGEST, LONGEST, LOOK, ProgramLimit, STACK},
};

/// How much of its stack a program may use for calls; values inside each other need some too.
const DEEPEST: usize = STACK / 8;
/// How many lists, maps and updates a program may make of one input, where it can repeat them. So deep
/// can a value be, and for each level there are 3 kB of stack, which is enough in a debug build.
const MOST_MADE: usize = 300_000;
/// How many levels a value may have; more could not be written or read again.
const LEVELS: usize = 200;
/// The longest text that a multiplication makes.
const LONGEST_TEXT: usize = 100_000_000;
/// Time and memory are looked at after so many turns.
const TURNS: usize = 256;
/// A text of so many bytes counts as one turn.
const TURN_OF_TEXT: usize = 4096;

/// Names that no program can write.
const TURN: &str = "!turn";
const MADE: &str = "!made";
const TIMES: &str = "!times";
const RANGE: &str = "!range";
const SHALLOW: &str = "!shallow";
const FROM_JSON: &str = "!fromjson";
const FACTOR: &str = "$!factor";

/// One run of a program.
pub(super) struct RunLimits {
    started: Instant,
    /// Where the stack was.
    base: usize,
    turns: Cell<usize>,
    made: Cell<usize>,
    /// When memory is looked at next, and how much was taken at first.
    memory: Cell<(Duration, Option<u64>)>,
    exceeded: Cell<Option<ProgramLimit>>,
}

impl RunLimits {
    /// Begins, at this place of the stack.
    pub(super) fn start() -> Self {
        Self {
            started: Instant::now(),
            base: here(),
            turns: Cell::default(),
            made: Cell::default(),
            memory: Cell::new((LOOK, None)),
            exceeded: Cell::default(),
        }
    }

    /// What was exceeded. A program may have gone on, with what it caught.
    pub(super) fn exceeded(&self) -> Option<ProgramLimit> {
        self.exceeded.get()
    }

    /// Looks around, after so many turns.
    fn turn(&self, turns: usize) -> Result<(), ProgramLimit> {
        let looked = match self.base.abs_diff(here()) > DEEPEST {
            true => Err(ProgramLimit::Depth),
            false => self.look(turns),
        };
        looked.inspect_err(|limit| self.exceeded.set(Some(*limit)))
    }

    /// Counts something that may be one level around a value.
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
        if elapsed > LONGEST {
            return Err(ProgramLimit::Time);
        }
        let (at, before) = self.memory.get();
        if elapsed > at {
            let peak = memory::peak().unwrap_or_default();
            let before = before.unwrap_or(peak);
            self.memory.set((elapsed + LOOK, Some(before)));
            if peak.saturating_sub(before) > LARGEST {
                return Err(ProgramLimit::Memory);
            }
        }
        Ok(())
    }
}

/// The place of the stack at which this is asked.
#[inline(never)]
fn here() -> usize {
    let mark = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&mark)).addr()
}

/// True when a value has no more levels than can be written.
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

/// What [`bounded`] definitions call.
pub(super) fn functions() -> impl Iterator<Item = Fun<JqData>> {
    let turn = Native::<JqData>::new(|cv| bome(look(cv.0.data().bounds).map(|()| cv.1)))
        .with_paths(|cv| {
            let looked = look(cv.0.data().bounds).map_err(Exn::from);
            Box::new(std::iter::once(looked.map(|()| cv.1)))
        })
        .with_update(|cv, update| {
            // One turn of an update is one level of what it goes down into.
            let bounds = cv.0.data().bounds;
            match look(bounds).and_then(|()| made(bounds)) {
                Ok(()) => update(cv.1),
                Err(error) => bome(Err(error)),
            }
        });
    [
        (TURN, v(0), turn),
        run((MADE, v(0), |cv| bome(made(cv.0.data().bounds).map(|()| cv.1)))),
        run((TIMES, v(2), |mut cv| {
            let (right, left) = (cv.0.pop_var(), cv.0.pop_var());
            bome(times(cv.0.data().bounds, left, right))
        })),
        run((SHALLOW, v(0), |cv| bome(shallow(cv.1)))),
    ]
    .into_iter()
}

/// Gives functions that are replaced a name that no program can write.
pub(super) fn replaced(mut function: Fun<JqData>) -> Fun<JqData> {
    match function.0 {
        "range" if function.1.len() == 3 => function.0 = RANGE,
        "fromjson" => function.0 = FROM_JSON,
        _ => {}
    }
    function
}

/// The definitions in their place.
pub(super) fn definitions<'s>() -> [Def<&'s str>; 2] {
    let call = |name| Term::Call(name, Vec::new());
    let args = ["$from", "$to", "$by"];
    let range = Term::Call(RANGE, args.map(Term::Var).into());
    let (name, args) = ("range", args.into());
    [
        Def { name, args, body: pipe(range, call(TURN)) },
        Def { name: "fromjson", args: vec![], body: pipe(call(SHALLOW), call(FROM_JSON)) },
    ]
}

/// Makes a definition look around whenever it calls itself, and count what it makes.
pub(super) fn bounded(mut def: Def<&str>) -> Def<&str> {
    bound(&mut def.body, true);
    look_around(&mut def);
    def
}

/// As [`bounded`], for the program itself: what is outside of definitions, folds and arguments is
/// done once for each value, and so is not counted.
pub(super) fn bounded_program(mut def: Def<&str>) -> Def<&str> {
    bound(&mut def.body, false);
    look_around(&mut def);
    def
}

fn look_around(def: &mut Def<&str>) {
    if calls(&mut def.body, def.name, def.args.len()) {
        let body = std::mem::take(&mut def.body);
        def.body = pipe(Term::Call(TURN, Vec::new()), body);
    }
}

fn pipe<'s>(first: Term<&'s str>, then: Term<&'s str>) -> Term<&'s str> {
    Term::BinOp(first.into(), BinaryOp::Pipe(None), then.into())
}

fn bound(term: &mut Term<&str>, is_repeated: bool) {
    let repeats = match term {
        Term::Fold(..) | Term::Def(..) | Term::Call(..) => true,
        Term::BinOp(_, op, _) => is_update(op),
        _ => false,
    };
    for_each_part(term, &mut |part| bound(part, is_repeated || repeats));
    let makes = match term {
        Term::Arr(Some(_)) | Term::Obj(_) => true,
        Term::BinOp(_, op, _) => is_update(op),
        _ => false,
    };
    match term {
        Term::Def(defs, _) => defs.iter_mut().for_each(look_around),
        Term::Recurse => *term = pipe(Term::Recurse, Term::Call(TURN, Vec::new())),
        Term::Fold(_, _, _, args) => {
            if let Some(update) = args.get_mut(1) {
                *update = pipe(Term::Call(TURN, Vec::new()), std::mem::take(update));
            }
        }
        Term::BinOp(left, BinaryOp::Math(Math::Mul), right) => {
            *term = Term::Call(TIMES, vec![std::mem::take(left), std::mem::take(right)]);
        }
        // `l *= r` is `r as $x | l |= . * $x`.
        Term::BinOp(left, BinaryOp::UpdateMath(Math::Mul), right) => {
            let product = Term::Call(TIMES, vec![Term::Id, Term::Var(FACTOR)]);
            let update = Term::BinOp(std::mem::take(left), BinaryOp::Update, product.into());
            let bind = BinaryOp::Pipe(Some(Pattern::Var(FACTOR)));
            *term = Term::BinOp(std::mem::take(right), bind, update.into());
        }
        _ => {}
    }
    if makes && is_repeated {
        *term = pipe(std::mem::take(term), Term::Call(MADE, Vec::new()));
    }
}

fn is_update(op: &BinaryOp<&str>) -> bool {
    matches!(
        op,
        BinaryOp::Assign | BinaryOp::Update | BinaryOp::UpdateMath(_) | BinaryOp::UpdateAlt
    )
}

/// True when a part of the term calls this definition.
fn calls(term: &mut Term<&str>, name: &str, arity: usize) -> bool {
    let mut found =
        matches!(term, Term::Call(called, args) if *called == name && args.len() == arity);
    for_each_part(term, &mut |part| found = found || calls(part, name, arity));
    found
}

fn for_each_part<'s>(term: &mut Term<&'s str>, each: &mut dyn FnMut(&mut Term<&'s str>)) {
    match term {
        Term::Id
        | Term::Recurse
        | Term::Num(_)
        | Term::Break(_)
        | Term::Var(_)
        | Term::Arr(None) => {}
        Term::Str(_, parts) => {
            for part in parts {
                if let StrPart::Term(term) = part {
                    each(term);
                }
            }
        }
        Term::Arr(Some(term)) | Term::Neg(term) | Term::Label(_, term) => each(term),
        Term::Obj(entries) => {
            for (key, value) in entries {
                each(key);
                value.iter_mut().for_each(&mut *each);
            }
        }
        Term::BinOp(left, op, right) => {
            each(left);
            if let BinaryOp::Pipe(Some(pattern)) = op {
                for_each_of_pattern(pattern, each);
            }
            each(right);
        }
        Term::Fold(_, values, pattern, args) => {
            each(values);
            for_each_of_pattern(pattern, each);
            args.iter_mut().for_each(each);
        }
        Term::TryCatch(term, catch) => {
            each(term);
            catch.iter_mut().for_each(|term| each(term));
        }
        Term::IfThenElse(branches, otherwise) => {
            for (condition, then) in branches {
                each(condition);
                each(then);
            }
            otherwise.iter_mut().for_each(|term| each(term));
        }
        Term::Def(defs, term) => {
            defs.iter_mut().for_each(|def| each(&mut def.body));
            each(term);
        }
        Term::Call(_, args) => args.iter_mut().for_each(each),
        Term::Path(term, path) => {
            each(term);
            for (part, _) in &mut path.0 {
                match part {
                    Part::Index(index) => each(index),
                    Part::Range(from, to) => from.iter_mut().chain(to).for_each(&mut *each),
                }
            }
        }
    }
}

fn for_each_of_pattern<'s>(
    pattern: &mut Pattern<&'s str>,
    each: &mut dyn FnMut(&mut Term<&'s str>),
) {
    match pattern {
        Pattern::Var(_) => {}
        Pattern::Arr(items) => items.iter_mut().for_each(|item| for_each_of_pattern(item, each)),
        Pattern::Obj(entries) => {
            for (key, value) in entries {
                each(key);
                for_each_of_pattern(value, each);
            }
        }
    }
}

fn look(bounds: &RunLimits) -> Result<(), Error<Val>> {
    bounds.turn(1).map_err(Error::str)
}

fn made(bounds: &RunLimits) -> Result<(), Error<Val>> {
    bounds.make().map_err(Error::str)
}

/// Multiplies; a text of no more than so many bytes.
fn times(bounds: &RunLimits, left: Val, right: Val) -> Result<Val, Error<Val>> {
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
        bounds.turn(text.len() / TURN_OF_TEXT).map_err(Error::str)?;
    }
    product
}

/// Refuses a text whose brackets are nested deeper than a value may be; counts those in texts too.
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
