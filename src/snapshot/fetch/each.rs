//! Requests that are sent once for each record of an earlier request (`each`).

use std::sync::Arc;

use futures_util::{StreamExt, stream};
use jaq_json::Val;

use super::Reader;
use crate::snapshot::{
    faults::{Fault, OnError, Subject, texts_of},
    mapping::{Record, to_json},
    report::{Failure, FailureKind},
    source::{Each, RequestSpec},
};

/// The index of a record, and the items of the response to its request.
pub(super) type Answer = (usize, Result<Vec<Val>, Failure>);

impl Reader<'_> {
    /// Sends the request for each record, several at a time. The answers are in the order of the
    /// records. A failure that concerns more than its record is returned at once.
    pub(super) async fn answers(
        &self,
        at: usize,
        each: &Each,
        parents: &[Record],
    ) -> Result<Vec<Answer>, Failure> {
        let spec = &self.http.requests[at];
        let (mut chosen, mut unwanted) = (Vec::new(), Vec::new());
        for (number, parent) in parents.iter().enumerate() {
            match self.is_wanted(spec, each, parent) {
                Ok(true) => chosen.push(number),
                Ok(false) => {}
                Err(failure) if failure.is_of_record => unwanted.push((number, Err(failure))),
                Err(failure) => return Err(failure),
            }
        }
        let read = |number: usize| async move {
            let mut all = Vec::new();
            let mut give = |items: Vec<Val>| all.extend(items);
            let (template, parent) = (&self.access.requests[at], &parents[number]);
            match self.pages(spec, template, Some(parent), &mut give).await {
                Ok(()) => Ok((number, Ok(all))),
                Err(failure) if failure.is_of_record => Ok((number, Err(failure))),
                Err(failure) => Err(failure),
            }
        };
        let mut reads = stream::iter(chosen).map(read).buffer_unordered(self.http.concurrency);
        let (mut answers, mut failed) = (unwanted, 0);
        while let Some(answer) = reads.next().await {
            let answer = answer?;
            failed += usize::from(answer.1.is_err());
            // With this many failures the source fails, so that the other requests are not sent.
            let are_too_many = self.source.on_error == OnError::Fail
                || self.source.max_failures.are_exceeded(failed, parents.len());
            match answer {
                (_, Err(failure)) if are_too_many => return Err(failure),
                answer => answers.push(answer),
            }
        }
        answers.sort_unstable_by_key(|(number, _)| *number);
        Ok(answers)
    }

    fn is_wanted(&self, spec: &RequestSpec, each: &Each, parent: &Record) -> Result<bool, Failure> {
        let Some(code) = &each.condition else {
            return Ok(true);
        };
        match self.run(spec, "/where", code, &parent.value, None)?.as_slice() {
            [Val::Bool(wanted)] => Ok(*wanted),
            [Val::Null] | [] => Ok(false),
            other => {
                let found = self.quote(None, other, 80);
                let message = format!(
                    "`{}` returns `{found}` for {} instead of true or false",
                    code.text, parent.id
                );
                Err(self.failure(FailureKind::Data, spec, "/where", message).of_record())
            }
        }
    }

    /// Puts the items of a response into a record.
    pub(super) fn put(
        &self,
        spec: &RequestSpec,
        record: &mut Record,
        key: &str,
        items: Vec<Val>,
    ) -> Result<(), Failure> {
        let Val::Obj(map) = &mut record.value else {
            let message = format!("{} is not an object, so nothing can be put into it", record.id);
            return Err(self.failure(FailureKind::Data, spec, "/into", message).of_record());
        };
        Arc::make_mut(map).insert(Val::from(key.to_owned()), items.into_iter().collect());
        Ok(())
    }
}

/// Makes the faults of a record whose request failed. Only the first is counted.
pub(super) fn faults_of(failure: Failure, record: &Record) -> impl Iterator<Item = Fault> {
    let kind = failure.kind;
    let texts = texts_of(&to_json(&record.value).unwrap_or_default());
    failure.problems.into_iter().enumerate().map(move |(at, problem)| {
        let fault = Fault { kind, ..Fault::new(problem, Subject::Record(texts.clone())) };
        if at == 0 { fault } else { fault.uncounted() }
    })
}
