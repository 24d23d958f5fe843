//! Markdown of descriptions and of documentation.

use super::*;

#[test]
fn hostile_markdown_is_escaped() {
    let html = render(
        "<script>alert(1)</script>\n\n[x](javascript:alert(1)) <b onclick=x>y</b> ![i](data:x)",
        None,
    );
    assert!(!html.contains("<script"), "{html}");
    assert!(!html.contains("<b "), "{html}");
    assert!(!html.contains("javascript:"), "{html}");
    assert!(!html.contains("<img") && !html.contains("<a"), "{html}");
}

#[test]
fn markdown_makes_no_style_attributes() {
    let html = render("| a | b |\n|:-:|--:|\n| 1 | 2 |\n", None);
    assert!(html.contains("<td>1</td>") && !html.contains("style"), "{html}");
}

#[test]
fn relative_links_are_resolved_against_the_source_location() {
    let base = Some("https://git.example/shop/cart/catalog-info.yaml");
    assert_eq!(
        render("[docs](docs/a.md)", base),
        "<p><a href=\"https://git.example/shop/cart/docs/a.md\">docs</a></p>\n"
    );
    assert_eq!(render("[docs](docs/a.md)", None), "<p>docs</p>\n");
}

#[test]
fn the_first_line_is_plain_text_and_ends_after_a_word() {
    assert_eq!(first_line("Takes **orders**\nof all.\n\nMore.", 80), "Takes orders of all.");
    assert_eq!(first_line("Takes orders of all", 12), "Takes…");
    assert_eq!(first_line("a\u{202e}b", 9), "a\u{fffd}b");
}

mod pages {
    use crate::{
        catalog::docs::outline::Outline,
        site::text::markdown::{Address, LinkResolver, page},
    };

    /// Knows `a.md` and `a.png`.
    struct Known;

    impl LinkResolver for Known {
        fn link(&self, address: &str) -> Option<Address> {
            let here = |to: &str| Some(Address::Here(to.to_owned()));
            match address {
                "a.md" => here("a.html"),
                "a.png" => Some(Address::Shared("docs/a.png".into())),
                _ => crate::site::text::address::external(address).map(Address::Here),
            }
        }

        fn image(&self, address: &str) -> Option<(String, Option<(u32, u32)>)> {
            (address == "a.png").then(|| ("docs/a.png".into(), Some((3, 4))))
        }
    }

    fn html(text: &str) -> String {
        let outline = Outline::of(text);
        let pieces = serde_json::to_value(page(text, &outline, &Known)).expect("JSON");
        let pieces = pieces.as_array().expect("a list").iter();
        let text = |piece: &serde_json::Value| {
            let then = piece["then"].as_str().expect("a text");
            let then = if then.is_empty() { String::new() } else { format!("[{then}]") };
            format!("{}{then}", piece["html"].as_str().expect("a text"))
        };
        pieces.map(text).collect()
    }

    #[test]
    fn each_element_of_markdown_has_its_html() {
        callboard_testing::assert_text(
            html(
                "## Two\n\n# A `b`\n\n### C\n\n- [x] done\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n\n\
                 ![w *x*](a.png \"t\") [l](a.md) [gone](b.md) ![ext](https://x.example/a.png)\n\n\
                 a[^n] b[^n]\n\n[^n]: note\n\n```rust title=\"m.rs\"\n<\n```\n\n~~s~~<br><b>&lt;</b><!-- c -->\n",
            ),
            callboard_testing::str![[r##"
<h2 id="two"><a class="anchor" href="#two" aria-labelledby="two"></a>Two</h2>
<h2 id="a-b"><a class="anchor" href="#a-b" aria-labelledby="a-b"></a>A <code>b</code></h2>
<h3 id="c"><a class="anchor" href="#c" aria-labelledby="c"></a>C</h3>
<ul>
<li><span class="box done"><span class="sr">☑ </span></span>done</li>
</ul>
<div class="scroll" tabindex="0"><table><thead><tr><th scope="col" class="right">a</th><th scope="col">b</th></tr></thead><tbody>
<tr><td class="right">1</td><td>2</td></tr>
</tbody></table></div>
<p><img src="[base]docs/a.png" alt="w x" width="3" height="4" title="t" loading="lazy"> <a href="a.html">l</a> <span class="gone">gone</span> <a href="https://x.example/a.png">ext</a></p>
<p>a<sup id="from:1"><a href="#note:1">1</a></sup> b<sup id="from:1:2"><a href="#note:1">1</a></sup></p>
<p class="code-t">m.rs</p><pre tabindex="0"><code>&lt;
</code></pre>
<p><del>s</del><br>
&lt;b&gt;&lt;&lt;/b&gt;</p>
<ol class="footnotes">
<li id="note:1" value="1"><p>note</p>
<a class="back" href="#from:1">↩</a></li>
</ol>

"##]],
        );
    }

    #[test]
    fn notes_of_both_dialects_have_the_same_html() {
        let icon = "<svg class=\"i\" aria-hidden=\"true\"><use href=\"[icons]#l-warning\"/></svg>";
        let note = format!(
            "<div class=\"note n-warning\"><p class=\"note-t\">{icon}[warning]</p>\n<p>a</p>\n</div>\n"
        );
        assert_eq!(html("!!! warning\n    a\n"), note);
        assert_eq!(html("> [!WARNING]\n> a\n"), note);
        let folded = html("??? example \"T <b>\"\n    a\n");
        assert!(folded.starts_with("<details class=\"note n-note\"><summary>"), "{folded}");
        assert!(
            folded.contains("T &lt;b&gt;</summary>") && folded.ends_with("</details>\n"),
            "{folded}"
        );
        assert_eq!(
            html("> ###### six\n"),
            "<blockquote>\n<h2 id=\"six\"><a class=\"anchor\" href=\"#six\" aria-labelledby=\"six\"></a>six</h2>\n</blockquote>\n"
        );
        assert_eq!(html("!!! note \"\"\n    a\n"), "<div class=\"note n-note\"><p>a</p>\n</div>\n");
    }

    #[test]
    fn hostile_markdown_pages_are_escaped() {
        for text in [
            "<script>alert(1)</script>",
            "<img src=x onerror=alert(1)>",
            "[a](javascript:alert(1)) ![b](javascript:x) <javascript:alert(1)>",
            "[a](data:text/html,x) [b](vbscript:x) [c](file:///etc/passwd) [d](JaVaScRiPt:x)",
            "[a]: javascript:x\n\n[a]",
            "# <svg onload=x>\n\n!!! note \"<script>\"\n    <iframe src=x>\n",
            "```\"onmouseover=alert(1)\n</code><script>\n```",
            "| <script> |\n|---|\n| <a href='javascript:x'> |",
            "[^\"><script>]\n\n[^\"><script>]: <script>",
            "![\"onerror=x](a.png \"\\\" onload=x\")",
            "\0base\0<script>\u{0}",
            "\u{e000}p<script>\u{e001}<script>",
            "> ###### \u{e000}p\"><script>\u{e001}\n",
            "# a {#\"><script>}\n",
        ] {
            let html = html(text);
            let tags: Vec<_> = html.split('<').skip(1).collect();
            for tag in tags {
                let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
                assert!(!["script", "iframe", "javascript"].contains(&name.as_str()), "{html}");
                let inside = tag.split('>').next().unwrap_or_default();
                let bare: String = inside.split('"').step_by(2).collect();
                assert!(!bare.contains("on"), "{html}");
            }
            for scheme in
                ["href=\"javascript", "src=\"javascript", "href=\"data", "href=\"vb", "href=\"file"]
            {
                assert!(!html.to_lowercase().contains(scheme), "{html}");
            }
        }
    }

    #[test]
    fn deeply_nested_markdown_is_flattened_quickly() {
        let (deep, many) = (100_000, 20_000);
        let started = std::time::Instant::now();
        for text in [
            "> ".repeat(deep) + "a",
            "- ".repeat(deep) + "a",
            "*".repeat(many) + "a" + &"*".repeat(many),
            "[".repeat(many) + "a" + &"](b)".repeat(many),
            "![".repeat(many),
            "!!! note\n".repeat(many),
            (0..400).map(|at| " ".repeat(at * 4) + "!!! note\n").collect(),
            (0..400).map(|at| " ".repeat(at * 2) + "- a\n").collect(),
            "# a\n".repeat(many),
            "[^a]".repeat(many),
            "<!--".repeat(many),
            "|".repeat(many) + "\n" + &"|-".repeat(many),
        ] {
            let html = html(&text);
            let (mut depth, mut most) = (0_i32, 0);
            for tag in html.split('<').skip(1) {
                let name = tag.trim_start_matches('/');
                let is_container = ["blockquote", "ul", "li", "em>", "strong", "div"]
                    .iter()
                    .any(|container| name.starts_with(container));
                depth += i32::from(is_container) * if tag.starts_with('/') { -1 } else { 1 };
                most = most.max(depth);
            }
            assert!(most <= 60 && depth == 0, "{most} {depth}: {}", &text[..20.min(text.len())]);
        }
        assert!(started.elapsed().as_secs() < 60, "{:?}", started.elapsed());
    }

    proptest::proptest! {
        #[test]
        fn any_markdown_is_rendered_without_a_panic(text in "(\\PC{0,6}|[#>*`|!\\[\\]()-]{1,4}|\n|    |!!! a|\\[\\^a\\]:?|<a>|```){0,40}") {
            html(&text);
        }
    }
}
