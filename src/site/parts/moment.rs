//! Moments and durations as pages show them.

use jiff::Timestamp;
use serde::Serialize;

use crate::base::clock::rfc3339;

/// A moment: in RFC 3339 for scripts, and as text for pages without JavaScript.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Moment {
    pub(crate) iso: String,
    pub(crate) text: String,
}

impl From<Timestamp> for Moment {
    fn from(time: Timestamp) -> Self {
        Self { iso: rfc3339(time), text: time.strftime("%Y-%m-%d %H:%M UTC").to_string() }
    }
}

/// The time between two moments: `< 1 s` of two in the same second, because records have whole seconds, then `430 ms`, `2.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`.
pub(crate) fn duration(from: Option<Timestamp>, to: Option<Timestamp>) -> Option<String> {
    let millis = to?.as_millisecond() - from?.as_millisecond();
    let seconds = millis / 1000;
    Some(match millis {
        ..0 => return None,
        0 => "< 1 s".to_owned(),
        1..1_000 => format!("{millis} ms"),
        1_000..10_000 => format!("{seconds}.{} s", millis % 1000 / 100),
        10_000..60_000 => format!("{seconds} s"),
        60_000..3_600_000 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3600, seconds / 60 % 60),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_their_two_largest_units() {
        let at = |millis| Timestamp::from_millisecond(millis).ok();
        let took = |millis| duration(at(0), at(millis)).expect("both are known");
        assert_eq!(took(0), "< 1 s");
        assert_eq!(took(430), "430 ms");
        assert_eq!(took(2_480), "2.4 s");
        assert_eq!(took(12_900), "12 s");
        assert_eq!(took(185_000), "3 min 05 s");
        assert_eq!(took(7_800_000), "2 h 10 min");
        assert_eq!(duration(at(5), at(1)), None);
    }
}
