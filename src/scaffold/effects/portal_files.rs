//! New files in the portal's own repository, committed there.

use callboard_planner::{Effect, effect::PortalFilesInput};

use super::{Comparison, EffectResult, Executor, Fault, Mark, Output, Probe, Watch, World};
use crate::{
    base::{
        files::{Directory, Files},
        fs,
        path::RelativePath,
        text::{count, with_causes},
    },
    git::publish::REQUEST_TRAILER,
};

pub(super) struct PortalFiles;

/// A file that the effect writes.
struct NewFile {
    /// Its path in the portal.
    path: RelativePath,
    bytes: Vec<u8>,
    is_executable: bool,
}

/// What is at the path of a file.
#[derive(PartialEq, Eq)]
enum Existing {
    Absent,
    Same,
    Other,
}

impl Executor for PortalFiles {
    /// Files alone do not say whether they were committed, so what is there is committed again.
    fn probe(&self, effect: &Effect, _: &Mark<'_>, world: &World<'_>) -> Result<Probe, Fault> {
        for file in files(effect)? {
            if existing(&file, world)? == Existing::Other {
                return Ok(Probe::Foreign(foreign(&file)));
            }
        }
        Ok(Probe::Absent)
    }

    fn act(
        &self,
        effect: &Effect,
        mark: &Mark<'_>,
        world: &World<'_>,
        _: &mut dyn Watch,
    ) -> Result<EffectResult, Fault> {
        let files = files(effect)?;
        let mut missing = Vec::new();
        for file in &files {
            match existing(file, world)? {
                Existing::Same => {}
                Existing::Absent => missing.push(file),
                Existing::Other => return Err(Fault::Conflict { message: foreign(file) }),
            }
        }
        missing.into_iter().try_for_each(|file| write(file, world))?;
        commit("Write", effect, &files, mark, world)?;
        Ok(EffectResult::default())
    }

    fn compare(
        &self,
        effect: &Effect,
        _: &Output,
        _: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<Comparison, Fault> {
        for file in files(effect)? {
            match existing(&file, world)? {
                Existing::Same => {}
                Existing::Absent => {
                    return Ok(Comparison::Gone(format!("`{}` is gone", file.path)));
                }
                Existing::Other => {
                    return Ok(Comparison::Different(format!("`{}` has changed", file.path)));
                }
            }
        }
        Ok(Comparison::Same)
    }

    fn undo(
        &self,
        effect: &Effect,
        _: &Output,
        mark: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<(), Fault> {
        let files = files(effect)?;
        for file in &files {
            if existing(file, world)? == Existing::Other {
                let message = format!("`{}` was changed since it was written", file.path);
                return Err(Fault::Conflict { message });
            }
        }
        let portal = Directory::new(world.portal);
        for file in &files {
            let path = portal.writable_path(file.path.as_str()).map_err(|e| Fault::rejected(&e))?;
            fs::remove_file(&path).map_err(|e| Fault::rejected(&e))?;
            fs::remove_empty_parents(&path, world.portal);
        }
        commit("Remove", effect, &files, mark, world)
    }
}

fn foreign(file: &NewFile) -> String {
    format!("`{}` exists already, with another content", file.path)
}

/// The files that an effect writes.
fn files(effect: &Effect) -> Result<Vec<NewFile>, Fault> {
    let input: PortalFilesInput = effect.read()?;
    let content = |path: &RelativePath| Some(effect.files.as_ref()?.get(path)?.bytes.to_vec());
    let files = input.files.iter().map(|file| {
        let bytes = content(&file.path)
            .ok_or_else(|| Fault::Rejected { message: format!("`{}` is missing", file.path) })?;
        let path = input.folder.join(&file.path);
        Ok(NewFile { path, bytes, is_executable: file.is_executable })
    });
    files.collect()
}

fn existing(file: &NewFile, world: &World<'_>) -> Result<Existing, Fault> {
    let bytes = Directory::new(world.portal).bytes(file.path.as_str());
    Ok(match bytes.map_err(|e| Fault::rejected(&e))? {
        None => Existing::Absent,
        Some(bytes) if bytes == file.bytes => Existing::Same,
        Some(_) => Existing::Other,
    })
}

fn write(file: &NewFile, world: &World<'_>) -> Result<(), Fault> {
    let portal = Directory::new(world.portal);
    let written = portal.write(file.path.as_str(), &file.bytes, file.is_executable);
    written.map_err(|e| Fault::rejected(&e))
}

fn commit(
    verb: &str,
    effect: &Effect,
    files: &[NewFile],
    mark: &Mark<'_>,
    world: &World<'_>,
) -> Result<(), Fault> {
    let number = count(files.len(), "file", "files");
    let paths: Vec<_> = files.iter().map(|file| file.path.clone()).collect();
    let folder = &effect.target.path;
    let message =
        format!("{verb} {number} below {folder}\n\n{REQUEST_TRAILER}: {}\n", mark.request);
    world
        .repository
        .commit(&paths, &message)
        .map_err(|error| Fault::Rejected { message: with_causes(&*error) })
}
