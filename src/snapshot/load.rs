//! Loads sources: reads `catalog-data/sources/<name>.yaml` and its mapping, applies the preset, and
//! reports everything that is wrong with them.
//!
//! Environment variables are not replaced here, so that a source can be checked where none is set.

use std::path::Path;

use jaq_json::Val;

use super::{
    mapping::{Mapping, from_json},
    parse::parse,
    preset::{Values, preset, preset_names},
    raw::{RawKind, RawSource, VERSION},
    source::{SOURCES, Source, SourceFile},
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        files::{Directory, Files},
        fs::{self, FileError},
        text::{did_you_mean, nearest},
        yaml::{self, EntryPart, YamlError, YamlText},
    },
    catalog::names,
};

/// Loads a source with its mapping. The inner error lists what is wrong with its files.
///
/// # Errors
/// When a file exists but cannot be read.
pub(super) fn load(root: &Path, name: &str) -> Result<Result<Source, Vec<Diagnostic>>, FileError> {
    let file = format!("{SOURCES}/{name}.yaml");
    if !is_source_name(name) {
        let message = format!("`{name}` cannot be the name of a source");
        let problem = Diagnostic::error("invalid-source-name", Place::file(file), message)
            .hint("use letters, digits and, between them, `-`, `_` or `.`");
        return Ok(Err(vec![problem]));
    }
    let files = Directory::new(root);
    let Some(text) = files.text(&file)? else {
        let known = source_names(root)?;
        let problem = Diagnostic::error("missing-source", Place::file(file), "the file is missing")
            .hint_opt(
                nearest(name, known.iter().map(String::as_str))
                    .map(|near| format!("did you mean the source `{near}`?")),
            );
        return Ok(Err(vec![problem]));
    };
    let text = YamlText::from(text);
    let raw = match yaml::from_versioned_str::<RawSource>(&text, VERSION) {
        Ok(raw) => with_preset(&file, &text, raw),
        Err(error) => Err(vec![explain(&file, error)]),
    };
    let program = format!("{SOURCES}/{name}.jq");
    let own = files.text(&program)?;
    Ok(match raw {
        Ok((raw, given)) => {
            let PresetOutput { mapping, values, preset_keys } = given;
            let document = yaml::from_str(&text).unwrap_or_default();
            let described = SourceFile { path: file, text, document, preset_keys };
            let needs_none = matches!(raw.kind, Some(RawKind::File | RawKind::Git));
            match own.or(mapping) {
                Some(code) => Mapping::compile(&program, &code, values)
                    .and_then(|mapping| parse(name, described, raw, mapping)),
                None if needs_none => Mapping::compile(&described.path, AS_IT_IS, values)
                    .and_then(|mapping| parse(name, described, raw, mapping)),
                None => Err(vec![missing_mapping(&program)]),
            }
        }
        Err(mut problems) => {
            match own {
                Some(code) => {
                    let compiled = Mapping::compile(&program, &code, Val::Null);
                    problems.extend(compiled.err().into_iter().flatten());
                }
                None if problems.is_empty() => problems.push(missing_mapping(&program)),
                None => {}
            }
            Err(problems)
        }
    })
}

/// The mapping of a source of files without a mapping, whose records are entities.
const AS_IT_IS: &str = ".";

/// The result of a preset, beside the keys of the source.
struct PresetOutput {
    mapping: Option<String>,
    values: Val,
    /// See [`SourceFile::preset_keys`].
    preset_keys: Vec<(String, String)>,
}

/// Applies the preset of a source, when it has one.
fn with_preset(
    file: &str,
    text: &YamlText,
    mut raw: RawSource,
) -> Result<(RawSource, PresetOutput), Vec<Diagnostic>> {
    let at = |pointer: &str, part: EntryPart| Place::at(file, text.locate(0, pointer, part));
    let given: Values =
        std::mem::take(&mut raw.values).into_iter().map(|(key, value)| (key, value.0)).collect();
    let Some(name) = raw.preset.take() else {
        if !given.is_empty() {
            let message = "`values` are for a `preset`, and there is none";
            let place = at("/values", EntryPart::Key);
            return Err(vec![Diagnostic::error("invalid-source", place, message)]);
        }
        let values = from_json(&serde_json::Value::Object(serde_json::Map::new()));
        return Ok((raw, PresetOutput { mapping: None, values, preset_keys: Vec::new() }));
    };
    let Some(preset) = preset(&name) else {
        let names = preset_names();
        let message = format!("there is no preset `{name}`");
        let problem = Diagnostic::error("invalid-source", at("/preset", EntryPart::Value), message)
            .hint(
                did_you_mean(&name, names.iter().map(String::as_str))
                    .unwrap_or_else(|| format!("there are {}", names.join(", "))),
            );
        return Err(vec![problem]);
    };
    let values = preset.complete(&given).map_err(|wrong| {
        let problems = wrong.into_iter().map(|wrong| {
            let place = at(&wrong.pointer, wrong.part);
            Diagnostic::error("invalid-source", place, wrong.message).hint_opt(wrong.hint)
        });
        problems.collect::<Vec<_>>()
    })?;
    let weaker = serde_json::from_value(preset.source(&values)).map_err(|e| {
        let message = format!("the preset `{name}` cannot be used with these values: {e}");
        vec![Diagnostic::error("invalid-source", at("/values", EntryPart::Value), message)]
    })?;
    let seen = values.iter().map(|(key, value)| (key.clone(), value.clone().into()));
    let values = from_json(&serde_json::Value::Object(seen.collect()));
    Ok((
        raw.over(weaker),
        PresetOutput { mapping: Some(preset.mapping()), values, preset_keys: preset.value_keys() },
    ))
}

fn missing_mapping(program: &str) -> Diagnostic {
    Diagnostic::error("missing-mapping", Place::file(program), "the file is missing")
        .hint("write the jq program that makes entities of one record")
}

/// True for a valid name of a source. `manual` and `scaffolds` are reserved for files that no source
/// writes.
pub fn is_source_name(name: &str) -> bool {
    names::is_object_name(name) && !matches!(name, "manual" | "scaffolds")
}

/// Lists the sources that have a file, sorted.
pub fn source_names(root: &Path) -> Result<Vec<String>, FileError> {
    let files = fs::walk(&root.join(SOURCES))?.files;
    Ok(files
        .iter()
        .filter_map(|file| file.as_str().strip_suffix(".yaml"))
        .map(str::to_owned)
        .collect())
}

/// Makes a diagnostic of a YAML error.
fn explain(file: &str, error: YamlError) -> Diagnostic {
    let (message, hint) = error.explain();
    Diagnostic::error("invalid-source", Place::at(file, error.position), message).hint_opt(hint)
}
