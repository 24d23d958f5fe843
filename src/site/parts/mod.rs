//! What several pages show, made from the model: cards of entities, the frame of a page, lists, pictures.
//!
//! Each part is a struct that a page's view holds; its template is in `site-templates/parts`. Reading order:
//! `card` and `frame`, which every page has, then the others.

pub(super) mod api;
pub(super) mod card;
pub(super) mod deep_links;
pub(super) mod dependants;
pub(super) mod facts;
pub(super) mod frame;
pub(super) mod graph;
pub(super) mod grouped_changes;
pub(super) mod history;
pub(super) mod moment;
pub(super) mod notices;
pub(super) mod owned;
pub(super) mod page_links;
pub(super) mod people;
pub(super) mod problems;
pub(super) mod provenance;
pub(super) mod relations;
pub(super) mod runs;
pub(super) mod tree;
