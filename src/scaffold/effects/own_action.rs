//! Runs of the commands of own actions.
//!
//! A command gets JSON on its standard input, returns JSON on its standard output, and logs on its standard error. It runs
//! in a fresh directory, with a copy of the action's files as they were approved and an empty environment but for what
//! the action declares.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use callboard_planner::{
    Effect,
    actions::{
        Actions,
        own::{Access, OwnAction as Action, Repeat},
    },
    effect::OwnActionInput,
    policy::Policy,
    workspace::{Workspace, read_folder},
};
use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{
    Comparison, EffectResult, Executor, Fault, Mark, NoWatch, Output, Probe, Watch, World,
};
use crate::base::{
    files::Directory,
    fs, json as base_json,
    process::{self, Exit, ProcessError, Program},
    text::{list, shorten, visible, with_causes},
};

/// Where programs are searched, unless the action declares another `PATH`.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// Most bytes of what a command returns, and of what it logs.
const MOST_BYTES: usize = 1024 * 1024;
/// Most values of what it returns.
const MOST_VALUES: usize = 100_000;
/// How long a probe or an undo may run, unless the action says less: the lease of the run is not renewed meanwhile.
const LONGEST_PROBE: Duration = Duration::from_mins(5);
/// Last lines of the log that a message shows.
const LAST_LINES: usize = 5;
/// Most bytes of such a line.
const LONGEST_LINE: usize = 300;
/// Exit code of a command that did nothing, and may succeed later (`EX_TEMPFAIL` of `sysexits.h`).
const TRY_LATER: i32 = 75;
/// Exit codes by which a command says that it did nothing (those of `sysexits.h`).
const DID_NOTHING: std::ops::RangeInclusive<i32> = 64..=78;

pub(super) struct OwnAction;

impl Executor for OwnAction {
    fn probe(&self, effect: &Effect, mark: &Mark<'_>, world: &World<'_>) -> Result<Probe, Fault> {
        let call = Call::new(effect, mark, world)?;
        match call.action.declaration.repeat {
            Repeat::Pure => Ok(Probe::Absent),
            Repeat::AtMostOnce => Ok(Probe::Unknowable),
            Repeat::Probed => call.probe(),
        }
    }

    fn act(
        &self,
        effect: &Effect,
        mark: &Mark<'_>,
        world: &World<'_>,
        watch: &mut dyn Watch,
    ) -> Result<EffectResult, Fault> {
        Call::new(effect, mark, world)?.act(watch)
    }

    fn compare(
        &self,
        effect: &Effect,
        _: &Output,
        mark: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<Comparison, Fault> {
        let call = Call::new(effect, mark, world)?;
        match call.action.declaration.repeat {
            // What is pure has made nothing.
            Repeat::Pure => Ok(Comparison::Same),
            Repeat::AtMostOnce => Ok(Comparison::of(Probe::Unknowable, effect)),
            Repeat::Probed => Ok(Comparison::of(call.probe()?, effect)),
        }
    }

    fn undo(
        &self,
        effect: &Effect,
        done: &Output,
        mark: &Mark<'_>,
        world: &World<'_>,
    ) -> Result<(), Fault> {
        let call = Call::new(effect, mark, world)?;
        let Some(undo) = call.action.declaration.undo.as_deref() else {
            // What is pure has made nothing.
            return Ok(());
        };
        let ran = call.run(undo, Some(done), LONGEST_PROBE, &mut NoWatch)?;
        match ran.exit.code {
            Some(0) => Ok(()),
            _ => Err(Fault::Rejected { message: ran.failure() }),
        }
    }
}

/// What a probe returns.
#[derive(Deserialize)]
#[serde(tag = "state", rename_all = "lowercase", deny_unknown_fields)]
enum Answer {
    Absent,
    Ours {
        #[serde(default)]
        output: Value,
    },
    Foreign {
        message: String,
    },
    Unknown,
}

/// One call of an action.
struct Call<'a> {
    action: Action,
    input: OwnActionInput,
    effect: &'a Effect,
    mark: &'a Mark<'a>,
    world: &'a World<'a>,
}

/// A command that ended by itself.
struct CommandResult {
    exit: Exit,
    /// The last lines of its log.
    last: Vec<String>,
    /// The files of its working directory.
    workspace: Option<Result<Workspace, String>>,
    /// The command, for messages.
    command: String,
}

impl<'a> Call<'a> {
    /// Finds the action that was planned. The policy must name it: nothing else asks the policy when a run is undone.
    fn new(effect: &'a Effect, mark: &'a Mark<'a>, world: &'a World<'a>) -> Result<Self, Fault> {
        let input: OwnActionInput = effect.read()?;
        let files = Directory::new(world.portal);
        let actions = Actions::load(&files);
        if !matches!(Policy::load(&files), Ok(Some(policy)) if policy.names(&input.action)) {
            let message = format!("the policy does not name the action `{}`", input.action);
            return Err(Fault::Conflict { message });
        }
        match actions.into_own(&input.action).filter(|action| action.digest() == input.digest) {
            Some(action) => Ok(Self { action, input, effect, mark, world }),
            None => Err(Fault::Conflict {
                message: format!("the files of `{}` have changed since the plan", input.action),
            }),
        }
    }

    fn act(&self, watch: &mut dyn Watch) -> Result<EffectResult, Fault> {
        let declaration = &self.action.declaration;
        let ran = match self.run(&declaration.run, None, self.action.timeout(), watch) {
            Err(Fault::Ambiguous { message }) => return Err(self.open_end(message)),
            ran => ran?,
        };
        match ran.exit.code {
            Some(0) => {}
            Some(TRY_LATER) => {
                return Err(Fault::Transient { message: ran.failure(), after: None });
            }
            // Of what can be probed a retry finds out whether it was done.
            Some(code) if declaration.repeat == Repeat::Probed || DID_NOTHING.contains(&code) => {
                return Err(Fault::Rejected { message: ran.failure() });
            }
            _ => return Err(self.open_end(ran.failure())),
        }
        let wrong = |message: String| self.open_end(format!("{}, but {message}", ran.ending()));
        let output = self.parse(&ran.exit.output).and_then(|found| self.output(&found));
        let workspace = match (declaration.workspace, &ran.workspace) {
            (Access::Write, Some(files)) => Some(files.clone().map_err(wrong)?),
            _ => None,
        };
        Ok(EffectResult { output: output.map_err(wrong)?, workspace })
    }

    /// The fault of a command of which nobody knows what it did; one that is pure did nothing outside.
    fn open_end(&self, message: String) -> Fault {
        match self.action.declaration.repeat {
            Repeat::Pure => Fault::Rejected { message },
            Repeat::Probed | Repeat::AtMostOnce => Fault::Ambiguous { message },
        }
    }

    fn probe(&self) -> Result<Probe, Fault> {
        let probe = self.action.declaration.probe.as_deref().unwrap_or_default();
        let ran = match self.run(probe, None, LONGEST_PROBE, &mut NoWatch) {
            Ok(ran) => ran,
            // A probe changes nothing.
            Err(Fault::Ambiguous { message }) => {
                return Err(Fault::Transient { message, after: None });
            }
            Err(fault) => return Err(fault),
        };
        match ran.exit.code {
            Some(0) => {}
            Some(TRY_LATER) => {
                return Err(Fault::Transient { message: ran.failure(), after: None });
            }
            _ => return Err(Fault::Rejected { message: ran.failure() }),
        }
        let wrong = |message: String| Fault::Rejected {
            message: format!("{}, but {message}", ran.ending()),
        };
        let answer = self.parse(&ran.exit.output).and_then(|found| {
            Answer::deserialize(found).map_err(|error| format!("its answer is wrong: {error}"))
        });
        Ok(match answer.map_err(wrong)? {
            Answer::Absent => Probe::Absent,
            Answer::Unknown => Probe::Unknowable,
            Answer::Foreign { message } => Probe::Foreign(visible(&message).into_owned()),
            Answer::Ours { output: Value::Null } => {
                Probe::Ours(self.output(&json!({})).map_err(wrong)?)
            }
            Answer::Ours { output } => Probe::Ours(self.output(&output).map_err(wrong)?),
        })
    }

    /// Reads what a command returned; nothing is an empty map.
    fn parse(&self, output: &[u8]) -> Result<Value, String> {
        if let Some(secret) = self.world.redactor.find(output) {
            return Err(format!("it returned a secret ({secret})"));
        }
        if output.iter().all(u8::is_ascii_whitespace) {
            return Ok(Value::Object(Map::new()));
        }
        let found = base_json::from_slice(output, MOST_VALUES);
        found.map_err(|error| format!("what it returned is no JSON: {}", with_causes(&error)))
    }

    fn output(&self, found: &Value) -> Result<Output, String> {
        self.action
            .read_output(found)
            .map_err(|message| format!("what it returned is wrong: {message}"))
    }

    /// Runs one of the commands of the action to its end; `done` are the outputs of what it undoes.
    fn run(
        &self,
        command: &[String],
        done: Option<&Output>,
        longest: Duration,
        watch: &mut dyn Watch,
    ) -> Result<CommandResult, Fault> {
        let failed =
            |error: &dyn std::error::Error| Fault::Rejected { message: with_causes(error) };
        let scratch = tempfile::Builder::new().prefix("callboard-action-").tempdir();
        let scratch = scratch.map_err(|error| failed(&error))?;
        let (own, workspace) = (scratch.path().join("action"), scratch.path().join("workspace"));
        let nothing = Workspace::default();
        let files = self.effect.files.as_ref().unwrap_or(&nothing);
        for (directory, files) in [(&own, &self.action.files), (&workspace, files)] {
            let files = files.files().map(|(path, file)| (path, &*file.bytes, file.mode));
            fs::write_tree(directory, files).map_err(|error| failed(&error))?;
        }
        let paths: Vec<PathBuf> = command.iter().map(|text| path(text, &own)).collect();
        let Some((program, arguments)) = paths.split_first() else {
            return Err(Fault::Rejected { message: "the command is empty".to_owned() });
        };
        let (environment, input) = (self.environment()?, format!("{}\n", self.request(done)));
        let program = Program {
            path: program,
            arguments,
            directory: &workspace,
            environment: &environment,
            input: input.as_bytes(),
            time: self.action.timeout().min(longest),
            output: MOST_BYTES,
        };
        let mut last = Vec::new();
        let ended = process::run(&program, &mut |lines| {
            let shown = |line: &String| visible(&self.world.redactor.redact(line)).into_owned();
            let lines: Vec<_> = lines.iter().map(shown).collect();
            last.extend(lines.iter().filter(|line| !line.is_empty()).cloned());
            last.drain(..last.len().saturating_sub(LAST_LINES));
            watch.tell(&lines).is_ok()
        });
        let command = command.join(" ");
        let exit = ended.map_err(|error| {
            let message = format!("`{command}`: {}{}", with_causes(&error), shown(&last));
            match error {
                ProcessError::Start { .. } => Fault::Rejected { message },
                _ => Fault::Ambiguous { message },
            }
        })?;
        let is_written = self.action.declaration.workspace == Access::Write;
        let workspace = is_written.then(|| self.read_back(&workspace));
        Ok(CommandResult { exit, last, workspace, command })
    }

    /// Reads the files of the working directory after the command, with the rules for files of a skeleton.
    fn read_back(&self, directory: &Path) -> Result<Workspace, String> {
        let (parent, name) = (directory.parent(), directory.file_name());
        let (Some(parent), Some(name)) = (parent, name.and_then(|name| name.to_str())) else {
            return Err("its directory has no name".to_owned());
        };
        let files = read_folder(&Directory::new(parent), name)
            .map_err(|error| format!("its files cannot be taken: {}", with_causes(&error)))?;
        if let Some((one, other)) = files.collision() {
            return Err(format!("`{one}` and `{other}` are one where case does not count"));
        }
        let secret = files
            .files()
            .find_map(|(path, file)| Some((path, self.world.redactor.find(&file.bytes)?)));
        match secret {
            Some((path, secret)) => Err(format!("`{path}` has a secret ({secret})")),
            None => Ok(files),
        }
    }

    /// All environment variables of the command. The redactor knows the secrets then.
    fn environment(&self) -> Result<Vec<(String, String)>, Fault> {
        let declaration = &self.action.declaration;
        let mut variables = vec![("PATH".to_owned(), PATH.to_owned())];
        variables.retain(|(name, _)| {
            !declaration.environment.contains_key(name) && !declaration.secrets.contains(name)
        });
        variables.extend(declaration.environment.clone());
        let mut missing = Vec::new();
        for name in &declaration.secrets {
            match self.world.environment.secret(name) {
                Some(secret) => {
                    self.world.redactor.learn(&secret);
                    variables.push((name.clone(), secret.reveal().to_owned()));
                }
                None => missing.push(format!("`{name}`")),
            }
        }
        if missing.is_empty() {
            return Ok(variables);
        }
        let names = list(&missing, missing.len());
        let message = format!(
            "`{}` needs secrets that the environment does not have: {names}",
            self.input.action
        );
        Err(Fault::Rejected { message })
    }

    /// What the command reads.
    fn request(&self, done: Option<&Output>) -> Value {
        let mut request = json!({
            "action": self.input.action,
            "request": self.mark.request,
            "requester": self.input.requester,
            "effect": self.effect.id,
            "mark": format!("{}/{}", self.mark.request, self.effect.id),
            "input": self.input.input,
        });
        if let Some(done) = done {
            request["output"] = Value::Object(done.clone());
        }
        request
    }
}

/// A text of a command: a file of the action where it begins with `./`.
fn path(text: &str, own: &Path) -> PathBuf {
    text.strip_prefix("./").map_or_else(|| PathBuf::from(text), |name| own.join(name))
}

fn shown(lines: &[String]) -> String {
    let lines: Vec<_> =
        lines.iter().map(|line| ["\n  ", &shorten(line, LONGEST_LINE)].concat()).collect();
    lines.concat()
}

impl CommandResult {
    fn ending(&self) -> String {
        match self.exit.code {
            Some(code) => format!("`{}` ended with exit code {code}", self.command),
            None => format!("`{}` was killed by a signal", self.command),
        }
    }

    /// How it ended, with the last lines that it logged.
    fn failure(&self) -> String {
        format!("{}{}", self.ending(), shown(&self.last))
    }
}
