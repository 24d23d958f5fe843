//! Compares texts with expected ones, byte by byte.
//!
//! snapbox by itself takes `\` for `/`, CRLF for LF, and `[..]` and `...` for any text. An expected text is
//! therefore used as `raw` data, for which only line ends are taken for one another; these are compared after it.

use std::path::Path;

pub use snapbox::{Data, file, str};
use snapbox::{IntoData, data::DataFormat};

/// Fails when a text is not exactly the expected one. With `SNAPSHOTS=overwrite` in the environment, the
/// expected file or literal is written anew instead.
///
/// # Panics
/// When the texts differ; the message shows the difference.
#[track_caller]
pub fn assert_text(actual: impl Into<String>, expected: impl IntoData) {
    let (actual, expected) = (actual.into(), expected.into_data().raw());
    let expected_text = expected.render();
    let assert = snapbox::Assert::new().action_env(snapbox::assert::DEFAULT_ACTION_ENV);
    assert.eq(Data::text(&*actual).raw(), expected);
    assert!(
        is_overwriting() || expected_text.as_ref() == Some(&actual),
        "the ends of lines differ from the expected ones: {actual:?}"
    );
}

/// The expected text of a file whose path is not a literal; see [`file!`](crate::file) for others.
pub fn expected_file(path: &Path) -> Data {
    Data::read_from(path, Some(DataFormat::Text))
}

/// True when expected files are to be written anew, and not compared.
pub fn is_overwriting() -> bool {
    std::env::var(snapbox::assert::DEFAULT_ACTION_ENV).is_ok_and(|action| action == "overwrite")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_compared_byte_by_byte() {
        assert_text("a\\b\r\n", Data::text("a\\b\r\n"));
        for (actual, expected) in
            [("a\\b", "a/b"), ("a\r\n", "a\n"), ("anything", "[..]"), ("a\nb\n", "...\nb\n")]
        {
            let compared = std::panic::catch_unwind(|| assert_text(actual, Data::text(expected)));
            assert!(compared.is_err(), "{actual:?} is taken for {expected:?}");
        }
    }
}
