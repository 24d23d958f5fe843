//! Parts that several pages show.

pub(super) mod api;
pub(super) mod deep_links;
pub(super) mod facts;
pub(super) mod frame;
pub(super) mod graph;
pub(super) mod grouped_changes;
pub(super) mod notices;
pub(super) mod owned;
pub(super) mod provenance;
pub(super) mod relations;
