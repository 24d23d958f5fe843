//! `fetch:template`: renders a folder of the template into the workspace.
//!
//! The rules are those of Backstage's `fetch:template`: paths are rendered, too, and a file is skipped when a part
//! of its path renders to nothing; binary files are copied; expressions can read `values` only. Unlike Backstage,
//! the folder must be in the template's own folder, symbolic links are refused, and an expression that cannot be
//! parsed is an error with its position.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::{Action, StepContext, StepPlan, StepResults, flag, text, texts};
use crate::{
    base::{diagnostics::Diagnostic, path::RelativePath, text::count},
    engine::{self, Context, Options},
    workspace::{File, Workspace, folder_path},
};

pub(super) struct FetchTemplate;

impl Action for FetchTemplate {
    fn id(&self) -> &'static str {
        "fetch:template"
    }

    fn description(&self) -> &'static str {
        "Renders a folder of the template into the workspace"
    }

    fn later_inputs(&self) -> &'static [&'static str] {
        &["values"]
    }

    fn schema(&self) -> Value {
        let globs = json!({"type": "array", "items": {"type": "string"}});
        json!({
            "type": "object",
            "required": ["url"],
            "properties": {
                "url": {"type": "string"},
                "targetPath": {"type": "string"},
                "values": {"type": "object"},
                "copyWithoutTemplating": globs,
                "copyWithoutRender": globs,
                "templateFileExtension": {"type": ["string", "boolean"]},
                "replace": {"type": "boolean"},
                "trimBlocks": {"type": "boolean"},
                "lstripBlocks": {"type": "boolean"}
            },
            "additionalProperties": false
        })
    }

    /// Parses every file that the step would render, when its folder and globs are written out.
    fn check(&self, cx: &StepContext<'_>) -> Vec<Diagnostic> {
        let input = &cx.step().input;
        let is_written_out = !input.get("url").is_some_and(|url| url.to_string().contains("{{"));
        if !is_written_out || !cx.check_input(self, &without_expressions(input)).is_empty() {
            return Vec::new();
        }
        let (Ok(fetch), Ok(folder)) = (Fetch::read(cx, input), source(cx, input)) else {
            return Vec::new();
        };
        let files: Vec<_> = folder.files().collect();
        let mut problems: Vec<_> = files
            .into_par_iter()
            .filter_map(|(path, file)| fetch.parse(path, file).err())
            .map(|(path, error)| cx.template().file_expression(&path, error))
            .collect();
        crate::base::diagnostics::sort(&mut problems);
        problems
    }

    fn plan(
        &self,
        cx: &StepContext<'_>,
        input: &Value,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let fetch = Fetch::read(cx, input)?;
        let folder = source(cx, input)?;
        let target = text(input, "targetPath").unwrap_or("./");
        let target = folder_path(target).map_err(|e| cx.wrong("targetPath", e))?;
        let values = input.get("values").cloned().unwrap_or(json!({}));
        let variables = Map::from_iter([("values".to_owned(), values)]);
        let context = Context::with_unknowns(&variables, &["values"]);
        let files: Vec<_> = folder.files().collect();
        let rendered: Vec<_> = files
            .into_par_iter()
            .map_init(
                || cx.plan.environment(results),
                |environment, (path, file)| {
                    let made = fetch.render(path, file, &context, environment);
                    made.map_err(|problem| problem.diagnostics(cx))
                },
            )
            .collect();
        if results.budget.is_exceeded() {
            // Files are rendered in parallel: which file exceeded the budget differs from run to run.
            return Err(cx.wrong("url", results.budget.exceeded()));
        }
        let (mut made, mut problems) = (0, Vec::new());
        for result in rendered {
            match result {
                Ok(None) => {}
                Ok(Some((inside, file))) => {
                    let path = target.as_ref().map_or(inside.clone(), |t| t.join(&inside));
                    if results.workspace.get(&path).is_some() && !flag(input, "replace") {
                        continue;
                    }
                    made += 1;
                    let inserted = results.workspace.insert(path, file);
                    inserted.map_err(|e| cx.wrong("url", e))?;
                }
                Err(found) => problems.extend(found),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        Ok(StepPlan {
            message: format!("rendered {}", count(made, "file", "files")),
            ..StepPlan::default()
        })
    }
}

/// Removes values with expressions, which are known only after rendering, so that the rest can be checked.
fn without_expressions(input: &Value) -> Value {
    let mut input = input.clone();
    if let Some(map) = input.as_object_mut() {
        map.retain(|key, value| key == "url" || !value.to_string().contains("${{"));
    }
    input
}

/// The folder of the template that the step names, as files with their path in the template.
fn source(cx: &StepContext<'_>, input: &Value) -> Result<Workspace, Vec<Diagnostic>> {
    let url = text(input, "url").unwrap_or_default();
    if url.contains("://") {
        let message = format!("`{url}` is not in the template's folder");
        return Err(with_hint(cx.wrong("url", message), "a plan reads no network: use `./…`"));
    }
    let folder = folder_path(url).map_err(|e| {
        with_hint(cx.wrong("url", e), "name a folder beside `template.yaml`: `./…`")
    })?;
    let files = cx.template().files.folder(folder.as_ref());
    if files.is_empty() {
        return Err(cx.wrong("url", format!("there are no files in `{url}`")));
    }
    Ok(files)
}

fn with_hint(diagnostics: Vec<Diagnostic>, hint: &str) -> Vec<Diagnostic> {
    diagnostics.into_iter().map(|d| d.hint(hint)).collect()
}

/// How the files of one step are rendered.
struct Fetch {
    /// Folder in the template, to name files in messages.
    folder: Option<RelativePath>,
    /// Copied as they are; their path is rendered unless `copy_paths`.
    copied: Option<GlobSet>,
    copy_paths: bool,
    /// Only files that end like this are rendered, and lose the ending.
    extension: Option<String>,
    options: Options,
}

/// Why one file was not rendered.
enum Problem {
    Expression(RelativePath, engine::EngineError),
    Path(RelativePath, String),
}

impl Problem {
    fn diagnostics(self, cx: &StepContext<'_>) -> Vec<Diagnostic> {
        match self {
            Self::Expression(path, error) => vec![cx.template().file_expression(&path, error)],
            Self::Path(path, message) => cx.wrong_file(&path, message),
        }
    }
}

impl Fetch {
    fn read(cx: &StepContext<'_>, input: &Value) -> Result<Self, Vec<Diagnostic>> {
        let plain = texts(input, "copyWithoutTemplating");
        let old = texts(input, "copyWithoutRender");
        let extension = match input.get("templateFileExtension") {
            Some(Value::Bool(true)) => Some(".njk".to_owned()),
            Some(Value::String(ending)) => Some(format!(".{}", ending.trim_start_matches('.'))),
            _ => None,
        };
        let given = [!plain.is_empty(), !old.is_empty(), extension.is_some()];
        if given.iter().filter(|given| **given).count() > 1 {
            let message = "use only one of `copyWithoutTemplating`, `copyWithoutRender` and \
                           `templateFileExtension`";
            return Err(cx.wrong("", message));
        }
        let copy_paths = !old.is_empty();
        let (key, globs) =
            if copy_paths { ("copyWithoutRender", old) } else { ("copyWithoutTemplating", plain) };
        let url = text(input, "url").unwrap_or_default();
        Ok(Self {
            folder: folder_path(url).map_err(|e| cx.wrong("url", e))?,
            copied: glob_set(&globs).map_err(|message| cx.wrong(key, message))?,
            copy_paths,
            extension,
            options: Options {
                trim_blocks: flag(input, "trimBlocks"),
                lstrip_blocks: flag(input, "lstripBlocks"),
                ..Options::default()
            },
        })
    }

    /// Path of a file in the template.
    fn origin(&self, path: &RelativePath) -> RelativePath {
        self.folder.as_ref().map_or(path.clone(), |f| f.join(path))
    }

    fn is_copied(&self, path: &RelativePath) -> bool {
        let globs = self.copied.as_ref();
        globs.is_some_and(|globs| globs.is_match(path.as_str()))
    }

    /// The text of a file that is to be rendered.
    fn text<'f>(&self, path: &RelativePath, file: &'f File) -> Option<&'f str> {
        let is_rendered = match &self.extension {
            Some(extension) => path.as_str().ends_with(extension.as_str()),
            None => !self.is_copied(path),
        };
        file.text().filter(|_| is_rendered)
    }

    fn parse(
        &self,
        path: &RelativePath,
        file: &File,
    ) -> Result<(), (RelativePath, engine::EngineError)> {
        match self.text(path, file) {
            Some(text) => engine::Template::parse(text, &self.options)
                .map(|_| ())
                .map_err(|error| (self.origin(path), error)),
            None => Ok(()),
        }
    }

    /// Renders path and content. `None` when a part of the path renders to nothing.
    fn render(
        &self,
        path: &RelativePath,
        file: &File,
        context: &Context<'_>,
        environment: &engine::Environment,
    ) -> Result<Option<(RelativePath, File)>, Problem> {
        let expression = |error| Problem::Expression(self.origin(path), error);
        let render = |text: &str, options: &Options| {
            engine::Template::parse(text, options)?.render(context, environment)
        };
        let as_is = self.copy_paths && self.is_copied(path);
        let target = if as_is || !path.as_str().contains(['{', '#']) {
            path.as_str().to_owned()
        } else {
            let rendered = render(path.as_str(), &Options::default()).map_err(expression)?;
            if !rendered.is_known() {
                let message = format!("the path of the file is `{rendered}`");
                return Err(Problem::Path(self.origin(path), message));
            }
            rendered.to_string()
        };
        if target.is_empty() || target.starts_with('/') || target.contains("//") {
            return Ok(None);
        }
        let text = self.text(path, file);
        let target = match (&self.extension, text) {
            (Some(extension), Some(_)) => {
                target.strip_suffix(extension.as_str()).unwrap_or(&target)
            }
            _ => &target,
        };
        let target = RelativePath::new(target)
            .map_err(|error| Problem::Path(self.origin(path), error.to_string()))?;
        let file = match text {
            Some(text) => {
                let rendered = render(text, &self.options).map_err(expression)?;
                let is_known = rendered.is_known();
                File { is_known, ..file.with_bytes(rendered.to_string().into_bytes()) }
            }
            None => file.clone(),
        };
        Ok(Some((target, file)))
    }
}

/// Globs as globby reads them: from the folder's root, dotfiles match, a folder means all below it.
fn glob_set(globs: &[&str]) -> Result<Option<GlobSet>, String> {
    if globs.is_empty() {
        return Ok(None);
    }
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        if glob.starts_with('!') {
            return Err(format!("`{glob}`: globs with `!` are not supported"));
        }
        let glob = glob.trim_start_matches("./").trim_end_matches('/');
        for pattern in [glob.to_owned(), format!("{glob}/**")] {
            let built = GlobBuilder::new(&pattern).literal_separator(true).build();
            set.add(built.map_err(|error| error.to_string())?);
        }
    }
    set.build().map(Some).map_err(|error| error.to_string())
}
