//! Sanitizes SVG: parses an untrusted drawing as XML, and writes a new one with allowed elements and
//! attributes only.
//!
//! Elements and attributes that are not listed in [`names`] are removed with their content: scripts,
//! event handlers, HTML, other namespaces, comments, processing instructions, the document type.
//! Addresses may only be fragments of the drawing, links to web pages and mail addresses, and images in
//! `data:` URLs; styles cannot load files ([`css`]). The output does not depend on the leniency of a
//! parser: it is well-formed, has one namespace, and escapes every character that could be markup.

mod attributes;
mod css;
mod error;
mod label;
mod names;
mod references;
#[cfg(test)]
mod tests;

use quick_xml::{
    NsReader,
    events::{BytesStart, Event},
    name::{Namespace, ResolveResult},
};

pub use error::{ImageError, ImageReason};

use super::diagnostics::Position;
use attributes::{Attribute, attributes, harmless, is_refused};
use label::Label;
use references::References;

const SVG: &str = "http://www.w3.org/2000/svg";

/// Most bytes of a drawing that is read.
const LARGEST: usize = 2_000_000;
/// Most elements of a drawing.
const MOST_ELEMENTS: usize = 100_000;
/// Deepest nesting of elements.
const DEEPEST: usize = 200;
/// Most declarations of namespaces that are in scope at once.
const MOST_NAMESPACES: usize = 100;

/// Sanitizes an SVG document.
///
/// # Errors
/// When the document is not SVG, not well-formed, declares entities, or is too large for a browser.
pub fn rewrite(bytes: &[u8]) -> Result<String, ImageError> {
    if bytes.len() > LARGEST {
        return Err(ImageReason::TooLarge.into());
    }
    let text = str::from_utf8(bytes).map_err(|_| ImageReason::NotUtf8)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = NsReader::from_str(text);
    reader.config_mut().expand_empty_elements = true;
    reader.resolver_mut().set_max_namespace_bindings(MOST_NAMESPACES);
    let mut rewriter = Rewriter::default();
    loop {
        let start = reader.buffer_position();
        let step = match reader.read_event() {
            Ok(Event::Eof) => break,
            Ok(event) => rewriter.take(&event, &reader),
            Err(error) => Err(malformed(&error)),
        };
        step.map_err(|reason| ImageError { reason, position: position(text, start) })?;
    }
    Ok(rewriter.finish()?)
}

fn malformed(error: &impl ToString) -> ImageReason {
    ImageReason::Malformed(error.to_string())
}

/// The position of a byte of a text.
fn position(text: &str, at: u64) -> Option<Position> {
    let before = text.get(..usize::try_from(at).ok()?)?;
    let line = before.rsplit('\n').next().unwrap_or_default();
    let lines = before.bytes().filter(|byte| *byte == b'\n').count();
    Some(Position { line: lines + 1, column: line.chars().count() + 1 })
}

type Step<T = ()> = Result<T, ImageReason>;

/// An element that is being written.
struct OpenElement {
    name: String,
    /// Its number in [`References`].
    element: usize,
}

/// Writes the sanitized drawing while the original is parsed.
#[derive(Default)]
struct Rewriter {
    out: String,
    open: Vec<OpenElement>,
    /// Whether the `>` of the last start tag is not written yet.
    in_tag: bool,
    /// Depth within an element that is left out; 0 outside of one.
    skipped: usize,
    elements: usize,
    /// Whether the elements of the drawing are in the namespace of SVG, or in none.
    is_in_namespace: bool,
    /// Text of the current `style` element.
    sheet: String,
    /// Text of the HTML that is left out.
    label: Option<Label>,
    references: References,
}

impl Rewriter {
    fn take(&mut self, event: &Event<'_>, reader: &NsReader<&[u8]>) -> Step {
        match event {
            Event::Start(tag) => self.start(tag, reader),
            Event::End(_) => self.end(),
            Event::Text(text) => self.text(&text.xml10_content()),
            Event::CData(text) => self.text(&text.xml10_content()),
            Event::GeneralRef(name) => match name.resolve_char_ref() {
                Ok(Some(c)) => self.text(c.encode_utf8(&mut [0; 4])),
                Ok(None) => {
                    let known = quick_xml::escape::resolve_predefined_entity(name);
                    let text = known.ok_or_else(|| ImageReason::Entity((**name).to_owned()))?;
                    self.text(text)
                }
                Err(error) => Err(malformed(&error)),
            },
            Event::DocType(text) if text.contains("<!ENTITY") => {
                Err(ImageReason::EntityDeclaration)
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, reader: &NsReader<&[u8]>) -> Step {
        self.elements += 1;
        if self.elements > MOST_ELEMENTS {
            return Err(ImageReason::TooManyElements);
        }
        if self.open.len() + self.skipped >= DEEPEST {
            return Err(ImageReason::TooDeep);
        }
        let (namespace, name) = reader.resolver().resolve_element(tag.name());
        let name = name.into_inner();
        if self.skipped > 0 {
            self.skipped += 1;
            if let Some(label) = &mut self.label {
                label.start(name);
            }
            return Ok(());
        }
        if self.open.is_empty() {
            self.root(&namespace, name)?;
        }
        let is_svg = match namespace {
            ResolveResult::Bound(Namespace(uri)) => self.is_in_namespace && uri == SVG,
            ResolveResult::Unbound => !self.is_in_namespace,
            ResolveResult::Unknown(_) => false,
        };
        let attributes = attributes(tag, reader)?;
        let in_sheet = self.open.last().is_some_and(|open| open.name == "style");
        if !is_svg || in_sheet || !names::is_element(name) || is_refused(name, &attributes) {
            let holds_none =
                self.open.last().is_some_and(|open| matches!(&*open.name, "switch" | "style"));
            self.label =
                (is_svg && name == "foreignObject" && !holds_none).then(|| Label::new(&attributes));
            self.skipped = 1;
            return Ok(());
        }
        self.write_start(name, &attributes)
    }

    /// Checks the root: `svg` in its namespace or in none. All other elements must be in the same.
    fn root(&mut self, namespace: &ResolveResult<'_>, name: &str) -> Step {
        if !self.out.is_empty() {
            return Err(ImageReason::SecondRoot);
        }
        self.is_in_namespace = *namespace == ResolveResult::Bound(Namespace(SVG));
        let is_svg = self.is_in_namespace || *namespace == ResolveResult::Unbound;
        if is_svg && name == "svg" { Ok(()) } else { Err(ImageReason::NotSvg) }
    }

    fn write_start(&mut self, name: &str, attributes: &[Attribute<'_>]) -> Step {
        self.close_tag();
        let element = self.references.open();
        self.out.push('<');
        self.out.push_str(name);
        if self.open.is_empty() {
            self.out.push_str(" xmlns=\"");
            self.out.push_str(SVG);
            self.out.push('"');
        }
        for Attribute { name: attribute, value } in attributes {
            let Some(value) = harmless(name, attribute, value) else { continue };
            if *attribute == "id" {
                self.references.name(element, &value);
            }
            let shows = *attribute == "href"
                && !matches!(name, "a" | "animateMotion")
                && !names::is_animation(name);
            if let Some(id) = value.strip_prefix('#').filter(|_| shows) {
                self.references.refer(element, id);
            }
            for id in css::fragments(&value) {
                self.references.refer(element, id);
            }
            self.out.push(' ');
            self.out.push_str(attribute);
            self.out.push_str("=\"");
            push_escaped(&mut self.out, &value, true)?;
            self.out.push('"');
        }
        self.in_tag = true;
        self.open.push(OpenElement { name: name.to_owned(), element });
        Ok(())
    }

    fn end(&mut self) -> Step {
        if self.skipped > 0 {
            self.skipped -= 1;
            if self.skipped == 0
                && let Some(label) = self.label.take()
            {
                let text = label.text_elements()?;
                if !text.is_empty() {
                    self.close_tag();
                    self.out.push_str(&text);
                }
            }
            return Ok(());
        }
        let Some(OpenElement { name, element }) = self.open.pop() else { return Ok(()) };
        if name == "style" {
            let sheet = css::sheet(&std::mem::take(&mut self.sheet));
            if !sheet.is_empty() {
                self.close_tag();
                push_escaped(&mut self.out, &sheet, false)?;
            }
        }
        if std::mem::take(&mut self.in_tag) {
            self.out.push_str("/>");
        } else {
            self.out.push_str("</");
            self.out.push_str(&name);
            self.out.push('>');
        }
        self.references.close(element);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Step {
        if self.skipped > 0 {
            if let Some(label) = &mut self.label {
                label.text(text);
            }
            return Ok(());
        }
        match self.open.last() {
            None if text.trim().is_empty() => Ok(()),
            None => Err(ImageReason::TextOutside),
            Some(open) if open.name == "style" => {
                self.sheet.push_str(text);
                Ok(())
            }
            Some(_) => {
                self.close_tag();
                push_escaped(&mut self.out, text, false)
            }
        }
    }

    fn close_tag(&mut self) {
        if std::mem::take(&mut self.in_tag) {
            self.out.push('>');
        }
    }

    fn finish(self) -> Step<String> {
        if self.out.is_empty() {
            return Err(ImageReason::NotSvg);
        }
        if !self.open.is_empty() || self.skipped > 0 {
            return Err(ImageReason::Unclosed);
        }
        self.references.check()?;
        Ok(self.out + "\n")
    }
}

/// Whether XML 1.0 allows a character.
fn is_allowed(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{fffd}' | '\u{10000}'..)
}

/// Appends a text, or the value of an attribute, with escapes.
fn push_escaped(out: &mut String, text: &str, is_attribute: bool) -> Step {
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\r' => out.push_str("&#13;"),
            '"' if is_attribute => out.push_str("&quot;"),
            '\n' if is_attribute => out.push_str("&#10;"),
            '\t' if is_attribute => out.push_str("&#9;"),
            c if is_allowed(c) => out.push(c),
            c => return Err(ImageReason::Character(c)),
        }
    }
    Ok(())
}
