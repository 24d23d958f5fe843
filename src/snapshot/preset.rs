//! Presets: sources that ship in the binary and are used with a few values.
//!
//! A preset is a folder of `presets/` with two files. `preset.yaml` has these keys:
//!
//! - `description`: one line for people who choose.
//! - `variables`: environment variables that the preset reads → what each is, and what the account
//!   behind it must be allowed.
//! - `parameters`: name → `question`, and optionally `default`, `example` and `pattern` (a regular
//!   expression for the whole value). A parameter without a default must be given; one that is
//!   `rare: true` has a default that fits nearly everyone, so nobody is asked.
//! - `source`: the keys of a source's file. `%{name}` in a text stands for the value of a parameter.
//!   An entry whose whole text is the `%{name}` of an empty value is left out.
//!
//! `mapping.jq` is the mapping; it sees all values, the defaults included, as `$values`.
//!
//! Values go into texts after YAML was read, so that no value can add a key. Environment variables
//! in them are left as they are: they are filled in where a request is made.

use std::collections::BTreeMap;

use jaq_json::Val;
use rust_embed::{EmbeddedFile, RustEmbed};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{index::EntityIndex, program::Program};
use crate::base::{json::search_texts, schema, text::did_you_mean, yaml, yaml::EntryPart};

#[derive(RustEmbed)]
#[folder = "src/snapshot/presets"]
struct PresetFiles;

/// The reason why reading an embedded file cannot fail.
const TESTED: &str = "a test reads every preset";

/// Values of a preset's parameters, by name.
pub type Values = BTreeMap<String, String>;

/// A source that ships in the binary.
#[derive(Debug)]
pub struct Preset {
    /// Its name: that of its folder.
    pub name: String,
    /// What it reads and writes, in one line.
    pub description: String,
    /// Environment variables that it reads, and what each is.
    pub variables: BTreeMap<String, String>,
    /// What it must be told, in the order of its questions.
    pub parameters: Vec<Parameter>,
    source: Value,
}

/// What a preset must be told.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Parameter {
    /// Its name.
    #[serde(skip)]
    pub name: String,
    /// What to ask a person, without a question mark.
    pub question: String,
    /// The value when none is given; without it one must be given.
    pub default: Option<String>,
    /// A value that could be given.
    pub example: Option<String>,
    /// A regular expression that the whole value matches.
    pub pattern: Option<String>,
    /// True when the default fits nearly everyone.
    #[serde(default)]
    pub rare: bool,
}

/// A value that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrongValue {
    /// JSON pointer in the file of the source.
    pub pointer: String,
    /// Whether the key or the value is wrong.
    pub part: EntryPart,
    /// What is wrong.
    pub message: String,
    /// How to correct it.
    pub hint: Option<String>,
}

/// A preset: a source that is used with a few values.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PresetFile {
    /// One line for people who choose.
    description: String,
    /// Environment variables that it reads, and what the account behind each must be allowed.
    #[serde(default)]
    variables: BTreeMap<String, String>,
    /// What it must be told, by name.
    #[serde(default)]
    #[schemars(with = "BTreeMap<String, Parameter>")]
    parameters: Map<String, Value>,
    /// The keys of a source's file; `%{name}` in a text stands for the value of a parameter.
    #[schemars(with = "Map<String, Value>")]
    source: Value,
}

/// The JSON Schema of `preset.yaml`.
pub fn preset_schema() -> Value {
    schema::of::<PresetFile>("Preset")
}

/// Names of all presets, sorted.
pub fn preset_names() -> Vec<String> {
    let folders =
        PresetFiles::iter().filter_map(|file| Some(file.strip_suffix("/preset.yaml")?.to_owned()));
    let mut names: Vec<_> = folders.collect();
    names.sort();
    names
}

/// Returns the preset of this name.
pub fn preset(name: &str) -> Option<Preset> {
    let text = embedded(&format!("{name}/preset.yaml"))?;
    let file: PresetFile = yaml::from_str(&text).expect(TESTED);
    let parameters = file.parameters.into_iter().map(|(name, value)| {
        let parameter: Parameter = serde_json::from_value(value).expect(TESTED);
        Parameter { name, ..parameter }
    });
    Some(Preset {
        name: name.to_owned(),
        description: file.description,
        variables: file.variables,
        parameters: parameters.collect(),
        source: file.source,
    })
}

fn embedded(path: &str) -> Option<String> {
    let EmbeddedFile { data, .. } = PresetFiles::get(path)?;
    Some(String::from_utf8(data.into_owned()).expect(TESTED))
}

impl Preset {
    /// The mapping's text.
    pub fn mapping(&self) -> String {
        embedded(&format!("{}/mapping.jq", self.name)).expect(TESTED)
    }

    /// Checks values and adds the defaults of those that are missing.
    ///
    /// # Errors
    /// Every value that is missing, unknown or does not match its pattern. A value that comes from
    /// the environment is not matched, for it is not known yet.
    pub fn complete(&self, given: &Values) -> Result<Values, Vec<WrongValue>> {
        let mut wrong: Vec<_> = given.keys().filter_map(|name| self.unknown(name)).collect();
        let mut values = Values::new();
        for parameter in &self.parameters {
            let name = &parameter.name;
            match given.get(name).or(parameter.default.as_ref()) {
                Some(value) => {
                    wrong.extend(parameter.mismatch(value));
                    values.insert(name.clone(), value.clone());
                }
                None => wrong.push(parameter.missing()),
            }
        }
        if wrong.is_empty() { Ok(values) } else { Err(wrong) }
    }

    /// The keys of the source's file, with these complete values inserted.
    pub fn source(&self, values: &Values) -> Value {
        fill(&self.source, values).unwrap_or_default()
    }

    /// JSON pointers of the keys that contain values, each with the name of the first value in it.
    pub(super) fn value_keys(&self) -> Vec<(String, String)> {
        search_texts(&self.source, &|text, _| {
            let (name, _) = text.split_once("%{")?.1.split_once('}')?;
            Some(name.to_owned())
        })
    }

    fn unknown(&self, name: &str) -> Option<WrongValue> {
        let known = || self.parameters.iter().map(|parameter| parameter.name.as_str());
        if known().any(|other| other == name) {
            return None;
        }
        let all = || {
            let names: Vec<_> = known().map(|name| format!("`{name}`")).collect();
            format!("it has {}", names.join(", "))
        };
        Some(WrongValue {
            pointer: format!("/values/{}", escape(name)),
            part: EntryPart::Key,
            message: format!("the preset `{}` has no value `{name}`", self.name),
            hint: did_you_mean(name, known()).or_else(|| Some(all())),
        })
    }
}

impl Parameter {
    fn missing(&self) -> WrongValue {
        let example = self.example.as_deref().unwrap_or("…");
        WrongValue {
            pointer: "/values".into(),
            part: EntryPart::Value,
            message: format!("the value `{}` is missing: {}", self.name, self.question),
            hint: Some(format!("write it below `values`, as in `{}: {example}`", self.name)),
        }
    }

    /// Checks a value against the pattern, unless it has environment variables.
    pub fn mismatch(&self, value: &str) -> Option<WrongValue> {
        let pattern = self.pattern.as_ref()?;
        if value.contains("${") || matches(pattern, value) {
            return None;
        }
        Some(WrongValue {
            pointer: format!("/values/{}", escape(&self.name)),
            part: EntryPart::Value,
            message: format!("`{value}` cannot be the value of `{}`: {}", self.name, self.question),
            hint: Some(match &self.example {
                Some(example) => format!("it looks like `{example}`"),
                None => format!("it matches `{pattern}`"),
            }),
        })
    }
}

/// True when the whole value matches.
fn matches(pattern: &str, value: &str) -> bool {
    let program = Program::compile(r#"test("^(?:" + $pattern + ")$")"#, &["$pattern"]);
    let program = program.expect("it compiles in every test");
    let pattern = Val::from(pattern.to_owned());
    let found = program.run(&EntityIndex::default(), [pattern], Val::from(value.to_owned()));
    matches!(found.as_deref(), Ok([Val::Bool(true)]))
}

/// One part of a JSON pointer.
fn escape(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Inserts values into all texts; `None` when a text consists of one empty value.
fn fill(value: &Value, values: &Values) -> Option<Value> {
    match value {
        Value::String(text) => {
            let filled = insert(text, values);
            (text.is_empty() || !filled.is_empty()).then_some(Value::String(filled))
        }
        Value::Array(items) => Some(items.iter().filter_map(|item| fill(item, values)).collect()),
        Value::Object(map) => {
            let entries = map.iter();
            let filled =
                entries.filter_map(|(key, value)| Some((key.clone(), fill(value, values)?)));
            Some(Value::Object(filled.collect()))
        }
        other => Some(other.clone()),
    }
}

/// Replaces every `%{name}`. Inserted values are not searched for further names.
fn insert(text: &str, values: &Values) -> String {
    let mut parts = text.split("%{");
    let mut filled = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}') {
            Some((name, rest)) if values.contains_key(name) => {
                filled.push_str(&values[name]);
                filled.push_str(rest);
            }
            _ => {
                filled.push_str("%{");
                filled.push_str(part);
            }
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    fn example() -> Preset {
        let parameter = |name: &str, default: Option<&str>, pattern: Option<&str>| Parameter {
            name: name.into(),
            question: format!("Which {name}"),
            default: default.map(Into::into),
            example: Some("acme".into()),
            pattern: pattern.map(Into::into),
            rare: false,
        };
        Preset {
            name: "example".into(),
            description: String::new(),
            variables: BTreeMap::new(),
            parameters: vec![
                parameter("organisation", None, Some("[a-z]+|x/y")),
                parameter("ca", Some(""), None),
            ],
            source: json!({
                "url": "https://h.example/%{organisation}/{.id}?a=%{other}",
                "tls": { "ca": "%{ca}" },
                "headers": { "X-%{ca}": "", "Y": "${TOKEN}" },
            }),
        }
    }

    fn values(given: &[(&str, &str)]) -> Values {
        given.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect()
    }

    fn wrong(given: &[(&str, &str)]) -> Vec<String> {
        let wrong = example().complete(&values(given)).expect_err("wrong values");
        let texts = wrong
            .into_iter()
            .map(|w| format!("{}: {} ({})", w.pointer, w.message, w.hint.unwrap_or_default()));
        texts.collect()
    }

    #[test]
    fn values_stand_in_texts_and_nowhere_else() {
        let preset = example();
        let given = values(&[("organisation", "${ORG}\nheaders: {evil: \"%{ca}\"}")]);
        let values = preset.complete(&given).expect("complete");
        assert_eq!(
            preset.source(&values),
            json!({
                "url": "https://h.example/${ORG}\nheaders: {evil: \"%{ca}\"}/{.id}?a=%{other}",
                "tls": {},
                "headers": { "X-%{ca}": "", "Y": "${TOKEN}" },
            })
        );
    }

    #[test]
    fn every_wrong_value_is_reported_with_its_place() {
        assert_eq!(
            wrong(&[("organization", "acme"), ("zz", "")]),
            [
                "/values/organization: the preset `example` has no value `organization` (did you mean `organisation`?)",
                "/values/zz: the preset `example` has no value `zz` (it has `organisation`, `ca`)",
                "/values: the value `organisation` is missing: Which organisation (write it below `values`, as in `organisation: acme`)",
            ]
        );
        for value in ["Acme", "x/y/", "", "a\n"] {
            let found = wrong(&[("organisation", value)]);
            assert!(found[0].starts_with("/values/organisation: "), "{found:?}");
            assert!(found[0].ends_with("(it looks like `acme`)"), "{found:?}");
        }
        assert!(example().complete(&values(&[("organisation", "x/y")])).is_ok());
    }

    /// Every `%{name}` and `$values.name` of a preset.
    fn used(preset: &Preset) -> BTreeSet<String> {
        let text = preset.source.to_string();
        let inserted = text.split("%{").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
        let mapping = preset.mapping();
        let read = mapping.split("$values.").skip(1).map(|rest| {
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            &rest[..end.unwrap_or(rest.len())]
        });
        inserted.chain(read).map(Into::into).collect()
    }

    #[test]
    fn every_preset_is_sound() {
        assert!(preset_names().contains(&"azure-devops".into()));
        for name in preset_names() {
            let preset = preset(&name).expect("it is listed");
            let parameters: BTreeSet<_> =
                preset.parameters.iter().map(|p| p.name.clone()).collect();
            assert_eq!(used(&preset), parameters, "{name}: used and asked for");
            let example = |p: &Parameter| p.example.clone().or_else(|| p.default.clone());
            let values: Values = preset
                .parameters
                .iter()
                .map(|p| (p.name.clone(), example(p).unwrap_or_default()))
                .collect();
            let values = preset.complete(&values).unwrap_or_else(|e| panic!("{name}: {e:?}"));
            let source = preset.source(&values).to_string();
            let named = source.split("${").skip(1).filter_map(|rest| Some(rest.split_once('}')?.0));
            let named: BTreeSet<_> = named.collect();
            let explained: BTreeSet<_> = preset.variables.keys().map(String::as_str).collect();
            assert_eq!(named, explained, "{name}: variables");
            assert!(!preset.description.contains('\n'), "{name}: one line");
            let mapping = preset.mapping();
            let compiled = Program::compile(&mapping, &["$request", "$parent", "$values"]);
            assert!(compiled.is_ok(), "{name}: {:?}", compiled.err());
        }
    }
}
