//! Properties of characters, `\p{…}`: general categories, and the binary properties that the standard library knows.

use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// A property of characters.
#[derive(Debug, Clone, Copy)]
pub(super) enum Property {
    /// One of these general categories.
    Categories(&'static [Category]),
    /// A binary property.
    Binary(fn(char) -> bool),
}

/// Short and long names of the general categories and their groups (Unicode, `PropertyValueAliases.txt`).
const CATEGORIES: &[(&str, &str, &[Category])] = {
    use Category as C;
    &[
        ("Lu", "Uppercase_Letter", &[C::UppercaseLetter]),
        ("Ll", "Lowercase_Letter", &[C::LowercaseLetter]),
        ("Lt", "Titlecase_Letter", &[C::TitlecaseLetter]),
        ("LC", "Cased_Letter", &[C::UppercaseLetter, C::LowercaseLetter, C::TitlecaseLetter]),
        ("Lm", "Modifier_Letter", &[C::ModifierLetter]),
        ("Lo", "Other_Letter", &[C::OtherLetter]),
        (
            "L",
            "Letter",
            &[
                C::UppercaseLetter,
                C::LowercaseLetter,
                C::TitlecaseLetter,
                C::ModifierLetter,
                C::OtherLetter,
            ],
        ),
        ("Mn", "Nonspacing_Mark", &[C::NonspacingMark]),
        ("Mc", "Spacing_Mark", &[C::SpacingMark]),
        ("Me", "Enclosing_Mark", &[C::EnclosingMark]),
        ("M", "Mark", &[C::NonspacingMark, C::SpacingMark, C::EnclosingMark]),
        ("Nd", "Decimal_Number", &[C::DecimalNumber]),
        ("Nl", "Letter_Number", &[C::LetterNumber]),
        ("No", "Other_Number", &[C::OtherNumber]),
        ("N", "Number", &[C::DecimalNumber, C::LetterNumber, C::OtherNumber]),
        ("Pc", "Connector_Punctuation", &[C::ConnectorPunctuation]),
        ("Pd", "Dash_Punctuation", &[C::DashPunctuation]),
        ("Ps", "Open_Punctuation", &[C::OpenPunctuation]),
        ("Pe", "Close_Punctuation", &[C::ClosePunctuation]),
        ("Pi", "Initial_Punctuation", &[C::InitialPunctuation]),
        ("Pf", "Final_Punctuation", &[C::FinalPunctuation]),
        ("Po", "Other_Punctuation", &[C::OtherPunctuation]),
        (
            "P",
            "Punctuation",
            &[
                C::ConnectorPunctuation,
                C::DashPunctuation,
                C::OpenPunctuation,
                C::ClosePunctuation,
                C::InitialPunctuation,
                C::FinalPunctuation,
                C::OtherPunctuation,
            ],
        ),
        ("Sm", "Math_Symbol", &[C::MathSymbol]),
        ("Sc", "Currency_Symbol", &[C::CurrencySymbol]),
        ("Sk", "Modifier_Symbol", &[C::ModifierSymbol]),
        ("So", "Other_Symbol", &[C::OtherSymbol]),
        ("S", "Symbol", &[C::MathSymbol, C::CurrencySymbol, C::ModifierSymbol, C::OtherSymbol]),
        ("Zs", "Space_Separator", &[C::SpaceSeparator]),
        ("Zl", "Line_Separator", &[C::LineSeparator]),
        ("Zp", "Paragraph_Separator", &[C::ParagraphSeparator]),
        ("Z", "Separator", &[C::SpaceSeparator, C::LineSeparator, C::ParagraphSeparator]),
        ("Cc", "Control", &[C::Control]),
        ("Cf", "Format", &[C::Format]),
        ("Co", "Private_Use", &[C::PrivateUse]),
        ("Cn", "Unassigned", &[C::Unassigned]),
        ("C", "Other", &[C::Control, C::Format, C::PrivateUse, C::Unassigned]),
    ]
};

/// Short and long name of a binary property, and whether a character has it.
type Binary = (&'static str, &'static str, fn(char) -> bool);

/// The binary properties.
const BINARY: &[Binary] = &[
    ("Any", "Any", |_| true),
    ("ASCII", "ASCII", |c| c.is_ascii()),
    ("Alpha", "Alphabetic", char::is_alphabetic),
    ("Lower", "Lowercase", char::is_lowercase),
    ("Upper", "Uppercase", char::is_uppercase),
    ("space", "White_Space", char::is_whitespace),
];

impl Property {
    /// Finds a property by what stands in the braces of `\p{…}`.
    pub(super) fn named(name: &str) -> Option<Self> {
        let category = ["gc=", "General_Category="].iter().find_map(|key| name.strip_prefix(key));
        let is_named = |short: &str, long: &str, name: &str| [short, long].contains(&name);
        let found = CATEGORIES
            .iter()
            .find(|(short, long, _)| is_named(short, long, category.unwrap_or(name)));
        if let Some((.., categories)) = found {
            return Some(Self::Categories(categories));
        }
        let found = BINARY.iter().find(|(short, long, _)| is_named(short, long, name));
        found.map(|(.., holds)| Self::Binary(*holds))
    }

    pub(super) fn holds(self, c: char) -> bool {
        match self {
            Self::Categories(categories) => categories.contains(&get_general_category(c)),
            Self::Binary(holds) => holds(c),
        }
    }
}
