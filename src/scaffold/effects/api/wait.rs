//! Waits for what goes on at a server, and keeps the lease of the run meanwhile.

use std::time::Duration;

use callboard_planner::effect::{Wait, contains};
use serde_json::Value;

use super::{fault, plain};
use crate::{
    base::http::Method,
    forge::Client,
    scaffold::effects::{Fault, Output, Watch, World},
};

/// Longest pause without a word to the runner, who renews the lease.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Requests without an answer, one after the other, after which nothing is waited for any more.
const MOST_FAILURES: u32 = 5;

/// Reads it until it has ended, or went on for too long; returns its outputs.
///
/// # Errors
/// The runner stops, it cannot be read, or it has not ended as it must.
pub(super) fn until_ended(
    client: &Client<'_>,
    wait: &Wait,
    world: &World<'_>,
    watch: &mut dyn Watch,
) -> Result<Output, Fault> {
    let path = wait.path.as_str().unwrap_or_default();
    let mut failures = 0;
    let mut waited = 0;
    tell(watch, &[format!("waits until {} has ended", wait.name)])?;
    loop {
        let value = match client.send(Method::Get, path, &Value::Null) {
            Ok(answer) => answer.body,
            Err(error) => match fault(&error, None) {
                Fault::Transient { .. } if failures < MOST_FAILURES => {
                    failures += 1;
                    waited += pause(wait, world, watch)?;
                    continue;
                }
                fault => return Err(fault),
            },
        };
        failures = 0;
        let is_going = wait.going.iter().any(|values| contains(&value, values));
        let is_exceeded = is_going && waited >= wait.longest;
        if is_going && !is_exceeded {
            waited += pause(wait, world, watch)?;
            continue;
        }
        let shown = outputs(wait, &value, is_exceeded);
        return match contains(&value, &wait.required) {
            true => Ok(shown),
            false => Err(Fault::Rejected { message: failure(wait, &value, is_exceeded) }),
        };
    }
}

/// Waits for one interval, in seconds.
fn pause(wait: &Wait, world: &World<'_>, watch: &mut dyn Watch) -> Result<u64, Fault> {
    let interval = wait.interval.max(1);
    let mut left = Duration::from_secs(interval);
    while !left.is_zero() {
        let part = left.min(LONGEST_PAUSE);
        (world.pause)(part);
        tell(watch, &[])?;
        left -= part;
    }
    Ok(interval)
}

/// Shows the runner that the wait goes on. It knows itself why it stops.
fn tell(watch: &mut dyn Watch, lines: &[String]) -> Result<(), Fault> {
    let stopped = |_| Fault::Transient { message: "the runner stops".to_owned(), after: None };
    watch.tell(lines).map_err(stopped)
}

fn outputs(wait: &Wait, value: &Value, is_exceeded: bool) -> Output {
    let mut output = wait.otherwise.clone();
    let found = wait.output.iter().filter_map(|(name, pointer)| {
        let value = value.pointer(pointer).and_then(plain).filter(|value| !value.is_null())?;
        Some((name.clone(), value))
    });
    output.extend(found);
    output.insert(wait.exceeded.clone(), is_exceeded.into());
    output
}

/// Why the step fails.
fn failure(wait: &Wait, value: &Value, is_exceeded: bool) -> String {
    let name = &wait.name;
    if is_exceeded {
        return format!("{name} has not ended after {} seconds", wait.longest);
    }
    let shown = outputs(wait, value, false);
    let shown: Vec<_> = shown.values().filter_map(Value::as_str).collect();
    format!("{name} has not ended as it must: {}", shown.join(", "))
}
