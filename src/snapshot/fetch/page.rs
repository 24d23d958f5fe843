//! Reads the pages of a request, and checks that no page or address repeats and that the list is complete.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    hash::{DefaultHasher, Hash, Hasher},
};

use jaq_json::Val;

use super::{Reader, paging::first_url};
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        http::{Request, Response, Url, shown},
        yaml::parse_documents,
    },
    snapshot::{
        mapping::{Record, from_json},
        prepare::RequestTemplate,
        raw::Format,
        report::{Failure, FailureKind},
        source::RequestSpec,
    },
};

/// What was read of one request so far.
#[derive(Default)]
pub(super) struct PageLog {
    urls: HashSet<Url>,
    pages: HashMap<u64, usize>,
    /// Records of all pages.
    pub(super) records: usize,
    /// The last total of pages or records that the API returned.
    pub(super) total: Option<u64>,
    /// Records before `items` selects among them; `None` when a page is not a list.
    listed: Option<u64>,
    /// The totals in the header of each page; `None` when a page had no such header.
    totals: Option<BTreeSet<u64>>,
}

impl PageLog {
    /// Adds the number of records of a page, and the total in its header.
    fn count(&mut self, body: &Val, header: Option<&str>) {
        let is_first = self.pages.is_empty() && self.totals.is_none() && self.listed.is_none();
        let on_page = match body {
            Val::Arr(items) => Some(items.len() as u64),
            _ => None,
        };
        let total = header.and_then(|text| text.trim().parse().ok());
        if is_first {
            self.listed = on_page;
            self.totals = total.map(|total| BTreeSet::from([total]));
            return;
        }
        self.listed = self.listed.zip(on_page).map(|(before, more)| before + more);
        self.totals = self.totals.take().zip(total).map(|(mut totals, total)| {
            totals.insert(total);
            totals
        });
    }

    /// False when the totals in the headers differ from the number of records.
    fn is_whole(&self) -> bool {
        match (&self.totals, self.listed) {
            (Some(totals), Some(listed)) => totals.len() == 1 && totals.contains(&listed),
            (Some(totals), None) => totals.len() == 1,
            (None, _) => true,
        }
    }
}

/// Most times that a list is read that changes meanwhile.
const MOST_READINGS: usize = 3;

/// A page.
pub(super) struct Page {
    pub(super) body: Val,
    pub(super) response: Response,
    /// Its number among the pages of its request, from 1.
    pub(super) number: usize,
    pub(super) is_empty: bool,
}

impl Reader<'_> {
    /// Reads all pages of a request, and passes the records of each to `give`. With `total_header`, the
    /// records are passed when the list is complete.
    pub(super) async fn pages(
        &self,
        spec: &RequestSpec,
        template: &RequestTemplate<'_>,
        parent: Option<&Record>,
        give: &mut (dyn FnMut(Vec<Val>) + Send),
    ) -> Result<(), Failure> {
        let Some(header) = &spec.total_header else {
            let mut seen = PageLog::default();
            return self.read_pages(spec, template, parent, (&mut seen, give)).await;
        };
        let mut attempt = 1;
        loop {
            let (mut seen, mut all) = (PageLog::default(), Vec::new());
            let mut keep = |items: Vec<Val>| all.extend(items);
            self.read_pages(spec, template, parent, (&mut seen, &mut keep)).await?;
            let is_whole = seen.is_whole() || self.context.limit.is_some();
            if is_whole {
                give(all);
                return Ok(());
            }
            if attempt == MOST_READINGS {
                let message = format!(
                    "the list changed each time while it was read ({MOST_READINGS} times): `{header}` is not the number of its records"
                );
                return Err(self
                    .failure(FailureKind::Outside, spec, "/paging", message)
                    .hint("records may be missing: read it again when less is changed"));
            }
            self.forget(spec, all.len());
            attempt += 1;
        }
    }

    async fn read_pages(
        &self,
        spec: &RequestSpec,
        template: &RequestTemplate<'_>,
        parent: Option<&Record>,
        (seen, give): (&mut PageLog, &mut (dyn FnMut(Vec<Val>) + Send)),
    ) -> Result<(), Failure> {
        let first = self.request(template, parent)?;
        let mut last = None;
        let all = self.follow_pages(spec, first, &mut last, (seen, give)).await;
        // An address from a response may contain secrets of the request.
        all.map_err(|failure| match &last {
            Some(Page { response, .. }) => failure.redacted(|text| response.redact(text)),
            None => failure,
        })
    }

    async fn follow_pages(
        &self,
        spec: &RequestSpec,
        first: Request,
        last: &mut Option<Page>,
        (seen, give): (&mut PageLog, &mut (dyn FnMut(Vec<Val>) + Send)),
    ) -> Result<(), Failure> {
        let mut next = Some(Request { url: first_url(spec, &first.url), ..first.clone() });
        while let Some(request) = next {
            if !seen.urls.insert(request.url.clone()) {
                let url = first.redactor.redact(&shown(&request.url));
                let message = format!("paging repeats itself: `{url}` was read already");
                return Err(self.failure(FailureKind::Outside, spec, "/paging", message));
            }
            let Some((page, mut items)) = self.page(spec, &request, seen).await? else {
                return Ok(());
            };
            let most = self.context.limit.unwrap_or(usize::MAX);
            items.truncate(most.saturating_sub(seen.records - items.len()));
            self.progress(spec, items.len());
            give(items);
            if seen.records >= most {
                return Ok(());
            }
            let page = last.insert(page);
            next = self.next(spec, &first, page, seen)?;
        }
        Ok(())
    }

    /// Reads one page; `None` when the request is optional and the status is 404 or 410.
    async fn page(
        &self,
        spec: &RequestSpec,
        request: &Request,
        seen: &mut PageLog,
    ) -> Result<Option<(Page, Vec<Val>)>, Failure> {
        let limits = self.http.limits;
        let volume = self.count(|volume| volume.pages += 1);
        if volume.pages > limits.max_pages {
            let message = format!("there are more than {} pages", limits.max_pages);
            return Err(self
                .failure(FailureKind::Outside, spec, "/paging", message)
                .hint("raise `max_pages`, if there can be so many"));
        }
        let max_bytes = limits.max_bytes.saturating_sub(volume.bytes);
        let request = Request { max_bytes, ..request.clone() };
        let client = &self.access.client;
        // Only the first page may be missing: without a later one the list would not be complete.
        let answer = match spec.optional && seen.urls.len() == 1 {
            true => client.get_optional(&request).await,
            false => client.get(&request).await.map(Some),
        };
        let Some(mut response) = answer.map_err(|e| self.http_failure(spec, e))? else {
            return Ok(None);
        };
        self.count(|volume| volume.bytes += response.body.len() as u64);
        let body = self.body(spec, &response)?;
        let items = self.items(spec, &body, &response)?;
        if let Some(header) = &spec.total_header {
            seen.count(&body, response.header(header));
        }
        response.body = Vec::new();
        let page = Page { body, response, number: seen.urls.len(), is_empty: items.is_empty() };
        self.note(spec, &page, &items, seen)?;
        Ok(Some((page, items)))
    }

    pub(super) fn body(&self, spec: &RequestSpec, response: &Response) -> Result<Val, Failure> {
        let failed = |e| self.http_failure(spec, e);
        match spec.format {
            Format::Json => response.json().map_err(failed),
            Format::Text => Ok(Val::from(response.text().map_err(failed)?.to_owned())),
            Format::Yaml => {
                let mut documents = Vec::new();
                for document in parse_documents(response.text().map_err(failed)?) {
                    match document {
                        Ok(serde_json::Value::Null) => {}
                        Ok(document) => documents.push(from_json(&document)),
                        Err(error) => {
                            let url = response.redact(&shown(&response.url));
                            let message = response.redact(&error.message);
                            let place = Place::at(url, error.position);
                            let problem = Diagnostic::error("invalid-yaml", place, message);
                            return Err(Failure::new(FailureKind::Data, vec![problem]).of_record());
                        }
                    }
                }
                Ok(documents.into_iter().collect())
            }
        }
    }

    pub(super) fn items(
        &self,
        spec: &RequestSpec,
        body: &Val,
        response: &Response,
    ) -> Result<Vec<Val>, Failure> {
        match (&spec.items, body) {
            (Some(code), _) => {
                let items = self.run(spec, "/items", code, body, Some(response));
                // Servers written in Go return `null` for an empty list.
                match items.is_err().then(|| without_null_lists(body)).flatten() {
                    Some(body) => self.run(spec, "/items", code, &body, Some(response)).or(items),
                    None => items,
                }
            }
            (None, Val::Arr(items)) => Ok(items.to_vec()),
            (None, text @ Val::TStr(_)) if spec.format == Format::Text => Ok(vec![text.clone()]),
            (None, other) => {
                let found = self.quote(Some(response), std::slice::from_ref(other), 80);
                let message = format!("the answer is not a list: `{found}`");
                Err(self
                    .failure(FailureKind::Outside, spec, "/url", message)
                    .of_record()
                    .hint("say with `items` where its records are, as in `items: .data[]`"))
            }
        }
    }

    /// Counts the records of a page. A page that equals an earlier one is an error.
    fn note(
        &self,
        spec: &RequestSpec,
        page: &Page,
        items: &[Val],
        seen: &mut PageLog,
    ) -> Result<(), Failure> {
        if !page.is_empty {
            let mut hasher = DefaultHasher::new();
            items.hash(&mut hasher);
            if let Some(other) = seen.pages.insert(hasher.finish(), page.number) {
                let message = format!("page {} is the same as page {other}", page.number);
                return Err(self
                    .failure(FailureKind::Outside, spec, "/paging", message)
                    .hint("is the paging of the right type, with the right parameter?"));
            }
        }
        seen.records += items.len();
        Ok(())
    }
}

/// A copy of a response with an empty list for each `null` value of its objects; `None` when there is
/// none, or when the response reports an error. Lists are not searched, because they are the records.
fn without_null_lists(body: &Val) -> Option<Val> {
    let Val::Obj(map) = body else { return None };
    let says = |key: &str| map.get(&Val::from(key.to_owned())).is_some_and(|v| *v != Val::Null);
    if says("error") || says("errors") {
        return None;
    }
    let mut found = false;
    let entries = map.iter().map(|(key, value)| {
        let instead = match value {
            Val::Null => Some(Vec::new().into_iter().collect()),
            value => without_null_lists(value),
        };
        found |= instead.is_some();
        (key.clone(), instead.unwrap_or_else(|| value.clone()))
    });
    let entries: jaq_json::Map = entries.collect();
    found.then(|| Val::obj(entries))
}
