//! Runs: the list, and a page for each with its steps.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    catalog::{Entity, EntityRef},
    site::{
        input::{Input, Run, RunLink, RunStep, Status},
        model::Atlas,
        parts::frame::{Card, Moment, Page},
        text::address,
    },
};

/// What the template of the list knows.
#[derive(Debug, Serialize)]
pub(crate) struct RunsView<'a> {
    pub(crate) page: Page<'a>,
    runs: Vec<RunLine<'a>>,
}

/// A run in a list.
#[derive(Debug, Serialize)]
pub(crate) struct RunLine<'a> {
    id: &'a str,
    url: String,
    status: Status,
    template: Card<'a>,
    requester: Card<'a>,
    created: Option<Moment>,
    finished: Option<Moment>,
    duration: Option<String>,
    steps: usize,
    done: usize,
}

/// What the template of a run knows.
#[derive(Debug, Serialize)]
pub(crate) struct RunView<'a> {
    pub(crate) page: Page<'a>,
    run: RunLine<'a>,
    steps: Vec<Step<'a>>,
    links: Vec<Made<'a>>,
    /// Path of the request in the portal's repository.
    request: String,
}

#[derive(Debug, Serialize)]
struct Step<'a> {
    id: &'a str,
    name: &'a str,
    action: &'a str,
    status: Status,
    started: Option<Moment>,
    duration: Option<String>,
    message: Option<&'a str>,
}

/// Something that a run made.
#[derive(Debug, Serialize)]
struct Made<'a> {
    title: &'a str,
    /// The entity, when it is one.
    card: Option<Card<'a>>,
    url: Option<String>,
    text: &'a str,
}

/// All runs, the newest first.
pub(crate) fn lines<'a>(input: &Input<'a>, atlas: &Atlas<'a>) -> Vec<RunLine<'a>> {
    chosen(input, atlas, |_| true)
}

/// The runs of one template, the newest first.
pub(crate) fn of_template<'a>(
    input: &Input<'a>,
    atlas: &Atlas<'a>,
    template: &Entity,
) -> Vec<RunLine<'a>> {
    chosen(input, atlas, |run| is_of(run, template))
}

/// Some runs, the newest first.
pub(crate) fn chosen<'a>(
    input: &Input<'a>,
    atlas: &Atlas<'a>,
    choose: impl Fn(&Run) -> bool,
) -> Vec<RunLine<'a>> {
    let mut runs: Vec<_> = input.runs.iter().filter(|run| choose(run)).collect();
    runs.sort_by(|a, b| (b.created, &b.id).cmp(&(a.created, &a.id)));
    runs.into_iter().map(|run| line(atlas, run)).collect()
}

/// True when a run is of this template.
pub(crate) fn is_of(run: &Run, template: &Entity) -> bool {
    EntityRef::parse(&run.template, Some("template"), "default")
        .is_ok_and(|reference| reference == template.reference)
}

impl<'a> RunsView<'a> {
    pub(crate) fn new(input: &Input<'a>, atlas: &Atlas<'a>) -> Self {
        Self { page: Page::new("runs.html", "Runs", "runs"), runs: lines(input, atlas) }
    }
}

impl<'a> RunView<'a> {
    pub(crate) fn new(atlas: &Atlas<'a>, run: &'a Run) -> Self {
        let step = |step: &'a RunStep| Step {
            id: &step.id,
            name: &step.name,
            action: &step.action,
            status: step.status,
            started: step.started.map(Moment::from),
            duration: duration(step.started, step.finished),
            message: step.message.as_deref(),
        };
        Self {
            page: Page::new(&address::run_page(&run.id), &run.id, "runs"),
            run: line(atlas, run),
            steps: run.steps.iter().map(step).collect(),
            links: run.links.iter().map(|link| made(atlas, link)).collect(),
            request: format!("scaffolds/requests/{}.yaml", run.id),
        }
    }
}

fn line<'a>(atlas: &Atlas<'a>, run: &'a Run) -> RunLine<'a> {
    let is_over = |step: &&RunStep| matches!(step.status, Status::Completed | Status::Skipped);
    RunLine {
        id: &run.id,
        url: address::run_page(&run.id),
        status: run.status,
        template: named(atlas, &run.template, "template"),
        requester: named(atlas, &run.requester, "user"),
        created: run.created.map(Moment::from),
        finished: run.finished.map(Moment::from),
        duration: duration(run.created, run.finished),
        steps: run.steps.len(),
        done: run.steps.iter().filter(is_over).count(),
    }
}

/// A card of what a text names, whether it is a reference or not.
fn named<'a>(atlas: &Atlas<'a>, text: &'a str, kind: &'a str) -> Card<'a> {
    EntityRef::parse(text, Some(kind), "default")
        .map_or_else(|_| Card::new(text, kind, None), |reference| Card::found(atlas, &reference))
}

fn made<'a>(atlas: &Atlas<'a>, link: &'a RunLink) -> Made<'a> {
    let card = EntityRef::parse(&link.url, None, "default")
        .ok()
        .filter(|_| !link.url.contains("://"))
        .and_then(|reference| atlas.catalog.get(&reference))
        .map(Card::of);
    Made {
        title: &link.title,
        url: address::external(&link.url).filter(|_| card.is_none()),
        card,
        text: &link.url,
    }
}

/// How long something took: `430 ms`, `2.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`.
fn duration(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<String> {
    let millis = to?.as_millisecond() - from?.as_millisecond();
    let seconds = millis / 1000;
    Some(match millis {
        ..0 => return None,
        0..1_000 => format!("{millis} ms"),
        1_000..10_000 => format!("{seconds}.{} s", millis % 1000 / 100),
        10_000..60_000 => format!("{seconds} s"),
        60_000..3_600_000 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_figures_that_matter() {
        let at = |millis| Timestamp::from_millisecond(millis).ok();
        let took = |millis| duration(at(0), at(millis)).expect("both are known");
        assert_eq!(took(430), "430 ms");
        assert_eq!(took(2_480), "2.4 s");
        assert_eq!(took(12_900), "12 s");
        assert_eq!(took(185_000), "3 min 05 s");
        assert_eq!(took(7_800_000), "2 h 10 min");
        assert_eq!(duration(at(5), at(1)), None);
    }
}
