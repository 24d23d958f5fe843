//! `callboard search`: the hits of the site's search, in the terminal.

use callboard_testing::Portal;
use serde_json::Value;

use crate::program::RunProgram;

fn portal() -> Portal {
    let entity = |kind: &str, rest: &str| {
        format!("apiVersion: backstage.io/v1alpha1\nkind: {kind}\n{rest}\n")
    };
    let team =
        "metadata: {name: team-pay, title: Équipe Paiement}\nspec: {type: team, children: []}";
    let cart = "metadata: {name: cart-service, description: Keeps what customers put into carts}\n\
                spec: {type: service, lifecycle: production, owner: team-pay}";
    let old = "metadata: {name: cart-service-old, tags: [java]}\n\
               spec: {type: service, lifecycle: deprecated, owner: team-pay}";
    let api = "metadata: {name: cart-api, title: CartCheckout}\n\
               spec: {type: openapi, lifecycle: production, owner: team-pay, definition: 'openapi: 3.0.0\n\n  info: {title: c, version: \"1\"}\n\n  paths: {/carts/{id}: {post: {summary: Fill}}}'}";
    Portal::new()
        .with("catalog-data/manual/team.yaml", entity("Group", team))
        .with("catalog-data/manual/cart.yaml", entity("Component", cart))
        .with("catalog-data/manual/old.yaml", entity("Component", old))
        .with("catalog-data/manual/api.yaml", entity("API", api))
}

/// The references of what is found, best first.
fn found(portal: &Portal, query: &[&str]) -> Vec<String> {
    let ran = portal.run(&[&["search", "--json"], query].concat());
    assert_eq!(ran.code, 0, "{query:?}: {}", ran.stderr);
    let answer: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let hits = answer["hits"].as_array().expect("hits");
    hits.iter().map(|hit| hit["ref"].as_str().expect("a reference").to_owned()).collect()
}

#[test]
fn search_finds_names_typos_accents_operations_and_conditions() {
    let portal = portal();
    let cart = "component:default/cart-service";
    for (query, first) in [
        ("cart-service", cart),
        ("cart-serv", cart),
        ("crat-service", cart),
        ("equipe paiement", "group:default/team-pay"),
        ("cartcheckout", "api:default/cart-api"),
        ("POST /carts", "api:default/cart-api"),
        ("kind:component tag:java", "component:default/cart-service-old"),
        ("\"put into carts\"", cart),
    ] {
        assert_eq!(found(&portal, &[query]).first().map(String::as_str), Some(first), "{query}");
    }
    assert_eq!(found(&portal, &["--", "kind:component", "-lifecycle:deprecated"]), [cart]);
    assert_eq!(found(&portal, &["--limit", "1", "cart"]).len(), 1);
}

#[test]
fn a_built_site_and_its_catalog_give_the_same_hits() {
    let portal = portal();
    assert_eq!(portal.run(&["build"]).code, 0);
    for query in ["cart", "service owner:team-pay", "custmers"] {
        let (ours, sites) = (found(&portal, &[query]), found(&portal, &["--site", "site", query]));
        assert_eq!(ours, sites, "{query}");
    }
    let ran = portal.run(&["search", "--site", "nowhere", "cart"]);
    assert_eq!(ran.code, 3);
    assert!(ran.stderr.contains("cannot search the site in `nowhere`"), "{}", ran.stderr);
}

#[test]
fn an_unknown_name_is_an_error_with_the_nearest_spelling() {
    let ran = portal().run(&["search", "srevcie"]);
    assert_eq!((ran.code, ran.stdout.as_str()), (1, ""));
    assert_eq!(ran.stderr, "error: nothing found for `srevcie`\n  hint: did you mean service?\n");
}

#[test]
fn each_place_in_the_order_is_explained() {
    let portal = portal();
    let ran = portal.run(&["search", "--explain", "cart", "service"]);
    assert!(ran.stdout.contains("`cart` in name: the word itself"), "{}", ran.stdout);
    assert!(ran.stdout.contains("times: its lifecycle is deprecated"), "{}", ran.stdout);
    let ran = portal.run(&["search", "--explain", "--json", "cart", "service"]);
    let answer: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    for hit in answer["hits"].as_array().expect("hits") {
        let why = &hit["why"];
        let mut words = std::collections::BTreeMap::<&str, Vec<f64>>::new();
        for one in why["matches"].as_array().expect("matches") {
            let score = one["score"].as_f64().expect("a number");
            words.entry(one["word"].as_str().expect("a word")).or_default().push(score);
        }
        // Of each word the best match counts, and a tenth of the others.
        let sum: f64 = words.values().map(|all| 0.9 * all[0] + 0.1 * all.iter().sum::<f64>()).sum();
        let number = |value: &Value| value.as_f64().expect("a number");
        let explained = (sum + number(&why["whole"])) * number(&why["age"]);
        assert!((explained - number(&hit["score"])).abs() < 0.01, "{hit}");
    }
}
