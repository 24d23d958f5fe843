//! The one comment of a pull request: the newest plan, and which plans there were before.

use crate::{
    base::text::{
        markdown::{code, fenced, folded, sentence},
        shorten, visible_lines,
    },
    forge::reviews::MARKER,
    scaffold::Run,
};

/// Most earlier plans that the comment lists.
const MOST_EARLIER: usize = 10;
/// Most bytes of the failure of a run.
const MOST_FAILURE: usize = 4_000;
/// What the line of a plan starts with.
const LINE: &str = "- Commit ";

/// The plan that a comment shows.
#[derive(Debug)]
pub(in crate::cli) struct Planned<'p> {
    /// The commit at the head of the pull request.
    pub(in crate::cli) head: &'p str,
    /// The web page of the job that made the plan.
    pub(in crate::cli) job: Option<&'p str>,
    /// Id and hash of each request that has a plan.
    pub(in crate::cli) hashes: Vec<(String, String)>,
    /// The plans and problems as Markdown.
    pub(in crate::cli) text: &'p str,
}

/// The text of the comment. `before` is the text that it has.
pub(in crate::cli) fn comment(planned: &Planned<'_>, before: Option<&str>) -> String {
    let line = line(planned.head, &planned.hashes);
    let mut lines: Vec<String> = before.map(lines_of).unwrap_or_default();
    lines.retain(|earlier| *earlier != line);
    let earlier: Vec<_> = lines.iter().take(MOST_EARLIER).cloned().collect();
    let job = match planned.job {
        Some(job) => format!(" ([log]({}))", job.replace(['(', ')', ' ', '<', '>'], "")),
        None => String::new(),
    };
    let mut text = format!("{MARKER}\n{}\n\n---\n{line}{job}\n", planned.text.trim_end());
    if !earlier.is_empty() {
        text += &format!("\n{}", folded("Earlier plans", &(earlier.join("\n") + "\n"), false));
    }
    text
}

/// What the comment says of a run that is completed.
pub(in crate::cli) fn completed(run: &Run) -> String {
    let mut text = format!("### {} is applied\n\n", code(&run.request));
    if let Some(deviation) = &run.deviation {
        text += &format!("{}\n\n", sentence(&deviation.sentence()));
    }
    for link in &run.links {
        if let Some(url) = link.url.as_deref().filter(|url| is_plain_url(url)) {
            text += &format!("- {}: <{url}>\n", code(link.title.as_deref().unwrap_or("Link")));
        }
    }
    text
}

/// What the comment says of a run that stopped, and what to do next.
pub(in crate::cli) fn stopped(id: &str, failure: &str) -> String {
    let failure = shorten(&visible_lines(failure), MOST_FAILURE).into_owned();
    let next = format!("callboard scaffold retry {id} --push");
    format!(
        "### {} is not applied\n\n{}\n\nWhat was done is recorded, and is not done again. When the cause is mended, {} goes on.\n",
        code(id),
        fenced("text", &failure),
        code(&next)
    )
}

/// What the comment says of a run that was undone.
pub(in crate::cli) fn undone(id: &str) -> String {
    format!("### {} is taken back\n\nWhat its run made is undone.\n", code(id))
}

/// What the comment says of a run that could not be undone whole, and what to do next.
pub(in crate::cli) fn not_undone(id: &str, failure: &str) -> String {
    let failure = shorten(&visible_lines(failure), MOST_FAILURE).into_owned();
    format!(
        "### {} is not undone\n\n{}\n\nWhat was undone is recorded. When the cause is mended, {} goes on.\n",
        code(id),
        fenced("text", &failure),
        code(&format!("callboard scaffold undo {id} --yes --push"))
    )
}

/// Whether an address can stand between angle brackets of Markdown.
fn is_plain_url(url: &str) -> bool {
    let is_web = url.starts_with("https://") || url.starts_with("http://");
    is_web && url.bytes().all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'<' | b'>' | b'`'))
}

/// The hash of the plan that a comment shows for a request at a commit.
pub(in crate::cli) fn shown_hash(text: &str, head: &str, request: &str) -> Option<String> {
    let start = format!("{LINE}{}: ", code(head));
    let end = format!(" of {}", code(request));
    let line = lines_of(text).into_iter().find(|line| line.starts_with(&start))?;
    let plan = line[start.len()..].split(", ").find(|plan| plan.ends_with(&end))?;
    Some(plan.strip_suffix(&end)?.trim_matches('`').to_owned())
}

fn line(head: &str, hashes: &[(String, String)]) -> String {
    let plans: Vec<_> =
        hashes.iter().map(|(id, hash)| format!("{} of {}", code(hash), code(id))).collect();
    let plans = if plans.is_empty() { "no plan".to_owned() } else { plans.join(", ") };
    format!("{LINE}{}: {plans}", code(head))
}

/// The lines of plans in a comment, the newest first. Everybody who can write to the repository can change a comment, so
/// that a line counts only when it is one that this program writes.
fn lines_of(text: &str) -> Vec<String> {
    text.lines().filter_map(read_line).collect()
}

fn read_line(text: &str) -> Option<String> {
    let is_hash = |text: &str| {
        (7..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let is_id = |text: &str| {
        !text.is_empty()
            && text.len() <= 100
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
    };
    let span = |text: &str| Some(text.strip_prefix('`')?.strip_suffix('`')?.to_owned());
    let rest = text.strip_prefix(LINE)?.split(" ([log](").next()?;
    let (head, plans) = rest.split_once(": ")?;
    let head = span(head).filter(|head| is_hash(head))?;
    let mut hashes = Vec::new();
    for plan in plans.split(", ").filter(|plan| *plan != "no plan") {
        let (hash, id) = plan.split_once(" of ")?;
        let (hash, id) = (span(hash)?, span(id)?);
        if !is_hash(&hash) || !is_id(&id) {
            return None;
        }
        hashes.push((id, hash));
    }
    Some(line(&head, &hashes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn planned<'p>(head: &'p str, hash: &str) -> Planned<'p> {
        let hashes = vec![("cart".to_owned(), hash.to_owned())];
        Planned { head, job: Some("https://ci.example/1"), hashes, text: "### Plan of `cart`\n" }
    }

    #[test]
    fn the_newest_plan_is_on_top_and_earlier_ones_are_listed_once() {
        let first = comment(&planned("aaaaaaa1", "11111111"), None);
        assert!(first.starts_with("<!-- callboard plan -->\n### Plan of `cart`\n"), "{first}");
        assert!(
            first.contains(
                "- Commit `aaaaaaa1`: `11111111` of `cart` ([log](https://ci.example/1))\n"
            )
        );
        assert!(!first.contains("Earlier plans"), "{first}");
        let second = comment(&planned("bbbbbbb2", "22222222"), Some(&first));
        assert!(
            second.contains("Earlier plans")
                && second.contains("- Commit `aaaaaaa1`: `11111111` of `cart`\n")
        );
        assert_eq!(
            comment(&planned("bbbbbbb2", "22222222"), Some(&second)),
            second,
            "a job that runs again"
        );
    }

    #[test]
    fn what_others_write_into_the_comment_is_dropped() {
        let evil = "- Commit `aaaaaaa1`: `11111111` of `x` @everyone\n- Commit `<b>`: no plan\n- Commit `aaaaaaa1`: no plan";
        let text = comment(&planned("bbbbbbb2", "22222222"), Some(evil));
        assert!(!text.contains("everyone") && !text.contains("<b>"), "{text}");
        assert!(text.contains("- Commit `aaaaaaa1`: no plan\n"), "{text}");
        let mut many = String::new();
        for number in 10..40 {
            many += &format!("- Commit `aaaaaa{number}`: no plan\n");
        }
        let text = comment(&planned("bbbbbbb2", "22222222"), Some(&many));
        assert_eq!(text.matches("- Commit").count(), 11, "{text}");
    }
}
