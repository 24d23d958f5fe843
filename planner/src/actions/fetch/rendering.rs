//! How files are rendered: the part that `fetch:template`, `workspace:template` and their `:file` variants share.
//!
//! The rules are those of Backstage: paths are rendered, too, and a file is skipped when a part of its path renders to
//! nothing; binary files and links are copied; expressions can read `values` only.

use rayon::prelude::*;
use serde_json::{Map, Value, json};

use super::source::Source;
use crate::{
    actions::{
        StepContext, StepPlan, StepResults,
        input::{flag, texts},
    },
    base::{
        diagnostics::{self, Diagnostic, Place, Position},
        path::RelativePath,
        text::count,
    },
    engine::{self, Context, EngineError, Environment, Options, Template},
    glob::GlobList,
    workspace::File,
};

/// The ending that `templateFileExtension: true` stands for.
const ENDING: &str = ".njk";

/// Names that cookiecutter's templates use for constants.
const CONSTANTS: &[&str] = &["True", "False", "None"];

/// How the files of one step are rendered.
#[derive(Debug, Default)]
pub(in crate::actions) struct Rendering {
    /// Copied as they are; their paths are rendered unless `copies_paths`.
    copied: GlobList,
    copies_paths: bool,
    /// Only files with this ending are rendered, and lose it.
    ending: Option<String>,
    options: Options,
    /// The name of the one variable that files can read.
    root: &'static str,
    values: Value,
    replaces: bool,
}

/// A file that was rendered; `None` when a part of its path renders to nothing.
type Rendered = (Option<(RelativePath, File)>, Vec<Diagnostic>);

/// Schemas of the inputs that all of these actions have.
pub(in crate::actions) fn file_properties() -> Map<String, Value> {
    let flag = |description: &str| json!({"type": "boolean", "description": description});
    let properties = [
        ("values", json!({"type": "object", "description": "What the files read as `values`"})),
        (
            "cookiecutterCompat",
            flag(
                "Reads files as cookiecutter does: `{{ cookiecutter.name }}`, with `values` as `cookiecutter`",
            ),
        ),
        (
            "replace",
            flag("Replaces a file that is in the workspace already, which is kept otherwise"),
        ),
        ("trimBlocks", flag("Drops the line break behind a `{% … %}`")),
        ("lstripBlocks", flag("Drops the indentation before a `{% … %}`")),
    ];
    properties.map(|(name, schema)| (name.to_owned(), schema)).into_iter().collect()
}

/// Schemas of the inputs of actions that render a folder.
pub(in crate::actions) fn folder_properties() -> Map<String, Value> {
    let globs = |description: &str| json!({"type": "array", "items": {"type": "string"}, "description": description});
    let mut properties = file_properties();
    properties.extend(
        [
            (
                "copyWithoutTemplating",
                globs("Globs of files that are copied as they are, with rendered paths; `!` takes files back"),
            ),
            ("copyWithoutRender", globs("Globs of files that are copied as they are, paths too (deprecated)")),
            (
                "templateFileExtension",
                json!({
                    "type": ["string", "boolean"],
                    "description": "Only files with this ending are rendered, and lose it; `true` is `.njk`"
                }),
            ),
        ]
        .map(|(name, schema)| (name.to_owned(), schema)),
    );
    properties
}

impl Rendering {
    /// Reads the inputs of an action that renders one file.
    pub(in crate::actions) fn of_file(input: &Value) -> Self {
        let is_compatible = flag(input, "cookiecutterCompat");
        let options = if is_compatible { Options::cookiecutter() } else { Options::default() };
        Self {
            options: Options {
                trim_blocks: flag(input, "trimBlocks"),
                lstrip_blocks: flag(input, "lstripBlocks"),
                ..options
            },
            root: if is_compatible { "cookiecutter" } else { "values" },
            values: input.get("values").cloned().unwrap_or(json!({})),
            replaces: flag(input, "replace"),
            ..Self::default()
        }
    }

    /// Reads the inputs of an action that renders a folder.
    ///
    /// # Errors
    /// A text is not a glob, or inputs exclude each other.
    pub(in crate::actions) fn of_folder(
        cx: &StepContext<'_>,
        input: &Value,
    ) -> Result<Self, Vec<Diagnostic>> {
        let ending = match input.get("templateFileExtension") {
            Some(Value::Bool(true)) => Some(ENDING.to_owned()),
            Some(Value::String(ending)) if !ending.is_empty() => {
                Some(format!(".{}", ending.trim_start_matches('.')))
            }
            _ => None,
        };
        let given = |key: &str| input.get(key).is_some_and(Value::is_array);
        let (plain, old) = (given("copyWithoutTemplating"), given("copyWithoutRender"));
        if plain && old {
            let message = "use only one of `copyWithoutTemplating` and `copyWithoutRender`";
            return Err(cx.wrong("copyWithoutRender", message));
        }
        if ending.is_some() && (plain || old || flag(input, "cookiecutterCompat")) {
            let message = "`templateFileExtension` excludes `copyWithoutTemplating`, `copyWithoutRender` and \
                           `cookiecutterCompat`";
            return Err(cx.wrong("templateFileExtension", message));
        }
        let key = if old { "copyWithoutRender" } else { "copyWithoutTemplating" };
        let copied = GlobList::new(&texts(input, key)).map_err(|e| cx.wrong(key, e))?;
        Ok(Self { copied, copies_paths: old, ending, ..Self::of_file(input) })
    }

    /// Parses the paths and contents of all files; expressions that can read nothing are warnings.
    pub(super) fn check(&self, source: &Source) -> Vec<Diagnostic> {
        let files: Vec<_> = source.files.files().collect();
        let mut problems: Vec<_> = files
            .into_par_iter()
            .flat_map_iter(|(path, file)| self.check_file(source, path, file))
            .collect();
        diagnostics::sort(&mut problems);
        problems
    }

    /// Parses the path and content of one file.
    pub(super) fn check_file(
        &self,
        source: &Source,
        path: &RelativePath,
        file: &File,
    ) -> Vec<Diagnostic> {
        let sources = [(self.path_text(path), false), (self.content(path, file), true)];
        let mut problems = Vec::new();
        for (text, is_content) in sources {
            let place = FilePlace { name: source.name_of(path), is_content };
            match text.map(|text| self.parse(text, is_content)) {
                None => {}
                Some(Ok(template)) => problems.extend(self.foreign_references(&template, &place)),
                Some(Err(error)) => problems.push(place.expression(error)),
            }
        }
        problems
    }

    /// Renders all files of a source into a folder of the workspace; `None` is the workspace itself.
    ///
    /// # Errors
    /// All files that cannot be rendered.
    pub(in crate::actions) fn render_folder(
        &self,
        cx: &StepContext<'_>,
        source: &Source,
        target: Option<&RelativePath>,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        let variables = self.variables();
        let context = Context::with_unknowns(&variables, &[self.root]);
        let files: Vec<_> = source.files.files().collect();
        let rendered: Vec<_> = files
            .into_par_iter()
            .map_init(
                || cx.plan.environment(results),
                |environment, (path, file)| {
                    self.render(source, path, file, (&context, environment))
                },
            )
            .collect();
        if results.budget.is_exceeded() {
            // Files are rendered in parallel: which file exceeded the budget differs from run to run.
            return Err(cx.wrong("", results.budget.exceeded()));
        }
        let (mut made, mut problems, mut warnings) = (0, Vec::new(), Vec::new());
        for result in rendered {
            match result {
                Ok((file, found)) => {
                    warnings.extend(found);
                    let Some((inside, file)) = file else { continue };
                    let path = target.map_or(inside.clone(), |target| target.join(&inside));
                    if results.workspace.get(&path).is_some() && !self.replaces {
                        continue;
                    }
                    made += 1;
                    let file = self.unless_kept(file, results);
                    let inserted = results.workspace.insert(path, file);
                    inserted.map_err(|e| cx.wrong("targetPath", e))?;
                }
                Err(problem) => problems.push(problem),
            }
        }
        if !problems.is_empty() {
            return Err(problems);
        }
        let message = format!("rendered {}{}", count(made, "file", "files"), source.origin());
        Ok(StepPlan { message, warnings, ..StepPlan::default() })
    }

    /// Renders the content of one file, and writes it to a path of the workspace.
    ///
    /// # Errors
    /// It cannot be rendered, or be there.
    pub(in crate::actions) fn render_file(
        &self,
        cx: &StepContext<'_>,
        source: &Source,
        (name, file): (&RelativePath, &File),
        target: RelativePath,
        results: &mut StepResults,
    ) -> Result<StepPlan, Vec<Diagnostic>> {
        if results.workspace.get(&target).is_some() && !self.replaces {
            let message = format!("kept `{target}`, which is there already");
            return Ok(StepPlan { message, ..StepPlan::default() });
        }
        let variables = self.variables();
        let context = Context::with_unknowns(&variables, &[self.root]);
        let environment = cx.plan.environment(results);
        let place = FilePlace { name: source.name_of(name), is_content: true };
        let mut warnings = Vec::new();
        let file = match self.content(name, file) {
            Some(text) => {
                let mut render = || {
                    let template = self.parse(text, true)?;
                    warnings = self.foreign_references(&template, &place);
                    template.render(&context, &environment)
                };
                rendered_file(file, &render().map_err(|error| vec![place.expression(error)])?)
            }
            None => file.clone(),
        };
        let message = format!("rendered `{target}`{}", source.origin());
        let file = self.unless_kept(file, results);
        results.workspace.insert(target, file).map_err(|e| cx.wrong("targetPath", e))?;
        Ok(StepPlan { message, warnings, ..StepPlan::default() })
    }

    /// The file, whose content is not known where one may be there already that is kept.
    fn unless_kept(&self, file: File, results: &StepResults) -> File {
        let may_be_kept = !self.replaces && results.workspace.has_later_files();
        File { is_known: file.is_known && !may_be_kept, ..file }
    }

    fn variables(&self) -> Map<String, Value> {
        Map::from_iter([(self.root.to_owned(), self.values.clone())])
    }

    /// The text of a path that is rendered: without the ending that the file loses.
    fn path_text<'p>(&self, path: &'p RelativePath) -> Option<&'p str> {
        if self.copies_paths && self.copied.selects(path) {
            return None;
        }
        Some(self.without_ending(path).unwrap_or(path.as_str()))
    }

    /// The path without the ending of files that are rendered; `None` when it has another.
    fn without_ending<'p>(&self, path: &'p RelativePath) -> Option<&'p str> {
        let stem = path.as_str().strip_suffix(self.ending.as_deref()?)?;
        // A name that is the ending alone has none.
        (!stem.is_empty() && !stem.ends_with('/')).then_some(stem)
    }

    /// The content of a file that is rendered.
    fn content<'f>(&self, path: &RelativePath, file: &'f File) -> Option<&'f str> {
        let is_rendered = match &self.ending {
            Some(_) => self.without_ending(path).is_some(),
            None => !self.copied.selects(path),
        };
        file.text().filter(|_| is_rendered)
    }

    fn parse(&self, text: &str, is_content: bool) -> Result<Template, EngineError> {
        let is_trimmed = |wanted: bool| wanted && is_content;
        let options = Options {
            trim_blocks: is_trimmed(self.options.trim_blocks),
            lstrip_blocks: is_trimmed(self.options.lstrip_blocks),
            ..self.options
        };
        Template::parse(text, &options)
    }

    /// Renders path and content of a file.
    fn render(
        &self,
        source: &Source,
        path: &RelativePath,
        file: &File,
        (context, environment): (&Context<'_>, &Environment),
    ) -> Result<Rendered, Diagnostic> {
        let name = source.name_of(path);
        let mut warnings = Vec::new();
        let mut render = |text: &str, is_content: bool| {
            let place = FilePlace { name: name.clone(), is_content };
            let template = self.parse(text, is_content).map_err(|error| place.expression(error))?;
            warnings.extend(self.foreign_references(&template, &place));
            template.render(context, environment).map_err(|error| place.expression(error))
        };
        let wrong_path =
            |message: String| Diagnostic::error("invalid-file", Place::file(&name), message);
        let target = match self.path_text(path) {
            Some(text) if text.contains(['{', '#']) => {
                let rendered = render(text, false)?;
                if !rendered.is_known() {
                    return Err(wrong_path(format!("the path of the file is `{rendered}`")));
                }
                rendered.to_string()
            }
            Some(text) => text.to_owned(),
            None => path.to_string(),
        };
        if target.is_empty() || target.starts_with('/') || target.contains("//") {
            return Ok((None, warnings));
        }
        let target = RelativePath::new(target).map_err(|error| wrong_path(error.to_string()))?;
        target.check_portable().map_err(|error| wrong_path(error.to_string()))?;
        let file = match self.content(path, file) {
            Some(text) => rendered_file(file, &render(text, true)?),
            None => file.clone(),
        };
        Ok((Some((target, file)), warnings))
    }

    /// Warnings of names that a file cannot read: they render to nothing, which is seldom meant.
    fn foreign_references(&self, template: &Template, place: &FilePlace) -> Vec<Diagnostic> {
        let references = template.references().into_iter();
        let foreign = references.filter(|reference| {
            let root = reference.path[0].as_str();
            root != self.root && !(self.options.cookiecutter_compat && CONSTANTS.contains(&root))
        });
        let warning = |reference: engine::Reference| {
            let (root, path) = (&reference.path[0], reference.path.join("."));
            let message = format!(
                "`{root}` means nothing in a file of a skeleton, which reads `{}` only",
                self.root
            );
            let hint = if self.options.variable_start == "${{" {
                format!(
                    "to keep it as text, write `${{{{ '${{{{ {path} }}}}' }}}}` or list the file in `copyWithoutTemplating`"
                )
            } else {
                "list the file in `copyWithoutRender` to keep it as it is".to_owned()
            };
            let position = Position { line: reference.line, column: reference.column };
            Diagnostic::warning("unknown-reference", place.at(position), message).hint(hint)
        };
        foreign.map(warning).collect()
    }
}

/// The same file with another content.
fn rendered_file(file: &File, text: &engine::Text) -> File {
    let is_known = file.is_known && text.is_known();
    File { is_known, ..file.with_bytes(text.to_string().into_bytes()) }
}

/// A file whose path or content is rendered, for messages.
struct FilePlace {
    name: String,
    is_content: bool,
}

impl FilePlace {
    /// Lines and columns are those of the content; a path has none.
    fn at(&self, position: Position) -> Place {
        Place::at(&self.name, self.is_content.then_some(position))
    }

    fn expression(&self, error: EngineError) -> Diagnostic {
        let position = Position { line: error.line, column: error.column };
        Diagnostic::error("invalid-expression", self.at(position), error.message)
            .hint_opt(error.hint)
    }
}
