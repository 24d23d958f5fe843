//! The expression language of templates: `${{ … }}`, `{% … %}`, `{# … #}`.
//!
//! A small closed interpreter of Nunjucks 3.2.4 as Backstage uses it. It is pure: templates can read the values
//! given to them and call the filters and methods listed here, and nothing else. Nesting, work and output are
//! limited, for all templates of a plan together. What Nunjucks has and this engine has not is an error that says
//! so, with its position, and so is text that does not parse; Backstage would show both unrendered.

mod ast;
mod callable;
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
mod pattern;
mod place;
mod references;
mod reserved;
mod secret;
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
pub use place::{known_start, path_part, settle};
pub use references::Reference;
pub use reserved::{ReservedKeyError, refuse_reserved_keys};
pub use secret::{
    NEW_KEY_PRIVATE, NEW_KEY_PUBLIC, has_secret, is_secret, reveal, secret, secret_names,
};
pub use unknown::{
    Text, concat, contains_unknown, display, fits, is_known_but_for, is_unknown, unknown,
    unknown_names,
};

pub(crate) use error::Complaint;
pub(crate) use limits::Meter;
pub(crate) use pattern::Pattern;

use ast::Node;
use error::Fault;
use parser::Tree;

/// How the text of a template is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// What opens an expression that is shown; `}}` closes it.
    pub variable_start: &'static str,
    /// Drops the line break behind a `{% … %}`.
    pub trim_blocks: bool,
    /// Drops the indentation before a `{% … %}` that is first on its line.
    pub lstrip_blocks: bool,
    /// Adds what cookiecutter's templates use of Jinja and Python: `True`, `False`, `None`, slices like `x[0:2]`, and
    /// methods of lists and maps such as `items()`. The caller names the variable `cookiecutter`.
    pub cookiecutter_compat: bool,
    /// Shows a text that is a mistake as it is written, as Backstage does with the values of a template. What is
    /// beyond a limit stays an error.
    pub lenient: bool,
}

impl Options {
    /// How Backstage reads files with `cookiecutterCompat`: variables are in `{{ … }}`.
    pub fn cookiecutter() -> Self {
        Self { variable_start: "{{", cookiecutter_compat: true, ..Self::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            variable_start: "${{",
            trim_blocks: false,
            lstrip_blocks: false,
            cookiecutter_compat: false,
            lenient: false,
        }
    }
}

/// A parsed template, to be rendered any number of times.
#[derive(Debug)]
pub struct Template {
    source: String,
    parsed: Result<Tree, EngineError>,
    options: Options,
}

impl Template {
    /// Parses a whole text; unknown filters, tests and statements are found here.
    pub fn parse(source: &str, options: &Options) -> Result<Self, EngineError> {
        let parsed = parser::parse(source, options);
        let parsed = parsed.map_err(|fault| fault.place(ErrorKind::Syntax, source));
        let template = Self { source: source.to_owned(), parsed, options: *options };
        match &template.parsed {
            Err(error) if !template.forgives(error) => Err(error.clone()),
            _ => Ok(template),
        }
    }

    /// The mistake that keeps a lenient template from being read.
    pub fn mistake(&self) -> Option<&EngineError> {
        self.parsed.as_ref().err()
    }

    /// Renders to text, of which parts may be known only after apply.
    pub fn render(
        &self,
        context: &Context<'_>,
        environment: &Environment,
    ) -> Result<Text, EngineError> {
        self.forgiven(Text::from(&*self.source), |parsed| {
            eval::render(parsed, self.options.cookiecutter_compat, context, environment)
        })
    }

    /// Renders to a value: one lone `${{ … }}` keeps its type, all else is text. `None` is undefined. What is known
    /// only after apply has its reserved form, see [`unknown()`].
    pub fn evaluate(
        &self,
        context: &Context<'_>,
        environment: &Environment,
    ) -> Result<Option<Json>, EngineError> {
        let compat = self.options.cookiecutter_compat;
        self.forgiven(Some(Json::from(&*self.source)), |parsed| {
            if let [Node::Output(expr)] = &parsed.nodes[..] {
                return eval::evaluate(expr, parsed, compat, context, environment);
            }
            let text = eval::render(parsed, compat, context, environment)?;
            Ok(Some(text.into_json()))
        })
    }

    /// Lists what the template reads from its context, in the order of the text.
    pub fn references(&self) -> Vec<Reference> {
        let nodes = self.parsed.as_ref().map(|parsed| &*parsed.nodes);
        references::of(nodes.unwrap_or_default(), &self.source)
    }

    fn forgives(&self, error: &EngineError) -> bool {
        self.options.lenient && error.kind != ErrorKind::Limit
    }

    /// What `run` yields, or what a lenient template yields in the place of a mistake.
    fn forgiven<T>(
        &self,
        written: T,
        run: impl FnOnce(&Tree) -> Result<T, Fault>,
    ) -> Result<T, EngineError> {
        let done = match &self.parsed {
            Ok(parsed) => run(parsed).map_err(|fault| fault.place(ErrorKind::Render, &self.source)),
            Err(error) => Err(error.clone()),
        };
        done.or_else(|error| if self.forgives(&error) { Ok(written) } else { Err(error) })
    }
}

/// Whether a text of a `template.yaml` has an expression, a statement or a comment.
pub fn has_expression(text: &str) -> bool {
    ["${{", "{%", "{#"].iter().any(|start| text.contains(start))
}

/// Renders one string of a `template.yaml`, as [`Template::evaluate`] does.
pub fn render_string(
    source: &str,
    context: &Context<'_>,
    environment: &Environment,
) -> Result<Option<Json>, EngineError> {
    Options::default().render_string(source, context, environment)
}

/// Renders every string of an input, see [`Options::render_value`].
pub fn render_value(
    input: &Json,
    context: &Context<'_>,
    environment: &Environment,
) -> Result<Option<Json>, EngineError> {
    Options::default().render_value(input, context, environment)
}

impl Options {
    /// Renders one string of a `template.yaml` with these options, as [`Template::evaluate`] does.
    pub fn render_string(
        &self,
        source: &str,
        context: &Context<'_>,
        environment: &Environment,
    ) -> Result<Option<Json>, EngineError> {
        if !source.contains(['{', '#']) {
            return Ok(Some(Json::from(source)));
        }
        Template::parse(source, self)?.evaluate(context, environment)
    }

    /// Renders every string of an input. Keys stay as they are; what is undefined goes from maps and
    /// becomes null in lists. `None` when the input itself is an undefined string.
    pub fn render_value(
        &self,
        input: &Json,
        context: &Context<'_>,
        environment: &Environment,
    ) -> Result<Option<Json>, EngineError> {
        Ok(Some(match input {
            Json::String(source) => return self.render_string(source, context, environment),
            Json::Array(items) => {
                let render = |(place, item): (usize, &Json)| {
                    let rendered = self.render_value(item, context, environment);
                    let rendered = rendered.map_err(|error| below(&place.to_string(), error))?;
                    Ok(rendered.unwrap_or_default())
                };
                let items = items.iter().enumerate().map(render);
                Json::Array(items.collect::<Result<_, EngineError>>()?)
            }
            Json::Object(map) => {
                let mut rendered = Map::new();
                for (key, value) in map {
                    if let Err(complaint) = reserved::refuse_reserved_key(key) {
                        return Err(below(key, complaint.at(0).place(ErrorKind::Syntax, "")));
                    }
                    let value = self.render_value(value, context, environment);
                    if let Some(value) = value.map_err(|error| below(key, error))? {
                        rendered.insert(key.clone(), value);
                    }
                }
                Json::Object(rendered)
            }
            other => other.clone(),
        }))
    }
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
