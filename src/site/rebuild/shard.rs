//! Which part of a site this process builds, when several machines build one part each.

use xxhash_rust::xxh3::xxh3_128;

/// One part of a site of which several machines build one each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub index: usize,
    /// Of how many parts.
    pub of: usize,
}

impl Shard {
    /// The whole site.
    pub const WHOLE: Self = Self { index: 0, of: 1 };

    /// Whether a file belongs to this part.
    pub(crate) fn has(self, path: &str) -> bool {
        self.of == 1 || xxh3_128(path.as_bytes()) as usize % self.of == self.index
    }
}
