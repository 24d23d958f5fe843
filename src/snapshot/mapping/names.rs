//! Makes valid entity names of texts.
//!
//! A name depends only on its text, so that it is the same in every snapshot. Two texts may give the
//! same name; the conflict is reported when their entities are collected.

use crate::base::hash::sha256_hex;

const LONGEST: usize = 63;

/// Makes a name of an entity: lower-case ASCII letters, digits, `.`, `_` and single `-`, at most 63.
pub fn entity_name(text: &str) -> String {
    name(text, |c| matches!(c, '.' | '_'))
}

/// Makes a name that is also valid as a namespace, a tag or a part of a URL: letters, digits and
/// single `-`.
pub(super) fn slug(text: &str) -> String {
    name(text, |_| false)
}

/// Replaces each run of other characters than letters, digits and kept ones by one `-`. A name that is
/// too long, or would be empty, gets a part of the text's hash.
fn name(text: &str, is_kept: fn(char) -> bool) -> String {
    let mut name = String::with_capacity(text.len());
    for c in text.trim().chars() {
        match c {
            'a'..='z' | '0'..='9' => name.push(c),
            'A'..='Z' => name.push(c.to_ascii_lowercase()),
            // Combining marks: `e` and U+0301 is `é`.
            '\u{300}'..='\u{36f}' => {}
            c if is_kept(c) => name.push(c),
            c => match plain_letters(c) {
                "" if name.ends_with('-') => {}
                "" => name.push('-'),
                letters => name.push_str(letters),
            },
        }
    }
    let is_edge = |c: char| !c.is_ascii_alphanumeric();
    let name = name.trim_matches(is_edge);
    let hash = || sha256_hex(text.as_bytes())[..8].to_owned();
    match name.len() {
        0 => format!("n-{}", hash()),
        1..=LONGEST => name.to_owned(),
        _ => format!("{}-{}", name[..54].trim_end_matches(is_edge), hash()),
    }
}

/// Latin letters with diacritics, and ligatures, as plain letters; nothing for any other character.
fn plain_letters(c: char) -> &'static str {
    match c {
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' => "a",
        'Æ' | 'æ' => "ae",
        'Ç' | 'ç' | 'Ć'..='č' => "c",
        'Ð' | 'ð' | 'Ď'..='đ' => "d",
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' => "e",
        'Ĝ'..='ģ' => "g",
        'Ĥ'..='ħ' => "h",
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' => "i",
        'Ĵ' | 'ĵ' => "j",
        'Ķ'..='ĸ' => "k",
        'Ĺ'..='ł' => "l",
        'Ñ' | 'ñ' | 'Ń'..='ŋ' => "n",
        'Ò'..='Ö' | 'Ø' | 'ò'..='ö' | 'ø' | 'Ō'..='ő' => "o",
        'Œ' | 'œ' => "oe",
        'Ŕ'..='ř' => "r",
        'Ś'..='š' | 'Ș' | 'ș' => "s",
        'ß' | 'ẞ' => "ss",
        'Ţ'..='ŧ' | 'Ț' | 'ț' => "t",
        'Þ' | 'þ' => "th",
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' => "u",
        'Ŵ' | 'ŵ' => "w",
        'Ý' | 'ý' | 'ÿ' | 'Ŷ'..='Ÿ' => "y",
        'Ź'..='ž' => "z",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::names::{is_namespace, is_object_name};

    #[test]
    fn names_read_like_their_texts() {
        assert_eq!(entity_name("Équipe Paiement"), "equipe-paiement");
        assert_eq!(entity_name("E\u{301}quipe  (cœur)"), "equipe-coeur");
        assert_eq!(entity_name("api_v2.1"), "api_v2.1");
        assert_eq!(slug("api_v2.1"), "api-v2-1");
        assert_eq!(slug(" --Façade / Straße-- "), "facade-strasse");
    }

    #[test]
    fn long_texts_with_the_same_beginning_have_different_names() {
        let (one, two) = ("a".repeat(80), "a".repeat(81));
        assert_ne!(entity_name(&one), entity_name(&two));
        assert_eq!(entity_name(&one).len(), LONGEST);
    }

    proptest::proptest! {
        #[test]
        fn every_text_makes_a_valid_name(text in "\\PC{0,90}") {
            proptest::prop_assert!(is_object_name(&entity_name(&text)));
            proptest::prop_assert!(is_namespace(&slug(&text)), "{}", slug(&text));
        }
    }
}
