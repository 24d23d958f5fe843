//! The extract: what a site publishes of its catalog, so that files elsewhere can be checked against it.
//!
//! Of each entity it has the fields that rules about other entities read: references, type and lifecycle. It
//! also has the files that define the entity, so that a second file with the same entity is noticed.

use std::{collections::BTreeMap, sync::Arc};

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::{
    Catalog, EntityRef,
    entity::{Entity, Fragment},
    kinds::{OWN_KIND_FIELDS, Shape, kind_spec},
    load::reference_of,
};
use crate::base::json::{self, JsonError};

/// Path of the extract in a site, packed by gzip.
pub const FILE: &str = "catalog/extract.json.gz";

/// The newest version of the format that this program reads, which is the one that it writes.
const VERSION: u32 = 1;

/// The source of entities that are known from an extract only. No source of a portal can have this name.
pub(super) const SOURCE: &str = "(extract)";

/// Texts of `spec` that rules compare between entities.
const COMPARED: [&str; 2] = ["type", "lifecycle"];

/// The files that define each entity.
pub type Claims = BTreeMap<EntityRef, Vec<Claim>>;

/// The entities of a catalog, as far as others need to know them.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Extract {
    /// Version of the format.
    version: u32,
    /// The entities, sorted by reference.
    entities: Vec<ExtractEntity>,
}

/// One entity of an extract.
#[derive(Debug, Serialize, Deserialize)]
struct ExtractEntity {
    /// `apiVersion`, `kind`, `metadata` with the name, and `spec` with what rules read.
    #[serde(flatten)]
    document: Map<String, Value>,
    /// The files that define it.
    #[serde(rename = "definedIn", default, skip_serializing_if = "Vec::is_empty")]
    claims: Vec<Claim>,
}

/// A file that defines an entity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The source that reads the file.
    pub source: String,
    /// Address of the file's repository, without a user.
    pub repository: String,
    /// The file's path in the repository.
    pub file: String,
}

/// Why a text is not an extract that this program can read.
#[derive(Debug, thiserror::Error)]
pub enum ExtractError {
    /// The text is not JSON, or has another shape.
    #[error(transparent)]
    Json(#[from] JsonError),
    /// A newer program wrote it.
    #[error("the extract has the version {0}, and this program reads {VERSION}")]
    Newer(u32),
}

/// The version alone, which every format has.
#[derive(Deserialize)]
struct Header {
    version: u32,
}

impl Extract {
    /// Makes the extract of a catalog.
    pub fn of(catalog: &Catalog, claims: &Claims) -> Self {
        let entity = |entity: &Entity| ExtractEntity {
            document: known_fields(entity),
            claims: claims.get(&entity.reference).cloned().unwrap_or_default(),
        };
        let entities = catalog.entities().iter().map(entity).collect();
        Self { version: VERSION, entities }
    }

    /// Reads the JSON of an extract.
    ///
    /// # Errors
    /// The text is not JSON, has too many values or another shape, or a newer program wrote it.
    pub fn read(text: &[u8]) -> Result<Self, ExtractError> {
        let Header { version } = json::from_slice(text, json::VALUES)?;
        if version > VERSION {
            return Err(ExtractError::Newer(version));
        }
        Ok(json::from_slice(text, json::VALUES)?)
    }

    /// Splits the extract into its entities, which have no file, and the files that define each of them.
    pub(super) fn into_entities(self) -> (Vec<Entity>, Claims) {
        let (mut entities, mut all) = (Vec::with_capacity(self.entities.len()), Claims::new());
        for ExtractEntity { document, claims } in self.entities {
            let document = Arc::new(Value::Object(document));
            let reference = reference_of(&document);
            if !claims.is_empty() {
                all.insert(reference.clone(), claims);
            }
            let fragment = Fragment {
                source: SOURCE.into(),
                file: SOURCE.into(),
                index: 0,
                document: Arc::clone(&document),
            };
            entities.push(Entity::new(reference, document, vec![fragment]));
        }
        (entities, all)
    }
}

/// The fields of an entity that an extract has.
fn known_fields(entity: &Entity) -> Map<String, Value> {
    let mut metadata = json!({ "name": entity.name() });
    if entity.reference.namespace() != super::reference::DEFAULT_NAMESPACE {
        metadata["namespace"] = entity.namespace().into();
    }
    let fields = kind_spec(entity.kind()).map_or(OWN_KIND_FIELDS, |kind| kind.fields).iter();
    let references = fields.filter(|field| matches!(field.shape, Shape::Ref(_) | Shape::Refs(_)));
    let names = COMPARED.into_iter().chain(references.map(|field| field.name));
    let value = |name: &str| {
        let value = entity.value("/spec")?.get(name)?;
        let is_empty = value.as_array().is_some_and(Vec::is_empty);
        (!is_empty).then(|| (name.to_owned(), value.clone()))
    };
    let spec: Map<_, _> = names.filter_map(value).collect();
    let mut document = Map::new();
    document.insert("kind".into(), entity.kind().into());
    document.insert("metadata".into(), metadata);
    if !spec.is_empty() {
        document.insert("spec".into(), spec.into());
    }
    document
}
