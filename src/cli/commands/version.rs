//! `callboard --version`: the version and the commit; with `--json`, everything that is known of the build.

use serde::Serialize;

use crate::cli::{Failure, output::Output};

/// How many characters of a commit a person reads.
const SHORT: usize = 9;

/// What the build script said of this program. What it did not know is `null` in JSON.
#[derive(Debug, Serialize)]
struct Build {
    version: &'static str,
    /// The commit that the program is made of, 40 digits; unknown in debug builds and outside of git.
    commit: Option<&'static str>,
    /// Whether the files were different from the commit.
    dirty: Option<bool>,
    /// When it was built, if `SOURCE_DATE_EPOCH` said so.
    date: Option<String>,
    /// The target of the compiler, such as `x86_64-unknown-linux-musl`.
    target: &'static str,
    /// `release` or `debug`.
    profile: &'static str,
    features: Vec<&'static str>,
}

/// Prints the version.
pub(in crate::cli) fn run(as_json: bool, output: &Output) -> Result<(), Failure> {
    let build = Build::of_this_program();
    if as_json {
        return output.json(&build);
    }
    output.line(build.line());
    Ok(())
}

impl Build {
    fn of_this_program() -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION"),
            commit: option_env!("CALLBOARD_COMMIT"),
            dirty: option_env!("CALLBOARD_DIRTY").map(|dirty| dirty == "true"),
            date: option_env!("CALLBOARD_DATE").and_then(date),
            target: env!("CALLBOARD_TARGET"),
            profile: env!("CALLBOARD_PROFILE"),
            features: env!("CALLBOARD_FEATURES")
                .split(',')
                .filter(|name| !name.is_empty())
                .collect(),
        }
    }

    /// The version in one line, such as `callboard 0.1.0 (d5258ef26, changed)`.
    fn line(&self) -> String {
        let version = self.version;
        let Some(commit) = self.commit else { return format!("callboard {version}") };
        let changed = if self.dirty == Some(true) { ", changed" } else { "" };
        format!("callboard {version} ({}{changed})", commit.get(..SHORT).unwrap_or(commit))
    }
}

/// Seconds since 1970 as RFC 3339; `None` for what is no number of seconds.
fn date(seconds: &str) -> Option<String> {
    let time = jiff::Timestamp::from_second(seconds.parse().ok()?).ok()?;
    Some(time.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build(commit: Option<&'static str>, dirty: Option<bool>) -> String {
        Build { commit, dirty, version: "1.2.3", ..Build::of_this_program() }.line()
    }

    #[test]
    fn the_line_names_the_commit_and_whether_files_were_changed() {
        let commit = Some("d5258ef26aab0011223344556677889900aabbcc");
        assert_eq!(build(commit, Some(false)), "callboard 1.2.3 (d5258ef26)");
        assert_eq!(build(commit, Some(true)), "callboard 1.2.3 (d5258ef26, changed)");
        assert_eq!(build(None, None), "callboard 1.2.3");
    }

    #[test]
    fn the_date_is_that_of_source_date_epoch() {
        assert_eq!(date("1767225600").as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(date("yesterday"), None);
    }
}
