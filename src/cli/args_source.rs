//! The arguments of `callboard source`, as clap parses them.

use clap::{Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(super) enum SourceCommand {
    /// Create a source from a preset or a URL; without either, list the presets
    New(SourceNewArgs),
    /// Show records, the entities made of them and what is wrong with those; writes nothing
    Test(SourceTestArgs),
    /// List the sources, their kinds, and whether the settings name them
    List(SourceListArgs),
}

#[derive(Debug, Default, clap::Args)]
pub(super) struct SourceNewArgs {
    /// Name of the new source; by default that of its preset
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Preset to use
    #[arg(long, value_name = "PRESET", conflicts_with = "url")]
    pub(super) preset: Option<String>,
    /// Value of the preset; may be given several times
    #[arg(long = "value", value_name = "KEY=VALUE", value_parser = key_and_value)]
    pub(super) values: Vec<(String, String)>,
    /// Read this URL, without a preset
    #[arg(long, value_name = "URL", conflicts_with_all = ["values", "own_mapping"])]
    pub(super) url: Option<String>,
    /// How the API of the URL says where the next page is
    #[arg(long, value_enum, value_name = "TYPE", requires = "url")]
    pub(super) paging: Option<PagingType>,
    /// How the API of the URL knows who asks; the source reads the credential from the environment
    #[arg(long, value_enum, value_name = "TYPE", requires = "url")]
    pub(super) auth: Option<AuthType>,
    /// Where `oauth2` gets its tokens
    #[arg(long, value_name = "URL", required_if_eq("auth", "oauth2"))]
    pub(super) token_url: Option<String>,
    /// jq to the records of an answer of the URL that is not itself their list, such as `.data[]`
    #[arg(long, value_name = "JQ", requires = "url")]
    pub(super) items: Option<String>,
    /// Copy the preset's mapping beside the source, to be changed
    #[arg(long)]
    pub(super) own_mapping: bool,
    /// Ask nothing, even on a terminal
    #[arg(long)]
    pub(super) no_input: bool,
    /// Print the files that were written and the variables that must be set, or the presets, as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Ways to find the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum PagingType {
    /// The next number in the query
    Page,
    /// The next records, by the number of the first
    Offset,
    /// A cursor in the answer
    Cursor,
    /// `@odata.nextLink` in the answer
    Odata,
    /// The header `Link`
    Link,
    /// A token in a header
    Continuation,
}

/// Ways to prove who asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AuthType {
    /// A key in a header
    Header,
    /// A user and a password
    Basic,
    /// A token
    Bearer,
    /// A client's id and secret (OAuth 2.0 client credentials)
    Oauth2,
}

#[derive(Debug, clap::Args)]
pub(super) struct SourceTestArgs {
    /// Name of the source
    #[arg(value_name = "NAME")]
    pub(super) name: String,
    /// Show this record of each request only, counted from 1
    #[arg(long, value_name = "N", conflicts_with = "limit", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) record: Option<u64>,
    /// Show at most this many records of each request
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) limit: u64,
    /// Print records and entities as JSON, whole
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct SourceListArgs {
    /// Print the list as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Reads `key=value`.
pub(super) fn key_and_value(text: &str) -> Result<(String, String), String> {
    let parts = text.split_once('=');
    let (key, value) = parts.ok_or_else(|| "write it as `key=value`".to_owned())?;
    Ok((key.to_owned(), value.to_owned()))
}
