//! Maps records while others are still being read.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    time::Instant,
};

use super::{Made, Mapping, Origin, Record};
use crate::{
    base::diagnostics::Diagnostic,
    snapshot::{
        index::EntityIndex,
        watch::{Endless, Watch},
    },
};

type Results = Vec<Result<Vec<Made>, Diagnostic>>;

/// Maps batches of records in the background, on all cores. The order of what comes out is the order in
/// which records went in.
pub(in crate::snapshot) struct Mapper {
    mapping: Mapping,
    index: Arc<EntityIndex>,
    batches: usize,
    sender: mpsc::Sender<(usize, Results)>,
    results: mpsc::Receiver<(usize, Results)>,
    running: Arc<Running>,
    watch: Watch,
}

/// Records that are being mapped, and since when.
#[derive(Default)]
struct Running(Mutex<HashMap<Origin, Instant>>);

impl Running {
    fn lock(&self) -> MutexGuard<'_, HashMap<Origin, Instant>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn oldest(&self) -> Option<(Origin, Instant)> {
        let running = self.lock();
        running.iter().min_by_key(|(_, since)| **since).map(|(o, since)| (o.clone(), *since))
    }
}

/// Why nothing came of a mapping.
pub(in crate::snapshot) enum Unmapped {
    /// Records with which something is wrong.
    Problems(Vec<Diagnostic>),
    /// A record whose mapping does not end.
    Endless(Diagnostic),
}

/// So many records are mapped as one piece of work.
const BATCH: usize = 64;

impl Mapper {
    pub(in crate::snapshot) fn new(mapping: &Mapping, index: &Arc<EntityIndex>) -> Self {
        let (sender, results) = mpsc::channel();
        Self {
            mapping: mapping.clone(),
            index: Arc::clone(index),
            batches: 0,
            sender,
            results,
            running: Arc::default(),
            watch: Watch::start(),
        }
    }

    /// Takes records; returns at once.
    pub(in crate::snapshot) fn push(&mut self, records: Vec<Record>) {
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            let batch: Vec<_> = records.by_ref().take(BATCH).collect();
            let (mapping, index) = (self.mapping.clone(), Arc::clone(&self.index));
            let (running, sender) = (Arc::clone(&self.running), self.sender.clone());
            let number = self.batches;
            self.batches += 1;
            rayon::spawn(move || {
                let map = |record: Record| {
                    running.lock().insert(record.origin.clone(), Instant::now());
                    let made = mapping.run(&record, &index);
                    running.lock().remove(&record.origin);
                    made
                };
                let results = batch.into_iter().map(map).collect();
                // Nobody listens any more when something else went wrong.
                drop(sender.send((number, results)));
            });
        }
    }

    /// Waits for what is not mapped yet, and returns all that was made.
    pub(in crate::snapshot) fn finish(self) -> Result<Vec<Made>, Unmapped> {
        drop(self.sender);
        let mut batches = Vec::with_capacity(self.batches);
        let oldest = || self.running.oldest().map(|(_, since)| since);
        loop {
            match self.watch.wait(&self.results, oldest) {
                Ok(Some(batch)) => batches.push(batch),
                Ok(None) => break,
                Err(endless) => {
                    let running = self.running.oldest().map(|(origin, _)| origin);
                    return Err(Unmapped::Endless(left_behind(&self.mapping, running, endless)));
                }
            }
        }
        batches.sort_by_key(|(number, _)| *number);
        let (mut made, mut problems) = (Vec::new(), Vec::new());
        for result in batches.into_iter().flat_map(|(_, results)| results) {
            match result {
                Ok(entities) => made.extend(entities),
                Err(problem) => problems.push(problem),
            }
        }
        if problems.is_empty() { Ok(made) } else { Err(Unmapped::Problems(problems)) }
    }
}

fn left_behind(mapping: &Mapping, running: Option<Origin>, endless: Endless) -> Diagnostic {
    let unknown = || Origin { request: super::UNNAMED.into(), number: 0 };
    mapping
        .problem("mapping-failed", &running.unwrap_or_else(unknown), endless)
        .hint("look for a `def` that calls itself, `repeat`, `recurse` and large ranges")
}
