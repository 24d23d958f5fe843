//! Every code that a diagnostic can have: one table for `--explain`, SARIF's rules and docs/checking.md.
//!
//! A test compares the table with the codes that the program's source uses.

use anyhow::anyhow;

use crate::{
    base::{diagnostics::Level, text::did_you_mean},
    cli::Failure,
};

/// One code.
#[derive(Debug)]
pub(super) struct Code {
    /// Its name, in kebab case.
    pub(super) name: &'static str,
    /// Its usual level, the worst when it has several.
    pub(super) level: Level,
    /// What is wrong, in one line.
    pub(super) summary: &'static str,
    /// Why it matters, and what to do.
    pub(super) help: &'static str,
}

const fn error(name: &'static str, summary: &'static str, help: &'static str) -> Code {
    Code { name, level: Level::Error, summary, help }
}

const fn warning(name: &'static str, summary: &'static str, help: &'static str) -> Code {
    Code { name, level: Level::Warning, summary, help }
}

const fn note(name: &'static str, summary: &'static str, help: &'static str) -> Code {
    Code { name, level: Level::Note, summary, help }
}

/// Explains a code, for a person.
pub(in crate::cli) fn explain(name: &str) -> Result<String, Failure> {
    let Some(Code { name, level, summary, help }) = CODES.iter().find(|code| code.name == name)
    else {
        let hint = did_you_mean(name, CODES.iter().map(|code| code.name));
        let hint = hint.unwrap_or_else(|| "docs/checking.md lists them all".into());
        return Err(Failure::Usage(anyhow!("there is no code `{name}`\nhint: {hint}")));
    };
    Ok(format!("{name} ({}): {summary}\n\n{help}", level.as_str()))
}

/// All codes, sorted by name.
pub(super) const CODES: &[Code] = &[
    warning(
        "broken-docs-link",
        "A page of documentation has a link or an image that leads nowhere.",
        "The message says what is missing; the hint names what is near. Links to headings are checked too.",
    ),
    warning(
        "broken-link",
        "A link of the site leads nowhere.",
        "It stands in a file of the theme, or in a text of the catalog. `callboard build` finds it among the pages that it makes; `--strict` makes it fail.",
    ),
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
    warning(
        "cycle",
        "A hierarchy leads back to where it started.",
        "A group cannot be its own ancestor, nor a system, domain or component a part of itself. Remove one of \
         the parents in the ring that the message shows.",
    ),
    warning(
        "dangling-reference",
        "A reference leads to an entity that does not exist.",
        "The entity was renamed, removed or never there. Mend the reference, or add the entity.",
    ),
    note(
        "dependency-cycle",
        "Things depend on each other in a ring.",
        "None of them can be deployed, tested or switched off alone. That may be meant; then leave it.",
    ),
    warning(
        "deprecated-annotation",
        "An annotation that Backstage no longer uses.",
        "Nothing reads it any more. Use the replacement that the hint names.",
    ),
    warning(
        "docs-left-out",
        "A file of documentation was not taken along.",
        "The message says why: it is too large, a link, not a text, or an image that is not what its name says.",
    ),
    error(
        "duplicate-entity",
        "One source has the same entity twice.",
        "References are equal regardless of case. Rename or remove one of the two; both places are named.",
    ),
    error(
        "duplicate-step",
        "Two steps of a template have the same id.",
        "What later steps read of it would be ambiguous. Give each step an id of its own.",
    ),
    warning(
        "empty-owner",
        "A group owns something, and nobody is in it or in a group below it.",
        "Nobody answers for what it owns. Give the group members, or what it owns another owner. It is only \
         reported when the catalog knows members of some groups.",
    ),
    note(
        "empty-system",
        "A system or domain has no parts.",
        "It may be left over. Remove it, or name it as `system`, `domain` or `subdomainOf` of its parts.",
    ),
    warning(
        "enrich-without-base",
        "A source only adds to an entity that no other source has.",
        "The entity is left out. It was removed or renamed in the source that had it, or the mapping makes \
         another name.",
    ),
    warning(
        "foreign-target",
        "A Location leads to another repository.",
        "It is not followed there. Name that repository in the source too, or remove the target.",
    ),
    note(
        "gone-from-baseline",
        "The baseline lists a problem that is there no more.",
        "Well done. `callboard check --write-baseline` removes the entry.",
    ),
    warning(
        "incomplete-list",
        "A list of an API left out what is still there.",
        "It changed while it was read, so that a record moved to a page that was read already, or the token sees \
         less of the list than before. What was left out was asked for by its own address, and stays.",
    ),
    warning(
        "invalid-docs",
        "`mkdocs.yml` or a page of documentation cannot be read.",
        "The message says why. The pages that can be read are shown.",
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
        "docs/scaffolding.md lists each action's inputs.",
    ),
    error(
        "invalid-key",
        "A key of labels or annotations is not valid.",
        "Write `[dns.prefix/]name`; the name of letters and digits and, between them, `-`, `_` or `.`, at most \
         63.",
    ),
    error(
        "invalid-mapping",
        "The jq program of a source does not compile.",
        "Mend it at the place shown. It has no files, network or environment.",
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
        "docs/settings.md explains every key. The exit code is 2, because nothing can be checked without.",
    ),
    error(
        "invalid-shard",
        "A part of a site cannot be joined with the others.",
        "Build all parts from one commit with one program and the same `SOURCE_DATE_EPOCH`, then run `callboard merge` again.",
    ),
    error(
        "invalid-source",
        "The file of a source cannot be used.",
        "docs/sources-reference.md explains every key.",
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
    note(
        "isolated-group",
        "A group has neither a parent nor children while most groups have.",
        "It may be left over from a reorganisation. Give it a parent, or remove it.",
    ),
    warning(
        "link-not-followed",
        "A file that a source wants is a symbolic link or a submodule.",
        "Links are not followed. Put the file itself there, or leave it out by a pattern under `globs`.",
    ),
    warning(
        "location-without-target",
        "A Location names no file.",
        "It has neither `spec.target` nor `spec.targets`, so nothing comes of it. Add the files, or remove the Location.",
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
        "A request would make something that exists, or that another request makes.",
        "Choose another name.",
    ),
    warning(
        "no-docs",
        "An entity names documentation that is not there.",
        "Write the folder relative to the file of the entity, as in `backstage.io/techdocs-ref: dir:.`, with Markdown in it.",
    ),
    warning(
        "no-entities",
        "A repository of a source has no file of entities.",
        "Is the pattern under `globs` right? Otherwise take the repository out of the source.",
    ),
    warning(
        "no-match",
        "A pattern of files matches nothing.",
        "A glob of a source, or a target of a Location with `*`, names no file that is there. Mend the pattern, or remove it.",
    ),
    note(
        "no-owner",
        "A template has no owner.",
        "Nobody is named who could be asked about it. Add `spec.owner`.",
    ),
    error(
        "not-an-entity",
        "A document in a folder of the catalog is no entity.",
        "An entity is a map with `apiVersion`, `kind`, `metadata` and `spec`.",
    ),
    warning(
        "not-recorded",
        "What became of the sources could not be recorded on its branch.",
        "The snapshot itself is whole. Pages show how old the catalog is by the record before. Often somebody \
         may not push the branch `callboard-sources`.",
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
    warning(
        "rare-value",
        "A type or lifecycle that very few have, and that looks like a common one.",
        "It is probably a slip of the pen, and filters will miss it. Write the common one.",
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
    warning(
        "same-name",
        "Two names differ only in case, `-`, `_` or `.`.",
        "People and mappings will mix them up; often it is one thing, written by two sources in two ways. \
         Merge them, or rename one.",
    ),
    warning(
        "secret-in-catalog",
        "A field of an entity looks like a credential of some system.",
        "Whoever reads the repository knows it, history included. Remove it and replace the credential. What is \
         none can be allowed with `secrets` in `callboard.yaml`.",
    ),
    error(
        "secret-in-request",
        "A request holds a secret.",
        "A request is a public file. Remove the value, and take it for known: replace the secret. A value that \
         only looks like one can be allowed with `secrets` in `callboard.yaml`.",
    ),
    note(
        "similar-name",
        "Two names differ by one letter.",
        "It may be a slip of the pen. If both are meant, nothing is to be done.",
    ),
    error(
        "source-failed",
        "A source could not be read.",
        "The message says what went wrong. Its files stay as they were.",
    ),
    warning(
        "stale-document",
        "What is shown of an entity is from an earlier reading of its document.",
        "The document could not be taken when its source was read last, so its last good fragment stays. The message names the document and the reason; once it is mended, the next snapshot takes it.",
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
    warning(
        "too-much-docs",
        "A set of documentation has more pages than are shown.",
        "Split it among several entities.",
    ),
    warning(
        "unbundled-definition",
        "A definition refers to other files.",
        "The definition is taken as it is written; what its `$ref`s name in other files is not shown. Bundle the definition into one file to show all of it.",
    ),
    error(
        "unknown-action",
        "A step calls an action that does not exist.",
        "docs/scaffolding.md lists them.",
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
        "unknown-kind",
        "A kind that Backstage does not know.",
        "With an `apiVersion` of `backstage.io` that looks like a known kind it is an error. Otherwise it is a kind of \
         your own, and one warning however many entities it has: they are shown as they are, and `owner`, `system`, \
         `dependsOn` and `dependencyOf` lead to what they name when that exists.",
    ),
    error(
        "unknown-reference",
        "An expression of a template reads something that is not there.",
        "An unknown parameter or step is empty in Backstage and a warning here; anything else is an error.",
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
    warning(
        "unlisted-source",
        "A source has files and is not in the settings.",
        "It is not read. Add it to `sources` in `callboard.yaml`, or remove its files.",
    ),
    warning(
        "unproven-identity",
        "An API does not say who asks.",
        "The source says how that is asked (`identity`), and the server has no such address. A credential that it \
         takes for nobody's would make what is private look as if it were gone.",
    ),
    note(
        "unprovided-api",
        "No component provides an API.",
        "Nobody can tell what answers its calls. Add it to `providesApis` of a component.",
    ),
    warning(
        "unread-placeholder",
        "The file that a `$text`, `$json` or `$yaml` names could not be read.",
        "The entity is taken, with the address in place of the text. The message says why the file could not be read: it is missing, too large, or on a server that snapshots do not ask.",
    ),
    error(
        "unreadable-file",
        "A file that an entity or a Location names cannot be read.",
        "The message says why: it is missing, outside the repository, a link, too large, or not a text.",
    ),
    error(
        "unsupported-step",
        "A step uses something that Callboard does not do.",
        "The hint says what to write instead.",
    ),
    warning(
        "unusable-name",
        "The name of a file has characters that paths of a portal cannot have, such as `\\`.",
        "It is passed over. Rename the file.",
    ),
    error("unusable-template", "A template cannot be read.", "The message says why."),
    note(
        "user-without-group",
        "A user is in no group.",
        "They see no team and own nothing. It is only reported when the catalog knows members of some groups.",
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
