//! SARIF 2.1.0, the format that code scanning of forges and editors reads.

use serde_json::{Value, json};

use super::{
    Report,
    baseline::{Entry, stable},
    codes::{CODES, Code},
};
use crate::{
    base::{
        diagnostics::{Diagnostic, Level, Place, Position},
        hash::sha256_hex,
        percent::encode_path,
    },
    cli::annotation::text,
};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// Makes the log of one run. Problems of the baseline are results with a suppression; entries of the baseline
/// that were not found are results with the state `absent`.
pub(super) fn log(report: &Report, least: Level, below: &str) -> Value {
    let has_baseline = report.baseline.is_some();
    let shown = |d: &&Diagnostic| d.level >= least;
    let mut results = Vec::new();
    for problem in report.new.iter().filter(shown) {
        let mut value = result(problem, below);
        if has_baseline {
            value["baselineState"] = "new".into();
        }
        results.push(value);
    }
    for problem in report.old.iter().filter(shown) {
        let mut value = result(problem, below);
        value["baselineState"] = "unchanged".into();
        value["suppressions"] = json!([{
            "kind": "external",
            "status": "accepted",
            "justification": format!("listed in {}", report.baseline.as_deref().unwrap_or_default()),
        }]);
        results.push(value);
    }
    results.extend(report.gone.iter().filter_map(|entry| absent(entry, least, below)));
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "callboard",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": CODES.iter().copied().map(rule).collect::<Vec<_>>(),
            }},
            "invocations": [{ "executionSuccessful": report.entities.is_some() }],
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    })
}

fn rule(code: &Code) -> Value {
    json!({
        "id": code.name,
        "shortDescription": { "text": code.summary },
        "help": { "text": code.help },
        "defaultConfiguration": { "level": code.level.as_str() },
    })
}

fn result(problem: &Diagnostic, below: &str) -> Value {
    let Diagnostic { level, code, place, message, .. } = problem;
    result_of(code, *level, &text(problem), place, &print_of(code, &place.file, message), below)
}

/// An entry of the baseline that was not found; its level is the usual one of its code.
fn absent(entry: &Entry, least: Level, below: &str) -> Option<Value> {
    let level = CODES.iter().find(|code| code.name == entry.code)?.level;
    let place = Place::file(&entry.file);
    let print = print_of(&entry.code, &entry.file, &entry.message);
    let mut value = result_of(&entry.code, level, &entry.message, &place, &print, below);
    value["baselineState"] = "absent".into();
    (level >= least).then_some(value)
}

fn result_of(
    code: &str,
    level: Level,
    text: &str,
    place: &Place,
    print: &str,
    below: &str,
) -> Value {
    let mut location =
        json!({ "artifactLocation": { "uri": encode_path(&format!("{below}{}", place.file)) } });
    if let Some(Position { line, column }) = place.position {
        location["region"] = json!({ "startLine": line, "startColumn": column });
    }
    let mut value = json!({
        "ruleId": code,
        "level": level.as_str(),
        "message": { "text": text },
        "locations": [{ "physicalLocation": location }],
        "partialFingerprints": { "callboard/v1": print },
    });
    if let Some(index) = CODES.iter().position(|known| known.name == code) {
        value["ruleIndex"] = index.into();
    }
    value
}

/// The fingerprint of a problem, which does not depend on its line.
pub(super) fn print_of(code: &str, file: &str, message: &str) -> String {
    sha256_hex(format!("{code}\0{file}\0{}", stable(message)).as_bytes())
}
