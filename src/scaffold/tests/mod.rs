//! Plans and runs of the templates of this repository, in portals in temporary directories.

mod apply;
mod doubles;
mod faults;
mod fetching;
mod forges;
mod hostile;
mod mistakes;
mod planning;
mod portal_files;

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use callboard_testing::Portal;

use super::{
    Expressions, Plan, Repositories, RepositoryHome, Request, Settings, load_request, plan,
};
use crate::{
    base::{diagnostics::Diagnostic, files::Directory, fs, leaks::Exceptions, path::RelativePath},
    catalog::{self, Catalog},
    git::commit::Author,
};

const COMPANY: &str = include_str!("company.yaml");
pub(super) const REQUEST: &str = include_str!("../../../scaffolds/requests/panier-relance.yaml");

/// The templates of this repository.
fn templates() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scaffolds/templates")
}

/// A portal with the template `java-service` of this repository, without its test cases, a small company and one
/// request.
pub(super) fn sample() -> Portal {
    let portal = Portal::empty()
        .with("catalog-data/manual/company.yaml", COMPANY)
        .with("scaffolds/requests/panier-relance.yaml", REQUEST);
    let template = templates().join("java-service/template.yaml");
    let template = fs::read_text(&template).expect("readable");
    portal.write("scaffolds/templates/java-service/template.yaml", template);
    for folder in ["skeleton", "documentation"] {
        let folder = format!("java-service/{folder}");
        portal.copy(&templates().join(&folder), &format!("scaffolds/templates/{folder}"));
    }
    portal
}

/// Plans the requests of a portal.
pub(super) trait PlanRequests {
    /// Adds a template with these steps, called `small`, and a request for it, called `small-1`.
    fn small(&self, steps: &str, skeleton: &[(&str, &str)]);
    /// The catalog of the portal's files.
    fn catalog(&self) -> Catalog;
    /// A request, which must be well formed.
    fn request(&self, id: &str) -> Request;
    /// Plans a request.
    fn plan(&self, id: &str) -> Result<Plan, Vec<Diagnostic>>;
    /// Plans a request that is wrong; returns its problems as text.
    fn problems(&self, id: &str) -> String;
    /// Changes the sample request, and plans it.
    fn problems_with(&self, from: &str, to: &str) -> String;
}

impl PlanRequests for Portal {
    fn small(&self, steps: &str, skeleton: &[(&str, &str)]) {
        let template = format!(
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: small}}\n\
             spec:\n  type: service\n  parameters:\n    properties:\n      name: {{type: string}}\n\
             \x20     text: {{type: string, default: plain}}\n  steps:\n{steps}"
        );
        self.write("scaffolds/templates/small/template.yaml", &template);
        for (file, text) in skeleton {
            self.write(&format!("scaffolds/templates/small/skeleton/{file}"), text);
        }
        let request = "template: small\nrequester: user:default/chloe-girard\n\
                       parameters:\n  name: cart\n";
        self.write("scaffolds/requests/small-1.yaml", request);
    }

    fn catalog(&self) -> Catalog {
        catalog::load_from(&Directory::new(self.path()), &[]).expect("readable").0
    }

    fn request(&self, id: &str) -> Request {
        load_request(self.path(), id).expect("well formed")
    }

    fn plan(&self, id: &str) -> Result<Plan, Vec<Diagnostic>> {
        plan(&Directory::new(self.path()), &self.catalog(), &settings(), &self.request(id))
    }

    fn problems(&self, id: &str) -> String {
        match self.plan(id) {
            Ok(_) => "nothing is wrong".to_owned(),
            Err(problems) => lines(&problems),
        }
    }

    fn problems_with(&self, from: &str, to: &str) -> String {
        assert!(REQUEST.contains(from), "{from}");
        let request = REQUEST.replace(from, to);
        self.write("scaffolds/requests/panier-relance.yaml", &request);
        self.problems("panier-relance")
    }
}

pub(super) fn lines(problems: &[Diagnostic]) -> String {
    let lines: Vec<_> = problems.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

pub(super) fn settings() -> Settings {
    Settings {
        author: Author {
            name: "Callboard".into(),
            email: "callboard@galerie-mercure.example".into(),
        },
        repositories: Repositories {
            home: Some(RepositoryHome::Directory("repositories".into())),
            url: Some("https://git.galerie-mercure.example/{project}/{repo}".into()),
            hosts: Vec::new(),
        },
        portal_folders: vec![RelativePath::new("deploy").expect("a path")],
        hosts: BTreeMap::new(),
        actions: BTreeMap::new(),
        expressions: Expressions::Strict,
        exceptions: Exceptions::default(),
        servers: BTreeMap::new(),
        secrets: BTreeMap::new(),
        notifications: None,
        mail: None,
        credentials: Vec::new(),
    }
}
