//! The Organisation API: `GET /entites` and `GET /personnes`, fed by SAP, paged by `Link` headers.

use std::sync::Arc;

use axum::{
    Router,
    extract::Query,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::Response,
    routing::get,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    data::{Company, OrgEntity, Person},
    mistake,
    noise::Noise,
    reply,
};

/// How many records a page holds unless `limite` says otherwise.
const PAGE: usize = 20;

#[derive(Deserialize)]
struct Paging {
    limite: Option<usize>,
    decalage: Option<usize>,
}

/// Returns the routes of this API.
pub(super) fn router(company: &Company) -> Router {
    let entities = company.entities.iter().map(|entity| entity_record(company, entity)).collect();
    let people = company.people.iter().map(|person| person_record(company, person)).collect();
    Router::new()
        .merge(pages("/organisation/v1/entites", entities))
        .merge(pages("/organisation/v1/personnes", people))
}

fn pages(path: &'static str, records: Vec<Value>) -> Router {
    let records = Arc::new(records);
    let handler = async move |headers: HeaderMap, Query(paging): Query<Paging>| {
        list(path, &records, &headers, &paging)
    };
    Router::new().route(path, get(handler))
}

fn list(path: &str, records: &[Value], headers: &HeaderMap, paging: &Paging) -> Response {
    let (size, start) = (paging.limite.unwrap_or(PAGE), paging.decalage.unwrap_or(0));
    if size == 0 {
        return mistake(StatusCode::BAD_REQUEST, "LIMITE_INVALIDE", "limite part de 1");
    }
    let start = start.min(records.len());
    let end = start.saturating_add(size).min(records.len());
    let mut response = reply(StatusCode::OK, &json!(records[start..end]));
    if let Some(links) = links(path, headers, size, end, records.len()) {
        response.headers_mut().insert(header::LINK, links);
    }
    response.headers_mut().insert("x-total-count", records.len().into());
    response
}

/// Writes the `Link` header of RFC 8288: always the first page, and the next one if there is one.
fn links(
    path: &str,
    headers: &HeaderMap,
    size: usize,
    end: usize,
    total: usize,
) -> Option<HeaderValue> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let page = |start| format!("<http://{host}{path}?limite={size}&decalage={start}>");
    let mut links = format!("{}; rel=\"first\"", page(0));
    if end < total {
        links = format!("{links}, {}; rel=\"next\"; title=\"page suivante\"", page(end));
    }
    HeaderValue::from_str(&links).ok()
}

fn entity_record(company: &Company, entity: &OrgEntity) -> Value {
    let noise = &mut Noise::of(&entity.code);
    let present = company
        .people
        .iter()
        .filter(|person| person.left_on.is_none())
        .filter(|person| person.assignments.iter().any(|(code, _)| *code == entity.code))
        .count();
    json!({
        "identifiant": entity.code,
        "libelle": entity.label,
        "libelleAbrege": noise.once_in(2).then(|| abbreviation(&entity.label)),
        "niveau": entity.level,
        "entiteParente": entity.parent,
        "cheminHierarchique": path(company, entity),
        "etat": if entity.closed_on.is_some() { "FERMEE" } else { "OUVERTE" },
        "mission": entity.mission,
        "adresseGenerique": entity.mailbox.as_deref().map(address),
        "centreDeCout": format!("{:010}", 4_100_000 + noise.number(99_999)),
        "societe": { "code": "0010", "raisonSociale": "GALERIE MERCURE SAS", "siren": null },
        "etablissement": noise.pick(&["PARIS-17", "LILLE", "NANTES"]),
        "effectif": {
            "present": present,
            "budgete": present as u64 + noise.number(3),
            "etp": format!("{present},0"),
        },
        "dateCreation": noise.sap_date(2008, 15),
        "dateFermeture": entity.closed_on,
        "cleSap": format!("O{:08}", noise.number(99_999_999)),
        "ordreAffichage": noise.number(100),
    })
}

fn address(mailbox: &str) -> String {
    format!("{mailbox}@galerie-mercure.example")
}

fn abbreviation(label: &str) -> String {
    label.chars().take(12).collect::<String>().to_uppercase()
}

/// Names of the entities from the root down, as SAP prints them.
fn path(company: &Company, entity: &OrgEntity) -> String {
    match entity.parent.as_deref().and_then(|code| company.entity(code)) {
        Some(parent) => format!("{} > {}", path(company, parent), entity.label),
        None => entity.label.clone(),
    }
}

fn person_record(company: &Company, person: &Person) -> Value {
    let noise = &mut Noise::of(&person.number);
    let site = noise.pick(&[
        ("PAR17", "Paris Batignolles"),
        ("LIL01", "Lille Europe"),
        ("NTE02", "Nantes Île"),
    ]);
    json!({
        "matricule": person.number,
        "nomUsuel": person.last_name,
        "nomNaissance": null,
        "prenom": person.first_name,
        "courriel": person.login.as_deref().map(address),
        "identifiantTechnique": format!("u{}", 100_000 + noise.number(900_000)),
        "telephoneInterne": format!("{:05}", 10_000 + noise.number(80_000)),
        "statut": if person.left_on.is_some() { "SORTI" } else { "ACTIF" },
        "dateSortie": person.left_on,
        "affectations": assignments(company, person, noise),
        "site": { "code": site.0, "libelle": site.1, "etage": noise.number(9) },
        "contrat": {
            "type": noise.pick(&["CDI", "CDI", "CDI", "CDD", "Alternance"]),
            "tempsTravail": noise.pick(&["100 %", "100 %", "80 %"]),
            "convention": "Commerce à distance",
            "dateAnciennete": noise.sap_date(2005, 19),
        },
        "centreDeCout": format!("{:010}", 4_100_000 + noise.number(99_999)),
        "badge": { "numero": noise.number(999_999), "zones": ["A", "B"] },
        "soldeConges": null,
        "horodatageSap": format!("{}T040000Z", noise.sap_date(2025, 1)),
    })
}

/// Present assignments, and for some people one that has ended.
fn assignments(company: &Company, person: &Person, noise: &mut Noise) -> Vec<Value> {
    let record = |code: &str, role: &str, main: bool, from: String, to: Option<String>| {
        json!({
            "codeEntite": code,
            "libelleEntite": company.entity(code).map(|entity| entity.label.as_str()),
            "role": role,
            "principale": main,
            "tauxOccupation": if person.assignments.len() > 1 { "50" } else { "100" },
            "dateDebut": from,
            "dateFin": to,
        })
    };
    let mut records = Vec::new();
    if noise.once_in(7) {
        let from = noise.sap_date(2016, 3);
        records.push(record("ENT-0511", "Stagiaire", false, from, Some("20191231".to_owned())));
    }
    let end = person.left_on.as_ref().map(|_| "20250630".to_owned());
    for (index, (code, role)) in person.assignments.iter().enumerate() {
        let from = noise.sap_date(2020, 5);
        records.push(record(code, role, index == 0, from, end.clone()));
    }
    records
}
