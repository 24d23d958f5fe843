//! The addresses of other repositories' content that the templates of a portal name: what the lock must have.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::{
    actions::cloned_address,
    base::{
        content::is_address,
        diagnostics::Place,
        files::{FileError, Files},
        yaml::Positions,
    },
    catalog::{
        Catalog, Issue,
        includes::{Includes, has_includes},
        load::template_files,
        placeholders,
    },
    engine::{self, Context, Environment, Options, Template},
};

/// Most addresses that the choices of one step's parameters give.
const MOST_CHOICES: usize = 100;

/// Finds the addresses that the templates of a portal name, as [`addresses_of`] does.
///
/// # Errors
/// A file cannot be read.
pub fn addresses(
    files: &dyn Files,
    catalog: &Catalog,
) -> Result<BTreeMap<String, Place>, FileError> {
    let of_entities = catalog.of_kind("Template").flat_map(|entity| &entity.fragments);
    let mut names: Vec<String> = of_entities.map(|fragment| fragment.file.to_string()).collect();
    // A template that includes what is not in the lock yet is no entity.
    names.extend(template_files(files)?);
    names.sort_unstable();
    names.dedup();
    addresses_of(files, &names)
}

/// Finds the addresses that the templates of some files name, each with its first place: those of files that they
/// include, and those that their `fetch:*` steps read. An address with expressions counts where all parameters that it
/// reads have an `enum`.
///
/// Steps that are included from an address are seen once that is in the lock and the cache.
///
/// # Errors
/// A file cannot be read. Files that are no YAML are passed over: `check` names them.
pub fn addresses_of(
    files: &dyn Files,
    names: &[String],
) -> Result<BTreeMap<String, Place>, FileError> {
    let mut found = BTreeMap::new();
    for file in names {
        let Some(text) = files.text(file)? else { continue };
        let positions = Positions::new(&text);
        for (index, document) in files.documents(&text).into_iter().enumerate() {
            let Ok(document) = document else { continue };
            for (address, place) in of_document(files, file, (&positions, index), document) {
                found.entry(address).or_insert(place);
            }
        }
    }
    Ok(found)
}

/// The addresses of one document, with their places.
fn of_document(
    files: &dyn Files,
    file: &str,
    (positions, index): (&Positions, usize),
    mut document: Value,
) -> Vec<(String, Place)> {
    if document.get("kind").is_none_or(|kind| kind != "Template") {
        return Vec::new();
    }
    let mut found = Vec::new();
    if has_includes(file) {
        for placeholder in placeholders::find(&document) {
            if is_address(&placeholder.target) {
                let issue = Issue::note("", &placeholder.at, "");
                found.push((placeholder.target, issue.placed(file, positions, index).place));
            }
        }
    }
    let includes = Includes::replace(files, file, &mut document);
    let parameters = choices(&document);
    let steps = document.pointer("/spec/steps").and_then(Value::as_array);
    for (number, step) in steps.into_iter().flatten().enumerate() {
        let action = step.get("action").and_then(Value::as_str).unwrap_or_default();
        let (input, url) = match action {
            "azure:repository:clone" => ("remoteUrl", cloned_address(&step["input"])),
            _ if action.starts_with("fetch:") => {
                let url = step.pointer("/input/url").and_then(Value::as_str);
                ("url", url.unwrap_or_default().to_owned())
            }
            _ => continue,
        };
        let issue = Issue::note("", format!("/spec/steps/{number}/input/{input}"), "");
        let place = includes.diagnostic(issue, file, positions, index).place;
        let written = match engine::has_expression(&url) {
            true => rendered(&url, &parameters).unwrap_or_default(),
            false => vec![url],
        };
        let remote = written.into_iter().filter(|address| is_address(address));
        found.extend(remote.map(|address| (address, place.clone())));
    }
    found
}

/// The parameters of a template that have an `enum`, with its values.
fn choices(document: &Value) -> BTreeMap<String, Vec<Value>> {
    let pages = match document.pointer("/spec/parameters") {
        Some(Value::Array(pages)) => pages.iter().collect(),
        Some(page) => vec![page],
        None => Vec::new(),
    };
    let mut found = BTreeMap::new();
    for page in pages {
        let properties = page.get("properties").and_then(Value::as_object);
        for (name, schema) in properties.into_iter().flatten() {
            if let Some(values) = schema.get("enum").and_then(Value::as_array) {
                found.insert(name.clone(), values.clone());
            }
        }
    }
    found
}

/// What an address is for each choice of the parameters that it reads; `None` when it reads something else, there are
/// too many choices, or it cannot be rendered.
fn rendered(url: &str, choices: &BTreeMap<String, Vec<Value>>) -> Option<Vec<String>> {
    let template = Template::parse(url, &Options::default()).ok()?;
    let mut requests = vec![Map::new()];
    for reference in template.references() {
        let [root, name] = reference.path.as_slice() else { return None };
        let values = choices.get(name).filter(|_| root == "parameters")?;
        if requests.iter().any(|request: &Map<_, _>| request.contains_key(name)) {
            continue;
        }
        if requests.len() * values.len() > MOST_CHOICES {
            return None;
        }
        let with = |(request, value): (&Map<String, Value>, &Value)| {
            let mut request = request.clone();
            request.insert(name.clone(), value.clone());
            request
        };
        let pairs = requests.iter().flat_map(|request| values.iter().map(move |v| (request, v)));
        requests = pairs.map(with).collect();
    }
    let environment = Environment::default();
    let render = |parameters: Map<String, Value>| {
        let variables = Map::from_iter([("parameters".to_owned(), parameters.into())]);
        let value = template.evaluate(&Context::new(&variables), &environment).ok().flatten();
        value.as_ref().and_then(Value::as_str).map(str::to_owned)
    };
    requests.into_iter().map(render).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::load_from;

    fn found(spec: &str) -> Vec<String> {
        let template = format!(
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: a}}\nspec:\n  type: t\n{spec}"
        );
        let file = "scaffolds/templates/a/template.yaml";
        let files = BTreeMap::from([
            (file.to_owned(), template),
            (
                "scaffolds/templates/a/steps.yaml".to_owned(),
                "- {action: fetch:plain, input: {url: 'https://e.x/a/b'}}\n".to_owned(),
            ),
        ]);
        let (catalog, _) = load_from(&files, &[]).expect("readable");
        let found = addresses(&files, &catalog).expect("readable");
        found.into_iter().map(|(address, place)| format!("{address} {place}")).collect()
    }

    #[test]
    fn addresses_of_steps_and_includes_are_found_with_their_places() {
        let spec = "  parameters: [{$yaml: 'https://e.x/p.yaml'}]\n  steps:\n    - {$yaml: ./steps.yaml}\n    \
                    - {action: 'fetch:template', input: {url: ./skeleton}}\n    - {action: 'debug:log', input: {url: \
                    'https://e.x/no'}}\n    - action: fetch:template\n      input: {url: 'https://e.x/c/d/tree/main'}\n";
        let folder = "scaffolds/templates/a";
        assert_eq!(
            found(spec),
            [
                format!("https://e.x/a/b {folder}/steps.yaml:1:38"),
                format!("https://e.x/c/d/tree/main {folder}/template.yaml:12:20"),
                format!("https://e.x/p.yaml {folder}/template.yaml:6:24"),
            ]
        );
    }

    #[test]
    fn an_expression_gives_the_address_of_each_choice_of_its_parameters() {
        let spec = |url: &str| {
            format!(
                "  parameters:\n    - properties: {{lang: {{enum: [java, go]}}, size: {{enum: [s, m]}}, name: {{type: \
                 string}}}}\n  steps:\n    - {{action: 'fetch:plain', input: {{url: '{url}'}}}}\n"
            )
        };
        let addresses = |url: &str| -> Vec<String> {
            let found = found(&spec(url));
            found.iter().map(|line| line.split(' ').next().unwrap_or_default().to_owned()).collect()
        };
        assert_eq!(
            addresses("https://e.x/a/b/tree/${{ parameters.size }}/${{ parameters.lang | upper }}"),
            [
                "https://e.x/a/b/tree/m/GO",
                "https://e.x/a/b/tree/m/JAVA",
                "https://e.x/a/b/tree/s/GO",
                "https://e.x/a/b/tree/s/JAVA"
            ]
        );
        assert!(addresses("https://e.x/${{ parameters.name }}").is_empty());
        assert!(addresses("https://e.x/${{ steps.a.output.lang }}").is_empty());
        assert!(addresses("./${{ parameters.lang }}").is_empty());
    }
}
