//! Whole definitions of every language; broken, hostile and endless ones.

use serde_json::json;

use super::*;

fn entity(kind: &str, definition: &str) -> Entity {
    let document = json!({
        "apiVersion": "backstage.io/v1alpha1",
        "kind": "API",
        "metadata": {"name": "orders"},
        "spec": {"type": kind, "lifecycle": "production", "owner": "shop", "definition": definition},
    });
    crate::catalog::testing::entity(document)
}

/// The value of the template for a definition.
fn shown(kind: &str, definition: &str) -> Value {
    let entity = entity(kind, definition);
    serde_json::to_value(Api::of(&entity).expect("a definition")).expect("a view")
}

const ORDERS: &str = r##"
openapi: 3.1.0
info: {title: Orders, version: 2.4.0, description: "All **orders**"}
servers: [{url: https://api.example/orders}]
tags: [{name: orders, description: What was bought}, {name: unused}]
security: [{sso: [orders.read]}]
paths:
  /orders:
    get:
      tags: [orders]
      summary: Finds orders
      parameters:
        - {name: page, in: query, schema: {type: integer, minimum: 1, default: 1}}
        - {$ref: '#/components/parameters/Tenant'}
      responses:
        '200':
          description: Some orders
          content: {application/json: {schema: {type: array, items: {$ref: '#/components/schemas/Order'}}}}
    post:
      operationId: create
      tags: [orders]
      deprecated: true
      security: []
      requestBody:
        required: true
        content: {application/json: {schema: {$ref: '#/components/schemas/Order'}, example: {id: x}}}
      responses: {'201': {description: Made}, default: {$ref: '#/components/responses/Wrong'}}
  /health:
    get: {description: "Says how it is\nin two lines", responses: {'204': {description: Well}}}
components:
  parameters: {Tenant: {name: X-Tenant, in: header, required: true, schema: {type: string}}}
  responses: {Wrong: {description: Wrong, content: {application/problem+json: {schema: {type: object}}}}}
  securitySchemes: {sso: {type: openIdConnect, openIdConnectUrl: 'https://sso.example/.well-known'}}
  schemas:
    Order:
      type: object
      required: [id]
      properties:
        id: {type: string, format: uuid}
        state: {enum: [NEW, PAID]}
        lines: {type: array, items: {$ref: '#/components/schemas/Line'}}
    Line: {type: object, properties: {order: {$ref: '#/components/schemas/Order'}}}
"##;

#[test]
fn openapi_has_operations_and_schemas_with_examples() {
    let view = shown("openapi", ORDERS);
    assert_eq!(view["format"], "OpenAPI 3.1.0");
    assert_eq!(view["version"], "2.4.0");
    assert_eq!(view["operations"], 3);
    assert_eq!(view["code"], Value::Null, "the text is in the file");
    let names: Vec<_> =
        view["groups"].as_array().expect("groups").iter().map(|g| &g["name"]).collect();
    assert_eq!(names, [&json!("orders"), &Value::Null]);
    let find = &view["groups"][0]["operations"][0];
    assert_eq!(find["anchor"], "get-orders");
    assert_eq!(find["parameters"][0]["place"], "query");
    assert_eq!(find["parameters"][1]["rows"][0]["name"], "X-Tenant");
    assert_eq!(find["parameters"][1]["rows"][0]["required"], true);
    let found = &find["answers"][0]["contents"][0];
    assert!(found["shape"]["head"]["types"].as_str().expect("types").contains("#schema-order"));
    assert_eq!(found["examples"][0]["is_made"], true);
    let create = &view["groups"][0]["operations"][1];
    assert_eq!((&create["deprecated"], &create["is_open"]), (&json!(true), &json!(true)));
    assert_eq!(create["body"]["contents"][0]["examples"][0]["is_made"], false);
    assert_eq!(
        create["answers"][1]["description"].as_str().map(|d| d.contains("Wrong")),
        Some(true)
    );
    assert_eq!(view["groups"][1]["operations"][0]["summary"], "Says how it is");
    assert_eq!(view["schemas"][0]["rows"], Value::Null);
    assert_eq!(view["schemas"][1]["anchor"], "schema-line");
}

#[test]
fn operations_in_search_are_those_of_the_page() {
    let list = |kind: &str, text: &str| -> Vec<String> {
        let all = operations(&entity(kind, text)).into_iter();
        all.map(|o| format!("{} {} ({}) #{}", o.method, o.path, o.summary, o.anchor)).collect()
    };
    let orders = [
        "GET /orders (Finds orders) #get-orders",
        "POST /orders () #post-orders",
        "GET /health (Says how it is) #get-health",
    ];
    assert_eq!(list("openapi", ORDERS), orders);
    assert_eq!(list("rest", ORDERS), orders, "the text names the format");
    let swagger = r#"{"swagger": "2.0", "paths": {"/a": {"get": {"summary": "A"}}}}"#;
    assert_eq!(list("openapi", swagger), ["GET /a (A) #get-a"]);
    assert_eq!(
        list("graphql", "type Query { a(b: Int): [C!] }"),
        ["QUERY a ((b: Int): [C!]) #query-a"]
    );
    let proto = "service S { rpc Get (A) returns (B); }";
    assert_eq!(list("grpc", proto), ["RPC Get ((A) → (B)) #rpc-s-get"]);
    let events = "asyncapi: 3.0.0\nchannels: {c: {address: orders.made}}\n\
                  operations: {tell: {action: send, summary: Tells, channel: {$ref: '#/channels/c'}}}";
    assert_eq!(list("asyncapi", events).len(), 1);
    assert!(list("asyncapi", events)[0].starts_with("SEND orders.made (Tells)"));
    assert!(list("wsdl", "<definitions/>").is_empty());
}

#[test]
fn a_definition_that_cannot_be_parsed_is_text_with_the_reason() {
    let view = shown("openapi", "openapi: 3.1.0\npaths: {a: [\n");
    assert!(view["problem"]["message"].as_str().is_some_and(|message| !message.is_empty()));
    let code = view["code"].as_str().expect("the text");
    assert!(code.contains("id=\"problem\"") && code.contains("openapi"));
    let view = shown("wsdl", "<a>&amp;<script>x</script></a>");
    assert_eq!((&view["problem"], &view["format"]), (&Value::Null, &json!("wsdl")));
    assert!(!view["code"].as_str().expect("the text").contains("<script"));
    for odd in [
        "",
        "null",
        "[]",
        "openapi: 3",
        "openapi: 3\npaths: 7\ncomponents: []",
        "asyncapi: x\nchannels: [1]",
    ] {
        assert!(shown("openapi", odd)["lines"].is_number(), "{odd}");
    }
}

/// The texts that the template inserts without escaping.
fn html(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| html(item, out)),
        Value::Object(map) => map.iter().for_each(|(key, value)| match value {
            Value::String(text)
                if matches!(key.as_str(), "description" | "types" | "text" | "code") =>
            {
                out.push_str(text);
            }
            value => html(value, out),
        }),
        _ => {}
    }
}

#[test]
fn texts_of_a_definition_are_escaped() {
    let evil = "<script>x()</script><img src=x onerror=x()>[a](javascript:x())";
    let text = ORDERS
        .replace("Finds orders", evil)
        .replace("All **orders**", evil)
        .replace("What was bought", evil)
        .replace("NEW", "'<b>'")
        .replace("Some orders", evil);
    let view = shown("openapi", &text);
    let mut all = String::new();
    html(&view, &mut all);
    assert!(!all.is_empty());
    for sign in ["<script", "<img", "href=\"javascript", "<b>"] {
        assert!(!all.contains(sign), "{sign} in {all}");
    }
}

#[test]
fn exponential_definitions_are_bounded() {
    // Each schema refers ten times to the next one: 10^12 parts in all.
    let mut schemas = serde_json::Map::new();
    for level in 0..12 {
        let next = json!({"$ref": format!("#/components/schemas/L{}", level + 1)});
        let properties: serde_json::Map<_, _> =
            (0..10).map(|n| (format!("p{n}"), next.clone())).collect();
        schemas.insert(
            format!("L{level}"),
            json!({"type": "object", "allOf": [{"properties": properties}]}),
        );
    }
    schemas.insert("Self".into(), json!({"$ref": "#/components/schemas/Self"}));
    let paths: serde_json::Map<_, _> = (0..3000)
        .map(|n| {
            let body = json!({"content": {"application/json": {"schema": {"properties": {"a": schemas["L0"]}}}}});
            (format!("/p{n}"), json!({"post": {"requestBody": body}}))
        })
        .collect();
    let root = json!({"openapi": "3.1.0", "paths": paths, "components": {"schemas": schemas}});
    let view = shown("openapi", &root.to_string());
    assert_eq!(view["operations"], 3000);
    assert!(view.to_string().len() < 40 << 20);
    let long = "x".repeat(3 << 20);
    assert!(shown("text", &long)["code"].as_str().is_some_and(|code| code.len() <= TEXT + 100));
    assert_eq!(shown("text", &long)["is_cut"], true);
}
