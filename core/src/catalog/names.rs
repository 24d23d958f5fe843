//! The lexical rules of names, labels, tags and annotations (Backstage's `KubernetesValidatorFunctions`
//! and `CommonValidatorFunctions`).

/// Letters, digits and, between them, `-`, `_` and `.`; 1 to 63 characters.
pub fn is_object_name(text: &str) -> bool {
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
}

/// A DNS label: lower-case letters, digits and, between them, `-`; 1 to 63 characters.
pub fn is_namespace(text: &str) -> bool {
    let is_end = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let bytes = text.as_bytes();
    (1..=63).contains(&bytes.len())
        && bytes.iter().all(|b| is_end(b) || *b == b'-')
        && bytes.first().is_some_and(is_end)
        && bytes.last().is_some_and(is_end)
}

/// DNS labels joined by dots; 1 to 253 characters.
pub fn is_dns_subdomain(text: &str) -> bool {
    (1..=253).contains(&text.len()) && text.split('.').all(is_namespace)
}

/// A letter, then letters and digits; 1 to 63 characters.
pub fn is_kind(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric())
        && text.as_bytes().first().is_some_and(u8::is_ascii_alphabetic)
}

/// `[prefix/]suffix`: the prefix a DNS subdomain, the suffix 1 to 63 letters and digits.
pub fn is_api_version(text: &str) -> bool {
    let is_suffix =
        |s: &str| (1..=63).contains(&s.len()) && s.bytes().all(|b| b.is_ascii_alphanumeric());
    match text.split_once('/') {
        Some((prefix, suffix)) => is_dns_subdomain(prefix) && is_suffix(suffix),
        None => is_suffix(text),
    }
}

/// Key of a label or annotation: `[prefix/]name`.
pub fn is_qualified_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_dns_subdomain(prefix) && is_object_name(name),
        None => is_object_name(text),
    }
}

/// Value of a label: empty, or an object name.
pub fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_object_name(text)
}

/// Lower-case letters, digits, `:`, `+` and `#`, in parts joined by single `-`; 1 to 63 characters.
pub fn is_tag(text: &str) -> bool {
    (1..=63).contains(&text.len())
        && text.split('-').all(|part| {
            !part.is_empty()
                && part.bytes().all(|b| {
                    b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b':' | b'+' | b'#')
                })
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_at_their_edges() {
        assert!(is_object_name("A-b_c.9") && !is_object_name("-a") && !is_object_name("é"));
        assert!(is_object_name(&"a".repeat(63)) && !is_object_name(&"a".repeat(64)));
        assert!(is_namespace("a--b") && !is_namespace("a-") && !is_namespace("A"));
        assert!(is_tag("c++") && is_tag("a:b") && !is_tag("Java") && !is_tag("a--b"));
        assert!(is_api_version("backstage.io/v1alpha1") && is_api_version("v1"));
        assert!(!is_api_version("a/b/c") && !is_api_version("backstage.io/v1-a"));
        assert!(is_qualified_key("a.b/c_d") && !is_qualified_key("a/b/c"));
        assert!(is_kind("API") && !is_kind("9a") && !is_kind("a-b"));
    }
}
