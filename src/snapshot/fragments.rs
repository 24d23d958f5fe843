//! Files of fragments: the path of an entity's file, and its content with keys in canonical order.

use serde_json::{Map, Value};

use crate::{
    base::{
        path::{PathError, RelativePath},
        yaml::{self, YamlError},
    },
    catalog::{
        entity::text_at,
        kinds::{KindSpec, kind_spec},
        reference::DEFAULT_NAMESPACE,
    },
};

const ROOT: &[&str] = &["apiVersion", "kind", "metadata", "spec"];
const METADATA: &[&str] =
    &["name", "namespace", "title", "description", "labels", "annotations", "tags", "links"];
const LINK: &[&str] = &["url", "title", "icon", "type"];

/// Puts the keys of an entity into canonical order: known keys in reading order, then others sorted.
/// Lists keep their order. Nothing below the `spec` of a template is sorted, because the order of its
/// parameters is the order of the form.
pub(super) fn canonical(entity: &Value) -> Value {
    let kind = text_at(entity, "/kind").and_then(kind_spec);
    ordered(entity, ROOT, |key, value| match (key, value) {
        ("metadata", metadata) => ordered(metadata, METADATA, |key, value| match (key, value) {
            ("links", Value::Array(links)) => {
                let links = links.iter().map(|link| ordered(link, LINK, |_, v| sorted(v)));
                Value::Array(links.collect())
            }
            _ => sorted(value),
        }),
        ("spec", spec) => canonical_spec(spec, kind),
        _ => sorted(value),
    })
}

fn canonical_spec(spec: &Value, kind: Option<&KindSpec>) -> Value {
    let fields = kind.map_or(&[][..], |kind| kind.fields);
    let known: Vec<&str> = fields.iter().map(|field| field.name).collect();
    let is_template = kind.is_some_and(|kind| kind.name == "Template");
    ordered(spec, &known, |_, value| if is_template { value.clone() } else { sorted(value) })
}

/// Orders the keys of a map, known ones first. `child` makes the values.
fn ordered(value: &Value, known: &[&str], child: impl Fn(&str, &Value) -> Value) -> Value {
    let Value::Object(map) = value else {
        return sorted(value);
    };
    let rank = |key: &str| known.iter().position(|k| *k == key).unwrap_or(known.len());
    let mut keys: Vec<&String> = map.keys().collect();
    keys.sort_by(|a, b| (rank(a), a).cmp(&(rank(b), b)));
    let entries = keys.into_iter().map(|key| (key.clone(), child(key, &map[key])));
    Value::Object(entries.collect::<Map<_, _>>())
}

fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(_) => ordered(value, &[], |_, value| sorted(value)),
        Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
        other => other.clone(),
    }
}

/// The file of a valid entity, relative to the folder of its source: `component/default/cart.yaml`.
///
/// References ignore case, so that two files that differ only in case are of one entity.
pub(super) fn path_of(entity: &Value) -> Result<RelativePath, PathError> {
    let part = |pointer| text_at(entity, pointer);
    RelativePath::new(format!(
        "{}/{}/{}.yaml",
        part("/kind").unwrap_or_default().to_lowercase(),
        part("/metadata/namespace").unwrap_or(DEFAULT_NAMESPACE),
        part("/metadata/name").unwrap_or_default(),
    ))
}

/// The content of the file.
pub(super) fn text_of(canonical: &Value) -> Result<Vec<u8>, YamlError> {
    yaml::value_to_string(canonical).map(String::into_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn keys_have_one_order() {
        let entity = json!({
            "spec": {"zone": {"b": 1, "a": [{"d": 1, "c": 2}]}, "owner": "x", "type": "service",
                "area": "z", "lifecycle": "production"},
            "kind": "Component",
            "metadata": {"links": [{"title": "t", "url": "https://u"}], "custom": 1,
                "annotations": {"b/x": "1", "a/x": "2"}, "namespace": "shop", "name": "Cart"},
            "apiVersion": "backstage.io/v1alpha1",
        });
        let text = String::from_utf8(text_of(&canonical(&entity)).expect("YAML")).expect("UTF-8");
        callboard_testing::assert_text(
            text,
            callboard_testing::str![[r"
apiVersion: backstage.io/v1alpha1
kind: Component
metadata:
  name: Cart
  namespace: shop
  annotations:
    a/x: '2'
    b/x: '1'
  links:
  - url: https://u
    title: t
  custom: 1
spec:
  type: service
  lifecycle: production
  owner: x
  area: z
  zone:
    a:
    - c: 2
      d: 1
    b: 1

"]],
        );
        let path = path_of(&entity).expect("a path");
        assert_eq!(path.as_str(), "component/shop/Cart.yaml");
    }

    #[test]
    fn the_parameters_of_a_template_keep_their_order() {
        let entity = json!({"kind": "Template", "spec": {"parameters": {"z": 1, "a": 2}}});
        let made = canonical(&entity);
        let keys: Vec<_> = made["spec"]["parameters"].as_object().expect("a map").keys().collect();
        assert_eq!(keys, ["z", "a"]);
    }

    proptest::proptest! {
        #[test]
        fn a_file_reads_back_as_the_entity(text in "\\PC{0,40}|[0-9eE.+x:_-]{1,6}|yes|null|~|- a|\n b\n") {
            let entity = json!({"kind": "X", "metadata": {"name": text, "labels": {"k": text}}});
            let bytes = text_of(&canonical(&entity)).expect("YAML");
            let text = String::from_utf8(bytes).expect("UTF-8");
            proptest::prop_assert_eq!(&yaml::parse_documents(&text), &[Ok(entity)]);
        }
    }
}
