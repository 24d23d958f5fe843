//! The text of the files of a new source, with comments that explain the keys.

use clap::ValueEnum;

use crate::{
    base::yaml,
    cli::args::{AuthType, PagingType},
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
         # <name>.jq beside this one replaces the preset's mapping. See `callboard help presets`.\n",
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

/// What is known of an API beside its URL.
#[derive(Debug, Default)]
pub(super) struct Api<'a> {
    /// How the next page is found.
    pub(super) paging: Option<PagingType>,
    /// How it knows who asks.
    pub(super) auth: Option<AuthType>,
    /// Where tokens of OAuth come from.
    pub(super) token_url: Option<&'a str>,
    /// jq to the records of a page.
    pub(super) items: Option<&'a str>,
}

/// Writes the file of a source that reads a URL. What is not known is a comment for each possibility.
pub(super) fn of_url(name: &str, url: &str, api: &Api<'_>) -> String {
    let mut text = format!(
        "# How {name} is read. Every key is explained by `callboard help sources-reference`.\nkind: http\nurl: {}\n\n",
        scalar(url)
    );
    text.push_str(
        "# Keys and tokens come from the environment, never from this file: one of these. `callboard source new` writes\n\
         # it with `--auth`, which is `header`, `basic`, `bearer` or `oauth2`.\n",
    );
    let variable = name.to_uppercase().replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let token_url = scalar(api.token_url.unwrap_or("https://login.example/oauth2/token"));
    for auth in AuthType::value_variants() {
        let sign = sign(api.auth, *auth);
        text.push_str(&format!("{sign}{}\n", auth_line(*auth, &variable, &token_url)));
    }
    text.push_str(
        "\n# How the next page is found, one of these; without one, there is one page. `--paging` writes it: `page`,\n\
         # `offset`, `cursor`, `odata`, `link` or `continuation`.\n",
    );
    for paging in PagingType::value_variants() {
        let sign = sign(api.paging, *paging);
        text.push_str(&format!("{sign}paging: {{ {} }}\n", paging_keys(*paging)));
    }
    let (sign, items) = match (api.items, api.paging) {
        (Some(items), _) => ("", items),
        (None, Some(PagingType::Odata)) => ("", ".value[]"),
        (None, _) => ("# ", ".data[]"),
    };
    text.push_str(&format!(
        "\n# Where the records stand in an answer that is not itself their list (`--items`):\n{sign}items: {}\n",
        scalar(items)
    ));
    text
}

/// What is before a line: nothing when it is chosen, else the sign of a comment.
fn sign<T: PartialEq>(chosen: Option<T>, one: T) -> &'static str {
    if chosen == Some(one) { "" } else { "# " }
}

fn auth_line(auth: AuthType, variable: &str, token_url: &str) -> String {
    match auth {
        AuthType::Header => format!(r#"headers: {{ X-Api-Key: "${{{variable}_KEY}}" }}"#),
        AuthType::Basic => format!(
            r#"auth: {{ type: basic, username: "${{{variable}_USER}}", password: "${{{variable}_PASSWORD}}" }}"#
        ),
        AuthType::Bearer => format!(r#"auth: {{ type: bearer, token: "${{{variable}_TOKEN}}" }}"#),
        AuthType::Oauth2 => format!(
            r#"auth: {{ type: oauth2, token_url: {token_url}, client_id: "${{{variable}_CLIENT_ID}}", client_secret: "${{{variable}_CLIENT_SECRET}}" }}"#
        ),
    }
}

fn paging_keys(paging: PagingType) -> &'static str {
    match paging {
        PagingType::Page => "type: page, parameter: page, first: 1",
        PagingType::Offset => "type: offset, parameter: offset, limit: 100, limit_parameter: limit",
        PagingType::Cursor => "type: cursor, next: .next, parameter: cursor",
        PagingType::Odata => "type: odata",
        PagingType::Link => "type: link",
        PagingType::Continuation => {
            "type: continuation, header: x-ms-continuationtoken, parameter: continuationToken"
        }
    }
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
