//! A light stemmer for English and French prose: plurals and verb endings.
//!
//! It is not used for names, and matches of stems have less weight than matches of the word itself.

/// The minimum length of words with forms, and of stems.
const SHORTEST: usize = 4;
/// Endings that are removed, the longest first: `validating`, `validated`, `validation`, `valider`, `validée`.
const ENDINGS: [&str; 8] = ["ing", "ion", "ed", "er", "ez", "ee", "e", "y"];

/// The stem of a folded word.
pub(crate) fn stem(word: &str) -> String {
    let mut stem = singular(word);
    for ending in ENDINGS {
        if let Some(rest) = stem.strip_suffix(ending).filter(|rest| rest.len() >= SHORTEST) {
            stem.truncate(rest.len());
            break;
        }
    }
    undouble(stem)
}

/// The common beginning of all words with this stem.
pub(crate) fn beginning(stem: &str) -> &str {
    // `journaux` and `journal` differ one letter earlier.
    let end = stem.len().saturating_sub(1).max(SHORTEST - 1).min(stem.len());
    stem.get(..end).unwrap_or(stem)
}

/// Whether a word is long enough to have forms.
pub(crate) fn has_forms(word: &str) -> bool {
    word.len() >= SHORTEST && word.is_ascii()
}

fn singular(word: &str) -> String {
    let stays = ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending));
    let short = |rest: &str| rest.len() < SHORTEST - 1;
    match word {
        _ if stays => word.to_owned(),
        _ if let Some(rest) = word.strip_suffix("ies")
            && !short(rest) =>
        {
            format!("{rest}y")
        }
        _ if let Some(rest) = word.strip_suffix("eaux")
            && !short(rest) =>
        {
            format!("{rest}eau")
        }
        _ if let Some(rest) = word.strip_suffix("aux")
            && !short(rest) =>
        {
            format!("{rest}al")
        }
        _ => {
            let rest = word.strip_suffix(['s', 'x']).filter(|rest| !short(rest));
            rest.unwrap_or(word).to_owned()
        }
    }
}

/// `shipp` as in `shipping` becomes `ship`.
fn undouble(mut stem: String) -> String {
    let bytes = stem.as_bytes();
    if stem.len() > SHORTEST && bytes.last() == bytes.get(stem.len() - 2) {
        stem.pop();
    }
    stem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_of_a_word_have_one_stem() {
        for forms in [
            &["order", "orders", "ordered", "ordering"][..],
            &["validate", "validates", "validated", "validating", "validation"],
            &["valider", "validée", "validées", "validez"],
            &["ship", "ships", "shipping", "shipped"],
            &["delivery", "deliveries"],
            &["commande", "commandes", "commander"],
            &["paiement", "paiements"],
            &["journal", "journaux"],
            &["bureau", "bureaux"],
        ] {
            let stems: Vec<String> =
                forms.iter().map(|form| stem(&crate::words::fold(form))).collect();
            assert!(stems.iter().all(|stem| *stem == stems[0]), "{forms:?}: {stems:?}");
            for form in forms {
                assert!(crate::words::fold(form).starts_with(beginning(&stems[0])), "{form}");
            }
        }
    }

    #[test]
    fn other_words_have_others() {
        for (one, other) in [("status", "state"), ("cart", "card"), ("bus", "bu")] {
            assert_ne!(stem(one), stem(other), "{one} {other}");
        }
    }
}
