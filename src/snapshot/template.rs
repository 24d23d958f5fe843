//! Templates: texts of a source's file in which `{…}` is a jq program over the record that a request is
//! sent for.

use super::{program::Program, source::Code};

/// A text with jq programs in it. `${NAME}` in it is an environment variable, which is kept.
pub(super) struct Template(Vec<Part>);

enum Part {
    Text(String),
    Code(Code),
}

/// Why a text is no template.
#[derive(Debug, thiserror::Error)]
pub(super) enum TemplateError {
    /// A brace is not closed in this text.
    #[error("`{{` without `}}` in `{0}`")]
    Unclosed(String),
    /// A program does not compile.
    #[error("in `{program}`: {message}")]
    Program {
        /// The program's text.
        program: String,
        /// What the compiler reports.
        message: String,
    },
}

impl Template {
    /// Makes a template without programs.
    pub(super) fn plain(text: String) -> Self {
        Self(vec![Part::Text(text)])
    }

    /// Reads a text in which `{…}` is jq; `${…}` is not.
    ///
    /// # Errors
    /// Every program that does not compile, or the brace that is not closed.
    pub(super) fn parse(text: &str) -> Result<Self, Vec<TemplateError>> {
        let (mut parts, mut wrong) = (Vec::new(), Vec::new());
        let (mut plain, mut rest) = (String::new(), text);
        while let Some(start) = rest.find('{') {
            let after = &rest[start + 1..];
            let Some(end) = closing(after) else {
                wrong.push(TemplateError::Unclosed(text.to_owned()));
                break;
            };
            if rest[..start].ends_with('$') {
                plain.push_str(&rest[..=start + 1 + end]);
            } else {
                plain.push_str(&rest[..start]);
                parts.push(Part::Text(std::mem::take(&mut plain)));
                match Program::compile(&after[..end], &[]) {
                    Ok(program) => {
                        parts.push(Part::Code(Code { program, text: after[..end].to_owned() }));
                    }
                    Err(errors) => wrong.extend(errors.into_iter().map(|error| {
                        let program = after[..end].to_owned();
                        TemplateError::Program { program, message: error.message }
                    })),
                }
            }
            rest = &after[end + 1..];
        }
        plain.push_str(rest);
        parts.push(Part::Text(plain));
        if wrong.is_empty() { Ok(Self(parts)) } else { Err(wrong) }
    }

    /// The first program, when it could change which host an address leads to.
    pub(super) fn in_host(&self) -> Option<&Code> {
        let [Part::Text(before), Part::Code(code), ..] = self.0.as_slice() else {
            return None;
        };
        let mut pieces = before.split("${");
        let first = pieces.next().unwrap_or_default();
        let written: String = std::iter::once(first)
            .chain(pieces.filter_map(|piece| Some(piece.split_once('}')?.1)))
            .collect();
        let address = written.split_once("://").map_or(written.as_str(), |(_, rest)| rest);
        (!address.contains(['/', '?', '#'])).then_some(code)
    }

    /// Replaces the texts between the programs by what `text` makes of them, such as environment
    /// variables.
    pub(super) fn fill<E>(
        &self,
        mut text: impl FnMut(&str) -> Result<String, E>,
    ) -> Result<ResolvedTemplate<'_>, E> {
        let parts = self.0.iter().map(|part| {
            Ok(match part {
                Part::Text(plain) => ResolvedPart::Text(text(plain)?),
                Part::Code(code) => ResolvedPart::Code(code),
            })
        });
        parts.collect::<Result<_, E>>().map(ResolvedTemplate)
    }

    /// The texts between the programs.
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|part| match part {
            Part::Text(text) => Some(text.as_str()),
            Part::Code(_) => None,
        })
    }
}

/// A template whose environment variables are replaced.
pub(super) struct ResolvedTemplate<'s>(Vec<ResolvedPart<'s>>);

enum ResolvedPart<'s> {
    Text(String),
    Code(&'s Code),
}

impl ResolvedTemplate<'_> {
    /// Makes the text, with what `value` returns for each program.
    pub(super) fn make<E>(
        &self,
        mut value: impl FnMut(&Code) -> Result<String, E>,
    ) -> Result<String, E> {
        let parts = self.0.iter().map(|piece| match piece {
            ResolvedPart::Text(text) => Ok(text.clone()),
            ResolvedPart::Code(code) => value(code),
        });
        parts.collect()
    }
}

/// Finds the brace that closes a program. Braces in its texts do not count.
fn closing(code: &str) -> Option<usize> {
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    for (at, c) in code.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if in_text => escaped = true,
            '"' => in_text = !in_text,
            '{' if !in_text => depth += 1,
            '}' if !in_text && depth == 0 => return Some(at),
            '}' if !in_text => depth -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<String> {
        let template = Template::parse(text).expect("it compiles");
        let part = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Code(code) => format!("<{}>", code.text),
        };
        template.0.iter().map(part).collect()
    }

    #[test]
    fn programs_are_found_between_texts_and_variables() {
        assert_eq!(parts("${URL}/a/{.id}/b"), ["${URL}/a/", "<.id>", "/b"]);
        assert_eq!(parts("${URL}/a"), ["${URL}/a"]);
        assert_eq!(parts(r#"{{a: "}"} | .a}"#), ["", r#"<{a: "}"} | .a>"#, ""]);
        let wrong = |text| Template::parse(text).err().map_or(0, |errors| errors.len());
        assert_eq!(wrong("/{}"), 1);
        assert_eq!((wrong("/{.id"), wrong("/{.a | }/{nothing}")), (1, 2));
    }

    #[test]
    fn a_record_cannot_choose_the_host() {
        let in_host = |text| Template::parse(text).expect("it compiles").in_host().is_some();
        for text in
            ["{.url}", "https://{.host}/a", "${URL}{.rest}", "${S}://${HOST}{.x}/a", "h{.a}"]
        {
            assert!(in_host(text), "{text}");
        }
        for text in ["${URL}/{.a}", "https://h/{.a}", "https://${HOST}?a={.a}", "https://h/a"] {
            assert!(!in_host(text), "{text}");
        }
    }
}
