//! In which parts two plans differ, and which of them a policy can let differ.

use super::Portal;
use crate::{Plan, base::files::Mode, base::origin::Origin, settings::CredentialNames};

const STEPS: &str = "\
\x20   - {id: files, action: 'fetch:template', input: {url: ./skeleton, values: {about: '${{ user.entity.metadata.title }}'}}}
    - {id: publish, action: 'publish:git', input: {repoUrl: 'github.com?owner=a&repo=b'}}
    - {id: register, action: 'catalog:register', input: {repoContentsUrl: '${{ steps.publish.output.repoContentsUrl }}'}}
    - {id: ask, action: 'http:request', input: {method: GET, url: 'https://tickets.example/ids'}}
    - {id: send, action: 'http:request', input: {method: POST, url: 'https://tickets.example/new', body: {title: cart, people: [ada]}}}
";
const DESCRIPTOR: &str = "apiVersion: backstage.io/v1alpha1\nkind: Component\nmetadata: {name: cart, description: A cart}\n\
    spec: {type: service, lifecycle: production, owner: platform}\n";
const COMPANY: &str = "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: ada, title: Ada}\nspec: {memberOf: [platform]}\n\
    ---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: platform}\nspec: {type: team, children: []}\n\
    ---\napiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {name: other}\nspec: {type: team, children: []}\n";

fn portal_of(steps: &str) -> Portal {
    Portal::with_steps(steps)
        .with("catalog-data/manual/company.yaml", COMPANY)
        .with_file("README.md", "about ${{ values.about }}\n")
        .with_file("catalog-info.yaml", DESCRIPTOR)
        .with_settings(|settings| {
            let names = CredentialNames { token: "TICKETS".to_owned(), user: None, form: None };
            let origin = Origin::parse("https://tickets.example").expect("an origin");
            settings.credentials.push((origin, names));
        })
}

const ANSWERS: &str = "files/.callboard/answers.yaml";

/// A portal whose policy lets these parts differ.
fn portal(parts: &str) -> Portal {
    portal_of(STEPS).with("scaffolds/policy.yaml", &policy(parts))
}

fn policy(parts: &str) -> String {
    format!("requests: [{{may_differ: [{parts}]}}]\n")
}

/// The same portal with another text in its steps.
fn with_step(from: &str, to: &str) -> Portal {
    assert!(STEPS.contains(from), "{from}");
    portal_of(&STEPS.replace(from, to)).with("scaffolds/policy.yaml", &policy(""))
}

fn plan(portal: &Portal) -> Plan {
    portal.plan().unwrap_or_else(|problems| panic!("{problems:?}"))
}

/// The parts in which the plan of a portal differs from that of the first one; those that are fixed with a `!`.
fn parts(one: &Portal, other: &Portal) -> Vec<String> {
    let differences = plan(one).differences(&plan(other));
    let name = |part: crate::plan::Difference| {
        if part.is_fixed { format!("!{}", part.part) } else { part.part }
    };
    differences.into_iter().map(name).collect()
}

/// Portals with one change each, and the parts in which their plans differ.
fn cases() -> Vec<(&'static str, Portal, Vec<String>)> {
    let descriptor = |from: &str, to: &str| {
        portal("").with_file("catalog-info.yaml", &DESCRIPTOR.replace(from, to))
    };
    let register = "effects/register/1/entities/0/document";
    vec![
        (
            "a file of the skeleton",
            portal("").with_file("README.md", "another"),
            vec!["files/README.md".into(), "template".into()],
        ),
        (
            "a new file",
            portal("").with_file("CODEOWNERS", "* @other\n"),
            vec!["files/CODEOWNERS".into(), "template".into(), "texts".into()],
        ),
        (
            "a file that can be executed",
            portal("").with_mode("run", "#!/bin/sh\n", Mode::Executable),
            vec!["files/run".into(), "template".into(), "texts".into(), "!modes/run".into()],
        ),
        (
            "the catalog",
            portal("").with("catalog-data/manual/company.yaml", &COMPANY.replace("Ada", "Ada L.")),
            vec!["files/README.md".into(), "inputs/files".into()],
        ),
        (
            "a description",
            descriptor("A cart", "Cart"),
            vec![
                format!("{register}/metadata/description"),
                "files/catalog-info.yaml".into(),
                "template".into(),
            ],
        ),
        (
            "an owner",
            descriptor("platform", "other"),
            vec![
                format!("{register}/spec/owner"),
                "files/catalog-info.yaml".into(),
                "template".into(),
            ],
        ),
        (
            "a body",
            with_step("title: cart", "title: Cart"),
            vec!["effects/send/1/body/title".into(), "inputs/send".into(), "template".into()],
        ),
        (
            "a list",
            with_step("[ada]", "[ada, eve]"),
            vec!["effects/send/1/body/people".into(), "inputs/send".into(), "template".into()],
        ),
        (
            "an address",
            with_step("example/new", "example/newer"),
            vec![
                "inputs/send".into(),
                "template".into(),
                "texts".into(),
                "!effects/send/1/url".into(),
            ],
        ),
        (
            "one more step",
            with_step(
                "    - {id: send",
                "    - {action: 'debug:log', input: {message: a}}\n    - {id: send",
            ),
            vec!["template".into(), "!steps".into()],
        ),
        (
            "a step that a server's answer decides about",
            with_step("{id: send,", "{id: send, if: '${{ steps.ask.output.body.ok }}',"),
            vec!["template".into(), "!steps/send".into()],
        ),
        (
            "a secret",
            portal("").with_settings(|settings| {
                settings.credentials.last_mut().expect("one").1.token = "OTHER".to_owned();
            }),
            vec!["!effects/ask/1/secrets".into(), "!effects/send/1/secrets".into()],
        ),
        (
            "who has to approve",
            portal("").with("scaffolds/policy.yaml", "requests: [{approve: {by: [other]}}]\n"),
            vec!["!policy".into()],
        ),
        ("what may differ", portal("template"), vec!["!policy".into()]),
    ]
}

#[test]
fn each_difference_has_the_name_of_its_part() {
    let same = portal("");
    assert_eq!(parts(&same, &same), [""; 0]);
    for (what, other, mut expected) in cases() {
        // The answers that a repository keeps name the version of the template.
        if expected.contains(&"template".to_owned()) {
            expected.push(ANSWERS.to_owned());
        }
        expected.sort_by_key(|part| (part.starts_with('!'), part.clone()));
        let mut found = parts(&portal(""), &other);
        found.sort_by_key(|part| (part.starts_with('!'), part.clone()));
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn a_policy_lets_those_parts_differ_that_it_names() {
    let lets = |names: &str, other: Portal| {
        let names = &format!("{ANSWERS}, {names}");
        let approved = plan(&portal(names));
        let present = plan(&other.with("scaffolds/policy.yaml", &policy(names)));
        let differences = approved.differences(&present);
        assert!(!differences.is_empty());
        differences.iter().all(|part| approved.lets_differ(part))
    };
    let readme = || portal("").with_file("README.md", "another");
    assert!(lets("template, files/README.md", readme()));
    assert!(lets("template, 'files/*'", readme()));
    assert!(!lets("template", readme()));
    assert!(!lets("'files/*'", readme()), "the template has no name there");
    let both = || readme().with_file("docs/a.md", "a");
    assert!(!lets("template, files/README.md, texts", both()));
    assert!(lets("template, files/README.md, 'files/docs/*', texts", both()));
    let everything =
        "template, content, texts, 'files/*', inputs/send, inputs/files, effects/send/1/body/title";
    assert!(lets(everything, with_step("title: cart", "title: Cart")));
    for other in [
        with_step("[ada]", "[ada, eve]"),
        with_step("example/new", "example/newer"),
        with_step("method: POST", "method: DELETE"),
        portal("").with_mode("README.md", "x", Mode::Executable),
    ] {
        assert!(!lets(everything, other));
    }
}

#[test]
fn what_hides_behind_a_value_that_only_apply_knows_differs() {
    let sends = |expression: &str| {
        portal_of(&STEPS.replace("title: cart", &format!("title: '${{{{ {expression} }}}}'")))
            .with("scaffolds/policy.yaml", &policy(&format!("{ANSWERS}, template, inputs/send")))
    };
    let approved = plan(&sends("steps.ask.output.body.id"));
    let present = plan(&sends("steps.ask.output.body.id | replace(\"a\", \"b\")"));
    let shown = |plan: &Plan| serde_json::to_value(&plan.steps[4]).expect("JSON");
    assert_eq!(shown(&approved), shown(&present), "reviewers see no difference");
    let differences = approved.differences(&present);
    let refused: Vec<_> = differences.iter().filter(|part| !approved.lets_differ(part)).collect();
    assert_eq!(refused.len(), 1, "{differences:?}");
    assert_eq!(refused[0].part, "effects/send/1/body/title");
}
