//! The files of a new portal that people own, rendered from embedded ones.

use std::{borrow::Cow, collections::BTreeMap};

use rust_embed::RustEmbed;
use serde_json::{Value, json};
use tera::{Context, Delimiters, Tera};

use super::{answers::Answers, definitions::code_owners, home::Home, record::Pipelines};
use crate::cli::{
    Failure, commands::source::scalar, demo::portal::sample_files, exit::outside, settings::FILE,
};

/// `portal` has files of every portal, `ci` of every one with CI, and the other folders those of one forge each. Expressions are
/// written `<< … >>` and `<% … %>`, because the files themselves are full of `{{ … }}`.
#[derive(RustEmbed)]
#[folder = "src/cli/init/files"]
struct Embedded;

/// Files of `portal` that the sample company has its own of.
const REPLACED_BY_SAMPLE: [&str; 2] = ["catalog-data/", "scaffolds/"];

/// The files that people own from the first commit on: path and content, sorted by path.
///
/// # Errors
/// An embedded file cannot be rendered.
pub(super) fn own_files(
    answers: &Answers,
    pipelines: &Pipelines,
) -> Result<BTreeMap<String, Vec<u8>>, Failure> {
    let is_wanted = |path: &str| {
        !answers.is_sample || !REPLACED_BY_SAMPLE.iter().any(|folder| path.starts_with(folder))
    };
    let rendered = render("portal", is_wanted, &context(answers))?;
    let mut files: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    files.extend(rendered.into_iter().map(|(path, text)| (path, text.into_bytes())));
    files.extend(code_owners(pipelines)?.into_iter().map(|(path, text)| (path, text.into_bytes())));
    if answers.is_sample {
        files.extend(sample_files().map(|(path, bytes)| (path.into_owned(), bytes.into_owned())));
        if let Some(page) =
            answers.home.as_ref().and_then(|home| home.new_file_page(&answers.branch))
        {
            let key = format!("\nsite:\n  new_file_url: {}\n", scalar(&page));
            let settings = files
                .get(FILE)
                .map(|bytes| String::from_utf8_lossy(bytes).replacen("\nsite:\n", &key, 1));
            files.extend(settings.map(|text| (FILE.to_owned(), text.into_bytes())));
        }
    }
    Ok(files)
}

/// Renders the embedded files of a folder whose paths below it are wanted.
///
/// # Errors
/// A file is wrong, or names what the context lacks.
pub(super) fn render(
    folder: &str,
    is_wanted: impl Fn(&str) -> bool,
    context: &Value,
) -> Result<BTreeMap<String, String>, Failure> {
    let mut tera = Tera::new();
    let mark = |text: &'static str| Cow::Borrowed(text);
    let delimiters = Delimiters {
        block_start: mark("<%"),
        block_end: mark("%>"),
        variable_start: mark("<<"),
        variable_end: mark(">>"),
        comment_start: mark("<#"),
        comment_end: mark("#>"),
    };
    tera.set_delimiters(delimiters).map_err(outside)?;
    tera.autoescape_on(Vec::<&'static str>::new());
    let names = Embedded::iter().filter_map(|name| {
        let path = name.strip_prefix(folder)?.strip_prefix('/')?.to_owned();
        is_wanted(&path).then(|| Some((path, Embedded::get(&name)?.data)))?
    });
    let files: Vec<(String, String)> =
        names.map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).into_owned())).collect();
    tera.add_raw_templates(files.iter().map(|(path, text)| (path.as_str(), text.as_str())))
        .map_err(outside)?;
    let context = Context::from_serialize(context).map_err(outside)?;
    let rendered = files.iter().map(|(path, _)| Ok((path.clone(), tera.render(path, &context)?)));
    rendered.collect::<Result<_, tera::Error>>().map_err(outside)
}

/// The values of the files. Texts are YAML scalars already.
fn context(answers: &Answers) -> Value {
    let home = answers.home.as_ref();
    let repository = home.map(|home| {
        json!({
            "new_file": home.new_file_page(&answers.branch).map(|page| scalar(&page)),
            "host": home.host,
            "is_own": home.is_own(),
            "type": home.forge,
            "web": (home.web != format!("https://{}", home.host)).then(|| scalar(&home.web)),
            "origin": home.origin(),
            "owner_origin": scalar(&home.owner_origin()),
        })
    });
    let person = &answers.person;
    json!({
        "company": scalar(&answers.company),
        "title": answers.company,
        "branch": answers.branch,
        "languages": answers.languages,
        "sign_in": answers.provider.as_ref().map(|provider| json!({
            "issuer": scalar(&provider.issuer),
            "client": scalar(&provider.client),
        })),
        "person": {
            "name": person.name,
            "display": scalar(&person.display),
            "email": person.email.as_deref().map(scalar),
        },
        "repository": repository,
        "publish": home.map_or("publish:git", Home::publish_action),
        "repo_url": home.map_or("git.localhost?owner=portal&repo=${{ parameters.name }}".to_owned(), Home::repo_url),
        "is_sample": answers.is_sample,
        "settings": FILE,
    })
}
