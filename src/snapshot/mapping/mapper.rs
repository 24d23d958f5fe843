//! Maps records in the background while others are still being read.

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
        mpsc,
    },
    time::Instant,
};

use rayon::{ThreadPool, ThreadPoolBuilder};

use super::{MappedEntity, Mapping, MappingError, Record, RecordFailure, RecordId};
use crate::{
    base::diagnostics::Diagnostic,
    snapshot::{
        index::EntityIndex,
        program::BROKE_OFF,
        watchdog::{ProgramLimit, STACK, Watchdog},
    },
};

type Results = Vec<Result<Vec<MappedEntity>, MappingError>>;

/// Maps batches of records in the background, on all cores. The results are in the order of the records.
pub(in crate::snapshot) struct Mapper {
    work: Arc<Work>,
    /// Own threads, with the stack that programs need. A program that does not end blocks only these.
    pool: Option<ThreadPool>,
    batches: usize,
    sender: mpsc::Sender<(usize, Results)>,
    results: mpsc::Receiver<(usize, Results)>,
    watchdog: Watchdog,
}

/// What the threads share.
struct Work {
    mapping: Mapping,
    index: Arc<EntityIndex>,
    /// Records that are being mapped, with the time when each was started.
    running: Mutex<HashMap<RecordId, Instant>>,
    /// Set when a program exceeds a limit, because it would for other records, too.
    is_over: AtomicBool,
}

impl Work {
    fn batch(&self, batch: Vec<Record>) -> Results {
        let batch = batch.into_iter().take_while(|_| !self.is_over.load(Ordering::Relaxed));
        batch.map(|record| self.one(&record)).collect()
    }

    fn one(&self, record: &Record) -> Result<Vec<MappedEntity>, MappingError> {
        self.running().insert(record.id.clone(), Instant::now());
        let run = || self.mapping.run(record, &self.index);
        let made = catch_unwind(AssertUnwindSafe(run));
        self.running().remove(&record.id);
        let broke_off = || {
            let problem = self.mapping.failed(&record.id, BROKE_OFF);
            Err(MappingError::Problem(RecordFailure::new(record, problem).into()))
        };
        let made = made.unwrap_or_else(|_| broke_off());
        if matches!(made, Err(MappingError::Limit(_))) {
            self.is_over.store(true, Ordering::Relaxed);
        }
        made
    }

    fn running(&self) -> MutexGuard<'_, HashMap<RecordId, Instant>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn oldest(&self) -> Option<(RecordId, Instant)> {
        let running = self.running();
        running.iter().min_by_key(|(_, since)| **since).map(|(o, since)| (o.clone(), *since))
    }

    fn left_behind(&self, limit: ProgramLimit) -> Diagnostic {
        let unknown = || RecordId { request: super::UNNAMED.into(), number: 0 };
        let record = self.oldest().map_or_else(unknown, |(record, _)| record);
        self.mapping.over_limit(&record, limit)
    }
}

/// The result of mapping all records.
pub(in crate::snapshot) struct MappingOutput {
    /// The entities, not yet checked, in the order of their records.
    pub(in crate::snapshot) made: Vec<MappedEntity>,
    /// Records whose mapping failed.
    pub(in crate::snapshot) failed: Vec<RecordFailure>,
}

/// Why the mapping of a source failed as a whole.
pub(in crate::snapshot) enum MapperError {
    /// The mapping of a record exceeded a limit and was stopped.
    Limit(Diagnostic),
    /// The mapping of a record exceeded a limit and is still running.
    LeftBehind(Diagnostic),
}

/// Records of a batch.
const BATCH: usize = 64;

impl Mapper {
    pub(in crate::snapshot) fn new(mapping: &Mapping, index: &Arc<EntityIndex>) -> Self {
        let (sender, results) = mpsc::channel();
        let work = Work {
            mapping: mapping.clone(),
            index: Arc::clone(index),
            running: Mutex::default(),
            is_over: AtomicBool::new(false),
        };
        Self {
            work: Arc::new(work),
            pool: ThreadPoolBuilder::new().stack_size(STACK).build().ok(),
            batches: 0,
            sender,
            results,
            watchdog: Watchdog::start(mapping.budget()),
        }
    }

    /// Queues records for mapping, and returns at once.
    pub(in crate::snapshot) fn push(&mut self, records: Vec<Record>) {
        let mut records = records.into_iter().peekable();
        while records.peek().is_some() {
            let batch: Vec<_> = records.by_ref().take(BATCH).collect();
            let (work, sender) = (Arc::clone(&self.work), self.sender.clone());
            let number = self.batches;
            self.batches += 1;
            // Sending fails when the receiver was dropped after another failure.
            let map = move || drop(sender.send((number, work.batch(batch))));
            match &self.pool {
                Some(pool) => pool.spawn(map),
                None => rayon::spawn(map),
            }
        }
    }

    /// Waits until all records are mapped, and returns the results.
    pub(in crate::snapshot) fn finish(mut self) -> Result<MappingOutput, MapperError> {
        drop(self.sender);
        let mut batches = Vec::with_capacity(self.batches);
        let oldest = || self.work.oldest().map(|(_, since)| since);
        loop {
            match self.watchdog.wait(&self.results, oldest) {
                Ok(Some(batch)) => batches.push(batch),
                Ok(None) => break,
                Err(limit) => return Err(MapperError::LeftBehind(self.work.left_behind(limit))),
            }
        }
        batches.sort_by_key(|(number, _)| *number);
        let mut mapped = MappingOutput { made: Vec::new(), failed: Vec::new() };
        for result in batches.into_iter().flat_map(|(_, results)| results) {
            match result {
                Ok(entities) => mapped.made.extend(entities),
                Err(MappingError::Problem(failed)) => mapped.failed.push(*failed),
                // The records after this one were not mapped.
                Err(MappingError::Limit(problem)) => return Err(MapperError::Limit(problem)),
            }
        }
        Ok(mapped)
    }
}
