//! The table of Backstage's kinds: the fields of `spec`, for validation, references and relations.
//!
//! Source of every row: Backstage's catalog model, `backstage.io/v1alpha1` and `v1beta1` (of `API` also
//! `v1alpha2`), `scaffolder.backstage.io/v1beta3`, and `AiResource` of the module `ai-model`.

/// One kind of entity.
#[derive(Debug)]
pub struct KindSpec {
    /// Exact spelling, such as `API`.
    pub name: &'static str,
    /// Plural, for URLs and headings, such as `APIs`.
    pub plural: &'static str,
    /// `apiVersion`s that this kind may have.
    pub api_versions: &'static [&'static str],
    /// Fields of `spec` that have rules.
    pub fields: &'static [FieldSpec],
}

/// One field of `spec`.
#[derive(Debug)]
pub struct FieldSpec {
    /// Name of the field; `*` is every field that has no rule of its own.
    pub name: &'static str,
    /// Whether it must be there.
    pub required: bool,
    /// Its type.
    pub shape: Shape,
}

/// Types of fields of `spec`.
#[derive(Debug, Clone, Copy)]
pub enum Shape {
    /// A text that is not empty.
    Text,
    /// A text, empty or not.
    AnyText,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// A list of texts that are not empty.
    Texts,
    /// `true`, `false`, or a text that is computed to one of them.
    Condition,
    /// A map of anything.
    Map,
    /// A map, or a list of maps.
    Maps,
    /// A map whose fields have rules.
    Fields(&'static [FieldSpec]),
    /// A list of maps whose fields have rules.
    Each(&'static [FieldSpec]),
    /// A reference to one entity.
    Ref(ReferenceRule),
    /// References to several entities.
    Refs(ReferenceRule),
}

impl Shape {
    /// The expected value, for messages.
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text | Self::AnyText | Self::OneOf(_) | Self::Ref(_) => "a text",
            Self::Condition => "`true`, `false` or a text",
            Self::Map | Self::Fields(_) => "a map",
            Self::Maps => "a map or a list of maps",
            Self::Texts | Self::Refs(_) | Self::Each(_) => "a list",
        }
    }
}

/// The rule of a reference: its default kind and the relations that it makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReferenceRule {
    /// The kind of a reference that names none; `None` when it must name one.
    pub default_kind: Option<&'static str>,
    /// The relations that it makes.
    pub relation: RelationPair,
}

/// The types of a relation and its reverse, which are always made together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RelationPair {
    /// Type of the relation of the entity that has the field.
    pub out: &'static str,
    /// Type of the relation of the entity that is named.
    pub back: &'static str,
}

const fn pair(out: &'static str, back: &'static str) -> RelationPair {
    RelationPair { out, back }
}

const fn field(name: &'static str, required: bool, shape: Shape) -> FieldSpec {
    FieldSpec { name, required, shape }
}

const fn to(default_kind: &'static str, out: &'static str, back: &'static str) -> ReferenceRule {
    ReferenceRule { default_kind: Some(default_kind), relation: pair(out, back) }
}

const fn to_any(out: &'static str, back: &'static str) -> ReferenceRule {
    ReferenceRule { default_kind: None, relation: pair(out, back) }
}

const TYPE: FieldSpec = field("type", true, Shape::Text);
const OPTIONAL_TYPE: FieldSpec = field("type", false, Shape::Text);
const LIFECYCLE: FieldSpec = field("lifecycle", true, Shape::Text);
const OWNED_BY: ReferenceRule = to("Group", "ownedBy", "ownerOf");
const OWNER: FieldSpec = field("owner", true, Shape::Ref(OWNED_BY));
const SYSTEM: FieldSpec = field("system", false, Shape::Ref(to("System", "partOf", "hasPart")));
const DEPENDS_ON: FieldSpec =
    field("dependsOn", false, Shape::Refs(to_any("dependsOn", "dependencyOf")));
const DEPENDENCY_OF: FieldSpec =
    field("dependencyOf", false, Shape::Refs(to_any("dependencyOf", "dependsOn")));
const PROFILE: FieldSpec = field(
    "profile",
    false,
    Shape::Fields(&[
        field("displayName", false, Shape::Text),
        field("email", false, Shape::Text),
        field("picture", false, Shape::Text),
    ]),
);
const CONDITION: FieldSpec = field("if", false, Shape::Condition);
const STEPS: FieldSpec = field(
    "steps",
    true,
    Shape::Each(&[
        field("id", false, Shape::AnyText),
        field("name", false, Shape::AnyText),
        field("action", true, Shape::AnyText),
        field("input", false, Shape::Map),
        CONDITION,
    ]),
);
const OUTPUT: FieldSpec = field(
    "output",
    false,
    Shape::Fields(&[
        field("links", false, Shape::Each(OUTPUT_ITEM)),
        field("text", false, Shape::Each(OUTPUT_ITEM)),
        field("*", false, Shape::AnyText),
    ]),
);
const OUTPUT_ITEM: &[FieldSpec] = &[
    CONDITION,
    field("title", false, Shape::Text),
    field("icon", false, Shape::Text),
    field("url", false, Shape::Text),
    field("entityRef", false, Shape::Text),
    field("content", false, Shape::AnyText),
    field("default", false, Shape::Condition),
];
const PRESENTATION: FieldSpec = field(
    "presentation",
    false,
    Shape::Fields(&[field(
        "buttonLabels",
        false,
        Shape::Fields(&[
            field("backButtonText", false, Shape::AnyText),
            field("createButtonText", false, Shape::AnyText),
            field("reviewButtonText", false, Shape::AnyText),
        ]),
    )]),
);
const RECOVERY: FieldSpec = field(
    "EXPERIMENTAL_recovery",
    false,
    Shape::Fields(&[field("EXPERIMENTAL_strategy", false, Shape::AnyText)]),
);

/// The references that an entity of a company's own kind can make; its other fields are not known.
///
/// Such a kind may mean something else by these names. So a text that is no reference is not reported,
/// and a reference makes relations only when its target exists.
pub const OWN_KIND_FIELDS: &[FieldSpec] =
    &[field("owner", false, Shape::Ref(OWNED_BY)), SYSTEM, DEPENDS_ON, DEPENDENCY_OF];

const CORE: &[&str] = &["backstage.io/v1alpha1", "backstage.io/v1beta1"];

/// Backstage's kinds, in the order in which the site lists them.
pub const KINDS: &[KindSpec] = &[
    KindSpec {
        name: "Component",
        plural: "Components",
        api_versions: CORE,
        fields: &[
            TYPE,
            LIFECYCLE,
            OWNER,
            SYSTEM,
            field("subcomponentOf", false, Shape::Ref(to("Component", "partOf", "hasPart"))),
            field("providesApis", false, Shape::Refs(to("API", "providesApi", "apiProvidedBy"))),
            field("consumesApis", false, Shape::Refs(to("API", "consumesApi", "apiConsumedBy"))),
            DEPENDS_ON,
            DEPENDENCY_OF,
        ],
    },
    KindSpec {
        name: "API",
        plural: "APIs",
        api_versions: &["backstage.io/v1alpha1", "backstage.io/v1beta1", "backstage.io/v1alpha2"],
        fields: &[TYPE, LIFECYCLE, OWNER, SYSTEM, field("definition", true, Shape::Text)],
    },
    KindSpec {
        name: "System",
        plural: "Systems",
        api_versions: CORE,
        fields: &[
            OWNER,
            field("domain", false, Shape::Ref(to("Domain", "partOf", "hasPart"))),
            OPTIONAL_TYPE,
        ],
    },
    KindSpec {
        name: "Domain",
        plural: "Domains",
        api_versions: CORE,
        fields: &[
            OWNER,
            field("subdomainOf", false, Shape::Ref(to("Domain", "partOf", "hasPart"))),
            OPTIONAL_TYPE,
        ],
    },
    KindSpec {
        name: "Resource",
        plural: "Resources",
        api_versions: CORE,
        fields: &[TYPE, OWNER, SYSTEM, DEPENDS_ON, DEPENDENCY_OF],
    },
    KindSpec {
        name: "Group",
        plural: "Groups",
        api_versions: CORE,
        fields: &[
            TYPE,
            field("children", true, Shape::Refs(to("Group", "parentOf", "childOf"))),
            field("parent", false, Shape::Ref(to("Group", "childOf", "parentOf"))),
            field("members", false, Shape::Refs(to("User", "hasMember", "memberOf"))),
            PROFILE,
        ],
    },
    KindSpec {
        name: "User",
        plural: "Users",
        api_versions: CORE,
        fields: &[
            field("memberOf", false, Shape::Refs(to("Group", "memberOf", "hasMember"))),
            PROFILE,
        ],
    },
    KindSpec {
        name: "Location",
        plural: "Locations",
        api_versions: CORE,
        fields: &[
            OPTIONAL_TYPE,
            field("target", false, Shape::Text),
            field("targets", false, Shape::Texts),
            field("presence", false, Shape::OneOf(&["required", "optional"])),
        ],
    },
    KindSpec {
        name: "AiResource",
        plural: "AiResources",
        api_versions: &["backstage.io/v1alpha1"],
        fields: &[
            TYPE,
            LIFECYCLE,
            OWNER,
            SYSTEM,
            field("dependsOn", false, Shape::Refs(to("AiResource", "dependsOn", "dependencyOf"))),
            field("skills", false, Shape::Refs(to("AiResource", "hasSkill", "skillOf"))),
            field("plugins", false, Shape::Refs(to("AiResource", "hasPlugin", "pluginOf"))),
        ],
    },
    KindSpec {
        name: "Template",
        plural: "Templates",
        api_versions: &["scaffolder.backstage.io/v1beta3"],
        fields: &[
            TYPE,
            field("owner", false, Shape::Ref(OWNED_BY)),
            field("lifecycle", false, Shape::Text),
            field("parameters", false, Shape::Maps),
            STEPS,
            OUTPUT,
            PRESENTATION,
            RECOVERY,
        ],
    },
];

/// Kinds of optional modules of Backstage, which most companies do not use.
pub const OF_MODULES: &[&str] = &["AiResource"];

/// Finds a kind by its name, regardless of case.
pub fn kind_spec(name: &str) -> Option<&'static KindSpec> {
    KINDS.iter().find(|kind| kind.name.eq_ignore_ascii_case(name))
}

/// True for the versions of Backstage's own kinds: `backstage.io/v1alpha1`,
/// `scaffolder.backstage.io/v1beta3`. Kinds of any other group are a company's own.
pub fn is_backstage(api_version: &str) -> bool {
    let group = api_version.split_once('/').map(|(group, _)| group);
    group.is_some_and(|group| group == "backstage.io" || group.ends_with(".backstage.io"))
}

/// Kind, type and field: entities of this type may omit the field although their kind requires it.
///
/// `definition` is not required of an API of type `mcp-server`, which has `remotes`.
pub const EXCUSED: (&str, &str, &str) = ("API", "mcp-server", "definition");

/// The field that an entity of this kind and type may omit although the kind requires it.
pub fn excused(kind: &str, spec_type: Option<&str>) -> Option<&'static str> {
    let (excused_kind, excused_type, field) = EXCUSED;
    (kind == excused_kind && spec_type == Some(excused_type)).then_some(field)
}
