//! `spec.output`: the links and texts that a run ends with.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::step;
use crate::{
    actions::{PlanContext, StepContext, StepResults},
    base::diagnostics::Diagnostic,
    engine::{self, Condition, Context, decide},
};

/// The links and texts at the end of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Output {
    /// Links to what the run created.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// Texts for the requester.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub text: Vec<Text>,
}

/// A link: to a URL or to an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The URL that it leads to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The entity that it leads to.
    #[serde(rename = "entityRef", skip_serializing_if = "Option::is_none")]
    pub entity_ref: Option<String>,
    /// Name of its icon.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub icon: Option<String>,
}

/// A text in Markdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// Its heading.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// The text.
    pub content: String,
}

/// Renders the output with the outputs of the steps; what is known only after apply is displayed so.
///
/// # Errors
/// An expression of the output is wrong.
pub fn render(cx: &PlanContext<'_>, results: &StepResults) -> Result<Output, Vec<Diagnostic>> {
    rendered(cx, results).map(|value| Output::read(&value))
}

/// The rendered `spec.output`, with its unknown values.
pub(super) fn rendered(
    cx: &PlanContext<'_>,
    results: &StepResults,
) -> Result<Value, Vec<Diagnostic>> {
    let variables = step::context(&StepContext { plan: cx, index: 0, item: None }, results)?;
    let context = Context::with_unknowns(&variables, &["steps"]);
    let environment = cx.environment(results);
    let options = cx.template.options();
    let rendered = options
        .render_value(&cx.template.output, &context, &environment)
        .map_err(|error| vec![cx.template.expression("/spec/output", error)])?
        .unwrap_or_default();
    Ok(rendered)
}

impl Output {
    /// Reads a rendered `spec.output`; what is known only after apply is displayed so.
    pub(super) fn read(rendered: &Value) -> Self {
        let rendered = engine::display(rendered);
        let items = |key: &str| rendered.get(key).and_then(Value::as_array);
        Self {
            links: shown(items("links")).filter_map(link).collect(),
            text: shown(items("text")).filter_map(text).collect(),
        }
    }
}

/// The items whose `if` is not there, or true.
fn shown(items: Option<&Vec<Value>>) -> impl Iterator<Item = &Map<String, Value>> {
    let maps = items.into_iter().flatten().filter_map(Value::as_object);
    maps.filter(|item| item.get("if").is_none_or(|value| decide(Some(value)) != Condition::False))
}

fn field(item: &Map<String, Value>, key: &str) -> Option<String> {
    item.get(key).and_then(Value::as_str).map(str::to_owned)
}

/// A link that leads nowhere is left out (Backstage).
fn link(item: &Map<String, Value>) -> Option<Link> {
    let link = Link {
        title: field(item, "title"),
        url: field(item, "url"),
        entity_ref: field(item, "entityRef"),
        icon: field(item, "icon"),
    };
    (link.url.is_some() || link.entity_ref.is_some()).then_some(link)
}

fn text(item: &Map<String, Value>) -> Option<Text> {
    Some(Text { title: field(item, "title"), content: field(item, "content")? })
}
