//! Plans of small templates in portals of maps, action by action.

mod azure;
mod catalog;
mod difference;
mod fetch;
mod fs;
mod http;
mod own;
mod publish;
mod roadiehq;
mod turns;

use std::collections::BTreeMap;

use crate::{
    Plan, Repositories, Request, Settings,
    base::{
        author::Author,
        diagnostics::Diagnostic,
        files::{FileError, Files, Listing, Mode, TreeError, TreeFile},
        leaks::Exceptions,
        path::RelativePath,
    },
    catalog::{Catalog, load_from},
    check_templates, plan,
    settings::RepositoryHome,
};

const COMPANY: &str = "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ada}\nspec: {memberOf: [platform]}\n\
    ---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: platform}\nspec: {type: team, children: []}\n";

/// The folder of the template that [`Portal::with_steps`] adds.
const FOLDER: &str = "scaffolds/templates/small";

/// A portal in memory, with one user, one group, one template and one request for it.
#[derive(Clone)]
pub(crate) struct Portal {
    files: BTreeMap<String, String>,
    modes: BTreeMap<String, Mode>,
    settings: Settings,
}

impl Portal {
    /// A portal whose template has these steps, as YAML; its parameter `name` is `cart`.
    pub(crate) fn with_steps(steps: &str) -> Self {
        let template = format!(
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: small}}\nspec:\n  \
             type: service\n  parameters:\n    properties:\n      name: {{type: string}}\n  steps:\n{steps}"
        );
        let request = "template: small\nrequester: user:default/ada\nparameters: {name: cart}\n";
        let settings = Settings {
            author: Author { name: "Callboard".into(), email: "callboard@acme.example".into() },
            repositories: Repositories {
                home: Some(RepositoryHome::Directory("repositories".into())),
                url: Some("https://git.acme.example/{project}/{repo}".into()),
                hosts: Vec::new(),
            },
            portal_folders: Vec::new(),
            hosts: BTreeMap::new(),
            actions: BTreeMap::new(),
            expressions: crate::Expressions::Strict,
            exceptions: Exceptions::default(),
            servers: BTreeMap::new(),
            secrets: BTreeMap::new(),
            notifications: None,
            mail: None,
            credentials: Vec::new(),
        };
        Self { files: BTreeMap::new(), modes: BTreeMap::new(), settings }
            .with("catalog-data/manual/company.yaml", COMPANY)
            .with(&format!("{FOLDER}/template.yaml"), &template)
            .with("scaffolds/requests/small-1.yaml", request)
    }

    /// A portal with one step of this action, whose input is YAML in one line.
    pub(crate) fn with_step(action: &str, input: &str) -> Self {
        Self::with_steps(&step(action, input))
    }

    /// Adds a file, by its path in the portal.
    pub(crate) fn with(mut self, path: &str, text: &str) -> Self {
        self.files.insert(path.to_owned(), text.to_owned());
        self
    }

    /// Adds a file of the template's folder `skeleton`.
    pub(crate) fn with_file(self, path: &str, text: &str) -> Self {
        self.with(&format!("{FOLDER}/skeleton/{path}"), text)
    }

    /// Adds a file of the skeleton with another mode.
    pub(crate) fn with_mode(mut self, path: &str, text: &str, mode: Mode) -> Self {
        self.modes.insert(format!("{FOLDER}/skeleton/{path}"), mode);
        self.with_file(path, text)
    }

    /// Adds a file that may be executed, by its path in the portal.
    pub(crate) fn with_executable(mut self, path: &str, text: &str) -> Self {
        self.modes.insert(path.to_owned(), Mode::Executable);
        self.with(path, text)
    }

    /// Removes a file, by its path in the portal.
    pub(crate) fn without(mut self, path: &str) -> Self {
        self.files.remove(path);
        self
    }

    /// Changes the settings.
    pub(crate) fn with_settings(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(&mut self.settings);
        self
    }

    fn catalog(&self) -> Catalog {
        load_from(self, &[]).expect("readable").0
    }

    /// The plan of the request.
    pub(crate) fn plan(&self) -> Result<Plan, Vec<Diagnostic>> {
        let file = "scaffolds/requests/small-1.yaml";
        let request = Request::parse(file, self.files[file].clone()).expect("well formed");
        plan(self, &self.catalog(), &self.settings, &request)
    }

    /// Each file of the plan as `path: content`.
    pub(crate) fn made(&self) -> Vec<String> {
        let plan = self.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
        let files = plan.workspace.files();
        files
            .map(|(path, file)| format!("{path}: {}", String::from_utf8_lossy(&file.bytes)))
            .collect()
    }

    /// The problems of the plan, one per line.
    pub(crate) fn problems(&self) -> String {
        match self.plan() {
            Ok(plan) => panic!("nothing is wrong: {}", plan.to_text()),
            Err(problems) => lines(&problems),
        }
    }

    /// The warnings of the plan, one per line.
    pub(crate) fn warnings(&self) -> String {
        let plan = self.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
        lines(&plan.warnings)
    }

    /// The lines that the steps of the plan log.
    pub(crate) fn logged(&self) -> Vec<String> {
        let plan = self.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
        plan.steps.into_iter().flat_map(|step| step.log).collect()
    }

    /// What `check` finds in the templates, one per line.
    pub(crate) fn checked(&self) -> String {
        lines(&check_templates(self, &self.catalog(), &self.settings))
    }
}

/// One step as YAML.
pub(crate) fn step(action: &str, input: &str) -> String {
    format!("    - action: {action}\n      input: {input}\n")
}

fn lines(problems: &[Diagnostic]) -> String {
    let line = |problem: &Diagnostic| problem.to_string().replace("\nhint: ", " | hint: ");
    problems.iter().map(line).collect::<Vec<_>>().join("\n")
}

impl Files for Portal {
    fn walk(&self, folder: &str) -> Result<Listing, FileError> {
        self.files.walk(folder)
    }

    fn text(&self, path: &str) -> Result<Option<String>, FileError> {
        self.files.text(path)
    }

    fn tree(&self, folder: &str) -> Result<Vec<TreeFile>, TreeError> {
        let mut tree = self.files.tree(folder)?;
        for file in &mut tree {
            let whole = format!("{folder}/{}", file.path);
            file.mode = self.modes.get(&whole).copied().unwrap_or(Mode::File);
        }
        Ok(tree)
    }
}

/// A path, which must be valid.
pub(crate) fn path(text: &str) -> RelativePath {
    RelativePath::new(text).expect("a path")
}

#[test]
fn steps_with_one_id_are_all_carried_out_in_a_lenient_template() {
    let publish = |name: &str| {
        format!(
            "    - id: publish\n      action: publish:git\n      input: {{repoUrl: 'github.com?owner=acme&repo={name}'}}\n\
             \x20   - action: debug:log\n      input: {{message: '${{{{ steps.publish.output.remoteUrl }}}}'}}\n"
        )
    };
    let steps = step("fetch:plain", "{url: ./skeleton}") + &publish("one") + &publish("two");
    let portal = Portal::with_steps(&steps).with_file("a", "x");
    assert!(portal.problems().contains("there are two steps `publish`"));
    let portal =
        portal.with_settings(|settings| settings.expressions = crate::Expressions::Lenient);
    let plan = portal.plan().expect("a plan");
    let ids: Vec<_> = plan.steps.iter().map(|step| step.id.as_str()).collect();
    assert_eq!(ids, ["step-1", "publish", "step-3", "publish-2", "step-5"]);
    let logged = portal.logged();
    assert!(logged[0].ends_with("acme/one") && logged[1].ends_with("acme/two"), "{logged:?}");
    let found = lines(&check_templates(&portal, &portal.catalog(), &portal.settings));
    assert!(found.contains("plans and runs call this one `publish-2`"), "{found}");
}
