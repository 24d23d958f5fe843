//! A commit that adds files to a branch of a repository.

use callboard_planner::{Effect, effect::RepositoryInput};

use super::{
    EffectResult, Executor, Fault, Mark, Output, Probe, Watch, World,
    git_repository::{author, commit, fault, files},
};
use crate::git::onto::{self, EFFECT_TRAILER};

pub(super) struct GitCommit;

impl Executor for GitCommit {
    /// Looks in the history of the branch. A run that was not about to push has no commit there.
    fn probe(&self, effect: &Effect, mark: &Mark<'_>, _: &World<'_>) -> Result<Probe, Fault> {
        let input: RepositoryInput = effect.read()?;
        if !mark.may_be_done {
            return Ok(Probe::Absent);
        }
        let (author, files) = (author(&input), files(effect)?);
        let commit = commit(&input, &author, &files, mark);
        let found = onto::find(url(&input), &commit, &effect.id).map_err(fault)?;
        Ok(found.map_or(Probe::Absent, |id| Probe::Ours(output(id))))
    }

    fn act(
        &self,
        effect: &Effect,
        mark: &Mark<'_>,
        _: &World<'_>,
        _: &mut dyn Watch,
    ) -> Result<EffectResult, Fault> {
        let input: RepositoryInput = effect.read()?;
        let (author, files) = (author(&input), files(effect)?);
        let mut commit = commit(&input, &author, &files, mark);
        commit.trailers.push((EFFECT_TRAILER, effect.id.clone()));
        let pushed = onto::push(url(&input), &commit).map_err(fault)?;
        let id = pushed.ok_or_else(|| {
            let (branch, repository) = (&input.branch, &input.repository);
            let message = format!("others have pushed to `{branch}` of `{repository}` meanwhile");
            Fault::Transient { message, after: None }
        })?;
        Ok(output(id).into())
    }

    fn undo(&self, effect: &Effect, _: &Output, _: &Mark<'_>, _: &World<'_>) -> Result<(), Fault> {
        let message = format!("the commit in `{}` cannot be taken back", effect.target);
        Err(Fault::Rejected { message })
    }
}

fn url(input: &RepositoryInput) -> &str {
    input.push_url.as_deref().unwrap_or_default()
}

fn output(commit: String) -> Output {
    Output::from_iter([("commitHash".to_owned(), commit.into())])
}
