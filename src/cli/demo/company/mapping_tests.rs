//! The sample's mappings over the sample's records, with stand-ins for the helper functions that
//! the snapshot gives to mappings.

use std::collections::{BTreeMap, BTreeSet};

use jaq_core::{
    Compiler, Ctx, Vars, data,
    load::{Arena, File, Loader},
    unwrap_valr,
};
use jaq_json::{Val, read};
use serde_json::{Value, json};

use super::{
    SampleApis,
    tests::{all_applications, all_linked},
};

const ORG: &str = include_str!("../../../../catalog-data/sources/org.jq");
const LA_CARTO: &str = include_str!("../../../../catalog-data/sources/la-carto.jq");
const CODE: &str = "galerie-mercure.example/code-entite";

const HELPERS: &str = r#"
def entity_name:
  gsub("[ÀÂàâ]"; "a") | gsub("[ÉÈÊËéèêë]"; "e") | gsub("[ÎÏîï]"; "i") | gsub("[ÔÖôö]"; "o")
  | gsub("[ÙÛÜùûü]"; "u") | gsub("[Çç]"; "c") | gsub("œ"; "oe")
  | ascii_downcase | gsub("[^a-z0-9._]+"; "-") | sub("^-"; "") | sub("-$"; "");
def says_nothing: . == null or . == "" or . == [] or . == {};
def compact: walk(
  if type == "object" then with_entries(select(.value | says_nothing | not))
  elif type == "array" then map(select(says_nothing | not)) else . end);
def entity_ref(kind; annotation; value): $refs["\(kind) \(annotation) \(value)"];
"#;

fn run(mapping: &str, request: &str, refs: &Value, records: &[Value]) -> Vec<Value> {
    let code = format!("{HELPERS}{mapping}");
    let defs = jaq_core::defs().chain(jaq_std::defs()).chain(jaq_json::defs());
    let funs = jaq_core::funs().chain(jaq_std::funs()).chain(jaq_json::funs());
    let arena = Arena::default();
    let modules = Loader::new(defs).load(&arena, File { code: code.as_str(), path: () }).unwrap();
    let filter = Compiler::default()
        .with_funs(funs)
        .with_global_vars(["$request", "$refs"])
        .compile(modules)
        .unwrap();
    let val = |value: &Value| read::parse_single(value.to_string().as_bytes()).unwrap();
    let mut entities = Vec::new();
    for record in records {
        let vars = Vars::new([Val::from(request.to_owned()), val(refs)]);
        let context = Ctx::<data::JustLut<Val>>::new(&filter.lut, vars);
        for entity in filter.id.run((context, val(record))).map(unwrap_valr) {
            entities.push(serde_json::from_str(&entity.unwrap().to_string()).unwrap());
        }
    }
    entities
}

/// All entities of both sources by their refs; identical duplicates count once.
async fn catalog() -> BTreeMap<String, Value> {
    let apis = SampleApis::start().await.unwrap();
    let base = apis.base_url();
    let none = json!({});
    let mut entities = run(ORG, "entites", &none, &all_linked(&base, "entites"));
    entities.extend(run(ORG, "personnes", &none, &all_linked(&base, "personnes")));
    let code = |group: &Value| Some(group["metadata"]["annotations"][CODE].as_str()?.to_owned());
    let refs = entities.iter().filter_map(|entity| {
        Some((format!("group {CODE} {}", code(entity)?), Value::String(entity_ref(entity))))
    });
    let refs = Value::Object(refs.collect());
    entities.extend(run(LA_CARTO, "default", &refs, &all_applications(&base)));
    let mut catalog = BTreeMap::new();
    for entity in entities {
        let name = entity_ref(&entity);
        if let Some(earlier) = catalog.insert(name.clone(), entity.clone()) {
            assert_eq!(earlier, entity, "{name} is said twice, differently");
        }
    }
    catalog
}

fn entity_ref(entity: &Value) -> String {
    let kind = entity["kind"].as_str().unwrap().to_lowercase();
    format!("{kind}:default/{}", entity["metadata"]["name"].as_str().unwrap())
}

fn of_kind<'a>(catalog: &'a BTreeMap<String, Value>, kind: &str) -> Vec<&'a Value> {
    catalog.values().filter(|entity| entity["kind"] == kind).collect()
}

fn of_type(catalog: &BTreeMap<String, Value>, kind: &str, type_: &str) -> usize {
    of_kind(catalog, kind).into_iter().filter(|entity| entity["spec"]["type"] == type_).count()
}

/// Every ref of an entity's spec, as written.
fn refs_of(entity: &Value) -> Vec<&str> {
    let fields = [
        "owner",
        "system",
        "domain",
        "parent",
        "memberOf",
        "dependsOn",
        "providesApis",
        "consumesApis",
    ];
    let one_or_many = |field| match &entity["spec"][field] {
        Value::String(one) => vec![one.as_str()],
        Value::Array(many) => many.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    fields.into_iter().flat_map(one_or_many).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_company_has_the_size_it_claims() {
    let catalog = catalog().await;
    assert_eq!(of_type(&catalog, "Group", "root"), 1);
    assert_eq!(of_type(&catalog, "Group", "unit"), 4);
    assert_eq!(of_type(&catalog, "Group", "team"), 20);
    assert_eq!(of_kind(&catalog, "Group").len(), 25);
    assert_eq!(of_kind(&catalog, "User").len(), 120);
    assert_eq!(of_kind(&catalog, "Domain").len(), 12);
    assert_eq!(of_kind(&catalog, "System").len(), 41);
    assert_eq!(of_kind(&catalog, "Component").len(), 141);
    assert_eq!(of_type(&catalog, "API", "openapi"), 14);
    assert_eq!(of_kind(&catalog, "API").len(), 16);
    assert_eq!(of_type(&catalog, "Resource", "team-project"), 14);
    assert_eq!(of_type(&catalog, "Resource", "kubernetes-namespace"), 38);
    assert_eq!(of_type(&catalog, "Resource", "kafka-topic"), 11);
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_ref_dangles() {
    let catalog = catalog().await;
    let dangling: BTreeSet<(String, &str)> = catalog
        .iter()
        .flat_map(|(name, entity)| refs_of(entity).into_iter().map(|it| (name.clone(), it)))
        .filter(|(_, target)| !catalog.contains_key(*target))
        .collect();
    let expected = "component:default/caisse-des-boutiques-ephemeres".to_owned();
    assert_eq!(dangling, BTreeSet::from([(expected, "group:default/ent-0999")]));
}

#[tokio::test(flavor = "multi_thread")]
async fn people_who_left_are_left_out_and_two_teams_are_both_kept() {
    let catalog = catalog().await;
    assert!(!catalog.contains_key("user:default/bertrand-lachaume"));
    let user = &catalog["user:default/jerome-clement"];
    assert_eq!(
        user["spec"]["memberOf"],
        json!(["group:default/fidelite", "group:default/place-de-marche"])
    );
    assert!(catalog.contains_key("user:default/julie-martin2"), "two people of one name");
    assert!(catalog.contains_key("user:default/abdoulaye-sow"), "no e-mail address");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_component_keeps_what_developers_need() {
    let catalog = catalog().await;
    let component = &catalog["component:default/panier-api"];
    assert_eq!(
        component["metadata"]["annotations"],
        json!({
            "dev.azure.com/project-repo": "Vente-en-ligne/panier-api",
            "backstage.io/source-location":
                "url:https://dev.azure.com/galerie-mercure/Vente-en-ligne/_git/panier-api",
            "backstage.io/kubernetes-namespace": "vel-panier",
        })
    );
    assert_eq!(component["spec"]["owner"], "group:default/tunnel-d-achat");
    assert_eq!(component["spec"]["system"], "system:default/panier");
    assert_eq!(component["spec"]["providesApis"], json!(["api:default/panier-v2"]));
    assert_eq!(component["metadata"]["tags"], json!(["java", "spring-boot"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_private_reaches_the_catalog() {
    let published = serde_json::to_string(&catalog().await).unwrap();
    for private in ["matricule", "centreDeCout", "coutAnnuel", "soldeConges", "TRT-", "\"001"] {
        assert!(!published.contains(private), "{private}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn hand_typed_names_and_odd_text_are_put_right() {
    let catalog = catalog().await;
    let component = &catalog["component:default/carte-cadeau-api"];
    assert_eq!(component["metadata"]["tags"], json!(["csharp", "dotnet"]));
    let system = &catalog["system:default/avis-clients"];
    assert_eq!(
        system["metadata"]["description"],
        "Avis et notes, conformes à la norme NF ISO 20488. Modération sous 48 h."
    );
    let hostile = &catalog["system:default/identite"]["metadata"]["description"];
    assert!(hostile.as_str().unwrap().contains("<script>"), "escaping is the site's business");
}
