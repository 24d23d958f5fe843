//! `site.logo`, `site.logo_dark`, `site.favicon`, `site.footer`, `site.url` and `site.base_path` of
//! `callboard.yaml`: the brand of a site and its address.

use std::path::Path;

use anyhow::anyhow;
use schemars::JsonSchema;
use serde::Deserialize;
use url::Url;

use super::{Failure, settings::SiteSettings};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        files::Directory,
        path::RelativePath,
    },
    catalog::docs::images,
    site::{FooterLink, Image},
};

/// File types that every browser shows.
const ENDINGS: [&str; 2] = ["svg", "png"];

/// A link at the bottom of every page.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FooterSettings {
    /// Text of the link.
    label: String,
    /// URL of the link: `https`, `http` or `mailto`.
    url: String,
}

impl SiteSettings {
    fn images(&self) -> [(&'static str, Option<&str>); 3] {
        [
            ("logo", self.logo.as_deref()),
            ("logo_dark", self.logo_dark.as_deref()),
            ("favicon", self.favicon.as_deref()),
        ]
    }

    /// The problems of these keys.
    pub(super) fn look_problems(&self, at: impl Fn(&str) -> Place) -> Vec<Diagnostic> {
        let wrong = |pointer: &str, message: String, hint: &str| {
            Diagnostic::error("invalid-settings", at(pointer), message).hint(hint)
        };
        let mut problems = Vec::new();
        for (key, path) in self.images() {
            if let Some(path) = path.filter(|path| picture(path).is_none()) {
                let message = format!("`{path}` is not a picture below the portal");
                let hint = "write a path from the top of the portal, to a file `.svg` or `.png`";
                problems.push(wrong(&format!("/site/{key}"), message, hint));
            }
        }
        if self.logo_dark.is_some() && self.logo.is_none() {
            let message = "`site.logo_dark` goes with `site.logo`".into();
            problems.push(wrong("/site/logo_dark", message, "name the logo on light paper, too"));
        }
        for (index, link) in self.footer.iter().enumerate() {
            if !has_scheme(&link.url, &["https", "http", "mailto"]) {
                let message = format!("`{}` is not an address that a page may link", link.url);
                let hint = "begin with `https://`, `http://` or `mailto:`";
                problems.push(wrong(&format!("/site/footer/{index}/url"), message, hint));
            }
        }
        if let Some(url) = self.url.as_deref().filter(|url| !is_root(url)) {
            let message = format!("`{url}` is not the address of a site");
            let hint = "write it whole and without `?` and `#`, such as `https://portal.example/`";
            problems.push(wrong("/site/url", message, hint));
        }
        if let Some(path) = self.base_path.as_deref().filter(|path| !path.starts_with('/')) {
            let message = format!("`{path}` is not a path at which a site is served");
            problems.push(wrong("/site/base_path", message, "write it like `/portal/`"));
        }
        problems
    }

    /// Where the site is served, with slashes at both ends: the path of its address, if nothing else
    /// is said.
    pub(super) fn base_path(&self) -> String {
        let of_url = || Some(Url::parse(self.url.as_deref()?).ok()?.path().to_owned());
        let path = self.base_path.clone().or_else(of_url).unwrap_or_default();
        let path = path.trim_matches('/');
        if path.is_empty() { "/".into() } else { format!("/{path}/") }
    }

    /// The links at the bottom of every page.
    pub(super) fn footer(&self) -> Vec<FooterLink> {
        let link = |FooterSettings { label, url }: &FooterSettings| FooterLink {
            label: label.clone(),
            url: url.clone(),
        };
        self.footer.iter().map(link).collect()
    }

    /// Reads the pictures: logo, logo on dark paper, favicon.
    pub(super) fn read_images(&self, portal: &Path) -> Result<[Option<Image>; 3], Failure> {
        let files = Directory::new(portal);
        let mut images = [const { None }; 3];
        for (image, (_, path)) in images.iter_mut().zip(self.images()) {
            if let Some((path, ending)) = path.and_then(picture) {
                let bytes = files.read(path.as_str())?;
                let shown = images::shown(path.as_str(), &bytes).map_err(|error| {
                    let place = Place::at(path.as_str(), error.position);
                    Failure::Usage(anyhow!("{place}: the picture cannot be shown: it {error}"))
                })?;
                *image = Some(Image { ending, bytes: shown.into_owned().into() });
            }
        }
        Ok(images)
    }
}

/// A path below the portal to a picture, and how its name ends.
fn picture(path: &str) -> Option<(RelativePath, &'static str)> {
    let path = RelativePath::new(path).ok()?;
    let ending = path.file_name().rsplit_once('.')?.1;
    let ending = ENDINGS.into_iter().find(|known| *known == ending)?;
    Some((path, ending))
}

fn has_scheme(address: &str, schemes: &[&str]) -> bool {
    Url::parse(address).is_ok_and(|url| schemes.contains(&url.scheme()))
}

/// Whether a site can be at a URL.
fn is_root(address: &str) -> bool {
    has_scheme(address, &["https", "http"])
        && Url::parse(address).is_ok_and(|url| url.query().is_none() && url.fragment().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::yaml;

    fn settings(text: &str) -> SiteSettings {
        yaml::from_str(text).expect("settings")
    }

    #[test]
    fn what_no_page_can_have_is_a_diagnostic() {
        let text = "logo: ../up.svg\nlogo_dark: a.gif\nfavicon: /etc/x.png\nurl: portal.example\n\
                    base_path: portal\nfooter:\n- {label: a, url: 'mailto:a@b.example'}\n\
                    - {label: b, url: 'javascript:alert(1)'}\n";
        let problems = settings(text).look_problems(|pointer| Place::file(pointer));
        let places: Vec<_> = problems.iter().map(|p| p.place.file.as_str()).collect();
        let expected = ["logo", "logo_dark", "favicon", "footer/1/url", "url", "base_path"];
        assert_eq!(places, expected.map(|key| format!("/site/{key}")));
        let alone = settings("logo_dark: a.svg").look_problems(|pointer| Place::file(pointer));
        assert_eq!(alone.len(), 1);
    }

    #[test]
    fn the_base_path_follows_from_the_address() {
        for (text, path) in [
            ("{}", "/"),
            ("url: https://a.example", "/"),
            ("url: https://a.example/portal", "/portal/"),
            ("{url: https://a.example/portal/, base_path: /x}", "/x/"),
        ] {
            let settings = settings(text);
            assert!(settings.look_problems(|pointer| Place::file(pointer)).is_empty(), "{text}");
            assert_eq!(settings.base_path(), path, "{text}");
        }
    }
}
