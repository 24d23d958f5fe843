//! The filter `urlize`: links for the addresses in a text.

use super::super::coercion::is_space;
use super::super::utf16;
use super::super::value::Value;
use super::{Input, Outcome};

/// Makes links of web and mail addresses; the first argument shortens what is shown, the second adds `nofollow`.
pub(super) fn urlize(input: &Input<'_>) -> Outcome {
    let text = input.strict_text()?;
    let length = match input.argument(0) {
        Value::Undefined => usize::MAX,
        Value::Number(length) if length.is_nan() => usize::MAX,
        length => length.to_number(input.meter)?.max(0.0) as usize,
    };
    let rel = if matches!(input.argument(1), Value::Bool(true)) { " rel=\"nofollow\"" } else { "" };
    let mut out = String::new();
    let mut rest = &*text;
    while !rest.is_empty() {
        let end = match rest.starts_with(is_space) {
            true => rest.find(|c| !is_space(c)),
            false => rest.find(is_space),
        };
        let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
        rest = after;
        let address = bare(word);
        let scheme = match kind(address) {
            Some(Kind::Web) => "",
            Some(Kind::Host) => "http://",
            Some(Kind::Mail) => "mailto:",
            None => {
                input.meter.growth(out.len() + word.len(), word.len())?;
                out.push_str(word);
                continue;
            }
        };
        let is_mail = scheme == "mailto:";
        let shown = match is_mail {
            true => address.to_owned(),
            false => utf16::slice(address, 0, length, input.meter)?,
        };
        let rel = if is_mail { "" } else { rel };
        let added = 40 + address.len() + shown.len();
        input.meter.growth(out.len() + added, added)?;
        out.push_str(&["<a href=\"", scheme, address, "\"", rel, ">", &shown, "</a>"].concat());
    }
    Ok(Value::text(out))
}

enum Kind {
    Web,
    Host,
    Mail,
}

/// A word without the bracket before it and the punctuation behind it.
fn bare(word: &str) -> &str {
    let start = ["(", "<", "&lt;"].into_iter().find_map(|mark| word.strip_prefix(mark));
    let word = start.unwrap_or(word);
    let end = [".", ",", ")", "&gt;"].into_iter().find_map(|mark| word.strip_suffix(mark));
    end.unwrap_or(word)
}

fn kind(address: &str) -> Option<Kind> {
    if address.starts_with("http://") || address.starts_with("https://") {
        return Some(Kind::Web);
    }
    if address.starts_with("www.") {
        return Some(Kind::Host);
    }
    if is_mail(address) {
        return Some(Kind::Mail);
    }
    let has_domain = [".org", ".net", ".com"].into_iter().any(|domain| {
        address.match_indices(domain).any(|(at, _)| {
            let after = &address[at + domain.len()..];
            after.is_empty() || after.starts_with([':', '/'])
        })
    });
    has_domain.then_some(Kind::Host)
}

fn is_mail(address: &str) -> bool {
    let Some((name, host)) = address.split_once('@') else { return false };
    let is_name = |c: char| c.is_ascii_alphanumeric() || "_.!#$%&'*+-/=?^`{|}~".contains(c);
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
    };
    !name.is_empty()
        && name.chars().all(is_name)
        && host.contains('.')
        && host.split('.').all(is_label)
}
