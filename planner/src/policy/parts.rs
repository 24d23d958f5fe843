//! The parts of a plan that may be other ones at apply than when the plan was approved.
//!
//! A part has one name, which a plan's difference, the refusal of an apply and the policy share. Parts that say where
//! something is made, for whom and with which secrets have no name here, so that no policy can let them differ.

use super::matches;

/// Parts whose names are one word.
const WORDS: [&str; 3] = ["template", "content", "texts"];

/// What is wrong with the name of a part in a policy; `None` when a plan can have such a part.
pub(super) fn problem(name: &str) -> Option<String> {
    let rest = |word: &str| name.strip_prefix(word)?.strip_prefix('/');
    let is_written_out = |text: &str| !text.is_empty() && !text.contains('*');
    let is_part = WORDS.contains(&name)
        || rest("files").is_some_and(|path| !path.is_empty())
        || rest("parameters").is_some_and(is_written_out)
        || rest("inputs").is_some_and(is_written_out)
        || rest("effects").is_some_and(|part| is_written_out(part) && is_field(part));
    (!is_part).then(|| format!("no part of a plan that may differ has the name `{name}`"))
}

/// The words that names begin with, for people.
pub(super) const HINT: &str = "there are `template`, `content`, `texts`, `parameters/NAME`, `inputs/STEP`, `files/PATH` (with `*` \
     for any text) and `effects/STEP/NUMBER/FIELD`; the refusal of a plan names its parts";

/// Whether a text has a step, a number and a field: `STEP/NUMBER/FIELD`.
fn is_field(part: &str) -> bool {
    let segments: Vec<_> = part.split('/').collect();
    let is_number = |segment: &&str| segment.bytes().all(|byte| byte.is_ascii_digit());
    let number =
        segments.iter().skip(1).position(|segment| !segment.is_empty() && is_number(segment));
    number.is_some_and(|at| segments.len() > at + 2) && segments.iter().all(|s| !s.is_empty())
}

/// Whether one of these names of a policy is that of a part. Only in paths of files `*` stands for any text.
pub(crate) fn names_part(names: &[String], part: &str) -> bool {
    let is_name = |name: &String| match part.starts_with("files/") && name.starts_with("files/") {
        true => matches(name, part),
        false => name == part,
    };
    names.iter().any(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_may_differ_and_never_everything() {
        for good in [
            "template",
            "content",
            "texts",
            "files/README.md",
            "files/*",
            "parameters/size",
            "inputs/fetch",
            "effects/publish/1/message",
            "effects/register/1/entities/0/document/metadata/annotations/a~1b",
        ] {
            assert_eq!(problem(good), None, "{good}");
        }
        for bad in [
            "",
            "*",
            "policy",
            "files",
            "files/",
            "inputs/*",
            "parameters/",
            "effects/*",
            "effects/publish/1",
            "effects/publish/1/",
            "effects/*/1/message",
            "effects/publish/1/*",
            "effects/1/message",
            "template/x",
        ] {
            assert!(problem(bad).is_some(), "{bad}");
        }
    }

    #[test]
    fn a_star_stands_for_text_of_a_path_only() {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        assert!(names_part(&names(&["template", "files/docs/*"]), "files/docs/a/b.md"));
        assert!(!names_part(&names(&["files/docs/*"]), "files/CODEOWNERS"));
        assert!(!names_part(&names(&["files/*"]), "effects/publish/1/message"));
        assert!(!names_part(&names(&["inputs/a"]), "inputs/a-2"));
    }
}
