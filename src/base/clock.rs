//! The clock. A command reads it once, when it starts, and passes the time to whatever needs it.
#![expect(clippy::disallowed_methods, reason = "only this module reads the clock")]

use jiff::Timestamp;

/// Reads `SOURCE_DATE_EPOCH` (seconds since 1970, <https://reproducible-builds.org>) when it is set
/// and valid, the system's clock otherwise.
pub fn now(source_date_epoch: Option<&str>) -> Timestamp {
    source_date_epoch
        .and_then(|text| text.trim().parse().ok())
        .and_then(|seconds| Timestamp::from_second(seconds).ok())
        .unwrap_or_else(Timestamp::now)
}

/// Writes a timestamp to the second, in UTC, as RFC 3339: `2026-11-23T04:14:00Z`.
pub fn rfc3339(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
