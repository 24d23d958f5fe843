//! The records of La Carto: the facts of each application among the many fields of an inventory of enterprise
//! architecture.

use serde_json::{Value, json};

use super::{
    data::{Application, Company, Component, contract},
    noise::Noise,
};

const WIKI: &str = "https://wiki.galerie-mercure.example";

/// Makes the record of every application, in the order of the files.
pub(super) fn applications(company: &Company) -> Vec<Value> {
    let codes = ComponentCodes::new(company);
    company.applications.iter().map(|application| record(company, &codes, application)).collect()
}

fn record(company: &Company, codes: &ComponentCodes, application: &Application) -> Value {
    let components: Vec<Value> = application
        .composants
        .iter()
        .map(|component| component_record(codes, application, component))
        .collect();
    let custom = !components.is_empty();
    let mut record = json!({
        "codeApplication": application.code,
        "libelleCourt": application.court,
        "libelleLong": application.nom,
        "description": application.description,
        "typeApplication": if custom { "DEVELOPPEMENT_INTERNE" } else { "PROGICIEL" },
        "statutCycleVie": application.statut.as_deref().unwrap_or("EN_PRODUCTION"),
        "entiteResponsable": {
            "codeEntite": application.equipe,
            "typeEntite": "EQUIPE",
            "libelleEntite": null,
        },
        "domaineFonctionnel": domain(company, &application.domaine),
        "projetDevOps": application.projet.as_deref().map(|name| project(company, name)),
        "espaceKubernetes": application.espace.as_deref().map(|name| namespace(company, name)),
        "documentation": custom.then(|| json!({
            "wiki": format!("{WIKI}/applications/{}", application.code),
            "dossierArchitecture": format!("DAT_{}_v3.docx", application.code),
            "dateRevue": null,
        })),
        "stockages": stores(application),
        "composants": components,
    });
    append(&mut record, governance(application));
    record
}

/// What 80 % of a record is: fields for auditors, buyers and architects.
fn governance(application: &Application) -> Value {
    let noise = &mut Noise::of(&application.code);
    let mut record = json!({
        "identifiantTechnique": 40_000 + noise.number(9_000),
        "criticite": {
            "niveau": noise.pick(&["C1", "C2", "c2", "C3", "C4"]),
            "dureeInterruptionMaxHeures": 2 + noise.number(46),
            "perteDonneesMaxMinutes": 5 * noise.number(12),
        },
        "obsolescence": {
            "indice": noise.number(100),
            "finSupportEditeur": noise.french_date(2026, 6),
            "derogation": null,
        },
        "urbanisation": {
            "zone": "ECHANGES",
            "quartier": format!("Q{:02}", noise.number(30)),
            "ilot": format!("I{:03}", noise.number(300)),
        },
        "continuite": {
            "pcaTeste": noise.once_in(2),
            "datePcaTest": noise.french_date(2022, 3),
            "siteSecours": "ORLEANS",
        },
        "notationArchitecture": format!("{}/5", 1 + noise.number(5)),
        "dateMiseEnProduction": noise.french_date(2004, 20),
        "dateFinPrevue": null,
    });
    append(&mut record, operations(noise));
    append(&mut record, compliance(noise));
    record
}

fn operations(noise: &mut Noise) -> Value {
    let environments = ["PRODUCTION", "RECETTE", "INTEGRATION"].map(|name| {
        json!({
            "code": &name[..3],
            "libelle": name,
            "nbServeurs": noise.number(12),
            "ouvertureService": "7j/7 - 24h/24",
            "dateDerniereLivraison": noise.french_date(2025, 1),
        })
    });
    json!({
        "environnements": environments,
        "hebergement": {
            "type": noise.pick(&["CLOUD_PUBLIC", "Cloud public", "ON_PREMISE"]),
            "fournisseur": "Microsoft Azure",
            "region": noise.pick(&["francecentral", "westeurope"]),
            "zoneReseau": noise.pick(&["ZN-DMZ-02", "ZN-APP-11", "ZN-APP-12"]),
            "contratCadre": null,
        },
        "coutAnnuel": {
            "exercice": 2025,
            "devise": "EUR",
            "montant": noise.amount(),
            "ventilation": {
                "licences": noise.amount(),
                "infogerance": noise.amount(),
                "evolutions": noise.amount(),
                "autres": null,
            },
        },
        "contratsMaintenance": [],
    })
}

fn compliance(noise: &mut Noise) -> Value {
    let roles = ["RESPONSABLE_APPLICATIF", "RESPONSABLE_METIER", "CORRESPONDANT_SSI"];
    let contacts = roles.map(|role| {
        let number = format!("{:08}", 104_000 + noise.number(8_000));
        json!({ "role": role, "matricule": number, "suppleant": null })
    });
    json!({
        "responsables": contacts,
        "donneesRgpd": {
            "presence": noise.pick(&["Oui", "Non", "NON", "A qualifier"]),
            "registre": format!("TRT-{:04}", noise.number(2_000)),
            "dureeConservationMois": 12 * noise.number(10),
            "transfertHorsUe": false,
            "dateAvisDpo": noise.french_date(2018, 7),
        },
        "audit": {
            "creePar": "IMPORT_INITIAL",
            "dateCreation": noise.french_date(2016, 3),
            "modifiePar": format!("U{:06}", noise.number(999_999)),
            "dateModification": noise.french_date(2024, 2),
        },
    })
}

fn domain(company: &Company, code: &str) -> Option<Value> {
    let domain = company.domains.iter().find(|domain| domain.code == code)?;
    Some(json!({
        "codeDomaine": domain.code,
        "libelle": domain.label,
        "definition": domain.description,
        "entitePilote": { "codeEntite": domain.unit, "typeEntite": "UNITE" },
        "versionReferentiel": "POS-2024.2",
    }))
}

fn project(company: &Company, name: &str) -> Option<Value> {
    let project = company.projects.iter().find(|project| project.name == name)?;
    Some(json!({
        "organisation": "galerie-mercure",
        "nom": project.name,
        "objet": project.description,
        "entite": { "codeEntite": project.entity },
        "processus": "Agile",
    }))
}

/// A namespace may serve several applications: it belongs to the team of the first one.
fn namespace(company: &Company, name: &str) -> Option<Value> {
    let first = company
        .applications
        .iter()
        .find(|application| application.espace.as_deref() == Some(name))?;
    Some(json!({
        "nom": name,
        "entite": { "codeEntite": first.equipe },
        "grappes": ["aks-prod-frc", "aks-recette-frc"],
        "quotas": { "cpu": "40", "memoire": "160Gi" },
    }))
}

fn stores(application: &Application) -> Vec<Value> {
    let store = |(name, technology): (&String, &String)| {
        let noise = &mut Noise::of(name);
        json!({
            "nomTechnique": name,
            "technologie": technology,
            "volumetrieGo": noise.number(4_000),
            "chiffrementAuRepos": true,
            "sauvegarde": { "frequence": "Quotidienne", "retentionJours": 30 },
        })
    };
    application.bases.iter().map(store).collect()
}

fn component_record(
    codes: &ComponentCodes,
    application: &Application,
    component: &Component,
) -> Value {
    let host = component.url.as_ref();
    let mut record = json!({
        "codeComposant": codes.of(&component.nom),
        "nomTechnique": component.nom,
        "typeComposant": component.kind,
        "description": component.desc,
        "statutCycleVie": component.statut,
        "technologies": each(&component.tech, |label| {
            json!({ "libelle": label, "homologuee": true })
        }),
        "depotGit": application.projet.as_ref().map(|project| repository(project, &component.nom)),
        "urlPublique": host.map(|host| format!("https://{host}.galerie-mercure.example/")),
        "liens": links(component),
        "dependances": each(&component.depend, |name| dependency(codes, component, name)),
        "interfacesExposees": each(&component.expose, interface),
        "interfacesConsommees": each(&component.appelle, |code| {
            json!({ "code": code, "quotaJour": null })
        }),
        "stockagesUtilises": component.bases,
        "evenementsPublies": each(&component.publie, |topic| {
            json!({ "sujet": topic, "partitions": 12, "retentionJours": 7 })
        }),
        "evenementsConsommes": each(&component.ecoute, |topic| {
            json!({ "sujet": topic, "groupe": format!("cg-{}", component.nom) })
        }),
    });
    append(&mut record, measures(component));
    record
}

fn each(names: &[String], record: impl Fn(&str) -> Value) -> Vec<Value> {
    names.iter().map(|name| record(name)).collect()
}

fn repository(project: &str, component: &str) -> Value {
    let name = component.to_lowercase();
    json!({
        "projet": project,
        "depot": name,
        "url": format!("https://dev.azure.com/galerie-mercure/{project}/_git/{name}"),
        "branche": "main",
    })
}

/// What nobody asked about a component.
fn measures(component: &Component) -> Value {
    let noise = &mut Noise::of(&component.nom);
    let deployed = (noise.french_date(2025, 1), 8 + noise.number(10), noise.number(60));
    let job = (component.kind == "BATCH").then(|| format!("JOB_{:05}", noise.number(99_999)));
    json!({
        "lignesDeCode": 400 + noise.number(90_000),
        "couvertureTests": format!("{},{} %", 30 + noise.number(65), noise.number(10)),
        "dernierDeploiement": format!("{} {:02}:{:02}", deployed.0, deployed.1, deployed.2),
        "nbInstances": { "production": 1 + noise.number(9), "recette": 1 },
        "vulnerabilites": {
            "critiques": 0,
            "hautes": noise.number(3),
            "dateAnalyse": noise.french_date(2025, 1),
        },
        "licence": null,
        "ordonnanceur": job,
        "commentaire": noise.pick(&["", "RAS", "à revoir avec l'architecte"]),
    })
}

/// The addresses of a component; what was never filled in is null.
fn links(component: &Component) -> Value {
    let noise = &mut Noise::of(&format!("liens {}", component.nom));
    let name = component.nom.to_lowercase();
    let runs = component.kind != "BIBLIOTHEQUE";
    let documented = runs && !noise.once_in(6);
    let dashboard = format!("https://grafana.galerie-mercure.example/d/{name}");
    json!([
        { "type": "TABLEAU_DE_BORD", "url": runs.then_some(dashboard) },
        { "type": "PROCEDURE", "url": documented.then(|| format!("{WIKI}/exploitation/{name}")) },
        { "type": "WIKI", "url": format!("{WIKI}/composants/{name}") },
    ])
}

/// Names of other components were typed by hand: some of them in capitals.
fn dependency(codes: &ComponentCodes, from: &Component, to: &str) -> Value {
    let shout = Noise::of(&format!("{} {to}", from.nom)).once_in(9);
    json!({
        "codeComposant": codes.of(to),
        "nomTechnique": if shout { to.to_uppercase() } else { to.to_owned() },
        "nature": if from.kind == "BATCH" { "ASYNCHRONE" } else { "SYNCHRONE" },
        "criticite": null,
    })
}

fn interface(code: &str) -> Value {
    let definition = contract(code);
    let parsed: Option<serde_json::Value> =
        definition.as_deref().and_then(|text| crate::base::yaml::from_str(text).ok());
    let info = |field: &str| {
        parsed.as_ref().and_then(|root| root.get("info")?.get(field)?.as_str().map(str::to_owned))
    };
    let kind = match &definition {
        Some(text) if text.starts_with("openapi") => "REST",
        Some(text) if text.starts_with("asyncapi") => "EVENEMENT",
        Some(_) => "GRAPHQL",
        None => "SOAP",
    };
    json!({
        "code": code,
        "libelle": info("title"),
        "type": kind,
        "version": info("version"),
        "resume": info("description"),
        "exposition": "INTERNE",
        "contrat": definition,
    })
}

/// The codes by which La Carto numbers components across all applications.
struct ComponentCodes(Vec<String>);

impl ComponentCodes {
    fn new(company: &Company) -> Self {
        let components =
            company.applications.iter().flat_map(|application| &application.composants);
        Self(components.map(|component| component.nom.to_lowercase()).collect())
    }

    fn of(&self, name: &str) -> Option<String> {
        let name = name.to_lowercase();
        let position = self.0.iter().position(|known| *known == name)?;
        Some(format!("CMP-{:04}", 1_000 + position))
    }
}

fn append(record: &mut Value, more: Value) {
    if let (Value::Object(record), Value::Object(more)) = (record, more) {
        record.extend(more);
    }
}
