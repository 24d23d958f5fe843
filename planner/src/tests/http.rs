//! `http:*`.

use super::{Portal, step};

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
