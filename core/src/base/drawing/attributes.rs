//! Attributes of drawings: which are kept, and with which value.

use std::borrow::Cow;

use quick_xml::{
    NsReader, XmlVersion,
    events::{BytesStart, attributes::Attribute as XmlAttribute},
    name::{Namespace, ResolveResult},
};
use url::Url;

use super::{ImageReason, Step, css, malformed, names, names::Meaning};

pub(super) const XLINK: &str = "http://www.w3.org/1999/xlink";
const XML: &str = "http://www.w3.org/XML/1998/namespace";

/// Prefixes of addresses of embedded pictures.
const PICTURES: [&str; 5] = [
    "data:image/png;base64",
    "data:image/jpeg;base64",
    "data:image/jpg;base64",
    "data:image/gif;base64",
    "data:image/webp;base64",
];

/// Most attributes of one element.
pub(super) const MOST_ATTRIBUTES: usize = 200;

/// An attribute: the name under which it is written, and its value in the document.
pub(super) struct Attribute<'t> {
    pub(super) name: &'t str,
    pub(super) value: Cow<'t, str>,
}

/// The attributes of a tag that are in no namespace, or in one that drawings use.
pub(super) fn attributes<'t>(
    tag: &'t BytesStart<'_>,
    reader: &NsReader<&[u8]>,
) -> Step<Vec<Attribute<'t>>> {
    let mut found: Vec<Attribute<'t>> = Vec::new();
    for (number, attribute) in tag.attributes().enumerate() {
        if number >= MOST_ATTRIBUTES {
            return Err(ImageReason::TooManyAttributes);
        }
        let attribute = attribute.map_err(|e| malformed(&e))?;
        let Some(name) = attribute_name(&attribute, reader) else { continue };
        let value = attribute.normalized_value(XmlVersion::Implicit1_0);
        let value = value.map_err(|e| malformed(&e))?;
        let is_plain = attribute.key.prefix().is_none();
        match found.iter_mut().find(|known| known.name == name) {
            // SVG 2: `href` is stronger than `xlink:href`.
            Some(known) if is_plain => known.value = value,
            Some(_) => {}
            None => found.push(Attribute { name, value }),
        }
    }
    Ok(found)
}

fn attribute_name<'t>(attribute: &XmlAttribute<'t>, reader: &NsReader<&[u8]>) -> Option<&'t str> {
    if attribute.key.as_namespace_binding().is_some() {
        return None;
    }
    let (namespace, name) = reader.resolver().resolve(attribute.key, false);
    match (namespace, name.into_inner()) {
        (ResolveResult::Unbound, name) => Some(name),
        (ResolveResult::Bound(Namespace(XLINK)), "href") => Some("href"),
        (ResolveResult::Bound(Namespace(XML)), "space") => Some("xml:space"),
        (ResolveResult::Bound(Namespace(XML)), "lang") => Some("xml:lang"),
        _ => None,
    }
}

/// Whether an animation is left out because it would change an address or an event handler.
pub(super) fn is_refused(element: &str, attributes: &[Attribute<'_>]) -> bool {
    let is_sound = |found: &Attribute<'_>| {
        found.name == "attributeName" && names::is_animated(found.value.trim())
    };
    names::is_animation(element) && !attributes.iter().any(is_sound)
}

/// The sanitized value of an attribute; `None` when the attribute is left out.
pub(super) fn harmless<'v>(element: &str, attribute: &str, value: &'v str) -> Option<Cow<'v, str>> {
    if matches!(attribute, "xml:space" | "xml:lang") {
        return Some(value.into());
    }
    match names::meaning(attribute)? {
        Meaning::Address => address(element, value),
        Meaning::Style => Some(css::declarations(value)).filter(|s| !s.is_empty()).map(Cow::from),
        Meaning::Text => Some(value.into()),
        Meaning::Value if attribute == "target" => (value == "_blank").then(|| value.into()),
        Meaning::Value => css::is_harmless(value).then(|| value.into()),
    }
}

/// Checks an address: it may be a fragment of the drawing, for a link a web page or a mail address, for
/// an image an embedded picture.
fn address<'v>(element: &str, value: &'v str) -> Option<Cow<'v, str>> {
    let value = value.trim_matches(|c: char| c.is_whitespace() || c.is_control());
    if let Some(name) = value.strip_prefix('#') {
        let is_bad = |c: char| c.is_whitespace() || c.is_control();
        return (!name.contains(is_bad)).then(|| value.into());
    }
    match element {
        "a" => {
            let url = Url::parse(value).ok()?;
            matches!(url.scheme(), "http" | "https" | "mailto").then(|| String::from(url).into())
        }
        "image" => {
            let (head, bytes) = value.split_once(',')?;
            let is_picture = PICTURES.contains(&head.to_ascii_lowercase().as_str());
            let bytes: String = bytes.split_ascii_whitespace().collect();
            let is_base64 = |b: u8| b.is_ascii_alphanumeric() || b"+/=".contains(&b);
            (is_picture && bytes.bytes().all(is_base64)).then(|| format!("{head},{bytes}").into())
        }
        _ => None,
    }
}
