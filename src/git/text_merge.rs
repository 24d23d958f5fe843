//! Three versions of a text: merges what two of them changed since the third, as `git merge-file` does.

use git2::{FileFavor, MergeFileInput, MergeFileOptions, Patch};

/// A text that was merged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MergedText {
    /// The text, with both sides' changes; where they changed the same lines, with those of `ours`.
    pub text: Vec<u8>,
    /// Whether both sides changed the same lines.
    pub has_conflicts: bool,
}

/// Merges the changes of `ours` and `theirs` since `base`.
///
/// # Errors
/// A text is too large.
pub fn merge_texts(base: &[u8], ours: &[u8], theirs: &[u8]) -> Result<MergedText, git2::Error> {
    let merge = |favor| {
        let [mut ancestor, mut mine, mut other] = [(); 3].map(|()| MergeFileInput::new());
        ancestor.content(base);
        mine.content(ours);
        other.content(theirs);
        let mut options = MergeFileOptions::new();
        options.favor(favor);
        git2::merge_file(&ancestor, &mine, &other, Some(&mut options))
    };
    let clean = merge(FileFavor::Normal)?;
    if clean.is_automergeable() {
        return Ok(MergedText { text: clean.content().to_vec(), has_conflicts: false });
    }
    Ok(MergedText { text: merge(FileFavor::Ours)?.content().to_vec(), has_conflicts: true })
}

/// The difference of two versions of a file, as `git diff` prints it; empty when they are equal.
///
/// # Errors
/// A text is too large.
pub fn text_difference(path: &str, old: &[u8], new: &[u8]) -> Result<String, git2::Error> {
    let path = Some(std::path::Path::new(path));
    let mut patch = Patch::from_buffers(old, path, new, path, None)?;
    Ok(String::from_utf8_lossy(&patch.to_buf()?).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_changes_are_kept_and_ours_win() {
        let base = b"a\nb\nc\nd\ne\nf\ng\n";
        let merged = merge_texts(base, b"A\nb\nc\nd\ne\nf\ng\n", b"a\nb\nc\nd\ne\nf\nG\n");
        assert_eq!(
            merged.expect("texts"),
            MergedText { text: b"A\nb\nc\nd\ne\nf\nG\n".to_vec(), has_conflicts: false }
        );
        let merged = merge_texts(base, b"1\nb\nc\nd\ne\nf\ng\n", b"2\nb\nc\nd\ne\nf\nG\n");
        assert_eq!(
            merged.expect("texts"),
            MergedText { text: b"1\nb\nc\nd\ne\nf\nG\n".to_vec(), has_conflicts: true }
        );
    }

    #[test]
    fn a_difference_reads_like_one_of_git() {
        let difference = text_difference("ci/site.yml", b"a\n", b"b\n").expect("texts");
        assert!(difference.contains("--- a/ci/site.yml"), "{difference}");
        assert!(difference.ends_with("-a\n+b\n"), "{difference}");
    }
}
