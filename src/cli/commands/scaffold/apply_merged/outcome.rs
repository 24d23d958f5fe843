//! How a run ended: in the comment of its pull request, and for who asked.

use callboard_planner::effect::Notification;

use super::Job;
use crate::{
    base::text::{shorten, visible_lines},
    cli::{Failure, commands::scaffold::apply, pull_request},
    forge::reviews::{MARKER, PullRequest, Reviews},
    scaffold::{Request, actions, notification::deliver},
};

/// Most bytes of the failure that a requester is told.
const MOST_INFO: usize = 2_000;

impl Job<'_> {
    /// Tells who asked how the run ended, where the settings want it. The run is what it is when that does not succeed.
    pub(super) fn tell_requester(
        &self,
        request: &Request,
        pull: &PullRequest,
        failure: Option<&Failure>,
    ) {
        if !self.settings.tells_requesters() {
            return;
        }
        let id = &request.id;
        let (words, severity) = match failure {
            None => ("is applied", "normal"),
            Some(_) => ("is not applied", "high"),
        };
        let notification = Notification {
            title: format!("{id} {words}"),
            info: failure.map(|failure| {
                let message = self.output.redact(&failure.message());
                shorten(&visible_lines(&message), MOST_INFO).into_owned()
            }),
            link: Some(pull.url.clone()).filter(|url| !url.is_empty()),
            severity: severity.to_owned(),
            scope: Some(format!("run/{id}")),
            recipients: vec![request.requester.to_string()],
            id: format!("{id}/run"),
        };
        let Ok(world) = apply::world(self.settings, false, self.output) else { return };
        world.with(|world| {
            let webhook = world.settings.notifications.as_ref().map(|_| None);
            let address = world.settings.mail.as_ref().and_then(|_| self.address_of(request));
            let ways: Vec<_> = webhook.into_iter().chain(address.as_deref().map(Some)).collect();
            if ways.is_empty() {
                let message = format!("`{}` has no `spec.profile.email`", request.requester);
                self.output.note(format!("the requester was not told: {message}"));
            }
            for error in ways.iter().filter_map(|way| deliver(world, &notification, *way).err()) {
                let message = self.output.redact(&error.to_string());
                self.output.note(format!("the requester was not told: {message}"));
            }
        });
    }

    /// The e-mail address of the requester; `None` when their entity has none.
    fn address_of(&self, request: &Request) -> Option<String> {
        let (catalog, _) = self.settings.load_catalog().ok()?;
        actions::address_of(&catalog, &request.requester.to_string())
    }

    /// Writes how a run ended into the comment of its pull request.
    pub(super) fn comment(
        &self,
        reviews: &dyn Reviews,
        head: &str,
        (id, hash): (&str, &str),
        text: &str,
    ) {
        let planned = pull_request::Planned {
            head,
            job: self.ci.job.as_deref(),
            hashes: vec![(id.to_owned(), hash.to_owned())],
            text,
        };
        let mut write = |before: Option<&str>| Some(pull_request::comment(&planned, before));
        if let Err(error) = reviews.set_comment(MARKER, &mut write) {
            self.output.note(format!("the pull request says nothing about the run: {error}"));
        }
    }
}
