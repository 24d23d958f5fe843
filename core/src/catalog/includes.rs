//! Files that the document of a template includes by `$yaml`, `$json` and `$text`, and the places of their values.
//!
//! As in Backstage, an included value is not searched for placeholders. Unlike there, a path of the same repository is
//! enough, content of an address is read from the cache by the lock ([`ContentLock`]), and a list that stands as an item
//! of a list gives its items to it.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    issue::{Issue, escape},
    load::ENTITIES,
    placeholders::{self, IncludeError, IncludeFormat, Placeholder},
    target::{Target, resolve},
};
use crate::base::{
    content::{ContentError, ContentLock, LockEntry, is_address},
    diagnostics::{Diagnostic, Place, Position},
    files::Files,
    hash::sha256_hex,
    path::RelativePath,
    text::utf8,
    yaml::{EntryPart, Positions, YamlText},
};

/// Most placeholders of one document.
const MOST_INCLUDES: usize = 1_000;
/// Most bytes that one document includes; a file counts each time that it is included.
const MOST_BYTES: usize = 16 << 20;

/// A file that a document includes.
#[derive(Debug, Clone)]
pub struct IncludedFile {
    /// Its path, relative to the portal, or what content of an address is called ([`LockEntry::name`]).
    pub path: String,
    /// Its text.
    pub text: YamlText,
    /// Whether the value is the text itself, so that places in the value are places in the file.
    pub is_text: bool,
}

/// Where the value at a JSON pointer is written.
#[derive(Debug, Clone)]
pub struct Origin<'i> {
    /// The included file; `None` for the file of the document.
    pub file: Option<&'i IncludedFile>,
    /// JSON pointer of the value in that file.
    pub pointer: String,
}

/// The files that a document includes, and which of its values they give.
#[derive(Debug, Default)]
pub struct Includes {
    files: Vec<IncludedFile>,
    /// Values that stand at another pointer, or in another file, than their pointer in the document says.
    moves: BTreeMap<String, Move>,
    /// The placeholders that could not be replaced.
    failures: Vec<Failure>,
    /// Content of other repositories among the files, by its address.
    content: BTreeMap<String, LockEntry>,
}

/// Where a value of the document comes from.
#[derive(Debug)]
struct Move {
    /// Index of the included file; `None` for the file of the document.
    file: Option<usize>,
    /// JSON pointer in that file.
    pointer: String,
}

/// A placeholder that could not be replaced. Its place is in the included file, where the mistake is in that.
#[derive(Debug)]
struct Failure {
    issue: Issue,
    place: Option<Place>,
}

/// True when placeholders are replaced in the templates of this file, because people wrote it. Sources replace the
/// placeholders of their entities while they read.
pub fn has_includes(file: &str) -> bool {
    !file.strip_prefix(ENTITIES).is_some_and(|rest| rest.starts_with('/'))
}

impl Includes {
    /// Replaces the placeholders in a document of `file`, when it is a template that a person wrote. One that cannot be replaced is removed: an item from its
    /// list, a value from its map.
    pub fn replace(files: &dyn Files, file: &str, document: &mut Value) -> Self {
        let mut includes = Self::default();
        let is_template = document.get("kind").is_some_and(|kind| kind == "Template");
        if !is_template || !has_includes(file) || placeholders::find(document).is_empty() {
            return includes;
        }
        let Ok(path) = RelativePath::new(file) else { return includes };
        let mut reader = Reader { files, file: &path, texts: BTreeMap::new(), count: 0, bytes: 0 };
        let value = reader.value(document.take(), "", "", &mut includes);
        *document = value;
        includes
    }

    /// Whether a placeholder could not be replaced.
    pub fn has_failures(&self) -> bool {
        !self.failures.is_empty()
    }

    /// The diagnostics of placeholders that could not be replaced.
    pub fn failures(&self, file: &str, positions: &Positions, document: usize) -> Vec<Diagnostic> {
        let diagnostic = |failure: &Failure| {
            let found = failure.issue.clone().placed(file, positions, document);
            match &failure.place {
                None => found,
                Some(place) => {
                    let hint = format!("`{}` includes it", found.place);
                    Diagnostic { place: place.clone(), ..found }.hint(hint)
                }
            }
        };
        self.failures.iter().map(diagnostic).collect()
    }

    /// The included files, in the order of their first placeholders.
    pub fn files(&self) -> &[IncludedFile] {
        &self.files
    }

    /// Content of other repositories among the files, by its address.
    pub fn content(&self) -> &BTreeMap<String, LockEntry> {
        &self.content
    }

    /// Finds where the value at a JSON pointer of the document is written.
    pub fn origin(&self, pointer: &str) -> Origin<'_> {
        let mut whole = pointer;
        loop {
            if let Some(Move { file, pointer: at }) = self.moves.get(whole) {
                let pointer = format!("{at}{}", &pointer[whole.len()..]);
                return Origin { file: file.map(|file| &self.files[file]), pointer };
            }
            match whole.rsplit_once('/') {
                Some((parent, _)) => whole = parent,
                None => return Origin { file: None, pointer: pointer.to_owned() },
            }
        }
    }

    /// Makes a diagnostic of an issue at a pointer of the document with this index in `file`.
    pub fn diagnostic(
        &self,
        issue: Issue,
        file: &str,
        positions: &Positions,
        document: usize,
    ) -> Diagnostic {
        let Origin { file: included, pointer } = self.origin(&issue.pointer);
        let issue = Issue { pointer, ..issue };
        match included {
            None => issue.placed(file, positions, document),
            Some(included) if included.is_text => {
                let start = Position { line: 1, column: 1 };
                let Issue { level, code, message, hint, .. } = issue;
                let place = Place::at(&included.path, Some(start));
                Diagnostic { level, code, place, message, hint }
            }
            Some(included) => issue.placed(&included.path, included.text.positions(), 0),
        }
    }

    /// The position of a value of the document in the file that has it.
    pub fn locate(
        &self,
        pointer: &str,
        text: &YamlText,
        document: usize,
    ) -> (Option<&IncludedFile>, Option<Position>) {
        let Origin { file, pointer } = self.origin(pointer);
        let position = match file {
            None => text.locate(document, &pointer, EntryPart::Value),
            Some(included) if included.is_text => Some(Position { line: 1, column: 1 }),
            Some(included) => included.text.locate(0, &pointer, EntryPart::Value),
        };
        (file, position)
    }

    /// SHA-256 of the paths and texts of the included files, in hexadecimal; `None` without any.
    pub fn digest(&self) -> Option<String> {
        let lines = self.files.iter().map(|file| {
            let hash = sha256_hex(file.text.as_bytes());
            format!("{hash} {}\n", file.path)
        });
        let lines: String = lines.collect();
        (!lines.is_empty()).then(|| sha256_hex(lines.as_bytes()))
    }

    fn fail(&mut self, placeholder: &Placeholder, place: Option<Place>, error: Refusal) {
        let issue = Issue::error("unread-include", &placeholder.at, error.message);
        self.failures.push(Failure { issue: issue.hint_opt(error.hint), place });
    }
}

/// Why a placeholder is not replaced.
struct Refusal {
    message: String,
    hint: Option<String>,
}

impl Refusal {
    fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hint: None }
    }

    fn hint(self, hint: &str) -> Self {
        Self { hint: Some(hint.to_owned()), ..self }
    }
}

/// Reads the files of one document's placeholders.
struct Reader<'f> {
    files: &'f dyn Files,
    file: &'f RelativePath,
    /// The number of each file, or why it cannot be read.
    texts: BTreeMap<(String, bool), usize>,
    count: usize,
    bytes: usize,
}

impl Reader<'_> {
    /// Replaces the placeholders below a value that stands at the pointer `to` of the document, and at `from` of the
    /// file.
    fn value(&mut self, value: Value, to: &str, from: &str, includes: &mut Includes) -> Value {
        match value {
            Value::Array(items) => Value::Array(self.list(items, to, from, includes)),
            Value::Object(map) => {
                let mut replaced = Map::new();
                for (key, value) in map {
                    let part = escape(&key);
                    let (to, from) = (format!("{to}/{part}"), format!("{from}/{part}"));
                    let value = match placeholders::read(&value, &from) {
                        None => Some(self.value(value, &to, &from, includes)),
                        Some(placeholder) => {
                            let included = self.included(&placeholder, includes);
                            included.map(|(file, value)| {
                                let at = Move { file: Some(file), pointer: String::new() };
                                includes.moves.insert(to.clone(), at);
                                value
                            })
                        }
                    };
                    // The kind demands steps; the mistake is reported once.
                    let value =
                        value.or_else(|| (to == "/spec/steps").then(|| Value::Array(Vec::new())));
                    if let Some(value) = value {
                        replaced.insert(key, value);
                    }
                }
                Value::Object(replaced)
            }
            other => other,
        }
    }

    fn list(
        &mut self,
        items: Vec<Value>,
        to: &str,
        from: &str,
        includes: &mut Includes,
    ) -> Vec<Value> {
        let mut replaced = Vec::with_capacity(items.len());
        for (index, item) in items.into_iter().enumerate() {
            let from = format!("{from}/{index}");
            let at = format!("{to}/{}", replaced.len());
            let Some(placeholder) = placeholders::read(&item, &from) else {
                let is_moved = replaced.len() != index;
                let item = self.value(item, &at, &from, includes);
                if is_moved {
                    includes.moves.insert(at, Move { file: None, pointer: from });
                }
                replaced.push(item);
                continue;
            };
            let Some((file, value)) = self.included(&placeholder, includes) else { continue };
            let (values, is_list) = match value {
                Value::Array(values) => (values, true),
                value => (vec![value], false),
            };
            for (item, value) in values.into_iter().enumerate() {
                let pointer = if is_list { format!("/{item}") } else { String::new() };
                let at = format!("{to}/{}", replaced.len());
                includes.moves.insert(at, Move { file: Some(file), pointer });
                replaced.push(value);
            }
        }
        replaced
    }

    /// The number of the file that a placeholder names, and its value; `None` when the failure is noted.
    fn included(
        &mut self,
        placeholder: &Placeholder,
        includes: &mut Includes,
    ) -> Option<(usize, Value)> {
        let file = match self.text(placeholder, includes) {
            Ok(file) => file,
            Err(refusal) => {
                includes.fail(placeholder, None, refusal);
                return None;
            }
        };
        let included = &includes.files[file];
        match placeholder.format.value(included.text.to_string()) {
            Ok(value) => Some((file, value)),
            Err(IncludeError { message, position }) => {
                let place = Place::at(&included.path, position);
                includes.fail(placeholder, Some(place), Refusal::new(message));
                None
            }
        }
    }

    /// The number of the file that a placeholder names. This is the one place that finds the text of a reference.
    fn text(
        &mut self,
        placeholder: &Placeholder,
        includes: &mut Includes,
    ) -> Result<usize, Refusal> {
        let target = &placeholder.target;
        self.count += 1;
        if self.count > MOST_INCLUDES {
            return Err(Refusal::new(format!("there are more than {MOST_INCLUDES} includes")));
        }
        let key = match resolve(self.file, target, None) {
            Target::Inside(path) => {
                let portable =
                    RelativePath::new(path).and_then(|path| path.check_portable().map(|()| path));
                portable.map_err(|error| Refusal::new(error.to_string()))?.to_string()
            }
            Target::Foreign => target.clone(),
            Target::Outside => {
                let message = format!("`{target}` leads out of the repository");
                return Err(Refusal::new(message).hint("keep the file inside the repository"));
            }
            Target::Folder => return Err(Refusal::new(format!("`{target}` is a folder"))),
        };
        let is_text = matches!(placeholder.format, IncludeFormat::Text | IncludeFormat::Definition);
        let known = self.texts.get(&(key.clone(), is_text)).copied();
        let file = known.map_or_else(|| self.read(key, is_text, includes), Ok)?;
        self.bytes += includes.files[file].text.len();
        if self.bytes > MOST_BYTES {
            return Err(Refusal::new(format!("more than {MOST_BYTES} bytes are included")));
        }
        Ok(file)
    }

    /// Reads a file of the portal, or the content of an address; returns its number.
    fn read(
        &mut self,
        key: String,
        is_text: bool,
        includes: &mut Includes,
    ) -> Result<usize, Refusal> {
        let (path, text) = match is_address(&key) {
            true => self.content(&key, includes)?,
            false => self.file(key.clone())?,
        };
        let number = includes.files.len();
        includes.files.push(IncludedFile { path, text: text.into(), is_text });
        self.texts.insert((key, is_text), number);
        Ok(number)
    }

    /// The path and the text of a file of the portal.
    fn file(&self, path: String) -> Result<(String, String), Refusal> {
        match self.files.text(&path) {
            Ok(Some(text)) => Ok((path, text)),
            Ok(None) => Err(Refusal::new(format!("there is no file `{path}`"))),
            Err(error) => Err(Refusal::new(error.explained())),
        }
    }

    /// The name and the text of the content of an address.
    fn content(&self, address: &str, includes: &mut Includes) -> Result<(String, String), Refusal> {
        let read = || {
            let entry = ContentLock::find(self.files, address)?;
            Ok((entry.read_file(self.files)?, entry))
        };
        let (bytes, entry) = read().map_err(|error: ContentError| Refusal {
            message: error.to_string(),
            hint: error.hint().map(str::to_owned),
        })?;
        let text = utf8(bytes).map_err(|e| Refusal::new(format!("`{}`: {e}", entry.name())))?;
        let name = entry.name();
        includes.content.insert(address.to_owned(), entry);
        Ok((name, text))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn replaced(files: &[(&str, &str)], spec: Value) -> (Value, Includes) {
        let files: BTreeMap<_, _> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let mut document = json!({"kind": "Template", "spec": spec});
        let file = "scaffolds/templates/a/template.yaml";
        let includes = Includes::replace(&files, file, &mut document);
        (document["spec"].take(), includes)
    }

    #[test]
    fn an_included_list_gives_its_items_to_the_list_and_places_follow() {
        let files = [
            ("scaffolds/templates/a/steps.yaml", "- id: x\n- id: y\n"),
            ("scaffolds/templates/shared/one.yaml", "# one\nid: z\n"),
        ];
        let spec = json!({"steps": [
            {"id": "first"}, {"$yaml": "./steps.yaml"}, {"id": "own", "input": {"a": [1]}},
            {"$yaml": "../shared/one.yaml"}, {"$yaml": "https://a.example/b.yaml"}, {"id": "last"}
        ]});
        let (spec, includes) = replaced(&files, spec);
        let ids: Vec<_> =
            spec["steps"].as_array().expect("a list").iter().map(|s| &s["id"]).collect();
        assert_eq!(ids, ["first", "x", "y", "own", "z", "last"]);
        let origin = |pointer: &str| {
            let origin = includes.origin(pointer);
            (origin.file.map(|file| file.path.as_str()), origin.pointer)
        };
        let steps = Some("scaffolds/templates/a/steps.yaml");
        for (pointer, file, at) in [
            ("/spec/steps/0/id", None, "/spec/steps/0/id"),
            ("/spec/steps/2/id", steps, "/1/id"),
            ("/spec/steps/3/input/a/0", None, "/spec/steps/2/input/a/0"),
            ("/spec/steps/4/id", Some("scaffolds/templates/shared/one.yaml"), "/id"),
            ("/spec/steps/5", None, "/spec/steps/5"),
            ("/spec/steps", None, "/spec/steps"),
        ] {
            assert_eq!(origin(pointer), (file, at.to_owned()), "{pointer}");
        }
        let issue = Issue::error("x", "/spec/steps/4/id", "wrong");
        let found = includes.diagnostic(issue, "f.yaml", &Positions::default(), 0);
        assert_eq!(found.text(), "scaffolds/templates/shared/one.yaml:2:5: wrong");
    }

    #[test]
    fn content_of_an_address_is_included_as_the_lock_says_it() {
        let text = "- id: x\n- id: y\n";
        let (digest, commit) = (sha256_hex(text.as_bytes()), "1a2b".repeat(10));
        let entry = |url: &str, digest: &str| {
            format!(
                "  {url}:\n    {{repository: https://a.example/o/r.git, commit: {commit}, path: {path}, kind: file, digest: \
                 {digest}}}\n",
                path = url.rsplit('/').next().unwrap_or_default()
            )
        };
        let (steps, other) =
            ("https://a.example/o/r/blob/main/s.yaml", "https://a.example/o/r/blob/main/t");
        let lock = format!("content:\n{}{}", entry(steps, &digest), entry(other, &"0".repeat(64)));
        let cached = format!(".callboard/content/{digest}");
        let files = [("scaffolds/lock.yaml", lock.as_str()), (cached.as_str(), text)];
        let spec = json!({
            "steps": [{"id": "own"}, {"$yaml": steps}],
            "a": {"$text": other}, "b": {"$text": "https://a.example/c"},
        });
        let (spec, includes) = replaced(&files, spec);
        assert_eq!(spec, json!({"steps": [{"id": "own"}, {"id": "x"}, {"id": "y"}]}));
        let origin = includes.origin("/spec/steps/2/id");
        let name = origin.file.map(|file| file.path.as_str());
        assert_eq!(
            (name, &*origin.pointer),
            (Some("https://a.example/o/r@1a2b1a2/s.yaml"), "/1/id")
        );
        assert_eq!(includes.content().keys().collect::<Vec<_>>(), [steps]);
        let failures = includes.failures("t.yaml", &Positions::default(), 0);
        let messages: Vec<_> = failures.iter().map(Diagnostic::text).collect();
        assert_eq!(
            messages,
            [
                "t.yaml: `https://a.example/o/r@1a2b1a2/t` is not in the cache\nhint: run `callboard scaffold fetch`",
                "t.yaml: `https://a.example/c` is not in `scaffolds/lock.yaml`\nhint: run `callboard scaffold lock`, and \
                 commit the file",
            ]
        );
    }

    #[test]
    fn what_cannot_be_included_is_left_out_and_named() {
        let files = [("scaffolds/templates/a/bad.yaml", "a: 1\na: 2\n"), ("x.txt", "hi")];
        let spec = json!({
            "steps": {"$yaml": "./missing.yaml"},
            "a": {"$yaml": "bad.yaml"}, "b": {"$text": "../../../../x.txt"}, "c": {"$text": "/x.txt"},
            "d": {"$text": "/.git/config"}, "e": {"$ref": "./x"}, "f": {"$yaml": "x", "g": 1},
        });
        let (spec, includes) = replaced(&files, spec);
        let expected =
            json!({"steps": [], "c": "hi", "e": {"$ref": "./x"}, "f": {"$yaml": "x", "g": 1}});
        assert_eq!(spec, expected);
        let failures = includes.failures("t.yaml", &Positions::default(), 0);
        let messages: Vec<_> = failures.iter().map(Diagnostic::text).collect();
        assert_eq!(
            messages,
            [
                "t.yaml: there is no file `scaffolds/templates/a/missing.yaml`",
                "scaffolds/templates/a/bad.yaml:2:1: the key `a` is there twice: it is at line 1 column 1 \
                 already\nhint: `t.yaml` includes it",
                "t.yaml: `../../../../x.txt` leads out of the repository\nhint: keep the file inside the \
                 repository",
                "t.yaml: `.git/config` cannot be the path of a file: it is inside a `.git` folder, as some \
                 file system reads it",
            ]
        );
    }
}
