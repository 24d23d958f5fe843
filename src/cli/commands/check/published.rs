//! `--catalog`: reads the extract of a catalog from its site, from a file, or from the folder of a portal or a site.

use std::{
    io::Read,
    path::{Path, PathBuf},
    time::Duration,
};

use anyhow::anyhow;
use flate2::read::GzDecoder;
use serde::Deserialize;

use crate::{
    base::{
        environment::{Environment, Secret},
        fs,
        http::{self, Client, HttpError, Reason, Request, Url},
        path::shown,
    },
    catalog::extract::{Extract, ExtractError},
    cli::{Failure, exit::outside, output::Output, settings, settings::Settings, sources},
};

/// The variable with a token that the site wants.
const TOKEN: &str = "CALLBOARD_CATALOG_TOKEN";
/// The file that names all others of the catalog.
const INDEX: &str = "catalog.json";
/// How long one request may take.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How often a failed request is repeated.
const RETRIES: u32 = 2;
/// Most bytes of the index.
const MOST_INDEX: u64 = 1 << 20;
/// Most bytes of the extract as it is sent, and unpacked. One of 100,000 entities has some 30 MB.
const MOST_PACKED: u64 = 64 << 20;
const MOST_UNPACKED: u64 = 256 << 20;

/// Where a catalog is.
#[derive(Debug)]
pub(super) enum CatalogPlace {
    /// A site, with the headers that it wants.
    Site(Url, Vec<(String, Secret)>),
    /// A file, or the folder of a portal or a site.
    Path(PathBuf),
}

/// What the index says.
#[derive(Deserialize)]
struct Index {
    extract: Option<String>,
}

impl CatalogPlace {
    /// Reads the value of `--catalog`; `headers` are `NAME=VARIABLE`. Credentials are sent to the site alone, and only
    /// with encryption.
    pub(super) fn parse(
        text: &str,
        headers: &[(String, String)],
        environment: &Environment,
        output: &Output,
    ) -> Result<Self, Failure> {
        if !text.contains("://") {
            return Ok(Self::Path(PathBuf::from(text)));
        }
        let mut url = Url::parse(text)
            .ok()
            .filter(|url| matches!(url.scheme(), "https" | "http"))
            .ok_or_else(|| usage(format!("`{text}` is not an `https` URL")))?;
        url.set_query(None);
        url.set_fragment(None);
        let path = url.path().trim_end_matches(INDEX).trim_end_matches("index.html");
        let path = format!("{}/", path.trim_end_matches('/'));
        url.set_path(&path);
        let mut secrets = Vec::new();
        for (name, variable) in headers {
            let value = environment.secret(variable).ok_or_else(|| {
                let what = "of `--catalog-header` is not set";
                usage(format!("the environment variable `{variable}` {what}"))
            })?;
            secrets.push((name.clone(), value));
        }
        let bearer = |token: Secret| Secret::new(format!("Bearer {}", token.reveal()));
        secrets.extend(environment.secret(TOKEN).map(|token| {
            output.learn(&token);
            ("Authorization".to_owned(), bearer(token))
        }));
        secrets.iter().for_each(|(_, value)| output.learn(value));
        if !secrets.is_empty() && url.scheme() == "http" && !http::is_loopback(&url) {
            let shown = http::shown(&url);
            return Err(usage(format!(
                "no credential is sent to `{shown}`, which has no encryption\nhint: use `https`"
            )));
        }
        Ok(Self::Site(url, secrets))
    }
}

fn usage(message: impl Into<String>) -> Failure {
    Failure::Usage(anyhow!(message.into()))
}

/// Reads the extract.
pub(super) fn read(place: &CatalogPlace) -> Result<Extract, Failure> {
    match place {
        CatalogPlace::Site(url, headers) => {
            let runtime = tokio::runtime::Runtime::new().map_err(outside)?;
            runtime.block_on(download(url, headers))
        }
        CatalogPlace::Path(path) if path.join(settings::FILE).is_file() => of_portal(path),
        CatalogPlace::Path(path) if path.is_dir() => of_site(path),
        CatalogPlace::Path(path) => {
            let name = shown(path);
            parse(&fs::read(path)?, &name)
        }
    }
}

/// The extract of a portal's catalog as its files are now.
fn of_portal(path: &Path) -> Result<Extract, Failure> {
    let settings = Settings::load(path)?;
    let (catalog, _) = settings.load_catalog()?;
    Ok(Extract::of(&catalog, &sources::claims(&settings, &catalog)?))
}

/// The extract of a site that is a folder.
fn of_site(path: &Path) -> Result<Extract, Failure> {
    let folder = shown(path);
    let index = fs::read_text_if_exists(&path.join(INDEX))?;
    let name = index.and_then(|text| serde_json::from_str::<Index>(&text).ok()?.extract);
    let Some(name) = name else {
        return Err(usage(format!(
            "`{folder}` is neither a portal nor a site that this version of Callboard built\nhint: a portal has a \
             `{}`, a site a `{INDEX}`",
            settings::FILE
        )));
    };
    let file = path.join(name);
    parse(&fs::read(&file)?, &shown(&file))
}

async fn download(site: &Url, headers: &[(String, Secret)]) -> Result<Extract, Failure> {
    let client = Client::new().map_err(outside)?;
    let get = async |url: Url, most: u64| {
        let mut request =
            Request { timeout: TIMEOUT, retries: RETRIES, max_bytes: most, ..Request::new(url) };
        for (name, value) in headers {
            let (name, value) =
                http::header(name, value.reveal()).map_err(|e| usage(e.to_string()))?;
            request.headers.insert(name, value);
        }
        client.get(&request).await.map_err(|error| unread(&error, site, !headers.is_empty()))
    };
    let index_url = join(site, INDEX)?;
    let index = get(index_url, MOST_INDEX).await?;
    let text = index.text().map_err(|error| unread(&error, site, !headers.is_empty()))?;
    let index: Index = serde_json::from_str(text).map_err(|error| {
        let site = http::shown(site);
        outside(anyhow!(
            "`{site}{INDEX}` is no list of a catalog: {error}\nhint: is `{site}` a site that Callboard built?"
        ))
    })?;
    let Some(name) = index.extract else {
        return Err(outside(anyhow!(
            "the site `{}` has no extract of its catalog, because an older Callboard built it\nhint: build it again",
            http::shown(site)
        )));
    };
    let url = join(site, &name)?;
    let shown = http::shown(&url);
    let answer = get(url, MOST_PACKED).await?;
    parse(&answer.body, &shown)
}

/// The address of a file of the site.
fn join(site: &Url, file: &str) -> Result<Url, Failure> {
    let url = site.join(file).map_err(outside)?;
    let is_inside = url.origin() == site.origin() && url.path().starts_with(site.path());
    match is_inside {
        true => Ok(url),
        false => Err(outside(anyhow!("`{file}` leads out of the site `{}`", http::shown(site)))),
    }
}

/// Reads the text of an extract, packed or not: some servers unpack it on the way.
fn parse(bytes: &[u8], shown: &str) -> Result<Extract, Failure> {
    let mut unpacked = Vec::new();
    let bytes = match bytes.starts_with(b"\x1f\x8b") {
        true => {
            let mut reader = GzDecoder::new(bytes).take(MOST_UNPACKED + 1);
            reader
                .read_to_end(&mut unpacked)
                .map_err(|error| outside(anyhow!("`{shown}` cannot be unpacked: {error}")))?;
            if unpacked.len() as u64 > MOST_UNPACKED {
                return Err(outside(anyhow!(
                    "`{shown}` is larger than {MOST_UNPACKED} bytes when it is unpacked"
                )));
            }
            unpacked.as_slice()
        }
        false => bytes,
    };
    Extract::read(bytes).map_err(|error| match error {
        ExtractError::Newer(_) => outside(anyhow!(
            "`{shown}` is of a newer Callboard: {error}\nhint: update `callboard`, now {}",
            env!("CARGO_PKG_VERSION")
        )),
        error @ ExtractError::Json(_) => {
            outside(anyhow!("`{shown}` is no extract of a catalog: {error}"))
        }
    })
}

/// The failure of a request, with what to do for whoever checks files.
fn unread(error: &HttpError, site: &Url, has_credential: bool) -> Failure {
    let sign_in = match has_credential {
        true => "the site asks to sign in: is the credential valid?".to_owned(),
        false => format!(
            "the site asks to sign in: `{TOKEN}` has a token for it, `--catalog-header NAME=VARIABLE` sends another header"
        ),
    };
    let hint = match &error.reason {
        Reason::Status { status, .. } if matches!(status.as_u16(), 401 | 403) => sign_in,
        Reason::Status { status, .. } if status.as_u16() == 404 => format!(
            "is `{}` the address of the home page of a site that Callboard built?",
            http::shown(site)
        ),
        Reason::HtmlPage | Reason::ForeignHost(_) | Reason::RedirectLoop => sign_in,
        Reason::TooLarge(_) => "is it a site that Callboard built?".to_owned(),
        Reason::TimedOut(_) | Reason::Connection(_) | Reason::Interrupted(_) => {
            "can this machine reach the site?".to_owned()
        }
        _ => error.hint().unwrap_or_default().to_owned(),
    };
    let hint = if hint.is_empty() { hint } else { format!("\nhint: {hint}") };
    Failure::Outside(anyhow!("cannot read the catalog: {error}{hint}"))
}
