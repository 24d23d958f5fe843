//! When a request is sent: the rate limit of a source, the pauses before retries, and `Retry-After`.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reqwest::header::{HeaderMap, RETRY_AFTER};

use super::Reason;
use crate::base::clock;

/// Pause before the second attempt; each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(500);
/// Longest pause that doubling leads to.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// Longest pause that a server may ask for. After a longer one the request fails, so that a build does
/// not hang.
const LONGEST_RETRY_AFTER: Duration = Duration::from_mins(5);

/// A rate limit: requests at even intervals. Clones share it, so that parallel requests keep it together.
#[derive(Debug, Clone)]
pub struct Pace {
    interval: Duration,
    /// The earliest time of the next request, on the client's clock.
    next: Arc<Mutex<Duration>>,
}

impl Pace {
    /// At most `count` requests in every `per`; a count of 0 counts as 1.
    pub fn new(count: u32, per: Duration) -> Self {
        Self { interval: per / count.max(1), next: Arc::default() }
    }

    /// Reserves the time of the next request, and returns how long to wait until then.
    pub(super) fn take(&self, now: Duration) -> Duration {
        let mut next = self.next.lock().unwrap_or_else(PoisonError::into_inner);
        let moment = now.max(*next);
        *next = moment + self.interval;
        moment.saturating_sub(now)
    }
}

/// Reads how long a response asks the client to wait.
pub(super) fn requested_pause(headers: &HeaderMap) -> Option<Duration> {
    let text = |name: &str| headers.get(name)?.to_str().ok().map(str::trim);
    text(RETRY_AFTER.as_str()).and_then(retry_after).or_else(|| {
        // GitHub and others send when the next requests are allowed, in seconds since 1970.
        let reset: i64 = text("x-ratelimit-reset")?.parse().ok()?;
        (text("x-ratelimit-remaining")? == "0").then(|| until(reset))
    })
}

/// Reads `Retry-After`: seconds, or an HTTP date (RFC 9110, 10.2.3).
fn retry_after(text: &str) -> Option<Duration> {
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    Some(until(jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second()))
}

/// The time until a moment in seconds since 1970; zero when it is over.
fn until(second: i64) -> Duration {
    let left = second.saturating_sub(clock::now(None).as_second());
    Duration::from_secs(left.max(0).unsigned_abs())
}

impl Reason {
    /// Returns how long to wait before attempt number `next` (from 2); `None` when the request is not
    /// to be repeated.
    pub(super) fn pause(&self, next: u32) -> Option<Duration> {
        let backoff = FIRST_PAUSE.saturating_mul(1 << (next - 2).min(10)).min(LONGEST_PAUSE);
        match self {
            Self::Connection(_) | Self::TimedOut(_) | Self::Interrupted(_) => Some(backoff),
            Self::Status { status, retry_after, .. } => {
                let again = match status.as_u16() {
                    403 => retry_after.is_some(),
                    other => matches!(other, 408 | 429 | 500 | 502 | 503 | 504),
                };
                let pause = retry_after.unwrap_or(backoff);
                (again && pause <= LONGEST_RETRY_AFTER).then_some(pause)
            }
            _ => None,
        }
    }
}

/// The end of a message about a pause that is longer than [`LONGEST_RETRY_AFTER`].
pub(super) fn too_long(retry_after: Option<Duration>) -> String {
    match retry_after.filter(|pause| *pause > LONGEST_RETRY_AFTER) {
        Some(pause) => format!(
            "; it asks to wait {}, and the longest wait is {}",
            spoken(pause),
            spoken(LONGEST_RETRY_AFTER)
        ),
        None => String::new(),
    }
}

fn spoken(pause: Duration) -> String {
    match pause.as_secs() {
        seconds @ 0..120 => format!("{seconds} seconds"),
        seconds @ 120..7200 => format!("{} minutes", seconds.div_ceil(60)),
        seconds => format!("{} hours", seconds.div_ceil(3600)),
    }
}

#[cfg(test)]
mod tests {
    use reqwest::StatusCode;

    use super::*;

    #[test]
    fn requests_go_at_an_even_distance_without_saving_up() {
        let pace = Pace::new(10, Duration::from_secs(1));
        let take = |at| pace.clone().take(Duration::from_millis(at)).as_millis();
        assert_eq!([take(0), take(0), take(0)], [0, 100, 200]);
        assert_eq!([take(5000), take(5000), take(5050)], [0, 100, 150]);
    }

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_as_a_date() {
        assert_eq!(retry_after("7"), Some(Duration::from_secs(7)));
        assert_eq!(retry_after("99999999999999999999"), Some(Duration::from_secs(u64::MAX)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), Some(Duration::ZERO));
        assert_eq!(retry_after("soon"), None);
        assert_eq!(retry_after(""), None);
    }

    #[test]
    fn pauses_grow_and_the_server_may_set_them() {
        let broken = Reason::Connection(String::new());
        assert_eq!(broken.pause(2), Some(Duration::from_millis(500)));
        assert_eq!(broken.pause(4), Some(Duration::from_secs(2)));
        assert_eq!(broken.pause(99), Some(LONGEST_PAUSE));
        let asked = |seconds| Reason::Status {
            status: StatusCode::TOO_MANY_REQUESTS,
            retry_after: Some(Duration::from_secs(seconds)),
            excerpt: String::new(),
        };
        assert_eq!(asked(7).pause(2), Some(Duration::from_secs(7)));
        assert_eq!(asked(3600).pause(2), None);
    }
}
