//! One commit on a branch of a repository that is there.

use callboard_planner::{Effect, effect::BranchInput};

use super::{
    Comparison, EffectResult, Executor, Fault, Mark, Output, Probe, Watch, World,
    git_repository::{fault, trailers},
};
use crate::{
    base::author::Author,
    git::branch::{self, BranchCommit, BranchState},
};

pub(super) struct GitBranch;

impl Executor for GitBranch {
    fn probe(&self, effect: &Effect, mark: &Mark<'_>, _: &World<'_>) -> Result<Probe, Fault> {
        let input: BranchInput = effect.read()?;
        let author = author(&input);
        let state = branch::find(&input.url, &commit(effect, &input, &author, mark)?);
        Ok(match state.map_err(fault)? {
            BranchState::Absent => Probe::Absent,
            BranchState::Ours(commit) => Probe::Ours(output(commit)),
            BranchState::Foreign => Probe::Foreign(format!(
                "`{}` has a branch `{}` already, which was not made by this request",
                input.repository, input.branch
            )),
        })
    }

    fn act(
        &self,
        effect: &Effect,
        mark: &Mark<'_>,
        _: &World<'_>,
        _: &mut dyn Watch,
    ) -> Result<EffectResult, Fault> {
        let input: BranchInput = effect.read()?;
        let author = author(&input);
        let made = branch::push(&input.url, &commit(effect, &input, &author, mark)?);
        made.map(|commit| output(commit).into()).map_err(fault)
    }

    /// A branch may be gone because it was merged, and its commit may be under many others.
    fn compare(
        &self,
        effect: &Effect,
        _: &Output,
        mark: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<Comparison, Fault> {
        Ok(match self.probe(effect, mark, world)? {
            Probe::Ours(_) => Comparison::Same,
            _ => Comparison::Unknown(format!(
                "the commit is not among the newest of `{}`; the branch may have been merged",
                effect.target
            )),
        })
    }

    fn undo(&self, effect: &Effect, _: &Output, _: &Mark<'_>, _: &World<'_>) -> Result<(), Fault> {
        let message = format!("the commit at `{}` stays", effect.target);
        Err(Fault::Rejected { message })
    }
}

fn author(input: &BranchInput) -> Author {
    Author { name: input.author_name.clone(), email: input.author_email.clone() }
}

fn commit<'a>(
    effect: &'a Effect,
    input: &'a BranchInput,
    author: &'a Author,
    mark: &Mark<'a>,
) -> Result<BranchCommit<'a>, Fault> {
    let files = effect.files.as_ref();
    let files = files.ok_or_else(|| Fault::Rejected { message: "it has no files".to_owned() })?;
    let path = |path: &str| match &input.folder {
        Some(folder) => format!("{folder}/{path}"),
        None => path.to_owned(),
    };
    let files = files.files().map(|(name, file)| (path(name.as_str()), &*file.bytes, file.mode));
    Ok(BranchCommit {
        files: files.collect(),
        removed: Vec::new(),
        branch: &input.branch,
        base: input.base.as_deref(),
        is_added: input.is_added,
        message: &input.message,
        author,
        time: mark.time,
        request: mark.request,
        effect: &effect.id,
        trailers: trailers(mark),
    })
}

fn output(commit: String) -> Output {
    Output::from_iter([("commitHash".to_owned(), commit.into())])
}
