//! Redirects from the old addresses of renamed entities: a page at each old address that needs no script, and the
//! file `_redirects` for hosts that read it.

use std::{collections::BTreeMap, fmt::Write};

use crate::{
    base::fs::Sink,
    catalog::{Entity, EntityRef},
    site::{
        error::Error,
        input::Input,
        model::Model,
        output::PageWriter,
        text::{address, escape::escaped},
        theme::messages::Messages,
    },
};

/// Writes a page at each old address that no entity has now, in every language.
pub(super) fn write<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
    words: &[Messages],
) -> Result<(), Error> {
    let mut lines = String::new();
    for (at, (code, words)) in input.settings.languages.iter().zip(words).enumerate() {
        let prefix = address::language_prefix(at, code);
        for (from, now) in renamed(model) {
            let (path, to) = (address::entity_page(&from), address::entity_page(&now.reference));
            writer
                .write(format!("{prefix}{path}"), page(code, words, &path, &to, now).as_bytes())?;
            let base = &input.settings.base_path;
            let _ = writeln!(lines, "{base}{prefix}{path} {base}{prefix}{to} 301");
        }
    }
    match lines.is_empty() {
        true => Ok(()),
        false => writer.write("_redirects".into(), lines.as_bytes()),
    }
}

/// Renamed entities by their old references, without those that another entity has now.
fn renamed<'a>(model: &Model<'a>) -> BTreeMap<EntityRef, &'a Entity> {
    let lead = |(from, _)| {
        let old = reference(from).filter(|old| model.catalog.get(old).is_none())?;
        let now = model.events.name_now(from).and_then(reference)?;
        Some((old, model.catalog.get(&now)?))
    };
    model.events.old_names().filter_map(lead).collect()
}

/// Parses a full reference.
fn reference(text: &str) -> Option<EntityRef> {
    let (kind, rest) = text.split_once(':')?;
    let (namespace, name) = rest.split_once('/')?;
    Some(EntityRef::new(kind, namespace, name))
}

fn page(language: &str, words: &Messages, path: &str, to: &str, now: &Entity) -> String {
    let target = escaped(&format!("{}{to}", address::root_of(path)));
    let title = escaped(now.title());
    let moved = words.text("machine.moved");
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'\">\n\
         <meta http-equiv=\"refresh\" content=\"0; url={target}\">\n\
         <meta name=\"robots\" content=\"noindex\">\n<meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<link rel=\"canonical\" href=\"{target}\">\n</head>\n\
         <body>\n<p>{moved} <a href=\"{target}\">{title}</a></p>\n</body>\n</html>\n"
    )
}
