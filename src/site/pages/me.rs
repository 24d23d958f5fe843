//! What the browser needs to know its visitor: the identity provider's settings, and which person's page belongs
//! to a claim of the ID token.
//!
//! Signing in chooses what the home page shows. It protects nothing: who may read the site is decided by the web
//! server.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{
    base::fs::Sink,
    catalog::Entity,
    site::{
        error::Error,
        input::{Input, PersonField, SignIn},
        model::Model,
        output::PageWriter,
        parts::frame::Page,
        text::address,
    },
};

/// How many people a file of claims has on average.
const SHARD: usize = 200;
/// The largest number of files of claims: their names have two hexadecimal digits.
const SHARDS: usize = 256;

/// What the template of the page "who are you?" gets.
#[derive(Debug, Serialize)]
pub(crate) struct MeView<'a> {
    pub(crate) page: Page<'a>,
    sign_in: Option<Provider<'a>>,
    people: usize,
}

/// The settings of the identity provider for the browser.
#[derive(Debug, Serialize)]
struct Provider<'a> {
    issuer: &'a str,
    /// The host of the issuer.
    host: String,
    client_id: &'a str,
    claim: &'static str,
    scopes: &'a str,
    shards: usize,
}

impl<'a> MeView<'a> {
    pub(crate) fn new(input: &Input<'a>, model: &Model<'a>) -> Self {
        let people = people(model).len();
        let provider = |sign_in: &'a SignIn| Provider {
            issuer: &sign_in.issuer,
            host: address::host(&sign_in.issuer),
            client_id: &sign_in.client_id,
            claim: sign_in.claim.name(),
            scopes: &sign_in.scopes,
            shards: shard_count(people),
        };
        Self {
            page: Page::new("me.html", "Me", "me"),
            sign_in: input.settings.sign_in.as_ref().map(provider),
            people,
        }
    }
}

/// Writes the pages of people by their claims, in files of which a browser fetches one.
pub(crate) fn write<S: Sink + ?Sized>(
    writer: &PageWriter<'_, S>,
    input: &Input<'_>,
    model: &Model<'_>,
) -> Result<(), Error> {
    let Some(sign_in) = &input.settings.sign_in else { return Ok(()) };
    for (number, claims) in shards(people(model), &sign_in.person).into_iter().enumerate() {
        let text = serde_json::to_string(&claims).map_err(|e| Error::Template(e.to_string()))?;
        writer.write(format!("assets/people/{number:02x}.json"), text.as_bytes())?;
    }
    Ok(())
}

/// Claims with the pages of their people, distributed by the hash of the claim.
fn shards(people: &[&Entity], field: &PersonField) -> Vec<BTreeMap<String, Vec<String>>> {
    let mut shards = vec![BTreeMap::<String, Vec<String>>::new(); shard_count(people.len())];
    let count = shards.len();
    for person in people {
        let Some(claim) = value(person, field).map(|text| text.trim().to_lowercase()) else {
            continue;
        };
        if let Some(shard) = shards.get_mut(shard_of(&claim, count)) {
            // When two people have the same claim, the visitor chooses.
            shard.entry(claim).or_default().push(address::entity_page(&person.reference));
        }
    }
    shards
}

/// The value of a person that a claim must equal.
fn value<'a>(person: &'a Entity, field: &PersonField) -> Option<&'a str> {
    let text = match field {
        PersonField::Name => Some(person.name()),
        PersonField::Email => person.value("/spec/profile/email")?.as_str(),
        PersonField::Annotation(key) => person.annotation(key),
    };
    text.filter(|text| !text.trim().is_empty())
}

fn people<'p, 'a>(model: &'p Model<'a>) -> &'p [&'a Entity] {
    model.kind("user").map_or(&[][..], |kind| &kind.entities)
}

fn shard_count(people: usize) -> usize {
    people.div_ceil(SHARD).clamp(1, SHARDS)
}

/// The number of the file that has a claim. The same function is in `assets/me/sign-in.js`: 32-bit FNV-1a of the claim's UTF-8.
fn shard_of(claim: &str, count: usize) -> usize {
    let fold = |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    claim.bytes().fold(0x811c_9dc5, fold) as usize % count
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::testing::entities;

    #[test]
    fn a_claim_finds_its_person_regardless_of_case() {
        let people = entities(
            "
kind: User
metadata: {name: ann, annotations: {keycloak.org/login: a1}}
spec: {profile: {email: Ann@X.example}}
---
kind: User
metadata: {name: ann2, annotations: {keycloak.org/login: a2}}
spec: {profile: {email: ann@x.example}}
---
kind: User
metadata: {name: bob, annotations: {keycloak.org/login: b}}
spec: {profile: {email: ''}}
",
        );
        let people: Vec<_> = people.iter().collect();
        let by = |field| shards(&people, &field).remove(0);
        let emails = by(PersonField::Email);
        assert_eq!(emails.len(), 1);
        assert_eq!(emails["ann@x.example"].len(), 2);
        let page = "catalog/default/user/bob.html";
        assert_eq!(by(PersonField::Name)["bob"], [page]);
        let logins = by(PersonField::Annotation("keycloak.org/login".into()));
        assert_eq!(logins["b"], [page]);
    }

    #[test]
    fn the_hash_equals_that_of_the_browser() {
        // `tests/browser/me.test.mjs` has the same values.
        let shards = ["", "a", "foobar", "élodie@galerie.example"].map(|text| shard_of(text, 256));
        assert_eq!(shards, [0xc5, 0x2c, 0x68, 0x5f]);
        assert_eq!([0, 200, 201, 1_000_000].map(shard_count), [1, 1, 2, 256]);
    }
}
