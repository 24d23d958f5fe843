//! Reads all records of a source: requests, one after another, page by page.
//!
//! An answer is whole or it is nothing: every way of ending early is a failure, never a short list.

use std::{
    collections::{HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use jaq_json::Val;

use super::{
    Progress,
    index::EntityIndex,
    mapping::Record,
    program::{Program, shorten},
    ready::{Ready, fill},
    report::{Failure, FailureKind, Volume},
    source::{Paging, RequestSpec, Source},
};
use crate::base::{
    diagnostics::{Diagnostic, Place},
    environment::Environment,
    http::{Client, HttpError, Reason, Request, Response, Url, shown},
    yaml::{At, locate},
};

/// All that a source answered.
#[derive(Default)]
pub(super) struct Fetched {
    /// Records, in the order of requests and pages.
    pub(super) records: Vec<Record>,
    /// How much that is.
    pub(super) volume: Volume,
}

/// Reads a source.
pub(super) async fn fetch(
    source: &Source,
    environment: &Environment,
    client: &Client,
    progress: &dyn Progress,
) -> Result<Fetched, Failure> {
    let ready = fill(source, environment)?;
    let mut reader = Reader { source, client, progress, fetched: Fetched::default() };
    for (spec, ready) in source.requests.iter().zip(ready) {
        reader.read(spec, ready).await?;
    }
    Ok(reader.fetched)
}

struct Reader<'a> {
    source: &'a Source,
    client: &'a Client,
    progress: &'a dyn Progress,
    fetched: Fetched,
}

/// What was seen of one request, to notice when it goes round in circles.
#[derive(Default)]
struct Seen {
    urls: HashSet<Url>,
    pages: HashMap<u64, usize>,
    records: usize,
}

/// One page.
struct Page {
    body: Val,
    response: Response,
    /// Its number among the pages of its request, from 1.
    number: usize,
    is_empty: bool,
}

impl Reader<'_> {
    async fn read(&mut self, spec: &RequestSpec, ready: Ready) -> Result<(), Failure> {
        let mut seen = Seen::default();
        let mut next = Some(first_url(spec, &ready.url));
        while let Some(url) = next {
            if !seen.urls.insert(url.clone()) {
                let url = shown(&url);
                let message = format!("paging goes round in circles: `{url}` comes again");
                return Err(self.failure(spec, "/paging", message));
            }
            let page = self.page(spec, &ready, url, &mut seen).await?;
            next = self.next(spec, &ready, &page)?;
        }
        Ok(())
    }

    async fn page(
        &mut self,
        spec: &RequestSpec,
        ready: &Ready,
        url: Url,
        seen: &mut Seen,
    ) -> Result<Page, Failure> {
        let limits = self.source.limits;
        if self.fetched.volume.pages >= limits.max_pages {
            let message = format!("there are more than {} pages", limits.max_pages);
            return Err(self.failure(spec, "/paging", message));
        }
        let request = Request {
            headers: ready.headers.clone(),
            timeout: limits.timeout,
            retries: limits.retries,
            max_bytes: limits.max_bytes - self.fetched.volume.bytes,
            redactor: ready.redactor.clone(),
            ..Request::new(url)
        };
        let answer = self.client.get(&request).await;
        let response = answer.map_err(|e| self.http_failure(spec, e))?;
        self.fetched.volume.pages += 1;
        self.fetched.volume.bytes += response.body.len() as u64;
        let body: Val = response.json().map_err(|e| self.http_failure(spec, e))?;
        let items = self.items(spec, &body)?;
        let page = Page { body, response, number: seen.urls.len(), is_empty: items.is_empty() };
        self.keep(spec, &page, items, seen)?;
        Ok(page)
    }

    /// Adds the records of a page, unless it is a page that was there already.
    fn keep(
        &mut self,
        spec: &RequestSpec,
        page: &Page,
        items: Vec<Val>,
        seen: &mut Seen,
    ) -> Result<(), Failure> {
        if !page.is_empty {
            let mut hasher = DefaultHasher::new();
            items.hash(&mut hasher);
            if let Some(other) = seen.pages.insert(hasher.finish(), page.number) {
                let message = format!("page {} is the same as page {other}", page.number);
                return Err(self
                    .failure(spec, "/paging", message)
                    .hint("is the paging of the right type, with the right parameter?"));
            }
        }
        for value in items {
            seen.records += 1;
            self.fetched.records.push(Record {
                request: spec.name.clone(),
                number: seen.records,
                value,
            });
        }
        let volume = &mut self.fetched.volume;
        volume.records = self.fetched.records.len();
        self.progress.page(&self.source.name, *volume);
        Ok(())
    }

    fn items(&self, spec: &RequestSpec, body: &Val) -> Result<Vec<Val>, Failure> {
        match (&spec.items, body) {
            (Some((program, code)), _) => self.run(spec, "/items", program, code, body),
            (None, Val::Arr(items)) => Ok(items.to_vec()),
            (None, other) => {
                let found = shorten(&other.to_string(), 80);
                let message = format!("the answer is not a list: `{found}`");
                Err(self
                    .failure(spec, "/url", message)
                    .hint("say with `items` where its records are, as in `items: .data[]`"))
            }
        }
    }

    /// Runs a program of the source over a page.
    fn run(
        &self,
        spec: &RequestSpec,
        key: &str,
        program: &Program,
        code: &str,
        body: &Val,
    ) -> Result<Vec<Val>, Failure> {
        let result = program.run(&EntityIndex::default(), [], body.clone());
        result.map_err(|message| {
            let found = shorten(&body.to_string(), 120);
            self.failure(spec, key, format!("`{code}`: {message}"))
                .hint(format!("the answer is `{found}`"))
        })
    }

    fn next(&self, spec: &RequestSpec, ready: &Ready, page: &Page) -> Result<Option<Url>, Failure> {
        match &spec.paging {
            Paging::None => Ok(None),
            Paging::Link => match page.response.next_link() {
                Some(next) if next.origin() != page.response.url.origin() => {
                    let message = format!("the next page is on another host: `{}`", shown(&next));
                    Err(self.failure(spec, "/paging", message))
                }
                next => Ok(next),
            },
            Paging::Page { parameter, first, pages } => {
                let number = page.number as u64;
                let total = match pages {
                    Some((program, code)) => Some(self.total(spec, program, code, &page.body)?),
                    None => None,
                };
                if page.is_empty && total.is_some_and(|total| number < total) {
                    let total = total.unwrap_or_default();
                    let message = format!("page {number} of {total} is empty");
                    return Err(self.failure(spec, "/paging", message));
                }
                let is_last = page.is_empty || total.is_some_and(|total| number >= total);
                let next = || with_parameter(&ready.url, parameter, first + number);
                Ok((!is_last).then(next))
            }
        }
    }

    /// The number of pages that a page speaks of.
    fn total(
        &self,
        spec: &RequestSpec,
        program: &Program,
        code: &str,
        body: &Val,
    ) -> Result<u64, Failure> {
        let found = self.run(spec, "/paging/pages", program, code, body)?;
        if let [Val::Num(number)] = found.as_slice()
            && let Some(total) = number.as_isize().and_then(|n| u64::try_from(n).ok())
        {
            return Ok(total);
        }
        let found: Vec<_> = found.iter().map(ToString::to_string).collect();
        let found = shorten(&found.join(", "), 80);
        let message = format!("`{code}` gives `{found}` and not the number of pages");
        Err(self.failure(spec, "/paging/pages", message))
    }

    fn http_failure(&self, spec: &RequestSpec, error: HttpError) -> Failure {
        if matches!(error.reason, Reason::TooLarge(_)) {
            let most = self.source.limits.max_bytes;
            return self
                .failure(spec, "/url", format!("there are more than {most} bytes"))
                .hint("raise `max_bytes`, or ask for less");
        }
        let failure = self.failure(spec, "/url", error.to_string());
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }

    /// A failure outside, placed where the source asks for it.
    fn failure(&self, spec: &RequestSpec, key: &str, message: String) -> Failure {
        let pointer = format!("{}{key}", spec.pointer);
        let position = locate(&self.source.text, 0, &pointer, At::Value);
        let place = Place::at(&self.source.file, position);
        let problem = Diagnostic::error("source-failed", place, message);
        Failure::new(FailureKind::Outside, vec![problem])
    }
}

fn first_url(spec: &RequestSpec, url: &Url) -> Url {
    match &spec.paging {
        Paging::Page { parameter, first, .. } => with_parameter(url, parameter, *first),
        Paging::None | Paging::Link => url.clone(),
    }
}

/// Sets one parameter of the query.
fn with_parameter(url: &Url, key: &str, value: u64) -> Url {
    let mut made = url.clone();
    let others = url.query_pairs().filter(|(other, _)| other != key);
    let others: Vec<_> = others.map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    made.query_pairs_mut().clear().extend_pairs(others).append_pair(key, &value.to_string());
    made
}
