//! Reads the records of an API: request after request, page by page.
//!
//! A list is complete or the source fails: an error on any page never leads to a shorter list.

mod each;
mod identity;
mod page;
mod paging;
mod vanished;

use std::{
    collections::{HashMap, HashSet},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
};

use each::faults_of;
pub(super) use identity::Identity;
use jaq_json::Val;
use vanished::Keys;

use super::{
    Progress,
    faults::Fault,
    mapping::{Record, RecordId},
    prepare::{ApiAccess, RequestTemplate, prepare},
    program::{LONGEST_MESSAGE, ProgramError, shorten},
    report::{Failure, FailureKind, Volume},
    secrets::Secrets,
    source::{Code, HttpSource, RequestSpec, Source},
    watchdog::ProgramBudget,
};
use crate::base::{
    diagnostics::Diagnostic,
    environment::Environment,
    http::{Client, HttpError, Reason, Response},
    yaml::EntryPart,
};

/// Receives records while they are read.
pub(super) type RecordSink<'t> = &'t mut (dyn FnMut(Vec<Record>) + Send);

/// What reading a source needs beside the source.
pub(super) struct FetchContext<'a> {
    /// The portal's folder.
    pub(super) root: &'a Path,
    pub(super) environment: &'a Environment,
    pub(super) secrets: &'a Secrets,
    pub(super) client: &'a Client,
    pub(super) progress: &'a dyn Progress,
    /// Most records that are read of each request, to try a source out.
    pub(super) limit: Option<usize>,
    /// What each program of the source may take for one answer.
    pub(super) program_budget: ProgramBudget,
}

/// The result of reading an API, beside its records.
pub(super) struct Summary {
    /// How much was read.
    pub(super) volume: Volume,
    /// Warnings.
    pub(super) warnings: Vec<Diagnostic>,
    /// The account, when the source has `identity`.
    pub(super) identity: Option<Identity>,
    /// Records that failed.
    pub(super) faults: Vec<Fault>,
}

/// Reads an API, and passes its records to `take` page by page. Records that a later request adds data
/// to (`into`) are passed when they are complete. A record for which a request fails is a fault, and is
/// not passed.
pub(super) async fn fetch(
    source: &Source,
    http: &HttpSource,
    context: &FetchContext<'_>,
    take: RecordSink<'_>,
) -> Result<Summary, Failure> {
    let access = prepare(source, http, (context.environment, context.secrets), context.client)?;
    let reader = Reader {
        source,
        http,
        access: &access,
        context,
        volume: Mutex::default(),
        warnings: Mutex::default(),
    };
    let identity = reader.identify().await?;
    let mut kept: HashMap<usize, Vec<Record>> = HashMap::new();
    let mut faults = Vec::new();
    for at in 0..http.requests.len() {
        reader.read(at, &mut kept, &mut faults, take).await?;
        for done in 0..at {
            let is_last = http.requests.iter().rposition(|spec| adds_to(spec, done)) == Some(at);
            if is_last && let Some(records) = kept.get(&done) {
                take(records.clone());
            }
        }
        // Records that no later request needs are dropped.
        let is_needed = |done: usize| {
            http.requests[at + 1..]
                .iter()
                .any(|s| s.each.as_ref().is_some_and(|e| e.request == done))
        };
        kept.retain(|done, _| is_needed(*done));
    }
    let warnings = reader.warnings.into_inner().unwrap_or_else(PoisonError::into_inner);
    let volume = reader.volume.into_inner().unwrap_or_else(PoisonError::into_inner);
    Ok(Summary { volume, warnings, identity, faults })
}

/// True when the responses to a request are put into the records of another request.
fn adds_to(spec: &RequestSpec, other: usize) -> bool {
    spec.each.as_ref().is_some_and(|each| each.request == other && each.into.is_some())
}

struct Reader<'a> {
    source: &'a Source,
    http: &'a HttpSource,
    access: &'a ApiAccess<'a>,
    context: &'a FetchContext<'a>,
    volume: Mutex<Volume>,
    warnings: Mutex<Vec<Diagnostic>>,
}

impl Reader<'_> {
    /// Reads one request: once, or once for every record of an earlier request.
    async fn read(
        &self,
        at: usize,
        kept: &mut HashMap<usize, Vec<Record>>,
        faults: &mut Vec<Fault>,
        take: RecordSink<'_>,
    ) -> Result<(), Failure> {
        let spec = &self.http.requests[at];
        let later = &self.http.requests[at + 1..];
        let is_asked = later.iter().any(|s| s.each.as_ref().is_some_and(|each| each.request == at));
        let is_complete = !later.iter().any(|spec| adds_to(spec, at));
        let mut own = Vec::new();
        let mut counter = RecordCounter { request: &spec.name, number: 0 };
        let mut give = |items: Vec<Val>, parent: Option<&Val>| {
            let records = counter.records(items, parent);
            if is_asked {
                own.extend(records.iter().cloned());
            }
            if is_complete {
                take(records);
            }
        };
        match &spec.each {
            None => {
                let (mut listed, mut broken) = (Keys::new(), None);
                let mut see = |items: Vec<Val>| {
                    if let Some(vanished) = &spec.vanished {
                        match self.keys(spec, vanished, &items) {
                            Ok(keys) => listed.extend(keys),
                            Err(failure) => broken = Some(failure),
                        }
                    }
                    give(items, None);
                };
                self.pages(spec, &self.access.requests[at], None, &mut see).await?;
                if let Some(failure) = broken {
                    return Err(failure);
                }
                // With a limit the list is not complete.
                if self.context.limit.is_none() {
                    give(self.missing(spec, at, &listed).await?, None);
                }
            }
            Some(each) => {
                let parents = kept.entry(each.request).or_default();
                let answers = self.answers(at, each, parents).await?;
                let mut failed = HashSet::new();
                for (parent, items) in answers {
                    let put = items.and_then(|items| {
                        match &each.into {
                            None => give(items, Some(&parents[parent].value)),
                            Some(key) => self.put(spec, &mut parents[parent], key, items)?,
                        }
                        Ok(())
                    });
                    if let Err(failure) = put {
                        faults.extend(faults_of(failure, &parents[parent]));
                        failed.insert(parent);
                    }
                }
                if each.into.is_some() {
                    let mut number = 0..;
                    parents.retain(|_| number.next().is_none_or(|at| !failed.contains(&at)));
                }
            }
        }
        kept.insert(at, own);
        Ok(())
    }

    fn warn(&self, warning: Diagnostic) {
        self.warnings.lock().unwrap_or_else(PoisonError::into_inner).push(warning);
    }

    /// Changes the counts, and returns them.
    fn count(&self, change: impl FnOnce(&mut Volume)) -> Volume {
        let mut volume = self.volume.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut volume);
        *volume
    }

    /// Counts the records of a page, and reports the progress. Responses that are put into other
    /// records are not counted.
    fn progress(&self, spec: &RequestSpec, items: usize) {
        let is_part = spec.each.as_ref().is_some_and(|each| each.into.is_some());
        let records = if is_part { 0 } else { items };
        let volume = self.count(|volume| volume.records += records);
        self.context.progress.page(&self.source.name, volume);
    }

    /// Subtracts the records of a list that is read again.
    fn forget(&self, spec: &RequestSpec, items: usize) {
        let is_part = spec.each.as_ref().is_some_and(|each| each.into.is_some());
        if !is_part {
            self.count(|volume| volume.records = volume.records.saturating_sub(items));
        }
    }

    /// Runs a program of the source over a response or a record.
    fn run(
        &self,
        spec: &RequestSpec,
        key: &str,
        code: &Code,
        input: &Val,
        answer: Option<&Response>,
    ) -> Result<Vec<Val>, Failure> {
        let program = code.program.clone().with_budget(self.context.program_budget);
        program.run_watched(input).map_err(|ProgramError { message, limit }| {
            let found = self.quote(answer, std::slice::from_ref(input), 120);
            let message = self.cut(answer, &message, LONGEST_MESSAGE);
            let kind = if limit.is_some() { FailureKind::Data } else { FailureKind::Outside };
            let failure = self.failure(kind, spec, key, format!("`{}`: {message}", code.text));
            let failure = failure.hint(format!("the answer is `{found}`"));
            match limit {
                Some(limit) if limit.is_left_behind() => failure.fatal(),
                Some(_) => failure,
                None => failure.of_record(),
            }
        })
    }

    /// Quotes values, redacted and cut to `most` characters.
    fn quote(&self, answer: Option<&Response>, values: &[Val], most: usize) -> String {
        let values: Vec<_> = values.iter().map(ToString::to_string).collect();
        self.cut(answer, &values.join(", "), most)
    }

    /// Redacts a text, and then cuts it, because a part of a secret would not be found.
    fn cut(&self, answer: Option<&Response>, text: &str, most: usize) -> String {
        let text = answer.map_or_else(|| text.to_owned(), |answer| answer.redact(text));
        shorten(&self.access.redactor.redact(&text), most)
    }

    /// Makes a request, for a record when there is one. Its errors concern only that record.
    fn request(
        &self,
        template: &RequestTemplate<'_>,
        parent: Option<&Record>,
    ) -> Result<crate::base::http::Request, Failure> {
        let of = parent.map_or_else(String::new, |parent| format!("{}: ", parent.id));
        self.request_about(template, parent.map(|record| &record.value), &of)
    }

    /// Makes a request for a value; messages begin with `of`.
    fn request_about(
        &self,
        template: &RequestTemplate<'_>,
        value: Option<&Val>,
        of: &str,
    ) -> Result<crate::base::http::Request, Failure> {
        let (url, headers) = template.request(value).map_err(|wrong| {
            let problems = wrong
                .into_iter()
                .map(|problem| self.problem(&problem.pointer, format!("{of}{}", problem.error)));
            Failure::new(FailureKind::Data, problems.collect()).of_record()
        })?;
        let limits = self.http.limits;
        Ok(crate::base::http::Request {
            headers,
            authorization: self.access.authorization.clone(),
            hosts: self.http.hosts.clone(),
            timeout: limits.timeout,
            retries: limits.retries,
            max_values: limits.max_values,
            redactor: template.redactor.clone(),
            ..crate::base::http::Request::new(url)
        })
    }

    fn http_failure(&self, spec: &RequestSpec, error: HttpError) -> Failure {
        let kind = FailureKind::Outside;
        if matches!(error.reason, Reason::TooLarge(_)) {
            let most = self.http.limits.max_bytes;
            return self
                .failure(kind, spec, "/url", format!("there are more than {most} bytes"))
                .hint("raise `max_bytes`, or ask for less");
        }
        let failure = self.failure(kind, spec, "/url", error.to_string());
        let failure = if is_of_record(&error.reason) { failure.of_record() } else { failure };
        match error.hint() {
            Some(hint) => failure.hint(hint),
            None => failure,
        }
    }

    /// Makes a failure at a key of a request in the source's file.
    fn failure(
        &self,
        kind: FailureKind,
        spec: &RequestSpec,
        key: &str,
        message: String,
    ) -> Failure {
        Failure::new(kind, vec![self.problem(&format!("{}{key}", spec.pointer), message)])
    }

    fn problem(&self, pointer: &str, message: String) -> Diagnostic {
        Diagnostic::error(
            "source-failed",
            self.source.file.place(pointer, EntryPart::Value),
            message,
        )
    }
}

/// True when an error concerns only the requested record, not the credential or the server.
fn is_of_record(reason: &Reason) -> bool {
    match reason {
        Reason::Status { status, .. } => {
            status.is_client_error() && !matches!(status.as_u16(), 401 | 408 | 429)
        }
        Reason::InvalidJson { .. } | Reason::Truncated(_) => true,
        _ => false,
    }
}

/// Numbers the records of one request, from 1.
struct RecordCounter<'s> {
    request: &'s Arc<str>,
    number: usize,
}

impl RecordCounter<'_> {
    fn records(&mut self, items: Vec<Val>, parent: Option<&Val>) -> Vec<Record> {
        let records = items.into_iter().map(|value| {
            self.number += 1;
            let id = RecordId { request: Arc::clone(self.request), number: self.number };
            Record { id, value, parent: parent.cloned() }
        });
        records.collect()
    }
}
