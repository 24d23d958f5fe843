//! The expression language of templates: `${{ … }}`, `{% … %}`, `{# … #}`.
//!
//! A small closed interpreter of Nunjucks 3.2.4 as Backstage uses it. It is pure: templates can read the values
//! given to them and call the filters and methods listed here, and nothing else. Nesting, work and output are
//! limited, for all templates of a plan together. What Nunjucks has and this engine has not is an error that says
//! so, with its position, and so is text that does not parse; Backstage would show both unrendered.

mod ast;
mod checks;
mod coercion;
mod context;
mod environment;
mod error;
mod eval;
mod filters;
mod lexer;
mod limits;
mod member;
mod methods;
mod operators;
mod parser;
mod references;
mod unknown;
mod utf16;
mod value;

#[cfg(test)]
mod tests;

use serde_json::{Map, Value as Json};

pub use context::Context;
pub use environment::Environment;
pub use error::{EngineError, ErrorKind};
pub use limits::{Budget, BudgetError};
pub use references::Reference;
pub use unknown::{
    ReservedKeyError, Text, concat, contains_unknown, display, fits, is_unknown,
    refuse_reserved_keys, unknown,
};

use ast::Node;
use error::Fault;

/// How the text of a template is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// What opens an expression that is shown; `}}` closes it.
    pub variable_start: &'static str,
    /// Drops the line break behind a `{% … %}`.
    pub trim_blocks: bool,
    /// Drops the indentation before a `{% … %}` that is first on its line.
    pub lstrip_blocks: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self { variable_start: "${{", trim_blocks: false, lstrip_blocks: false }
    }
}

/// A parsed template, to be rendered any number of times.
#[derive(Debug)]
pub struct Template {
    source: String,
    nodes: Vec<Node>,
    /// What its reading cost, which a rendering pays.
    cost: usize,
}

impl Template {
    /// Parses a whole text; unknown filters, tests and statements are found here.
    pub fn parse(source: &str, options: &Options) -> Result<Self, EngineError> {
        match parser::parse(source, options) {
            Ok((nodes, cost)) => Ok(Self { source: source.to_owned(), nodes, cost }),
            Err(fault) => Err(fault.place(ErrorKind::Syntax, source)),
        }
    }

    /// Renders to text, of which parts may be known only after apply.
    pub fn render(
        &self,
        context: &Context<'_>,
        environment: &Environment,
    ) -> Result<Text, EngineError> {
        let rendered = eval::render(&self.nodes, self.cost, context, environment);
        rendered.map_err(|fault| self.failed(fault))
    }

    /// Renders to a value: one lone `${{ … }}` keeps its type, all else is text. `None` is undefined. What is known
    /// only after apply has its reserved form, see [`unknown()`].
    pub fn evaluate(
        &self,
        context: &Context<'_>,
        environment: &Environment,
    ) -> Result<Option<Json>, EngineError> {
        let [Node::Output(expr)] = &self.nodes[..] else {
            return self.render(context, environment).map(|text| Some(text.into_json()));
        };
        let value = eval::evaluate(expr, self.cost, context, environment);
        value.map_err(|fault| self.failed(fault))
    }

    /// Lists what the template reads from its context, in the order of the text.
    pub fn references(&self) -> Vec<Reference> {
        references::of(&self.nodes, &self.source)
    }

    fn failed(&self, fault: Fault) -> EngineError {
        fault.place(ErrorKind::Render, &self.source)
    }
}

/// Renders one string of a `template.yaml`, as [`Template::evaluate`] does.
pub fn render_string(
    source: &str,
    context: &Context<'_>,
    environment: &Environment,
) -> Result<Option<Json>, EngineError> {
    if !source.contains(['{', '#']) {
        return Ok(Some(Json::from(source)));
    }
    Template::parse(source, &Options::default())?.evaluate(context, environment)
}

/// Renders every string of an input. Keys stay as they are; what is undefined goes from maps and
/// becomes null in lists. `None` when the input itself is an undefined string.
pub fn render_value(
    input: &Json,
    context: &Context<'_>,
    environment: &Environment,
) -> Result<Option<Json>, EngineError> {
    Ok(Some(match input {
        Json::String(source) => return render_string(source, context, environment),
        Json::Array(items) => {
            let render = |(place, item): (usize, &Json)| {
                let rendered = render_value(item, context, environment);
                Ok(rendered.map_err(|error| below(&place.to_string(), error))?.unwrap_or_default())
            };
            Json::Array(items.iter().enumerate().map(render).collect::<Result<_, EngineError>>()?)
        }
        Json::Object(map) => {
            let mut rendered = Map::new();
            for (key, value) in map {
                if let Err(complaint) = unknown::refuse_reserved_key(key) {
                    return Err(below(key, complaint.at(0).place(ErrorKind::Syntax, "")));
                }
                let value = render_value(value, context, environment);
                if let Some(value) = value.map_err(|error| below(key, error))? {
                    rendered.insert(key.clone(), value);
                }
            }
            Json::Object(rendered)
        }
        other => other.clone(),
    }))
}

/// Puts a step of a JSON pointer in front of an error's path.
fn below(key: &str, mut error: EngineError) -> EngineError {
    error.path = format!("/{}{}", key.replace('~', "~0").replace('/', "~1"), error.path);
    error
}

/// What a rendered `if` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// The step runs.
    True,
    /// The step does not run.
    False,
    /// Whether the step runs is known only after apply.
    Unknown,
}

/// Whether a rendered `if` runs its step: unlike in expressions, an empty list is false.
pub fn decide(value: Option<&Json>) -> Condition {
    let truth = match value {
        None | Some(Json::Null) => false,
        Some(Json::Bool(bool)) => *bool,
        Some(Json::Number(number)) => number.as_f64().is_none_or(|number| number != 0.0),
        Some(Json::String(text)) => !text.is_empty(),
        Some(Json::Array(items)) => !items.is_empty(),
        Some(Json::Object(map)) => match unknown::reserved(map) {
            Some(Ok(unknown)) if unknown.text().is_some_and(Text::has_known_part) => true,
            Some(_) => return Condition::Unknown,
            None => true,
        },
    };
    if truth { Condition::True } else { Condition::False }
}
