//! The sitemap, `robots.txt`, and the description for `OpenSearch`. The first and the last need the site's own address.

use std::fmt::Write;

use crate::{
    base::fs::Sink,
    site::{
        error::Error,
        input::Input,
        output::PageWriter,
        text::escape::{escaped, without_xml_controls},
    },
};

/// The limit of addresses in one sitemap (sitemaps.org).
const MAPPED: usize = 50_000;
const XML: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n";
const SITEMAPS: &str = "http://www.sitemaps.org/schemas/sitemap/0.9";
/// Pages that crawlers should not list.
const UNMAPPED: [&str; 3] = ["404.html", "me.html", "search.html"];

/// Writes `robots.txt` and, where the address is known, `opensearch.xml`.
pub(super) fn write<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
) -> Result<(), Error> {
    let Some(site) = input.settings.url.as_deref() else {
        return writer.write("robots.txt".into(), b"User-agent: *\nAllow: /\n");
    };
    let robots = format!("User-agent: *\nAllow: /\nSitemap: {site}sitemap.xml\n");
    writer.write("robots.txt".into(), robots.as_bytes())?;
    let title = &input.settings.title;
    let site = xml_text(site);
    let search = format!(
        "{XML}<OpenSearchDescription xmlns=\"http://a9.com/-/spec/opensearch/1.1/\">\n\
         <ShortName>{}</ShortName>\n<Description>{}</Description>\n\
         <InputEncoding>UTF-8</InputEncoding>\n\
         <Url type=\"text/html\" template=\"{site}search.html?q={{searchTerms}}\"/>\n\
         </OpenSearchDescription>\n",
        // The specification allows sixteen characters.
        xml_text(&title.chars().take(16).collect::<String>()),
        xml_text(title),
    );
    writer.write("opensearch.xml".into(), search.as_bytes())
}

/// Writes the sitemap of all pages written so far; above the limit several, with an index of them.
pub(super) fn write_maps<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
) -> Result<(), Error> {
    let Some(site) = input.settings.url.as_deref() else { return Ok(()) };
    let site = xml_text(site);
    let mut paths = writer.paths();
    paths.retain(|path| is_mapped(path));
    paths.sort_unstable();
    if paths.len() <= MAPPED {
        return writer.write("sitemap.xml".into(), map(&site, &paths).as_bytes());
    }
    let mut index = format!("{XML}<sitemapindex xmlns=\"{SITEMAPS}\">\n");
    for (at, part) in paths.chunks(MAPPED).enumerate() {
        let file = format!("sitemap-{}.xml", at + 1);
        writer.write(file.clone(), map(&site, part).as_bytes())?;
        let _ = writeln!(index, "<sitemap><loc>{site}{file}</loc></sitemap>");
    }
    writer.write("sitemap.xml".into(), (index + "</sitemapindex>\n").as_bytes())
}

fn map(site: &str, paths: &[String]) -> String {
    let mut xml = format!("{XML}<urlset xmlns=\"{SITEMAPS}\">\n");
    for path in paths {
        // The address of an index page is that of its folder.
        let path = match path.strip_suffix("index.html") {
            Some(folder) if folder.is_empty() || folder.ends_with('/') => folder,
            _ => path,
        };
        let _ = writeln!(xml, "<url><loc>{site}{}</loc></url>", xml_text(path));
    }
    xml + "</urlset>\n"
}

/// A text as XML 1.0, escaped.
fn xml_text(text: &str) -> String {
    escaped(&without_xml_controls(text))
}

/// Whether a file is a page that the sitemap lists, in any language. Lists of one type, lifecycle or tag, whose names
/// have a dot, are parts of other lists.
fn is_mapped(path: &str) -> bool {
    let Some(stem) = path.strip_suffix(".html") else { return false };
    let name = path.rsplit('/').next().unwrap_or(path);
    let folder = stem.rsplit('/').nth(1).unwrap_or_default();
    let is_narrowed = || stem.rsplit('/').next().is_some_and(|last| last.contains('.'));
    !UNMAPPED.contains(&name) && (folder != "catalog" || !is_narrowed())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_in_the_sitemap_and_filtered_lists_are_not() {
        for path in
            ["index.html", "fr/index.html", "catalog/components-2.html", "catalog/a/api/b.c.html"]
        {
            assert!(is_mapped(path), "{path}");
        }
        for path in
            ["404.html", "fr/me.html", "catalog/components.type.x.html", "catalog.json", "a.md"]
        {
            assert!(!is_mapped(path), "{path}");
        }
    }

    #[test]
    fn index_pages_have_the_address_of_their_folder() {
        let xml = map(
            "https://a.example/",
            &["index.html".into(), "fr/index.html".into(), "x/reindex.html".into()],
        );
        for at in
            ["https://a.example/", "https://a.example/fr/", "https://a.example/x/reindex.html"]
        {
            assert!(xml.contains(&format!("<loc>{at}</loc>")), "{xml}");
        }
    }
}
