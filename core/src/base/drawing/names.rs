//! The elements and attributes that a drawing may have.
//!
//! They are from SVG 2 and Filter Effects, without those that run scripts, embed documents or load files.

use std::{collections::HashSet, sync::LazyLock};

/// Elements of the SVG namespace, sorted.
const ELEMENTS: &[&str] = &[
    "a",
    "animate",
    "animateMotion",
    "animateTransform",
    "circle",
    "clipPath",
    "defs",
    "desc",
    "ellipse",
    "feBlend",
    "feColorMatrix",
    "feComponentTransfer",
    "feComposite",
    "feConvolveMatrix",
    "feDiffuseLighting",
    "feDisplacementMap",
    "feDistantLight",
    "feDropShadow",
    "feFlood",
    "feFuncA",
    "feFuncB",
    "feFuncG",
    "feFuncR",
    "feGaussianBlur",
    "feImage",
    "feMerge",
    "feMergeNode",
    "feMorphology",
    "feOffset",
    "fePointLight",
    "feSpecularLighting",
    "feSpotLight",
    "feTile",
    "feTurbulence",
    "filter",
    "g",
    "image",
    "line",
    "linearGradient",
    "marker",
    "mask",
    "mpath",
    "path",
    "pattern",
    "polygon",
    "polyline",
    "radialGradient",
    "rect",
    "set",
    "stop",
    "style",
    "svg",
    "switch",
    "symbol",
    "text",
    "textPath",
    "title",
    "tspan",
    "use",
    "view",
];

/// Attributes whose value is a text, and neither code nor an address.
const TEXTS: &[&str] = &["id", "class", "lang", "role"];

/// Attributes whose value may call functions, such as `fill="url(#a)"`, separated by spaces.
const VALUES: &str = "\
    accumulate additive alignment-baseline amplitude attributeName attributeType azimuth baseFrequency \
    baseline-shift begin bias by calcMode clip clip-path clip-rule clipPathUnits color \
    color-interpolation color-interpolation-filters color-rendering cx cy d diffuseConstant direction \
    display divisor dominant-baseline dur dx dy edgeMode elevation end exponent fill fill-opacity \
    fill-rule filter filterUnits flood-color flood-opacity font font-family font-size \
    font-size-adjust font-stretch font-style font-variant font-weight fr from fx fy \
    glyph-orientation-horizontal glyph-orientation-vertical gradientTransform gradientUnits height \
    image-rendering in in2 intercept isolation k1 k2 k3 k4 kernelMatrix kernelUnitLength kerning \
    keyPoints keySplines keyTimes lengthAdjust letter-spacing lighting-color limitingConeAngle marker \
    marker-end marker-mid marker-start markerHeight markerUnits markerWidth mask mask-type \
    maskContentUnits maskUnits max min mix-blend-mode mode numOctaves offset opacity operator order \
    orient origin overflow paint-order path pathLength patternContentUnits patternTransform \
    patternUnits pointer-events points pointsAtX pointsAtY pointsAtZ preserveAlpha \
    preserveAspectRatio primitiveUnits r radius refX refY repeatCount repeatDur \
    requiredExtensions requiredFeatures restart result rotate rx ry scale seed shape-rendering side \
    slope spacing specularConstant specularExponent spreadMethod startOffset stdDeviation \
    stitchTiles stop-color stop-opacity stroke stroke-dasharray stroke-dashoffset stroke-linecap \
    stroke-linejoin stroke-miterlimit stroke-opacity stroke-width surfaceScale systemLanguage \
    tableValues target targetX targetY text-anchor text-decoration text-rendering textLength to \
    transform transform-origin type unicode-bidi values vector-effect version viewBox visibility \
    white-space width word-spacing writing-mode x x1 x2 xChannelSelector y y1 y2 yChannelSelector z \
    zoomAndPan";

/// How an attribute's value is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Meaning {
    /// An address: which ones are allowed depends on the element.
    Address,
    /// Declarations of CSS.
    Style,
    /// A text, which is kept unchanged.
    Text,
    /// A value in which only harmless functions may be called.
    Value,
}

/// Whether an element of the SVG namespace is allowed.
pub(super) fn is_element(name: &str) -> bool {
    ELEMENTS.binary_search(&name).is_ok()
}

/// Whether an element changes attributes of another one over time.
pub(super) fn is_animation(name: &str) -> bool {
    matches!(name, "animate" | "animateTransform" | "set")
}

/// The type of the value of an attribute without namespace; `None` when the attribute is not allowed.
pub(super) fn meaning(name: &str) -> Option<Meaning> {
    match name {
        "href" => Some(Meaning::Address),
        "style" => Some(Meaning::Style),
        _ if TEXTS.contains(&name) || is_description(name) => Some(Meaning::Text),
        _ if is_value(name) => Some(Meaning::Value),
        _ => None,
    }
}

/// Whether an animation may change an attribute or property.
pub(super) fn is_animated(name: &str) -> bool {
    is_value(name) && name != "attributeName" && name != "target"
}

fn is_value(name: &str) -> bool {
    static NAMES: LazyLock<HashSet<&str>> =
        LazyLock::new(|| VALUES.split_ascii_whitespace().collect());
    NAMES.contains(name)
}

/// Attributes of WAI-ARIA whose value is a text.
fn is_description(name: &str) -> bool {
    name.strip_prefix("aria-").is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_sorted_and_none_runs_or_loads_anything() {
        assert!(ELEMENTS.is_sorted());
        for bad in ["script", "foreignObject", "handler", "iframe", "tref", "font-face-uri"] {
            assert!(!is_element(bad), "{bad}");
        }
        assert_eq!(VALUES.split_ascii_whitespace().find(|name| name.starts_with("on")), None);
        for bad in ["onload", "href", "style", "xml:base", "ping", "src", "data"] {
            assert!(!is_animated(bad), "{bad}");
        }
    }
}
