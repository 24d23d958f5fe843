//! Text as HTML and as addresses: Markdown, highlighted code, and the paths of pages.

pub(super) mod address;
pub(super) mod code;
pub(super) mod markdown;
