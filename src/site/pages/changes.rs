//! The pages of changes: by day, a hundred lines to a page, of the whole catalog and of each source; and one page
//! for each team and system.

use std::collections::BTreeMap;

use jiff::{ToSpan, civil::Date, tz::TimeZone};
use rayon::prelude::*;
use serde::Serialize;

use crate::{
    base::fs::Sink,
    catalog::Entity,
    site::{
        error::Error,
        input::Input,
        model::{Model, events::DatedEvent},
        output::PageWriter,
        parts::{
            card::Card,
            frame::Page,
            grouped_changes::{ChangeGroup, group_alike},
            history::{feed_of, feed_of_all},
            moment::Moment,
        },
        text::address,
    },
};

/// How many lines a page has.
const LINES: usize = 100;
/// How many pages there are at most; older changes are in git only.
const PAGES: usize = 20;
/// Lines of the page of a team or a system.
const OF_ONE: usize = 100;
/// How many teams are not folded away.
const TEAMS: usize = 12;

/// What the template gets.
#[derive(Debug, Serialize)]
struct ChangesView<'a> {
    page: Page<'a>,
    /// The team or system whose changes these are; `None` for the whole catalog and for a source.
    entity: Option<Card<'a>>,
    days: Vec<Day<'a>>,
    /// Sources that are new or changed as a whole, without a list of their entities.
    whole_sources: Vec<WholeSource<'a>>,
    total: usize,
    is_all: bool,
    sources: Vec<ReportLink<'a>>,
    /// Teams, those with most changes first; the others are folded away.
    teams: Vec<ReportLink<'a>>,
    more_teams: Vec<ReportLink<'a>>,
    weeks: Vec<Week>,
    newer: Option<String>,
    older: Option<String>,
    /// Whether git has older changes.
    is_cut: bool,
}

/// The changes of one day.
#[derive(Debug, Serialize)]
struct Day<'a> {
    date: String,
    count: usize,
    lines: Vec<ChangeGroup<'a>>,
}

/// The link to the changes of a source or a team.
#[derive(Debug, Clone, Serialize)]
struct ReportLink<'a> {
    title: &'a str,
    url: String,
    count: usize,
    is_current: bool,
}

/// A week with changes.
#[derive(Debug, Clone, Serialize)]
struct Week {
    /// Its Monday.
    from: String,
    /// Page and anchor of its newest change.
    url: String,
    count: usize,
}

/// A source that changed as a whole.
#[derive(Debug, Serialize)]
struct WholeSource<'a> {
    source: &'a str,
    at: Moment,
    files: usize,
    is_new: bool,
}

/// The address of a page of all changes, or of those of one source.
fn report_page(source: Option<&str>, number: usize) -> String {
    // Names of sources have no dot.
    match (source, number) {
        (None, 1) => "changes.html".into(),
        (None, number) => format!("changes-{number}.html"),
        (Some(source), 1) => format!("changes/{}.html", address::file_name(source)),
        (Some(source), number) => format!("changes/{}.{number}.html", address::file_name(source)),
    }
}

/// Writes all pages of changes.
pub(crate) fn write<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
) -> Result<(), Error> {
    let report = Report::new(input, model);
    let mut sources = vec![None];
    sources.extend(report.sources.keys().map(|source| Some(*source)));
    sources.par_iter().try_for_each(|source| {
        report
            .pages(*source)
            .par_iter()
            .try_for_each(|view| writer.render(&view.page.path, "pages/changes.html", view))
    })?;
    report.scopes().par_iter().try_for_each(|(entity, _)| {
        let view = report.of_one(entity);
        writer.render(&view.page.path, "pages/changes.html", &view)
    })
}

struct Report<'r, 'a> {
    input: &'r Input<'a>,
    model: &'r Model<'a>,
    /// How many changes came from each source.
    sources: BTreeMap<&'a str, usize>,
}

impl<'r, 'a> Report<'r, 'a> {
    fn new(input: &'r Input<'a>, model: &'r Model<'a>) -> Self {
        let mut sources = BTreeMap::new();
        for dated in &model.events.all {
            *sources.entry(dated.source.source.as_str()).or_insert(0) += 1;
        }
        Self { input, model, sources }
    }

    /// The pages of all changes or of those of one source, the newest first.
    fn pages(&self, source: Option<&'a str>) -> Vec<ChangesView<'a>> {
        let is_of = |name: &str| source.is_none_or(|source| source == name);
        let events = self.model.events.all.iter().copied();
        let groups = group_alike(events.filter(|dated| is_of(&dated.source.source)));
        let total = groups.iter().map(Vec::len).sum();
        let count = groups.len().div_ceil(LINES).clamp(1, PAGES);
        let weeks = weeks(source, &groups);
        let mut teams = if source.is_none() { self.teams() } else { Vec::new() };
        let more_teams = teams.split_off(TEAMS.min(teams.len()));
        let view = |number: usize| {
            let from = ((number - 1) * LINES).min(groups.len());
            let lines = &groups[from..groups.len().min(from + LINES)];
            let mut page = Page::new(&report_page(source, number), "Changes", "changes");
            page.feed = feed_of_all(self.input, self.model);
            let is_cut = !self.input.history.is_whole || groups.len() > LINES * PAGES;
            ChangesView {
                page,
                entity: None,
                days: days(self.model, lines),
                whole_sources: if number == count {
                    self.whole_sources(&is_of)
                } else {
                    Vec::new()
                },
                total,
                is_all: source.is_none(),
                sources: self.sources(source),
                teams: teams.clone(),
                more_teams: more_teams.clone(),
                weeks: weeks.clone(),
                newer: (number > 1).then(|| report_page(source, number - 1)),
                older: (number < count).then(|| report_page(source, number + 1)),
                is_cut: number == count && is_cut,
            }
        };
        (1..=count).map(view).collect()
    }

    /// The page of a team or a system.
    fn of_one(&self, entity: &'a Entity) -> ChangesView<'a> {
        let groups = group_alike(self.model.events.within(&entity.reference));
        let shown = groups.get(..OF_ONE).unwrap_or(&groups);
        let mut page =
            Page::new(&address::changes_page(&entity.reference), entity.title(), "changes");
        page.feed = feed_of(self.input, self.model, entity);
        ChangesView {
            page,
            entity: Some(Card::of(entity)),
            days: days(self.model, shown),
            whole_sources: Vec::new(),
            total: shown.iter().map(Vec::len).sum(),
            is_all: false,
            sources: Vec::new(),
            teams: Vec::new(),
            more_teams: Vec::new(),
            weeks: Vec::new(),
            newer: None,
            older: None,
            is_cut: !self.input.history.is_whole || shown.len() < groups.len(),
        }
    }

    fn sources(&self, current: Option<&str>) -> Vec<ReportLink<'a>> {
        let parts = self.sources.iter().map(|(source, count)| ReportLink {
            title: source,
            url: report_page(Some(source), 1),
            count: *count,
            is_current: current == Some(source),
        });
        parts.collect()
    }

    /// Teams and systems that have changes, with their number.
    fn scopes(&self) -> Vec<(&'a Entity, usize)> {
        let kinds = ["group", "system"].into_iter().filter_map(|kind| self.model.kind(kind));
        let all = kinds.flat_map(|kind| kind.entities.iter().copied());
        all.filter_map(|entity| {
            let count = self.model.events.within(&entity.reference).len();
            (count > 0).then_some((entity, count))
        })
        .collect()
    }

    fn teams(&self) -> Vec<ReportLink<'a>> {
        let teams = self.scopes().into_iter().filter(|(e, _)| e.reference.kind() == "group");
        let part = |(team, count): (&'a Entity, usize)| ReportLink {
            title: team.title(),
            url: address::changes_page(&team.reference),
            count,
            is_current: false,
        };
        let mut teams: Vec<_> = teams.map(part).collect();
        teams.sort_by_key(|team| std::cmp::Reverse(team.count));
        teams
    }

    fn whole_sources(&self, is_of: &impl Fn(&str) -> bool) -> Vec<WholeSource<'a>> {
        let all = self.input.history.commits.iter().flat_map(|commit| {
            let sources = commit.sources.iter().filter(|source| source.events.is_empty());
            sources.map(|source| WholeSource {
                source: &source.source,
                at: commit.time.into(),
                files: source.files,
                is_new: source.is_new,
            })
        });
        all.filter(|source| is_of(source.source) && (source.is_new || source.files > 1)).collect()
    }
}

/// The day of a group of changes, in UTC.
fn day(group: &[DatedEvent<'_>]) -> Date {
    let time = group.first().map(|dated| dated.commit.time).unwrap_or_default();
    time.to_zoned(TimeZone::UTC).date()
}

fn days<'a>(model: &Model<'a>, groups: &[Vec<DatedEvent<'a>>]) -> Vec<Day<'a>> {
    let of_one = groups.chunk_by(|a, b| day(a) == day(b));
    of_one
        .map(|groups| Day {
            date: day(&groups[0]).to_string(),
            count: groups.iter().map(Vec::len).sum(),
            lines: ChangeGroup::all(model, groups),
        })
        .collect()
}

/// The weeks of all pages, the newest first.
fn weeks(source: Option<&str>, groups: &[Vec<DatedEvent<'_>>]) -> Vec<Week> {
    let monday = |group: &[DatedEvent<'_>]| {
        let day = day(group);
        let offset = i64::from(day.weekday().to_monday_zero_offset());
        day.checked_sub(offset.days()).unwrap_or(day)
    };
    let mut weeks: Vec<Week> = Vec::new();
    for (at, group) in groups.iter().take(LINES * PAGES).enumerate() {
        let from = monday(group).to_string();
        match weeks.last_mut().filter(|week| week.from == from) {
            Some(week) => week.count += group.len(),
            None => weeks.push(Week {
                url: format!("{}#d-{}", report_page(source, at / LINES + 1), day(group)),
                from,
                count: group.len(),
            }),
        }
    }
    weeks
}
