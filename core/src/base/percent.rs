//! Percent-encoding of texts in URLs (RFC 3986, section 2).
//!
//! The [`url`] crate encodes what is set on a `Url`. The functions here serve addresses that are put
//! together as text: patterns with placeholders, relative links, anchors, queries.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// Everything except the unreserved characters of RFC 3986: letters, digits, `-`, `.`, `_` and `~`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same without `/`, which separates the segments of a path.
const RESERVED_IN_PATHS: &AsciiSet = &RESERVED.remove(b'/');
/// What `encodeURIComponent` of ECMA-262 encodes (`uriUnescaped`, section 19.2.6).
const ENCODED_BY_JAVASCRIPT: &AsciiSet =
    &RESERVED.remove(b'!').remove(b'*').remove(b'\'').remove(b'(').remove(b')');

/// Encodes a text as a value in a query, an anchor or one segment of a path: only the unreserved
/// characters of RFC 3986 stay.
pub fn encode(text: &str) -> String {
    utf8_percent_encode(text, RESERVED).to_string()
}

/// Encodes a path: only the unreserved characters of RFC 3986 and `/` stay.
pub fn encode_path(path: &str) -> String {
    utf8_percent_encode(path, RESERVED_IN_PATHS).to_string()
}

/// Encodes a text as `encodeURIComponent` of JavaScript does, which leaves `!*'()` as well.
pub fn encode_uri_component(text: &str) -> String {
    utf8_percent_encode(text, ENCODED_BY_JAVASCRIPT).to_string()
}

/// Decodes every `%` that two hexadecimal digits follow; another `%` stays. `None` when the bytes are
/// not UTF-8.
pub fn decode(text: &str) -> Option<Cow<'_, str>> {
    percent_decode_str(text).decode_utf8().ok()
}

/// Decodes like [`decode`]; bytes that are not UTF-8 become U+FFFD.
pub fn decode_lossy(text: &str) -> Cow<'_, str> {
    percent_decode_str(text).decode_utf8_lossy()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_unreserved_characters_stay() {
        assert_eq!(encode("a/b c~d-é"), "a%2Fb%20c~d-%C3%A9");
        assert_eq!(encode_path("a/b c!"), "a/b%20c%21");
        assert_eq!(encode_uri_component("a/b (c)*!'"), "a%2Fb%20(c)*!'");
    }

    #[test]
    fn a_percent_sign_without_two_digits_stays() {
        assert_eq!(decode("a%20b%zz%+1%4%C3%A9").as_deref(), Some("a b%zz%+1%4é"));
        assert_eq!(decode("%FF"), None);
        assert_eq!(decode_lossy("%FF"), "\u{fffd}");
    }

    proptest::proptest! {
        #[test]
        fn what_is_encoded_is_decoded_again(text in "\\PC{0,40}") {
            for encoded in [encode(&text), encode_path(&text), encode_uri_component(&text)] {
                proptest::prop_assert!(decode(&encoded).is_some_and(|decoded| decoded == text));
            }
        }
    }
}
