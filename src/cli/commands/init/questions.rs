//! The questions of `callboard init`, at most six; each of them is answered by an option, too.

use std::path::Path;

use anyhow::anyhow;

use crate::{
    base::{forges::Forge, text::did_you_mean},
    cli::{
        Failure,
        args::{ForgeName, InitArgs, SourceNewArgs},
        ask::{Asker, Question, somebody_is_there},
        init::{Answers, Home, Person, Provider, SAMPLE_COMPANY},
        output::Output,
    },
    git::{head, remote_of},
    site, snapshot,
};

/// The answer to a question that asks for nothing.
const NONE: &str = "none";

/// The answers: those of options, those of the person at the terminal, and defaults.
///
/// # Errors
/// An option has a value that cannot be.
pub(super) fn answers(
    directory: &Path,
    args: &InitArgs,
    output: &Output,
) -> Result<Answers, Failure> {
    let input = &mut std::io::stdin().lock();
    let asks = !args.yes && !args.json && !args.dry_run && somebody_is_there();
    let asker = asks.then_some(Asker { answers: input, output });
    answer(directory, args, asker)
}

fn answer(
    directory: &Path,
    args: &InitArgs,
    mut asker: Option<Asker<'_>>,
) -> Result<Answers, Failure> {
    let mut ask =
        |given: Option<String>, question: Question<'_>, check: &dyn Fn(&str) -> Option<String>| {
            if let Some(given) = given {
                return match check(&given) {
                    None => Ok(given),
                    Some(problem) => Err(Failure::Usage(anyhow!("{problem}"))),
                };
            }
            match &mut asker {
                Some(asker) => asker.ask(&question, check),
                None => Ok(question.default.unwrap_or_default().to_owned()),
            }
        };
    let anything = |_: &str| None;
    let text = |text, default| Question { text, default: Some(default), example: None };

    let folder = directory.canonicalize().unwrap_or_else(|_| directory.to_owned());
    let folder =
        folder.file_name().map_or("Portal".to_owned(), |name| name.to_string_lossy().into_owned());
    let company = match args.sample {
        true => args.company.clone().unwrap_or_else(|| SAMPLE_COMPANY.to_owned()),
        false => ask(args.company.clone(), text("Company", &folder), &anything)?,
    };
    let remote = remote_of(directory);
    let parse = |address: &str| parse_repository(address, args);
    let repository = ask(
        args.repository.clone(),
        Question {
            text: "Address of the portal's repository, which decides the CI definitions",
            default: Some(remote.as_deref().unwrap_or_default()),
            example: Some("https://github.com/acme/portal"),
        },
        &|address| match address {
            "" | NONE => None,
            address => parse(address).err(),
        },
    )?;
    let repository = Some(repository).filter(|address| !matches!(address.as_str(), "" | NONE));
    let home = repository
        .as_deref()
        .map(parse)
        .transpose()
        .map_err(|problem| Failure::Usage(anyhow!(problem)))?;
    let branch = ask(args.branch.clone(), text("Default branch", "main"), &wrong_branch)?;
    let languages = match (args.languages.is_empty(), args.sample) {
        (true, false) => ask(None, text("Languages of the site", "en"), &wrong_languages)?,
        _ => args.languages.join(","),
    };
    if let Some(problem) = wrong_languages(&languages).filter(|_| !args.sample) {
        return Err(Failure::Usage(anyhow!(problem)));
    }
    let issuer = match args.sample {
        true => args.sign_in.clone().unwrap_or_default(),
        false => ask(
            args.sign_in.clone(),
            Question {
                text: "Issuer of the OpenID provider that visitors sign in with",
                default: Some(""),
                example: Some("https://id.acme.example/realms/staff"),
            },
            &anything,
        )?,
    };
    let source = match args.sample {
        true => String::new(),
        false => ask(
            args.source.clone(),
            Question {
                text: "Preset of a first source",
                default: Some(""),
                example: Some("kubernetes"),
            },
            &wrong_preset,
        )?,
    };
    Ok(Answers {
        company,
        repository: home.as_ref().map(|(address, _)| address.clone()),
        home: home.map(|(_, home)| home),
        branch,
        languages: languages
            .split([',', ' '])
            .filter(|code| !code.is_empty())
            .map(str::to_owned)
            .collect(),
        provider: some(issuer).map(|issuer| Provider { issuer, client: args.client_id.clone() }),
        runner: args.runner.clone(),
        source: some(source).map(|preset| SourceNewArgs {
            preset: Some(preset),
            values: args.values.clone(),
            no_input: args.yes,
            ..SourceNewArgs::default()
        }),
        person: person(directory),
        is_sample: args.sample,
    })
}

fn some(answer: String) -> Option<String> {
    Some(answer).filter(|answer| !matches!(answer.as_str(), "" | NONE))
}

/// Reads `ADDRESS` or `FORGE ADDRESS`; the error is for the person who wrote it.
fn parse_repository(text: &str, args: &InitArgs) -> Result<(String, Home), String> {
    let (forge, address) = match text.split_once(' ') {
        Some((name, address)) => (Some(forge_named(name)?), address.trim()),
        None => (args.forge.map(Forge::from), text),
    };
    match Home::parse(address, forge, args.publish) {
        Ok(home) => Ok((address.to_owned(), home)),
        Err(error) => Err(format!("{error}\nhint: {}", error.hint())),
    }
}

fn forge_named(name: &str) -> Result<Forge, String> {
    <ForgeName as clap::ValueEnum>::from_str(name, true).map(Forge::from).map_err(|_| {
        format!(
            "there is no forge `{name}`\nhint: there are github, gitlab, gitea and azure-devops"
        )
    })
}

impl From<ForgeName> for Forge {
    fn from(name: ForgeName) -> Self {
        match name {
            ForgeName::Github => Self::GitHub,
            ForgeName::Gitlab => Self::GitLab,
            ForgeName::Gitea => Self::Gitea,
            ForgeName::AzureDevops => Self::AzureDevOps,
        }
    }
}

/// Names that would need quotes in YAML or a shell are refused, though git allows some of them.
fn wrong_branch(name: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._/-".contains(c);
    let is_fine = name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.chars().all(is_plain)
        && !name.contains("..")
        && !name.contains("//")
        && !name.ends_with(['/', '.'])
        && !name.ends_with(".lock");
    (!is_fine).then(|| format!("`{name}` cannot be the name of the default branch"))
}

fn wrong_languages(codes: &str) -> Option<String> {
    let known = site::embedded_languages();
    let mut codes = codes.split([',', ' ']).filter(|code| !code.is_empty()).peekable();
    if codes.peek().is_none() {
        return Some(format!("name a language: {}", known.join(", ")));
    }
    let unknown = codes.find(|code| !known.iter().any(|known| known == code))?;
    let hint = did_you_mean(unknown, known.iter().map(String::as_str));
    let hint = hint.unwrap_or_else(|| format!("there are {}", known.join(", ")));
    Some(format!("there is no language `{unknown}`\nhint: {hint}"))
}

fn wrong_preset(name: &str) -> Option<String> {
    let names = snapshot::preset_names();
    if matches!(name, "" | NONE) || names.iter().any(|known| known == name) {
        return None;
    }
    let hint = did_you_mean(name, names.iter().map(String::as_str));
    let hint = hint.unwrap_or_else(|| format!("there are {}", names.join(", ")));
    Some(format!("there is no preset `{name}`\nhint: {hint}"))
}

/// The person whose git configuration this is.
fn person(directory: &Path) -> Person {
    let (display, email) = head::person(directory);
    let local = email.as_deref().and_then(|email| email.split_once('@')).map(|(local, _)| local);
    let name =
        local.or(display.as_deref()).map(snapshot::entity_name).filter(|name| !name.is_empty());
    Person {
        name: name.unwrap_or_else(|| "you".to_owned()),
        display: display.unwrap_or_else(|| "You".to_owned()),
        email,
    }
}
