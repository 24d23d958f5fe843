//! The sample company's portal: the files of this repository that make one.

use std::borrow::Cow;

use rust_embed::RustEmbed;

/// The files of sources, and entities written by hand. Entities of sources are left out, because the demo takes
/// a snapshot of its own.
#[derive(RustEmbed)]
#[folder = "catalog-data"]
#[prefix = "catalog-data/"]
#[include = "manual/**"]
#[include = "repositories/**"]
#[include = "sources/**"]
struct CatalogData;

#[derive(RustEmbed)]
#[folder = "scaffolds"]
#[prefix = "scaffolds/"]
struct Scaffolds;

const SETTINGS: &[u8] = include_bytes!("../../../callboard.yaml");

/// The files of the sample company: path in its portal, and content.
pub(in crate::cli) fn sample_files() -> impl Iterator<Item = (Cow<'static, str>, Cow<'static, [u8]>)>
{
    let settings = (Cow::Borrowed(crate::cli::settings::FILE), Cow::Borrowed(SETTINGS));
    let data = CatalogData::iter().filter_map(|name| Some((CatalogData::get(&name)?.data, name)));
    let scaffolds = Scaffolds::iter().filter_map(|name| Some((Scaffolds::get(&name)?.data, name)));
    std::iter::once(settings).chain(data.chain(scaffolds).map(|(bytes, name)| (name, bytes)))
}
