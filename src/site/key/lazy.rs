//! Content of a page that takes long to make, such as HTML of Markdown.
//!
//! The view of a page is serialized twice: always for its page key ([`super::key`]), and for the template only
//! when the key differs from that of the last build. Such content gives the key what it is made from, and is made
//! for the template only.

use serde::Serializer;

/// A part of a view whose content is made only when the page is rendered.
pub(crate) trait LazyContent {
    /// Serializes what the content is made from, for the page key: when that is the same, so must the
    /// content be.
    fn serialize_key<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Makes the content and serializes it, for the template.
    fn serialize_content<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;
}

/// Serializes a part for whichever of the two asks. `Serialize` implementations of such parts call this.
pub(crate) fn serialize<T: LazyContent, S: Serializer>(
    part: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match is_page_key(&serializer) {
        true => part.serialize_key(serializer),
        false => part.serialize_content(serializer),
    }
}

/// What the page key's serializer answers to serde's question whether its format is human-readable. This is
/// the only thing that a `Serialize` implementation can ask of any serializer; templates and JSON answer `true`.
pub(super) const PAGE_KEY_IS_HUMAN_READABLE: bool = false;

fn is_page_key(serializer: &impl Serializer) -> bool {
    serializer.is_human_readable() == PAGE_KEY_IS_HUMAN_READABLE
}
