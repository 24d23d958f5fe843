//! New entities in the catalog: fragments of the source `registered`, committed to the portal.

use callboard_planner::{
    Effect,
    effect::{EntitiesInput, EntityInput, REQUEST_ANNOTATION},
};
use serde_json::Value;

use super::{Comparison, EffectResult, Executor, Fault, Mark, Output, Probe, Watch, World};
use crate::{
    base::{
        files::{Directory, Files},
        fs,
        text::with_causes,
        yaml,
    },
    git::publish::REQUEST_TRAILER,
};

pub(super) struct CatalogEntities;

/// What is in the file of an entity.
enum Fragment {
    Absent,
    /// The same request wrote it; whether the text is the same.
    Ours(bool),
    Foreign,
}

impl Executor for CatalogEntities {
    /// Files alone do not say whether they were committed, so what is there is committed again.
    fn probe(&self, effect: &Effect, mark: &Mark<'_>, world: &World<'_>) -> Result<Probe, Fault> {
        for entity in effect.read::<EntitiesInput>()?.entities {
            if matches!(fragment(&entity, mark, world)?, Fragment::Foreign) {
                return Ok(Probe::Foreign(foreign(&entity)));
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
        let entities = effect.read::<EntitiesInput>()?.entities;
        for entity in &entities {
            match fragment(entity, mark, world)? {
                Fragment::Ours(true) => {}
                Fragment::Absent | Fragment::Ours(false) => write(entity, world)?,
                Fragment::Foreign => return Err(Fault::Conflict { message: foreign(entity) }),
            }
        }
        commit("Register", &entities, mark, world)?;
        Ok(EffectResult::default())
    }

    fn compare(
        &self,
        effect: &Effect,
        _: &Output,
        mark: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<Comparison, Fault> {
        for entity in effect.read::<EntitiesInput>()?.entities {
            match fragment(&entity, mark, world)? {
                Fragment::Ours(true) => {}
                Fragment::Absent => {
                    return Ok(Comparison::Gone(format!("`{}` is gone", entity.file)));
                }
                Fragment::Ours(false) | Fragment::Foreign => {
                    return Ok(Comparison::Different(format!("`{}` has changed", entity.file)));
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
        let entities = effect.read::<EntitiesInput>()?.entities;
        for entity in &entities {
            if matches!(fragment(entity, mark, world)?, Fragment::Foreign | Fragment::Ours(false)) {
                let message = format!("`{}` was changed since it was registered", entity.file);
                return Err(Fault::Conflict { message });
            }
        }
        let files = Directory::new(world.portal);
        for entity in &entities {
            let path =
                files.writable_path(entity.file.as_str()).map_err(|e| Fault::rejected(&e))?;
            fs::remove_file(&path).map_err(|e| Fault::rejected(&e))?;
        }
        commit("Remove", &entities, mark, world)
    }
}

fn foreign(entity: &EntityInput) -> String {
    format!("`{}` exists already, and was not registered by this request", entity.file)
}

fn fragment(entity: &EntityInput, mark: &Mark<'_>, world: &World<'_>) -> Result<Fragment, Fault> {
    let files = Directory::new(world.portal);
    let existing = files.text(entity.file.as_str()).map_err(|e| Fault::rejected(&e))?;
    let Some(existing) = existing else { return Ok(Fragment::Absent) };
    if existing == text(entity)? {
        return Ok(Fragment::Ours(true));
    }
    let document: Value = yaml::from_str(&existing).unwrap_or_default();
    let annotations = document.pointer("/metadata/annotations");
    let request = annotations.and_then(|all| all.get(REQUEST_ANNOTATION)).and_then(Value::as_str);
    Ok(if request == Some(mark.request) { Fragment::Ours(false) } else { Fragment::Foreign })
}

fn text(entity: &EntityInput) -> Result<String, Fault> {
    yaml::value_to_string(&entity.document).map_err(|e| Fault::rejected(&e))
}

fn write(entity: &EntityInput, world: &World<'_>) -> Result<(), Fault> {
    let written =
        Directory::new(world.portal).write(entity.file.as_str(), text(entity)?.as_bytes(), false);
    written.map_err(|e| Fault::rejected(&e))
}

fn commit(
    verb: &str,
    entities: &[EntityInput],
    mark: &Mark<'_>,
    world: &World<'_>,
) -> Result<(), Fault> {
    let names: Vec<_> = entities.iter().map(|entity| entity.reference.as_str()).collect();
    let files: Vec<_> = entities.iter().map(|entity| entity.file.clone()).collect();
    let message = format!("{verb} {}\n\n{REQUEST_TRAILER}: {}\n", names.join(", "), mark.request);
    world
        .repository
        .commit(&files, &message)
        .map_err(|error| Fault::Rejected { message: with_causes(&*error) })
}
