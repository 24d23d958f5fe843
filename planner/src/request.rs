//! Requests: files `scaffolds/requests/<id>.yaml`, each of which fills in a template for one person.
//!
//! A request comes from a pull request, so little is accepted: at most 64 KiB, few levels, no anchors, aliases and
//! tags of YAML, and no keys except `version`, `template`, `requester` and `parameters`.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::{
    answers::Answers,
    base::{
        diagnostics::{Diagnostic, Place},
        files::Files,
        hash::sha256_hex,
        leaks::{self, Exceptions},
        text::{NotUtf8, did_you_mean, utf8},
        yaml::{self, YamlText},
    },
    catalog::{
        EntityRef, Issue,
        issue::escape,
        names,
        reference::{DEFAULT_NAMESPACE, RefError},
    },
};

/// Folder of the requests, relative to the portal.
pub const REQUESTS: &str = "scaffolds/requests";

const KEYS: &[&str] = &["version", "template", "requester", "parameters"];
/// The newest version of requests that this program reads.
const VERSION: u32 = 1;
/// Largest request, in bytes.
const MOST_BYTES: usize = 64 * 1024;
/// The hint of a request with YAML that is refused.
const PLAIN: &str = "a request is one document of plain YAML, without anchors, aliases and tags";
/// Deepest nesting of maps and lists.
const MOST_DEPTH: usize = 16;

/// A request whose file is valid. Its parameters are checked with its template, by the plan.
#[derive(Debug, Clone)]
pub struct Request {
    /// Its id: the name of its file without `.yaml`.
    pub id: String,
    /// Its file, for messages.
    pub file: String,
    /// The text of the file, to find positions in it.
    pub(crate) text: YamlText,
    /// The template it fills in.
    pub template: EntityRef,
    /// The user who asks.
    pub requester: EntityRef,
    /// The values as the file has them, without defaults.
    pub parameters: Map<String, Value>,
    /// True without a file: the requester need not be in the catalog.
    pub(crate) is_example: bool,
}

impl Request {
    /// A request without a file, to try a template with some values. Without a requester it is of `user:default/guest`,
    /// who need not be in the catalog.
    pub fn example(
        template: EntityRef,
        requester: Option<EntityRef>,
        parameters: Map<String, Value>,
    ) -> Self {
        Self {
            id: "example".to_owned(),
            file: "values".to_owned(),
            text: String::new().into(),
            template,
            is_example: requester.is_none(),
            requester: requester
                .unwrap_or_else(|| EntityRef::new("user", DEFAULT_NAMESPACE, "guest")),
            parameters,
        }
    }

    /// The request that answers were written for: its plan makes the same files again, if the template is the same.
    ///
    /// # Errors
    /// A reference is none.
    pub fn of_answers(answers: &Answers) -> Result<Self, RefError> {
        let reference = |text: &str| EntityRef::parse(text, None, DEFAULT_NAMESPACE);
        let example = Self::example(
            reference(&answers.template)?,
            Some(reference(&answers.requester)?),
            answers.parameters.clone(),
        );
        Ok(Self { id: answers.request.clone(), is_example: true, ..example })
    }

    /// Reads the bytes of a request as [`Request::parse`] reads its text.
    pub fn parse_bytes(file: &str, bytes: Vec<u8>) -> Result<Self, Vec<Diagnostic>> {
        let text = utf8(bytes).map_err(|wrong| vec![not_utf8(file, wrong)])?;
        Self::parse(file, text)
    }

    /// Reads the text of a request; `file` is its path, which gives the id.
    pub fn parse(file: &str, text: String) -> Result<Self, Vec<Diagnostic>> {
        let problems = |all: Vec<Diagnostic>| all.into_iter().map(without_credential).collect();
        Self::parse_text(file, text).map_err(problems)
    }

    fn parse_text(file: &str, text: String) -> Result<Self, Vec<Diagnostic>> {
        let stem = file.rsplit('/').next().unwrap_or(file);
        let id = stem.strip_suffix(".yaml").unwrap_or(stem);
        if !names::is_object_name(id) || !is_request_file(stem) {
            let message = format!("`{stem}` is not the name of a request file");
            let hint = "name it `<id>.yaml`; letters, digits and, between them, `-`, `_` or `.`, at most 63";
            let place = Place::file(file);
            return Err(vec![Diagnostic::error("invalid-request-id", place, message).hint(hint)]);
        }
        if text.len() > MOST_BYTES {
            let message = format!("a request of {} bytes is too large", text.len());
            let problem = Diagnostic::error("refused-yaml", Place::file(file), message);
            return Err(vec![problem.hint("at most 64 KiB")]);
        }
        let document = yaml::parse_plain(&text, MOST_DEPTH).map_err(|error| {
            let place = Place::at(file, error.position);
            vec![Diagnostic::error("refused-yaml", place, error.message).hint(PLAIN)]
        })?;
        if let Some(error) = yaml::newer(&text, VERSION) {
            let place = Place::at(file, error.position);
            return Err(vec![Diagnostic::error("invalid-request", place, error.message)]);
        }
        let text = YamlText::from(text);
        match read(&document) {
            Ok((template, requester, parameters)) => Ok(Self {
                id: id.to_owned(),
                file: file.to_owned(),
                text,
                template,
                requester,
                parameters,
                is_example: false,
            }),
            Err(issues) => {
                let place = |issue: Issue| issue.placed(file, text.positions(), 0);
                Err(issues.into_iter().map(place).collect())
            }
        }
    }

    /// Finds values that look like credentials. The caller reports no other problems of such a request,
    /// because their messages quote values and are shown in a public comment.
    pub(crate) fn leaks(&self, exceptions: &Exceptions) -> Vec<Diagnostic> {
        let document = json!({
            "template": self.template.to_string(),
            "requester": self.requester.to_string(),
            "parameters": self.parameters,
        });
        let found = leaks::find_in(&document, exceptions).into_iter();
        let issues = found.map(|(pointer, leak)| {
            let field = pointer.trim_start_matches('/').replace('/', ".");
            let message = format!("`{field}` looks like {} (rule `{}`)", leak.what, leak.rule);
            self.diagnostic(Issue::error("secret-in-request", pointer, message).hint(
                "a request is public: remove the value and replace the credential; \
                 `secrets` in `callboard.yaml` can say that it is none",
            ))
        });
        issues.collect()
    }

    /// SHA-256 of template, requester and parameters, in hexadecimal. Formatting and order of keys do not
    /// matter.
    pub fn digest(&self) -> String {
        let Self { template, requester, parameters, .. } = self;
        let mut value = json!([template.as_str(), requester.as_str(), parameters]);
        value.sort_all_objects();
        sha256_hex(value.to_string().as_bytes())
    }

    /// Gives an issue, whose pointer is into the request, its place.
    pub(crate) fn diagnostic(&self, issue: Issue) -> Diagnostic {
        issue.placed(&self.file, self.text.positions(), 0)
    }
}

/// All requests of the portal that can be read.
pub(crate) fn readable(files: &dyn Files) -> Vec<Request> {
    let requests = files.below(REQUESTS).unwrap_or_default().into_iter().filter_map(|file| {
        let text = files.text(&file).ok().flatten()?;
        Request::parse(&file, text).ok()
    });
    requests.collect()
}

/// Lists the portal's requests by id, each with its parameters that name what the request creates: those that
/// templates call `name`, `component_id` or `componentName`, in any case.
pub fn names(files: &dyn Files) -> BTreeMap<String, BTreeMap<String, String>> {
    let is_naming = |key: &str| {
        let key = key.to_ascii_lowercase().replace('_', "");
        matches!(key.as_str(), "name" | "componentid" | "componentname")
    };
    let named = |parameters: Map<String, Value>| {
        let texts = parameters.into_iter().filter(|(key, _)| is_naming(key));
        texts.filter_map(|(key, value)| Some((key, value.as_str()?.to_owned()))).collect()
    };
    readable(files).into_iter().map(|request| (request.id, named(request.parameters))).collect()
}

/// Replaces a message that quotes what looks like a credential, because messages are shown in a public
/// comment.
fn without_credential(problem: Diagnostic) -> Diagnostic {
    match leaks::find(&problem.message, "", &Exceptions::default()) {
        None => problem,
        Some(leak) => {
            let message = format!("here is what looks like {} (rule `{}`)", leak.what, leak.rule);
            Diagnostic { code: "secret-in-request", message, ..problem }
                .hint("a request is public: remove the value and replace the credential")
        }
    }
}

fn not_utf8(file: &str, wrong: NotUtf8) -> Diagnostic {
    Diagnostic::error("invalid-encoding", Place::at(file, Some(wrong.position)), wrong.to_string())
}

/// True for the ending `.yaml` in lower case only: an id must not depend on whether the file system ignores
/// case.
pub fn is_request_file(name: &str) -> bool {
    matches!(name.rsplit_once('.'), Some((_, "yaml")))
}

type Fields = (EntityRef, EntityRef, Map<String, Value>);

fn read(document: &Value) -> Result<Fields, Vec<Issue>> {
    let wrong = |code, pointer: &str, message: String| Issue::error(code, pointer, message);
    let Some(root) = document.as_object() else {
        let issue = wrong("wrong-shape", "", "a request must be a map".into());
        return Err(vec![issue.hint("it has `template`, `requester` and `parameters`")]);
    };
    let mut issues = Vec::new();
    for key in root.keys().filter(|key| !KEYS.contains(&key.as_str())) {
        let pointer = format!("/{}", escape(key));
        issues.push(
            wrong("unknown-field", &pointer, format!("unknown field `{key}`"))
                .at_key()
                .hint_opt(did_you_mean(key, KEYS.iter().copied()))
                .or_hint("a request has `template`, `requester` and `parameters`"),
        );
    }
    if root.get("version").is_some_and(|version| version.as_u64().is_none()) {
        let message = "`version` must be a number".to_owned();
        issues.push(wrong("wrong-shape", "/version", message).hint("leave it out, or write 1"));
    }
    let mut reference = |key: &str, kind: &str| {
        let issue = match root.get(key) {
            None => wrong("missing-field", "", format!("`{key}` is missing")),
            Some(Value::String(text)) => {
                match EntityRef::parse(text, Some(kind), DEFAULT_NAMESPACE) {
                    Ok(found) => return Some(found),
                    Err(error) => {
                        let pointer = format!("/{key}");
                        wrong("invalid-reference", &pointer, error.to_string()).hint(error.hint())
                    }
                }
            }
            Some(_) => wrong("wrong-shape", &format!("/{key}"), format!("`{key}` must be a text")),
        };
        let example = format!("write `{key}: {}:default/…`", kind.to_lowercase());
        issues.push(issue.or_hint(&example));
        None
    };
    let template = reference("template", "Template");
    let requester = reference("requester", "User");
    let parameters = match root.get("parameters") {
        None => Some(Map::new()),
        Some(Value::Object(parameters)) => Some(parameters.clone()),
        Some(_) => {
            let message = "`parameters` must be a map".into();
            issues.push(wrong("wrong-shape", "/parameters", message));
            None
        }
    };
    match (template, requester, parameters) {
        (Some(template), Some(requester), Some(parameters)) if issues.is_empty() => {
            Ok((template, requester, parameters))
        }
        _ => Err(issues),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> String {
        let problems = Request::parse("scaffolds/requests/a.yaml", text.to_owned());
        let problems: Vec<_> =
            problems.expect_err("refused").iter().map(ToString::to_string).collect();
        problems.join("\n")
    }

    #[test]
    fn unknown_missing_and_misshapen_fields_are_reported_at_once() {
        let text = "template: 3\nrequster: user:default/a\nparameters: []\n";
        assert_eq!(
            refusal(text),
            "error: scaffolds/requests/a.yaml:2:1: unknown field `requster`\n\
             hint: did you mean `requester`?\n\
             error: scaffolds/requests/a.yaml:1:11: `template` must be a text\n\
             hint: write `template: template:default/…`\n\
             error: scaffolds/requests/a.yaml:1:1: `requester` is missing\n\
             hint: write `requester: user:default/…`\n\
             error: scaffolds/requests/a.yaml:3:13: `parameters` must be a map"
        );
    }

    #[test]
    fn a_message_quotes_no_credential() {
        let token = format!("ghp_{}", "aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0zA1bC3");
        let rest = "template: t\nrequester: user:default/a\nparameters: {}\n";
        for (text, place) in [
            (format!("{token}: 1\n{rest}"), "1:1"),
            (format!("{rest}x: {{{token}: 1, {token}: 2}}\n"), "4:50"),
        ] {
            let found = refusal(&text);
            assert!(!found.contains(&token), "{found}");
            assert!(found.contains(&format!("a.yaml:{place}: here is what looks like")), "{found}");
        }
    }

    #[test]
    fn what_yaml_can_hide_is_refused_with_its_place() {
        let cases = [
            ("a: &x 1\nb: *x\n", "1:4: anchors"),
            ("a: !!str 1\n", "1:4: tags"),
            ("a:\n  b: 1\n  b: 2\n", "3:3: the key `b`"),
            ("a: 1\n---\nb: 2\n", "3:1: there is more than one document"),
            (&"[".repeat(40), "1:17: lists and maps are nested"),
            (&"x".repeat(70_000), "a.yaml: a request of 70000 bytes"),
        ];
        for (text, expected) in cases {
            let found = refusal(text);
            assert!(found.contains(expected), "{found}\nexpected {expected}");
        }
    }

    #[test]
    fn the_same_key_in_two_maps_is_fine() {
        let text = "template: t\nrequester: u\nparameters: {a: [{b: 1}, {b: 1}], c: {b: 1}}\n";
        let request = Request::parse("x/r-1.yaml", text.to_owned()).expect("well formed");
        assert_eq!(request.id, "r-1");
        assert_eq!(request.template.as_str(), "template:default/t");
        assert_eq!(request.requester.as_str(), "user:default/u");
    }

    #[test]
    fn the_file_name_is_the_id() {
        for bad in ["-a.yaml", "a b.yaml", "a.yml", ".yaml", "a"] {
            assert!(Request::parse(bad, "a: 1".to_owned()).is_err(), "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn reading_a_request_never_panics(text in "\\PC{0,200}") {
            drop(Request::parse("a.yaml", text));
        }
    }
}
