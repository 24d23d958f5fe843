//! The time by the clocks of git servers: all runners that use a server share it, whatever their own clocks say.

use std::{
    sync::{Mutex, PoisonError},
    time::Instant,
};

use jiff::{Timestamp, fmt::rfc2822};
use reqwest::header::{DATE, HeaderMap};

use crate::base::http::Url;

/// What each server said last, and when that was.
static SAID: Mutex<Vec<(url::Origin, Timestamp, Instant)>> = Mutex::new(Vec::new());

/// Notes the time that a response says.
pub(super) fn note(url: &Url, headers: &HeaderMap) {
    let said = headers.get(DATE).and_then(|date| date.to_str().ok());
    let Some(Ok(said)) = said.map(|date| rfc2822::DateTimeParser::new().parse_timestamp(date))
    else {
        return;
    };
    let mut all = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    all.retain(|(origin, _, _)| *origin != url.origin());
    all.push((url.origin(), said, Instant::now()));
}

/// The time by the clock of the server of an address; `None` when it has not said one, or is no server.
pub(super) fn of(address: &str) -> Option<Timestamp> {
    let origin = Url::parse(address).ok()?.origin();
    let all = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let (_, said, when) = all.iter().find(|(other, _, _)| *other == origin)?;
    said.checked_add(when.elapsed()).ok()
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn the_time_of_a_server_goes_on() {
        let url = Url::parse("https://clock.example/a.git").expect("a URL");
        let date = HeaderValue::from_static("Thu, 01 Jan 2026 00:00:00 GMT");
        note(&url, &HeaderMap::from_iter([(DATE, date)]));
        note(&url, &HeaderMap::from_iter([(DATE, HeaderValue::from_static("soon"))]));
        let time = of("https://clock.example/b.git").expect("a time");
        let start: Timestamp = "2026-01-01T00:00:00Z".parse().expect("a time");
        assert!((0..60).contains(&time.duration_since(start).as_secs()), "{time}");
        assert_eq!(of("https://other.example/a.git"), None);
        assert_eq!(of("/srv/git/a.git"), None);
    }
}
