//! `callboard scaffold cancel`: takes back a request that is not completed.

use std::path::{Path, PathBuf};

use super::{apply, plan, status::RunJson};
use crate::{
    base::{path::shown, text::count},
    cli::{
        Failure, args_scaffold::CancelArgs, output::Output, pull_request::removal,
        settings::Settings,
    },
    scaffold::{
        self,
        apply::cancel,
        request::REQUESTS,
        run::{EffectState, Status},
    },
};

/// Records that nobody goes on with the run, and says what is left of it.
pub(super) fn run(portal: &Path, args: &CancelArgs, output: &Output) -> Result<(), Failure> {
    let answer = output;
    let output = &output.beside_json(args.json);
    let settings = Settings::load(portal)?;
    let id = &args.run;
    let file = PathBuf::from(format!("{REQUESTS}/{id}.yaml"));
    let has_file = settings.portal.join(&file).exists();
    let request = match has_file {
        true => plan::load(&settings.portal, &file)?.ok(),
        false => None,
    };
    let (catalog, _) = settings.load_catalog()?;
    let planned = request.and_then(|request| {
        let files = crate::base::files::Directory::new(&settings.portal);
        scaffold::plan(&files, &catalog, &settings.scaffold(), &request).ok()
    });
    let world = apply::world(&settings, true, output)?;
    let cancelled = world.with(|world| cancel(world, id, planned.as_ref()));
    let run = cancelled.map_err(|error| apply::failure(error, id))?;
    if args.json {
        answer.json(&RunJson::new(&run, settings.now))?;
    }
    output.line(format!("{id} is {}", run.status.as_str()));
    let effects = run.steps.iter().flat_map(|step| &step.effects);
    let left = effects
        .filter(|effect| matches!(effect.state, Some(EffectState::Done | EffectState::Intended)))
        .count();
    if left > 0 && run.status == Status::Cancelled {
        let what = count(left, "effect of its run stays", "effects of its run stay");
        output.note(format!("{what}: `callboard scaffold undo {id}` shows what can be undone"));
    }
    if args.pull_request {
        return removal::open(&settings, id, output);
    }
    if has_file {
        output.note(format!(
            "`{}` is still there: `--pull-request` opens a pull request that removes it",
            shown(&file)
        ));
    }
    Ok(())
}
