//! Limits of one YAML text. Without them, aliases could expand a few kilobytes to gigabytes.

use super::YamlError;
use crate::base::diagnostics::Position;

/// Bytes of one text, and of all its scalars with aliases replaced. The definition of the largest public
/// APIs (Microsoft Graph, 35 MB) is below it.
pub(super) const BYTES: usize = 64 << 20;
/// Keys, scalars, lists and maps of one text, with aliases replaced. An `OpenAPI` definition of 5 MB has
/// 400,000; a node takes about 100 bytes of memory.
pub(super) const NODES: usize = 2_000_000;
/// Nested lists and maps: as deep as `serde_json` reads.
pub(super) const DEPTH: usize = 127;

/// The size of a text, or of a part of it, with aliases replaced.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Volume {
    /// Keys, scalars, lists and maps.
    pub(super) nodes: usize,
    /// Bytes of keys and scalars.
    pub(super) bytes: usize,
}

impl Volume {
    /// Adds another size.
    ///
    /// # Errors
    /// When both together exceed a limit; the error is at `position`.
    pub(super) fn add(&mut self, other: Self, position: Position) -> Result<(), YamlError> {
        self.nodes += other.nodes;
        self.bytes += other.bytes;
        if self.nodes > NODES {
            let message = format!("there are more than {NODES} values, with aliases replaced");
            return Err(YamlError::at(position, message));
        }
        if self.bytes > BYTES {
            let message =
                format!("there are more than {BYTES} bytes of text, with aliases replaced");
            return Err(YamlError::at(position, message));
        }
        Ok(())
    }

    /// The difference to an earlier size.
    pub(super) fn since(self, earlier: Self) -> Self {
        Self { nodes: self.nodes - earlier.nodes, bytes: self.bytes - earlier.bytes }
    }
}

/// Makes the error of lists and maps that are nested deeper than `most`.
pub(super) fn too_deep(most: usize, position: Position) -> YamlError {
    YamlError::at(position, format!("lists and maps are nested deeper than {most}"))
}
