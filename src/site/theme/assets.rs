//! Scripts, styles, icons and images, in a folder that is named by the hash of them all.
//!
//! A browser may cache them forever, and a page never loads scripts or styles of another build. The folder has
//! the hash, not each name, because modules import each other by their plain names.

use std::{borrow::Cow, collections::BTreeMap};

use serde::Serialize;
use xxhash_rust::xxh3::Xxh3;

use super::{
    Theme,
    content_security_policy::content_security_policy,
    messages::{self, Messages},
    offline,
    scripts::without_comments,
};
use crate::{
    search::{PARTS, engine_folder},
    site::{
        input::{Image, Settings},
        text::address::SEARCH_FOLDER,
    },
};

/// The accent colour in the theme's own icon.
const ACCENT: &str = "#0b6e66";
/// How high a logo is shown, in CSS pixels.
const LOGO_HEIGHT: f64 = 24.0;

/// The files that pages load.
pub(crate) struct Assets<'t> {
    /// `assets/<hash>/`.
    pub(crate) folder: String,
    files: BTreeMap<Cow<'t, str>, Cow<'t, [u8]>>,
    /// Files that lie at the site's root, by name.
    root: BTreeMap<&'t str, &'t [u8]>,
}

impl<'t> Assets<'t> {
    pub(crate) fn new(theme: &'t Theme, words: &[Messages], settings: &'t Settings) -> Self {
        let mut files: BTreeMap<Cow<'t, str>, Cow<'t, [u8]>> = BTreeMap::new();
        let mut root = BTreeMap::new();
        for (name, bytes) in theme.assets() {
            match name.strip_prefix("root/") {
                Some(name) => drop(root.insert(name, bytes)),
                None => drop(files.insert(name.into(), content(name, bytes, words, settings))),
            }
        }
        files.insert("site.css".into(), theme.style_sheet(settings.accent.as_deref()).into());
        for (name, image) in images(settings) {
            files.insert(image.name(name).into(), Cow::Borrowed(&image.bytes));
        }
        let mut hash = Xxh3::new();
        for (name, bytes) in &files {
            hash.update(name.as_bytes());
            hash.update(&(bytes.len() as u64).to_le_bytes());
            hash.update(bytes);
        }
        Self { folder: format!("assets/{:010x}/", hash.digest() >> 24), files, root }
    }

    /// The files of the folder and those at the root, with their paths. The service worker is not among
    /// them: it names files that are written later.
    pub(crate) fn files(
        &self,
        settings: &Settings,
    ) -> impl Iterator<Item = (String, Cow<'_, [u8]>)> {
        let in_folder = self
            .files
            .iter()
            .map(|(name, bytes)| (format!("{}{name}", self.folder), Cow::Borrowed(&**bytes)));
        let at_root = self.root.iter().filter(|(name, _)| **name != offline::WORKER);
        in_folder.chain(at_root.map(|(&name, &bytes)| {
            let bytes = match name {
                "_headers" => self.headers(bytes, settings).into(),
                _ => bytes.into(),
            };
            (name.to_owned(), bytes)
        }))
    }

    /// The headers that a host sends, with the policy and the folders of this site.
    fn headers(&self, template: &[u8], settings: &Settings) -> Vec<u8> {
        let text = String::from_utf8_lossy(template);
        let text = text.replace("{policy}", &content_security_policy(settings));
        self.kept(&settings.base_path)
            .into_iter()
            .fold(text, |text, (folder, path)| text.replace(folder, &path))
            .into_bytes()
    }

    /// A file that lies at the root, as it is in the theme.
    pub(crate) fn at_root(&self, name: &str) -> Option<&'t [u8]> {
        self.root.get(name).copied()
    }

    /// The folders whose files never change, by the placeholders for them in `_headers`.
    fn kept(&self, base: &str) -> [(&'static str, String); 3] {
        let search = format!("{base}{SEARCH_FOLDER}/");
        [
            ("{assets}", format!("{base}{}", self.folder)),
            ("{engine}", format!("{search}{}/", engine_folder())),
            ("{parts}", format!("{search}{PARTS}")),
        ]
    }
}

/// The content of a file of the theme on this site.
fn content<'t>(
    name: &str,
    bytes: &'t [u8],
    words: &[Messages],
    settings: &Settings,
) -> Cow<'t, [u8]> {
    let text = || String::from_utf8_lossy(bytes);
    match (name, settings.accent.as_deref()) {
        ("frame/words.js", _) => {
            messages::script(without_comments(&text()).as_bytes(), words).into()
        }
        ("icon.svg", Some(accent)) => text().replace(ACCENT, accent).into_bytes().into(),
        _ if name.ends_with(".js") && !name.ends_with(".min.js") => {
            // The site has one more folder above the scripts, and one more above the engine, than the theme.
            let engine = format!("import('../../../search/{}/", engine_folder());
            without_comments(&text()).replace("import('../../search/", &engine).into_bytes().into()
        }
        _ => bytes.into(),
    }
}

fn images(settings: &Settings) -> impl Iterator<Item = (&'static str, &Image)> {
    let all = [
        ("logo", &settings.logo),
        ("logo-dark", &settings.logo_dark),
        ("favicon", &settings.favicon),
    ];
    all.into_iter().filter_map(|(name, image)| Some((name, image.as_ref()?)))
}

impl Image {
    fn name(&self, stem: &str) -> String {
        format!("{stem}.{}", self.ending)
    }

    /// Its width and height, so that the browser reserves the space before the image is loaded.
    pub(crate) fn size(&self) -> Option<(f64, f64)> {
        if self.bytes.starts_with(b"\x89PNG") {
            let number = |at: usize| {
                let bytes: [u8; 4] = self.bytes.get(at..at + 4)?.try_into().ok()?;
                Some(f64::from(u32::from_be_bytes(bytes)))
            };
            return Some((number(16)?, number(20)?));
        }
        let text = String::from_utf8_lossy(&self.bytes);
        let tag = text.split_once("<svg")?.1.split('>').next()?;
        let value = |name: &str| {
            let rest = tag.split_once(&format!(" {name}="))?.1;
            rest.get(1..)?.split(rest.chars().next()?).next()
        };
        if let Some(view) = value("viewBox") {
            let mut numbers = view.split([' ', ',']).filter_map(|n| n.parse().ok()).skip(2);
            return Some((numbers.next()?, numbers.next()?));
        }
        let number = |name| value(name)?.trim_end_matches("px").parse().ok();
        Some((number("width")?, number("height")?))
    }
}

/// The company's logo in the header.
#[derive(Debug, Serialize)]
pub(crate) struct Logo {
    /// File names in the folder of assets.
    light: String,
    dark: Option<String>,
    width: u32,
    height: u32,
    /// Whether it is wide like a word: then it replaces the title.
    is_word: bool,
}

impl Logo {
    pub(crate) fn of(settings: &Settings) -> Option<Self> {
        let logo = settings.logo.as_ref()?;
        let (width, height) =
            logo.size().filter(|(w, h)| *w > 0.0 && *h > 0.0).unwrap_or((1.0, 1.0));
        Some(Self {
            light: logo.name("logo"),
            dark: settings.logo_dark.as_ref().map(|logo| logo.name("logo-dark")),
            width: (LOGO_HEIGHT * width / height).round().clamp(8.0, 180.0) as u32,
            height: LOGO_HEIGHT as u32,
            is_word: width > 2.0 * height,
        })
    }
}

/// File name of the icon that browsers show beside the title.
pub(crate) fn favicon(settings: &Settings) -> String {
    settings.favicon.as_ref().map_or_else(|| "icon.svg".into(), |image| image.name("favicon"))
}
