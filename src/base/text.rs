//! Texts: "did you mean", and folding for names and comparison.

/// Returns the candidate nearest to `word`, when it is near enough to be meant.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| {
            (strsim::damerau_levenshtein(&lower, &candidate.to_lowercase()), candidate)
        })
        .filter(|&(distance, _)| distance <= 1 + word.chars().count() / 4)
        .min()
        .map(|(_, candidate)| candidate)
}

/// Returns "did you mean `x`?" when a candidate is near enough.
pub fn did_you_mean<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<String> {
    nearest(word, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// Counts a thing in words: `1 entity`, `3 entities`.
pub fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_near_candidates_are_suggested() {
        assert_eq!(nearest("Apii", ["API", "Component"]), Some("API"));
        assert_eq!(nearest("Componnet", ["API", "Component"]), Some("Component"));
        assert_eq!(nearest("Gadget", ["API", "Component"]), None);
    }
}
