//! Lists: conditions, order, pages and counts.

use callboard_search::{Document, FacetValue, ListQuestion, Searcher};

use crate::fixture::{named, searcher};

fn documents() -> Vec<Document> {
    let component = |name: &str, owner: &str, lifecycle: &str, tags: &[&str]| Document {
        owner: format!("Équipe {owner}"),
        owner_ref: format!("group:default/{owner}"),
        owner_url: format!("catalog/default/group/{owner}.html"),
        lifecycle: lifecycle.into(),
        kind_type: "service".into(),
        namespace: "default".into(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        description: format!("What {name} does for the checkout."),
        ..named("Component", name)
    };
    vec![
        component("cart", "buy", "production", &["java", "c++"]),
        component("basket", "buy", "deprecated", &["java"]),
        component("stock", "store", "production", &["rust"]),
        component("orders", "store", "experimental", &[]),
        Document {
            namespace: "default".into(),
            title: "Zebra".into(),
            ..named("Component", "aaa")
        },
        Document { namespace: "default".into(), ..named("API", "cart-api") },
    ]
}

fn ask(question: ListQuestion) -> (usize, Vec<String>, Searcher) {
    let searcher = searcher(documents());
    let listing = searcher.list(&question).expect("a list");
    (listing.total, listing.rows.into_iter().map(|row| row.name).collect(), searcher)
}

fn names(query: &str) -> Vec<String> {
    ask(ListQuestion { query: query.into(), limit: 50, ..ListQuestion::default() }).1
}

#[test]
fn conditions_narrow_and_rows_are_by_title() {
    assert_eq!(names("kind:component"), ["basket", "cart", "orders", "stock", "aaa"]);
    assert_eq!(names("kind:component owner:buy"), ["basket", "cart"]);
    assert_eq!(names("owner:group:default/buy"), ["basket", "cart"]);
    assert_eq!(names("owner:\"equipe store\""), ["orders", "stock"]);
    assert_eq!(names("tag:java,rust -lifecycle:deprecated"), ["cart", "stock"]);
    assert_eq!(names("tag:c++"), ["cart"]);
    assert_eq!(names("kind:component cart"), ["cart"]);
    assert_eq!(names("cart -kind:api"), ["cart"]);
    assert_eq!(names("ref:component:default/stock,api:default/cart-api"), ["cart-api", "stock"]);
    assert_eq!(names("ref:"), Vec::<String>::new());
    assert_eq!(names("owner:nobody"), Vec::<String>::new());
}

#[test]
fn words_can_be_left_out_and_phrases_stand_together() {
    assert_eq!(names("checkout -basket -orders"), ["cart", "stock"]);
    assert_eq!(names("\"stock does\""), ["stock"]);
    assert_eq!(names("\"does stock\""), Vec::<String>::new());
}

#[test]
fn lists_are_sorted_turned_round_and_cut() {
    let question = |sort: &str, descending| ListQuestion {
        query: "kind:component".into(),
        sort: sort.into(),
        descending,
        offset: 1,
        limit: 3,
        ..ListQuestion::default()
    };
    let (total, rows, _) = ask(question("title", true));
    assert_eq!((total, rows.join(" ")), (5, "stock orders cart".into()));
    assert_eq!(ask(question("owner", false)).1, ["cart", "orders", "stock"]);
    assert_eq!(ask(question("lifecycle", true)).1, ["stock", "aaa", "orders"]);
}

#[test]
fn counts_leave_out_the_questions_own_condition() {
    let searcher = searcher(documents());
    let question = ListQuestion {
        query: "kind:component owner:buy lifecycle:production".into(),
        facets: vec!["owner".into(), "lifecycle".into(), "nonsense".into()],
        ..ListQuestion::default()
    };
    let listing = searcher.list(&question).expect("a list");
    assert_eq!((listing.total, listing.rows.len()), (1, 0));
    let value = |value: &str, label: &str, count| FacetValue(value.into(), label.into(), count);
    let owners = vec![
        value("group:default/buy", "Équipe buy", 1),
        value("group:default/store", "Équipe store", 1),
    ];
    let lifecycles =
        vec![value("deprecated", "deprecated", 1), value("production", "production", 1)];
    assert_eq!(listing.facets, [("owner".into(), owners), ("lifecycle".into(), lifecycles)]);
    let json = String::from_utf8(listing.to_json().expect("JSON")).expect("UTF-8");
    assert!(json.contains(r#""owner":[["group:default/buy","Équipe buy",1]"#), "{json}");
}

#[test]
fn search_knows_the_language_too() {
    let searcher = searcher(documents());
    let found = |text: &str| -> Vec<String> {
        searcher
            .search(text, 9)
            .expect("found")
            .hits
            .into_iter()
            .map(|hit| hit.shown.name)
            .collect()
    };
    assert_eq!(found("cart kind:api"), ["cart-api"]);
    assert_eq!(found("kind:api"), ["cart-api"]);
    assert_eq!(found("checkout tag:rust"), ["stock"]);
}
