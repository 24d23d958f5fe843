//! Built-in functions of texts and numbers.

use serde_json::Value as Json;

use super::{
    JsonataError,
    evaluator::{Evaluated, Evaluator},
    functions::Arguments,
    value::{Value, normal, number, text},
};

/// Calls a function of texts or numbers. `None` for another name.
pub(super) fn call(
    evaluator: &Evaluator<'_>,
    name: &str,
    arguments: &mut Arguments<'_>,
) -> Evaluated<Option<Value>> {
    let json: Json = match name {
        "string" => {
            let is_pretty = matches!(arguments.take(1), Value::Item(Json::Bool(true)));
            match arguments.take(0).into_json() {
                None => "".into(),
                Some(json) if is_pretty && !json.is_string() => {
                    serde_json::to_string_pretty(&normal(&json)).unwrap_or_default().into()
                }
                Some(json) => text(&json).into(),
            }
        }
        "length" => arguments.text(0)?.chars().count().into(),
        "uppercase" => arguments.text(0)?.to_uppercase().into(),
        "lowercase" => arguments.text(0)?.to_lowercase().into(),
        "trim" => arguments.text(0)?.split_whitespace().collect::<Vec<_>>().join(" ").into(),
        "substring" => substring(arguments)?.into(),
        "substringBefore" => {
            let (text, part) = (arguments.text(0)?, arguments.text(1)?);
            text.split_once(&part).map_or(text.as_str(), |(before, _)| before).into()
        }
        "substringAfter" => {
            let (text, part) = (arguments.text(0)?, arguments.text(1)?);
            text.split_once(&part).map_or(text.as_str(), |(_, after)| after).into()
        }
        "contains" => {
            let (text, part) = (arguments.text(0)?, arguments.text(1)?);
            text.contains(&part).into()
        }
        "pad" => pad(evaluator, arguments)?.into(),
        "split" => {
            let (text, part) = (arguments.text(0)?, arguments.text(1)?);
            let most = match arguments.is_missing(2) {
                true => usize::MAX,
                false => arguments.number(2)?.max(0.0) as usize,
            };
            match part.is_empty() {
                true => text.chars().take(most).map(|c| c.to_string()).collect(),
                false => text.split(&part).take(most).collect(),
            }
        }
        "join" => {
            let items = arguments.take(0).into_items();
            let separator =
                if arguments.is_missing(1) { String::new() } else { arguments.text(1)? };
            let texts: Option<Vec<&str>> = items.iter().map(Json::as_str).collect();
            let Some(texts) = texts else {
                return arguments.wrong("texts");
            };
            evaluator.pay((separator.len() * texts.len()) as u64 / 8)?;
            texts.join(&separator).into()
        }
        "replace" => replace(evaluator, arguments)?.into(),
        _ => return numbers(name, arguments),
    };
    Ok(Some(Value::Item(json)))
}

/// Calls a function of numbers. `None` for another name.
fn numbers(name: &str, arguments: &mut Arguments<'_>) -> Evaluated<Option<Value>> {
    let json: Json = match name {
        "number" => match arguments.take(0) {
            Value::Item(Json::Bool(bool)) => i32::from(bool).into(),
            Value::Item(Json::Number(number)) => number.into(),
            Value::Item(Json::String(text)) => match text.parse::<f64>() {
                Ok(float) if text.bytes().all(|b| b.is_ascii_digit() || b"+-.eE".contains(&b)) => {
                    number(float)?
                }
                _ => {
                    return Err(JsonataError::Value("`$number` needs the text of a number".into()));
                }
            },
            _ => return arguments.wrong("a number, a text or a boolean"),
        },
        "abs" => number(arguments.number(0)?.abs())?,
        "floor" => number(arguments.number(0)?.floor())?,
        "ceil" => number(arguments.number(0)?.ceil())?,
        "sqrt" => number(arguments.number(0)?.sqrt())?,
        "power" => number(arguments.number(0)?.powf(arguments.number(1)?))?,
        "round" => {
            let digits = if arguments.is_missing(1) { 0.0 } else { arguments.number(1)? };
            let scale = 10_f64.powi(digits.clamp(-15.0, 15.0) as i32);
            number((arguments.number(0)? * scale).round_ties_even() / scale)?
        }
        _ => return Ok(None),
    };
    Ok(Some(Value::Item(json)))
}

/// A part by its start, which may count from the end, and its length, in characters.
fn substring(arguments: &mut Arguments<'_>) -> Evaluated<String> {
    let (text, start) = (arguments.text(0)?, arguments.number(1)?);
    let length = text.chars().count() as f64;
    let start = if start < 0.0 { (length + start).max(0.0) } else { start };
    let most = if arguments.is_missing(2) { f64::MAX } else { arguments.number(2)? };
    Ok(text.chars().skip(start as usize).take(most.max(0.0) as usize).collect())
}

/// Fills a text up to a width: behind it, or with a negative width before it.
fn pad(evaluator: &Evaluator<'_>, arguments: &mut Arguments<'_>) -> Evaluated<String> {
    let (text, width) = (arguments.text(0)?, arguments.number(1)?);
    let fill = if arguments.is_missing(2) { " ".to_owned() } else { arguments.text(2)? };
    let missing = (width.abs() as usize).saturating_sub(text.chars().count());
    evaluator.pay(missing as u64)?;
    let fill = if fill.is_empty() { " " } else { &fill };
    let filling: String = fill.chars().cycle().take(missing).collect();
    Ok(if width < 0.0 { filling + &text } else { text + &filling })
}

fn replace(evaluator: &Evaluator<'_>, arguments: &mut Arguments<'_>) -> Evaluated<String> {
    let (text, part, with) = (arguments.text(0)?, arguments.text(1)?, arguments.text(2)?);
    if part.is_empty() {
        return arguments.wrong("a text to replace that is not empty");
    }
    let most = match arguments.is_missing(3) {
        true => usize::MAX,
        false => arguments.number(3)?.max(0.0) as usize,
    };
    let hits = text.matches(&part).take(most).count();
    evaluator.pay((hits * with.len()) as u64 / 8)?;
    Ok(text.replacen(&part, &with, most))
}
