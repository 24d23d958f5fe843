//! The text of the files of a new source, with comments that explain the keys.

use crate::{
    base::yaml,
    snapshot::{Parameter, Preset, Values},
};

/// Writes the file of a source that uses a preset; parameters without a value are comments.
pub(super) fn of_preset(preset: &Preset, given: &Values) -> String {
    let mut text = format!("# {}.\n#\n", preset.description);
    if !preset.variables.is_empty() {
        text.push_str("# It reads these environment variables:\n");
        for (name, meaning) in &preset.variables {
            text.push_str(&format!("#   {name}: {meaning}\n"));
        }
        text.push_str("#\n");
    }
    text.push_str(
        "# Every other key of a source can stand here too, and is stronger than the preset's. A file\n\
         # <name>.jq beside this one replaces the preset's mapping. See docs/presets.md.\n",
    );
    text.push_str(&format!("preset: {}\n", preset.name));
    let is_given = |parameter: &&Parameter| given.contains_key(&parameter.name);
    if !preset.parameters.is_empty() {
        let sign = if preset.parameters.iter().any(|p| is_given(&p)) { "" } else { "# " };
        text.push_str(&format!("{sign}values:\n"));
    }
    for parameter in preset.parameters.iter().filter(is_given) {
        let value = scalar(&given[&parameter.name]);
        text.push_str(&format!("  # {}\n  {}: {value}\n", parameter.question, parameter.name));
    }
    for parameter in preset.parameters.iter().filter(|p| !is_given(p)) {
        let value = scalar(parameter.default.as_deref().unwrap_or_default());
        text.push_str(&format!("  # {}\n  # {}: {value}\n", parameter.question, parameter.name));
    }
    text
}

/// Writes the file of a source that reads a URL.
pub(super) fn of_url(name: &str, url: &str) -> String {
    let variable = name.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    format!(
        r#"# How {name} is read. Every key is explained in docs/sources.md.
kind: http
url: {url}

# Keys and tokens come from the environment, never from this file; one of:
# headers: {{ X-Api-Key: "${{{variable}_KEY}}" }}
# auth: {{ type: bearer, token: "${{{variable}_TOKEN}}" }}

# How the next page is found, such as one of:
# paging: {{ type: page, parameter: page, first: 1 }}
# paging: {{ type: link }}

# Where the records stand in an answer that is not itself their list:
# items: .data[]
"#,
        url = scalar(url)
    )
}

/// A mapping to start from, which makes entities of most records.
pub(super) const MAPPING: &str = r#"# One record in, any number of entities out; what is not named here is left behind.
{ apiVersion: "backstage.io/v1alpha1",
  kind: "Resource",
  metadata: {
    name: (.name // .id | entity_name),
    title: .name,
    description: .description
  },
  spec: { type: "record", owner: "group:default/unknown" }
}
| compact
"#;

/// Writes a text as a YAML value in one line.
pub(in crate::cli) fn scalar(text: &str) -> String {
    match yaml::to_string(&text) {
        Ok(value) if value.trim_end().lines().count() == 1 => value.trim_end().to_owned(),
        // A JSON string is a YAML scalar.
        _ => serde_json::Value::from(text).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn any_text_is_one_value_in_one_line() {
        for text in [
            "",
            "a",
            "7.1",
            "no # comment",
            "a: b",
            "- x",
            "a\nb: c",
            "'\"",
            "${X}",
            "é\u{1}",
            "*a",
            "true",
        ] {
            let value = scalar(text);
            assert!(!value.contains('\n'), "{value}");
            let read: Value = yaml::from_str(&format!("k: {value}\n")).expect("YAML");
            assert_eq!(read, json!({ "k": text }));
        }
    }
}
