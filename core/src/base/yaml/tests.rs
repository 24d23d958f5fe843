use proptest::prelude::*;
use serde::{Deserialize, de::IgnoredAny};
use serde_json::json;

use super::{limits::NODES, *};

fn only_document(text: &str) -> Result<Value, YamlError> {
    let mut documents = parse_documents(text);
    assert_eq!(documents.len(), 1, "{text:?}");
    documents.remove(0)
}

fn refusal(text: &str) -> (String, Option<(usize, usize)>) {
    let error = only_document(text).expect_err("refused");
    (error.message, error.position.map(|at| (at.line, at.column)))
}

#[test]
fn a_duplicate_key_names_both_positions() {
    let (message, place) = refusal("a:\n  b: 1\n  c: 2\n  'b': 3\n");
    assert_eq!(message, "the key `b` is there twice: it is at line 2 column 3 already");
    assert_eq!(place, Some((4, 3)));
    let many = (0..100).map(|at| format!("k{at}: 1\n")).collect::<Vec<_>>().concat();
    assert_eq!(refusal(&format!("{many}k7: 2\n")).1, Some((101, 1)));
    assert_eq!(refusal("{a: 1, a: 2}").1, Some((1, 8)));
    assert_eq!(refusal("1: a\n\"1\": b\n").1, Some((2, 1)), "keys are texts");
    let typed = from_str::<std::collections::BTreeMap<String, u8>>("a: 1\na: 2\n");
    assert!(typed.is_err_and(|error| error.message.contains("twice")));
    // The documents around it are read.
    let documents = parse_documents("a: 1\n---\nb: 1\nb: 2\n---\nc: 3\n");
    assert_eq!(documents.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, true]);
}

#[test]
fn aliases_are_counted_before_they_are_copied() {
    let level = |from: &str| format!("[{}]", vec![from; 1000].join(","));
    let bomb = format!("a: &a {}\nb: &b {}\nc: {}\n", level("1"), level("*a"), level("*b"));
    let (message, place) = refusal(&bomb);
    assert_eq!(message, format!("there are more than {NODES} values, with aliases replaced"));
    assert_eq!(place.map(|(line, _)| line), Some(3));
    assert!(from_str::<Value>(&bomb).is_err());
    assert!(from_str::<IgnoredAny>(&bomb).is_err(), "what is passed over is counted too");
    assert_eq!(locate(&bomb, 0, "/c", EntryPart::Value), None);
    let long = format!("a: &a {}\nb: {}\n", "x".repeat(1 << 20), level("*a"));
    assert!(refusal(&long).0.contains("bytes of text"));
    assert!(refusal("a: &a [*a]").0.contains("inside the node that it repeats"));
}

#[test]
fn depth_is_bounded_in_every_style() {
    for (open, close) in [("[", "]"), ("- ", ""), ("{a: ", "}"), ("? ", ""), ("- - ", "")] {
        for count in [200, 100_000] {
            let text = format!("{}1{}", open.repeat(count), close.repeat(count));
            assert!(only_document(&text).is_err(), "{open}");
        }
    }
    let mut text = String::from("a0: &a0 [1]\n");
    (1..200).for_each(|at| text.push_str(&format!("a{at}: &a{at} [*a{}]\n", at - 1)));
    assert!(refusal(&text).0.contains("nested deeper"));
}

#[test]
fn byte_order_marks_and_ends_of_lines_mean_nothing() {
    let plain = "title: Kiosk\nlines: |\n  a\n  b\n---\nb: \"x\n  y\"\n";
    let expected = parse_documents(plain);
    assert!(expected.iter().all(Result::is_ok));
    let crlf = plain.replace('\n', "\r\n");
    for text in [
        format!("\u{feff}{plain}"),
        crlf.clone(),
        format!("\u{feff}{crlf}"),
        format!("\u{feff}{}", crlf.replace("---", "...\r\n\u{feff}---")),
    ] {
        assert_eq!(parse_documents(&text), expected, "{text:?}");
    }
    assert_eq!(
        locate("\u{feff}a: 1\r\nb: 2\r\n", 0, "/b", EntryPart::Value).map(|p| (p.line, p.column)),
        Some((2, 4))
    );
}

#[test]
fn line_breaks_of_yaml_1_1_are_characters() {
    for c in ['\u{85}', '\u{2028}', '\u{2029}'] {
        let text = format!("a: harmless # see{c}  a: evil\nb: \"x{c}y\"\n");
        let value = only_document(&text).expect("YAML");
        assert_eq!(value, json!({"a": "harmless", "b": format!("x{c}y")}));
        assert_eq!(parse_plain(&text, 4), Ok(value));
    }
}

#[test]
fn scalars_are_those_of_the_core_schema() {
    let text = "[null, ~, True, FALSE, 0x1F, 0o17, 0b11, +1, -0, 012, 1e3, .5, .inf, -.INF, .nan, inf, nan, \
        1_000, 18446744073709551615, 18446744073709551616, -9223372036854775809, 0x, 1.2.3, 2001-01-01, yes, \
        '1', \"true\", !!str 1, !!float 1]";
    let expected = json!([
        null,
        null,
        true,
        false,
        31,
        15,
        3,
        1,
        0,
        "012",
        1e3,
        0.5,
        null,
        null,
        null,
        "inf",
        "nan",
        "1_000",
        u64::MAX,
        18_446_744_073_709_551_616.0,
        -9_223_372_036_854_775_809.0,
        "0x",
        "1.2.3",
        "2001-01-01",
        "yes",
        "1",
        "true",
        "1",
        1.0
    ]);
    assert_eq!(only_document(text), Ok(expected));
    assert!(refusal("a: !Ref b").0.contains("`!Ref`"));
}

#[test]
fn an_error_ends_the_documents_and_has_a_position() {
    let documents = parse_documents("a: 1\n---\nb: [1\n---\nc: 2\n");
    assert_eq!(documents.len(), 2);
    let error = documents[1].as_ref().expect_err("not YAML");
    assert_eq!(error.position.map(|p| p.line), Some(4));
    assert_eq!(error.message, "while parsing a flow sequence, expected ',' or ']'");
}

#[test]
fn words_of_yaml_1_1_stay_strings() {
    let documents = parse_documents("[yes, no, on, off]");
    assert_eq!(documents[0], Ok(serde_json::json!(["yes", "no", "on", "off"])));
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
struct Sample {
    name: String,
    #[serde(default)]
    sizes: Vec<u8>,
    kind: Option<Kind>,
    extra: Option<Value>,
}

#[derive(Debug, Deserialize, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Kind {
    One,
    Many(Vec<bool>),
}

#[test]
fn types_are_read_and_mistakes_have_path_and_place() {
    let typed =
        from_str::<Sample>("name: 1.10\nsizes: [1]\nkind: one\nextra: {a: ~}\n").expect("typed");
    assert_eq!(typed.name, "1.10", "a text stays as it is written");
    assert_eq!((typed.kind, typed.extra), (Some(Kind::One), Some(json!({"a": null}))));
    let many = from_str::<Sample>("name: a\nkind: {many: [true]}\nsizes:\n").expect("typed");
    assert_eq!(many.kind, Some(Kind::Many(vec![true])));
    for (text, message, place) in [
        (
            "name: a\nsizes: [1, 300]\n",
            "sizes[1]: invalid value: integer `300`, expected u8",
            (2, 12),
        ),
        (
            "name: a\nsizs: []\n",
            "unknown field `sizs`, expected one of `name`, `sizes`, `kind`, `extra`",
            (2, 1),
        ),
        ("sizes: []\n", "missing field `name`", (1, 1)),
        ("name: [a]\n", "name: invalid type: sequence, expected a string", (1, 7)),
        ("name: a\n---\nname: b\n", "there is more than one document", (3, 1)),
    ] {
        let error = from_str::<Sample>(text).expect_err(text);
        assert_eq!(
            (error.message.as_str(), error.position.map(|p| (p.line, p.column))),
            (message, Some(place))
        );
    }
}

/// Pieces of YAML that go wrong easily.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b: ",
        "- ",
        "\n",
        "\n  ",
        "\n- ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        ": ",
        "? ",
        "&x ",
        "*x",
        "!t ",
        "'",
        "\"",
        "# c",
        " #",
        "|\n",
        ">-\n  ",
        "---\n",
        "...\n",
        "%YAML 1.2\n",
        "\t",
        "\r\n",
        "\u{feff}",
        "\u{2028}",
        "\u{85}",
        "1.5",
        "~",
        "<<: ",
        "\\ud83d\\ude00",
        "\\",
        "é",
        "😀",
    ]);
    prop::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat())
}

fn library(text: &str) -> Vec<Option<Value>> {
    let mut documents = Vec::new();
    for document in serde_yaml::Deserializer::from_str(text) {
        documents.push(Value::deserialize(document).ok());
        if documents.last() == Some(&None) {
            break;
        }
    }
    documents
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn no_text_makes_it_panic(text in pieces(), pointer in "(/[ab0]){0,3}") {
        let documents = parse_documents(&text);
        prop_assert!(!documents.is_empty());
        let found = locate(&text, 0, &pointer, EntryPart::Key);
        prop_assert!(found.is_some() || documents[0].is_err() || documents[0] == Ok(Value::Null));
    }

    #[test]
    fn what_two_parsers_take_they_read_alike(text in pieces()) {
        // Block scalars at the top may begin in the first column, which the library does not know.
        let text = text.replace(['\u{2028}', '\u{85}', '\u{feff}', '\t', '|', '>'], "");
        let (ours, theirs) = (parse_documents(&text), library(&text));
        if ours.iter().all(Result::is_ok) && theirs.iter().all(Option::is_some) {
            let theirs: Vec<_> = theirs.into_iter().flatten().map(Ok).collect();
            prop_assert_eq!(ours, theirs);
        }
    }

    #[test]
    fn graphs_of_aliases_take_what_they_unfold_to(levels in prop::collection::vec((1..5_usize, any::<prop::sample::Index>()), 1..12)) {
        let mut text = String::from("a0: &a0 x\n");
        let (mut sizes, mut values) = (vec![1_usize], vec![json!("x")]);
        for (at, (times, from)) in levels.iter().enumerate() {
            let from = from.index(sizes.len());
            let size = 1 + times * sizes[from];
            prop_assume!(size < 2000);
            text.push_str(&format!("a{}: &a{0} [{}]\n", at + 1, vec![format!("*a{from}"); *times].join(", ")));
            values.push(Value::Array(vec![values[from].clone(); *times]));
            sizes.push(size);
        }
        let read = only_document(&text).expect("small");
        let read: Vec<Value> = read.as_object().expect("a map").values().cloned().collect();
        prop_assert_eq!(read, values);
    }
}
