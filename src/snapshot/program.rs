//! Compiles and runs jq programs (jaq), with nothing in reach but their input.
//!
//! Filters that reach the environment, the clock, the log or the process are not there at all, and
//! there are no modules to import.

use std::{fmt, sync::Arc};

use jaq_core::{
    Compiler, Ctx, DataT, Exn, Filter, Lut, Vars,
    data::HasLut,
    load::{Arena, Error as LoadError, File, Loader},
};
use jaq_json::Val;

use super::{index::EntityIndex, mapping::functions, watch};
use crate::base::{diagnostics::Position, text::did_you_mean};

/// Filters of jq that are left out: they would make a mapping depend on more than its record, or
/// end or write to the process.
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

/// So much of a program's message is shown.
pub(super) const LONGEST_MESSAGE: usize = 300;
/// More values than this of one input are taken for a program that never ends.
const MOST_VALUES: usize = 1_000_000;

/// A compiled program. Cheap to clone, can be run from many threads.
#[derive(Clone)]
pub(super) struct Program(Arc<Filter<Kind>>);

/// A program that does not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CompileError {
    /// Where in the program.
    pub(super) position: Position,
    /// What is wrong.
    pub(super) message: String,
    /// What to do.
    pub(super) hint: Option<String>,
}

/// What native filters see: the program's own table and the entities of earlier sources.
pub(super) struct Kind;

/// Data of one run.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    lut: &'a Lut<Kind>,
    pub(super) index: &'a EntityIndex,
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Program")
    }
}

impl DataT for Kind {
    type V<'a> = Val;
    type Data<'a> = Context<'a>;
}

impl<'a> HasLut<'a, Kind> for Context<'a> {
    fn lut(&self) -> &'a Lut<Kind> {
        self.lut
    }
}

impl Program {
    /// Compiles a program in which the variables `names` (with `$`) are known.
    pub(super) fn compile(code: &str, names: &[&str]) -> Result<Self, Vec<CompileError>> {
        let is_allowed = |name: &str| !REFUSED.contains(&name);
        let defs = jaq_core::defs()
            .chain(jaq_std::defs())
            .chain(jaq_json::defs())
            .filter(|def| is_allowed(def.name));
        let functions = jaq_core::funs()
            .chain(jaq_std::funs())
            .chain(jaq_json::funs())
            .filter(|function| is_allowed(function.0))
            .chain(functions());
        let arena = Arena::default();
        let modules =
            Loader::new(defs).load(&arena, File { code, path: () }).map_err(|errors| {
                let errors = errors.into_iter().flat_map(|(_, error)| loading(code, error));
                errors.collect::<Vec<_>>()
            })?;
        Compiler::default()
            .with_funs(functions)
            .with_global_vars(names.iter().copied())
            .compile(modules)
            .map(|filter| Self(Arc::new(filter)))
            .map_err(|errors| {
                let errors = errors.into_iter().flat_map(|(_, errors)| errors);
                errors.map(|(name, kind)| undefined(code, name, kind.as_str())).collect()
            })
    }

    /// Runs the program; stops at the first error.
    ///
    /// # Errors
    /// The message of the program, which may quote a whole record.
    pub(super) fn run(
        &self,
        index: &EntityIndex,
        variables: impl IntoIterator<Item = Val>,
        input: Val,
    ) -> Result<Vec<Val>, String> {
        let context = Context { lut: &self.0.lut, index };
        let context = Ctx::<Kind>::new(context, Vars::new(variables));
        let values: Vec<_> = self
            .0
            .id
            .run((context, input))
            .take(MOST_VALUES)
            .map(|result| result.map_err(message))
            .collect::<Result<_, _>>()?;
        if values.len() == MOST_VALUES {
            return Err(format!("more than {MOST_VALUES} values come of one input"));
        }
        Ok(values)
    }
}

impl Program {
    /// Runs the program over something of a source, away from this thread: one that does not end is
    /// left behind.
    ///
    /// # Errors
    /// As [`Program::run`]; `Err(true)` in the second place says that the program still runs.
    pub(super) fn run_watched(&self, input: &Val) -> Result<Vec<Val>, (String, bool)> {
        let (program, input) = (self.clone(), input.clone());
        match watch::within(move || program.run(&EntityIndex::default(), [], input)) {
            Ok(Some(result)) => result.map_err(|message| (message, false)),
            Ok(None) => Err(("the program broke off".into(), false)),
            Err(endless) => Err((endless.to_string(), true)),
        }
    }
}

fn message(exception: Exn<'_, Val>) -> String {
    match exception.get_err() {
        // An error that is a text is shown as it is, any other value as JSON.
        Ok(error) => match error.into_val() {
            Val::TStr(text) => String::from_utf8_lossy(&text).into_owned(),
            other => other.to_string(),
        },
        Err(_) => "the program stopped".into(),
    }
}

/// Cuts a text that is quoted in a message.
pub(super) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
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

/// The position of a part of the code, found by its address; the end when it is no part of it.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn error(code: &str) -> CompileError {
        let errors = Program::compile(code, &[]).err().unwrap_or_default();
        errors.first().expect("an error").clone()
    }

    #[test]
    fn the_environment_the_clock_and_modules_are_out_of_reach() {
        for code in ["env", "$ENV", "now", "input", "inputs", "halt", "debug", "stderr"] {
            assert!(error(code).message.starts_with("unknown "), "{code}");
        }
        assert!(error("import \"a\" as a; .").message.contains("cannot import"));
        assert!(Program::compile("$__loc__", &[]).is_err());
    }

    #[test]
    fn a_program_without_end_is_stopped() {
        let program = Program::compile("repeat(1)", &[]).expect("it compiles");
        let error = program.run(&EntityIndex::default(), [], Val::Null);
        assert_eq!(error.expect_err("too many"), "more than 1000000 values come of one input");
    }

    #[test]
    fn mistakes_have_a_position_and_a_hint() {
        let found = error(".a |\n  mapp(.)");
        assert_eq!((found.position.line, found.position.column), (2, 3));
        assert_eq!(found.message, "unknown filter `mapp`");
        assert_eq!(found.hint.as_deref(), Some("did you mean `map`?"));
        let found = error(".a\n| { b: [1 }");
        assert_eq!(found.position.line, 2, "{found:?}");
        let found = error("if . then 1");
        assert!(found.message.contains("else or end"), "{found:?}");
    }
}
