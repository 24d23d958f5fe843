//! Compiles and runs jq programs with jaq. A program has access only to its input.
//!
//! Filters that access the environment, the clock, the log or the process do not exist, and modules
//! cannot be imported.

mod instrument;
mod limits;
#[cfg(test)]
mod tests;

use std::{fmt, sync::Arc, thread};

use jaq_core::{
    Compiler, Ctx, DataT, Exn, Filter, Lut, Vars,
    data::HasLut,
    load::{self, Arena, Error as LoadError, File, Loader, parse::Def},
};
use jaq_json::Val;

use super::{
    index::EntityIndex,
    mapping::{ConvertError, functions},
    watchdog::{self, ProgramBudget, ProgramLimit},
};
use crate::base::{diagnostics::Position, text::did_you_mean};
use instrument::{bounded, bounded_program};
use limits::{RunLimits, is_shallow};

/// Filters of jq that are removed, because they would make the result depend on more than the input, or
/// write to the process's output or end the process.
const REFUSED: &[&str] = &[
    "debug",
    "debug_empty",
    "env",
    "halt",
    "halt_error",
    "input",
    "inputs",
    "localtime",
    "now",
    "stderr",
    "stderr_empty",
    "strflocaltime",
];

/// The name of the whole program among the definitions.
const MAIN: &str = "callboard__main";
/// The message when jaq panics.
pub(super) const BROKE_OFF: &str = "jq broke off, which is a mistake of this program";
/// Most characters of a program's message that are shown.
pub(super) const LONGEST_MESSAGE: usize = 300;
/// Longest program, in bytes. Mappings have a few kilobytes.
const LONGEST_PROGRAM: usize = 50_000;
/// Most values that a program may return for one input.
const MOST_VALUES: usize = 1_000_000;

/// A compiled program. Cheap to clone, can be run from many threads.
#[derive(Clone)]
pub(super) struct Program {
    filter: Arc<Filter<JqData>>,
    budget: ProgramBudget,
}

/// A program that does not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CompileError {
    /// The position in the program.
    pub(super) position: Position,
    /// What is wrong.
    pub(super) message: String,
    /// How to correct it.
    pub(super) hint: Option<String>,
}

/// The data type of runs, for jaq.
pub(super) struct JqData;

/// The data of one run, for native filters: the program's filters, the entities of earlier sources, and
/// the limits.
#[derive(Clone, Copy)]
pub(super) struct RunContext<'a> {
    lut: &'a Lut<JqData>,
    pub(super) index: &'a EntityIndex,
    limits: &'a RunLimits,
}

/// Why a program failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ProgramError {
    /// The message, which may quote a whole record.
    pub(super) message: String,
    /// The limit that it exceeded.
    pub(super) limit: Option<ProgramLimit>,
}

impl From<ProgramLimit> for ProgramError {
    fn from(limit: ProgramLimit) -> Self {
        Self { message: limit.to_string(), limit: Some(limit) }
    }
}

impl From<ConvertError> for ProgramError {
    fn from(error: ConvertError) -> Self {
        error.to_string().into()
    }
}

impl From<String> for ProgramError {
    fn from(message: String) -> Self {
        Self { message, limit: None }
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Program")
    }
}

impl DataT for JqData {
    type V<'a> = Val;
    type Data<'a> = RunContext<'a>;
}

impl<'a> HasLut<'a, JqData> for RunContext<'a> {
    fn lut(&self) -> &'a Lut<JqData> {
        self.lut
    }
}

impl Program {
    /// Compiles a program in which the variables `names` (with `$`) are known.
    pub(super) fn compile(code: &str, names: &[&str]) -> Result<Self, Vec<CompileError>> {
        let wrong = |message: String| {
            vec![CompileError { position: position(code, code), message, hint: None }]
        };
        if code.len() > LONGEST_PROGRAM {
            return Err(wrong(format!("a program has at most {LONGEST_PROGRAM} bytes")));
        }
        // The parser is recursive in brackets and operators, and needs a large stack.
        let compiled = thread::scope(|scope| {
            let compile = || Self::compile_here(code, names);
            let spawned = thread::Builder::new().stack_size(watchdog::STACK);
            spawned.spawn_scoped(scope, compile).ok().and_then(|thread| thread.join().ok())
        });
        compiled.unwrap_or_else(|| Err(wrong(BROKE_OFF.to_owned())))
    }

    fn compile_here(code: &str, names: &[&str]) -> Result<Self, Vec<CompileError>> {
        let is_allowed = |name: &str| !REFUSED.contains(&name);
        let defs = instrument::definitions()
            .into_iter()
            .chain(jaq_core::defs())
            .chain(jaq_std::defs())
            .chain(jaq_json::defs())
            .filter(|def| is_allowed(def.name))
            .map(|def| -> Def<&str> { bounded(def) });
        let functions = jaq_core::funs()
            .chain(jaq_std::funs())
            .chain(jaq_json::funs())
            .filter(|function| is_allowed(function.0))
            .map(instrument::replaced)
            .chain(limits::functions())
            .chain(functions());
        let Some(body) = load::parse(code, |parser| parser.term()) else {
            return Err(mistakes(code));
        };
        // The program is compiled as the last definition, because only definitions can be instrumented.
        let program = Def { name: MAIN, args: Vec::new(), body };
        let arena = Arena::default();
        let modules = Loader::new(defs.chain([bounded_program(program)]))
            .load(&arena, File { code: MAIN, path: () })
            .map_err(|_| mistakes(code))?;
        Compiler::default()
            .with_funs(functions)
            .with_global_vars(names.iter().copied())
            .compile(modules)
            .map(|filter| Self { filter: Arc::new(filter), budget: ProgramBudget::default() })
            .map_err(|errors| {
                let errors = errors.into_iter().flat_map(|(_, errors)| errors);
                errors.map(|(name, kind)| undefined(code, name, kind.as_str())).collect()
            })
    }

    /// The same program with another budget than the default one.
    pub(super) fn with_budget(self, budget: ProgramBudget) -> Self {
        Self { budget, ..self }
    }

    /// What the program may take for one input.
    pub(super) fn budget(&self) -> ProgramBudget {
        self.budget
    }

    /// Runs the program until the first error. The thread needs a stack of [`watchdog::STACK`].
    ///
    /// # Errors
    /// When the program fails, or exceeds a limit, even if it catches the error.
    pub(super) fn run(
        &self,
        index: &EntityIndex,
        variables: impl IntoIterator<Item = Val>,
        input: Val,
    ) -> Result<Vec<Val>, ProgramError> {
        let limits = RunLimits::start(self.budget);
        let context = RunContext { lut: &self.filter.lut, index, limits: &limits };
        let context = Ctx::<JqData>::new(context, Vars::new(variables));
        let values = self.filter.id.run((context, input)).take(MOST_VALUES);
        let values: Result<Vec<_>, _> = values.collect();
        if let Some(limit) = limits.exceeded() {
            return Err(limit.into());
        }
        let values = values.map_err(message)?;
        if values.len() == MOST_VALUES {
            return Err(format!("more than {MOST_VALUES} values come of one input").into());
        }
        if !values.iter().all(is_shallow) {
            return Err("a value has too many levels inside each other".to_owned().into());
        }
        Ok(values)
    }
}

impl Program {
    /// Runs the program in another thread. A program that does not stop after its limits are exceeded
    /// is left running there.
    ///
    /// # Errors
    /// As [`Program::run`].
    pub(super) fn run_watched(&self, input: &Val) -> Result<Vec<Val>, ProgramError> {
        let (program, input) = (self.clone(), input.clone());
        match watchdog::within(self.budget, move || program.run(&EntityIndex::default(), [], input))
        {
            Ok(Some(result)) => result,
            Ok(None) => Err(BROKE_OFF.to_owned().into()),
            Err(limit) => Err(limit.into()),
        }
    }
}

fn message(exception: Exn<'_, Val>) -> String {
    match exception.get_err() {
        // An error that is a text is shown as text, any other value as JSON.
        Ok(error) => match error.into_val() {
            Val::TStr(text) => String::from_utf8_lossy(&text).into_owned(),
            other => other.to_string(),
        },
        Err(_) => "the program stopped".into(),
    }
}

/// Cuts a text that a message quotes, to `most` characters.
pub(super) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// The syntax errors of a program.
fn mistakes(code: &str) -> Vec<CompileError> {
    let arena = Arena::default();
    match Loader::new([]).load(&arena, File { code, path: () }) {
        Err(errors) => errors.into_iter().flat_map(|(_, error)| loading(code, error)).collect(),
        Ok(_) => vec![CompileError {
            position: position(code, code),
            message: "a mapping is one program without a `module`".into(),
            hint: None,
        }],
    }
}

fn loading(code: &str, error: LoadError<&str>) -> Vec<CompileError> {
    let expected = |expected: &str, found: &str| {
        let found = match found.split_whitespace().next() {
            None => "the end".to_owned(),
            Some(word) => format!("`{}`", shorten(word, 30)),
        };
        format!("expected {expected}, found {found}")
    };
    let make =
        |at: &str, message| CompileError { position: position(code, at), message, hint: None };
    match error {
        LoadError::Io(errors) => errors
            .into_iter()
            .map(|(path, _)| make(path, format!("a mapping cannot import `{path}`")))
            .collect(),
        LoadError::Lex(errors) => {
            errors.into_iter().map(|(what, at)| make(at, expected(what.as_str(), at))).collect()
        }
        LoadError::Parse(errors) => {
            errors.into_iter().map(|(what, at)| make(at, expected(what.as_str(), at))).collect()
        }
    }
}

fn undefined(code: &str, name: &str, kind: &str) -> CompileError {
    let known = jaq_core::defs()
        .chain(jaq_std::defs())
        .map(|def| def.name)
        .chain(functions().map(|function| function.0))
        .filter(|known| !REFUSED.contains(known))
        .collect::<Vec<_>>();
    let hint = if REFUSED.contains(&name) || name == "$ENV" {
        Some("a mapping sees only its record: no environment, clock, log or files".to_owned())
    } else {
        did_you_mean(name, known)
    };
    CompileError {
        position: position(code, name),
        message: format!("unknown {kind} `{name}`"),
        hint,
    }
}

/// The position of a part of the code, computed from its address in memory; the end when it is no part
/// of the code.
fn position(code: &str, part: &str) -> Position {
    let offset = (part.as_ptr() as usize)
        .checked_sub(code.as_ptr() as usize)
        .filter(|&offset| offset <= code.len())
        .unwrap_or(code.len());
    let before = code.get(..offset).unwrap_or(code);
    Position {
        line: before.matches('\n').count() + 1,
        column: before.chars().rev().take_while(|&c| c != '\n').count() + 1,
    }
}
