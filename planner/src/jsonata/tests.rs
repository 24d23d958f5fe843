//! Expressions with their results, from the documentation of the language (<https://docs.jsonata.org>) and of templates.

use serde_json::{Value as Json, json};

use super::{JsonataError, evaluate};
use crate::engine::Budget;

fn order() -> Json {
    json!({
        "Name": "Fred",
        "Phone": [
            {"type": "home", "number": "0203"},
            {"type": "office", "number": "01962"},
            {"type": "office", "number": "01963"},
            {"type": "mobile", "number": "077"}
        ],
        "Orders": [
            {"id": 1, "items": [{"sku": "a", "price": 2.5, "n": 2}, {"sku": "b", "price": 1, "n": 1}]},
            {"id": 2, "items": [{"sku": "a", "price": 4, "n": 1}]}
        ],
        "tags": ["x", "y"],
        "none": null
    })
}

fn result(expression: &str) -> Result<Option<Json>, JsonataError> {
    evaluate(expression, &order(), &Budget::default())
}

fn cases_of_paths() -> Vec<(&'static str, Json)> {
    vec![
        ("Name", json!("Fred")),
        ("Phone.number", json!(["0203", "01962", "01963", "077"])),
        ("Phone[type='office'].number", json!(["01962", "01963"])),
        ("Phone[type='mobile'].number", json!("077")),
        ("Phone[type='mobile'].number[]", json!(["077"])),
        ("Phone[0].number", json!("0203")),
        ("Phone[-1].type", json!("mobile")),
        ("Phone[[0..1]].number", json!(["0203", "01962"])),
        ("Phone.number[0]", json!(["0203", "01962", "01963", "077"])),
        ("(Phone.number)[0]", json!("0203")),
        ("Orders.items.sku", json!(["a", "b", "a"])),
        ("Orders.items[price > 2].sku", json!(["a", "a"])),
        ("$sum(Orders.items.(price * n))", json!(10)),
        ("Orders.items{sku: $sum(price)}", json!({"a": 6.5, "b": 1})),
        ("Orders.items^(price, >sku).price", json!([1, 2.5, 4])),
        ("Orders.items^(>price).price", json!([4, 2.5, 1])),
        ("Orders.[id]", json!([[1], [2]])),
        ("Orders.id.{'id': $}", json!([{"id": 1}, {"id": 2}])),
        ("Name & ' ' & 5 & none & missing", json!("Fred 5null")),
        ("1 + 2 * 3 - 4 / 2 % 3", json!(5)),
        ("-(1 + 2)", json!(-3)),
        ("[1..3, 9, [5]]", json!([1, 2, 3, 9, [5]])),
        ("'x' in tags and not_there != 1", json!(false)),
        ("'x' in tags or false", json!(true)),
        ("1 = 1.0", json!(true)),
        ("'a' < 'b'", json!(true)),
        ("Name = 'Fred' ? 'yes' : 'no'", json!("yes")),
        ("($x := 2; $f := function($n){ $n * $x }; $f(4))", json!(8)),
        ("($f := function($n){ $n < 2 ? 1 : $n * $f($n - 1) }; $f(6))", json!(720)),
    ]
}

fn cases_of_functions() -> Vec<(&'static str, Json)> {
    vec![
        ("$map([1..3], function($v, $i){ $v * $i })", json!([0, 2, 6])),
        ("$map(tags, $uppercase)", json!(["X", "Y"])),
        ("$filter(Phone, function($p){ $p.type = 'home' }).number", json!("0203")),
        ("$reduce([1..4], function($a, $b){ $a + $b })", json!(10)),
        ("$sort([3, 1, 2])", json!([1, 2, 3])),
        ("$sort(Orders, function($l, $r){ $l.id < $r.id }).id", json!([2, 1])),
        ("Phone.type ~> $distinct ~> $join(',')", json!("home,office,mobile")),
        ("$merge([{'a': 1}, {'b': 2, 'a': 3}])", json!({"a": 3, "b": 2})),
        ("$merge([$, {'Name': 'New'}]).Name", json!("New")),
        ("$keys(Phone[0])", json!(["type", "number"])),
        ("$each({'a': 1, 'b': 2}, function($v, $k){ $k & $v })", json!(["a1", "b2"])),
        ("$sift({'a': 1, 'b': 2}, function($v){ $v > 1 })", json!({"b": 2})),
        ("$append(tags, 'z')", json!(["x", "y", "z"])),
        ("$count(missing)", json!(0)),
        ("$exists(Name) and $not($exists(missing))", json!(true)),
        (
            "$substring('hello', -3, 2) & $substringBefore('a-b', '-') & $substringAfter('a-b', '-')",
            json!("llab"),
        ),
        ("$split('a,b,c', ',', 2)", json!(["a", "b"])),
        ("$pad('x', -3, '0') & $trim('  a  b ')", json!("00xa b")),
        ("$replace('aXbX', 'X', '-', 1)", json!("a-bX")),
        ("$number('2.5') + $round(2.5) + $power(2, 3)", json!(12.5)),
        ("$string({'a': [1.0, null]})", json!("{\"a\":[1,null]}")),
        ("Name.$uppercase()", json!("FRED")),
        ("$type(tags) & $type(none) & $type(1)", json!("arraynullnumber")),
        ("$zip([1, 2], ['a', 'b', 'c'])", json!([[1, "a"], [2, "b"]])),
        ("$spread({'a': 1, 'b': 2})", json!([{"a": 1}, {"b": 2}])),
        ("$lookup($, 'Name')", json!("Fred")),
        ("**.sku", json!(["a", "b", "a"])),
        ("Orders[0].items[0].*", json!(["a", 2.5, 2])),
        ("$$.Name", json!("Fred")),
        ("Orders.items.$$.Name[0]", json!(["Fred", "Fred", "Fred"])),
        ("`Name` /* a comment */", json!("Fred")),
        ("\"Name\"", json!("Name")),
        ("$.\"Name\"", json!("Fred")),
        ("[]", json!([])),
        ("{}", json!({})),
        ("[tags]", json!(["x", "y"])),
        ("(Orders.items ~> |$|{'price': price * 2}, ['n']|)[0]", json!({"sku": "a", "price": 5})),
        (
            "($ ~> |Phone[type='office']|{'type': 'work'}|).Phone.type",
            json!(["home", "work", "work", "mobile"]),
        ),
        ("($ ~> |**[sku='b']|{'new': true}|).Orders.items.new", json!(true)),
        (
            "($ ~> |$|{'added': {'x': 1}}, 'Phone'|).$keys()",
            json!(["Name", "Orders", "tags", "none", "added"]),
        ),
    ]
}

#[test]
fn expressions_have_the_results_of_the_reference() {
    for (expression, expected) in cases_of_paths().into_iter().chain(cases_of_functions()) {
        assert_eq!(result(expression), Ok(Some(expected)), "{expression}");
    }
}

#[test]
fn what_is_not_there_is_undefined() {
    for expression in [
        "missing",
        "Phone[9]",
        "missing.more",
        "Phone[type='fax']",
        "1 + missing",
        "$uppercase(missing)",
        "false ? 1",
        "$sum(missing)",
        "()",
        "$x",
        "missing ~> |$|{}|",
    ] {
        assert_eq!(result(expression), Ok(None), "{expression}");
    }
}

#[test]
fn mistakes_are_errors_with_their_reason() {
    for (expression, message) in [
        ("Phone[", "character 7: a value is expected here"),
        ("(1", "character 3: `)` is expected here"),
        ("1 2", "character 3: the expression should end here"),
        ("'a", "character 1: a text does not end"),
        ("$match(Name, /x/)", "character 14: a regular expression is not supported"),
        ("Phone.%", "character 7: the parent `%` is not supported"),
        ("Phone#$i", "character 6: `#` is not supported"),
        ("$now()", "the function `$now` is not supported"),
        ("$random()", "the function `$random` is not supported"),
        ("$uppercse(Name)", "there is nothing called `$uppercse`: did you mean `$uppercase`?"),
        ("$nothing_like(1)", "`$nothing_like` is not a function"),
        ("1 + 'a'", "needs numbers"),
        ("1 / 0", "a number is out of range"),
        ("$uppercase(1)", "`$uppercase` needs a text"),
        ("{'a': 1, 'a': 2}", "a map has the key `a` twice"),
        ("$error('stop')", "stop"),
        ("[1..1000000]", "a range has more than"),
    ] {
        let error = result(expression).expect_err(expression).to_string();
        assert!(error.contains(message), "{expression}: {error}");
    }
}

#[test]
fn work_and_nesting_are_bounded() {
    let result = |expression: &str| evaluate(expression, &order(), &Budget::small(200_000));
    let endless = result("($f := function($x){ $f($x) }; $f(1))").expect_err("endless");
    assert_eq!(endless, JsonataError::TooDeep);
    let work = "($f := function($n){ $n = 0 ? 1 : $f($n - 1) + $f($n - 1) }; $f(25))";
    assert!(matches!(result(work), Err(JsonataError::Budget(_) | JsonataError::TooDeep)));
    let loops = "$map([1..9999], function($x){ $map([1..9999], function($y){ $x + $y }) })";
    assert!(matches!(result(loops), Err(JsonataError::Budget(_))));
    let text = "$reduce([1..99], function($a, $b){ $a & $a }, 'xxxxxxxxxxxxxxxx')";
    assert!(matches!(result(text), Err(JsonataError::Budget(_))));
    let deep = "$reduce([1..9999], function($a, $b){ {'a': $a} }, 1)";
    assert_eq!(result(deep), Err(JsonataError::TooDeep));
    assert_eq!(result(&"(".repeat(5000)), Err(JsonataError::TooDeep));
    assert_eq!(result(&"-".repeat(5000)), Err(JsonataError::TooDeep));
    assert!(result(&("1".to_owned() + &"+1".repeat(5000))).is_err());
}
