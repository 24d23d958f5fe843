//! Single requests to servers of whose API nothing is known.

use callboard_planner::{
    Effect,
    effect::{HttpRequestInput, Method},
    engine::refuse_reserved_keys,
};
use serde_json::{Value, json};

use super::{Comparison, EffectResult, Executor, Fault, Mark, Output, Probe, Watch, World, api};
use crate::{
    base::{
        environment::redact_json,
        http::{self, HeaderMap, Response},
        text::shorten,
    },
    forge::Client,
};

/// Most bytes of an answer: it is in the record of the run.
const MOST_BYTES: usize = 200_000;
/// Headers of an answer that are outputs. Others may be secrets, such as cookies.
const HEADERS: [&str; 6] =
    ["content-type", "etag", "last-modified", "link", "location", "retry-after"];

pub(super) struct HttpRequest;

impl Executor for HttpRequest {
    fn probe(&self, effect: &Effect, _: &Mark<'_>, _: &World<'_>) -> Result<Probe, Fault> {
        let input: HttpRequestInput = effect.read()?;
        // What only reads may be sent again.
        Ok(match input.method {
            Method::Get => Probe::Absent,
            _ => Probe::Unknowable,
        })
    }

    fn act(
        &self,
        effect: &Effect,
        _: &Mark<'_>,
        world: &World<'_>,
        watch: &mut dyn Watch,
    ) -> Result<EffectResult, Fault> {
        let input: HttpRequestInput = effect.read()?;
        let url = input.url.as_str().unwrap_or_default();
        let path = url.strip_prefix(&input.base).unwrap_or_default();
        let credential = world.credential_of(url);
        let client = Client::plain(world.connections, &input.base, credential, world.redactor)
            .map_err(|error| Fault::rejected(&error))?;
        let mut headers = HeaderMap::new();
        for (name, value) in &input.headers {
            let header = http::header(name, value.as_str().unwrap_or_default());
            headers.extend([header.map_err(|error| Fault::rejected(&error))?]);
        }
        let body = match &input.body {
            Value::Null => None,
            Value::String(text) => Some(text.clone()),
            value => Some(value.to_string()),
        };
        let is_read = input.method == Method::Get;
        let sent = client.request(input.method.into(), path, headers, body);
        let response = sent.map_err(|error| api::plain_fault(&error, is_read))?;
        let is_success = (200..300).contains(&response.status);
        if !is_success && !input.takes_refusals {
            let refused = client.refusal(input.method.into(), &response);
            return Err(api::plain_fault(&refused.into(), is_read));
        }
        let output = output(&response, world).map_err(|message| match is_read || !is_success {
            true => Fault::Rejected { message },
            // It was done, and what it gave cannot be used.
            false => Fault::Ambiguous { message },
        })?;
        watch.tell(&[format!("{} was answered {}", input.base, response.status)]).ok();
        Ok(output.into())
    }

    fn compare(
        &self,
        effect: &Effect,
        _: &Output,
        mark: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<Comparison, Fault> {
        Ok(match self.probe(effect, mark, world)? {
            // What only reads has made nothing.
            Probe::Absent => Comparison::Same,
            probe => Comparison::of(probe, effect),
        })
    }

    fn undo(&self, _: &Effect, _: &Output, _: &Mark<'_>, _: &World<'_>) -> Result<(), Fault> {
        Ok(())
    }
}

/// Status, headers and body of an answer: a value where it is JSON, else its text.
fn output(response: &Response, world: &World<'_>) -> Result<Output, String> {
    if response.body.len() > MOST_BYTES {
        let bytes = response.body.len();
        return Err(format!("the answer has {bytes} bytes, and at most {MOST_BYTES} are recorded"));
    }
    let headers = HEADERS.iter().filter_map(|name| Some((*name, response.header(name)?)));
    let headers: serde_json::Map<_, _> =
        headers.map(|(name, value)| (name.to_owned(), value.into())).collect();
    // A web page is mostly one for signing in.
    let body = match (response.json::<Value>(), response.text()) {
        (Ok(value), _) => value,
        (_, Ok("")) => Value::Null,
        (_, Ok(text)) => text.into(),
        (_, Err(error)) => return Err(error.to_string()),
    };
    refuse_reserved_keys(&body).map_err(|error| shorten(&error.to_string(), 300).into_owned())?;
    let output = json!({"code": response.status, "headers": headers, "body": body});
    match redact_json(output, &|text| world.redactor.redact(text)) {
        Value::Object(output) => Ok(output),
        _ => Ok(Output::new()),
    }
}
