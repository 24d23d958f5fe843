//! Labels: the text of HTML in `foreignObject`, which Mermaid and other tools write. It is kept as SVG
//! text.

use super::{Attribute, Step, push_escaped};

/// HTML elements that begin a new line.
const LINES: [&str; 10] = ["br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "pre"];

/// The text of a `foreignObject`, and its box.
#[derive(Debug)]
pub(super) struct Label {
    /// Left edge, top edge, width, height.
    area: [f64; 4],
    lines: Vec<String>,
}

impl Label {
    /// Starts a label, with the box of these attributes.
    pub(super) fn new(attributes: &[Attribute<'_>]) -> Self {
        let number = |name: &str| {
            let found = attributes.iter().find(|found| found.name == name)?;
            let number: f64 = found.value.trim().trim_end_matches("px").parse().ok()?;
            number.is_finite().then_some(number)
        };
        let area = ["x", "y", "width", "height"].map(|name| number(name).unwrap_or(0.0));
        Self { area, lines: vec![String::new()] }
    }

    /// Adds the start of an element.
    pub(super) fn start(&mut self, name: &str) {
        if LINES.contains(&name) && self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
    }

    /// Adds a text.
    pub(super) fn text(&mut self, text: &str) {
        let Some(line) = self.lines.last_mut() else { return };
        let is_apart = text.starts_with(char::is_whitespace) && !line.is_empty();
        if is_apart && !line.ends_with(' ') {
            line.push(' ');
        }
        line.push_str(&text.split_whitespace().collect::<Vec<_>>().join(" "));
        if text.ends_with(char::is_whitespace) && !line.is_empty() && !line.ends_with(' ') {
            line.push(' ');
        }
    }

    /// SVG text in the middle of the box, an element for each line; empty when there is no text.
    pub(super) fn text_elements(self) -> Step<String> {
        let mut out = String::new();
        let lines: Vec<&str> =
            self.lines.iter().map(|line| line.trim()).filter(|line| !line.is_empty()).collect();
        let [left, top, width, height] = self.area;
        let step = height / lines.len().max(1) as f64;
        for (number, line) in lines.into_iter().enumerate() {
            let (x, y) = (left + width / 2.0, top + step * (number as f64 + 0.5));
            out.push_str(&format!(
                "<text x=\"{x}\" y=\"{y}\" text-anchor=\"middle\" dominant-baseline=\"central\">"
            ));
            push_escaped(&mut out, line, false)?;
            out.push_str("</text>");
        }
        Ok(out)
    }
}
