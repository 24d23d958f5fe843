//! The two APIs over a real socket.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::Value;

use super::{
    CARTO_KEY, Edition, SampleApis,
    data::{Company, contract},
    serve,
};

struct Answer {
    status: u16,
    head: String,
    body: Value,
}

impl Answer {
    /// Returns the target of the link with rel="next", as RFC 8288 writes it.
    fn next(&self) -> Option<String> {
        let links = self.head.lines().find_map(|line| line.strip_prefix("link: "))?;
        let link = links.split(", ").find(|link| link.contains("rel=\"next\""))?;
        Some(link[1..link.find('>').unwrap()].to_owned())
    }
}

/// Sends one request over a connection of its own.
fn get(url: &str, key: Option<&str>) -> Answer {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let key = key.map(|key| format!("X-Api-Key: {key}\r\n")).unwrap_or_default();
    let mut socket = TcpStream::connect(host).unwrap();
    write!(socket, "GET /{path} HTTP/1.1\r\nHost: {host}\r\n{key}Connection: close\r\n\r\n")
        .unwrap();
    let mut text = String::new();
    socket.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head.split(' ').nth(1).unwrap().parse().unwrap(),
        head: head.to_owned(),
        body: serde_json::from_str(body).unwrap(),
    }
}

pub(super) fn all_applications(base: &str) -> Vec<Value> {
    let mut records = Vec::new();
    for page in 1.. {
        let url = format!("{base}/carto/api/v2/applications?taille=20&page={page}");
        let answer = get(&url, Some(CARTO_KEY));
        assert_eq!(answer.status, 200, "{}", answer.body);
        records.extend(answer.body["contenu"].as_array().unwrap().clone());
        if Some(page) == answer.body["pagination"]["nbPages"].as_u64() {
            break;
        }
    }
    records
}

pub(super) fn all_linked(base: &str, path: &str) -> Vec<Value> {
    let mut records = Vec::new();
    let mut next = Some(format!("{base}/organisation/v1/{path}"));
    while let Some(url) = next {
        let answer = get(&url, None);
        assert_eq!(answer.status, 200, "{}", answer.body);
        records.extend(answer.body.as_array().unwrap().clone());
        next = answer.next();
    }
    records
}

#[tokio::test(flavor = "multi_thread")]
async fn la_carto_is_paged_by_number() {
    let apis = SampleApis::start().await.unwrap();
    let base = apis.base_url();
    let first = get(&format!("{base}/carto/api/v2/applications?taille=20"), Some(CARTO_KEY));
    assert_eq!(first.body["pagination"]["page"], 1);
    assert_eq!(first.body["pagination"]["nbPages"], 3);
    assert_eq!(first.body["contenu"].as_array().unwrap().len(), 20);
    assert_eq!(all_applications(&base).len(), 50);
    let past = get(&format!("{base}/carto/api/v2/applications?page=99"), Some(CARTO_KEY));
    assert_eq!(past.body["contenu"], Value::Array(Vec::new()));
}

#[tokio::test(flavor = "multi_thread")]
async fn la_carto_asks_for_its_key() {
    let apis = SampleApis::start().await.unwrap();
    let url = format!("{}/carto/api/v2/applications", apis.base_url());
    for key in [None, Some("autre")] {
        let answer = get(&url, key);
        assert_eq!(
            (answer.status, &answer.body["erreur"]["code"]),
            (401, &"CLE_API_INVALIDE".into())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_organisation_api_is_paged_by_link() {
    let apis = SampleApis::start().await.unwrap();
    let base = apis.base_url();
    let first = get(&format!("{base}/organisation/v1/personnes?limite=50"), None);
    assert_eq!(
        first.next(),
        Some(format!("{base}/organisation/v1/personnes?limite=50&decalage=50"))
    );
    assert_eq!(all_linked(&base, "personnes").len(), 121);
    assert_eq!(all_linked(&base, "entites").len(), 26);
}

#[tokio::test(flavor = "multi_thread")]
async fn nonsense_is_answered_in_json() {
    let apis = SampleApis::start().await.unwrap();
    let base = apis.base_url();
    assert_eq!(get(&format!("{base}/carto/api/v1"), None).status, 404);
    assert_eq!(get(&format!("{base}/organisation/v1/entites?limite=0"), None).status, 400);
    let zero = get(&format!("{base}/carto/api/v2/applications?page=0"), Some(CARTO_KEY));
    assert_eq!(zero.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_server_no_longer_answers() {
    let apis = SampleApis::start().await.unwrap();
    let serving = apis.task.abort_handle();
    drop(apis);
    // The port says nothing: another test may be given it at once. The listener ends with its task.
    let until = std::time::Instant::now() + std::time::Duration::from_mins(1);
    while !serving.is_finished() {
        assert!(std::time::Instant::now() < until, "still serving");
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_runs_give_the_same_bytes() {
    let (one, two) = (SampleApis::start().await.unwrap(), SampleApis::start().await.unwrap());
    assert_eq!(all_applications(&one.base_url()), all_applications(&two.base_url()));
    assert_eq!(all_linked(&one.base_url(), "personnes"), all_linked(&two.base_url(), "personnes"));
}

#[test]
fn every_code_in_the_data_is_known() {
    let company = Company::load();
    for application in &company.applications {
        let code = &application.code;
        assert!(company.entity(&application.equipe).is_some(), "{code}: team");
        assert!(company.domains.iter().any(|it| it.code == application.domaine), "{code}: domain");
        if let Some(project) = &application.projet {
            assert!(company.projects.iter().any(|it| it.name == *project), "{code}: project");
        }
    }
    for domain in &company.domains {
        assert!(company.entity(&domain.unit).is_some(), "{}: unit", domain.code);
    }
    for project in &company.projects {
        assert!(company.entity(&project.entity).is_some(), "{}: entity", project.name);
    }
}

#[test]
fn every_interface_but_the_old_one_has_a_contract() {
    let company = Company::load();
    let components = company.applications.iter().flat_map(|application| &application.composants);
    let exposed = components.flat_map(|component| &component.expose);
    let missing: Vec<&String> = exposed.filter(|code| contract(code).is_none()).collect();
    assert_eq!(missing, ["entrepot-soap"]);
}

#[tokio::test]
async fn serving_ends_on_shutdown() {
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    serve(listener, Edition::Today, async {}).await.unwrap();
}
