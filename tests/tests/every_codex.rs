//! The canary: every Codex in the cache, with the real server, before an operator allows a release (`docs/canary.md`).

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use e2e::host::{Host, expect_exit, stderr, stdout};
use e2e::process::Server;
use e2e::ready::{expire, host, plain_codex, ready, renew, versions};
use fake_openai::FakeOpenAi;
use fake_openai::releases::Version;

/// From here on `codex logout` tells the server.
const REVOKES: u32 = 122;

/// Runs a scenario for each version, and says for which it failed. OpenAI hears of so many refreshes, and of no logout.
fn for_every_codex(refreshes: usize, scenario: fn(&str, &FakeOpenAi, &Server)) {
    let versions = versions();
    assert!(!versions.is_empty(), "local-dev/test fetches them");
    for version in versions {
        println!("codex {version}");
        let (openai, server) = ready(&version);
        scenario(&version, &openai, &server);
        assert_eq!(
            (openai.count("POST", "/oauth/token"), openai.count("POST", "/oauth/revoke")),
            (refreshes, 0),
            "{version}: what OpenAI heard"
        );
    }
}

fn turn(version: &str, host: &Host) {
    let turn = plain_codex(host, "exec --skip-git-repo-check hello");
    expect_exit(&turn, 0);
    assert_eq!(stdout(&turn).trim(), "FAKE-ANSWER: hello", "{version}: {}", stderr(&turn));
}

fn handle(host: &Host) -> String {
    host.login()["tokens"]["refresh_token"].as_str().unwrap().to_owned()
}

#[test]
fn every_codex_refreshes_through_its_handle_logs_out_alone_and_comes_back() {
    for_every_codex(0, |version, openai, server| {
        let (a, b) = (host(openai, server, "a", 1), host(openai, server, "b", 2));
        let newer = renew(openai, server);
        expire(openai, &a);
        let before = handle(&a);

        turn(version, &a);

        assert_eq!((&a.login()["tokens"]["access_token"], &handle(&a)), (&newer, &before), "{version}: a new token, and the handle stays");
        assert!(server.requests("/oauth/token") >= 1, "{version}: it asked this server");

        expect_exit(&plain_codex(&a, "logout"), 0);

        assert!(!a.auth_json().exists(), "{version}");
        let revokes = Version::parse(version).unwrap().at_least(REVOKES);
        assert_eq!(server.requests("/oauth/revoke"), usize::from(revokes), "{version}");
        turn(version, &b);

        let back = a.cdx(&["exec", "--skip-git-repo-check", "again"]);

        expect_exit(&back, 0);
        assert_eq!(stdout(&back).trim(), "FAKE-ANSWER: again", "{version}: {}", stderr(&back));
        assert!(handle(&a).starts_with("cdxr_"), "{version}");
        assert!(!revokes || handle(&a) != before, "{version}: a retired handle does not come back");
    });
}

#[test]
fn every_codex_recovers_when_openai_refuses_its_token() {
    for_every_codex(0, |version, openai, server| {
        let a = host(openai, server, "a", 0);
        turn(version, &a);
        openai.expire_access(None);
        let newer = renew(openai, server);

        turn(version, &a);

        let refused = openai.requests().iter().filter(|seen| seen.status == Some(401)).count();
        assert!(refused >= 1, "{version}: Codex met the refusal");
        assert_eq!(a.login()["tokens"]["access_token"], newer, "{version}: and has the new token");
    });
}

#[test]
fn every_codex_makes_the_server_refresh_when_openai_refuses_its_token() {
    for_every_codex(1, |version, openai, server| {
        let (a, b) = (host(openai, server, "a", 0), host(openai, server, "b", 1));
        openai.expire_access(None);

        turn(version, &a);
        turn(version, &b);

        assert_eq!(a.login()["tokens"]["access_token"], b.login()["tokens"]["access_token"], "{version}: one new token for both");
    });
}
