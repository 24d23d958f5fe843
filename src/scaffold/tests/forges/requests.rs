//! `http:request` and `notification:send`: effects that nobody can be asked about.

use callboard_testing::{FakeMail, ForgeFault, company_api};
use serde_json::{Value, json};

use super::{Company, Killer, check_never_twice_with, completed};
use crate::{
    base::forges::Forge,
    scaffold::{ApplyError, MailSettings, Webhook, apply::answer, run::Status, tests::lines},
};

const STEPS: &str = "    - id: make
      action: http:request
      input:
        method: POST
        url: http://HOST/api/tickets?kind=a
        headers: {X-Team: shop, Authorization: Bearer x}
        params: {name: '${{ parameters.name }} & co', tags: [a, b]}
        body: {title: 'Cart of ${{ parameters.name }}'}
    - id: look
      action: http:request
      input: {method: GET, url: 'http://HOST/api/tickets/${{ steps.make.output.body.id }}'}
    - id: set
      action: http:request
      input:
        method: PATCH
        url: http://HOST/api/tickets/${{ steps.make.output.body.id }}/state
        body: {was: '${{ steps.look.output.body.body.title }}'}
    - id: tell
      action: notification:send
      input:
        recipients: entity
        entityRefs: [user:chloe-girard]
        title: 'Made <!channel> & ${{ steps.make.output.body.id }}'
        info: Look at it
        link: https://portal.example/x
        severity: high
    - action: debug:log
      input: {message: '${{ steps.look.output.code }} ${{ steps.look.output.headers[\"content-type\"] }}'}
";

fn company(steps: &str) -> Company {
    let mut company = Company::new(Forge::GitHub, company_api, steps);
    let url = format!("{}/api/hooks", company.forge.address);
    company.settings.notifications = Some(Webhook::Url(url));
    company
}

#[test]
fn requests_and_notifications_are_sent_with_what_earlier_steps_gave() {
    let company = company(STEPS);
    let plan = company.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let summaries: Vec<_> = plan.effects().map(|effect| effect.summary.clone()).collect();
    let base = format!("{}/api", company.forge.address);
    let id = "‹known after apply: steps.make.output.body.id›";
    assert_eq!(
        summaries,
        [
            format!("sends POST {base}/tickets, at most once"),
            format!("reads {base}/tickets/{id}"),
            format!("sends PATCH {base}/tickets/{id}/state, at most once"),
            format!(
                "notifies `user:default/chloe-girard` of `Made <!channel> & {id}`, at most once"
            ),
        ]
    );
    assert!(plan.effects().all(|effect| effect.secrets == ["FORGE_TOKEN"]));
    let notes = lines(&plan.warnings);
    assert!(notes.contains("the credential is that of the server in `credentials`"), "{notes}");
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    assert_eq!(killer.log.last().map(String::as_str), Some("200 application/json"));
    let things = company.forge.store().things.clone();
    let query = json!({"kind": "a", "name": "cart & co", "tags": "a,b"});
    assert_eq!(
        things["/tickets/1"],
        json!({"id": 1, "query": query, "body": {"title": "Cart of cart"}})
    );
    assert_eq!(things["/tickets/1/state"], json!({"by": "PATCH", "body": {"was": "Cart of cart"}}));
    assert_eq!(
        things["/hooks/2"]["body"],
        json!({
            "text": "Made &lt;!channel&gt; &amp; 1\n\nLook at it\n\nhttps://portal.example/x",
            "title": "Made <!channel> & 1", "info": "Look at it", "link": "https://portal.example/x",
            "severity": "high", "id": "small-1/tell",
            "recipients": {"type": "entity", "entityRefs": ["user:default/chloe-girard"]},
        })
    );
    let record = company.record();
    assert_eq!(record.status, Status::Completed);
    let headers = &record.steps[1].output["headers"];
    assert_eq!(headers, &json!({"content-type": "application/json"}));
}

/// Goes on with a run; where nobody but a person knows whether something was sent, the fake says it.
fn go_on(company: &Company) {
    for _ in 0..6 {
        let effect = match company.apply(&mut Killer::default()) {
            Err(ApplyError::Uncertain { effect, .. }) => effect,
            Err(_) => continue,
            Ok(_) => return,
        };
        let things = company.forge.store().things.clone();
        let path = match &*effect {
            "make/1" => "/tickets/1",
            "set/1" => "/tickets/1/state",
            _ => "/hooks/2",
        };
        let done = things.get(path).map(|body| {
            let output = json!({"code": 201, "headers": {}, "body": body});
            output.as_object().cloned().expect("a map")
        });
        let answered = company.in_world(|world| answer(world, "small-1", &effect, done.as_ref()));
        answered.unwrap_or_else(|error| panic!("{error}"));
    }
    panic!("the run does not end");
}

#[test]
fn requests_and_notifications_are_sent_once_where_a_person_answers() {
    check_never_twice_with(|| company(STEPS), go_on);
}

#[test]
fn an_optional_notification_that_is_not_taken_is_left_out() {
    let steps = "    - action: notification:send
      input: {recipients: broadcast, title: Hello, optional: true}
";
    let faults = [ForgeFault::Before(404), ForgeFault::After(500), ForgeFault::Cut];
    for (fault, expected) in faults.into_iter().zip([
        "the webhook did not take the notification: it answered 404",
        "the webhook did not take the notification: it answered 500",
        "the webhook did not take the notification, or its answer did not come",
    ]) {
        let company = company(steps);
        company.forge.store().faults = [Some(fault)].into();
        let mut killer = Killer::default();
        completed(company.apply(&mut killer));
        assert_eq!(killer.log, [format!("the notification is left out: {expected}")]);
    }
    let company = company(&steps.replace(", optional: true", ""));
    company.forge.store().faults = [Some(ForgeFault::Before(404))].into();
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert_eq!(error, "the webhook did not take the notification: it answered 404");
    completed(company.apply(&mut Killer::default()));
    let body = company.forge.store().things["/hooks/1"]["body"].clone();
    assert_eq!(body["recipients"], json!({"type": "broadcast"}));
}

#[test]
fn the_address_of_a_webhook_that_is_a_secret_is_shown_nowhere() {
    let mut company = company(
        "    - {action: 'notification:send', input: {recipients: broadcast, title: Hello}}\n",
    );
    company.settings.notifications = Some(Webhook::Variable("CHAT".to_owned()));
    let plan = company.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let effect = plan.effects().next().expect("an effect");
    assert_eq!(
        (effect.target.to_string(), &*effect.secrets),
        ("webhook/CHAT".to_owned(), &["CHAT".to_owned()][..])
    );
    let error = company.apply(&mut Killer::default()).expect_err("not set").to_string();
    assert_eq!(error, "the variable `CHAT` of `scaffold.notifications` is not set");
}

/// A company with a mail server, whose template notifies a person with an address of mail, and a group.
fn with_mail(server: &FakeMail, more: &str) -> Company {
    let mut company = company(&format!(
        "    - action: notification:send
      input:
        recipients: entity
        entityRefs: [user:zoe, group:tunnel-d-achat]
        title: Ready
        info: Look at it
        link: https://portal.example/x{more}
"
    ));
    company.portal.write(
        "catalog-data/manual/zoe.yaml",
        "apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {name: zoe}\n\
         spec: {memberOf: [], profile: {email: zoe@acme.example}}\n",
    );
    company.settings.notifications = None;
    company.settings.mail = Some(MailSettings {
        server: server.address.clone(),
        from: "Portal <portal@acme.example>".to_owned(),
        account: Some(("portal".to_owned(), "DEPLOY".to_owned())),
        ca: None,
    });
    company
}

#[test]
fn users_with_an_address_get_a_mail_once() {
    let server = FakeMail::new();
    let company = with_mail(&server, "");
    let plan = company.plan().unwrap_or_else(|problems| panic!("{}", lines(&problems)));
    let summaries: Vec<_> = plan.effects().map(|effect| effect.summary.clone()).collect();
    assert_eq!(summaries, ["mails `Ready` to `user:default/zoe`, at most once"]);
    let effect = plan.effects().next().expect("an effect");
    assert_eq!(effect.secrets, ["DEPLOY"]);
    let notes = lines(&plan.warnings);
    assert!(notes.contains("`group:default/tunnel-d-achat` gets no mail"), "{notes}");
    completed(company.apply(&mut Killer::default()));
    let [mail] = &server.mails()[..] else { panic!("{:?}", server.mails()) };
    assert_eq!(
        (&*mail.to, &*mail.from),
        (&["zoe@acme.example".to_owned()][..], "portal@acme.example")
    );
    assert!(mail.account.starts_with("portal "), "{}", mail.account);
    assert!(mail.text.contains("Subject: Ready\r\n"), "{}", mail.text);
    assert!(mail.text.contains("Look at it\r\n\r\nhttps://portal.example/x"), "{}", mail.text);
    completed(company.apply(&mut Killer::default()));
    assert_eq!(server.mails().len(), 1);
}

#[test]
fn a_mail_of_which_nobody_knows_is_a_question_and_a_refused_one_is_sent_again() {
    let server = FakeMail::silent();
    let company = with_mail(&server, "");
    let error = company.apply(&mut Killer::default()).expect_err("a question").to_string();
    assert!(error.contains("did not say whether it took the mail"), "{error}");
    let error = company.apply(&mut Killer::default()).expect_err("a question");
    assert!(matches!(error, ApplyError::Uncertain { .. }), "{error}");
    assert_eq!(server.mails().len(), 1);
    let refusing = FakeMail::refusing("RCPT");
    let company = with_mail(&refusing, "");
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert!(error.contains("did not take the mail"), "{error}");
    let company = with_mail(&refusing, "\n        optional: true");
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    assert!(
        killer.log[0].starts_with("the notification is left out: the mail server"),
        "{:?}",
        killer.log
    );
}

#[test]
fn a_refusal_is_an_answer_where_the_step_takes_it() {
    let steps = "    - id: look
      action: http:request
      input: {method: GET, url: 'http://HOST/api/nothing', continueOnBadResponse: true}
    - action: debug:log
      input: {message: '${{ steps.look.output.code }} ${{ steps.look.output.body.message }}'}
";
    let company_of = |steps: &str| company(steps);
    let company = company_of(steps);
    let mut killer = Killer::default();
    completed(company.apply(&mut killer));
    assert_eq!(killer.log.last().map(String::as_str), Some("404 not found"));
    let company = company_of(&steps.replace(", continueOnBadResponse: true", ""));
    let error = company.apply(&mut Killer::default()).expect_err("refused").to_string();
    assert!(error.contains("/api/nothing was answered 404: not found"), "{error}");
}

#[test]
fn an_answer_cannot_lead_to_another_path_or_server() {
    let steps = "    - id: look
      action: http:request
      input: {method: GET, url: 'http://HOST/api/name'}
    - action: http:request
      input: {method: DELETE, url: 'http://HOST/api/${{ steps.look.output.body }}/x'}
";
    for name in ["..", "a/../../b", "%2e%2e"] {
        let company = company(steps);
        company.forge.store().things.insert("/name".to_owned(), Value::from(name));
        let error = company.apply(&mut Killer::default()).expect_err("refused");
        let text = match error {
            ApplyError::Wrong(problems) => lines(&problems),
            error => error.to_string(),
        };
        assert!(text.contains("its path has a segment `.` or `..`"), "{name}: {text}");
        assert_eq!(company.writes(), Vec::<String>::new());
    }
}
