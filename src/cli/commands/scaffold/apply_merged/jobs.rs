//! The jobs that carry out tasks side by side: tasks that share a target are in one job, in their order.

use std::collections::{BTreeMap, BTreeSet};

use callboard_planner::EffectKind;
use serde_json::{Value, json};

use super::work::{Task, TaskKind};
use crate::{
    base::files::Directory,
    cli::{
        Failure, args_scaffold::MatrixForm, ci_system::CiSystem, output::Output, runs,
        settings::Settings,
    },
    scaffold::{self, Plan, Run, run::EffectState},
};

/// Most jobs: what GitHub, GitLab and Azure DevOps can all start.
const MOST_JOBS: usize = 200;

/// Prints the matrix of jobs, in the form of the CI system.
pub(super) fn print(
    settings: &Settings,
    tasks: &[Task],
    form: Option<MatrixForm>,
    output: &Output,
) -> Result<(), Failure> {
    let targets = targets(settings, tasks)?;
    let mut jobs: Vec<Vec<&str>> = Vec::new();
    for (number, group) in groups(&targets).into_iter().enumerate() {
        let files = group.into_iter().map(|index| tasks[index].file.as_str());
        match jobs.get_mut(number % MOST_JOBS).filter(|_| number >= MOST_JOBS) {
            Some(job) => job.extend(files),
            None => jobs.push(files.collect()),
        }
    }
    let form = form.unwrap_or_else(|| match CiSystem::of(&settings.environment) {
        Some(CiSystem::GitLab) => MatrixForm::Gitlab,
        Some(CiSystem::Azure) => MatrixForm::Azure,
        Some(CiSystem::GitHub | CiSystem::Gitea) | None => MatrixForm::Github,
    });
    output.json(&matrix(form, &jobs))
}

/// The matrix of jobs, each with the request files that it applies.
fn matrix(form: MatrixForm, jobs: &[Vec<&str>]) -> Value {
    let jobs = jobs.iter().map(|files| files.join(" "));
    match form {
        MatrixForm::Github => {
            let jobs = jobs.map(|requests| json!({"requests": requests}));
            json!({"include": jobs.collect::<Vec<_>>()})
        }
        MatrixForm::Azure => {
            let jobs = jobs.enumerate();
            jobs.map(|(index, requests)| {
                (format!("job_{}", index + 1), json!({"requests": requests}))
            })
            .collect::<serde_json::Map<_, _>>()
            .into()
        }
        MatrixForm::Gitlab => match jobs.collect::<Vec<_>>() {
            jobs if jobs.is_empty() => json!({"apply": {"script": ["true"]}}),
            jobs => json!({
                "apply": {"extends": ".apply", "parallel": {"matrix": [{"REQUESTS": jobs}]}},
            }),
        },
    }
}

/// What each task changes, by names that other tasks have, too. A request that cannot be planned has none: its job says why.
fn targets(settings: &Settings, tasks: &[Task]) -> Result<Vec<BTreeSet<String>>, Failure> {
    let (catalog, _) = settings.load_catalog()?;
    let (files, scaffold_settings) = (Directory::new(&settings.portal), settings.scaffold());
    let records = match tasks.iter().any(Task::takes_back) {
        true => runs::records(settings)?.0,
        false => Vec::new(),
    };
    let targets = tasks.iter().map(|task| match &task.kind {
        TaskKind::TakeBack(_) => {
            records.iter().find(|run| run.request == task.id).map(targets_of_run)
        }
        TaskKind::Apply(_) => {
            let request = scaffold::load_request(&settings.portal, task.file.as_str()).ok()?;
            let plan = scaffold::plan(&files, &catalog, &scaffold_settings, &request).ok()?;
            Some(targets_of_plan(&plan))
        }
    });
    Ok(targets.map(Option::unwrap_or_default).collect())
}

/// The targets of a plan, and what it claims. What only reads is left out.
fn targets_of_plan(plan: &Plan) -> BTreeSet<String> {
    let changes = plan.effects().filter(|effect| {
        let is_read = effect.kind == EffectKind::HttpRequest && effect.input["method"] == "GET";
        is_shared(effect.kind.as_str()) && !is_read
    });
    let targets = changes.map(|effect| name(&effect.target.to_string()));
    targets.chain(plan.claims.iter().map(ToString::to_string)).collect()
}

/// The targets of what a run has done, and what it claims.
fn targets_of_run(run: &Run) -> BTreeSet<String> {
    let done = run.steps.iter().flat_map(|step| &step.effects).filter(|effect| {
        matches!(effect.state, Some(EffectState::Intended | EffectState::Done))
            && is_shared(&effect.kind)
    });
    let targets = done.map(|effect| name(&effect.target));
    targets.chain(run.claims.iter().map(ToString::to_string)).collect()
}

/// Whether effects of a kind must not change one target at the same time. Files of the portal are claimed one by one, and
/// commits of several jobs to it are pushed one after the other; a message changes nothing.
fn is_shared(kind: &str) -> bool {
    let others = [EffectKind::CatalogEntities, EffectKind::PortalFiles, EffectKind::Notification];
    !others.iter().any(|other| other.as_str() == kind)
}

fn name(target: &str) -> String {
    target.trim_end_matches('/').to_lowercase()
}

/// Puts the numbers of tasks together that share a target, or of which one changes what is below the target of the other. The
/// groups, and the numbers in each, keep their order.
fn groups(targets: &[BTreeSet<String>]) -> Vec<Vec<usize>> {
    let mut groups = Groups { first: (0..targets.len()).collect() };
    let mut owners: BTreeMap<&str, usize> = BTreeMap::new();
    for (task, target) in numbered(targets) {
        let owner = *owners.entry(target).or_insert(task);
        groups.join(owner, task);
    }
    for (task, target) in numbered(targets) {
        for (end, _) in target.match_indices('/') {
            if let Some(owner) = owners.get(&target[..end]) {
                groups.join(*owner, task);
            }
        }
    }
    let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for task in 0..targets.len() {
        members.entry(groups.first_of(task)).or_default().push(task);
    }
    members.into_values().collect()
}

fn numbered(targets: &[BTreeSet<String>]) -> impl Iterator<Item = (usize, &str)> {
    let all = targets.iter().enumerate();
    all.flat_map(|(task, targets)| targets.iter().map(move |target| (task, target.as_str())))
}

/// Groups of tasks: for each task another one of its group that comes before it, or itself.
struct Groups {
    first: Vec<usize>,
}

impl Groups {
    fn first_of(&self, mut task: usize) -> usize {
        while self.first[task] != task {
            task = self.first[task];
        }
        task
    }

    fn join(&mut self, one: usize, other: usize) {
        let (one, other) = (self.first_of(one), self.first_of(other));
        self.first[one.max(other)] = one.min(other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groups_of(targets: &[&[&str]]) -> Vec<Vec<usize>> {
        let set = |names: &&[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        groups(&targets.iter().map(set).collect::<Vec<_>>())
    }

    #[test]
    fn what_shares_a_target_is_in_one_group_in_its_order() {
        let all = groups_of(&[
            &["https://a.example/x/cart"],
            &["https://a.example/x/shop", "the entity `component:default/shop`"],
            &[],
            &["https://a.example/x/cart", "https://b.example/team"],
            &["https://b.example/team/hook"],
            &["https://a.example/x/cart-2"],
            &["the entity `component:default/shop`"],
            &[],
        ]);
        assert_eq!(all, [vec![0, 3, 4], vec![1, 6], vec![2], vec![5], vec![7]]);
        // A task joins two groups that were apart.
        assert_eq!(
            groups_of(&[&["a"], &["b"], &["c"], &["b", "c"], &["a", "c"]]),
            [[0, 1, 2, 3, 4]]
        );
        // A server as a whole is the target of one.
        assert_eq!(groups_of(&[&["https://a.example/x"], &["https://a.example"]]), [[0, 1]]);
    }

    #[test]
    fn each_ci_system_has_its_matrix() {
        let jobs = [vec!["r/b.yaml", "r/a.yaml"], vec!["r/c.yaml"]];
        assert_eq!(
            matrix(MatrixForm::Github, &jobs),
            json!({"include": [{"requests": "r/b.yaml r/a.yaml"}, {"requests": "r/c.yaml"}]})
        );
        assert_eq!(
            matrix(MatrixForm::Azure, &jobs),
            json!({"job_1": {"requests": "r/b.yaml r/a.yaml"}, "job_2": {"requests": "r/c.yaml"}})
        );
        let requests = ["r/b.yaml r/a.yaml", "r/c.yaml"];
        let parallel = json!({"matrix": [{"REQUESTS": requests}]});
        assert_eq!(
            matrix(MatrixForm::Gitlab, &jobs),
            json!({"apply": {"extends": ".apply", "parallel": parallel}})
        );
        assert_eq!(matrix(MatrixForm::Azure, &[]), json!({}));
        assert_eq!(matrix(MatrixForm::Gitlab, &[]), json!({"apply": {"script": ["true"]}}));
    }
}
