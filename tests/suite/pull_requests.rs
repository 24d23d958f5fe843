//! `callboard scaffold plan --pr` and `apply --merged`, in jobs of a CI system: the whole way of a request from its pull
//! request to what it makes.

use std::path::{Path, PathBuf};

use callboard_testing::{FakeForge, FakeMail, ForgeFault, Portal, Server, azure, git, github, say};
use serde_json::{Value, json};

use crate::program::{ProgramOutput, isolated};

/// A token that every encoding changes.
const TOKEN: &str = "ghs_forge/token+3141592\"653589793238462";
const COMMENTS: &str = "/repos/acme/portal/issues/12/comments";

/// A portal on a fake GitHub, with a request in a pull request.
struct Company {
    portal: Portal,
    /// The folder of the portal in the repository, with a slash at its end; empty for the repository itself.
    folder: &'static str,
    forge: FakeForge,
}

impl Company {
    /// A company with a policy, whose request is on the branch `request`.
    fn new(policy: &str) -> Self {
        Self::in_folder("", policy)
    }

    /// The same, of a portal in a folder of the repository.
    fn in_folder(folder: &'static str, policy: &str) -> Self {
        let forge = FakeForge::new(github);
        let settings = format!(
            "title: T\nauthor: {{name: C, email: c@x.example}}\n\
             forges:\n  {host}: {{type: github, url: {url}, api: {url}/api}}\n\
             credentials:\n  {url}: {{token: FORGE_TOKEN}}\n",
            host = forge.host(),
            url = forge.address
        );
        let login = |name: &str| format!("annotations: {{127.0.0.1/user-login: {name}}}");
        let organisation = format!(
            "apiVersion: backstage.io/v1alpha1\nkind: Group\nmetadata: {{name: platform}}\nspec: {{type: team, children: []}}\n---\n\
             apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {{name: ann, {}}}\nspec: {{memberOf: []}}\n---\n\
             apiVersion: backstage.io/v1alpha1\nkind: User\nmetadata: {{name: bob, {}}}\nspec: {{memberOf: [platform]}}\n",
            login("ann-gh"),
            login("bob-gh")
        );
        let template = format!(
            "apiVersion: scaffolder.backstage.io/v1beta3\nkind: Template\nmetadata: {{name: t}}\nspec:\n  type: service\n\
             \x20 parameters:\n    - properties: {{name: {{type: string}}}}\n  steps:\n\
             \x20   - id: files\n      action: fetch:template\n      input: {{url: ./skeleton, values: {{name: '${{{{ parameters.name }}}}'}}}}\n\
             \x20   - id: publish\n      action: publish:github\n      input: {{repoUrl: '{}?owner=acme&repo=${{{{ parameters.name }}}}'}}\n\
             \x20 output:\n    links:\n      - {{title: Repository, url: '${{{{ steps.publish.output.remoteUrl }}}}'}}\n",
            forge.host()
        );
        let at = |path: &str| format!("{folder}{path}");
        let portal = if folder.is_empty() { Portal::new() } else { Portal::empty() };
        let portal = portal
            .with(&at("callboard.yaml"), settings)
            .with(".gitignore", ".callboard/\nhome/\nevent.json\nquality.json\n")
            .with(&at("catalog-data/manual/org.yaml"), organisation)
            .with(&at("scaffolds/templates/t/template.yaml"), template)
            .with(&at("scaffolds/templates/t/skeleton/README.md"), "# ${{ values.name }}\n");
        if !policy.is_empty() {
            portal.write(&at("scaffolds/policy.yaml"), policy);
        }
        portal.commit("base");
        forge.store().things.insert("/repos/acme/portal".to_owned(), json!({"id": 1}));
        let company = Self { portal, folder, forge };
        company.git(&["switch", "-q", "-c", "request"]);
        company.request("ann", "cart");
        company
    }

    fn git(&self, arguments: &[&str]) -> String {
        git(self.portal.path(), arguments).trim().to_owned()
    }

    /// Commits the request, and makes the pull request's head of it.
    fn request(&self, requester: &str, name: &str) {
        let text = format!(
            "template: t\nrequester: user:default/{requester}\nparameters: {{name: {name}}}\n"
        );
        self.portal.write(&format!("{}scaffolds/requests/new-cart.yaml", self.folder), &text);
        self.portal.commit("a request");
        self.pull(Value::Null);
    }

    /// The pull request on the forge, with its merge when there is one.
    fn pull(&self, merge: Value) {
        let pull = json!({
            "number": 12, "user": {"login": "ann-gh"}, "head": {"sha": self.git(&["rev-parse", "request"])},
            "html_url": format!("{}/acme/portal/pull/12", self.forge.address),
            "merged": !merge.is_null(), "merged_at": if merge.is_null() { Value::Null } else { json!("2026-01-01T00:00:00Z") },
            "merge_commit_sha": merge,
        });
        self.forge.store().things.insert("/repos/acme/portal/pulls/12".to_owned(), pull);
    }

    fn approve(&self, login: &str, commit: &str) {
        let reviews = json!([{"user": {"login": login}, "state": "APPROVED", "commit_id": commit}]);
        self.forge.store().things.insert("/repos/acme/portal/pulls/12/reviews".to_owned(), reviews);
    }

    /// Merges the pull request into `main`, and checks that out.
    fn merge(&self) {
        self.git(&["switch", "-q", "main"]);
        self.git(&["merge", "-q", "--no-ff", "-m", "Merge pull request 12", "request"]);
        self.pull(json!(self.git(&["rev-parse", "HEAD"])));
    }

    fn event(&self) -> PathBuf {
        let event = json!({"pull_request": {
            "number": 12, "base": {"ref": "main", "sha": self.git(&["rev-parse", "main"])},
            "head": {"sha": self.git(&["rev-parse", "request"]), "repo": {"full_name": "acme/portal"}},
        }});
        let file = self.portal.path().join("event.json");
        self.portal.write("event.json", event.to_string());
        file
    }

    /// Runs the program in a job of the forge's CI system.
    fn job(&self, arguments: &[&str]) -> ProgramOutput {
        self.job_of("ann-gh", arguments)
    }

    /// The same, of a job that somebody has started.
    fn job_of(&self, actor: &str, arguments: &[&str]) -> ProgramOutput {
        let mut command = isolated(&self.portal.path().join(self.folder));
        command
            .args(arguments)
            .env("GITHUB_ACTIONS", "true")
            .env("GITHUB_EVENT_PATH", self.event())
            .env("GITHUB_SERVER_URL", &self.forge.address)
            .env("GITHUB_API_URL", format!("{}/api", self.forge.address))
            .env("GITHUB_REPOSITORY", "acme/portal")
            .env("GITHUB_RUN_ID", "77")
            .env("GITHUB_ACTOR", actor)
            .env("FORGE_TOKEN", TOKEN);
        let ran = ProgramOutput::of(&command.output().expect("the program starts"));
        assert_no_token(&ran.stdout);
        assert_no_token(&ran.stderr);
        ran
    }

    fn comments(&self) -> Vec<String> {
        let store = self.forge.store();
        let list = store.things.get(COMMENTS).and_then(Value::as_array);
        let text = |comment: &Value| comment["body"].as_str().unwrap_or_default().to_owned();
        list.into_iter().flatten().map(text).collect()
    }

    fn statuses(&self, revision: &str) -> Vec<Value> {
        let path = format!("/repos/acme/portal/statuses/{}", self.git(&["rev-parse", revision]));
        self.forge.store().things.get(&path).and_then(Value::as_array).cloned().unwrap_or_default()
    }
}

#[test]
fn a_request_goes_from_its_pull_request_to_a_repository() {
    check_whole_way("");
}

#[test]
fn a_request_of_a_portal_in_a_folder_goes_the_same_way() {
    check_whole_way("teams/shop/");
}

fn check_whole_way(folder: &'static str) {
    let policy = "requests:\n  - approve: {by: ['group:default/platform'], count: 1}\n";
    let company = Company::in_folder(folder, policy);
    let ran = company.job(&["scaffold", "plan", "--pr"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let comments = company.comments();
    assert_eq!(comments.len(), 1, "{comments:?}");
    assert!(comments[0].contains("### Plan of `new-cart`"), "{}", comments[0]);
    assert!(comments[0].contains("creates the private repository"), "{}", comments[0]);
    let statuses = company.statuses("request");
    assert_eq!(
        (&statuses[0]["state"], &statuses[0]["context"]),
        (&json!("success"), &json!("callboard/plan"))
    );

    // A job that runs again changes nothing; a new commit puts its plan on top.
    company.job(&["scaffold", "plan", "--pr"]);
    assert_eq!(company.comments(), comments);
    // A problem stands at its line of the file in the repository.
    company.request("ann", "{}");
    let ran = company.job(&["scaffold", "plan", "--pr", "--code-quality", "quality.json"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    let file = format!("{folder}scaffolds/requests/new-cart.yaml");
    assert!(ran.stdout.contains(&format!("::error file={file},line=3")), "{}", ran.stdout);
    let report = company.portal.read(&format!("{folder}quality.json"));
    assert!(report.contains(&format!("\"path\":\"{file}\"")), "{report}");
    company.request("ann", "basket");
    company.job(&["scaffold", "plan", "--pr"]);
    let comments = company.comments();
    assert!(comments.len() == 1 && comments[0].contains("Earlier plans"), "{comments:?}");

    company.merge();
    let ran = company.job(&["scaffold", "apply", "--merged", "--list"]);
    let listed = json!({"include": [{"requests": "scaffolds/requests/new-cart.yaml"}]});
    assert_eq!(serde_json::from_str::<Value>(&ran.stdout).ok(), Some(listed), "{}", ran.stderr);
    let ran = company.job(&["scaffold", "apply", "--merged"]);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr
            .contains("needs 1 approval of group:default/platform (rule 1), and has 0: nobody"),
        "{}",
        ran.stderr
    );
    let head = company.git(&["rev-parse", "request"]);
    company.approve("bob-gh", "another");
    assert_eq!(
        company.job(&["scaffold", "apply", "--merged"]).code,
        4,
        "an approval of another commit"
    );
    company.approve("ann-gh", &head);
    assert_eq!(
        company.job(&["scaffold", "apply", "--merged"]).code,
        4,
        "an approval of the author"
    );
    assert!(!company.forge.store().things.contains_key("/repos/acme/basket"));

    company.approve("bob-gh", &head);
    let ran = company.job(&["scaffold", "apply", "--merged"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(company.forge.store().things.contains_key("/repos/acme/basket"));
    let bare = company.forge.store().repository("acme/basket.git");
    let message = git(&bare, &["log", "-1", "--format=%B", "main"]);
    assert!(message.contains("Approved-by: user:default/bob"), "{message}");
    assert!(message.contains("Pull-Request: http://"), "{message}");
    let comments = company.comments();
    assert!(comments[0].contains("### `new-cart` is applied"), "{}", comments[0]);
    assert!(comments[0].contains("`Repository`: <http://"), "{}", comments[0]);
    let ran = company.job(&["scaffold", "apply", "--merged"]);
    assert_eq!((ran.code, ran.stdout.trim()), (0, "every merged request is applied"));
}

/// A company whose request is applied, with a pull request on the branch `request` that takes it back.
fn taken_back(policy: &str) -> Company {
    let company = Company::new(policy);
    let good = |ran: ProgramOutput| assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    good(company.job(&["scaffold", "plan", "--pr"]));
    company.merge();
    company.approve("bob-gh", &company.git(&["rev-parse", "request"]));
    good(company.job(&["scaffold", "apply", "--merged"]));
    company.git(&["switch", "-q", "-C", "request"]);
    company.git(&["rm", "-q", "scaffolds/requests/new-cart.yaml"]);
    company.portal.commit("take it back");
    company.pull(Value::Null);
    company
}

#[test]
fn a_request_is_taken_back_and_undone_by_a_pull_request() {
    let policy = "requests:\n  - approve: {by: ['group:default/platform'], count: 1}\n";
    let company = taken_back(policy);
    let ran = company.job(&["scaffold", "plan", "--pr"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let comment = company.comments().remove(0);
    assert!(comment.contains("### Undo of `new-cart`"), "{comment}");
    assert!(comment.contains("deletes the repository"), "{comment}");
    assert!(comment.contains("It needs 1 approval of `group:default/platform`."), "{comment}");

    company.merge();
    let listed = company.job(&["scaffold", "apply", "--merged", "--list"]);
    assert!(listed.stdout.contains("new-cart"), "{}", listed.stdout);
    let ran = company.job(&["scaffold", "apply", "--merged"]);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("needs 1 approval"), "{}", ran.stderr);
    assert!(company.forge.store().things.contains_key("/repos/acme/cart"));

    company.approve("bob-gh", &company.git(&["rev-parse", "request"]));
    let ran = company.job(&["scaffold", "apply", "--merged"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(!company.forge.store().things.contains_key("/repos/acme/cart"));
    let comment = company.comments().remove(0);
    assert!(comment.contains("### `new-cart` is taken back"), "{comment}");
    let status = company.job(&["scaffold", "status", "new-cart", "--json"]);
    assert!(status.stdout.contains("\"status\": \"undone\""), "{}", status.stdout);
    let ran = company.job(&["scaffold", "apply", "--merged"]);
    assert_eq!((ran.code, ran.stdout.trim()), (0, "every merged request is applied"));
}

/// Applies the request of a company whose settings say this about notifications, twice.
fn applied_with_notifications(company: &Company, notifications: &str) {
    let settings = company.portal.read("callboard.yaml");
    company.git(&["switch", "-q", "main"]);
    company.portal.write(
        "callboard.yaml",
        settings + &format!("scaffold: {{notifications: {{{notifications}, runs: true}}}}\n"),
    );
    let org = company.portal.read("catalog-data/manual/org.yaml");
    let with_email = org.replace(
        "spec: {memberOf: []}",
        "spec: {memberOf: [], profile: {email: ann@acme.example}}",
    );
    company.portal.write("catalog-data/manual/org.yaml", with_email);
    company.portal.commit("notifications");
    company.git(&["switch", "-q", "request"]);
    company.git(&["rebase", "-q", "main"]);
    company.pull(Value::Null);
    company.job(&["scaffold", "plan", "--pr"]);
    company.merge();
    for _ in 0..2 {
        let ran = company.job(&["scaffold", "apply", "--merged"]);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        assert!(!ran.stderr.contains("was not told"), "{}", ran.stderr);
    }
}

#[test]
fn who_asked_is_told_how_the_run_ended() {
    let company = Company::new("");
    let chat = Server::new(|_, _, to| say(to, "204 No Content", &[], ""));
    applied_with_notifications(&company, &format!("url: 'http://{}/hook'", chat.host()));
    let requests = chat.requests();
    let [told] = &requests[..] else { panic!("a run that has ended is told once: {requests:?}") };
    assert!(told.starts_with("POST /hook") && told.contains("new-cart is applied"), "{told}");
}

#[test]
fn who_asked_is_told_by_mail_how_the_run_ended() {
    let (company, server) = (Company::new(""), FakeMail::new());
    let mail = format!("mail: {{server: '{}', from: portal@acme.example}}", server.address);
    applied_with_notifications(&company, &mail);
    let [mail] = &server.mails()[..] else { panic!("{:?}", server.mails()) };
    assert_eq!(mail.to, ["ann@acme.example"]);
    assert!(mail.text.contains("Subject: new-cart is applied\r\n"), "{}", mail.text);
}

#[test]
fn the_pull_request_that_takes_a_request_back_is_opened_once() {
    let company = Company::new("");
    company.job(&["scaffold", "plan", "--pr"]);
    company.merge();
    company.job(&["scaffold", "apply", "--merged"]);
    let bare = company.forge.store().repository("acme/portal.git");
    company.git(&["init", "-q", "--bare", "-b", "main", &bare.to_string_lossy()]);
    company.git(&["push", "-q", &bare.to_string_lossy(), "main", "callboard-runs"]);
    let remote = format!("{}/acme/portal.git", company.forge.address);
    company.git(&["remote", "add", "origin", &remote]);
    for _ in 0..2 {
        let ran = company.job(&["scaffold", "undo", "new-cart", "--pull-request"]);
        assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stdout.contains("deletes the repository"), "{}", ran.stdout);
        assert!(ran.stdout.contains("pull request http"), "{}{}", ran.stdout, ran.stderr);
    }
    let opened = "POST /repos/acme/portal/pulls";
    let store = company.forge.store();
    assert_eq!(store.writes.iter().filter(|call| call.contains(opened)).count(), 1);
    drop(store);
    let files = git(&bare, &["ls-tree", "-r", "--name-only", "callboard/take-back-new-cart"]);
    assert!(!files.contains("new-cart.yaml") && files.contains("callboard.yaml"), "{files}");
}

#[test]
fn a_file_that_is_removed_without_a_plan_of_the_undo_undoes_nothing() {
    let company = taken_back("");
    company.merge();
    let ran = company.job(&["scaffold", "apply", "--merged"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("without a plan of the undo: nothing is undone"), "{}", ran.stderr);
    assert!(company.forge.store().things.contains_key("/repos/acme/cart"));
}

#[test]
fn only_the_requester_takes_back_what_nobody_has_to_approve() {
    let company = taken_back("");
    let pull = company.forge.store().things["/repos/acme/portal/pulls/12"].clone();
    let mut other = pull;
    other["user"]["login"] = json!("bob-gh");
    company.forge.store().things.insert("/repos/acme/portal/pulls/12".to_owned(), other);
    let ran = company.job(&["scaffold", "plan", "--pr"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("`bob-gh` opened the pull request"), "{}", ran.stderr);
}

#[test]
fn what_the_pull_request_changes_decides_nothing() {
    let company = Company::new("");
    company.portal.write("scaffolds/policy.yaml", "requests: []\n");
    company.portal.commit("and a policy");
    company.pull(Value::Null);
    let ran = company.job(&["scaffold", "plan", "--pr"]);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    assert!(company.comments()[0].contains("changes more than requests: scaffolds/policy.yaml"));
    assert_eq!(company.statuses("request")[0]["state"], "failure");
}

#[test]
fn nobody_asks_in_the_name_of_somebody_else() {
    let company = Company::new("");
    company.request("bob", "cart");
    let ran = company.job(&["scaffold", "plan", "--pr"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    let message =
        "`ann-gh` opened the pull request, and cannot ask in the name of `user:default/bob`";
    assert!(ran.stderr.contains(message), "{}", ran.stderr);
    assert!(company.comments()[0].contains(message), "{:?}", company.comments());
    company.merge();
    assert_eq!(company.job(&["scaffold", "apply", "--merged"]).code, 1);
}

#[test]
fn a_plan_that_nobody_saw_is_not_applied() {
    let company = Company::new("");
    company.merge();
    let ran = company.job(&["scaffold", "apply", "--merged"]);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("pull request 12 showed no plan of `new-cart`"), "{}", ran.stderr);

    // The base branch changes between the plan and the merge.
    let company = Company::new("");
    company.job(&["scaffold", "plan", "--pr"]);
    company.git(&["switch", "-q", "main"]);
    company.portal.write("scaffolds/templates/t/skeleton/README.md", "# Another\n");
    company.portal.commit("another skeleton");
    company.merge();
    let ran = company.job(&["scaffold", "apply", "--merged"]);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("showed another plan of `new-cart` than the merge made"),
        "{}",
        ran.stderr
    );
    assert!(!company.forge.store().things.contains_key("/repos/acme/cart"));
}

#[test]
fn another_plan_than_the_one_shown_is_accepted_by_those_whom_the_policy_names() {
    let policy = "requests:\n  - approve: {by: ['group:default/platform'], count: 1}\n";
    let company = Company::new(policy);
    company.job(&["scaffold", "plan", "--pr"]);
    company.git(&["switch", "-q", "main"]);
    company.portal.write("scaffolds/templates/t/skeleton/README.md", "# Another\n");
    company.portal.commit("another skeleton");
    company.merge();
    company.approve("bob-gh", &company.git(&["rev-parse", "request"]));
    let planned =
        company.job(&["scaffold", "plan", "scaffolds/requests/new-cart.yaml", "--hashes", "h"]);
    assert_eq!(planned.code, 0, "{}", planned.stderr);
    let accepted = company.portal.read("h").trim().to_owned();
    let apply = |who: &str, accepted: &str| {
        company.job_of(who, &["scaffold", "apply", "--merged", "--approved", accepted])
    };
    let refused = apply("ann-gh", &accepted);
    assert_eq!(refused.code, 4, "{}{}", refused.stdout, refused.stderr);
    assert!(refused.stderr.contains("`ann-gh` may not accept another plan"), "{}", refused.stderr);
    let wrong = apply("bob-gh", &format!("new-cart={}", "0".repeat(64)));
    assert_eq!(wrong.code, 4, "{}{}", wrong.stdout, wrong.stderr);
    assert!(!company.forge.store().things.contains_key("/repos/acme/cart"));
    let good = apply("bob-gh", &accepted);
    assert_eq!(good.code, 0, "{}{}", good.stdout, good.stderr);
    assert!(company.forge.store().things.contains_key("/repos/acme/cart"));
}

/// A company whose request is merged and approved, and whose branch then has other files.
fn changed_after_merge(policy: &str, files: &[(&str, &str)]) -> Company {
    let company = Company::new(policy);
    let ran = company.job(&["scaffold", "plan", "--pr"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    company.merge();
    company.approve("bob-gh", &company.git(&["rev-parse", "request"]));
    for (path, text) in files {
        company.portal.write(path, text);
    }
    company.portal.commit("other files");
    company
}

const SKELETON: &str = "scaffolds/templates/t/skeleton";

#[test]
fn a_plan_that_differs_only_where_the_policy_lets_it_is_applied() {
    let policy = "requests:\n  - approve: {by: ['group:default/platform']}\n    may_differ: [template, files/README.md, files/.callboard/answers.yaml]\n";
    let company = changed_after_merge(policy, &[(&format!("{SKELETON}/README.md"), "# Another\n")]);
    let comment = company.comments().remove(0);
    assert!(
        comment.contains("May be other ones when it is applied: `template`, `files/README.md`, `files/.callboard/answers.yaml`"),
        "{comment}"
    );
    let ran = company.job(&["scaffold", "apply", "--merged"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let sentence = "the plan differs from the approved one in `files/.callboard/answers.yaml`, `files/README.md`, \
         `template`, as the policy allows";
    assert!(ran.stdout.contains(sentence), "{}", ran.stdout);
    assert!(company.comments()[0].contains(sentence), "{:?}", company.comments());
    let status = company.job(&["scaffold", "status", "new-cart"]);
    assert!(status.stdout.contains(sentence), "{}", status.stdout);
    let status = company.job(&["scaffold", "status", "new-cart", "--json"]);
    let record: Value = serde_json::from_str(&status.stdout).expect("JSON");
    assert_eq!(
        record["deviation"]["parts"],
        json!(["files/.callboard/answers.yaml", "files/README.md", "template"])
    );
    assert!(comment.contains(record["deviation"]["approved"].as_str().expect("a hash")));
    assert_ne!(record["deviation"]["approved"], record["plan"]);
    let bare = company.forge.store().repository("acme/cart.git");
    assert_eq!(git(&bare, &["show", "main:README.md"]), "# Another\n");
    let site = company.job(&["build"]);
    assert_eq!(site.code, 0, "{}", site.stderr);
    let page = company.portal.read("site/runs/new-cart.html");
    assert!(page.contains("<code>files/README.md</code>, <code>template</code>"), "{page}");
}

/// The policy at the merge, files that are written after it, and what the refusal says.
type Case<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn a_difference_that_the_policy_does_not_name_is_refused() {
    let named = "requests:\n  - may_differ: [template, files/README.md, files/.callboard/answers.yaml, texts]\n";
    let readme = (&*format!("{SKELETON}/README.md"), "# Another\n");
    let owners = (&*format!("{SKELETON}/CODEOWNERS"), "* @mallory\n");
    let cases: [Case<'_>; 4] = [
        (
            "",
            &[readme],
            "does not let it differ in `files/.callboard/answers.yaml`, `files/README.md`, `template`",
        ),
        (named, &[readme, owners], "the policy does not let it differ in `files/CODEOWNERS`"),
        ("requests: [{}]\n", &[readme, ("scaffolds/policy.yaml", named)], "`policy`"),
        (named, &[("scaffolds/policy.yaml", "requests: [{}]\n")], "`policy`"),
    ];
    for (policy, files, expected) in cases {
        let company = changed_after_merge(policy, files);
        let ran = company.job(&["scaffold", "apply", "--merged"]);
        assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
        assert!(ran.stderr.contains(expected), "{}", ran.stderr);
        assert!(!company.forge.store().things.contains_key("/repos/acme/cart"));
    }
    // A repository that would be public.
    let company = Company::new(named);
    let text = company.portal.read("scaffolds/templates/t/template.yaml");
    let text = text.replace("input: {repoUrl:", "input: {repoVisibility: public, repoUrl:");
    company.job(&["scaffold", "plan", "--pr"]);
    company.merge();
    company.portal.write("scaffolds/templates/t/template.yaml", text);
    company.portal.commit("public");
    let ran = company.job(&["scaffold", "apply", "--merged"]);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stderr.contains("`effects/publish/1/resources/0/body/"), "{}", ran.stderr);
    assert!(!company.forge.store().things.contains_key("/repos/acme/cart"));
}

#[test]
fn requests_that_share_a_target_are_in_one_job_in_the_order_of_their_merges() {
    let company = taken_back("");
    company.merge();
    // One request makes what the one that is taken back had made, and one comes before another with its name.
    for (id, name) in
        [("z-shop", "shop"), ("a-shop", "shop"), ("b-other", "other"), ("c-cart", "cart")]
    {
        let text =
            format!("template: t\nrequester: user:default/ann\nparameters: {{name: {name}}}\n");
        company.portal.write(&format!("scaffolds/requests/{id}.yaml"), text);
        company.portal.commit(id);
    }
    let list = |arguments: &[&str]| {
        let ran = company.job(&[&["scaffold", "apply", "--merged"], arguments].concat());
        assert_eq!(ran.code, 0, "{}", ran.stderr);
        serde_json::from_str::<Value>(&ran.stdout).expect("JSON")
    };
    let files = |ids: &[&str]| {
        let files: Vec<_> = ids.iter().map(|id| format!("scaffolds/requests/{id}.yaml")).collect();
        files.join(" ")
    };
    let jobs = [files(&["new-cart", "c-cart"]), files(&["z-shop", "a-shop"]), files(&["b-other"])];
    let github: Vec<_> = jobs.iter().map(|requests| json!({"requests": requests})).collect();
    assert_eq!(list(&["--list"]), json!({"include": github}));
    assert_eq!(list(&["--list=azure"])["job_2"], json!({"requests": jobs[1]}));
    assert_eq!(list(&["--list=gitlab"])["apply"]["parallel"]["matrix"][0]["REQUESTS"], json!(jobs));
    // A job applies its requests in this order, whatever the order of their names.
    let shops = jobs[1].split(' ').rev().collect::<Vec<_>>();
    let ran = company.job(&[&["scaffold", "apply", "--merged"], &*shops].concat());
    let place = |id: &str| ran.stderr.find(&format!("no pull request brought `{}`", files(&[id])));
    assert!(place("z-shop").is_some() && place("z-shop") < place("a-shop"), "{}", ran.stderr);
    assert!(place("b-other").is_none(), "{}", ran.stderr);
}

#[test]
fn a_request_without_a_pull_request_is_not_applied() {
    let company = Company::new("");
    company.git(&["switch", "-q", "main"]);
    company.git(&["merge", "-q", "--ff-only", "request"]);
    let ran = company.job(&["scaffold", "apply", "--merged"]);
    assert_eq!(ran.code, 4, "{}{}", ran.stdout, ran.stderr);
    assert!(
        ran.stderr.contains("no pull request brought `scaffolds/requests/new-cart.yaml`"),
        "{}",
        ran.stderr
    );
}

#[test]
fn a_pull_request_from_a_fork_is_planned_without_a_secret() {
    let company = Company::new("");
    let mut command = isolated(company.portal.path());
    let event = company.event();
    let text = std::fs::read_to_string(&event).expect("readable");
    company.portal.write("event.json", text.replace("acme/portal", "mallory/portal"));
    command
        .args(["scaffold", "plan", "--pr"])
        .env("GITHUB_ACTIONS", "true")
        .env("GITHUB_EVENT_PATH", event)
        .env("GITHUB_SERVER_URL", &company.forge.address)
        .env("GITHUB_API_URL", format!("{}/api", company.forge.address))
        .env("GITHUB_REPOSITORY", "acme/portal");
    let ran = ProgramOutput::of(&command.output().expect("the program starts"));
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("### Plan of `new-cart`"), "{}", ran.stdout);
    assert!(company.forge.store().requests.is_empty(), "nothing is asked of the forge");
}

#[test]
fn a_name_that_only_the_forge_knows_fails_before_the_review() {
    let company = Company::new("");
    let ran = company.job(&["scaffold", "plan", "--pr", "--probe"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let address = format!("`{}/acme/cart` is free", company.forge.address);
    assert!(company.comments()[0].contains(&address), "{:?}", company.comments());
    let hash = |comment: &str| {
        let line = comment.lines().find(|line| line.starts_with("- Commit ")).map(str::to_owned);
        line.expect("the line of the plan")
    };
    let free = hash(&company.comments()[0]);

    let theirs = json!({"id": 9, "full_name": "acme/cart", "description": "Mine"});
    company.forge.store().things.insert("/repos/acme/cart".to_owned(), theirs);
    let before = company.forge.store().writes.len();
    let ran = company.job(&["scaffold", "plan", "--pr", "--probe"]);
    assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
    let comment = company.comments().remove(0);
    assert!(
        comment.contains("is **taken**") && comment.contains("was not made by this request"),
        "{comment}"
    );
    assert_eq!(hash(&comment), free, "what is there now is no part of the plan");
    let statuses = company.statuses("request");
    assert_eq!(statuses.last().expect("a status")["description"], "1 target is taken or denied");
    let writes = company.forge.store().writes.clone();
    let writes: Vec<_> =
        writes[before..].iter().filter(|write| !write.contains("portal")).collect();
    assert!(writes.is_empty(), "only comment and status are written: {writes:?}");
}

/// The token in the forms in which a text can have it: as it is, in base64 (alone, and with the user of git in front), in a
/// URL, in JSON.
fn forms() -> Vec<String> {
    let url: String = url::form_urlencoded::byte_serialize(TOKEN.as_bytes()).collect();
    let json = json!(TOKEN).to_string();
    let base64 = |text: &str| base64::Engine::encode(&base64::prelude::BASE64_STANDARD, text);
    let basic = base64(&format!("x-access-token:{TOKEN}"));
    vec![TOKEN.to_owned(), base64(TOKEN), basic, url, json.trim_matches('"').to_owned()]
}

#[track_caller]
fn assert_no_token(text: &str) {
    for form in forms() {
        assert!(!text.contains(&form), "{form} is in {text}");
        // Half of it is enough for whoever guesses the rest.
        let half = &form[..form.len() / 2];
        assert!(!text.contains(half), "{half} is in {text}");
    }
}

#[test]
fn a_token_that_a_careless_server_repeats_is_nowhere() {
    let mut failures = 0;
    for at in 0..16 {
        let company = Company::new("");
        company.job(&["scaffold", "plan", "--pr"]);
        company.merge();
        {
            let mut store = company.forge.store();
            store.echo = format!("you sent {}", forms().join(" and "));
            store.faults = (0..at).map(|_| None).chain([Some(ForgeFault::Echo(403))]).collect();
        }
        let ran = company.job(&["scaffold", "apply", "--merged"]);
        company.job(&["scaffold", "status", "new-cart"]);
        failures += usize::from(ran.code != 0);
        company.comments().iter().for_each(|comment| assert_no_token(comment));
        // All commits of all branches: the portal's, with the record of the run, and those of what was made.
        assert_no_token(&company.git(&["log", "--all", "-p"]));
        let bare = company.forge.store().repository("acme/cart.git");
        if bare.exists() {
            assert_no_token(&git(&bare, &["log", "--all", "-p"]));
        }
        let things = json!(company.forge.store().things).to_string();
        assert_no_token(&things);
        if at % 5 == 3 {
            company.job(&["build"]);
            let site = company.portal.path().join("site");
            for file in files_below(&site) {
                assert_no_token(&String::from_utf8_lossy(&std::fs::read(file).expect("readable")));
            }
        }
    }
    assert!(failures > 5, "{failures} of the calls were needed");
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().expect("a folder").map(|entry| entry.expect("readable").path());
    let (folders, mut files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    files.extend(folders.iter().flat_map(|folder| files_below(folder)));
    files
}

#[test]
fn the_doctor_says_whose_each_credential_is_and_changes_nothing() {
    let company = Company::new("");
    let ran = company.job(&["doctor"]);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    let expected = format!("✓ {} (FORGE_TOKEN): is `callboard-bot`\n", company.forge.address);
    let (_, advice) = ran.stdout.split_once(&expected).expect("the account of the credential");
    assert!(advice.contains("does not say whether it has: `Administration: write`"), "{advice}");
    let ran = company.job(&["doctor", "--json"]);
    let report: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let found = &report["credentials"][0];
    assert_eq!((&found["ok"], &found["variable"]), (&json!(true), &json!("FORGE_TOKEN")));

    company.forge.store().faults = [Some(ForgeFault::Before(401))].into();
    let ran = company.job(&["doctor"]);
    assert_eq!(ran.code, 3, "{}{}", ran.stdout, ran.stderr);
    assert!(ran.stdout.contains("answered 401"), "{}", ran.stdout);
    let output =
        isolated(company.portal.path()).arg("doctor").output().expect("the program starts");
    let ran = ProgramOutput::of(&output);
    assert!(ran.stdout.contains("the variable `FORGE_TOKEN` is not set"), "{}", ran.stdout);
    assert!(company.forge.store().writes.is_empty());
}

/// Plans the pull request 5 of the portal in a job of Azure DevOps.
fn azure_job(company: &Company, forge: &FakeForge, arguments: &[&str]) -> ProgramOutput {
    let head = company.git(&["rev-parse", "request"]);
    let pull = json!({
        "createdBy": {"uniqueName": "ann-gh"}, "lastMergeSourceCommit": {"commitId": head},
        "repository": {"webUrl": format!("{}/api/acme/team/_git/portal", forge.address)},
    });
    let mut store = forge.store();
    store.things.insert(AZURE_REPOSITORY.to_owned(), json!({"id": "1"}));
    store.things.insert(format!("{AZURE_REPOSITORY}/pullrequests/5"), pull);
    drop(store);
    company.git(&["update-ref", "refs/remotes/origin/main", "main"]);
    let mut command = isolated(company.portal.path());
    command
        .args(arguments)
        .env("TF_BUILD", "True")
        .env("SYSTEM_PULLREQUEST_PULLREQUESTID", "5")
        .env("SYSTEM_COLLECTIONURI", format!("{}/api/acme/", forge.address))
        .env("SYSTEM_TEAMPROJECT", "team")
        .env("BUILD_REPOSITORY_NAME", "portal")
        .env("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main")
        .env("SYSTEM_PULLREQUEST_SOURCECOMMITID", head)
        .env("BUILD_BUILDID", "9")
        .env("SYSTEM_ACCESSTOKEN", TOKEN);
    let ran = ProgramOutput::of(&command.output().expect("the program starts"));
    assert_no_token(&ran.stdout);
    assert_no_token(&ran.stderr);
    ran
}

const AZURE_REPOSITORY: &str = "/acme/team/portal";

#[test]
fn problems_are_threads_at_their_lines_on_azure_devops() {
    let company = Company::new("");
    let forge = FakeForge::new(azure);
    let plan = ["scaffold", "plan", "--pr", "--code-quality", "quality.json"];
    let threads = || -> Vec<(String, Value, Value)> {
        let list = forge.store().things[&format!("{AZURE_REPOSITORY}/reviews/5/threads")].clone();
        let thread = |thread: &Value| {
            let text = thread["comments"][0]["content"].as_str().unwrap_or_default().to_owned();
            (text, thread["status"].clone(), thread["threadContext"].clone())
        };
        list.as_array().expect("a list").iter().map(thread).collect()
    };

    company.request("ann", "{a: b}");
    for _ in 0..2 {
        let ran = azure_job(&company, &forge, &plan);
        assert_eq!(ran.code, 1, "{}{}", ran.stdout, ran.stderr);
        let issue = "##vso[task.logissue type=error;sourcepath=scaffolds/requests/new-cart.yaml;linenumber=3;\
                     columnnumber=20;code=invalid-value;]";
        assert!(ran.stdout.contains(issue), "{}", ran.stdout);
    }
    let found = threads();
    assert_eq!(found.len(), 2, "{found:?}");
    let (text, status, place) = &found[1];
    assert!(text.starts_with("<!-- callboard remark ") && text.contains("```text\n"), "{text}");
    assert_eq!(status, "active");
    assert_eq!(
        *place,
        json!({
            "filePath": "/scaffolds/requests/new-cart.yaml",
            "rightFileStart": {"line": 3, "offset": 20}, "rightFileEnd": {"line": 3, "offset": 21},
        })
    );
    let report: Value = serde_json::from_str(&company.portal.read("quality.json")).expect("JSON");
    assert_eq!(report[0]["location"]["path"], "scaffolds/requests/new-cart.yaml");
    assert_eq!(report[0]["location"]["lines"]["begin"], 3);

    // When all is well, both threads are closed; the same mistake opens its own again.
    company.request("ann", "cart");
    let ran = azure_job(&company, &forge, &plan);
    assert_eq!(ran.code, 0, "{}{}", ran.stdout, ran.stderr);
    assert!(threads().iter().all(|(_, status, _)| status == "closed"), "{:?}", threads());
    assert_eq!(company.portal.read("quality.json"), "[]");
    company.request("ann", "{a: b}");
    azure_job(&company, &forge, &plan);
    assert_eq!(threads().len(), 2);
    assert!(threads().iter().all(|(_, status, _)| status == "active"), "{:?}", threads());

    // Another mistake has a thread of its own.
    company.request("ann", "[1]");
    azure_job(&company, &forge, &plan);
    let states: Vec<_> = threads().into_iter().map(|(_, status, _)| status).collect();
    assert_eq!(states, ["active", "closed", "active"]);
}
