//! Why an image is refused.

use super::{DEEPEST, MOST_ELEMENTS, attributes::MOST_ATTRIBUTES};
use crate::base::diagnostics::Position;

/// An image that is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct ImageError {
    /// Why.
    pub reason: ImageReason,
    /// The position in the file, when one place is wrong.
    pub position: Option<Position>,
}

impl From<ImageReason> for ImageError {
    fn from(reason: ImageReason) -> Self {
        Self { reason, position: None }
    }
}

/// Why an image is refused. Each text is the rest of a sentence whose subject is the image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ImageReason {
    /// It has more bytes than allowed.
    #[error("is too large")]
    TooLarge,
    /// Its file name does not have the extension of an image.
    #[error("is of no known type")]
    UnknownType,
    /// Its bytes are not of the type that its name has.
    #[error("does not have the type that its name says")]
    OtherType,
    /// A drawing that is not UTF-8.
    #[error("is not UTF-8")]
    NotUtf8,
    /// A drawing that is not well-formed XML; what the parser says.
    #[error("is not well-formed: {0}")]
    Malformed(String),
    /// An XML document whose root is not `svg`.
    #[error("is not an SVG")]
    NotSvg,
    /// A second root.
    #[error("has more than one root")]
    SecondRoot,
    /// Text before or after the root.
    #[error("has text outside of its root")]
    TextOutside,
    /// Elements that are not closed.
    #[error("ends before its last element is closed")]
    Unclosed,
    /// An entity that XML does not define.
    #[error("refers to the entity `{0}`")]
    Entity(String),
    /// Declarations of entities, which may expand to gigabytes.
    #[error("declares entities")]
    EntityDeclaration,
    /// A character that XML 1.0 does not allow.
    #[error("has the character U+{:04X}", u32::from(*.0))]
    Character(char),
    /// Too many elements.
    #[error("has more than {MOST_ELEMENTS} elements")]
    TooManyElements,
    /// Elements nested too deeply.
    #[error("has elements more than {DEEPEST} levels deep")]
    TooDeep,
    /// An element with too many attributes.
    #[error("has an element with more than {MOST_ATTRIBUTES} attributes")]
    TooManyAttributes,
    /// An element that refers to itself, directly or not.
    #[error("has an element that shows itself")]
    Cycle,
    /// Too long a chain of references.
    #[error("has elements that show each other in too long a chain")]
    LongChain,
    /// References after which a browser would draw too many elements.
    #[error("has references that show too many elements")]
    TooManyReferences,
}
