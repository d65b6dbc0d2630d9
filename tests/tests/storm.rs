//! The refresh storm, small enough for every run of the tests; `local-dev/storm` is the big one.

use std::time::Duration;

use e2e::host::{expect_exit, stdout};
use e2e::ready::{host, plain_codex, ready};
use e2e::storm::{Plan, through_the_server};

#[test]
fn many_codex_processes_with_an_expired_login_cost_one_exchange() {
    for codex in ["0.80.0", "0.169.0"] {
        let plan = Plan { codex: codex.to_owned(), processes: 12, homes: 6, limit: Duration::from_mins(1) };

        let outcome = through_the_server(&plan);

        assert!(outcome.is_calm(), "{codex}: {outcome:#?}");
        assert_eq!((outcome.refused, outcome.revokes), (0, 0), "{codex}");
    }
}

#[test]
fn a_logout_on_one_host_costs_the_others_nothing() {
    let (openai, server) = ready("0.169.0");
    let [a, b, c] = ["a", "b", "c"].map(|name| host(&openai, &server, name, 1));
    for host in [&a, &b, &c] {
        expect_exit(&host.cdx(&["--update"]), 0);
    }

    expect_exit(&plain_codex(&a, "logout"), 0);
    assert_eq!(server.requests("/oauth/revoke"), 1, "it was told to us");
    openai.expire_access(None);

    for host in [&b, &c] {
        let turn = plain_codex(host, "exec --skip-git-repo-check hello");
        expect_exit(&turn, 0);
        assert_eq!(stdout(&turn).trim(), "FAKE-ANSWER: hello");
    }
    let (exchanges, refused, revokes) = openai.with(|state| (state.oauth.exchanges, state.oauth.refused, state.oauth.revokes));
    assert_eq!((exchanges, refused, revokes), (1, 0, 0), "one refresh for both, and nobody was logged out");
    let turn = a.cdx(&["exec", "--skip-git-repo-check", "back"]);
    expect_exit(&turn, 0);
    assert_eq!(stdout(&turn).trim(), "FAKE-ANSWER: back");
}
