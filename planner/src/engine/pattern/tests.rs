use proptest::prelude::*;

use super::*;
use crate::engine::limits::Budget;

fn find(source: &str, flags: &str, text: &str) -> Option<Match> {
    let pattern = Pattern::parse(source, flags).expect(source);
    pattern.find(text, 0, &Meter::new(&Budget::default())).expect(source)
}

/// The match and its groups, as `match|group|…`; `-` for a group that is not part of it.
fn shown(source: &str, flags: &str, text: &str) -> String {
    let Some(found) = find(source, flags, text) else { return "no match".to_owned() };
    let groups = found.groups.iter().map(|ends| ends.map_or("-", |(start, end)| &text[start..end]));
    let all: Vec<&str> = std::iter::once(&text[found.start..found.end]).chain(groups).collect();
    all.join("|")
}

#[test]
fn patterns_match_as_in_javascript() {
    // The expected matches are what Node.js says.
    let cases = [
        (r"a|ab", "", "abc", "a"),
        (r"((a)|(ab))((c)|(bc))", "", "abc", "abc|a|a|-|bc|-|bc"),
        (r"a[a-z]{2,4}", "", "abcdefghi", "abcde"),
        (r"a[a-z]{2,4}?", "", "abcdefghi", "abc"),
        (r"(z)((a+)?(b+)?(c))*", "", "zaacbbbcac", "zaacbbbcac|z|ac|a|-|c"),
        (r"(?=(a+))", "", "baaabac", "|aaa"),
        (r"(?=(a+))a*b\1", "", "baaabac", "aba|a"),
        (r"(.*?)a(?!(a+)b\2c)\2(.*)", "", "baaabaac", "baaabaac|ba|-|abaac"),
        (r"(a*)*", "", "b", "|-"),
        (r"(?:a*?)*?b", "", "aab", "aab"),
        (r"(?<=\$)\d+(\.\d*)?", "", "US $10.50", "10.50|.50"),
        (r"(?<!\$)\b\d+", "", "$1 22", "22"),
        (r"(?<=(\d+)(\d+))$", "", "1053", "|1|053"),
        (r"(?<=\1(a))b", "", "aab", "b|a"),
        (r"(?<year>\d{4})-(?<m>\d\d)", "", "on 2024-05-06", "2024-05|2024|05"),
        (r"(?<q>['x]).*?\k<q>", "", "say 'hi' x", "'hi'|'"),
        (r"^b$", "m", "a\nb\nc", "b"),
        (r"^b$", "", "a\nb\nc", "no match"),
        (r"ÉT[^a]", "i", "l'été", "été"),
        (r"[^k-m]+", "i", "KLMNOP", "NOP"),
        (r"\bfoo\B", "", "a foob", "foo"),
        (r"[\d\-x]+", "", "a1-x2", "1-x2"),
        (r"[^]", "", "\n", "\n"),
        (r"[]", "", "a", "no match"),
        (r"a{,2}", "", "a{,2}", "a{,2}"),
        (r"x{2}y{1,}", "", "xxxyyy", "xxyyy"),
        (r"\x41\u0042\103\cJ", "", "ABC\n", "ABC\n"),
        (r"[\b]\0", "", "\u{8}\0", "\u{8}\0"),
        (r"\uD83D\uDE00", "", "a😀", "😀"),
        (r"]}\/", "", "]}/", "]}/"),
        (r"(?:)", "", "a", ""),
        (r"(a)|b\1c", "", "bc", "bc|-"),
        (r"(\2a)(b)", "", "ab", "ab|a|b"),
        (r"[\w-a]+", "", "a-b!", "a-b"),
        (r"(?:a|b)+?c", "", "xabac", "abac"),
        (r"(a?)*?$", "", "aa", "aa|a"),
        (r"(?:(a)|b)*", "", "ab", "ab|-"),
    ];
    let wrong: Vec<_> = (cases.iter())
        .map(|(source, flags, text, expected)| (source, shown(source, flags, text), expected))
        .filter(|(_, found, expected)| found != *expected)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_javascript_refuses_is_refused() {
    for source in [
        "(",
        ")",
        "a)",
        "[a",
        "*a",
        "a**",
        "{1}",
        "a{2,1}",
        "[z-a]",
        r"(?<a>.)(?<a>.)",
        r"(?<1>.)",
        r"(?<n>.)\k<m>",
        "(?i:a)",
        "\\",
        r"^*",
        r"(?<=a)*",
    ] {
        assert!(Pattern::parse(source, "").is_err(), "{source}");
    }
    for flags in ["x", "gg", "u"] {
        assert!(Pattern::parse("a", flags).is_err(), "{flags}");
    }
    assert!(Pattern::parse(&"(".repeat(10_000), "").is_err());
    assert!(Pattern::parse(&"a".repeat(SOURCE_BYTES + 1), "").is_err());
}

#[test]
fn a_match_of_exponential_time_ends_by_the_budget() {
    let long = "a".repeat(5_000) + "!";
    for source in
        [r"(a+)+$", r"(a|a)*$", r"(a|aa)+$", r"(.*)*x", r"^(\w+\s?)*$", r"(?=(a+)+$)b", r"(a*)*\1b"]
    {
        let pattern = Pattern::parse(source, "").expect(source);
        let meter = Meter::new(&Budget::small(200_000));
        let message = pattern.find(&long, 0, &meter).map_err(|complaint| complaint.message);
        let ends = |text: &str| text.contains("more than") || text.contains("too many ways");
        assert!(message.as_ref().is_err_and(|text| ends(text)), "{source}: {message:?}");
    }
}

/// A pattern that both engines read alike.
fn source() -> impl Strategy<Value = String> {
    let atom = prop_oneof![
        4 => prop::sample::select(vec!["a", "b", "c", ".", r"\w", r"\d", r"\s", "[a-b]", "[^a]", r"\b", "é", r"\W"]),
        1 => prop::sample::select(vec!["^", "$", r"\B", "x", "[ab0-3]", r"[\w-]", "(?:)", " "]),
    ];
    let atom = atom.prop_map(str::to_owned);
    atom.prop_recursive(4, 24, 4, |inner| {
        let is_place = |text: &str| ["^", "$", r"\b", r"\B"].contains(&text);
        prop_oneof![
            3 => prop::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            2 => (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("(?:{a}|{b})")),
            2 => (inner.clone(), prop::sample::select(vec!["*", "+", "?", "{1,2}", "*?", "+?", "{2}", "??"]))
                .prop_map(move |(a, times)| if is_place(&a) { a } else { format!("(?:{a}){times}") }),
            2 => inner.clone().prop_map(|a| format!("({a})")),
            1 => inner.clone().prop_map(|a| format!("(?={a})")),
            1 => inner.clone().prop_map(|a| format!("(?!{a})")),
            1 => inner.clone().prop_map(|a| format!("(?<={a})")),
            1 => inner.prop_map(|a| format!(r"({a})\1")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, cases: 2_000, ..ProptestConfig::default() })]

    #[test]
    fn another_engine_finds_the_same(
        source in source(),
        text in "[abcx01 é\n]{0,9}",
        flags in prop::sample::select(vec!["", "i", "m"]),
    ) {
        let Ok(pattern) = Pattern::parse(&source, flags) else { return Ok(()) };
        let other = regress::Regex::with_flags(&source, flags).expect("both read it");
        let Ok(found) = pattern.find(&text, 0, &Meter::new(&Budget::small(100_000))) else {
            return Ok(());
        };
        let found = found.map(|found| (found.start, found.end, found.groups));
        let expected = other.find(&text).map(|found| {
            let groups = found.captures.into_iter().map(|ends| ends.map(|ends| (ends.start, ends.end)));
            (found.range.start, found.range.end, groups.collect::<Vec<_>>())
        });
        prop_assert_eq!(found, expected, "/{}/{} in {:?}", source, flags, text);
    }

    #[test]
    fn any_text_is_answered(source in ".{0,30}", text in ".{0,30}") {
        if let Ok(pattern) = Pattern::parse(&source, "gi") {
            pattern.find_all(&text, 10, &Meter::new(&Budget::small(100_000))).ok();
        }
    }
}
