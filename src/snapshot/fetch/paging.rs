//! Paging: finds the address of the next page. A new type of paging is one arm in `Reader::next` and in
//! [`first_url`].

use jaq_json::Val;

use super::{
    Reader,
    page::{Page, PageLog},
};
use crate::{
    base::http::{Request, Url, shown},
    snapshot::{
        report::{Failure, FailureKind},
        source::{Code, Paging, RequestSpec},
    },
};

/// The address of the first page.
pub(super) fn first_url(spec: &RequestSpec, url: &Url) -> Url {
    match &spec.paging {
        Paging::Page { parameter, first, .. } => with_parameter(url, parameter, &first.to_string()),
        Paging::Offset { parameter, limit: (name, limit), .. } => {
            let url = with_parameter(url, name, &limit.to_string());
            with_parameter(&url, parameter, "0")
        }
        Paging::None | Paging::Link | Paging::Cursor { .. } | Paging::Continuation { .. } => {
            url.clone()
        }
    }
}

impl Reader<'_> {
    /// Returns the request of the next page; `None` after the last one. `first` is the request of the
    /// first page.
    pub(super) fn next(
        &self,
        spec: &RequestSpec,
        first: &Request,
        page: &Page,
        seen: &mut PageLog,
    ) -> Result<Option<Request>, Failure> {
        let base = first_url(spec, &first.url);
        let to = |parameter: &str, value: &str| {
            let url = with_parameter(&base, parameter, value);
            Request { url, ..first.clone() }
        };
        match &spec.paging {
            Paging::None => Ok(None),
            Paging::Link => {
                page.response.next_link().map(|url| self.follow(spec, first, url)).transpose()
            }
            Paging::Page { parameter, first, pages } => {
                let number = page.number as u64;
                let total = self.total(spec, ("pages", pages.as_ref()), page, seen)?;
                // An empty list may be one empty page.
                if page.is_empty && total.is_some_and(|total| number <= total && total > 1) {
                    let total = total.unwrap_or_default();
                    let message = format!("page {number} of {total} is empty");
                    return Err(self.failure(FailureKind::Outside, spec, "/paging", message));
                }
                let is_last = page.is_empty || total.is_some_and(|total| number >= total);
                Ok((!is_last).then(|| to(parameter, &(first + number).to_string())))
            }
            Paging::Offset { parameter, total, .. } => {
                let records = seen.records as u64;
                let total = self.total(spec, ("total", total.as_ref()), page, seen)?;
                if page.is_empty && total.is_some_and(|total| records < total) {
                    let total = total.unwrap_or_default();
                    let message = format!("only {records} of {total} records came");
                    return Err(self
                        .failure(FailureKind::Outside, spec, "/paging", message)
                        .hint("`items` must not leave records out: the mapping can"));
                }
                let is_last = page.is_empty || total.is_some_and(|total| records >= total);
                Ok((!is_last).then(|| to(parameter, &records.to_string())))
            }
            Paging::Cursor { next, parameter } => {
                let Some(cursor) = self.cursor(spec, next, page)? else {
                    return Ok(None);
                };
                match parameter {
                    Some(parameter) => Ok(Some(to(parameter, &cursor))),
                    None => self.address(spec, first, page, (next, &cursor)).map(Some),
                }
            }
            Paging::Continuation { header, parameter } => {
                let token = page.response.header(header).filter(|token| !token.is_empty());
                Ok(token.map(|token| to(parameter, token)))
            }
        }
    }

    /// Makes the request for the address in the body of a page.
    fn address(
        &self,
        spec: &RequestSpec,
        first: &Request,
        page: &Page,
        (next, found): (&Code, &str),
    ) -> Result<Request, Failure> {
        if let Ok(url) = page.response.url.join(found) {
            return self.follow(spec, first, url);
        }
        let found = self.cut(Some(&page.response), found, 80);
        let message = format!("`{}` returns `{found}`, which is not an address", next.text);
        Err(self.failure(FailureKind::Outside, spec, "/paging/next", message))
    }

    /// Makes the request for an address that the API returned, if its host is allowed.
    fn follow(&self, spec: &RequestSpec, first: &Request, url: Url) -> Result<Request, Failure> {
        let shown = first.redactor.redact(&shown(&url));
        first.follow(url).map_err(|_| {
            let message = format!("the next page is on another host: `{shown}`");
            self.failure(FailureKind::Outside, spec, "/paging", message)
                .hint("list it in `hosts` if it may be asked; it never sees credentials")
        })
    }

    /// The cursor in a page; `None` on the last page.
    fn cursor(
        &self,
        spec: &RequestSpec,
        next: &Code,
        page: &Page,
    ) -> Result<Option<String>, Failure> {
        let found = self.run(spec, "/paging/next", next, &page.body, Some(&page.response))?;
        match found.as_slice() {
            [] | [Val::Null | Val::Bool(false)] => Ok(None),
            [Val::TStr(text)] if text.is_empty() => Ok(None),
            [Val::TStr(text)] => Ok(Some(String::from_utf8_lossy(text).into_owned())),
            [number @ Val::Num(_)] => Ok(Some(number.to_string())),
            found => {
                let found = self.quote(Some(&page.response), found, 80);
                let message = format!("`{}` returns `{found}` instead of one cursor", next.text);
                Err(self.failure(FailureKind::Outside, spec, "/paging/next", message))
            }
        }
    }

    /// The total of pages or records in a page.
    ///
    /// A smaller total than before is an error: a record was removed while the list was read, those
    /// after it moved forward, and one of them may be on no page that was read.
    fn total(
        &self,
        spec: &RequestSpec,
        (key, code): (&str, Option<&Code>),
        page: &Page,
        seen: &mut PageLog,
    ) -> Result<Option<u64>, Failure> {
        let Some(code) = code else {
            return Ok(None);
        };
        let what = if key == "pages" { "pages" } else { "records" };
        let key = format!("/paging/{key}");
        let failure = |message| self.failure(FailureKind::Outside, spec, &key, message);
        let found = self.run(spec, &key, code, &page.body, Some(&page.response))?;
        let number = match found.as_slice() {
            [Val::Num(number)] => number.as_isize().and_then(|n| u64::try_from(n).ok()),
            _ => None,
        };
        let Some(total) = number else {
            let found = self.quote(Some(&page.response), &found, 80);
            let message =
                format!("`{}` returns `{found}` instead of the number of {what}", code.text);
            return Err(failure(message));
        };
        if let Some(before) = seen.total.replace(total).filter(|before| total < *before) {
            let message = format!(
                "the list became shorter while it was read: {before} {what}, and on page {} only {total}",
                page.number
            );
            return Err(failure(message).hint("records may be missing: read it again"));
        }
        Ok(Some(total))
    }
}

/// Returns the address with a query parameter set.
fn with_parameter(url: &Url, key: &str, value: &str) -> Url {
    let mut made = url.clone();
    let others = url.query_pairs().filter(|(other, _)| other != key);
    let others: Vec<_> = others.map(|(k, v)| (k.into_owned(), v.into_owned())).collect();
    made.query_pairs_mut().clear().extend_pairs(others).append_pair(key, value);
    made
}
