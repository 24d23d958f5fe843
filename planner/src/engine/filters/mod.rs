//! The filters behind `|`: Nunjucks' own and Backstage's. The parser resolves their names.

mod backstage;
mod markup;
mod number;
mod selection;
mod sequence;
mod text;
mod urlize;

use std::sync::Arc;

use super::Environment;
use super::coercion;
use super::error::Complaint;
use super::limits::Meter;
use super::value::{Record, Value};

/// A filter: its name and what it makes of its input.
pub(super) struct Filter {
    pub(super) name: &'static str,
    make: fn(&Input<'_>) -> Outcome,
}

/// What a filter yields.
pub(super) type Outcome = Result<Value, Complaint>;

impl Filter {
    /// Applies the filter. It costs what its input, its arguments and its result weigh; what takes
    /// longer than that, or makes more, pays for it where it happens.
    pub(super) fn apply(&self, input: Input<'_>) -> Outcome {
        input.value.known()?;
        if self.reads_arguments() {
            input.arguments.iter().try_for_each(|argument| argument.known().map(drop))?;
        }
        input.meter.scan_values(input.arguments.iter().chain([&input.value]))?;
        let made = (self.make)(&input)?;
        input.meter.scan_values([&made])?;
        Ok(made)
    }
}

impl Filter {
    /// Whether it always looks at all of its arguments: a default may be unknown where it is not needed.
    fn reads_arguments(&self) -> bool {
        !["d", "default"].contains(&self.name)
    }
}

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// A value on its way through a filter, with the arguments and what the filter may use.
pub(super) struct Input<'r> {
    pub(super) name: &'static str,
    pub(super) value: Value,
    pub(super) arguments: Vec<Value>,
    pub(super) environment: &'r Environment,
    pub(super) meter: &'r Meter,
    pub(super) choice: Choice,
}

/// What a choice by `random` depends on, besides the environment's seed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice {
    /// The byte of the template where the filter stands.
    pub(super) at: usize,
    /// How many choices were made before.
    pub(super) number: u64,
}

const fn filter(name: &'static str, make: fn(&Input<'_>) -> Outcome) -> Filter {
    Filter { name, make }
}

static FILTERS: &[Filter] = &[
    filter("abs", number::abs),
    filter("batch", sequence::batch),
    filter("capitalize", text::capitalize),
    filter("center", text::center),
    filter("d", default),
    filter("default", default),
    filter("dictsort", selection::dictsort),
    filter("dump", dump),
    filter("e", markup::escape),
    filter("escape", markup::escape),
    filter("first", sequence::first),
    filter("float", number::float),
    filter("forceescape", markup::forceescape),
    filter("groupby", selection::groupby),
    filter("indent", text::indent),
    filter("int", number::int),
    filter("join", sequence::join),
    filter("last", sequence::last),
    filter("length", sequence::length),
    filter("list", sequence::list),
    filter("lower", text::lower),
    filter("nl2br", markup::nl2br),
    filter("parseEntityRef", backstage::parse_entity_ref),
    filter("parseRepoUrl", backstage::parse_repo_url),
    filter("pick", backstage::pick),
    filter("projectSlug", backstage::project_slug),
    filter("random", sequence::random),
    filter("reject", selection::reject),
    filter("rejectattr", selection::rejectattr),
    filter("replace", text::replace),
    filter("reverse", sequence::reverse),
    filter("round", number::round),
    filter("safe", markup::safe),
    filter("select", selection::select),
    filter("selectattr", selection::selectattr),
    filter("slice", sequence::slice),
    filter("sort", selection::sort),
    filter("string", text::string),
    filter("striptags", markup::striptags),
    filter("sum", sequence::sum),
    filter("title", text::title),
    filter("trim", text::trim),
    filter("truncate", text::truncate),
    filter("upper", text::upper),
    filter("urlencode", text::urlencode),
    filter("urlize", urlize::urlize),
    filter("wordcount", text::wordcount),
];

/// What `dump` is called in cookiecutter's templates.
static JSONIFY: Filter = filter("jsonify", dump);

/// Finds a filter by name.
pub(super) fn find(name: &str, compat: bool) -> Option<&'static Filter> {
    let filters = FILTERS.iter().chain(compat.then_some(&JSONIFY));
    filters.into_iter().find(|filter| filter.name == name)
}

/// All names, for hints.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().map(|filter| filter.name)
}

impl Input<'_> {
    pub(super) fn argument(&self, place: usize) -> &Value {
        self.arguments.get(place).unwrap_or(&Value::Undefined)
    }

    /// The input as text: undefined, null and false are empty, and anything but a string is refused.
    pub(super) fn text(&self) -> Result<Arc<str>, Complaint> {
        match &self.value {
            Value::Undefined | Value::Null | Value::Bool(false) => Ok("".into()),
            _ => self.strict_text(),
        }
    }

    /// The input as text, which it must be.
    pub(super) fn strict_text(&self) -> Result<Arc<str>, Complaint> {
        match &self.value {
            Value::Text(text) | Value::Safe(text) => Ok(Arc::clone(text)),
            _ => Err(self.unfit("a string")),
        }
    }

    /// Says that the input is not what the filter takes.
    pub(super) fn unfit(&self, needed: &str) -> Complaint {
        let (name, found) = (self.name, self.value.kind());
        let complaint = Complaint::from(format!("filter `{name}` needs {needed}, not {found}"));
        match (&self.value, needed) {
            (Value::Undefined, _) => complaint.hint("give it a default: `x | default('')`"),
            (_, "a string") => complaint.hint("make it a string first: `x ~ ''`"),
            _ => complaint,
        }
    }

    /// Text that is marked safe when the input was.
    pub(super) fn like_input(&self, text: impl Into<Arc<str>>) -> Value {
        match self.value {
            Value::Safe(_) => Value::Safe(text.into()),
            _ => Value::Text(text.into()),
        }
    }

    /// The keyword arguments, when the call had some.
    fn keywords(&self) -> Option<&Record> {
        match self.arguments.last() {
            Some(Value::Map(record)) if record.get("__keywords").is_some() => Some(record),
            _ => None,
        }
    }

    /// Binds arguments as Nunjucks' `makeMacro` does: keywords fill only what positions left open.
    pub(super) fn bind<const N: usize>(&self, names: [&str; N]) -> [Value; N] {
        let keywords = self.keywords();
        let count = self.arguments.len() - usize::from(keywords.is_some());
        let mut place = 0;
        names.map(|name| {
            place += 1;
            match keywords {
                _ if place <= count => self.arguments[place - 1].clone(),
                Some(keywords) => keywords.get(name).cloned().unwrap_or_default(),
                None => Value::Undefined,
            }
        })
    }
}

/// Replaces undefined, or with a true second argument everything falsy.
fn default(input: &Input<'_>) -> Outcome {
    let any_falsy = input.argument(1).truthy()?;
    let missing = matches!(input.value, Value::Undefined) || any_falsy && !input.value.truthy()?;
    Ok(if missing { input.argument(0).clone() } else { input.value.clone() })
}

/// `JSON.stringify` with an indentation in spaces or as a string.
fn dump(input: &Input<'_>) -> Outcome {
    let indent: String = match input.argument(0) {
        Value::Number(spaces) => " ".repeat(spaces.clamp(0.0, 10.0) as usize),
        Value::Text(text) => text.chars().take(10).collect(),
        _ => String::new(),
    };
    let dumped = coercion::dump(&input.value, &indent, input.meter)?;
    Ok(dumped.map_or(Value::Undefined, Value::text))
}
