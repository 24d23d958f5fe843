//! Turns of steps with `each`, and what each of them makes.

use super::Portal;
use crate::{Plan, settings::Webhook};

fn portal(steps: &str) -> Portal {
    Portal::with_steps(steps).with_file("a", "x").with_settings(|settings| {
        settings.notifications = Some(Webhook::Url("https://hooks.example/x".to_owned()));
        let names =
            crate::settings::CredentialNames { token: "T".to_owned(), user: None, form: None };
        let origin =
            crate::base::origin::Origin::parse("https://tickets.example").expect("an origin");
        settings.credentials.push((origin, names));
    })
}

fn plan(portal: &Portal) -> Plan {
    portal.plan().unwrap_or_else(|problems| panic!("{problems:?}"))
}

#[test]
fn turns_that_make_one_thing_are_refused_and_turns_of_two_are_not() {
    let publish = |repository: &str| {
        portal(&format!(
            "    - {{action: 'fetch:plain', input: {{url: ./skeleton}}}}\n\
             \x20   - {{id: publish, action: 'publish:git', each: [cart, shop], input: {{repoUrl: 'github.com?owner=a&repo={repository}'}}}}\n"
        ))
    };
    assert_eq!(plan(&publish("${{ each.value }}")).effects().count(), 2);
    let problems = publish("cart").problems();
    assert!(problems.starts_with("error: scaffolds/templates/small/template.yaml:"), "{problems}");
    assert!(
        problems.contains("`publish[1]/1` makes the repository `")
            && problems.contains("and so does `publish[0]/1`"),
        "{problems}"
    );
}

#[test]
fn each_turn_has_its_name_in_what_it_makes() {
    let send = |each: &str| {
        portal(&format!(
            "    - {{id: ask, action: 'http:request', input: {{method: GET, url: 'https://tickets.example/x'}}}}\n\
             \x20   - {{id: send, action: 'notification:send', each: {each}, input: {{recipients: broadcast, title: x}}}}\n"
        ))
    };
    let ids = |portal: &Portal| {
        let plan = plan(portal);
        let sent = plan.effects().filter(|effect| effect.id.starts_with("send"));
        sent.map(|effect| crate::engine::display(&effect.input["notification"]["id"]))
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&send("[a, b]")), ["small-1/send[0]", "small-1/send[1]"]);
    assert_eq!(ids(&send("{north: 1}")), ["small-1/send[north]"]);
    // A key that a requester can write is no text of a message.
    let [id] = &ids(&send("{'@everyone](x': 1}"))[..] else { panic!("one item") };
    let id = id.as_str().expect("a text");
    assert!(id.starts_with("small-1/send[") && !id.contains("everyone"), "{id}");

    // Which items there are is known after apply: what is sent then is what was planned.
    let later = plan(&send("'${{ steps.ask.output.body.items }}'"));
    let actual = plan(&send("[a]"));
    let sent = |plan: &Plan| plan.effects().find(|effect| effect.id.starts_with("send")).cloned();
    let (planned, actual) = (sent(&later).expect("planned"), sent(&actual).expect("actual"));
    assert!(planned.fits(&actual), "{:?} {:?}", planned.input, actual.input);
}
