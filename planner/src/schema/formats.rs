//! The formats of draft-07 (`format`): what texts such as dates, addresses and names look like.
//!
//! Formats of internationalised names, and those that draft-07 does not have, are not checked.

// Addresses only: `core` has no sockets.
use core::net::{Ipv4Addr, Ipv6Addr};

use crate::engine::{Complaint, Pattern};

/// True when a text has a format, and for every format that is not known.
pub(super) fn obeys(format: &str, text: &str) -> bool {
    match format {
        "date" => is_date(text),
        "time" => is_time(text),
        "date-time" => {
            text.split_once(['T', 't']).is_some_and(|(date, time)| is_date(date) && is_time(time))
        }
        "email" => is_email(text),
        "hostname" => is_hostname(text),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "uri" => is_address(text, true, false),
        "uri-reference" => is_address(text, false, false),
        "iri" => is_address(text, true, true),
        "iri-reference" => is_address(text, false, true),
        "uri-template" => is_uri_template(text),
        "json-pointer" => text.is_empty() || is_pointer(text),
        "relative-json-pointer" => is_relative_pointer(text),
        "regex" => pattern(text).is_ok(),
        _ => true,
    }
}

/// Reads a regular expression with JavaScript's rules.
///
/// # Errors
/// JavaScript refuses it, or it has a property of characters that is not known here.
pub(super) fn pattern(source: &str) -> Result<Pattern, Complaint> {
    Pattern::parse_unicode(source)
}

/// The number that a text of exactly that many digits is.
fn digits(text: &str, length: usize) -> Option<u32> {
    let is_number = text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|_| is_number)
}

/// `2024-02-29` (RFC 3339, full-date).
fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let &[year, month, day] = parts.as_slice() else { return false };
    let (Some(year), Some(month), Some(day)) = (digits(year, 4), digits(month, 2), digits(day, 2))
    else {
        return false;
    };
    let is_leap = year.is_multiple_of(4) && !year.is_multiple_of(100) || year.is_multiple_of(400);
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if is_leap => 29,
        2 => 28,
        _ => return false,
    };
    (1..=days).contains(&day)
}

/// `23:59:60.5Z`, `12:00:00+02:00` (RFC 3339, full-time). A leap second is the last of a day in UTC.
fn is_time(text: &str) -> bool {
    let clock = |text: &str| -> Option<(u32, u32)> {
        let (hour, minute) = text.split_once(':')?;
        let (hour, minute) = (digits(hour, 2)?, digits(minute, 2)?);
        (hour < 24 && minute < 60).then_some((hour, minute))
    };
    let parsed = || {
        let (hour, minute) = clock(text.get(..5)?)?;
        let second = digits(text.get(5..8)?.strip_prefix(':')?, 2)?;
        let rest = &text[8..];
        let zone = match rest.strip_prefix('.') {
            Some(fraction) => {
                let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
                (zone.len() < fraction.len()).then_some(zone)?
            }
            None => rest,
        };
        let offset = match zone.chars().next()? {
            'Z' | 'z' if zone.len() == 1 => 0,
            sign @ ('+' | '-') => {
                let (hours, minutes) = clock(&zone[1..])?;
                let offset = (hours * 60 + minutes).cast_signed();
                if sign == '+' { offset } else { -offset }
            }
            _ => return None,
        };
        let of_day = ((hour * 60 + minute).cast_signed() - offset).rem_euclid(24 * 60);
        (second < 60 || second == 60 && of_day == 24 * 60 - 1).then_some(())
    };
    parsed().is_some()
}

/// `ada@example.com`, `"a b"@[127.0.0.1]` (RFC 5321).
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.rsplit_once('@') else { return false };
    let atom = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c);
    let quoted = local.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    let is_local = match quoted {
        Some(quoted) => is_quoted(quoted),
        None => local.split('.').all(|part| !part.is_empty() && part.chars().all(atom)),
    };
    let literal = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let is_domain = match literal {
        Some(literal) => match literal.get(..5) {
            Some(tag) if tag.eq_ignore_ascii_case("IPv6:") => obeys("ipv6", &literal[5..]),
            _ => obeys("ipv4", literal),
        },
        None => is_hostname(domain),
    };
    is_local && local.len() <= 64 && is_domain
}

/// What stands between the quotes of a local part: `\` escapes the next character.
fn is_quoted(text: &str) -> bool {
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        let is_sound = match c {
            '\\' => chars.next().is_some_and(|escaped| escaped.is_ascii_graphic()),
            '"' => false,
            c => c.is_ascii_graphic() || matches!(c, ' ' | '\t'),
        };
        if !is_sound {
            return false;
        }
    }
    true
}

/// `api.example.com` (RFC 1123). Of internationalised labels (`xn--…`) only the characters are checked.
fn is_hostname(text: &str) -> bool {
    let is_label = |label: &str| {
        let is_made_of = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        let has_two_hyphens = label.get(2..4) == Some("--");
        (1..=63).contains(&label.len())
            && label.bytes().all(is_made_of)
            && !label.starts_with('-')
            && !label.ends_with('-')
            && (!has_two_hyphens || label.starts_with("xn"))
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// An address of RFC 3986; with `is_international` one of RFC 3987. Without `is_absolute` it may be a reference such as
/// `../a?b#c`.
fn is_address(text: &str, is_absolute: bool, is_international: bool) -> bool {
    let scheme = text.split_once(':').filter(|(scheme, _)| {
        let is_made_of = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
        scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.bytes().all(is_made_of)
    });
    let rest = match scheme {
        Some((_, rest)) => rest,
        None if is_absolute => return false,
        None => text,
    };
    let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
    let (rest, query) = rest.split_once('?').unwrap_or((rest, ""));
    let (authority, path) = match rest.strip_prefix("//") {
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
        None => ("", rest),
    };
    let is_of = |text: &str, more: &str| is_made_of(text, more, is_international);
    let is_private = |c: &char| is_international && is_private_use(*c);
    // Characters for private use may stand in a query, and nowhere else.
    let query: String = query.chars().map(|c| if is_private(&c) { '-' } else { c }).collect();
    let first = path.split('/').next().unwrap_or_default();
    is_authority(authority, is_international)
        && is_of(path, ":@/")
        && (scheme.is_some() || !rest.starts_with(first) || !first.contains(':'))
        && is_of(&query, ":@/?")
        && is_of(fragment, ":@/?")
}

/// `user@host:port`, all but the host optional.
fn is_authority(text: &str, is_international: bool) -> bool {
    let (user, host) = text.split_once('@').unwrap_or(("", text));
    let (host, port) = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((literal, rest)) => {
            let is_future = || {
                let (version, name) = literal.strip_prefix(['v', 'V'])?.split_once('.')?;
                let is_version =
                    !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit());
                let is_name =
                    !name.is_empty() && !name.contains('%') && is_made_of(name, ":", false);
                (is_version && is_name).then_some(())
            };
            if !obeys("ipv6", literal) && is_future().is_none() {
                return false;
            }
            match rest.strip_prefix(':') {
                Some(port) => ("", port),
                None if rest.is_empty() => ("", ""),
                None => return false,
            }
        }
        None => host.split_once(':').unwrap_or((host, "")),
    };
    is_made_of(user, ":", is_international)
        && is_made_of(host, "", is_international)
        && port.bytes().all(|byte| byte.is_ascii_digit())
}

/// True when a text has only unreserved characters, `sub-delims`, percent-encoded bytes and some more characters.
fn is_made_of(text: &str, more: &str, is_international: bool) -> bool {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '%' => 3,
            c if c.is_ascii_alphanumeric() || "-._~!$&'()*+,;=".contains(c) || more.contains(c) => {
                1
            }
            c if is_international && is_ucschar(c) => c.len_utf8(),
            _ => return false,
        };
        if c == '%' && !is_percent_encoded(rest) {
            return false;
        }
        rest = &rest[length..];
    }
    true
}

/// True when a text begins with a percent-encoded byte.
fn is_percent_encoded(text: &str) -> bool {
    text.as_bytes().get(1..3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
}

/// `ucschar` of RFC 3987.
fn is_ucschar(c: char) -> bool {
    match u32::from(c) {
        0xa0..=0xd7ff | 0xf900..=0xfdcf | 0xfdf0..=0xffef => true,
        code @ 0x1_0000..=0xe_fffd => {
            code & 0xffff < 0xfffe && (code >> 16 != 0xe || code >= 0xe_1000)
        }
        _ => false,
    }
}

/// `iprivate` of RFC 3987.
fn is_private_use(c: char) -> bool {
    let code = u32::from(c);
    (0xe000..=0xf8ff).contains(&code) || code >= 0xf_0000 && code & 0xffff < 0xfffe
}

/// `/orders/{id}{?page,size*}` (RFC 6570).
fn is_uri_template(text: &str) -> bool {
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let length = match c {
            '{' => match rest[1..].split_once('}') {
                Some((expression, _)) if is_expression(expression) => expression.len() + 2,
                _ => return false,
            },
            '%' if is_percent_encoded(rest) => 3,
            '\0'..=' ' | '"' | '<' | '>' | '%' | '\\' | '^' | '`' | '|' | '}' | '\u{7f}' => {
                return false;
            }
            c => c.len_utf8(),
        };
        rest = &rest[length..];
    }
    true
}

/// What stands in the braces of a template of an address.
fn is_expression(text: &str) -> bool {
    let text = text.strip_prefix(|c| "+#./;?&=,!@|".contains(c)).unwrap_or(text);
    text.split(',').all(|variable| {
        let is_length = |digits: &str| {
            (1..=4).contains(&digits.len())
                && !digits.starts_with('0')
                && digits.bytes().all(|byte| byte.is_ascii_digit())
        };
        let name = match variable.split_once(':') {
            Some((name, length)) if is_length(length) => name,
            Some(_) => return false,
            None => variable.strip_suffix('*').unwrap_or(variable),
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '%');
        let is_part = |part: &str| !part.is_empty() && is_made_of(part, "", false);
        name.chars().all(is_plain) && name.split('.').all(is_part)
    })
}

/// `/a/b~1c` (RFC 6901).
fn is_pointer(text: &str) -> bool {
    let escapes = text.split('~').skip(1).all(|rest| rest.starts_with(['0', '1']));
    text.starts_with('/') && escapes
}

/// `1/a`, `0#`.
fn is_relative_pointer(text: &str) -> bool {
    let rest = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let number = &text[..text.len() - rest.len()];
    let is_number = !number.is_empty() && (number == "0" || !number.starts_with('0'));
    is_number && (rest.is_empty() || rest == "#" || is_pointer(rest))
}
