//! `callboard search`: the search of the site, in the terminal.

use std::{io, ops::Range, path::Path};

use anyhow::anyhow;
use serde::Serialize;

use crate::{
    base::{files::Directory, fs, path::shown},
    catalog::docs,
    cli::{
        Failure,
        args::SearchArgs,
        exit::outside,
        output::{DIM, MATCH, Output},
        settings::Settings,
    },
    search::{Answer, Hit, How, Reason, Searcher},
    site::{self, Documentation},
};

/// Prints the hits, best first; fails when there are none.
pub(in crate::cli) fn run(
    portal: &Path,
    args: &SearchArgs,
    output: &Output,
) -> Result<(), Failure> {
    let searcher = open(portal, args)?;
    let query = args.query.join(" ");
    let answer = searcher.search(&query, args.limit.into()).map_err(outside)?;
    if args.json {
        let hits = answer.hits.iter().map(|hit| HitRow::new(hit, args.explain)).collect();
        let Answer { complete, suggestions, .. } = &answer;
        output.json(&Results { query: &query, complete: *complete, suggestions, hits })?;
    } else {
        print(&answer, args.explain, output);
    }
    if answer.hits.is_empty() { nothing(&query, &answer, args.json, output) } else { Ok(()) }
}

/// The index of a built site, or a new one of the catalog.
fn open(portal: &Path, args: &SearchArgs) -> Result<Searcher, Failure> {
    if let Some(site) = &args.site {
        let folder = portal.join(site).join(site::SEARCH_FOLDER);
        let read = move |name: &str| fs::read(&folder.join(name)).map_err(io::Error::other);
        return Searcher::open_packed(read).map_err(|error| {
            let site = shown(site);
            Failure::Outside(anyhow!(error).context(format!("cannot search the site in `{site}`")))
        });
    }
    let settings = Settings::load(portal)?;
    let (catalog, _) = settings.load_catalog()?;
    let files = Directory::new(&settings.portal);
    let docs = docs::load(&files, &catalog)?;
    let documentation = Documentation { docs: &docs, files: &files };
    let index = site::search_index(&catalog, Some(documentation)).map_err(outside)?;
    index.searcher().map_err(outside)
}

fn print(answer: &Answer, explain: bool, output: &Output) {
    if !answer.complete && !answer.hits.is_empty() {
        output.note("nothing has all these words; what has most of them:");
    }
    let widest = answer.hits.iter().map(|hit| hit.shown.kind.chars().count()).max().unwrap_or(0);
    for hit in &answer.hits {
        let shown = &hit.shown;
        let kind = format!("{:<widest$}", shown.kind);
        let name = marked(&shown.name, &hit.marks.name);
        let title = marked(&shown.title, &hit.marks.title);
        let names = [name, title].into_iter().filter(|text| !text.is_empty());
        let owner = marked(&shown.owner, &hit.marks.owner);
        let facts = [shown.lifecycle.clone(), owner].into_iter().filter(|text| !text.is_empty());
        let facts = facts.collect::<Vec<_>>().join(", ");
        output.line(
            format!("{DIM}{kind}{DIM:#}  {}  {facts}", names.collect::<Vec<_>>().join("  "))
                .trim_end(),
        );
        let indent = " ".repeat(widest + 2);
        if !shown.description.is_empty() {
            let text = marked(&shown.description, &hit.marks.description);
            output.line(format!("{indent}{text}"));
        }
        if explain {
            why(hit).iter().for_each(|line| output.line(format!("{indent}{DIM}{line}{DIM:#}")));
        }
    }
}

/// The parts of the score of a hit, largest first.
fn why(hit: &Hit) -> Vec<String> {
    let mut lines = vec![format!("{:>8.2} in all", hit.score)];
    for Reason { word, place, term, how, score } in &hit.reasons {
        let how = match how {
            How::Exact => "the word itself".to_owned(),
            How::Beginning => format!("`{term}` begins with it"),
            How::Form => format!("`{term}` is a form of it"),
            How::Typo => format!("`{term}` is spelled nearly so"),
        };
        lines.push(format!("{score:>8.2} `{word}` in {}: {how}", place.as_str()));
    }
    if hit.whole.abs() >= 0.01 {
        lines.push(format!("{:>8.2} the question as a whole: a name or title like it", hit.whole));
    }
    if hit.age < 1.0 {
        lines.push(format!("{:>8.2} times: its lifecycle is {}", hit.age, hit.shown.lifecycle));
    }
    lines
}

/// A text with its matches in bold.
fn marked(text: &str, marks: &[Range<usize>]) -> String {
    let (mut made, mut from) = (String::new(), 0);
    for mark in marks {
        made.push_str(&text[from..mark.start]);
        made.push_str(&format!("{MATCH}{}{MATCH:#}", &text[mark.clone()]));
        from = mark.end;
    }
    made.push_str(&text[from..]);
    made
}

fn nothing(query: &str, answer: &Answer, is_json: bool, output: &Output) -> Result<(), Failure> {
    if is_json {
        return Err(Failure::Reported);
    }
    output.error_line(&format!("nothing found for `{query}`"));
    if !answer.suggestions.is_empty() {
        output.note(format!("  {DIM}hint:{DIM:#} did you mean {}?", answer.suggestions.join(", ")));
    }
    Err(Failure::Reported)
}

/// The output with `--json`.
#[derive(Serialize)]
struct Results<'a> {
    query: &'a str,
    /// Whether every hit has every word.
    complete: bool,
    /// Queries with the nearest spellings.
    suggestions: &'a [String],
    hits: Vec<HitRow<'a>>,
}

#[derive(Serialize)]
struct HitRow<'a> {
    #[serde(rename = "ref", skip_serializing_if = "Option::is_none")]
    reference: Option<String>,
    #[serde(flatten)]
    shown: &'a crate::search::Summary,
    score: f32,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<Explanation<'a>>,
}

#[derive(Serialize)]
struct Explanation<'a> {
    matches: &'a [Reason],
    /// Score of a name or title that is similar to the whole query.
    whole: f32,
    /// Factor of its lifecycle, at most 1.
    age: f32,
}

impl<'a> HitRow<'a> {
    fn new(hit: &'a Hit, explain: bool) -> Self {
        let Hit { shown, score, reasons, whole, age, .. } = hit;
        let why = Explanation { matches: reasons, whole: *whole, age: *age };
        Self {
            // A page of documentation has no entity reference.
            reference: (!shown.name.is_empty()).then(|| shown.reference()),
            shown,
            score: *score,
            why: explain.then_some(why),
        }
    }
}
