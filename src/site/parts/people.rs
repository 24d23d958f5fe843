//! People and teams as lines of lists.

use serde::Serialize;

use super::card::Card;
use crate::{catalog::Entity, site::model::Model};

/// A person in a list.
#[derive(Debug, Serialize)]
pub(crate) struct Person<'a> {
    card: Card<'a>,
    initials: String,
    /// One of eight colours, always the same for the same person.
    hue: u32,
    role: Option<&'a str>,
}

/// A team in a list.
#[derive(Debug, Serialize)]
pub(crate) struct TeamLine<'a> {
    card: Card<'a>,
    kind_type: Option<&'a str>,
    people: usize,
    owned: usize,
}

/// A person in a list.
pub(crate) fn person(user: &Entity) -> Person<'_> {
    Person {
        card: Card::of(user),
        initials: initials(user.title()),
        hue: user.reference.as_str().bytes().fold(7u32, |h, b| h.wrapping_mul(31) + u32::from(b))
            % 8,
        role: role(user),
    }
}

/// The role of a person, if the organisation gives one.
pub(crate) fn role(user: &Entity) -> Option<&str> {
    ["/spec/profile/title", "/spec/profile/role", "/spec/role", "/spec/title"]
        .iter()
        .find_map(|pointer| user.value(pointer)?.as_str())
        .or_else(|| Some(user.description()).filter(|text| !text.is_empty()))
}

/// First letters of the first and the last word of a name.
fn initials(name: &str) -> String {
    let words: Vec<_> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let letters = match words.as_slice() {
        [] => return "?".into(),
        [only] => only.chars().take(2).collect::<String>(),
        [first, .., last] => first.chars().take(1).chain(last.chars().take(1)).collect(),
    };
    letters.to_uppercase()
}

/// A team in a list.
pub(crate) fn team_line<'a>(model: &Model<'a>, team: &'a Entity) -> TeamLine<'a> {
    let place = model.teams.get(&team.reference);
    TeamLine {
        card: Card::of(team),
        kind_type: team.spec_text("type"),
        people: place.map_or(0, |place| place.people),
        owned: place.map_or(0, |place| place.owned),
    }
}

#[cfg(test)]
mod tests {
    use super::initials;

    #[test]
    fn initials_are_of_the_first_and_the_last_word() {
        assert_eq!(initials("Élodie de La Tour"), "ÉT");
        assert_eq!(initials("jean-luc"), "JL");
        assert_eq!(initials("madonna"), "MA");
        assert_eq!(initials("—"), "?");
    }
}
