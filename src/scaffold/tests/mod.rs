//! Plans and runs of the real template, in scratch portals.
#![expect(clippy::disallowed_methods, reason = "a test looks from outside")]

mod apply;
mod fetching;
mod hostile;
mod mistakes;
mod planning;

use std::{collections::BTreeMap, fs, path::Path};

use super::{Plan, Repositories, RepositoryHome, Request, Settings, plan};
use crate::{
    base::{diagnostics::Diagnostic, files::Directory, leaks::Exceptions},
    catalog::{self, Catalog},
    git::commit::Author,
};

/// A portal in a scratch directory: the repository's own template, a small company, one request.
pub(super) struct Portal {
    directory: tempfile::TempDir,
}

const COMPANY: &str = include_str!("company.yaml");
pub(super) const REQUEST: &str = include_str!("../../../scaffolds/requests/panier-relance.yaml");

impl Portal {
    pub(super) fn new() -> Self {
        let directory = tempfile::tempdir().expect("a scratch directory");
        let portal = Self { directory };
        let own = Path::new(env!("CARGO_MANIFEST_DIR")).join("scaffolds/templates");
        copy(&own, &portal.root().join("scaffolds/templates"));
        portal.write("catalog-data/manual/company.yaml", COMPANY);
        portal.write("scaffolds/requests/panier-relance.yaml", REQUEST);
        portal
    }

    pub(super) fn root(&self) -> &Path {
        self.directory.path()
    }

    pub(super) fn write(&self, file: &str, text: &str) {
        let path = self.root().join(file);
        fs::create_dir_all(path.parent().expect("below the portal")).expect("writable");
        fs::write(path, text).expect("writable");
    }

    /// Adds a template with these steps, called `small`, and a request for it, called `small-1`.
    pub(super) fn small(&self, steps: &str, skeleton: &[(&str, &str)]) {
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

    pub(super) fn catalog(&self) -> Catalog {
        catalog::load_from(&Directory::new(self.root()), &[]).expect("readable").0
    }

    pub(super) fn request(&self, id: &str) -> Request {
        Request::load(self.root(), id).expect("well formed")
    }

    pub(super) fn plan(&self, id: &str) -> Result<Plan, Vec<Diagnostic>> {
        plan(self.root(), &self.catalog(), &settings(), &self.request(id))
    }

    /// Plans a request that is wrong; returns its problems as text.
    pub(super) fn problems(&self, id: &str) -> String {
        match self.plan(id) {
            Ok(_) => "nothing is wrong".to_owned(),
            Err(problems) => lines(&problems),
        }
    }

    /// Changes the sample request, and plans it.
    pub(super) fn problems_with(&self, from: &str, to: &str) -> String {
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
        hosts: BTreeMap::new(),
        exceptions: Exceptions::default(),
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("writable");
    for entry in fs::read_dir(from).expect("readable") {
        let entry = entry.expect("readable");
        let target = to.join(entry.file_name());
        if entry.file_type().expect("readable").is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("copyable");
        }
    }
}
