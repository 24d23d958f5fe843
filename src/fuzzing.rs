//! Entry points of the fuzz targets in `fuzz/`: each reads bytes that anybody may have written, and panics when a
//! property of the program does not hold. The test suite runs them on the inputs in
//! `fuzz/corpus` and `fuzz/regressions`.

use pulldown_cmark::{Event, Parser, Tag};
use serde_json::{Value, json};

use crate::{
    base::{drawing, text::markdown as sink, yaml as door},
    scaffold::{
        engine::{Context, Environment, Options, Template},
        request::Request,
    },
    site,
};

/// What a target does with the bytes it gets.
pub type Target = fn(&[u8]);

/// Every target by its name.
pub const TARGETS: [(&str, Target); 6] = [
    ("definition", definition),
    ("drawing", drawing),
    ("engine", engine),
    ("markdown", markdown),
    ("request", request),
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
            let is_live = matches!(
                event,
                Event::Html(_)
                    | Event::InlineHtml(_)
                    | Event::Start(Tag::Link { .. } | Tag::Image { .. })
            );
            assert!(!is_live, "{event:?} in {written}");
        }
    }
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
