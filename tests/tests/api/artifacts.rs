//! AGENTS.md, slash commands and skills.

use e2e::api::TestApp;
use serde_json::{Value, json};
use shared::artifacts::reconcile::FileOut;
use shared::artifacts::{Have, Plan, PushOutcome, operate, push, reconcile, sql};
use shared::audit::Actor;
use shared::crypto::sha256_hex;
use shared::hosts::Identity;
use sqlx::MySqlPool;

use crate::statements;

const NEW: Option<&str> = Some("0.169.0");
const OLD: Option<&str> = Some("0.80.0");

pub fn skill(text: &str) -> String {
    format!("---\nname: x\ndescription: does x\n---\n{text}\n")
}

pub async fn command(app: &TestApp, name: &str, prompt: &str) -> Value {
    app.owner("POST", "/admin/slash-commands/store", json!({ "filename": name, "prompt": prompt })).await.data()
}

/// A host that is on the way in, as the gate knows it.
async fn who(app: &TestApp, key: &str) -> Identity {
    let key = shared::hosts::key::HostKey::parse(key).unwrap();
    shared::hosts::known::identify(&app.app, &key, app.app.clock.now()).await.unwrap().unwrap()
}

/// What a host has on its disk.
#[derive(Default)]
struct Home(Vec<(Have, String)>);

impl Home {
    fn have(&self) -> Vec<Have> {
        self.0.iter().map(|(have, _)| have.clone()).collect()
    }

    fn paths(&self) -> Vec<&str> {
        self.0.iter().map(|(have, _)| have.path.as_str()).collect()
    }

    fn text(&self, path: &str) -> &str {
        &self.0.iter().find(|(have, _)| have.path == path).unwrap().1
    }

    fn edit(&mut self, path: &str, text: &str) {
        let (have, old) = self.0.iter_mut().find(|(have, _)| have.path == path).unwrap();
        (have.sha256, *old) = (sha256_hex(text), text.to_owned());
    }

    /// Does what it is told, once, and says what.
    async fn sync(&mut self, app: &TestApp, key: &str, codex: Option<&str>) -> Plan {
        let plan = reconcile(&app.app, &who(app, key).await, codex, &self.have()).await.unwrap();
        for (path, sha) in &plan.delete {
            self.0.retain(|(have, _)| have.path != *path || have.sha256 != *sha);
        }
        for FileOut { path, contents, sha256, .. } in &plan.send {
            self.0.retain(|(have, _)| have.path != *path);
            self.0.push((Have { path: path.clone(), sha256: sha256.clone(), base: Some(sha256.clone()) }, contents.to_string()));
        }
        self.0.sort_by(|(a, _), (b, _)| a.path.cmp(&b.path));
        plan
    }

    /// Pushes what it was asked for.
    async fn push(&mut self, app: &TestApp, host_id: u64, plan: &Plan) -> Vec<PushOutcome> {
        let mut outcomes = Vec::new();
        for path in &plan.push {
            let (have, text) = self.0.iter_mut().find(|(have, _)| have.path == *path).unwrap();
            let by = Actor::system("a host");
            let outcome = push(&app.app, &by, host_id, path, text.as_bytes(), have.base.as_deref()).await.unwrap();
            if matches!(outcome, PushOutcome::Accepted { .. }) {
                have.base = Some(have.sha256.clone());
            }
            outcomes.push(outcome);
        }
        outcomes
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_host_gets_what_its_codex_reads_and_loses_only_what_it_was_given(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    command(&app, "zebra.md", "---\ndescription: stripes\n---\nDo zebra $1").await;
    app.owner("POST", "/admin/agents/store", json!({ "content": "be kind" })).await.data();
    let files = json!({ "scripts/run.sh": "#!/bin/sh\n" });
    app.owner("POST", "/admin/skills/store", json!({ "slug": "ok", "manifest": skill("ok"), "files": files })).await.data();
    let mut home = Home::default();

    home.sync(&app, &key, OLD).await;
    assert_eq!(home.paths(), ["AGENTS.md", "prompts/zebra.md", "skills/ok/SKILL.md", "skills/ok/scripts/run.sh"]);
    let again = home.sync(&app, &key, OLD).await;
    assert!(again.send.is_empty() && again.delete.is_empty() && again.push.is_empty(), "{again:?}");

    home.sync(&app, &key, NEW).await;
    assert!(!home.paths().contains(&"prompts/zebra.md"));
    assert!(home.text("skills/zebra/SKILL.md").contains("Do zebra $1"));
    assert!(home.text("skills/zebra/agents/openai.yaml").contains("allow_implicit_invocation: false"));

    for path in ["/admin/agents", "/admin/slash-commands/zebra.md", "/admin/skills/ok"] {
        app.owner("DELETE", path, json!({})).await.data();
    }
    home.edit("skills/ok/SKILL.md", &skill("mine"));
    home.0.push((Have { path: "skills/own/SKILL.md".into(), sha256: sha256_hex("own"), base: None }, "own".into()));
    let plan = home.sync(&app, &key, NEW).await;
    assert_eq!(home.paths(), ["skills/ok/SKILL.md", "skills/own/SKILL.md"], "what a person wrote stays");
    assert_eq!(plan.push, ["skills/ok/SKILL.md"]);
    assert!(matches!(home.push(&app, 1, &plan).await[..], [PushOutcome::Conflict { .. }]), "a retired skill does not come back by itself");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn an_edit_reaches_every_host_and_a_second_one_is_a_conflict(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (a, _) = app.register("a.example").await;
    let (b, _) = app.register("b.example").await;
    app.owner("POST", "/admin/push-policy", json!({ "push": "accept" })).await.data();
    app.owner("POST", "/admin/skills/store", json!({ "slug": "x", "manifest": skill("first") })).await.data();
    let (mut alice, mut bob, path) = (Home::default(), Home::default(), "skills/x/SKILL.md");
    alice.sync(&app, &a, NEW).await;
    bob.sync(&app, &b, NEW).await;
    alice.edit(path, &skill("alice"));
    bob.edit(path, &skill("bob"));

    let plan = alice.sync(&app, &a, NEW).await;
    assert_eq!(alice.push(&app, 1, &plan).await, [PushOutcome::Accepted { version: 2 }]);
    let plan = bob.sync(&app, &b, NEW).await;
    assert_eq!(plan.push, [path]);
    let PushOutcome::Conflict { id } = bob.push(&app, 2, &plan).await[0] else { panic!("both have changed it") };
    assert_eq!(bob.push(&app, 2, &plan).await, [PushOutcome::Conflict { id }], "the same push again is the same push");
    let waits = bob.sync(&app, &b, NEW).await;
    assert!(waits.push.is_empty() && waits.send.is_empty() && waits.notices[0].contains("waits for an operator"), "{waits:?}");

    let reviews = app.owner("GET", "/admin/reviews", json!({})).await.data()["reviews"].clone();
    let shown: Vec<_> = ["base", "ours", "theirs"].map(|side| reviews[0][side].as_str().unwrap().to_owned()).into();
    assert_eq!(shown, [skill("first"), skill("alice"), skill("bob")]);
    let resolve = async |body: Value| app.owner("POST", &format!("/admin/reviews/{id}/resolve"), body).await;
    resolve(json!({ "take": "text" })).await.expect(422, "validation_failed");
    assert_eq!(resolve(json!({ "take": "text", "text": skill("both") })).await.data()["version"], 3);
    resolve(json!({ "take": "ours" })).await.expect(409, "review_settled");
    alice.sync(&app, &a, NEW).await;
    bob.sync(&app, &b, NEW).await;
    assert_eq!((alice.text(path), bob.text(path)), (skill("both").as_str(), skill("both").as_str()));
    let kept = sql::body(&mut app.app.db.acquire().await.unwrap(), &sha256_hex(skill("bob"))).await.unwrap();
    assert_eq!(kept, Some(skill("bob")), "no text is lost");
}

/// Under review by default: once it is taken the host goes on from it, and the other gets it.
#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn an_edit_that_was_reviewed_is_what_the_next_one_is_based_on(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (a, _) = app.register("a.example").await;
    app.owner("POST", "/admin/agents/store", json!({ "content": "one" })).await.data();
    let mut alice = Home::default();
    alice.sync(&app, &a, NEW).await;
    let mut decided = async |text: &str, take: &str| {
        alice.edit("AGENTS.md", text);
        let plan = alice.sync(&app, &a, NEW).await;
        assert_eq!(plan.push, ["AGENTS.md"], "{text}");
        let PushOutcome::InReview { id } = alice.push(&app, 1, &plan).await[0] else { panic!("{text} is no conflict") };
        app.owner("POST", &format!("/admin/reviews/{id}/resolve"), json!({ "take": take })).await.data();
        alice.sync(&app, &a, NEW).await;
        alice.text("AGENTS.md").to_owned()
    };

    assert_eq!(decided("two", "theirs").await, "two");
    assert_eq!(decided("three", "ours").await, "two", "the operator kept the fleet's; the other text is in the history");
    assert_eq!(decided("four", "theirs").await, "four");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn only_the_newest_text_of_a_host_waits(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.register("a.example").await;
    app.owner("POST", "/admin/agents/store", json!({ "content": "base" })).await.data();
    let by = Actor::system("a host");
    let waiting = async || app.owner("GET", "/admin/reviews", json!({})).await.data()["reviews"].clone();

    for text in ["draft", "final", "draft"] {
        let outcome = push(&app.app, &by, 1, "AGENTS.md", text.as_bytes(), Some(&sha256_hex("base"))).await.unwrap();
        assert!(matches!(outcome, PushOutcome::InReview { .. }), "{outcome:?}");
        let reviews = waiting().await;
        assert_eq!((reviews.as_array().unwrap().len(), &reviews[0]["theirs"]), (1, &json!(text)));
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_push_is_a_text_at_a_path_of_ours(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    app.register("a.example").await;
    app.owner("POST", "/admin/push-policy", json!({ "push": "accept" })).await.data();
    command(&app, "zebra.md", "Do zebra").await;
    let offer = async |path: &str, bytes: &[u8]| push(&app.app, &Actor::system("a host"), 1, path, bytes, None).await.unwrap();
    let made = Home::default().sync(&app, &app.register("b.example").await.0, NEW).await.send;
    let made = made.iter().find(|file| file.path.ends_with("SKILL.md")).unwrap();
    let big = "x".repeat(256 * 1024 + 1);

    for (path, bytes) in [
        ("../AGENTS.md", &b"x"[..]),
        ("auth.json", b"x"),
        ("config.toml", b"x"),
        ("prompts/.x", b"x"),
        ("skills/none/further.md", b"x"),
        ("skills/x/SKILL.md", b"no front matter"),
        ("AGENTS.md", b"\xff"),
        ("AGENTS.md", b"a\0b"),
        ("AGENTS.md", big.as_bytes()),
        (&made.path, made.contents.as_bytes()),
    ] {
        assert!(matches!(offer(path, bytes).await, PushOutcome::Refused { .. }), "{path}");
    }
    assert_eq!(offer("prompts/new.md", b"new").await, PushOutcome::Accepted { version: 1 });
    assert_eq!(offer("skills/x/SKILL.md", skill("x").as_bytes()).await, PushOutcome::Accepted { version: 1 });
    assert_eq!(offer("skills/x/references/a.md", b"a").await, PushOutcome::Accepted { version: 2 });
    let shown = app.owner("GET", "/admin/skills/x", json!({})).await.data();
    assert_eq!((&shown["manifest"], &shown["files"]), (&json!(skill("x")), &json!({ "references/a.md": "a" })));
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn of_two_pushes_at_once_one_is_taken_and_one_is_a_conflict(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    for fqdn in ["a.example", "b.example"] {
        app.register(fqdn).await;
    }
    app.owner("POST", "/admin/push-policy", json!({ "push": "accept" })).await.data();
    app.owner("POST", "/admin/agents/store", json!({ "content": "base" })).await.data();
    let (by, base) = (Actor::system("a host"), sha256_hex("base"));
    let one = |host, text: &'static str| push(&app.app, &by, host, "AGENTS.md", text.as_bytes(), Some(&base));

    let (a, b) = tokio::join!(one(1, "from a"), one(2, "from b"));

    let outcomes = [a.unwrap(), b.unwrap()];
    let count = |wanted: fn(&PushOutcome) -> bool| outcomes.iter().filter(|outcome| wanted(outcome)).count();
    assert_eq!(count(|outcome| *outcome == PushOutcome::Accepted { version: 2 }), 1, "{outcomes:?}");
    assert_eq!(count(|outcome| matches!(outcome, PushOutcome::Conflict { .. })), 1, "{outcomes:?}");
    for text in ["base", "from a", "from b"] {
        assert!(sql::body(&mut app.app.db.acquire().await.unwrap(), &sha256_hex(text)).await.unwrap().is_some(), "{text}");
    }
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn a_host_that_has_everything_costs_no_statement(pool: MySqlPool) {
    let one = sqlx::mysql::MySqlPoolOptions::new().max_connections(1).connect_with((*pool.connect_options()).clone()).await.unwrap();
    let app = TestApp::new(one.clone()).await;
    let (key, _) = app.register("a.example").await;
    let by = Actor::system("test");
    for n in 0..300 {
        let (kind, name, text) = if n % 3 == 0 {
            (shared::artifacts::Kind::Command, format!("c{n}.md"), format!("command {n}"))
        } else {
            (shared::artifacts::Kind::Skill, format!("s{n}"), skill(&n.to_string()))
        };
        let given = shared::artifacts::input::Given { name: Some(&name), text: Some(&text), ..Default::default() };
        let draft = shared::artifacts::input::draft(kind, given).unwrap();
        operate::save(&app.app, &by, draft, false, (None, None)).await.unwrap();
    }
    let mut home = Home::default();
    home.sync(&app, &key, NEW).await;
    assert_eq!(home.0.len(), 400, "a command is two files");
    let (host, have) = (who(&app, &key).await, home.have());

    let before = statements(&one).await;
    for _ in 0..3 {
        let plan = reconcile(&app.app, &host, NEW, &have).await.unwrap();
        assert!(plan.send.is_empty() && plan.push.is_empty());
    }
    assert_eq!(statements(&one).await - before, 1, "asking for the count is one");

    command(&app, "c0.md", "changed").await;
    let host = who(&app, &key).await;
    let before = statements(&one).await;
    let plan = reconcile(&app.app, &host, NEW, &have).await.unwrap();
    assert_eq!(plan.send.iter().map(|file| file.path.as_str()).collect::<Vec<_>>(), ["skills/c0/SKILL.md"]);
    assert!(statements(&one).await - before <= 10, "a change is read once for all hosts");
}

#[sqlx::test(migrator = "shared::MIGRATOR")]
async fn old_versions_are_collected_unless_a_host_has_them(pool: MySqlPool) {
    let app = TestApp::new(pool).await;
    let (key, _) = app.register("a.example").await;
    for text in ["one", "two"] {
        command(&app, "x.md", text).await;
    }
    Home::default().sync(&app, &key, OLD).await;
    for text in ["three", "four"] {
        command(&app, "x.md", text).await;
    }
    let later = app.app.clock.now() + chrono::TimeDelta::days(1);

    app.app.clock.advance(chrono::TimeDelta::days(1));
    let gone = operate::collect(&app.app, later).await.unwrap();

    assert_eq!(gone, 2);
    let left = app.owner("GET", "/admin/slash-commands/x.md/versions", json!({})).await.data()["versions"].clone();
    assert_eq!(left.as_array().unwrap().iter().map(|v| v["version"].as_u64().unwrap()).collect::<Vec<_>>(), [4, 2]);
    for (text, kept) in [("one", false), ("two", true), ("three", false), ("four", true)] {
        let body = sql::body(&mut app.app.db.acquire().await.unwrap(), &sha256_hex(text)).await.unwrap();
        assert_eq!(body.is_some(), kept, "{text}");
    }
}
