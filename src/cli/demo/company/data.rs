//! The company's own data: the embedded files of `data/`, parsed.
//!
//! Tables are tab-separated with a `#` line that names the columns; applications are YAML.

use std::collections::BTreeMap;

use rust_embed::RustEmbed;
use serde::Deserialize;

#[derive(RustEmbed)]
#[folder = "$CARGO_MANIFEST_DIR/src/cli/demo/company/data"]
struct Files;

/// Everything the two APIs talk about.
pub(super) struct Company {
    pub(super) entities: Vec<OrgEntity>,
    pub(super) people: Vec<Person>,
    pub(super) domains: Vec<Domain>,
    pub(super) projects: Vec<Project>,
    pub(super) applications: Vec<Application>,
}

/// A group, unit or team.
pub(super) struct OrgEntity {
    pub(super) code: String,
    pub(super) label: String,
    pub(super) level: String,
    pub(super) parent: Option<String>,
    pub(super) mailbox: Option<String>,
    pub(super) mission: String,
    pub(super) closed_on: Option<String>,
}

/// An employee, present or gone.
pub(super) struct Person {
    pub(super) number: String,
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) login: Option<String>,
    /// Code of the entity and role in it, the main one first.
    pub(super) assignments: Vec<(String, String)>,
    pub(super) left_on: Option<String>,
}

/// A functional domain.
pub(super) struct Domain {
    pub(super) code: String,
    pub(super) label: String,
    pub(super) unit: String,
    pub(super) description: String,
}

/// An Azure DevOps team project.
pub(super) struct Project {
    pub(super) name: String,
    pub(super) entity: String,
    pub(super) description: String,
}

/// An application; the words of the file are those of La Carto.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Application {
    pub(super) code: String,
    pub(super) nom: String,
    pub(super) court: Option<String>,
    pub(super) domaine: String,
    pub(super) equipe: String,
    pub(super) projet: Option<String>,
    pub(super) espace: Option<String>,
    pub(super) statut: Option<String>,
    pub(super) description: String,
    /// Data stores: name to technology.
    #[serde(default)]
    pub(super) bases: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) composants: Vec<Component>,
}

/// A component of an application.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Component {
    pub(super) nom: String,
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) tech: Vec<String>,
    pub(super) desc: String,
    pub(super) statut: Option<String>,
    /// First part of the host name under which people open it.
    pub(super) url: Option<String>,
    /// Components that it calls or contains.
    #[serde(default)]
    pub(super) depend: Vec<String>,
    /// Interfaces that it offers; `data/contrats/` has their definitions.
    #[serde(default)]
    pub(super) expose: Vec<String>,
    /// Interfaces that it calls.
    #[serde(default)]
    pub(super) appelle: Vec<String>,
    #[serde(default)]
    pub(super) bases: Vec<String>,
    /// Kafka topics that it writes.
    #[serde(default)]
    pub(super) publie: Vec<String>,
    /// Kafka topics that it reads.
    #[serde(default)]
    pub(super) ecoute: Vec<String>,
}

impl Company {
    /// Parses the embedded files.
    pub(super) fn load() -> Self {
        Self {
            entities: rows("entites.tsv").map(OrgEntity::from_row).collect(),
            people: rows("personnes.tsv").map(Person::from_row).collect(),
            domains: rows("domaines.tsv").map(Domain::from_row).collect(),
            projects: rows("projets.tsv").map(Project::from_row).collect(),
            applications: ["commerce", "offre", "logistique", "plateforme"]
                .into_iter()
                .flat_map(applications)
                .collect(),
        }
    }

    /// Finds a group, unit or team by its code.
    pub(super) fn entity(&self, code: &str) -> Option<&OrgEntity> {
        self.entities.iter().find(|entity| entity.code == code)
    }
}

/// Reads the definition of an interface, if the company has written one.
pub(super) fn contract(interface: &str) -> Option<String> {
    ["yaml", "graphql"].iter().find_map(|ending| text(&format!("contrats/{interface}.{ending}")))
}

fn applications(file: &str) -> Vec<Application> {
    let text = text(&format!("applications/{file}.yaml")).expect("the file is embedded");
    crate::base::yaml::from_str(&text).expect("the tests parse every embedded file")
}

fn rows(file: &str) -> impl Iterator<Item = Row> {
    let text = text(file).expect("the file is embedded");
    let lines: Vec<Row> =
        text.lines().filter(|line| !line.starts_with('#')).map(Row::from_line).collect();
    lines.into_iter()
}

fn text(path: &str) -> Option<String> {
    let file = Files::get(path)?;
    Some(String::from_utf8(file.data.into_owned()).expect("the embedded files are UTF-8"))
}

/// The cells of one line, taken from left to right; cells missing at the end are empty.
struct Row(std::vec::IntoIter<String>);

impl Row {
    fn from_line(line: &str) -> Self {
        Self(line.split('\t').map(str::to_owned).collect::<Vec<_>>().into_iter())
    }

    fn cell(&mut self) -> String {
        self.0.next().unwrap_or_default()
    }

    fn filled(&mut self) -> Option<String> {
        Some(self.cell()).filter(|cell| !cell.is_empty())
    }
}

impl OrgEntity {
    fn from_row(mut row: Row) -> Self {
        Self {
            code: row.cell(),
            label: row.cell(),
            level: row.cell(),
            parent: row.filled(),
            mailbox: row.filled(),
            mission: row.cell(),
            closed_on: row.filled(),
        }
    }
}

impl Person {
    fn from_row(mut row: Row) -> Self {
        Self {
            number: row.cell(),
            first_name: row.cell(),
            last_name: row.cell(),
            login: row.filled(),
            assignments: row
                .cell()
                .split(';')
                .filter_map(|assignment| assignment.split_once(':'))
                .map(|(entity, role)| (entity.to_owned(), role.to_owned()))
                .collect(),
            left_on: row.filled(),
        }
    }
}

impl Domain {
    fn from_row(mut row: Row) -> Self {
        Self { code: row.cell(), label: row.cell(), unit: row.cell(), description: row.cell() }
    }
}

impl Project {
    fn from_row(mut row: Row) -> Self {
        Self { name: row.cell(), entity: row.cell(), description: row.cell() }
    }
}
