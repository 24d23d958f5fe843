//! Records of the last snapshot that are no longer in the list: each is requested by its own address
//! before its entities are removed.
//!
//! A list that changes while its pages are read may omit records that still exist: those after a
//! removed record move forward, to a page that was read already.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use jaq_json::Val;
use rayon::prelude::*;

use super::Reader;
use crate::{
    base::{
        diagnostics::{Diagnostic, Place},
        fs,
        yaml::parse_documents,
    },
    catalog::load::ENTITIES,
    snapshot::{
        commit_snapshot::share,
        mapping::from_json,
        report::{Failure, FailureKind, cut},
        source::{Code, RecordLookupSpec, RequestSpec},
        write::fragments_in,
    },
};

/// Most records that a warning names.
const NAMED: usize = 10;

/// The keys that identify records, by their text in lower case.
pub(super) type Keys = BTreeMap<String, Val>;

impl Reader<'_> {
    /// The keys of records.
    pub(super) fn keys(
        &self,
        spec: &RequestSpec,
        vanished: &RecordLookupSpec,
        records: &[Val],
    ) -> Result<Keys, Failure> {
        let mut keys = Keys::new();
        for record in records {
            let found = self.run(spec, "/vanished/record", &vanished.record, record, None)?;
            keys.extend(found.into_iter().map(|key| (key.to_string().to_lowercase(), key)));
        }
        Ok(keys)
    }

    /// Requests the records of the last snapshot that are not in the list, and returns those that still
    /// exist.
    pub(super) async fn missing(
        &self,
        spec: &RequestSpec,
        at: usize,
        listed: &Keys,
    ) -> Result<Vec<Val>, Failure> {
        let (Some(vanished), Some(template)) = (&spec.vanished, &self.access.vanished[at]) else {
            return Ok(Vec::new());
        };
        let mut known = self.known(spec, &vanished.entity)?;
        known.retain(|key, _| !listed.contains_key(key));
        let ask = |key: Val| async move {
            let request = self.request_about(template, Some(&key), &format!("`{key}`: "))?;
            let answer = self.access.client.get_optional(&request).await;
            let Some(response) = answer.map_err(|e| self.http_failure(&vanished.request, e))?
            else {
                return Ok(Vec::new());
            };
            let body = self.body(&vanished.request, &response)?;
            let pages =
                self.run(spec, "/vanished/answer", &vanished.answer, &body, Some(&response))?;
            let mut records = Vec::new();
            for page in pages {
                records.extend(self.items(spec, &page, &response)?);
            }
            Ok(records)
        };
        let asked = stream::iter(known.into_values()).map(ask).buffered(self.http.concurrency);
        let found: Vec<Vec<Val>> = asked.try_collect().await?;
        let mut keys: BTreeSet<String> = listed.keys().cloned().collect();
        let (mut missing, mut names) = (Vec::new(), Vec::new());
        for record in found.into_iter().flatten() {
            // A renamed record is in the list under its new key.
            let own = self.keys(spec, vanished, std::slice::from_ref(&record))?;
            if own.keys().any(|key| keys.insert(key.clone())) {
                names.extend(own.into_values().map(|key| key.to_string()));
                missing.push(record);
            }
        }
        if !names.is_empty() {
            self.warn(self.not_listed(spec, names));
        }
        Ok(missing)
    }

    fn not_listed(&self, spec: &RequestSpec, names: Vec<String>) -> Diagnostic {
        let names = cut(names, NAMED).join(", ");
        let message =
            format!("the list of `{}` omits records that still exist: {names}", spec.name);
        let problem = self.problem(&format!("{}/url", spec.pointer), message);
        Diagnostic::warning("incomplete-list", problem.place, problem.message)
            .hint("the list changed while it was read, or the token sees less of it than before")
    }

    /// The keys of the records that the entities of the last snapshot were mapped from.
    fn known(&self, spec: &RequestSpec, entity: &Code) -> Result<Keys, Failure> {
        let name = &self.source.name;
        let folder = self.context.root.join(ENTITIES).join(name);
        let documents = || -> Result<Vec<String>, fs::FileError> {
            let _lock = share(self.context.root, self.context.progress)?;
            let files: Vec<_> = fragments_in(&folder)?.into_keys().collect();
            let texts = files.par_iter().map(|file| fs::read_text(&file.below(&folder)));
            texts.collect()
        };
        let texts = documents().map_err(|error| {
            let place = Place::file(format!("{ENTITIES}/{name}"));
            let problem = Diagnostic::error("source-failed", place, error.explained());
            Failure::new(FailureKind::Outside, vec![problem])
        })?;
        let documents =
            texts.par_iter().flat_map_iter(|text| parse_documents(text)).filter_map(Result::ok);
        let documents: Vec<Val> = documents.map(|document| from_json(&document)).collect();
        let mut keys = Keys::new();
        for document in &documents {
            let found = self.run(spec, "/vanished/entity", entity, document, None)?;
            let found = found.into_iter().filter(|key| !matches!(key, Val::Null));
            keys.extend(found.map(|key| (key.to_string().to_lowercase(), key)));
        }
        Ok(keys)
    }
}
