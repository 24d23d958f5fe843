//! Entry points of the fuzz targets in `fuzz/`: each reads bytes that anybody may have written, and panics when a
//! property of the program does not hold. The test suite runs them on the inputs in
//! `fuzz/corpus` and `fuzz/regressions`.

use std::collections::BTreeMap;

use pulldown_cmark::{Event, Parser, Tag};
use serde_json::{Value, json};

use crate::{
    base::{drawing, text::markdown as sink, yaml as door},
    catalog,
    scaffold::{
        self, Repositories, RepositoryHome, Settings,
        engine::{Context, Environment, Options, Template},
        policy::{self, Policy},
        request::{REQUESTS, Request},
    },
    site,
};

/// What a target does with the bytes it gets.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 9] = [
    ("definition", definition),
    ("drawing", drawing),
    ("engine", engine),
    ("markdown", markdown),
    ("plan", plan),
    ("policy", policy),
    ("request", request),
    ("template", template),
    ("yaml", yaml),
];

/// A value that is read from YAML can be written, and the written text has the same value.
pub fn yaml(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for value in door::parse_documents(text).into_iter().flatten() {
        let written = door::to_string(&value).unwrap_or_default();
        assert_eq!(door::from_str::<Value>(&written), Ok(value), "{written}");
    }
}

/// A drawing that was written anew is written the same once more, and has nothing that runs.
pub fn drawing(data: &[u8]) {
    let Ok(written) = drawing::rewrite(data) else { return };
    for element in ["<script", "<foreignObject", "<!DOCTYPE", "<iframe"] {
        assert!(!written.contains(element), "{written}");
    }
    assert_eq!(drawing::rewrite(written.as_bytes()).ok().as_deref(), Some(&*written));
}

/// Text of others is text in Markdown: no link, image or HTML comes of it.
pub fn markdown(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for written in [sink::code(&text), sink::fenced("", &text), sink::sentence(&text)] {
        for event in Parser::new(&written) {
            assert!(!is_link(&event) && !is_html(&event), "{event:?} in {written}");
        }
    }
}

fn is_link(event: &Event<'_>) -> bool {
    matches!(event, Event::Start(Tag::Link { .. } | Tag::Image { .. }))
}

fn is_html(event: &Event<'_>) -> bool {
    matches!(event, Event::Html(_) | Event::InlineHtml(_))
}

/// A catalog with one user, and the files of a portal with these files beside it.
fn portal(files: &[(&str, &str)]) -> (BTreeMap<String, String>, catalog::Catalog, Settings) {
    let user = "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: u}\nspec: {memberOf: []}\n";
    let all = [&[("catalog-data/manual/u.yaml", user)], files].concat();
    let files: BTreeMap<String, String> =
        all.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let catalog = catalog::load_from(&files, &[]).map(|(catalog, _)| catalog).unwrap_or_default();
    let repositories = Repositories {
        home: Some(RepositoryHome::Directory("repositories".into())),
        ..Repositories::default()
    };
    let settings = Settings { repositories, ..Settings::of_author("C", "c@x.example") };
    (files, catalog, settings)
}

/// A template of any text is read and checked, and planned or refused.
pub fn template(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let name = "scaffolds/templates/t/template.yaml";
    let skeleton = ("scaffolds/templates/t/skeleton/${{ values.name }}", "${{ values.name }}");
    let (files, catalog, settings) = portal(&[(name, text), skeleton]);
    scaffold::check_templates(&files, &catalog, &settings);
    for entity in catalog.of_kind("Template") {
        let request = Request::example(entity.reference.clone(), None, serde_json::Map::new());
        scaffold::plan(&files, &catalog, &settings, &request).ok();
    }
}

/// A plan shows the values of a request as text only: of its Markdown only the folded sections are HTML.
pub fn plan(data: &[u8]) {
    let text = "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {name: t}\nspec:\n  \
                type: t\n  parameters: {properties: {name: {type: string}}}\n  steps:\n    \
                - {action: 'fetch:template', input: {url: ./skeleton, values: {name: '${{ parameters.name }}'}}}\n    \
                - {action: 'debug:log', input: {message: '${{ parameters.name }}'}}\n";
    let skeleton = ("scaffolds/templates/t/skeleton/a", "${{ values.name }}");
    let (files, catalog, settings) =
        portal(&[("scaffolds/templates/t/template.yaml", text), skeleton]);
    let name = String::from_utf8_lossy(data).into_owned();
    let request =
        json!({"template": "t", "requester": "user:default/u", "parameters": {"name": name}});
    let Ok(request) = Request::parse(&format!("{REQUESTS}/r.yaml"), request.to_string()) else {
        return;
    };
    let Ok(plan) = scaffold::plan(&files, &catalog, &settings, &request) else { return };
    let written = plan.to_markdown(sink::MOST);
    for event in Parser::new(&written) {
        let is_own = match &event {
            Event::Html(html) | Event::InlineHtml(html) => {
                ["<details", "<summary>", "</details>"].iter().any(|tag| html.starts_with(tag))
            }
            _ => false,
        };
        assert!(!is_link(&event) && (is_own || !is_html(&event)), "{event:?} in {written}");
    }
    let lines = |text: &str| text.chars().all(|c| c == '\n' || !c.is_control());
    assert!(lines(&plan.to_text()), "{}", plan.to_text());
}

/// A policy of any text is read or refused.
pub fn policy(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let files = BTreeMap::from([(policy::FILE.to_owned(), text.to_owned())]);
    Policy::load(&files).ok();
}

/// A request is read or refused.
pub fn request(data: &[u8]) {
    Request::parse("request.yaml", String::from_utf8_lossy(data).into_owned()).ok();
}

/// A definition of any language has a view. The first byte chooses the language.
pub fn definition(data: &[u8]) {
    let Some((language, text)) = data.split_first() else { return };
    let language = ["openapi", "asyncapi", "graphql", "grpc"][usize::from(language % 4)];
    site::definition_view(language, &String::from_utf8_lossy(text)).ok();
}

/// A template is rendered within its budget, or refused.
pub fn engine(data: &[u8]) {
    let Ok(source) = std::str::from_utf8(data) else { return };
    let variables = json!({
        "text": "aé😀<b>".repeat(5_000), "list": (0..5_000).collect::<Vec<_>>(), "path": "a.".repeat(9_000),
        "map": {"a": 1, "10": [2], "length": " 900000"}, "none": null,
    });
    let Some(variables) = variables.as_object() else { return };
    if let Ok(template) = Template::parse(source, &Options::default()) {
        template.references();
        template.render(&Context::new(variables), &Environment::default()).ok();
    }
}
