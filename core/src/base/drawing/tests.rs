//! What attacks and real programs write as SVG.

use proptest::prelude::*;
use quick_xml::XmlVersion;

use super::{attributes::XLINK, *};

fn inside(content: &str) -> String {
    let text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" xmlns:xlink=\"http://www.w3.org/1999/xlink\">{content}</svg>"
    );
    let out = rewrite(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
    let inner = out.strip_prefix("<svg xmlns=\"http://www.w3.org/2000/svg\"").expect("a root");
    inner.strip_suffix("</svg>\n").map_or("", |inner| &inner[1..]).to_owned()
}

#[test]
fn what_runs_or_loads_something_is_left_out() {
    for (content, expected) in [
        ("<script>alert(1)</script><rect onclick='x' width='1'/>", "<rect width=\"1\"/>"),
        ("<x:script xmlns:x='http://www.w3.org/2000/svg'>x</x:script><g/>", "<g/>"),
        ("<h:iframe xmlns:h='http://www.w3.org/1999/xhtml' srcdoc='x'/><g/>", "<g/>"),
        ("<a xlink:href='javascript:x'><g/></a>", "<a><g/></a>"),
        ("<a href=' java&#10;script:x'/>", "<a/>"),
        ("<a href='https://x.example/?a&amp;b'/>", "<a href=\"https://x.example/?a&amp;b\"/>"),
        (
            "<a href='#a' xlink:href='#b' xmlns:q='http://www.w3.org/1999/xlink' q:href='#c'/>",
            "<a href=\"#a\"/>",
        ),
        ("<a><set attributeName='href' to='javascript:x'/></a>", "<a/>"),
        (
            "<set attributeName='onclick' to='x'/><set attributeName='x' to='1'/>",
            "<set attributeName=\"x\" to=\"1\"/>",
        ),
        ("<use href='other.svg#a'/><use xlink:href='data:image/svg+xml,x'/>", "<use/><use/>"),
        (
            "<image href='https://x.example/a.png'/><image href='data:image/svg+xml;base64,AA'/>",
            "<image/><image/>",
        ),
        (
            "<image href='data:image/png;base64,A\nA=='/>",
            "<image href=\"data:image/png;base64,AA==\"/>",
        ),
        ("<rect fill='url(https://x.example)' stroke='url(#a)'/>", "<rect stroke=\"url(#a)\"/>"),
        (
            "<rect style='fill:red;background:url(x)'/><rect style='a:url(x)'/>",
            "<rect style=\"fill:red;\"/><rect/>",
        ),
        (
            "<style>@import 'x';</style><style>.a&gt;b{fill:red}</style>",
            "<style/><style>.a&gt;b{fill:red;}\n</style>",
        ),
        (
            "<style><![CDATA[.a{fill:red}]]><g/><foreignObject>x</foreignObject></style>",
            "<style>.a{fill:red;}\n</style>",
        ),
        (
            "<text>&lt;b&gt; &#38; \"<![CDATA[<x>]]></text>",
            "<text>&lt;b&gt; &amp; \"&lt;x&gt;</text>",
        ),
        (
            "<switch><foreignObject><p>a</p></foreignObject><text>b</text></switch>",
            "<switch><text>b</text></switch>",
        ),
        (
            "<!-- c --><?php x?><g xml:base='http://x.example/' xml:space='preserve'/>",
            "<g xml:space=\"preserve\"/>",
        ),
    ] {
        assert_eq!(inside(content), expected, "{content}");
    }
}

#[test]
fn labels_in_html_stay_as_words() {
    let label = "<foreignObject x='10' width='80' height='24'><div xmlns='http://www.w3.org/1999/xhtml'>\
        <span>Read <b>it</b><br/>&lt;twice&gt;<script>x</script></span></div></foreignObject>";
    assert_eq!(
        inside(label),
        "<text x=\"50\" y=\"6\" text-anchor=\"middle\" dominant-baseline=\"central\">Read it</text>\
         <text x=\"50\" y=\"18\" text-anchor=\"middle\" dominant-baseline=\"central\">&lt;twice&gt;x</text>"
    );
}

#[test]
fn what_is_no_drawing_or_too_much_is_refused_with_its_place() {
    let told = |text: &str| {
        let error = rewrite(text.as_bytes()).expect_err(text);
        let place = error.position.map(|at| format!(" at {}:{}", at.line, at.column));
        error.reason.to_string() + &place.unwrap_or_default()
    };
    for (text, expected) in [
        ("", "is not an SVG"),
        ("GIF89a", "has text outside of its root at 1:1"),
        ("<html/>", "is not an SVG at 1:1"),
        ("<svg>\n <g>\n", "ends before its last element is closed"),
        ("<svg/><svg/>", "has more than one root at 1:7"),
        ("<!DOCTYPE svg [<!ENTITY a 'b'>]><svg/>", "declares entities at 1:1"),
        ("<svg>\n<text>é&a;</text></svg>", "refers to the entity `a` at 2:8"),
        ("<svg><text>&#1;</text></svg>", "has the character U+0001 at 1:12"),
    ] {
        assert_eq!(told(text), expected, "{text}");
    }
    assert!(told("<svg><g></svg>").starts_with("is not well-formed"));
    assert!(told("<svg><a b='1' b='2'/></svg>").starts_with("is not well-formed"));
    assert!(rewrite(b"<svg>\xff</svg>").is_err_and(|e| e.reason == ImageReason::NotUtf8));
    let nested = |levels: usize| "<g>".repeat(levels) + &"</g>".repeat(levels);
    assert!(told(&format!("<svg>{}</svg>", nested(200_000))).contains("levels deep"));
    assert!(told(&format!("<svg>{}</svg>", "<g/>".repeat(150_000))).contains("elements"));
    let attributes = (0..100_000).map(|n| format!(" a{n}=''")).collect::<Vec<_>>().concat();
    assert!(told(&format!("<svg{attributes}/>")).contains("attributes"));
    let namespaces = (0..40_000).map(|n| format!(" xmlns:a{n}='b'")).collect::<Vec<_>>().concat();
    assert!(told(&format!("<svg{namespaces}/>")).contains("not well-formed"));
    let level = |n: i32| {
        let uses = format!("<use href='#g{}'/>", n - 1).repeat(10);
        format!("<g id='g{n}'>{uses}</g>")
    };
    let bomb = (1..9).map(level).collect::<Vec<_>>().concat();
    assert!(told(&format!("<svg><g id='g0'/>{bomb}</svg>")).contains("too many"));
}

#[test]
fn a_document_type_and_a_byte_order_mark_are_no_hindrance() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE svg PUBLIC \
        \"-//W3C//DTD SVG 1.1//EN\" \"http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd\">\n<svg/>";
    let out = rewrite(text.as_bytes()).expect("a drawing");
    assert_eq!(out, "<svg xmlns=\"http://www.w3.org/2000/svg\"/>\n");
}

/// A piece of markup, or a whole element with others in it.
fn markup() -> impl Strategy<Value = String> {
    let name = prop::sample::select(vec![
        "g",
        "a",
        "use",
        "set",
        "animate",
        "image",
        "style",
        "script",
        "x:g",
        "h:iframe",
        "foreignObject",
        "switch",
        "svg",
        "text",
        "x:script",
        "path",
        "title",
        "feImage",
        "é",
    ]);
    let attribute = (
        prop::sample::select(vec![
            "href",
            "l:href",
            "onload",
            "style",
            "fill",
            "id",
            "class",
            "attributeName",
            "to",
            "d",
            "xml:base",
            "x:onclick",
            "xmlns",
            "xmlns:x",
            "values",
            "filter",
            "target",
            "src",
        ]),
        prop_oneof![
            "[#a-c]{0,3}",
            "\\PC{0,12}",
            prop::sample::select(vec![
                "javascript:x",
                "java&#9;script:x",
                "data:text/html,x",
                "url(#a)",
                "url(//x)",
                "#a",
                "http://www.w3.org/1999/xhtml",
                "http://www.w3.org/2000/svg",
                "href",
                "onclick",
                "a:url(x);fill:red",
                "https://x.example/a b",
                "&#10;&#13;&#9;",
                "data:image/png;base64,AA",
            ])
            .prop_map(str::to_owned),
        ],
    )
        .prop_map(|(name, value)| format!(" {name}=\"{}\"", value.replace(['"', '<'], "")));
    let leaf = prop_oneof![
        "\\PC{0,12}",
        prop::sample::select(vec![
            "&amp;",
            "&#60;",
            "&a;",
            "<![CDATA[</style><script>]]>",
            "<!-- - -->",
            "<?x y?>",
            ".a{fill:url(#b)}",
            "@import 'x';",
            "a{b:c",
            "}",
            "'",
            "\\",
            "/*",
            "\r\n",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(5, 40, 6, move |inner| {
        let attributes = prop::collection::vec(attribute.clone(), 0..4);
        (name.clone(), attributes, prop::collection::vec(inner, 0..5)).prop_map(
            |(name, attributes, inner)| {
                let attributes = attributes.concat();
                format!("<{name}{attributes}>{}</{name}>", inner.concat())
            },
        )
    })
}

/// Reads what was written with the same XML reader, and asserts that all of it is on the list.
fn assert_harmless(out: &str) {
    let mut reader = NsReader::from_str(out);
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Start(tag) | Event::Empty(tag) => {
                let name = tag.name();
                assert!(names::is_element(name.as_ref()), "{out}");
                for attribute in tag.attributes() {
                    let attribute = attribute.expect("well-formed");
                    let key = attribute.key.as_ref().to_owned();
                    let value = attribute.normalized_value(XmlVersion::Implicit1_0).expect("plain");
                    if key == "xmlns" {
                        assert_eq!(value, SVG);
                        continue;
                    }
                    assert_eq!(
                        harmless(name.as_ref(), &key, &value).as_ref(),
                        Some(&value),
                        "{out}"
                    );
                }
            }
            Event::Text(_) | Event::End(_) => {}
            Event::GeneralRef(name) => {
                assert!(["amp", "lt", "gt", "#13"].contains(&&*name), "{out}");
            }
            Event::Eof => break,
            event => panic!("{event:?} in {out}"),
        }
    }
}

proptest! {
    #[test]
    fn what_is_written_is_on_the_list_and_written_the_same_again(content in markup()) {
        let text = format!(
            "<svg xmlns='{SVG}' xmlns:l='{XLINK}' xmlns:x='{SVG}' xmlns:h='http://www.w3.org/1999/xhtml'>{content}</svg>"
        );
        if let Ok(out) = rewrite(text.as_bytes()) {
            assert_harmless(&out);
            prop_assert_eq!(rewrite(out.as_bytes()).expect("a drawing"), out);
        }
    }

    #[test]
    fn style_sheets_load_nothing_and_stay_the_same(text in "[a-c{};:@'\"()\\\\/* \n<!>-]{0,60}|\\PC{0,60}") {
        let sheet = css::sheet(&text);
        prop_assert!(!sheet.contains(['\\', '@']) && !sheet.contains("/*"), "{sheet}");
        prop_assert_eq!(&css::sheet(&sheet), &sheet);
        let style = css::declarations(&text);
        prop_assert!(css::is_harmless(&style), "{style}");
        prop_assert_eq!(css::declarations(&style), style);
    }

    #[test]
    fn no_bytes_are_too_odd(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        drop(rewrite(&bytes));
        drop(rewrite(&[b"<svg ", &bytes[..], b"/>"].concat()));
    }
}
