//! The state of the company one week ago, so that the demo has changes to show.

use serde_json::{Value, json};

use super::data::Company;

/// When the company is looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// As its files have it.
    Today,
    /// As it was a week before.
    WeekAgo,
}

/// Takes back what happened to people since: somebody joined.
pub(super) fn people(company: &mut Company, edition: Edition) {
    if edition == Edition::WeekAgo {
        company.people.retain(|person| person.number != "00113169");
    }
}

/// Takes back what happened to applications since: one changed hands, a batch went live, a component
/// came, another got its name, a sentence was made clearer.
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
