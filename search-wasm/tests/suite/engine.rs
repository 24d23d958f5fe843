//! The committed wasm engine: built from these sources, and with the same answers as the native engine.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use callboard_search::{HEAD_NAME, Head, PARTS, PackedIndex, build_index};
use flate2::{Compression, write::GzEncoder};
use serde_json::Value;

use crate::fixture::generated;
use crate::sources::{hex, sources_hash};

const REBUILD: &str = "rebuild the engine with `make wasm` and commit it";

fn engine_dir() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../site-templates/search")
}

#[test]
fn the_engine_is_built_from_these_sources() {
    let manifest = fs::read_to_string(engine_dir().join("engine.json")).unwrap();
    let manifest: Value = serde_json::from_str(&manifest).unwrap();
    let engine = fs::read(engine_dir().join("engine.bin")).unwrap();
    assert_eq!(manifest["engine"], hex(&engine), "engine.json is of another engine.bin: {REBUILD}");
    let sources = sources_hash().unwrap();
    assert_eq!(manifest["sources"], sources, "the sources changed since: {REBUILD}");
}

/// Questions of all sorts: names, halves, typos, accents, several words, nothing, nonsense.
const QUESTIONS: [&str; 24] = [
    "checkout",
    "check",
    "c",
    "checkout-api",
    "CheckoutApi",
    "checkoutapi1",
    "chekcout",
    "checkoot ",
    "équipe livraison",
    "EQUIPE",
    "postgresql kafka",
    "PostgreSQL Kafka nightly",
    "team payment java",
    "payment zzzzzz",
    "zzzzzz",
    "",
    "   ",
    "deprecated order",
    "order-service-1",
    "ordre-service-1",
    "shipp api batch",
    "component default",
    "🛒 stock",
    "gère les commandes",
];

/// Writes an index into a folder of its own, for `tests/ask.mjs`.
fn write_index(name: &str, index: &PackedIndex) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::remove_dir_all(&folder).ok();
    fs::create_dir_all(folder.join(PARTS)).unwrap();
    for (name, bytes) in &index.files {
        fs::write(folder.join(name), bytes).unwrap();
    }
    folder
}

/// Asks the wasm engine.
fn ask(folder: &Path, questions: &[&str]) -> Vec<Value> {
    ask_and_count(folder, questions).0
}

/// Asks the wasm engine; its answers, and how many parts of the index it read.
fn ask_and_count(folder: &Path, questions: &[&str]) -> (Vec<Value>, u64) {
    let engine = std::env::var_os("CALLBOARD_ENGINE")
        .map_or_else(|| engine_dir().join("engine.bin"), PathBuf::from);
    let mut node = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ask.mjs"))
        .args([engine.as_path(), folder])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test needs Node: apt-get install nodejs");
    // The engine may give up before it has read all.
    let mut stdin = node.stdin.take().unwrap();
    stdin.write_all(questions.join("\n").as_bytes()).ok();
    drop(stdin);
    let output = node.wait_with_output().unwrap();
    assert!(output.status.success());
    let lines = String::from_utf8(output.stdout).unwrap();
    let mut values: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let read = values.pop().and_then(|read| read.as_u64()).unwrap();
    (values, read)
}

/// Takes the scores out of an answer: logarithms may differ in the last digit.
fn split_scores(mut answer: Value) -> (Value, Vec<f64>) {
    let hits = answer["hits"].as_array_mut().unwrap();
    let scores = hits.iter_mut().map(|hit| hit["score"].take().as_f64().unwrap()).collect();
    (answer, scores)
}

#[test]
fn wasm_and_native_engine_give_the_same_answers() {
    let index = build_index(generated(1500)).unwrap();
    let answers = ask(&write_index("same-answers", &index), &QUESTIONS);
    let searcher = index.searcher().unwrap();
    assert_eq!(answers.len(), QUESTIONS.len());
    for (question, answer) in QUESTIONS.iter().zip(answers) {
        let native = searcher.search(question, 10).unwrap().to_json().unwrap();
        let (native, native_scores) = split_scores(serde_json::from_slice(&native).unwrap());
        let (wasm, wasm_scores) = split_scores(answer);
        assert_eq!(wasm, native, "{question:?}");
        let close = |(a, b): (&f64, &f64)| (a - b).abs() <= 1e-4 * a.abs();
        assert!(wasm_scores.iter().zip(&native_scores).all(close), "{question:?}");
    }
}

#[test]
fn what_the_wasm_engine_has_read_it_does_not_read_again() {
    let folder = write_index("read-once", &build_index(generated(6000)).unwrap());
    let (once, read) = ask_and_count(&folder, &QUESTIONS);
    let (twice, all) = ask_and_count(&folder, &[QUESTIONS, QUESTIONS].concat());
    assert_eq!(twice, [once.as_slice(), &once].concat());
    assert!(read > 0 && all == read, "{read}, then {all}");
}

#[test]
fn the_wasm_engine_reports_a_damaged_index() {
    let index = build_index(generated(1500)).unwrap();
    let folder = write_index("damaged", &index);
    let head: Head = serde_json::from_slice(&fs::read(folder.join(HEAD_NAME)).unwrap()).unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(b"\x0f\0\0\0{\"format\": 999}").unwrap();
    fs::write(folder.join(PARTS).join(head.bundle), encoder.finish().unwrap()).unwrap();
    let answer = ask(&folder, &["checkout"]);
    assert_eq!(answer.len(), 1);
    let error = answer[0]["error"].as_str().unwrap();
    assert!(error.starts_with("the search index is damaged"), "{error}");
}

#[test]
fn the_wasm_engine_survives_a_missing_chunk() {
    let index = build_index(generated(6000)).unwrap();
    let folder = write_index("missing", &index);
    let head: Head = serde_json::from_slice(&fs::read(folder.join(HEAD_NAME)).unwrap()).unwrap();
    let kept = [HEAD_NAME, &format!("{PARTS}{}", head.bundle)];
    for (name, _) in index.files.iter().filter(|(name, _)| !kept.contains(&name.as_str())) {
        fs::remove_file(folder.join(name)).unwrap();
    }
    let answers = ask(&folder, &["checkout", "zzzzzz", "checkout"]);
    assert!(answers[0]["error"].as_str().unwrap().contains("no such file"), "{answers:?}");
    assert_eq!(answers[1]["hits"], Value::Array(vec![]), "needs no chunk");
    assert_eq!(answers[2], answers[0]);
}
