//! The portal as it was when a run was planned.
//!
//! Templates and the catalog change, and what a run has done is known only from the plan that it carried out. So that
//! plan is made again: of the portal of today, of the commit that the record names, or of those that brought the request into the
//! branch.

use anyhow::anyhow;

use crate::{
    catalog::Catalog,
    cli::{Failure, exit::outside, settings::Settings},
    git::{checkout::Checkout, merges::last_changes, revision::files_at},
    scaffold::{self, Plan, PlanSource, Request, Run, request::REQUESTS},
};

/// Calls a function with what a run was planned from, the portal of `today` with its catalog or an earlier one, and with the
/// plan that the run carried out.
///
/// # Errors
/// The request is in no commit that the clone has, or the plan is another one everywhere.
pub(super) fn with_source<T>(
    today: &Settings,
    catalog: &Catalog,
    run: &Run,
    act: impl FnOnce(&PlanSource<'_>, &Plan) -> T,
) -> Result<T, Failure> {
    let file = format!("{REQUESTS}/{}.yaml", run.request);
    let mut problems = Vec::new();
    if let Ok(request) = scaffold::load_request(&today.portal, &file) {
        let settings = today.scaffold();
        let portal = &today.portal;
        let source = PlanSource { portal, catalog, settings: &settings, request: &request };
        match source.plan() {
            Ok(plan) if plan.hash() == run.plan => return Ok(act(&source, &plan)),
            Ok(_) => {}
            Err(wrong) => problems = wrong,
        }
    }
    let changes = last_changes(&today.portal, std::slice::from_ref(&file)).map_err(outside)?;
    // What is wrong with the request today says more than that no other plan is found.
    let not_found = |message: String| match problems.is_empty() {
        true => Failure::Refused(anyhow!(message)),
        false => Failure::Data(problems.clone()),
    };
    let commit = changes.get(&file).map(|commit| &commit.id).ok_or_else(|| {
        not_found(format!(
            "`{file}` is in no commit of the branch that the clone has\nhint: fetch the whole history"
        ))
    })?;
    let texts = files_at(&today.portal, commit, &[&file]).map_err(outside)?;
    let text = texts.get(&file).cloned().unwrap_or_default();
    let request = Request::parse_bytes(&file, text.into_bytes()).map_err(Failure::Data)?;
    // What a merge brings was planned of the commit before it; a commit of its own may change the template, too. A plan that
    // differs from the approved one was made of a later commit, which the record names.
    let revisions = run.commit.iter().cloned().chain([format!("{commit}^1"), commit.clone()]);
    for revision in revisions {
        let Ok(checkout) = Checkout::new(&today.portal, &revision) else { continue };
        let then = Settings::load(checkout.path())?;
        let (catalog, _) = then.load_catalog()?;
        let source = PlanSource {
            portal: &then.portal,
            catalog: &catalog,
            settings: &then.scaffold(),
            request: &request,
        };
        if let Some(plan) = source.plan().ok().filter(|plan| plan.hash() == run.plan) {
            return Ok(act(&source, &plan));
        }
    }
    let (id, plan, short) = (&run.request, &run.plan, &commit[..10]);
    Err(not_found(format!(
        "the plan {plan} of `{id}` is not that of the portal of today, nor of the commit {short} that brought the \
         request\nhint: `callboard scaffold status {id}` shows what the run did"
    )))
}
