//! The arguments of the command line, as clap parses them. These structs decide nothing: `settings` and each
//! command do.

use std::path::PathBuf;

use crate::{cli::commands::serve, site::Shard};
use clap::{Parser, Subcommand, ValueEnum};

pub(super) use super::args_init::{ForgeName, InitArgs};
pub(super) use super::args_scaffold::{ApplyArgs, Format, PlanArgs, ScaffoldArgs, ScaffoldCommand};
pub(super) use super::args_source::{
    AuthType, PagingType, SourceCommand, SourceListArgs, SourceNewArgs, SourceTestArgs,
    key_and_value,
};

/// A developer portal without a server: one binary, one git repository, one static site.
#[derive(Debug, Parser)]
#[command(name = "callboard", about, max_term_width = 100, arg_required_else_help = true)]
#[command(disable_help_subcommand = true)]
#[command(version, disable_version_flag = true)]
#[command(
    after_help = "Exit codes: 0 done · 1 the data or request is wrong · 2 wrong command line \
    or settings · 3 something outside failed · 4 refused by a guard"
)]
pub(super) struct Args {
    /// Directory of the portal: where `callboard.yaml` is
    #[arg(short = 'C', long, global = true, value_name = "DIR", default_value = ".")]
    pub(super) portal: PathBuf,
    /// Print the version and the commit
    #[arg(short = 'V', long)]
    pub(super) version: bool,
    /// With `--version`: print everything that is known of the build, as JSON
    #[arg(long, requires = "version")]
    pub(super) json: bool,
    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a portal: settings, an example template, CI definitions of your forge, and the first commit
    Init(Box<InitArgs>),
    /// Read the sources and write their entities into `catalog-data/entities`
    Snapshot(SnapshotArgs),
    /// Create, try and list sources
    #[command(subcommand)]
    Source(SourceCommand),
    /// Check settings, sources, catalog, templates and requests, and print every problem
    Check(CheckArgs),
    /// Show one entity, and for each field its source and the sources that disagree
    Explain(ExplainArgs),
    /// Search the catalog as the site does
    Search(SearchArgs),
    /// Show which entities and fields differ between two revisions of the portal
    Diff(DiffArgs),
    /// Print the JSON Schemas of the portal's files, for editors
    Schema(SchemaArgs),
    /// Render the catalog as a static site with its search index
    Build(BuildArgs),
    /// Join the parts of a site that several machines built with `build --shard`
    Merge(MergeArgs),
    /// Serve a built site on this machine
    Serve(ServeArgs),
    /// Plan and apply requests, such as for a new service
    Scaffold(ScaffoldArgs),
    /// Say what works: settings, sources, credentials, git, CI definitions, site; changes nothing
    Doctor(DoctorArgs),
    /// Run everything on an embedded sample company, then serve the result
    Demo(DemoArgs),
    /// Print the completion script of a shell
    Completions(CompletionsArgs),
    /// Write the manual pages, one of each command, into a directory
    Man(ManArgs),
    /// Show a page of the documentation, or the options of a command; without either, list both
    Help(HelpArgs),
}

#[derive(Debug, clap::Args)]
pub(super) struct HelpArgs {
    /// Topic of the documentation, such as `settings`, or a command
    #[arg(value_name = "TOPIC")]
    pub(super) topic: Vec<String>,
}

#[derive(Debug, clap::Args)]
pub(super) struct DoctorArgs {
    /// Look at files only, and ask no server
    #[arg(long)]
    pub(super) offline: bool,
    /// Print what was found as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, Default, clap::Args)]
pub(super) struct SnapshotArgs {
    /// Read this source only; may be given several times
    #[arg(long = "source", value_name = "NAME")]
    pub(super) sources: Vec<String>,
    /// Also fail when a document of a source could not be read; all others are written
    #[arg(long)]
    pub(super) strict: bool,
    /// Let this source remove more entities than the shrink guard permits
    #[arg(long, value_name = "NAME")]
    pub(super) allow_shrink: Vec<String>,
    /// Show what would change, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Write the files, and leave the commit to you
    #[arg(long)]
    pub(super) no_commit: bool,
    /// Push the commit to the remote `origin`
    #[arg(long, conflicts_with_all = ["no_commit", "dry_run"])]
    pub(super) push: bool,
    /// List every entity that changed, not only the first of each source
    #[arg(short, long)]
    pub(super) verbose: bool,
    /// Print the report as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct CheckArgs {
    /// Check these files of entities instead of a portal: files, folders, patterns, or `-` for standard input
    #[arg(value_name = "FILE")]
    pub(super) files: Vec<String>,
    /// Look references up in this catalog: the address of a Callboard site, or the folder of a portal or a site
    #[arg(long, value_name = "URL", requires = "files")]
    pub(super) catalog: Option<String>,
    /// Send this header to the site of the catalog, with the value of an environment variable; a token in
    /// `CALLBOARD_CATALOG_TOKEN` is sent without it
    #[arg(long, value_name = "NAME=VARIABLE", requires = "catalog", value_parser = key_and_value)]
    pub(super) catalog_header: Vec<(String, String)>,
    /// Fetch nothing that `scaffolds/lock.yaml` names and the cache lacks
    #[arg(long)]
    pub(super) offline: bool,
    /// Fail on warnings too
    #[arg(long)]
    pub(super) strict: bool,
    /// How to print the problems
    #[arg(long, value_enum, default_value_t = CheckFormat::Text)]
    pub(super) format: CheckFormat,
    /// Short for `--format json`
    #[arg(long, conflicts_with = "format")]
    pub(super) json: bool,
    /// Least level that is shown; what is not shown still counts
    #[arg(long, value_enum, value_name = "LEVEL", default_value_t = ShownLevel::Warning)]
    pub(super) level: ShownLevel,
    /// File of known problems that are not reported; by default `callboard-baseline.yaml` of the portal,
    /// when it exists
    #[arg(long, value_name = "FILE")]
    pub(super) baseline: Option<PathBuf>,
    /// Report all problems, whatever the baseline lists
    #[arg(long, conflicts_with_all = ["baseline", "write_baseline"])]
    pub(super) no_baseline: bool,
    /// Write all problems into the baseline, so that only new ones are reported from now on
    #[arg(long)]
    pub(super) write_baseline: bool,
    /// Explain a code, such as `dangling-reference`, and check nothing
    #[arg(long, value_name = "CODE")]
    pub(super) explain: Option<String>,
}

/// How problems are printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum CheckFormat {
    /// For a terminal
    Text,
    /// For a script
    Json,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// Annotations of GitHub Actions, Gitea and Forgejo
    Github,
    /// Issues of Azure Pipelines
    Azure,
    /// A Code Quality report of GitLab
    Gitlab,
}

/// The least level that is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ShownLevel {
    /// Errors only
    Error,
    /// Errors and warnings
    Warning,
    /// Everything
    Note,
}

#[derive(Debug, clap::Args)]
pub(super) struct SchemaArgs {
    /// Which schema to print; without it all names are listed
    #[arg(value_name = "NAME")]
    pub(super) name: Option<String>,
    /// Write `<name>.schema.json` of this schema, or of all, into this directory
    #[arg(long, value_name = "DIR")]
    pub(super) out: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
pub(super) struct ExplainArgs {
    /// Which entity: `component:default/cart`, or as much of it as is unambiguous
    #[arg(value_name = "ENTITY_REF")]
    pub(super) entity: String,
    /// Print it as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct SearchArgs {
    /// Words, the beginning of a word, `"a phrase"`, conditions such as `kind:api owner:team-x`, and
    /// what there must not be: `-deprecated` (behind `--`, where it comes first)
    #[arg(value_name = "QUERY", required = true)]
    pub(super) query: Vec<String>,
    /// Print at most this many hits
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub(super) limit: u16,
    /// Print the parts of each hit's score
    #[arg(long)]
    pub(super) explain: bool,
    /// Search the index of this built site, instead of the catalog as it is now
    #[arg(long, value_name = "DIR")]
    pub(super) site: Option<PathBuf>,
    /// Print the hits as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct DiffArgs {
    /// `A..B`; `A...B` since B left A, for pull requests; `A` alone compares with the files as they are
    #[arg(value_name = "REV..REV")]
    pub(super) revisions: String,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(super) format: Format,
}

#[derive(Debug, clap::Args)]
pub(super) struct BuildArgs {
    /// Directory of the site; replaced as a whole
    #[arg(long, value_name = "DIR", default_value = "site")]
    pub(super) out: PathBuf,
    /// Fail when a link of the site leads nowhere
    #[arg(long)]
    pub(super) strict: bool,
    /// Fetch nothing that `scaffolds/lock.yaml` names and the cache lacks
    #[arg(long)]
    pub(super) offline: bool,
    /// Render every page again, without reusing the previous build
    #[arg(long)]
    pub(super) clean: bool,
    /// Build one part of the site, such as `2/4`; `callboard merge` joins the parts
    #[arg(long, value_name = "I/N", value_parser = shard)]
    pub(super) shard: Option<Shard>,
    /// Show the measures of pages, search and the build beside their budgets
    #[arg(long)]
    pub(super) stats: bool,
    /// Print the result of the build and all measures as JSON
    #[arg(long)]
    pub(super) json: bool,
}

/// Reads `2/4`: the second of four parts.
fn shard(text: &str) -> Result<Shard, String> {
    let wrong = || format!("`{text}` is not a part of a whole: write `1/4` for the first of four");
    let (index, of) = text.split_once('/').ok_or_else(wrong)?;
    let (index, of): (usize, usize) =
        (index.parse().map_err(|_| wrong())?, of.parse().map_err(|_| wrong())?);
    if index == 0 || index > of {
        return Err(wrong());
    }
    Ok(Shard { index: index - 1, of })
}

#[derive(Debug, clap::Args)]
pub(super) struct MergeArgs {
    /// Directories that `callboard build --shard` made, all of them
    #[arg(value_name = "DIR", required = true)]
    pub(super) shards: Vec<PathBuf>,
    /// Directory of the site; replaced as a whole
    #[arg(long, value_name = "DIR", default_value = "site")]
    pub(super) out: PathBuf,
    /// Fail when a link of the site leads nowhere
    #[arg(long)]
    pub(super) strict: bool,
    /// Print the result as JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct ServeArgs {
    /// Directory of the built site
    #[arg(long, value_name = "DIR", default_value = "site")]
    pub(super) dir: PathBuf,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub(super) port: u16,
    /// Another host name to accept, such as that of a proxy; may be given several times
    #[arg(long, value_name = "NAME", value_parser = serve::host_name)]
    pub(super) host: Vec<String>,
    /// Build the site first, and again whenever a file of the portal changes; open pages follow
    #[arg(long)]
    pub(super) watch: bool,
    /// Print the address as JSON, in one line, as soon as it answers
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct DemoArgs {
    /// Keep the sample portal in this directory, and continue with it the next time
    #[arg(long, value_name = "DIR")]
    pub(super) dir: Option<PathBuf>,
    /// End after building instead of serving the site
    #[arg(long)]
    pub(super) no_serve: bool,
    /// Only serve the sample company's two APIs, to try sources on
    #[arg(long, conflicts_with_all = ["dir", "no_serve"])]
    pub(super) apis: bool,
    /// Port on 127.0.0.1; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    pub(super) port: u16,
}

#[derive(Debug, clap::Args)]
pub(super) struct CompletionsArgs {
    /// Shell to print the script for
    pub(super) shell: clap_complete::Shell,
}

#[derive(Debug, clap::Args)]
pub(super) struct ManArgs {
    /// Directory for the pages; made if it is missing
    #[arg(value_name = "DIR")]
    pub(super) directory: PathBuf,
}
#[cfg(test)]
mod tests;
