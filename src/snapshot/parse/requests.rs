//! Parses the requests of an API: addresses, headers, paging, `each`, `identity` and `vanished`.

use std::collections::BTreeMap;

use super::{Problems, access};
use crate::{
    base::text::did_you_mean,
    snapshot::{
        mapping::UNNAMED,
        raw::{
            Format, RawIdentity, RawPaging, RawPagingKind, RawRecordLookup, RawRequest, RawSource,
            Text,
        },
        source::{Code, Each, HttpSource, IdentitySpec, Paging, RecordLookupSpec, RequestSpec},
        template::Template,
    },
};

pub(super) fn http(
    mut raw: RawSource,
    concurrency: usize,
    problems: &mut Problems<'_>,
) -> HttpSource {
    let limits = access::limits(&raw, problems);
    let pace = access::pace(raw.rate.as_deref(), problems);
    let hosts = raw.hosts.take().unwrap_or_default();
    access::hosts(&hosts, problems);
    let (auth, tls) = (raw.auth.take(), raw.tls.take());
    auth.iter().for_each(|auth| access::auth(auth, problems));
    tls.iter().for_each(|tls| access::tls(tls, problems));
    let identity = raw.identity.take();
    let identity = identity.and_then(|identity| self::identity(identity, &raw.headers, problems));
    let requests = requests(raw, problems);
    HttpSource { requests, auth, identity, tls, hosts, pace, concurrency, limits }
}

/// Parses `identity`. The headers of all requests are sent with it, too.
fn identity(
    raw: RawIdentity,
    shared: &BTreeMap<String, Text>,
    problems: &mut Problems<'_>,
) -> Option<IdentitySpec> {
    let pointer = "/identity";
    let request =
        RawRequest { headers: raw.headers, query: raw.query, ..only("identity", raw.url) };
    let request = request_spec(pointer.to_owned(), request, shared, &[], problems);
    let name = problems.code(&format!("{pointer}/name"), raw.name)?;
    let body = raw.body.map(|body| body.to_string());
    Some(IdentitySpec { request, body, name, accept: raw.accept })
}

/// Parses `vanished`: the request for a record that is no longer in the list.
fn vanished(
    raw: RawRecordLookup,
    pointer: &str,
    headers: (&BTreeMap<String, Text>, BTreeMap<String, Text>),
    problems: &mut Problems<'_>,
) -> Option<Box<RecordLookupSpec>> {
    let (shared, headers) = headers;
    let pointer = format!("{pointer}/vanished");
    // The programs of the address run over the key of a record, not over a record as with `each`.
    let own = Template::parse(&raw.url).map_err(|wrong| {
        for error in wrong {
            problems.add(&format!("{pointer}/url"), error.to_string());
        }
    });
    let request = RawRequest { headers, ..only("vanished", String::new()) };
    let mut request = request_spec(pointer.clone(), request, shared, &[], problems);
    request.url = own.ok()?;
    if let Some(code) = request.url.in_host() {
        let message = format!("`{{{}}}` could lead to another host", code.text);
        problems.add(&format!("{pointer}/url"), message);
    }
    let entity = problems.code(&format!("{pointer}/entity"), raw.entity);
    let record = problems.code(&format!("{pointer}/record"), raw.record);
    let answer = raw.answer.unwrap_or_else(|| "[.]".to_owned());
    let answer = problems.code(&format!("{pointer}/answer"), answer);
    Some(Box::new(RecordLookupSpec { entity: entity?, record: record?, request, answer: answer? }))
}

/// A request with only a name and an address.
fn only(name: &str, url: String) -> RawRequest {
    RawRequest {
        name: name.to_owned(),
        url,
        headers: BTreeMap::new(),
        query: None,
        paging: None,
        items: None,
        format: Format::default(),
        optional: false,
        each: None,
        condition: None,
        into: None,
        vanished: None,
    }
}

/// Parses the requests: a single one at the top level of the file, or the list `requests`. Headers at
/// the top level are sent with all requests.
fn requests(raw: RawSource, problems: &mut Problems<'_>) -> Vec<RequestSpec> {
    let headers = raw.headers;
    let of_one = [
        ("query", raw.query.is_some()),
        ("paging", raw.paging.is_some()),
        ("items", raw.items.is_some()),
        ("format", raw.format.is_some()),
        ("optional", raw.optional.is_some()),
    ];
    let misplaced: Vec<_> = of_one.iter().filter(|(_, given)| *given).map(|(key, _)| key).collect();
    let written = match (raw.url, raw.requests) {
        (Some(url), None) => {
            let only = RawRequest {
                query: raw.query,
                paging: raw.paging,
                items: raw.items,
                format: raw.format.unwrap_or_default(),
                optional: raw.optional.unwrap_or_default(),
                ..only(UNNAMED, url)
            };
            vec![(String::new(), only)]
        }
        (None, Some(list)) if !list.is_empty() && !misplaced.is_empty() => {
            for key in misplaced {
                let message = format!("`{key}` belongs into each of the `requests`");
                problems.add_key(&format!("/{key}"), message);
            }
            return Vec::new();
        }
        (None, Some(list)) if !list.is_empty() => {
            let pointers = (0..list.len()).map(|at| format!("/requests/{at}"));
            pointers.zip(list).collect()
        }
        _ => {
            problems.add("", "a source has either `url` or `requests`");
            return Vec::new();
        }
    };
    let mut made: Vec<RequestSpec> = Vec::new();
    for (pointer, request) in written {
        if made.iter().any(|other| *other.name == *request.name) {
            let message = format!("there are two requests named `{}`", request.name);
            problems.add(&format!("{pointer}/name"), message);
        }
        let spec = request_spec(pointer, request, &headers, &made, problems);
        made.push(spec);
    }
    made
}

fn request_spec(
    pointer: String,
    raw: RawRequest,
    shared: &BTreeMap<String, Text>,
    earlier: &[RequestSpec],
    problems: &mut Problems<'_>,
) -> RequestSpec {
    let is_each = raw.each.is_some();
    let url = template(&format!("{pointer}/url"), raw.url, is_each, problems);
    if let Some(code) = url.in_host() {
        let message = format!("`{{{}}}` could lead to another host", code.text);
        problems.add(&format!("{pointer}/url"), message);
        problems.hint(Some("write the host out, with a `/` after it".into()));
    }
    let mut template = |pointer: &str, text: String| template(pointer, text, is_each, problems);
    let mut headers = Vec::new();
    for (base, written) in [("", shared), (pointer.as_str(), &raw.headers)] {
        for (name, value) in written {
            let pointer = format!("{base}/headers/{name}");
            let value = template(&pointer, value.0.clone());
            headers.push((pointer, name.clone(), value));
        }
    }
    let query = raw.query.unwrap_or_default().into_iter();
    let query = query
        .map(|(key, value)| {
            let value = template(&format!("{pointer}/query/{key}"), value.0);
            (key, value)
        })
        .collect();
    if raw.vanished.is_some() && is_each {
        problems
            .add_key(&format!("{pointer}/vanished"), "`vanished` is for requests without `each`");
    }
    let vanished = raw
        .vanished
        .and_then(|raw_vanished| vanished(raw_vanished, &pointer, (shared, raw.headers), problems));
    let total_header = raw.paging.as_ref().and_then(|paging| paging.total_header.clone());
    let each = each(&pointer, raw.each, raw.condition, raw.into, earlier, problems);
    RequestSpec {
        name: raw.name.into(),
        url,
        headers,
        query,
        paging: paging(raw.paging, &pointer, problems),
        items: raw.items.and_then(|code| problems.code(&format!("{pointer}/items"), code)),
        format: raw.format,
        optional: raw.optional,
        each,
        total_header,
        vanished,
        pointer,
    }
}

/// Parses a text with programs, which only a request with `each` may have.
fn template(pointer: &str, text: String, is_each: bool, problems: &mut Problems<'_>) -> Template {
    if !is_each {
        if text.contains("{.") {
            problems.add(
                pointer,
                format!("`{text}` needs a record, and this request is sent for none"),
            );
            problems.hint(Some("say with `each` of which request's records".into()));
        }
        return Template::plain(text);
    }
    Template::parse(&text).unwrap_or_else(|errors| {
        errors.into_iter().for_each(|error| problems.add(pointer, error.to_string()));
        Template::plain(text)
    })
}

fn each(
    base: &str,
    name: Option<String>,
    condition: Option<String>,
    into: Option<String>,
    earlier: &[RequestSpec],
    problems: &mut Problems<'_>,
) -> Option<Each> {
    let Some(name) = name else {
        for (key, given) in [("where", condition.is_some()), ("into", into.is_some())] {
            if given {
                problems.add_key(&format!("{base}/{key}"), format!("`{key}` goes with `each`"));
            }
        }
        return None;
    };
    let pointer = format!("{base}/each");
    let Some(request) = earlier.iter().position(|other| *other.name == *name) else {
        problems.add(&pointer, format!("there is no request `{name}` before this one"));
        let known = earlier.iter().map(|other| &*other.name);
        problems.hint(did_you_mean(&name, known));
        return None;
    };
    if earlier[request].each.as_ref().is_some_and(|each| each.into.is_some()) {
        let message = format!("`{name}` has no records: it puts them into others with `into`");
        problems.add(&pointer, message);
    }
    let condition = condition.and_then(|code| problems.code(&format!("{base}/where"), code));
    Some(Each { request, condition, into })
}

fn paging(raw: Option<RawPaging>, base: &str, problems: &mut Problems<'_>) -> Paging {
    let Some(raw) = raw else {
        return Paging::None;
    };
    let pointer = format!("{base}/paging");
    misplaced(&raw, &pointer, problems);
    let parameter = |default: &str| raw.parameter.clone().unwrap_or_else(|| default.into());
    let mut code = |key: &str, code: Option<String>| -> Option<Code> {
        problems.code(&format!("{pointer}/{key}"), code?)
    };
    match raw.kind {
        RawPagingKind::None => Paging::None,
        RawPagingKind::Link => Paging::Link,
        RawPagingKind::Page => Paging::Page {
            parameter: parameter("page"),
            first: raw.first.unwrap_or(1),
            pages: code("pages", raw.pages),
        },
        RawPagingKind::Offset => {
            let limit_parameter = raw.limit_parameter.clone().unwrap_or_else(|| "limit".into());
            let total = code("total", raw.total.clone());
            let limit = raw.limit.unwrap_or(100);
            if limit == 0 {
                problems.add(&format!("{pointer}/limit"), "a page has at least one record");
            }
            Paging::Offset {
                parameter: parameter("offset"),
                limit: (limit_parameter, limit),
                total,
            }
        }
        RawPagingKind::Cursor => {
            let is_missing = raw.next.is_none();
            if let Some(next) = code("next", raw.next.clone()) {
                return Paging::Cursor { next, parameter: raw.parameter };
            }
            if is_missing {
                problems.add(&pointer, "`cursor` needs `next`: jq to what the body says");
            }
            Paging::None
        }
        RawPagingKind::Odata => match code("next", Some(".\"@odata.nextLink\"".into())) {
            Some(next) => Paging::Cursor { next, parameter: None },
            None => Paging::None,
        },
        RawPagingKind::Continuation => Paging::Continuation {
            header: raw.header.clone().unwrap_or_else(|| "x-ms-continuationtoken".into()),
            parameter: parameter("continuationToken"),
        },
    }
}

/// Reports keys of another type of paging.
fn misplaced(raw: &RawPaging, pointer: &str, problems: &mut Problems<'_>) {
    use RawPagingKind::{Continuation, Cursor, Offset, Page};
    let given: [(&str, bool, &[RawPagingKind]); 8] = [
        ("parameter", raw.parameter.is_some(), &[Page, Offset, Cursor, Continuation]),
        ("first", raw.first.is_some(), &[Page]),
        ("pages", raw.pages.is_some(), &[Page]),
        ("limit", raw.limit.is_some(), &[Offset]),
        ("limit_parameter", raw.limit_parameter.is_some(), &[Offset]),
        ("total", raw.total.is_some(), &[Offset]),
        ("next", raw.next.is_some(), &[Cursor]),
        ("header", raw.header.is_some(), &[Continuation]),
    ];
    for (key, _, kinds) in
        given.iter().filter(|(_, given, kinds)| *given && !kinds.contains(&raw.kind))
    {
        let kinds: Vec<_> = kinds.iter().map(|kind| format!("`{kind:?}`").to_lowercase()).collect();
        let message = format!("`{key}` is only for paging of type {}", kinds.join(", "));
        problems.add_key(&format!("{pointer}/{key}"), message);
    }
}
