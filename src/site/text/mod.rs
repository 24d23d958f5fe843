//! Text as HTML and as addresses: Markdown, highlighted code, escaped text, and the paths of pages.

pub(super) mod address;
pub(super) mod code;
pub(super) mod escape;
pub(super) mod markdown;
