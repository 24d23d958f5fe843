//! Merge keys of YAML 1.1 (`<<`), which the parser leaves as ordinary keys.

use serde_json::{Map, Value};

/// The key whose maps are merged into the map that has it.
const KEY: &str = "<<";

/// Applies merge keys in a value: the maps of `<<` fill in the keys that the map does not have, the first map first,
/// in the place of `<<`. A value of `<<` that is neither a map nor a list of maps is left out.
pub fn merge_keys(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(merge_keys),
        Value::Object(map) => {
            map.values_mut().for_each(merge_keys);
            if map.contains_key(KEY) {
                *map = merged(std::mem::take(map));
            }
        }
        _ => {}
    }
}

fn merged(map: Map<String, Value>) -> Map<String, Value> {
    let own: Vec<String> = map.keys().cloned().collect();
    let mut merged = Map::new();
    for (key, value) in map {
        let others = match value {
            Value::Object(other) if key == KEY => vec![other],
            Value::Array(others) if key == KEY => others.into_iter().filter_map(object).collect(),
            _ if key == KEY => Vec::new(),
            value => {
                merged.insert(key, value);
                continue;
            }
        };
        for (key, value) in others.into_iter().flatten() {
            if !own.contains(&key) {
                merged.entry(key).or_insert(value);
            }
        }
    }
    merged
}

fn object(value: Value) -> Option<Map<String, Value>> {
    match value {
        Value::Object(map) => Some(map),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::yaml::parse_documents;

    #[test]
    fn own_keys_are_stronger_than_merged_ones_and_stay_in_their_places() {
        let text = "a: &a {type: x, least: 3}\nb: &b {type: y, most: 9}\n\
                    c: {first: 1, <<: [*a, *b], least: 4}\nd: [{<<: 7, e: 1}]\n";
        let mut value = parse_documents(text).remove(0).expect("YAML");
        merge_keys(&mut value);
        assert_eq!(value["c"].to_string(), r#"{"first":1,"type":"x","most":9,"least":4}"#);
        assert_eq!(value["d"].to_string(), r#"[{"e":1}]"#);
    }
}
