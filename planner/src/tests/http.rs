//! `http:*`.

use super::{Portal, step};
use crate::{Server, ServerKind, base::origin::Origin, settings::CredentialNames};

const SHOP: &str = "apiVersion: backstage.io/v1alpha1\nkind: Component\n\
    metadata: {name: shop, tags: [java], annotations: {acme.example/tier: gold}}\n\
    spec: {type: service, lifecycle: production, owner: platform}\n";

/// A portal that asks the catalog, and logs an expression of the answer `a`.
fn asking(input: &str, expression: &str) -> Portal {
    let expression = expression.replace('\'', "''");
    let steps = format!(
        "    - id: a\n      action: http:backstage:request\n      input: {input}\n{}",
        step("debug:log", &format!("{{message: '${{{{ {expression} }}}}'}}"))
    );
    Portal::with_steps(&steps).with("catalog-data/manual/shop.yaml", SHOP)
}

#[test]
fn questions_to_the_catalog_of_backstage_are_answered_from_the_portal() {
    let body = "steps.a.output.body | dump";
    for (input, expression, expected) in [
        (
            "{method: GET, path: /api/catalog/entities/by-name/component/default/shop}",
            "steps.a.output.code ~ ' ' ~ steps.a.output.body.metadata.namespace ~ ' ' ~ \
             steps.a.output.body.relations[0].targetRef",
            "200 default group:default/platform",
        ),
        (
            "{method: GET, path: 'catalog/entities?filter=kind=component,metadata.tags=java&fields=metadata.name,kind'}",
            body,
            r#"[{"metadata":{"name":"shop"},"kind":"Component"}]"#,
        ),
        (
            "{method: GET, path: /catalog/entities, params: {filter: 'kind=user,kind=group', fields: metadata.name}}",
            body,
            r#"[{"metadata":{"name":"platform"}},{"metadata":{"name":"ada"}}]"#,
        ),
        (
            "{method: GET, path: '/catalog/entities?filter=kind=user&filter=metadata.annotations.acme.example/tier',\
             params: {fields: metadata.annotations.acme.example/tier}}",
            body,
            r#"[{"metadata":{"annotations":{"acme.example/tier":"gold"}}},{"metadata":{}}]"#,
        ),
        (
            "{method: GET, path: /catalog/entities/by-query, params: {limit: 1, offset: 1, fields: kind}}",
            body,
            r#"{"items":[{"kind":"Group"}],"totalItems":4,"pageInfo":{}}"#,
        ),
        (
            "{method: POST, path: /api/catalog/entities/by-refs, headers: {Content-Type: application/json}, \
             body: {entityRefs: ['user:ada', 'user:bob'], fields: [kind]}}",
            body,
            r#"{"items":[{"kind":"User"},null]}"#,
        ),
        (
            "{method: GET, path: /catalog/entities/by-name/user/default/bob, continueOnBadResponse: true}",
            "steps.a.output.code ~ ''",
            "404",
        ),
    ] {
        let logged = asking(input, expression).logged();
        assert_eq!(logged.last().map(String::as_str), Some(expected), "{input}");
        assert!(logged[0].contains("catalog/entities"), "{logged:?}");
    }
    let quiet = asking("{method: GET, path: /catalog/entities, logRequestPath: false}", "'x'");
    assert_eq!(quiet.logged(), ["x"]);
}

#[test]
fn what_the_catalog_of_a_portal_cannot_answer_is_refused() {
    for (input, expected) in [
        (
            "{method: GET, path: /catalog/entities/by-name/component/default/shp}",
            "`component:default/shp` is not in the catalog | hint: did you mean `component:default/shop`?",
        ),
        (
            "{method: POST, path: /api/proxy/jira/issues, body: {a: b}}",
            "`POST /proxy/jira/issues` needs the backend of Backstage, which a portal does not have | hint: call the \
             server behind the proxy by `http:request`",
        ),
        (
            "{method: GET, path: /catalog/entities/by-uid/1}",
            "hint: `GET /catalog/entities`, `/catalog/entities/by-query`",
        ),
        ("{method: DELETE, path: /catalog/entities/by-uid/1}", "needs the backend of Backstage"),
        (
            "{method: GET, path: '/catalog/entities?order=asc:kind'}",
            "`order` of the query is not answered",
        ),
        (
            "{method: GET, path: '/catalog/entities?limit=x'}",
            "`limit` of the query is no number: `x`",
        ),
        (
            "{method: POST, path: /catalog/entities/by-refs, body: {}}",
            "it has no list `entityRefs`",
        ),
        ("{method: POST, path: /catalog/entities/by-refs, body: {entityRefs: [shop]}}", "shop"),
    ] {
        let problems = asking(input, "'x'").problems();
        assert!(problems.contains(expected), "{input}: {problems}");
        assert!(
            problems.starts_with("error: scaffolds/templates/small/template.yaml:1"),
            "{problems}"
        );
    }
}

/// A portal whose settings list two servers, and whose step sends this request.
fn sending(input: &str) -> Portal {
    sending_of(Portal::with_step("http:request", input))
}

fn sending_of(portal: Portal) -> Portal {
    portal.with_settings(|settings| {
        let server = Server { kind: ServerKind::Http, url: "https://api.example/v1".to_owned() };
        settings.servers.insert("api".to_owned(), server);
        let names = CredentialNames { token: "TICKETS".to_owned(), user: None, form: None };
        let origin = Origin::parse("https://tickets.example").expect("an origin");
        settings.credentials.push((origin, names));
    })
}

#[test]
fn a_request_goes_to_a_server_of_the_settings_only() {
    for (url, expected) in [
        ("https://api.example/v1/x", "sends POST https://api.example/v1/x, at most once"),
        ("https://tickets.example/a?b=c", "sends POST https://tickets.example/a, at most once"),
        ("https://tickets.example", "sends POST https://tickets.example/, at most once"),
    ] {
        let plan = sending(&format!("{{method: POST, url: '{url}'}}")).plan().expect("a plan");
        assert_eq!(plan.effects().map(|e| e.summary.as_str()).collect::<Vec<_>>(), [expected]);
    }
    for (input, expected) in [
        (
            "{method: GET, url: 'https://evil.example/x'}",
            "the settings do not allow requests to `https://evil.example` | hint: list it in `servers` of `callboard.yaml`: \
             `NAME: {type: http, url: https://evil.example}`",
        ),
        (
            "{method: GET, url: 'https://api.example/v2/x'}",
            "do not allow requests to `https://api.example`",
        ),
        ("{method: GET, url: 'https://api.example/v1/../v2'}", "has a segment `.` or `..`"),
        ("{method: GET, url: 'https://api.example/v1/%2E%2e/v2'}", "has a segment `.` or `..`"),
        (
            "{method: GET, url: 'https://tickets.example@evil.example/'}",
            "it must start with the scheme",
        ),
        ("{method: GET, url: 'https://tickets.example.evil.example/'}", "do not allow requests"),
        ("{method: GET, url: tickets.example}", "it must start with the scheme"),
        (
            "{method: GET, url: 'https://tickets.example/#x'}",
            "has a character that an address cannot have",
        ),
        ("{method: OPTIONS, url: 'https://tickets.example/'}", "OPTIONS"),
        (
            "{method: GET, url: 'https://tickets.example/', headers: {Host: evil}}",
            "written by the client itself",
        ),
        (
            "{method: GET, url: 'https://tickets.example/', headers: {'a b': c}}",
            "no name of a header",
        ),
        (
            "{method: GET, url: 'https://tickets.example/', headers: {a: \"b\\nc\"}}",
            "a header is one line",
        ),
    ] {
        let problems = sending(input).problems();
        assert!(problems.contains(expected), "{input}: {problems}");
    }
    let later = "    - id: a\n      action: http:request\n      input: {method: GET, url: 'https://tickets.example/'}\n"
        .to_owned()
        + &step("http:request", "{method: GET, url: 'https://${{ steps.a.output.body.host }}/x'}");
    let problems = sending_of(Portal::with_steps(&later)).problems();
    assert!(problems.contains("it must start with the scheme"), "{problems}");
}

#[test]
fn without_a_webhook_a_note_says_that_nothing_is_sent() {
    let portal = |input: &str| Portal::with_step("notification:send", input);
    let sent = portal("{recipients: broadcast, title: Hello, icon: x}");
    assert_eq!(sent.plan().expect("a plan").effects().count(), 0);
    let note = sent.warnings();
    assert!(
        note.contains("note: ")
            && note.contains("nothing is sent, because the settings name no webhook"),
        "{note}"
    );
    for (input, expected) in [
        ("{recipients: entity, title: a}", "`entityRefs` says who is notified"),
        (
            "{recipients: entity, entityRefs: ['user:bob'], title: a}",
            "`user:default/bob` is not in the catalog",
        ),
        ("{recipients: all, title: a}", "broadcast"),
    ] {
        assert!(portal(input).problems().contains(expected), "{}", portal(input).problems());
    }
}
