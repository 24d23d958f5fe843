//! The codes whose usual level is warning or note. Warnings fail `callboard check --strict`.

use super::{Code, note, warning};

/// The warnings, sorted by name.
pub(super) const WARNINGS: &[Code] = &[
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
    warning(
        "defined-elsewhere",
        "A checked file has an entity that another file of the catalog defines.",
        "Two files with one entity are a conflict: the catalog takes only one of them. Rename one, or remove the other \
         file first, when the entity moves.",
    ),
    warning(
        "deprecated-annotation",
        "An annotation that Backstage no longer uses.",
        "Nothing reads it any more. Use the replacement that the hint names.",
    ),
    warning(
        "docs-left-out",
        "A file of documentation was not taken along.",
        "The message says why: it is too large, a link, not a text, or an image that does not have the type that its name says.",
    ),
    warning(
        "empty-owner",
        "A group owns entities, but neither it nor a group below it has members.",
        "Nobody answers for what it owns. Give the group members, or what it owns another owner. It is only \
         reported when the catalog knows members of some groups.",
    ),
    warning(
        "enrich-without-base",
        "A source only adds to an entity that no other source has.",
        "The entity is left out. It was removed or renamed in the source that had it, or the mapping makes \
         another name.",
    ),
    warning(
        "file-exists",
        "A request would write a file that the portal has with another content.",
        "Apply does not replace it, and stops there. Choose another name, or remove the file first.",
    ),
    warning(
        "foreign-target",
        "A Location leads to another repository.",
        "It is not followed there. Name that repository in the source too, or remove the target.",
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
    warning(
        "no-credential",
        "A step makes something on a server for which the settings have no credential.",
        "Name the variable with the token in `credentials` of `callboard.yaml`. Without it the server refuses.",
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
    warning(
        "not-recorded",
        "What became of the sources could not be recorded on its branch.",
        "The snapshot itself is whole. Pages show how old the catalog is by the record before. Often somebody \
         may not push the branch `callboard-sources`.",
    ),
    warning(
        "optional-each",
        "A step goes over a parameter that a request may leave out.",
        "`each` must be a list or a map, so that such a request cannot be planned; a condition does not help. Give the \
         parameter a default, require it, or write `${{ parameters.x or [] }}`.",
    ),
    warning(
        "rare-value",
        "A type or lifecycle that very few have, and that looks like a common one.",
        "It is probably a slip of the pen, and filters will miss it. Write the common one.",
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
    warning(
        "stale-document",
        "What is shown of an entity is from an earlier reading of its document.",
        "The document could not be taken when its source was read last, so its last good fragment stays. The message names the document and the reason; once it is mended, the next snapshot takes it.",
    ),
    warning(
        "template-left-out",
        "A file of a template was not taken along.",
        "The message says why: it is too large, a link, or has a name that not every system can have. The template is in the catalog, and cannot be planned where a step needs the file.",
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
    warning(
        "unproven-requester",
        "Nothing says that the author of a pull request is the user in whose name it asks.",
        "Annotate the user with `<host>/user-login`, such as `github.com/user-login`, or let a source do it.",
    ),
    warning(
        "unreachable-step",
        "The condition of a step is written out and false.",
        "The step never runs. Remove it, or its condition.",
    ),
    warning(
        "unread-placeholder",
        "The file that a `$text`, `$json` or `$yaml` names could not be read.",
        "The entity is taken, with the address in place of the text. The message says why the file could not be read: it is missing, too large, or on a server that snapshots do not ask.",
    ),
    warning(
        "unusable-name",
        "The name of a file has characters that paths of a portal cannot have, such as `\\`.",
        "It is passed over. Rename the file.",
    ),
];

/// The notes, sorted by name.
pub(super) const NOTES: &[Code] = &[
    note(
        "dependency-cycle",
        "Things depend on each other in a ring.",
        "None of them can be deployed, tested or switched off alone. That may be meant; then leave it.",
    ),
    note(
        "empty-system",
        "A system or domain has no parts.",
        "It may be left over. Remove it, or name it as `system`, `domain` or `subdomainOf` of its parts.",
    ),
    note(
        "gone-from-baseline",
        "The baseline lists a problem that is there no more.",
        "Well done. `callboard check --write-baseline` removes the entry.",
    ),
    note(
        "ignored-field",
        "A field of a template has no meaning here.",
        "The message says why. Backstage's field stays in the template, so that it can be used there, too.",
    ),
    note(
        "ignored-input",
        "An input of a step has no effect.",
        "The action stands for another, which has no use for it. Nothing is to be done.",
    ),
    note(
        "isolated-group",
        "A group has neither a parent nor children while most groups have.",
        "It may be left over from a reorganisation. Give it a parent, or remove it.",
    ),
    note(
        "no-owner",
        "A template has no owner.",
        "Nobody is named who could be asked about it. Add `spec.owner`.",
    ),
    note(
        "no-webhook",
        "A step sends a notification, and the settings name nothing that takes it to somebody.",
        "Nothing is sent. Name a webhook or a mail server in `scaffold.notifications` of `callboard.yaml`; mails go to users with `spec.profile.email`.",
    ),
    note(
        "similar-name",
        "Two names differ by one letter.",
        "It may be a slip of the pen. If both are meant, nothing is to be done.",
    ),
    note(
        "unprovided-api",
        "No component provides an API.",
        "Nobody can tell what answers its calls. Add it to `providesApis` of a component.",
    ),
    note(
        "user-without-group",
        "A user is in no group.",
        "They see no team and own nothing. It is only reported when the catalog knows members of some groups.",
    ),
];
