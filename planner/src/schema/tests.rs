//! The validator against another one, `jsonschema`: over generated schemas and values, and over cases of each keyword.

use jsonschema::Draft;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::{
    check, is_valid, metaschema,
    validator::{KEYWORDS, Validator},
};

/// Texts that formats and patterns tell apart.
const TEXTS: &[&str] = &[
    "",
    "a",
    "b",
    "ab",
    "aab",
    "Ab c",
    "é",
    "😀a",
    "12",
    "2024-02-29",
    "2023-02-29",
    "2024-12-31T23:59:60Z",
    "ada@example.com",
    "example.com",
    "https://a.b/c?d#e",
    "^[a-z]+$",
    "(",
    "/a/b~1c",
];

/// Patterns in which both regular expression engines agree.
const PATTERNS: &[&str] =
    &["^a", "b$", "^[a-z]+$", "a|b", r"^\d+$", "(ab)+", ".", "^.{2,3}$", r"^\S*$", "^(?!a)"];

const KEYS: &[&str] = &["a", "b", "ab", "A b", "x/~y"];

const TYPES: &[&str] = &["array", "boolean", "integer", "null", "number", "object", "string"];

fn one_of(options: &'static [&'static str]) -> impl Strategy<Value = Value> + Clone {
    prop::sample::select(options).prop_map(Value::from)
}

fn number() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(0),
        json!(1),
        json!(2),
        json!(3),
        json!(7),
        json!(-1),
        json!(-4),
        json!(0.0),
        json!(-0.0),
        json!(1.0),
        json!(0.1),
        json!(0.3),
        json!(1.5),
        json!(-2.5),
        json!(1e300),
        json!(4_503_599_627_370_496.5),
        json!(9_007_199_254_740_993_u64),
        json!(9_007_199_254_740_992.0),
        json!(u64::MAX),
        json!(i64::MIN),
        json!(18_446_744_073_709_551_616.0),
        json!(1e-7),
    ])
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        number(),
        one_of(TEXTS),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        let map = prop::collection::vec((prop::sample::select(KEYS), inner.clone()), 0..4);
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Value::from),
            map.prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect()),
        ]
    })
}

/// Some of the keys.
fn names() -> impl Strategy<Value = Value> {
    prop::sample::subsequence(KEYS, 0..3).prop_map(|names| json!(names))
}

/// One keyword with its operand, in which other schemas are `inner`.
fn keyword(inner: BoxedStrategy<Value>) -> impl Strategy<Value = (&'static str, Value)> {
    let under = |names: &'static [&'static str], operand: BoxedStrategy<Value>| {
        (prop::sample::select(names), operand).boxed()
    };
    let list = prop::collection::vec(inner.clone(), 1..4).prop_map(Value::from);
    let map = |keys: &'static [&'static str]| {
        prop::collection::vec((prop::sample::select(keys), inner.clone()), 0..3)
            .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Value>())
    };
    let types = prop_oneof![
        one_of(TYPES),
        prop::sample::subsequence(TYPES, 1..4).prop_map(|types| json!(types)),
    ];
    let size = prop_oneof![(0..4_u64).prop_map(Value::from), Just(json!(2.0))];
    let dependencies = prop::collection::vec(
        (prop::sample::select(KEYS), prop_oneof![names().boxed(), inner.clone()]),
        0..3,
    )
    .prop_map(|pairs| pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect::<Value>());
    prop_oneof![
        3 => under(&["type"], types.boxed()),
        1 => under(&["enum"], prop::collection::vec(value(), 1..4).prop_map(Value::from).boxed()),
        1 => under(&["const"], value().boxed()),
        2 => under(&["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"], number().boxed()),
        1 => under(
            &["multipleOf"],
            prop::sample::select(vec![json!(1), json!(2), json!(2.0), json!(0.1), json!(0.5), json!(1e-7), json!(7)]).boxed(),
        ),
        2 => under(
            &["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"],
            size.boxed(),
        ),
        1 => under(&["required"], names().boxed()),
        1 => under(&["pattern"], one_of(PATTERNS).boxed()),
        1 => under(&["format"], one_of(FORMATS).boxed()),
        1 => under(&["uniqueItems"], any::<bool>().prop_map(Value::from).boxed()),
        3 => under(&["properties"], map(KEYS).boxed()),
        1 => under(&["patternProperties"], map(PATTERNS).boxed()),
        2 => under(
            &["additionalProperties", "propertyNames", "contains", "not", "if", "then", "else", "items", "additionalItems"],
            inner.clone(),
        ),
        3 => under(&["allOf", "anyOf", "oneOf", "items"], list.boxed()),
        1 => under(&["dependencies"], dependencies.boxed()),
        1 => under(&["title", "ui:field", "default"], value().boxed()),
    ]
}

fn subschema() -> impl Strategy<Value = Value> {
    let reference =
        one_of(&["#", "#/definitions/d", "#/definitions/e%20f", "#/definitions/g/items"]);
    let leaf = prop_oneof![
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(json!({})),
        1 => reference.prop_map(|reference| json!({"$ref": reference})),
        3 => Just(json!({"type": "string"})),
        2 => Just(json!({"const": "a"})),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop::collection::vec(keyword(inner.boxed()), 0..4)
            .prop_map(|keywords| keywords.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
    })
}

/// A schema with definitions to which its references lead.
fn schema() -> impl Strategy<Value = Value> {
    (subschema(), subschema(), subschema()).prop_map(|(schema, d, e)| {
        let mut whole = match schema {
            Value::Object(map) => map,
            other => Map::from_iter([("not".to_owned(), json!({"not": other}))]),
        };
        whole.insert(
            "definitions".to_owned(),
            json!({"d": d, "e f": e, "g": {"items": {"minLength": 2}}}),
        );
        Value::Object(whole)
    })
}

/// A map with keywords whose operands are mostly wrong.
fn unsound() -> impl Strategy<Value = Value> {
    let operand = || prop_oneof![value(), subschema(), names()];
    let pairs = (prop::sample::select(KEYWORDS), operand());
    let inner = prop::collection::vec(pairs, 0..3);
    let whole = (prop::sample::select(KEYWORDS), inner, prop::sample::select(KEYWORDS), operand());
    whole.prop_map(|(outer, inner, other, operand)| {
        let inner: Value = inner.into_iter().map(|(k, v)| (k.to_owned(), v)).collect();
        json!({outer: inner, other: operand})
    })
}

fn other(schema: &Value) -> Result<jsonschema::Validator, String> {
    let options = jsonschema::options().with_draft(Draft::Draft7).offline();
    options.build(schema).map_err(|error| format!("{}: {error}", error.instance_path()))
}

/// The pointers of all mistakes, sorted; `None` when a limit ends the check.
fn ours(schema: &Value, value: &Value) -> Option<Vec<String>> {
    let found = Validator::new(schema).violations(value).ok()?;
    let mut pointers: Vec<_> = found.into_iter().map(|violation| violation.pointer).collect();
    pointers.sort_unstable();
    pointers.dedup();
    Some(pointers)
}

fn theirs(validator: &jsonschema::Validator, value: &Value) -> Vec<String> {
    let found = validator.iter_errors(value);
    let mut pointers: Vec<_> =
        found.map(|error| error.instance_path().as_str().to_owned()).collect();
    pointers.sort_unstable();
    pointers.dedup();
    pointers
}

/// What formats give a meaning to.
const PIECES: &[&str] = &[
    "a¦Z¦é¦0¦1¦9¦12¦23¦59¦60¦2024¦02¦29¦31¦-¦--¦+¦:¦.¦/¦//¦@¦#¦?¦[¦]¦%¦%2F¦~¦~0¦~1¦{¦}¦{a}¦{?b*,c:3}",
    ",¦*¦T¦t¦z¦ ¦\"¦\\¦<¦v1¦::¦1.2.3.4¦256¦com¦http:¦x-¦\u{e000}¦\u{1f600}¦_¦!¦2024-02-29¦23:59:60",
    "00:00:00¦12:30:00.5¦[::1]¦IPv6:¦&¦=¦(¦|¦\u{0}¦\u{fdd0}",
];

/// Texts of the characters that formats give a meaning to.
fn text() -> impl Strategy<Value = String> {
    let pieces = PIECES.iter().flat_map(|line| line.split('¦')).collect::<Vec<_>>();
    let pieces = prop::sample::select(pieces);
    prop::collection::vec(pieces, 0..8).prop_map(|pieces| pieces.concat())
}

/// All formats that draft-07 has, and some that it has not.
const FORMATS: &[&str] = &[
    "date",
    "time",
    "date-time",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uri",
    "uri-reference",
    "iri",
    "iri-reference",
    "uri-template",
    "json-pointer",
    "relative-json-pointer",
    "regex",
    "idn-email",
    "uuid",
    "duration",
    "unheard-of",
];

/// Says where both validators differ about a schema and a value.
fn difference(schema: &Value, value: &Value) -> Option<String> {
    match (metaschema::check(schema), other(schema)) {
        (Ok(()), Ok(other)) => {
            let (ours, theirs) = (ours(schema, value)?, theirs(&other, value));
            (ours != theirs).then(|| format!("{ours:?} is not {theirs:?}"))
        }
        (Ok(()), Err(error)) => Some(format!("only the other says: {error}")),
        // The other one takes references in a circle, and those that stand where no value leads.
        (Err(error), _) if error.message.contains(" leads ") => None,
        (Err(error), Ok(_)) => Some(format!("only ours says: {}: {error}", error.pointer)),
        (Err(_), Err(_)) => None,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(1_500) })]

    #[test]
    fn values_are_refused_at_the_places_where_another_validator_refuses_them(
        schema in schema(), value in value()
    ) {
        prop_assert_eq!(difference(&schema, &value), None);
    }

    #[test]
    fn schemas_are_refused_that_another_validator_refuses(schema in unsound()) {
        prop_assert_eq!(difference(&schema, &Value::Null), None);
    }

    #[test]
    fn texts_have_the_formats_that_another_validator_finds(text in text()) {
        let value = json!(text);
        for format in FORMATS.iter().filter(|format| **format != "regex") {
            prop_assert_eq!(difference(&json!({"format": format}), &value), None, "{}", format);
        }
    }
}

/// Schemas with values that obey and values that do not.
fn cases() -> Vec<(Value, Vec<Value>, Vec<Value>)> {
    let case = |schema: Value, right: Value, wrong: Value| {
        let list = |values: Value| values.as_array().cloned().expect("a list");
        (schema, list(right), list(wrong))
    };
    vec![
        case(json!(true), json!([1, null]), json!([])),
        case(json!(false), json!([]), json!([1, null])),
        case(json!({"type": "integer"}), json!([1, -3, 2.0, 1e300]), json!([1.5, "1", null])),
        case(json!({"type": ["null", "array"]}), json!([null, []]), json!([{}, 0, ""])),
        case(
            json!({"enum": [1, "a", {"b": [2.0]}]}),
            json!([1.0, "a", {"b": [2]}]),
            json!([2, "1", {"b": 2}]),
        ),
        case(
            json!({"const": {"a": 1, "b": 2}}),
            json!([{"b": 2, "a": 1}]),
            json!([{"a": 1}, null]),
        ),
        case(
            json!({"properties": {"a": {"type": "string"}}, "required": ["b"]}),
            json!([{"b": 1}, {"a": "", "b": 1}, []]),
            json!([{}, {"a": 1, "b": 1}]),
        ),
        case(
            json!({"properties": {"a": true}, "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": false}),
            json!([{"a": 1, "x-b": ""}, {}]),
            json!([{"b": 1}, {"x-b": 1}]),
        ),
        case(
            json!({"additionalProperties": {"type": "integer"}}),
            json!([{"a": 1}]),
            json!([{"a": "1"}]),
        ),
        case(
            json!({"propertyNames": {"pattern": "^[a-z]+$"}}),
            json!([{"ab": 1}, {}]),
            json!([{"A": 1}]),
        ),
        case(json!({"propertyNames": false}), json!([{}]), json!([{"a": 1}])),
        case(
            json!({"minProperties": 1, "maxProperties": 2.0}),
            json!([{"a": 1}]),
            json!([{}, {"a": 1, "b": 2, "c": 3}]),
        ),
        case(json!({"items": {"type": "string"}}), json!([[], ["a"], {}]), json!([["a", 1]])),
        case(
            json!({"items": [{"type": "string"}, {"type": "integer"}], "additionalItems": {"type": "null"}}),
            json!([[], ["a"], ["a", 1], ["a", 1, null]]),
            json!([[1], ["a", 1, 2]]),
        ),
        case(json!({"items": [true], "additionalItems": false}), json!([[1], []]), json!([[1, 2]])),
        case(json!({"items": false}), json!([[]]), json!([[1]])),
        case(json!({"additionalItems": false}), json!([[1, 2]]), json!([])),
        case(json!({"minItems": 1, "maxItems": 2}), json!([[1], [1, 2]]), json!([[], [1, 2, 3]])),
        case(
            json!({"uniqueItems": true}),
            json!([[1, 2, "1", [1], {"a": 1}], [[1, 2], [2, 1]], [true, 1]]),
            json!([[1, 1.0], [{"a": 1, "b": 2}, {"b": 2.0, "a": 1}], [[], []], [0, -0.0]]),
        ),
        case(json!({"contains": {"const": 1}}), json!([[0, 1], {}]), json!([[], [0]])),
        case(json!({"minLength": 2, "maxLength": 2}), json!(["ab", "😀é", 7]), json!(["a", "abc"])),
        case(json!({"pattern": "b+$"}), json!(["abb", 1]), json!(["ba", ""])),
        case(json!({"pattern": r"^(['x]).*\1$"}), json!(["'a'"]), json!(["'ax"])),
        case(json!({"minimum": 1, "maximum": 2.5}), json!([1, 2.5, "0"]), json!([0.9, 3])),
        case(
            json!({"minimum": 9_007_199_254_740_993_u64}),
            json!([9_007_199_254_740_993_u64]),
            json!([9_007_199_254_740_992.0, 9_007_199_254_740_992_u64]),
        ),
        case(json!({"exclusiveMinimum": 1, "exclusiveMaximum": 2}), json!([1.5]), json!([1, 2.0])),
        case(json!({"multipleOf": 0.01}), json!([1.13, 4.35, 0, 2]), json!([0.015])),
        case(json!({"multipleOf": 3}), json!([9, -3, 6.0]), json!([1, 4.5])),
        case(json!({"multipleOf": 1e-7}), json!([1e300, 3e-7, 0]), json!([1e-8, 1.5e-7])),
        case(json!({"allOf": [{"minimum": 1}, {"maximum": 2}]}), json!([1]), json!([0, 3])),
        case(json!({"anyOf": [{"minimum": 3}, {"maximum": 1}]}), json!([1, 3]), json!([2])),
        case(json!({"oneOf": [{"minimum": 1}, {"maximum": 3}]}), json!([0, 4]), json!([2])),
        case(json!({"not": {"type": "string"}}), json!([1]), json!(["a"])),
        case(
            json!({"if": {"properties": {"a": {"const": 1}}, "required": ["a"]}, "then": {"required": ["b"]}, "else": {"required": ["c"]}}),
            json!([{"a": 1, "b": 1}, {"c": 1}]),
            json!([{"a": 1}, {"a": 2}, {}]),
        ),
        case(
            json!({"dependencies": {"a": ["b"], "c": {"required": ["d"]}, "e": false}}),
            json!([{"a": 1, "b": 1}, {"c": 1, "d": 1}, {}]),
            json!([{"a": 1}, {"c": 1}, {"e": 1}]),
        ),
        case(
            json!({"definitions": {"a b": {"type": "string"}, "t/~": {"$ref": "#/definitions/a%20b"}}, "items": {"$ref": "#/definitions/t~1~0", "minLength": 9}}),
            json!([["a"]]),
            json!([[1]]),
        ),
        case(
            json!({"properties": {"next": {"$ref": "#"}, "name": {"type": "string"}}, "required": ["name"]}),
            json!([{"name": "a", "next": {"name": "b"}}]),
            json!([{"name": "a", "next": {"next": {"name": "b"}}}]),
        ),
        case(json!({"title": "t", "ui:field": [], "x": {"type": "string"}}), json!([1]), json!([])),
    ]
}

#[test]
fn each_keyword_means_what_draft_07_says() {
    for (schema, right, wrong) in cases() {
        assert!(metaschema::check(&schema).is_ok(), "{schema}");
        for value in &right {
            assert!(is_valid(&schema, value), "{schema} refuses {value}");
            assert_eq!(difference(&schema, value), None, "{schema} and {value}");
        }
        for value in &wrong {
            assert!(!is_valid(&schema, value), "{schema} takes {value}");
            assert_eq!(difference(&schema, value), None, "{schema} and {value}");
        }
    }
}

/// Texts that have one of the formats, or nearly.
const NEARLY: &[&str] = &[
    "2024-02-29¦2023-02-29¦1900-02-29¦2024-13-01¦2024-00-10¦24-01-01¦2024-1-1¦+024-01-01¦12:30:00Z",
    "12:30:00.25+02:00¦23:59:60Z¦12:59:60Z¦00:59:60+01:00¦24:00:00Z¦12:30:00¦12:30Z¦12:30:00+24:00",
    "é2:30:00Z¦2024-02-29T12:30:00z¦2024-02-29t12:30:00Z¦2024-02-29 12:30:00Z¦ada@example.com",
    "ada@localhost¦a b@example.com¦\"a b\"@example.com¦\"\"@a.b¦\"@a.b¦@a.b¦a@¦a@b@c.d¦a.@b.c¦.a@b.c",
    "a@[1.2.3.4]¦a@[IPv6:::1]¦a@[ipv6:::1]¦a@[b]¦ä@b.c¦a@ä.c¦a@-b.c¦example.com¦example.com.¦-a.b",
    "a-.b¦a_b¦a..b¦xn--bcher-kva¦ab--cd¦a.1¦1.2.3.4¦1.2.3¦1.2.3.256¦01.2.3.4¦::1¦1::2::3¦fe80::1%1",
    "12345::¦::ffff:1.2.3.4¦https://ada:pw@example.com:8080/a%20b?c=d#e¦mailto:a@b.c¦urn:a:b¦a:b¦1a:b",
    "//a.b/c¦/a?b#c¦../a¦¦a b¦%¦%zz¦http://[::1]:80/¦http://[::1¦http://[v1.a:b]/¦http://[v1.]/",
    "http://a:b/¦http://a@b@c/¦http://é.b/ü?\u{e000}¦http://a.b/\u{e000}¦#é¦#a#b¦?a?b¦a/b:c¦a:b/c¦:a",
    "?%\u{e000}2024¦?%2\u{e000}0",
    "http://a.b/{c}¦/a/{b}{?c*,d:3}¦{¦}¦{}¦{a¦{+a.b}¦{a..b}¦{a:0}¦{a:10000}¦{a*:3}¦{%41}¦/a/b~1c~0",
    "/a~¦/a~2¦a/b¦0¦1/a¦0#¦01¦1#a¦2/¦#¦-1/a",
];

#[test]
fn formats_are_checked_as_another_validator_checks_them() {
    for format in FORMATS.iter().filter(|format| **format != "regex") {
        for text in NEARLY.iter().flat_map(|line| line.split('¦')) {
            assert_eq!(
                difference(&json!({"format": format}), &json!(text)),
                None,
                "{format} and {text}"
            );
        }
    }
    // The other one takes a name before the address.
    assert!(!is_valid(&json!({"format": "email"}), &json!("Ada <ada@example.com>")));
    let regexes = ["a+", "(", "[a-z", "a{2}", r"^\d+$", "(?<a>b)", "*", "(?i)a"];
    let found = regexes.map(|text| is_valid(&json!({"format": "regex"}), &json!(text)));
    assert_eq!(found, [true, false, false, true, true, true, false, false]);
}

fn mistake(schema: &Value) -> (String, String) {
    let error = check(schema, &Value::Null, "").expect_err("a mistake");
    (error.pointer.clone(), error.to_string())
}

#[test]
fn a_mistake_of_a_schema_has_its_place() {
    let cases = [
        (
            json!({"properties": {"a": {"type": "strng"}}}),
            "/properties/a/type",
            "`strng` is not a choice of `type`",
        ),
        (
            json!({"items": [{"pattern": "("}]}),
            "/items/0/pattern",
            "`(` is not a valid `pattern`: it must be of the format `regex`",
        ),
        (json!({"required": true}), "/required", "`required` must be a list, found `true`"),
        (json!([]), "", "`` must be `true` or `false` or a map, found `[]`"),
        (json!({"minLength": -1}), "/minLength", "`minLength` must be at least 0, found `-1`"),
        (
            json!({"$ref": "#/definitions/a"}),
            "/$ref",
            "`#/definitions/a` leads to no part of the schema",
        ),
        (
            json!({"not": {"$ref": "https://a.b/c"}}),
            "/not/$ref",
            "`https://a.b/c` leads to no part of the schema",
        ),
        (
            json!({"items": {"$ref": "#/x/y"}, "x": {"y": {"type": "strng"}}}),
            "/x/y/type",
            "`strng` is not a choice of `type`",
        ),
        (
            json!({"definitions": {"a": {"$ref": "#/definitions/b"}, "b": {"$ref": "#/definitions/a"}}, "allOf": [{"$ref": "#/definitions/a"}]}),
            "/allOf/0/$ref",
            "`#/definitions/a` leads in a circle, or over more than 32 references",
        ),
    ];
    for (schema, pointer, message) in cases {
        assert_eq!(mistake(&schema), (pointer.to_owned(), message.to_owned()), "{schema}");
    }
}

#[test]
fn patterns_have_the_escapes_of_the_flag_u() {
    for (pattern, texts) in [
        (r"^\p{L}+$", ["Éa日", "a1"]),
        (r"^\p{Letter}[\p{Nd}_-]*$", ["é-٣_4", "é½"]),
        (r"^[^\p{Lu}]$", ["é", "É"]),
        (r"^\P{Lu}$", ["é", "É"]),
        (r"^[\P{Lu}A]+$", ["Aé", "B"]),
        (r"^\p{gc=Ll}\p{White_Space}\p{Alphabetic}$", ["a\u{a0}b", "A b"]),
        (r"^a\u{1F600}$", ["a😀", "a"]),
        (r"^[\u{e0}-\u{ff}]$", ["é", "e"]),
        (r"^\\p{2}$", [r"\pp", "a"]),
    ] {
        let schema = json!({"pattern": pattern});
        let valid = texts.map(|text| is_valid(&schema, &json!(text)));
        assert_eq!(valid, [true, false], "{pattern}");
    }
    for (pattern, hint) in [
        (
            r"\p{Script=Latin}",
            "`Script=Latin` is no property that is known here: list the characters in brackets",
        ),
        (r"\p{l}", "`l` is no property that is known here: list the characters in brackets"),
        (r"\u{110000}", "`110000` is not the number of a character"),
        (r"\u{}", "`` is not the number of a character"),
        (r"\p{L", "`{` is not closed"),
    ] {
        let error = check(&json!({"pattern": pattern}), &Value::Null, "").expect_err(pattern);
        let expected = format!("this regular expression is not valid: {hint}");
        assert_eq!(error.hint.as_deref(), Some(expected.as_str()), "{pattern}");
    }
    let error = check(&json!({"pattern": "(a"}), &Value::Null, "").expect_err("not closed");
    assert_eq!(
        error.hint.as_deref(),
        Some("this regular expression is not valid: `(` is not closed")
    );
}

#[test]
fn a_mistake_of_a_value_is_said_in_words() {
    let schema = json!({
        "properties": {
            "labels": {"propertyNames": {"pattern": "^[a-z]+$"}},
            "pair": {"items": [true, true], "additionalItems": false},
            "size": {"oneOf": [{"minimum": 1}, {"maximum": 3}]},
        },
        "additionalProperties": false,
    });
    let value = json!({"labels": {"a b": 1}, "pair": [1, 2, 3], "size": 2, "siez": 1});
    let found = check(&schema, &value, "").expect("a schema");
    let mut found: Vec<_> =
        found.into_iter().map(|issue| format!("{}: {}", issue.pointer, issue.message)).collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "/labels: `labels` has a key that is not allowed: `a b` is not a valid `key`; it must match `^[a-z]+$`",
            "/pair: `pair` has more items than it may have",
            "/siez: unknown `siez`",
            "/size: `size` fits several of its alternatives, and may fit only one",
        ]
    );
}

/// What a check says that is given up.
fn given_up(schema: &Value, value: &Value) -> String {
    match check(schema, value, "/a").expect("a schema").as_slice() {
        [issue] => issue.message.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_check_ends_at_a_limit_that_it_names() {
    let begins = "this cannot be checked against its schema: ";
    let endless = json!({"allOf": [{"$ref": "#"}]});
    assert_eq!(given_up(&endless, &json!(1)), format!("{begins}schemas nest deeper than 250"));
    assert!(!is_valid(&endless, &json!(1)));
    // Each level doubles the work.
    let mut definitions = Map::new();
    for level in 0..40 {
        let next = json!({"$ref": format!("#/definitions/{}", level + 1)});
        definitions.insert(level.to_string(), json!({"allOf": [next, next]}));
    }
    definitions.insert("40".to_owned(), json!({"type": "integer"}));
    let doubling = json!({"definitions": definitions, "allOf": [{"$ref": "#/definitions/0"}]});
    let work = "the checks of a value against its schema need more than 5000000 steps together";
    assert_eq!(given_up(&doubling, &json!(1)), format!("{begins}{work}"));
    let pattern = json!({"not": {"pattern": "^(a+)+$"}});
    assert_eq!(
        given_up(&pattern, &json!(format!("{}b", "a".repeat(40)))),
        format!("{begins}{work}")
    );
    let list: Vec<_> = (0..4_000).map(|number| json!({"a": [number]})).collect();
    assert!(is_valid(&json!({"uniqueItems": true}), &json!(list)));
}

#[test]
fn schemas_and_values_of_the_deepest_nesting_fit_a_small_stack() {
    let deepen = |mut inner: Value, wrap: &dyn Fn(Value) -> Value| {
        for _ in 0..120 {
            inner = wrap(inner);
        }
        inner
    };
    let value = deepen(json!(1), &|inner| json!([inner]));
    let list = deepen(json!({"type": "integer"}), &|inner| json!({"items": inner}));
    let tree = deepen(json!(true), &|inner| json!({"anyOf": [{"not": inner}]}));
    let run = move || {
        assert!(is_valid(&list, &value));
        assert!(mistake(&tree).1.contains("schemas nest deeper than 250"), "{:?}", mistake(&tree));
    };
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(run);
    thread.expect("it starts").join().expect("it fits");
}

#[test]
fn long_values_are_cut_in_messages() {
    let long: Value = vec!["x"; 100_000].into();
    let found = check(&json!({"type": "string"}), &long, "/a").expect("a schema");
    assert_eq!(found[0].message.chars().count(), "`a` must be a text, found ``".len() + 121);
}
