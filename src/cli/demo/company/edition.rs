//! The state of the company one week ago, so that the demo has changes to show.

use serde_json::{Value, json};

use super::data::Company;

/// The time whose state of the company the APIs return.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// Now: the state of the files.
    Today,
    /// One week before.
    WeekAgo,
}

/// Reverts the changes of people since then: one person joined.
pub(super) fn people(company: &mut Company, edition: Edition) {
    if edition == Edition::WeekAgo {
        company.people.retain(|person| person.number != "00113169");
    }
}

/// Reverts the changes of applications since then: one has another owner, a batch went live, a component was
/// added, another was renamed, a description was improved.
pub(super) fn applications(records: &mut [Value], edition: Edition) {
    if edition == Edition::Today {
        return;
    }
    for record in records {
        if record["codeApplication"] == "APP-0104" {
            record["entiteResponsable"]["codeEntite"] = json!("ENT-0411");
        }
        let Some(components) = record["composants"].as_array_mut() else { continue };
        components.retain(|component| component["nomTechnique"] != "panier-partage");
        for component in components {
            match component["nomTechnique"].as_str() {
                Some("tunnel-relance-batch") => component["statutCycleVie"] = json!("PILOTE"),
                Some("panier-api") => {
                    component["description"] = json!("Lire et modifier un panier.");
                }
                Some("rendu-serveur-cache") => component["nomTechnique"] = json!("cache-rendu"),
                _ => {}
            }
        }
    }
}
