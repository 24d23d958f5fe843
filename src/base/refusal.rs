//! What the words of servers mean that refuse something: one line with the cause and the way out. Forges say it in answers of
//! their API, in the body of git's requests, and beside a refused push.

/// Words of a server in lower case, and what they mean.
struct Meaning {
    /// All of them are there.
    words: &'static [&'static str],
    text: &'static str,
}

const PROTECTED: &str = "the branch is protected: let the account of the credential push to it (rulesets and protected branches of the repository), or push to another branch and open a pull request";
const ARCHIVED: &str = "the repository is archived, so that nobody can write to it: take it out of the archive in its settings, or use another one";
const WORKFLOW: &str = "the files have workflows, which the credential may not push: give a token the scope `workflow`, or an app `Workflows: write`";
const UNVERIFIED: &str = "the e-mail address of the account is not verified: verify it in the profile of the account whose credential this is";
const BLOCKED: &str = "the account is blocked or suspended: an administrator of the server can say why, and change it";
const SIGN_ON: &str = "the organisation wants single sign-on: authorize the token for it, in the list of tokens of its account";
const ENDING: &str =
    "the namespace is being deleted: wait until it is gone and go on, or choose another one";
const SECRET: &str = "the server found a credential in the files: remove it from the template, or allow it on the page that the server names";
const HOOK: &str = "a rule of the server refused the push, mostly because the branch is protected: its settings say who may push, or push to another branch";
const TOO_LARGE: &str = "a file is larger than the server takes: leave it out";

/// The first that fits counts.
const MEANINGS: &[Meaning] = &[
    // Kubernetes.
    Meaning { words: &["because it is being terminated"], text: ENDING },
    Meaning { words: &["namespaceterminating"], text: ENDING },
    // Archived, on GitHub ("was archived so is read-only"), GitLab and Gitea.
    Meaning { words: &["archived", "read-only"], text: ARCHIVED },
    Meaning { words: &["is archived"], text: ARCHIVED },
    Meaning { words: &["archived project"], text: ARCHIVED },
    Meaning { words: &["archived repo"], text: ARCHIVED },
    // Accounts.
    Meaning { words: &["verif", "email"], text: UNVERIFIED },
    Meaning { words: &["verif", "e-mail"], text: UNVERIFIED },
    Meaning { words: &["confirm", "email"], text: UNVERIFIED },
    Meaning { words: &["account", "suspended"], text: BLOCKED },
    Meaning { words: &["account", "blocked"], text: BLOCKED },
    Meaning { words: &["account", "locked"], text: BLOCKED },
    Meaning { words: &["account", "deactivated"], text: BLOCKED },
    Meaning { words: &["user is blocked"], text: BLOCKED },
    Meaning { words: &["user is not allowed login"], text: BLOCKED },
    Meaning { words: &["saml"], text: SIGN_ON },
    // Pushes. GitHub.
    Meaning { words: &["refusing to allow", "workflow"], text: WORKFLOW },
    Meaning { words: &["gh006"], text: PROTECTED },
    Meaning { words: &["gh009"], text: SECRET },
    Meaning { words: &["gh013", "secrets"], text: SECRET },
    Meaning { words: &["gh013"], text: PROTECTED },
    Meaning { words: &["gh001"], text: TOO_LARGE },
    Meaning { words: &["repository rule violations"], text: PROTECTED },
    // Azure DevOps.
    Meaning { words: &["tf402455"], text: PROTECTED },
    Meaning { words: &["vs403654"], text: SECRET },
    // GitLab, Gitea.
    Meaning { words: &["protected branch"], text: PROTECTED },
    Meaning { words: &["is protected from"], text: PROTECTED },
    Meaning { words: &["branch", "is protected"], text: PROTECTED },
    Meaning { words: &["hook declined"], text: HOOK },
];

/// What a server means by the text of a refusal; `None` for one that says nothing known.
pub fn meaning(text: &str) -> Option<&'static str> {
    let text = text.to_lowercase();
    let fits = |meaning: &&Meaning| meaning.words.iter().all(|word| text.contains(word));
    MEANINGS.iter().find(fits).map(|meaning| meaning.text)
}

/// What follows of a redirect, which is not followed, because a credential would go with it.
pub fn moved(from: &str, to: Option<&str>) -> String {
    let new = match to {
        Some(to) => format!("`{from}` was renamed or moved to `{to}`: use that name"),
        None => format!("`{from}` was renamed or moved: use its new name"),
    };
    format!("{new}; whoever may create the old one can make another thing there")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What servers say, as they documented it or as it was seen.
    const SAID: &[(&str, &str)] = &[
        ("remote: error: GH006: Protected branch update failed for refs/heads/main.", PROTECTED),
        ("GH013: Repository rule violations found for refs/heads/main.", PROTECTED),
        ("GH013: Repository rule violations found: Push cannot contain secrets", SECRET),
        (
            "GitLab: You are not allowed to push code to protected branches on this project.",
            PROTECTED,
        ),
        ("Gitea: Not allowed to push to protected branch main", PROTECTED),
        ("branch main is protected from force push", PROTECTED),
        (
            "TF402455: Pushes to this branch are not permitted; you must use a pull request",
            PROTECTED,
        ),
        (
            "refusing to allow a GitHub App to create or update workflow `.github/workflows/a.yml` without `workflows` permission",
            WORKFLOW,
        ),
        ("Repository was archived so is read-only.", ARCHIVED),
        ("This repository was archived so it is read-only.", ARCHIVED),
        ("remote: You cannot push to an archived project", ARCHIVED),
        ("This repo is archived. You can view files and clone it, but cannot push", ARCHIVED),
        ("You must verify your email address.", UNVERIFIED),
        ("Your primary email address is not confirmed. Please confirm your email", UNVERIFIED),
        ("Sorry. Your account was suspended.", BLOCKED),
        ("Your account has been blocked.", BLOCKED),
        ("pre-receive hook declined", HOOK),
        ("Resource protected by organization SAML enforcement.", SIGN_ON),
        (
            "configmaps \"a\" is forbidden: unable to create new content in namespace shop because it is being terminated",
            ENDING,
        ),
    ];

    #[test]
    fn the_words_of_servers_are_explained() {
        for (text, expected) in SAID {
            assert_eq!(meaning(text), Some(*expected), "{text}");
        }
        for text in ["Not Found", "Resource not accessible by integration", "name already exists"] {
            assert_eq!(meaning(text), None, "{text}");
        }
    }
}
