//! What is found, in which order, and what is marked.

use callboard_search::{Answer, Document, Hit, Place, Searcher};

use crate::fixture::{generated, named, searcher};

/// A small company, in which each document is there for one of the tests.
fn company() -> Searcher {
    let mut documents = generated(300);
    documents.extend([
        named("Component", "basket"),
        named("Component", "basket-api-v2"),
        named("API", "BasketEventsAPI"),
        named("Component", "parcel-tracker-1009"),
        named("Component", "my-basket"),
        Document { title: "Basket and more".into(), ..named("Component", "wicker") },
        Document { tags: vec!["basket".into()], ..named("Component", "tagged") },
        Document { owner: "Basket squad".into(), ..named("Component", "owned") },
        Document { description: "Fills the basket.".into(), ..named("Component", "described") },
        Document { text: "The basket is filled.".into(), ..named("Component", "documented") },
        Document { title: "Équipe Réassort".into(), ..named("Group", "reassort") },
        Document { title: "GitHub mirror".into(), ..named("Component", "mirror") },
        Document { keywords: vec!["DELETE /vouchers".into()], ..named("API", "refund") },
    ]);
    searcher(documents)
}

fn names(answer: &Answer) -> Vec<&str> {
    answer.hits.iter().map(|hit| hit.shown.name.as_str()).collect()
}

fn first(searcher: &Searcher, text: &str) -> Hit {
    let answer = searcher.search(text, 5).unwrap();
    answer.hits.into_iter().next().unwrap_or_else(|| panic!("nothing found for {text:?}"))
}

#[test]
fn exact_name_comes_first_then_its_prefix_then_the_other_fields() {
    let answer = company().search("basket", 20).unwrap();
    assert_eq!(
        names(&answer),
        [
            "basket",
            "basket-api-v2",
            "BasketEventsAPI",
            "my-basket",
            "wicker",
            "tagged",
            "owned",
            "described",
            "documented",
        ],
    );
    assert!(answer.complete);
}

#[test]
fn a_name_is_found_however_it_is_spelled() {
    let company = company();
    for text in ["basket-api-v2", "basketapiv2", "BasketApiV2", "basket api v2", "basket_api.v2"] {
        assert_eq!(first(&company, text).shown.name, "basket-api-v2", "{text}");
    }
    assert_eq!(first(&company, "basket-events").shown.name, "BasketEventsAPI");
    assert_eq!(first(&company, "EventsAPI basket").shown.name, "BasketEventsAPI");
    assert_eq!(first(&company, "ParcelTracker1009").shown.name, "parcel-tracker-1009");
    assert_eq!(first(&company, "wick er").shown.name, "wicker");
    assert_eq!(first(&company, "github").shown.name, "mirror");
    assert_eq!(first(&company, "GitHub").shown.name, "mirror");
}

#[test]
fn the_last_word_may_be_unfinished_until_a_space_follows() {
    let company = company();
    for text in ["bas", "bask", "baske"] {
        assert_eq!(first(&company, text).shown.name, "basket", "{text}");
    }
    assert!(company.search("bas ", 5).unwrap().hits.is_empty());
    assert!(company.search("bas api", 5).unwrap().hits.iter().all(|h| h.shown.name != "basket"));
}

#[test]
fn one_letter_may_be_wrong_from_four_letters_on() {
    let company = company();
    for text in ["bsaket", "baskt", "baskket", "bazket", "aasket", "bsaket ", "baskte-api-v2"] {
        assert!(first(&company, text).shown.name.starts_with("basket"), "{text}");
    }
    assert!(company.search("bsakte ", 5).unwrap().hits.is_empty(), "two typos");
    assert!(company.search("dbb ", 5).unwrap().hits.is_empty(), "three letters");
}

#[test]
fn a_word_as_typed_beats_likely_typos_of_it() {
    let searcher = searcher(vec![
        named("Component", "card"),
        Document { description: "Holds the cart.".into(), ..named("Component", "holder") },
    ]);
    let answer = searcher.search("cart", 5).unwrap();
    assert_eq!(answer.hits[0].shown.name, "holder");
}

#[test]
fn accents_do_not_matter() {
    let company = company();
    for text in ["équipe réassort", "equipe reassort", "EQUIPE RÉASSORT", "e\u{301}quipe reas"] {
        assert_eq!(first(&company, text).shown.name, "reassort", "{text}");
    }
}

#[test]
fn all_words_are_wanted_and_else_most() {
    let company = company();
    let all = company.search("basket wicker", 5).unwrap();
    assert_eq!((names(&all), all.complete), (vec!["wicker"], true));
    let most = company.search("basket wicker zzzzzz", 5).unwrap();
    assert_eq!((names(&most), most.complete), (vec!["wicker"], false));
    let none = company.search("basket zzzzzz yyyyyy", 5).unwrap();
    assert!(none.hits.is_empty(), "one word of three is not most");
}

#[test]
fn operations_and_kinds_are_found() {
    let company = company();
    assert_eq!(first(&company, "DELETE /vouchers").shown.name, "refund");
    assert_eq!(first(&company, "api refund").shown.name, "refund");
}

#[test]
fn production_comes_before_deprecated_where_all_else_is_equal() {
    let lifecycle = |lifecycle: &str, namespace: &str| Document {
        lifecycle: lifecycle.into(),
        namespace: namespace.into(),
        ..named("Component", "twin")
    };
    let searcher = searcher(vec![
        lifecycle("deprecated", "a"),
        lifecycle("experimental", "b"),
        lifecycle("production", "c"),
    ]);
    let answer = searcher.search("twin", 5).unwrap();
    let order: Vec<_> = answer.hits.iter().map(|hit| hit.shown.lifecycle.as_str()).collect();
    assert_eq!(order, ["production", "experimental", "deprecated"]);
}

#[test]
fn marks_cover_what_was_typed_and_places_say_where() {
    let company = company();
    let marked = |text: &str| {
        let hit = first(&company, text);
        let name = hit.marks.name.iter().map(|r| hit.shown.name[r.clone()].to_owned());
        let name: Vec<String> = name.collect();
        (name, hit.places)
    };
    assert_eq!(marked("bask"), (vec!["bask".into()], vec![Place::Name]));
    assert_eq!(
        marked("basketapiv"),
        (vec!["basket".into(), "api".into(), "v".into()], vec![Place::Name])
    );
    assert_eq!(marked("vouchers delete"), (vec![], vec![Place::Text]));
    let hit = first(&company, "equipe reas");
    let title: Vec<_> = hit.marks.title.iter().map(|r| &hit.shown.title[r.clone()]).collect();
    assert_eq!(title, ["Équipe", "Réas"]);
    assert_eq!(hit.places, [Place::Name, Place::Title]);
}

#[test]
fn nothing_typed_and_nothing_indexed_find_nothing() {
    let company = company();
    for text in ["", "  ", "-- /", "\u{0}", "🛒"] {
        assert!(company.search(text, 5).unwrap().hits.is_empty(), "{text:?}");
    }
    assert!(searcher(vec![]).search("basket", 5).unwrap().hits.is_empty());
    assert_eq!(company.search("basket", 0).unwrap().hits.len(), 1, "a limit is at least one");
}

#[test]
fn no_question_is_too_odd() {
    let company = company();
    let alphabet = [
        "a", "B", "9", "é", "E\u{301}", "œ", "ß", "İ", "中", "🛒", "-", ".", " ", "\"", ":",
        "basket",
    ];
    let mut state = 7_u64;
    for _ in 0..3000 {
        let mut text = String::new();
        for _ in 0..state % 23 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            text += alphabet[(state >> 33) as usize % alphabet.len()];
        }
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(11);
        let answer = company.search(&text, 3).unwrap();
        assert!(answer.hits.len() <= 3);
        assert!(!answer.to_json().unwrap().is_empty(), "{text:?}");
    }
}
