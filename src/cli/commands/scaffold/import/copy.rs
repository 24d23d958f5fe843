//! Copies a template into the portal, with what it reads outside of its folder, so that its relative paths stay right.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Report, TEMPLATES, annotation, is_template};
use crate::{
    base::{
        files::{Directory, Files},
        path::RelativePath,
        text::with_causes,
        yaml,
    },
    catalog::{
        Entity, EntityRef,
        includes::Includes,
        target::{Target, resolve},
    },
    cli::{Failure, commands::scaffold::render, exit::outside},
    scaffold::workspace::{File, Workspace, read_folder},
};

/// The files and folders that a template reads outside of its own folder, relative to the imported directory. Of an
/// address with expressions, this is the folder that it begins with.
pub(super) fn outside_folder(files: &dyn Files, entity: &Entity) -> BTreeSet<String> {
    let fragment = &entity.fragments[0];
    let file = fragment.file.to_string();
    let mut document = Value::clone(&fragment.document);
    let includes = Includes::replace(files, &file, &mut document);
    let mut found: BTreeSet<_> = includes.files().iter().map(|file| file.path.clone()).collect();
    let steps = document.pointer("/spec/steps").and_then(Value::as_array);
    for step in steps.into_iter().flatten() {
        let action = step.get("action").and_then(Value::as_str).unwrap_or_default();
        let url = step.pointer("/input/url").and_then(Value::as_str).unwrap_or_default();
        if action.starts_with("fetch:") && !url.starts_with('/') {
            found.extend(path_of(&file, written_part(url)));
        }
    }
    let own = folder_of(&file);
    found.retain(|path| !own.is_empty() && path != own && !is_below(path, own));
    found
}

/// What of an address stands before its first expression: whole folders.
fn written_part(url: &str) -> &str {
    match url.find("${{").into_iter().chain(url.find("{%")).min() {
        Some(end) => url[..end].rsplit_once('/').map_or(".", |(folder, _)| folder),
        None => url,
    }
}

/// The path of an address; `None` when it is no path, or leads out of the imported directory.
fn path_of(file: &str, url: &str) -> Option<String> {
    if url.is_empty() || url.contains("://") {
        return None;
    }
    let file = RelativePath::new(file).ok()?;
    // What is in the folder has a path, also where the folder is the directory itself.
    match resolve(&file, &format!("{}/_", url.trim_end_matches('/')), None) {
        Target::Inside(path) => Some(folder_of(&path).to_owned()),
        Target::Folder | Target::Outside | Target::Foreign => None,
    }
}

/// The folder of a file; empty for the directory itself.
pub(super) fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Copies a template to a folder of its name, unless one is there.
pub(super) fn copy(
    files: &dyn Files,
    portal: &Directory,
    report: &mut Report,
) -> Result<(), Failure> {
    let Some(template) = &report.template else { return Ok(()) };
    let reference = EntityRef::parse(template, None, "default").map_err(outside)?;
    let target = format!("{TEMPLATES}/{}", reference.name());
    if !portal.below(&target)?.is_empty() {
        report.reason = Some(format!("`{target}` exists already"));
        return Ok(());
    }
    match workspace(files, report) {
        Ok(workspace) => {
            render::write(&workspace, &portal.writable_path(&target)?)?;
            report.copied = Some(target);
        }
        Err(reason) => report.reason = Some(reason),
    }
    Ok(())
}

/// The files of the template and of what it reads, below the closest folder that has all of them.
fn workspace(files: &dyn Files, report: &Report) -> Result<Workspace, String> {
    let folder = folder_of(&report.file);
    let paths: Vec<&str> =
        std::iter::once(folder).chain(report.outside.iter().map(String::as_str)).collect();
    let mut base = folder;
    while !paths.iter().all(|path| base.is_empty() || *path == base || is_below(path, base)) {
        base = folder_of(base);
    }
    let within = |path: &str| path[base.len()..].trim_start_matches('/').to_owned();
    let mut workspace = Workspace::default();
    for path in paths {
        let place = within(path);
        if let Some(bytes) = files.bytes(path).ok().flatten() {
            insert(&mut workspace, &place, File::new(bytes))?;
            continue;
        }
        let found = read_folder(files, path);
        for (below, file) in found.map_err(|error| with_causes(&error))?.files() {
            insert(&mut workspace, &format!("{place}/{below}"), file.clone())?;
        }
    }
    let old = RelativePath::new(within(&report.file)).map_err(|error| with_causes(&error))?;
    let place = within(folder);
    let new =
        if place.is_empty() { "template.yaml".into() } else { format!("{place}/template.yaml") };
    if let Some(file) = workspace.remove(&old) {
        let text = file.text().map(lenient);
        let file = text.map_or_else(|| file.clone(), |text| file.with_bytes(text.into_bytes()));
        insert(&mut workspace, &new, file)?;
    }
    Ok(workspace)
}

/// The text of a file with the annotation in each of its templates.
fn lenient(text: &str) -> String {
    let mut text = text.to_owned();
    for (index, document) in yaml::parse_documents(&text).into_iter().enumerate() {
        if document.is_ok_and(|document| is_template(&document)) {
            text = annotation::add(&text, index).unwrap_or(text);
        }
    }
    text
}

fn insert(workspace: &mut Workspace, path: &str, file: File) -> Result<(), String> {
    let path = RelativePath::new(path.trim_start_matches('/')).map_err(|e| with_causes(&e))?;
    if workspace.get(&path).is_some() {
        return Ok(());
    }
    workspace.insert(path, file).map_err(|error| with_causes(&error))
}
