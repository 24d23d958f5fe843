//! `callboard scaffold apply --merged`: applies the requests that pull requests brought into the branch, each with the
//! plan that its reviewers saw.
//!
//! What a pull request's comment says is no proof, because whoever may write to the repository can change it. But a plan
//! follows from the commit before the merge and the request alone. So the plan is made again there, which nobody can
//! change; the comment must name the same plan, or its reviewers saw another one. Approvals are asked of the forge.

mod jobs;
mod outcome;
mod review;
mod work;

use std::{cell::RefCell, path::Path, rc::Rc};

use anyhow::anyhow;
use serde_json::json;

use review::{check_shown, shown_hash};
use work::{Task, TaskKind, file_of};

use super::{
    apply::{self, ApplyOptions},
    removal,
    run_portal::with_source,
    status,
};
use crate::{
    base::{diagnostics::Level, environment::Environment, files::Directory, path::RelativePath},
    catalog::Catalog,
    cli::{
        Failure,
        approvals::Approvals,
        args::ApplyArgs,
        content,
        exit::outside,
        output::{DIM, Output},
        pull_request::{self, CiRepository},
        runs,
        settings::Settings,
    },
    forge::{
        Client, Connections, Credential,
        reviews::{PullRequest, Reviews},
    },
    git::{checkout::Checkout, revision::files_at},
    scaffold::{self, Approval, Outcome, Plan, Request, RequestError, Run, run::Review},
};

/// The job that applies requests.
struct Job<'a> {
    settings: &'a Settings,
    ci: CiRepository,
    connections: &'a Connections,
    credential: Credential,
    client: Client<'a>,
    output: &'a Output,
    /// The portal before the last merge that was looked at: one merge often brings several requests.
    base: RefCell<Option<(String, Rc<Base>)>>,
    /// The plans that whoever started the job accepts.
    accepted: Approvals,
    /// Whether content that earlier locks name is fetched.
    offline: bool,
    actor: Option<(String, Option<String>)>,
}

/// The portal as a merge found it.
struct Base {
    checkout: Checkout,
    settings: Settings,
    catalog: Catalog,
}

/// The plan that a pull request made when it was merged, and who approved it.
struct MergedPlan<'a> {
    plan: Plan,
    review: Review,
    pull_request: PullRequest,
    reviews: Box<dyn Reviews + 'a>,
}

/// Applies each merged request that has no finished run. One that fails does not keep the others from being applied.
pub(super) fn run(
    portal: &Path,
    args: &ApplyArgs,
    offline: bool,
    output: &Output,
) -> Result<(), Failure> {
    let answer = output;
    let output = &output.beside_json(args.json);
    let settings = Settings::load(portal)?;
    let mut tasks = work::tasks(&settings)?;
    tasks.retain(|task| task.is_of(&args.requests));
    if let Some(form) = args.list {
        return jobs::print(&settings, &tasks, form, answer);
    }
    if tasks.is_empty() {
        output.line("every merged request is applied");
        return if args.json { answer.json(&json!([])) } else { Ok(()) };
    }
    let environment = Environment::from_process();
    let ci = CiRepository::of(&environment)?;
    ci.secrets(&environment).iter().for_each(|secret| output.learn(secret));
    settings.hide_credentials(output);
    let connections = settings.connections()?;
    let credential = ci.credential(&connections, &environment).ok_or_else(|| {
        Failure::Usage(anyhow!(
            "there is no token for `{}`\nhint: the job needs one that can read pull requests",
            ci.web
        ))
    })?;
    let client = ci.client(&connections, &credential).map_err(pull_request::failure)?;
    let job = Job {
        settings: &settings,
        ci,
        connections: &connections,
        credential,
        client,
        output,
        base: RefCell::default(),
        accepted: Approvals::read(args)?,
        offline,
        actor: CiRepository::actor(&environment),
    };
    let records = match tasks.iter().any(Task::takes_back) {
        true => runs::records(&settings)?,
        false => (Vec::new(), Vec::new()),
    };
    let (records, unread) = records;
    output.diagnostics(&unread);
    let mut results = Vec::new();
    for Task { id, file, kind } in &tasks {
        match kind {
            TaskKind::Apply(Some(commit)) => {
                results.push(job.apply(portal, id, file, commit, args.push));
            }
            TaskKind::Apply(None) => results.push(Err(Failure::Refused(anyhow!(
                "`{file}` is in no commit of the branch that the clone has\nhint: fetch the whole history"
            )))),
            TaskKind::TakeBack(commit) => {
                let run = records.iter().find(|run| run.request == *id);
                results.extend(run.map(|run| job.take_back(portal, run, commit, args.push)));
            }
        }
    }
    if args.json {
        let ids = tasks.into_iter().map(|task| task.id).collect();
        status::print_json(&settings, &ids, answer)?;
    }
    apply::all(results, output)
}

impl<'a> Job<'a> {
    /// Applies one request, and says in its pull request how that ended.
    fn apply(
        &self,
        portal: &Path,
        id: &str,
        file: &RelativePath,
        commit: &str,
        push: bool,
    ) -> Result<(), Failure> {
        let merged = self.merged(portal, file, commit)?;
        let (catalog, _) = self.settings.load_catalog()?;
        let request = scaffold::load_request(portal, file.as_str()).map_err(request_failure)?;
        let (approval, hash) = match self.accepted.of(id) {
            accepted @ Approval::Plan(hash) => (accepted, hash.to_owned()),
            _ => (Approval::Reviewed(&merged.plan), merged.plan.hash()),
        };
        let options = ApplyOptions { push, review: merged.review.clone(), output: self.output };
        let result = apply::apply(self.settings, &catalog, &request, approval, &options);
        let text = match &result {
            Ok(Outcome::Completed(run) | Outcome::AlreadyCompleted(run)) => {
                pull_request::completed(run)
            }
            Err(failure) => pull_request::stopped(id, &self.output.redact(&failure.message())),
        };
        self.comment(&*merged.reviews, &merged.pull_request.head, (id, &hash), &text);
        if !matches!(result, Ok(Outcome::AlreadyCompleted(_))) {
            self.tell_requester(&request, &merged.pull_request, result.as_ref().err());
        }
        result.map(drop)
    }

    /// Undoes the run of a request that a pull request took back, and says in it how that ended. A file that was removed in
    /// another way, or without the plan of the undo in the comment, undoes nothing.
    fn take_back(&self, portal: &Path, run: &Run, commit: &str, push: bool) -> Result<(), Failure> {
        let id = &run.request;
        let number = self.ci.merged_by(&self.client, commit).map_err(pull_request::failure)?;
        let Some(number) = number else { return Ok(()) };
        let reviews = self
            .ci
            .reviews(self.connections, &self.credential, number)
            .map_err(pull_request::failure)?;
        let pull = reviews.pull_request().map_err(pull_request::failure)?;
        let Some(shown) = shown_hash(&*reviews, &pull, id)? else {
            let file = file_of(id);
            self.output.note(format!(
                "pull request {number} removed `{file}` without a plan of the undo: nothing is undone"
            ));
            return Ok(());
        };
        let base = self.base(portal, commit)?;
        let (before, catalog) = (&base.settings, &base.catalog);
        let removal = removal::plan(before, catalog, run).map_err(Failure::Data)?;
        let hash = removal.undo.hash();
        if shown != hash {
            return Err(Failure::Refused(anyhow!(
                "pull request {number} showed another undo of `{id}` than the one of now: {shown}, and not {hash}, because \
                 the run went on, or the branch changed\nhint: look at `callboard scaffold undo {id}`; `--yes` does it"
            )));
        }
        let author = removal.check_author(catalog, &pull, self.ci.host());
        if let Some(problem) = author.filter(|problem| problem.level == Level::Error) {
            return Err(Failure::Data(vec![problem]));
        }
        self.check_approvals(removal.decision.as_ref(), catalog, &pull, &*reviews, number)?;
        self.output.line(format!("{id}: undone by pull request {number}"));
        let world = apply::world(self.settings, push, self.output)?;
        let undone = with_source(before, catalog, run, |source, _| {
            world.with(|world| scaffold::apply::undo::undo(world, source))
        })?;
        let undone = undone.map_err(|error| apply::failure(error, id));
        let text = match &undone {
            Ok(_) => pull_request::undone(id),
            Err(failure) => pull_request::not_undone(id, &self.output.redact(&failure.message())),
        };
        self.comment(&*reviews, &pull.head, (id, &hash), &text);
        undone.map(drop)
    }

    /// Finds the plan that was approved: the one that the merge makes, which must be the one that the pull request showed.
    fn merged(
        &self,
        portal: &Path,
        file: &RelativePath,
        commit: &str,
    ) -> Result<MergedPlan<'a>, Failure> {
        let refused = |text: String| Failure::Refused(anyhow!(text));
        let short = &commit[..10];
        let number = self.ci.merged_by(&self.client, commit).map_err(pull_request::failure)?;
        let Some(number) = number else {
            return Err(refused(format!(
                "no pull request brought `{file}` into the branch (commit {short})\nhint: look at its plan, and \
                 approve it: `callboard scaffold apply {file} --approved HASH`"
            )));
        };
        let reviews = self
            .ci
            .reviews(self.connections, &self.credential, number)
            .map_err(pull_request::failure)?;
        let pull = reviews.pull_request().map_err(pull_request::failure)?;
        let base = self.base(portal, commit)?;
        let catalog = &base.catalog;
        let texts = files_at(portal, commit, &[file.as_str()]).map_err(outside)?;
        let text = texts.get(file.as_str()).cloned().unwrap_or_default();
        let request =
            Request::parse_bytes(file.as_str(), text.into_bytes()).map_err(Failure::Data)?;
        if let Some(problem) = pull_request::check_author(catalog, &request, &pull, self.ci.host())
            .filter(|problem| problem.level == Level::Error)
        {
            return Err(Failure::Data(vec![problem]));
        }
        let files = Directory::new(base.checkout.path());
        let plan = scaffold::plan(&files, catalog, &base.settings.scaffold(), &request);
        let plan = plan.map_err(Failure::Data)?;
        match self.accepted.of(&plan.request) {
            Approval::Plan(_) => self.check_actor(&plan, catalog)?,
            _ => check_shown(&plan, &pull, &*reviews, number)?,
        }
        let approvers =
            self.check_approvals(plan.policy.as_ref(), catalog, &pull, &*reviews, number)?;
        self.output.note(format!("{DIM}{file}: pull request {number}, commit {short}{DIM:#}"));
        let url = Some(pull.url.clone()).filter(|url| !url.is_empty());
        let review = Review { pull_request: url, approvers, job: self.ci.job.clone() };
        Ok(MergedPlan { plan, review, pull_request: pull, reviews })
    }

    /// The portal as a merge found it.
    fn base(&self, portal: &Path, merge: &str) -> Result<Rc<Base>, Failure> {
        if let Some((commit, base)) = &*self.base.borrow()
            && commit == merge
        {
            return Ok(Rc::clone(base));
        }
        // The one before is removed first.
        self.base.replace(None);
        let checkout = Checkout::new(portal, &format!("{merge}^1")).map_err(outside)?;
        if !self.offline {
            content::fetch_missing(checkout.path(), self.output)?;
        }
        let settings = Settings::load(checkout.path())?;
        settings.hide_credentials(self.output);
        let (catalog, _) = settings.load_catalog()?;
        let base = Rc::new(Base { checkout, settings, catalog });
        self.base.replace(Some((merge.to_owned(), Rc::clone(&base))));
        Ok(base)
    }
}

fn request_failure(error: RequestError) -> Failure {
    match error {
        RequestError::Wrong(problems) => Failure::Data(problems),
        RequestError::File(error) => Failure::Outside(error.into()),
    }
}
