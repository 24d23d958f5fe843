//! The arguments of `callboard init`.

use std::path::PathBuf;

use crate::cli::init::SitePublication;
use clap::ValueEnum;

use super::args::key_and_value;

#[derive(Debug, Default, clap::Args)]
pub(super) struct InitArgs {
    /// Directory of the new portal; the one of `-C` when missing
    #[arg(value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
    /// Name of the company
    #[arg(long, value_name = "NAME")]
    pub(super) company: Option<String>,
    /// Address of the portal's repository on its forge, such as `https://github.com/acme/portal`
    #[arg(long, value_name = "URL")]
    pub(super) repository: Option<String>,
    /// The forge, where its host does not say it
    #[arg(long, value_enum, requires = "repository")]
    pub(super) forge: Option<ForgeName>,
    /// The default branch
    #[arg(long, value_name = "NAME")]
    pub(super) branch: Option<String>,
    /// Language of the site; may be given several times, the first one is the main one
    #[arg(long = "language", value_name = "CODE")]
    pub(super) languages: Vec<String>,
    /// Issuer of the identity provider (OIDC) that visitors sign in with
    #[arg(long, value_name = "ISSUER")]
    pub(super) sign_in: Option<String>,
    /// Id of the portal's client at that provider
    #[arg(long, value_name = "ID", default_value = "callboard", requires = "sign_in")]
    pub(super) client_id: String,
    /// Preset of a first source; `callboard source new` lists them
    #[arg(long, value_name = "PRESET", conflicts_with = "sample")]
    pub(super) source: Option<String>,
    /// Value of that preset; may be given several times
    #[arg(long = "value", value_name = "KEY=VALUE", value_parser = key_and_value, requires = "source")]
    pub(super) values: Vec<(String, String)>,
    /// Where CI jobs publish the site
    #[arg(long, value_enum, requires = "repository")]
    pub(super) publish: Option<SitePublication>,
    /// Label of the runners, or name of the agent pool
    #[arg(long, value_name = "NAME", requires = "repository")]
    pub(super) runner: Option<String>,
    /// Make the portal of the sample company, whose APIs are in the program
    #[arg(long)]
    pub(super) sample: bool,
    /// Ask nothing: what no flag says is the default
    #[arg(short, long)]
    pub(super) yes: bool,
    /// Bring the CI definitions and schemas of this program into a portal; your own changes stay, and nothing is committed
    #[arg(long, conflicts_with_all = ["company", "repository", "branch", "languages", "sign_in", "source", "sample"])]
    pub(super) upgrade: bool,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Print the result as JSON; asks nothing
    #[arg(long)]
    pub(super) json: bool,
}

/// Forges that have CI definitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ForgeName {
    /// GitHub or GitHub Enterprise Server
    Github,
    /// GitLab
    Gitlab,
    /// Gitea or Forgejo
    Gitea,
    /// Azure DevOps Services or Server
    AzureDevops,
}
