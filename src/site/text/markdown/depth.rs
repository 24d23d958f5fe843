//! The limit of nested blocks: browsers reorder elements that are nested very deep.

use pulldown_cmark::{Event, TagEnd};

/// Blocks that are nested deeper are shown without further nesting.
const DEEPEST: usize = 10;

/// The blocks that are open.
#[derive(Debug, Default)]
pub(super) struct Depth(usize);

impl Depth {
    /// Whether an event is shown. Must be called for each event, in order.
    pub(super) fn shows(&mut self, event: &Event<'_>) -> bool {
        match event {
            Event::Start(tag) => self.start(tag.to_end()),
            Event::End(tag) => self.end(*tag),
            _ => true,
        }
    }

    /// Begins a block. Returns whether it is shown.
    pub(super) fn start(&mut self, tag: TagEnd) -> bool {
        self.0 += usize::from(is_container(tag));
        self.0 <= DEEPEST || !lies_in_others(tag)
    }

    /// Ends a block. Returns whether it is shown.
    pub(super) fn end(&mut self, tag: TagEnd) -> bool {
        let is_shown = self.0 <= DEEPEST || !lies_in_others(tag);
        self.0 -= usize::from(is_container(tag));
        is_shown
    }
}

fn is_container(tag: TagEnd) -> bool {
    use TagEnd::{BlockQuote, DefinitionList, Emphasis, List, Strikethrough, Strong};
    matches!(tag, BlockQuote(_) | List(_) | Emphasis | Strong | Strikethrough | DefinitionList)
}

/// Whether a block can be nested, or is a part of such a block.
fn lies_in_others(tag: TagEnd) -> bool {
    use TagEnd::{DefinitionListDefinition, DefinitionListTitle, Item};
    is_container(tag) || matches!(tag, Item | DefinitionListTitle | DefinitionListDefinition)
}
