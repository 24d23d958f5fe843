//! The query language of `roadiehq:utils:jsonata`: a bounded interpreter of the part that templates use.
//!
//! It has paths with predicates, sorting and grouping, constructors, variables, functions, the transform operator and
//! most built-in functions (<https://docs.jsonata.org>). What it has not is an error that says so: regular expressions,
//! parents (`%`), positions and focus (`#`, `@`), partial application, dates, and everything that gives another result
//! each time, such as `$now` and `$random`.

mod ast;
mod callbacks;
mod evaluator;
mod functions;
mod lexer;
mod operators;
mod parser;
mod paths;
mod scope;
mod texts;
mod transform;
mod value;

use serde_json::Value as Json;

use crate::engine::{Budget, BudgetError};

/// Longest expression, in bytes.
const LONGEST: usize = 64 * 1024;
/// Deepest nesting of an expression, and of calls.
const DEEPEST: usize = 100;

/// Why an expression gives no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum JsonataError {
    /// It cannot be read.
    #[error("character {0}: {1}")]
    Syntax(usize, String),
    /// It uses what this interpreter does not have.
    #[error("character {0}: {1} is not supported")]
    Unsupported(usize, String),
    /// A value is not what an operator or a function takes.
    #[error("{0}")]
    Value(String),
    /// It nests too deep.
    #[error("it nests more than {DEEPEST} levels deep")]
    TooDeep,
    /// It costs more than the plan may.
    #[error(transparent)]
    Budget(#[from] BudgetError),
}

/// Evaluates an expression for an input. `None` is the value that the language calls undefined.
///
/// # Errors
/// The expression cannot be read, or fails for this input.
pub(crate) fn evaluate(
    expression: &str,
    input: &Json,
    budget: &Budget,
) -> Result<Option<Json>, JsonataError> {
    if expression.len() > LONGEST {
        return Err(JsonataError::Syntax(0, format!("it is longer than {LONGEST} bytes")));
    }
    let parsed = parser::parse(expression)?;
    evaluator::run(&parsed, input, budget)
}

#[cfg(test)]
mod tests;
