//! The codes whose usual level is error. They fail `callboard check`.

use super::{Code, error};

/// The errors, sorted by name.
pub(super) const ERRORS: &[Code] = &[
    error(
        "case-clash",
        "Two keys of one entity differ only in case.",
        "Backstage refuses such an entity. Keep one of the two keys.",
    ),
    error(
        "conflicting-sources",
        "Two sources both say where one entity comes from.",
        "Mostly two repositories use the same name for different things. The entity of the stronger source, the later \
         one in `sources`, is kept as it is; the other is left out. Rename one of them. When one source only adds to \
         what the other knows, give it `role: enrich`; when both may have the entity, list one of them under \
         `overlapping_sources` in `callboard.yaml`, and what they say is merged.",
    ),
    error(
        "duplicate-entity",
        "One source has the same entity twice.",
        "References are equal regardless of case. Rename or remove one of the two; both places are named.",
    ),
    error(
        "duplicate-step",
        "Two steps of a template have the same id.",
        "What later steps read of it would be ambiguous. Give each step an id of its own. In a lenient template it is a \
         warning, and the last step that ran counts, as in Backstage.",
    ),
    error(
        "foreign-requester",
        "A pull request asks in the name of a user who is not its author.",
        "Write the author's own user as `requester`. Users are known by the annotation `<host>/user-login`, or by the \
         e-mail address of their profile.",
    ),
    error(
        "inapplicable-value",
        "A request gives a value of a parameter that a condition of the template switches off.",
        "The message says when the parameter applies. Remove the value, or choose what switches the parameter on.",
    ),
    error(
        "invalid-action",
        "The declaration of an own action cannot be used.",
        "Mend it at the place shown; until then no step can call the action. `callboard help own-actions` says what it has.",
    ),
    error(
        "invalid-answers",
        "A file of answers cannot be read as the values of a template.",
        "Write a map of parameters, as in a request.",
    ),
    error(
        "invalid-default",
        "The default of a parameter does not obey its own schema.",
        "A request that leaves the parameter out would be refused. Change the default or the schema.",
    ),
    error(
        "invalid-each",
        "`each` of a step is neither a list nor a map.",
        "Write a list or a map, or an expression that gives one. A text or nothing cannot be gone through.",
    ),
    error(
        "invalid-encoding",
        "A file is not UTF-8.",
        "It is passed over. Save it as UTF-8; the place shown is that of the first wrong byte.",
    ),
    error(
        "invalid-expression",
        "An expression `${{ … }}` of a template does not parse.",
        "Backstage would leave it as text; here it is an error before anything is made. Mend it at the place \
         shown.",
    ),
    error(
        "invalid-file",
        "A file of a template cannot be used.",
        "The message says why: it is missing, no text, or its path leads out of the template.",
    ),
    error(
        "invalid-input",
        "A step of a template gives its action something that it cannot use.",
        "`callboard help scaffolding` lists each action's inputs.",
    ),
    error(
        "invalid-key",
        "A key of labels or annotations is not valid.",
        "Write `[dns.prefix/]name`; the name of letters and digits and, between them, `-`, `_` or `.`, at most \
         63.",
    ),
    error(
        "invalid-lock",
        "`scaffolds/lock.yaml` cannot be read.",
        "Its commits have 40 hexadecimal digits and its digests 64. `callboard scaffold lock` writes it anew where it is \
         missing.",
    ),
    error(
        "invalid-mapping",
        "The jq program of a source does not compile.",
        "Mend it at the place shown. It has no files, network or environment.",
    ),
    error(
        "invalid-policy",
        "A policy cannot be used.",
        "Mend it at the place shown; until then nothing is allowed that it would decide.",
    ),
    error(
        "invalid-record",
        "The record of `callboard init` cannot be read.",
        "Take the file back from git: `callboard init --upgrade` compares the CI definitions with what it says.",
    ),
    error(
        "invalid-reference",
        "A text is not an entity reference.",
        "Write `[kind:][namespace/]name`; where no kind is usual it must be written.",
    ),
    error(
        "invalid-request",
        "A request of a source, or a request for something new, cannot be read.",
        "For a source: a variable is not set, or the address is none. For a scaffold request: it is not a \
         regular text file.",
    ),
    error(
        "invalid-request-id",
        "The name of a request file is not usable as an id.",
        "Name it `<id>.yaml`: letters, digits and, between them, `-`, `_` or `.`, at most 63.",
    ),
    error(
        "invalid-schema",
        "The parameters of a template are no JSON Schema.",
        "Mend the page of parameters at the place shown.",
    ),
    error(
        "invalid-settings",
        "`callboard.yaml` cannot be used.",
        "`callboard help settings` explains every key. The exit code is 2, because nothing can be checked without.",
    ),
    error(
        "invalid-shard",
        "A part of a site cannot be joined with the others.",
        "Build all parts from one commit with one program and the same `SOURCE_DATE_EPOCH`, then run `callboard merge` again.",
    ),
    error(
        "invalid-source",
        "The file of a source cannot be used.",
        "`callboard help sources-reference` explains every key.",
    ),
    error(
        "invalid-source-name",
        "A source has a name that cannot be one.",
        "Use letters, digits and, between them, `-`, `_` or `.`; `manual` and `scaffolds` are taken.",
    ),
    error(
        "invalid-tag",
        "A tag is not valid.",
        "Use lower-case letters, digits, `:`, `+`, `#` and single hyphens, at most 63.",
    ),
    error(
        "invalid-value",
        "A value is not one of those that are possible here.",
        "The hint says which are.",
    ),
    error(
        "invalid-yaml",
        "A file is not YAML.",
        "Mend it at the place shown; often it is indentation or a text that needs quotes.",
    ),
    error(
        "known-after-apply",
        "A step needs a value in the plan that is known only after an earlier step has run.",
        "Write the value, or use what the plan knows already, such as an address that follows from names.",
    ),
    error(
        "mapping-failed",
        "The mapping of a source failed on a record.",
        "The message names the record. `callboard source test NAME` shows it.",
    ),
    error(
        "missing-field",
        "A field that must be there is missing.",
        "Add it where the place points.",
    ),
    error(
        "missing-mapping",
        "A source has no mapping.",
        "Write `catalog-data/sources/<name>.jq`, which makes entities of one record.",
    ),
    error(
        "missing-source",
        "The settings name a source that has no file.",
        "Add `catalog-data/sources/<name>.yaml`, or remove the name from `sources`.",
    ),
    error(
        "missing-value",
        "A parameter that a template requires is missing.",
        "Add it to the request.",
    ),
    error(
        "name-taken",
        "A request would make something that exists, or that another request or step makes.",
        "Choose another name. Of two steps, or two turns of `each`, give each another name, or make it once.",
    ),
    error(
        "not-an-entity",
        "A document in a folder of the catalog is no entity.",
        "An entity is a map with `apiVersion`, `kind`, `metadata` and `spec`.",
    ),
    error(
        "not-undone",
        "A pull request removes a request whose run cannot be undone now.",
        "The message says why: a runner has the run, or its plan cannot be made again.",
    ),
    error(
        "not-written",
        "The files of a source could not be written.",
        "The message says why. The next snapshot finishes what was begun, or takes it back.",
    ),
    error(
        "own-credential",
        "A source would have written one of its own credentials.",
        "The server quotes what it was asked with, in the field that the message names. Leave the field out in the \
         mapping, and replace the credential: the server writes it elsewhere too.",
    ),
    error(
        "policy",
        "A policy does not allow what a request asks for.",
        "The message says which rule. Ask for less, or ask those who own the policy.",
    ),
    error(
        "refused-yaml",
        "A request uses YAML that requests may not use.",
        "Anchors, aliases, tags, doubled keys, several documents, great size and depth are refused, because a \
         request comes from a pull request and must be what it looks like.",
    ),
    error(
        "request-applied",
        "A request that was applied is changed or removed.",
        "A request is applied once. Restore the file; something new is a new request, and what was made is changed in its own repository.",
    ),
    error(
        "required-secret",
        "A template requires a parameter that is a secret.",
        "A request is a file that many can read, so it has no secrets, and no request could be valid. Remove the name from \
         `required`: actions get the credential of the origin that they call, from `callboard.yaml`.",
    ),
    error(
        "secret-in-request",
        "A request holds a secret.",
        "A request is a public file. Remove the value, and take it for known: replace the secret. A value that \
         only looks like one can be allowed with `secrets` in `callboard.yaml`.",
    ),
    error(
        "source-failed",
        "A source could not be read.",
        "The message says what went wrong. Its files stay as they were.",
    ),
    error(
        "stub-action",
        "The declaration of an own action is a stub.",
        "`callboard scaffold import` wrote it for an action that is missing. Write its command, and remove `stub`; until then no step can call it.",
    ),
    error(
        "too-many-failures",
        "So many documents of a source failed that nothing of it is taken.",
        "The source keeps its last good state. Mend the documents that the messages name, or raise `max_failures` of the source.",
    ),
    error(
        "too-many-files",
        "A repository has more files of entities than are read.",
        "Narrow `globs`.",
    ),
    error(
        "unknown-action",
        "A step calls an action that does not exist.",
        "`callboard help scaffolding` lists them.",
    ),
    error(
        "unknown-api-version",
        "The kind has no such `apiVersion`.",
        "The hint names the one to use.",
    ),
    error(
        "unknown-entity",
        "A request chooses an entity that does not exist.",
        "Choose one of the catalog.",
    ),
    error(
        "unknown-field",
        "A field that nobody knows.",
        "Often it is a slip of the pen: see the hint.",
    ),
    error(
        "unknown-input",
        "A step of a template has an input that its action does not know.",
        "Backstage ignores it, and so does this, with a warning; a name that looks like a known one is an error.",
    ),
    error(
        "unknown-kind",
        "A kind that Backstage does not know.",
        "With an `apiVersion` of `backstage.io` that looks like a known kind it is an error. Otherwise it is a kind of \
         your own, and one warning however many entities it has: they are shown as they are, and `owner`, `system`, \
         `dependsOn` and `dependencyOf` lead to what they name when that exists.",
    ),
    error(
        "unknown-property",
        "A schema requires a property that it does not have.",
        "Values without a property are refused, so that no request could be valid. Correct the name, or add the property.",
    ),
    error(
        "unknown-reference",
        "An expression of a template reads something that is not there.",
        "An unknown parameter or step is empty in Backstage and a warning here, and so is a name in a file of a skeleton, \
         which reads `values` only; anything else is an error.",
    ),
    error(
        "unknown-requester",
        "The requester is no user of the catalog.",
        "Write `user:default/<name>`.",
    ),
    error("unknown-template", "A request names a template that does not exist.", "See the hint."),
    error(
        "unknown-value",
        "A request gives a parameter that the template does not have.",
        "Remove it.",
    ),
    error(
        "unread-include",
        "A template includes a file by `$yaml`, `$json` or `$text` that cannot be read.",
        "The path is relative to the file that has the placeholder, and stays in the repository. The address of another \
         repository is read by `scaffolds/lock.yaml`: `callboard scaffold lock` writes it.",
    ),
    error(
        "unreadable-file",
        "A file that an entity or a Location names cannot be read.",
        "The message says why: it is missing, outside the repository, a link, too large, or not a text.",
    ),
    error(
        "unsupported-action",
        "A step asks for what is refused: a secret that would be made, or the backend of Backstage.",
        "The message says what to do instead; `callboard help forges` and `callboard help scaffolding` say what is refused.",
    ),
    error(
        "unusable-action",
        "A step calls an own action that has mistakes.",
        "Another problem names them, in the declaration of the action.",
    ),
    error(
        "unusable-content",
        "Content of another repository, which a template reads, is not there.",
        "It is not in the lock, not in the cache, or cannot be fetched. `callboard scaffold lock` writes commit and digest \
         of each address into `scaffolds/lock.yaml`, which is committed; `callboard scaffold fetch` brings what it names \
         into the cache.",
    ),
    error("unusable-template", "A template cannot be read.", "The message says why."),
    error(
        "unusable-secret",
        "A step has a secret of the settings where it cannot be sent.",
        "Secrets go to a few inputs, such as `secrets` of `publish:github`, and cannot be changed by an expression. \
         `callboard help scaffolding` lists the inputs.",
    ),
    error(
        "wrong-entity",
        "A request chooses an entity that the template does not allow here.",
        "Choose one of those that the form offers.",
    ),
    error(
        "wrong-shape",
        "A value has the wrong shape: a text, a list or a map is expected.",
        "See the message.",
    ),
];
