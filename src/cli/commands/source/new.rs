//! `callboard source new`: writes the files of a new source, from a preset or a URL.

use std::path::Path;

use anyhow::anyhow;
use serde_json::json;

use super::{register::register, starter};
use crate::{
    base::{files::Directory, fs, text::did_you_mean},
    cli::{
        Failure,
        args::SourceNewArgs,
        ask::{Asker, Question, somebody_is_there},
        output::{BOLD, DIM, GOOD, Output},
        settings::{FILE, Settings},
    },
    snapshot::{self, Parameter, Preset, SOURCES, Values, WrongValue},
};

/// What a new source starts from.
enum Start {
    Preset(Preset, Values),
    Url(String),
}

/// Writes the files of a new source. On a terminal, asks for values that the arguments do not have.
pub(in crate::cli) fn run(
    portal: &Path,
    args: &SourceNewArgs,
    output: &Output,
) -> Result<(), Failure> {
    let answers = &mut std::io::stdin().lock();
    let asker = Asker { answers, output };
    let asker = (!args.no_input && somebody_is_there()).then_some(asker);
    start(portal, args, asker, output)
}

fn start(
    portal: &Path,
    args: &SourceNewArgs,
    mut asker: Option<Asker<'_>>,
    output: &Output,
) -> Result<(), Failure> {
    let answer = output;
    let output = &output.beside_json(args.json);
    let settings = Settings::load(portal)?;
    let Some(mut start) = choose(args, asker.as_mut(), answer)? else {
        return Ok(());
    };
    let name = name(args, &start, asker.as_mut())?;
    refuse_existing(portal, &name)?;
    if let Start::Preset(preset, values) = &mut start {
        complete(preset, values, asker.as_mut())?;
    }
    let (files, variables) = write(portal, &name, &start, args, output)?;
    add_to_settings(&settings, &name, output)?;
    let is_unset = |name: &&String| settings.environment.get(name).is_none();
    let variables: Vec<_> = variables.iter().filter(is_unset).collect();
    if args.json {
        return answer
            .json(&json!({ "source": name, "files": files, "unset_variables": variables }));
    }
    let variables: Vec<_> = variables.iter().map(|name| format!("`{name}`")).collect();
    if !variables.is_empty() {
        output.line(format!("set in the environment: {}", variables.join(", ")));
    }
    output.line(format!("next: {BOLD}callboard source test {name}{BOLD:#}"));
    Ok(())
}

/// Decides what to start from. Lists the presets when the arguments do not say it and there is no terminal.
fn choose(
    args: &SourceNewArgs,
    asker: Option<&mut Asker<'_>>,
    output: &Output,
) -> Result<Option<Start>, Failure> {
    if let Some(url) = &args.url {
        return check_url(url).map(|()| Some(Start::Url(url.clone())));
    }
    let name = match (&args.preset, asker) {
        (Some(name), _) => name.clone(),
        (None, Some(asker)) => {
            list_presets(output);
            let question = Question { text: "Preset", ..Question::default() };
            asker.ask(&question, |answer| find(answer).err())?
        }
        (None, None) if args.name.is_none() && args.json => {
            let presets = snapshot::preset_names().into_iter().filter_map(|n| snapshot::preset(&n));
            let presets = presets.map(|p| json!({ "name": p.name, "description": p.description }));
            output.json(&presets.collect::<Vec<_>>())?;
            return Ok(None);
        }
        (None, None) if args.name.is_none() => {
            list_presets(output);
            output.note(format!(
                "{DIM}start one with `callboard source new --preset PRESET`, or your own with \
                 `callboard source new NAME --url URL`{DIM:#}"
            ));
            return Ok(None);
        }
        (None, None) => {
            let names = snapshot::preset_names().join(", ");
            return Err(usage("say what to start from: `--preset PRESET` or `--url URL`", &names));
        }
    };
    let preset = find(&name).map_err(|message| Failure::Usage(anyhow!(message)))?;
    Ok(Some(Start::Preset(preset, args.values.iter().cloned().collect())))
}

fn find(name: &str) -> Result<Preset, String> {
    snapshot::preset(name).ok_or_else(|| {
        let names = snapshot::preset_names();
        let hint = did_you_mean(name, names.iter().map(String::as_str))
            .unwrap_or_else(|| format!("there are {}", names.join(", ")));
        format!("there is no preset `{name}`\nhint: {hint}")
    })
}

fn list_presets(output: &Output) {
    let names = snapshot::preset_names();
    let width = names.iter().map(String::len).max().unwrap_or_default();
    for preset in names.iter().filter_map(|name| snapshot::preset(name)) {
        let Preset { name, description, .. } = preset;
        output.line(format!("{BOLD}{name:width$}{BOLD:#}  {description}"));
    }
}

fn check_url(url: &str) -> Result<(), Failure> {
    let is_url = ["https://", "http://", "${"].iter().any(|start| url.starts_with(start));
    if is_url {
        return Ok(());
    }
    Err(usage(
        &format!("`{url}` is not an `http` or `https` URL"),
        "such as https://api.example/teams",
    ))
}

/// The name of the source: that of the arguments or the answer, by default that of the preset.
fn name(
    args: &SourceNewArgs,
    start: &Start,
    asker: Option<&mut Asker<'_>>,
) -> Result<String, Failure> {
    let default = match start {
        Start::Preset(preset, _) => Some(preset.name.as_str()),
        Start::Url(_) => None,
    };
    let check = |name: &str| {
        let problem = format!("`{name}` cannot be the name of a source");
        (!snapshot::is_source_name(name)).then_some(problem)
    };
    let name = match (&args.name, asker, default) {
        (Some(name), ..) => name.clone(),
        (None, Some(asker), default) => {
            asker.ask(&Question { text: "Name of the source", default, example: None }, check)?
        }
        (None, None, Some(name)) => name.to_owned(),
        (None, None, None) => {
            return Err(usage(
                "the name of the source is missing",
                "callboard source new NAME --url URL",
            ));
        }
    };
    match check(&name) {
        None => Ok(name),
        Some(problem) => {
            Err(usage(&problem, "use letters, digits and, between them, `-`, `_` or `.`"))
        }
    }
}

fn refuse_existing(portal: &Path, name: &str) -> Result<(), Failure> {
    for file in [file_of(name, "yaml"), file_of(name, "jq")] {
        if fs::read_text_if_exists(&portal.join(&file))?.is_some() {
            let hint = "give another name, as in `callboard source new NAME`";
            return Err(usage(&format!("`{file}` is already there"), hint));
        }
    }
    Ok(())
}

fn file_of(name: &str, extension: &str) -> String {
    format!("{SOURCES}/{name}.{extension}")
}

/// Asks for the values that are missing; without a terminal, names them all in an error.
fn complete(
    preset: &Preset,
    values: &mut Values,
    asker: Option<&mut Asker<'_>>,
) -> Result<(), Failure> {
    let is_missing = |parameter: &&Parameter| !values.contains_key(&parameter.name);
    if let Some(asker) = asker {
        let open = preset.parameters.iter().filter(|p| !p.rare).filter(is_missing);
        for parameter in open.collect::<Vec<_>>() {
            let Parameter { question, default, example, .. } = parameter;
            let default = default.as_deref();
            let question = Question { text: question, default, example: example.as_deref() };
            let problem = |wrong: WrongValue| wrong.hint.unwrap_or(wrong.message);
            let answer = asker.ask(&question, |answer| parameter.mismatch(answer).map(problem))?;
            if default != Some(answer.as_str()) {
                values.insert(parameter.name.clone(), answer);
            }
        }
    }
    let wrong = preset.complete(values).err().unwrap_or_default();
    if wrong.is_empty() {
        return Ok(());
    }
    let missing =
        preset.parameters.iter().filter(|p| p.default.is_none() && !values.contains_key(&p.name));
    let flags: Vec<_> = missing
        .map(|p| format!("--value {}={}", p.name, p.example.as_deref().unwrap_or("…")))
        .collect();
    let lines = wrong.iter().map(|wrong| match &wrong.hint {
        Some(hint) if wrong.pointer != "/values" => format!("{}\nhint: {hint}", wrong.message),
        _ => wrong.message.clone(),
    });
    let mut message = lines.collect::<Vec<_>>().join("\n");
    if !flags.is_empty() {
        message.push_str(&format!("\nhint: add {}", flags.join(" ")));
    }
    Err(Failure::Usage(anyhow!(message)))
}

/// Writes the files of a source; returns these files, and the environment variables that it needs, sorted.
fn write(
    portal: &Path,
    name: &str,
    start: &Start,
    args: &SourceNewArgs,
    output: &Output,
) -> Result<(Vec<String>, Vec<String>), Failure> {
    let (yaml, mapping, read) = match start {
        Start::Preset(preset, values) => {
            let all = preset.complete(values).unwrap_or_default();
            let read = preset.source(&all).to_string();
            (starter::of_preset(preset, values), args.own_mapping.then(|| preset.mapping()), read)
        }
        Start::Url(url) => {
            let api = starter::Api {
                paging: args.paging,
                auth: args.auth,
                token_url: args.token_url.as_deref(),
                items: args.items.as_deref(),
            };
            let yaml = starter::of_url(name, url, &api);
            let read: Vec<_> = yaml.lines().filter(|line| !line.starts_with('#')).collect();
            let read = read.join("\n");
            (yaml, Some(starter::MAPPING.to_owned()), read)
        }
    };
    let files = [(file_of(name, "yaml"), Some(yaml)), (file_of(name, "jq"), mapping)];
    let mut written = Vec::new();
    for (file, text) in files.into_iter().filter_map(|(file, text)| Some((file, text?))) {
        Directory::new(portal).write(&file, text.as_bytes(), false)?;
        output.line(format!("{GOOD}wrote{GOOD:#} {file}"));
        written.push(file);
    }
    let mut variables: Vec<_> = snapshot::variable_names(&read).map(str::to_owned).collect();
    variables.sort();
    variables.dedup();
    Ok((written, variables))
}

/// Adds the source to the list in the settings, or prints how to do it.
fn add_to_settings(settings: &Settings, name: &str, output: &Output) -> Result<(), Failure> {
    if settings.file.sources.iter().any(|other| other == name) {
        return Ok(());
    }
    let file = settings.portal.join(FILE);
    let text = fs::read_text(&file)?;
    match register(&text, name) {
        Some(edited) => {
            Directory::new(&settings.portal).write(FILE, edited.as_bytes(), false)?;
            output.line(format!("{GOOD}added{GOOD:#} `{name}` to `sources` in {FILE}"));
        }
        None => output.line(format!("add `{name}` to the list `sources` in {FILE}")),
    }
    Ok(())
}

fn usage(message: &str, hint: &str) -> Failure {
    Failure::Usage(anyhow!("{message}\nhint: {hint}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers the questions of `source new` in a new portal; returns the files that it made.
    fn answered(args: &SourceNewArgs, mut answers: &[u8]) -> (Result<(), Failure>, String, String) {
        let portal = callboard_testing::Portal::new();
        let output = Output::new(None);
        let asker = Asker { answers: &mut answers, output: &output };
        let result = start(portal.path(), args, Some(asker), &output);
        let read = |file: &str| {
            fs::read_text_if_exists(&portal.path().join(file))
                .expect("readable")
                .unwrap_or_default()
        };
        (result, read("catalog-data/sources/cluster.yaml"), read(FILE))
    }

    #[test]
    fn a_person_is_asked_for_what_matters_until_it_fits() {
        let answers = "kubernets\nkubernetes\nmanual\ncluster\nprod\nnowhere\nhttps://k8s.acme.example\n\
                       \nplatform\n\nenrich\n";
        let (result, source, settings) = answered(&SourceNewArgs::default(), answers.as_bytes());
        assert!(result.is_ok(), "{result:?}");
        assert_eq!(settings, "title: Test\n\nsources: [cluster]\n");
        let values: serde_json::Value = crate::base::yaml::from_str(&source).expect("YAML");
        assert_eq!(
            values,
            serde_json::json!({ "preset": "kubernetes", "values": {
                "cluster": "prod", "server": "https://k8s.acme.example", "owner": "platform", "role": "enrich" } })
        );
    }

    #[test]
    fn when_the_answers_end_nothing_is_written() {
        let args = SourceNewArgs { preset: Some("org".into()), ..SourceNewArgs::default() };
        let (result, source, settings) = answered(&args, b"cluster\n");
        assert!(matches!(result, Err(Failure::Usage(_))), "{result:?}");
        assert_eq!((source.as_str(), settings.as_str()), ("", "title: Test\n"));
    }
}
