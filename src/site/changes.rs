//! The report of changes: every event by day, a hundred to a page, and what the home page shows of it.

use serde::Serialize;

use super::{
    atlas::Atlas,
    frame::{Moment, Page},
    input::Input,
    past::{Dated, Line},
};

/// Events of a page.
const EVENTS: usize = 100;
/// Pages; what is older stands in git.
const PAGES: usize = 20;

/// What the template of the report knows.
#[derive(Debug, Serialize)]
pub(super) struct ChangesView<'a> {
    page: Page<'a>,
    days: Vec<Day<'a>>,
    /// Sources that came or changed as a whole, which are not told entity by entity.
    whole: Vec<WholeSource<'a>>,
    total: usize,
    number: usize,
    newer: Option<String>,
    older: Option<String>,
    /// Whether git knows what was before.
    is_cut: bool,
    feed: Option<String>,
}

/// The events of one day.
#[derive(Debug, Serialize)]
struct Day<'a> {
    date: String,
    lines: Vec<Line<'a>>,
}

/// A source that changed as a whole.
#[derive(Debug, Serialize)]
struct WholeSource<'a> {
    source: &'a str,
    at: Moment,
    files: usize,
    is_new: bool,
}

/// The address of a page of the report.
fn address(number: usize) -> String {
    if number == 1 { "changes.html".into() } else { format!("changes-{number}.html") }
}

/// The pages of the report, the newest first.
pub(super) fn pages<'a>(input: &Input<'a>, atlas: &Atlas<'a>) -> Vec<(String, ChangesView<'a>)> {
    let past = &atlas.past;
    let count = past.events.len().div_ceil(EVENTS).clamp(1, PAGES);
    let page = |number: usize| {
        let events = past.events.iter().skip((number - 1) * EVENTS).take(EVENTS);
        let mut page = Page::new(&address(number), "Changes", "changes");
        page.feed = super::feed::address_of_all(input, atlas);
        let view = ChangesView {
            feed: page.feed.clone(),
            page,
            days: days(atlas, events.copied()),
            whole: if number == 1 { whole(input) } else { Vec::new() },
            total: past.events.len(),
            number,
            newer: (number > 1).then(|| address(number - 1)),
            older: (number < count).then(|| address(number + 1)),
            is_cut: number == count
                && (!input.history.is_whole || past.events.len() > EVENTS * PAGES),
        };
        (address(number), view)
    };
    (1..=count).map(page).collect()
}

fn days<'a>(atlas: &Atlas<'a>, events: impl Iterator<Item = Dated<'a>>) -> Vec<Day<'a>> {
    let mut days: Vec<Day<'_>> = Vec::new();
    for dated in events {
        let date = dated.commit.time.strftime("%Y-%m-%d").to_string();
        let line = Line::new(atlas, dated);
        match days.last_mut().filter(|day| day.date == date) {
            Some(day) => day.lines.push(line),
            None => days.push(Day { date, lines: vec![line] }),
        }
    }
    days
}

fn whole<'a>(input: &Input<'a>) -> Vec<WholeSource<'a>> {
    let all = input.history.commits.iter().flat_map(|commit| {
        let sources = commit.sources.iter().filter(|source| source.events.is_empty());
        sources.map(|source| WholeSource {
            source: &source.source,
            at: commit.time.into(),
            files: source.files,
            is_new: source.is_new,
        })
    });
    all.filter(|source| source.is_new || source.files > 1).collect()
}
