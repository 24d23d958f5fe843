//! Markdown of descriptions and of documentation.

use super::*;

#[test]
fn hostile_markdown_is_text() {
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
fn no_markdown_makes_a_style_attribute() {
    let html = render("| a | b |\n|:-:|--:|\n| 1 | 2 |\n", None);
    assert!(html.contains("<td>1</td>") && !html.contains("style"), "{html}");
}

#[test]
fn relative_links_lead_from_where_the_text_lies() {
    let base = Some("https://git.example/shop/cart/catalog-info.yaml");
    assert_eq!(
        render("[docs](docs/a.md)", base),
        "<p><a href=\"https://git.example/shop/cart/docs/a.md\">docs</a></p>\n"
    );
    assert_eq!(render("[docs](docs/a.md)", None), "<p>docs</p>\n");
}

#[test]
fn a_line_is_plain_and_ends_after_a_word() {
    assert_eq!(first_line("Takes **orders**\nof all.\n\nMore.", 80), "Takes orders of all.");
    assert_eq!(first_line("Takes orders of all", 12), "Takes…");
    assert_eq!(first_line("a\u{202e}b", 9), "a\u{fffd}b");
}
