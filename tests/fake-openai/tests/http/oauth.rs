//! Refresh tokens are single-use and a family dies of reuse.

use fake_openai::{CLIENT_ID, jwt};
use serde_json::json;

use crate::setup::{Login, ok, ok_json, refusal, start};

#[tokio::test]
async fn a_refresh_answers_new_tokens_with_codexs_claims() {
    let t = start();
    let login = t.login();

    let tokens = ok_json(t.refresh(&login.refresh)).await;

    assert_eq!(tokens["expires_in"], 864_000);
    let refresh = tokens["refresh_token"].as_str().unwrap();
    assert!(refresh.starts_with("rt_") && refresh != login.refresh);
    let access = jwt::payload(tokens["access_token"].as_str().unwrap()).unwrap();
    assert_eq!(access["exp"].as_i64().unwrap() - access["iat"].as_i64().unwrap(), 864_000);
    assert!(access["jti"].is_string());
    let claim = json!({
        "chatgpt_account_id": "acct-1",
        "chatgpt_plan_type": "pro",
        "chatgpt_user_id": "user-acct-1",
    });
    assert_eq!(access[jwt::AUTH_CLAIM], claim);
    let id = jwt::payload(tokens["id_token"].as_str().unwrap()).unwrap();
    assert_eq!(id["email"], "acct-1@fake.test");
    assert_eq!(id[jwt::AUTH_CLAIM], claim);
}

#[tokio::test]
async fn a_form_is_as_good_as_json() {
    let t = start();
    let login = t.login();
    let form = format!("grant_type=refresh_token&client_id={CLIENT_ID}&refresh_token={}", login.refresh);

    let request = t.post("/oauth/token").body(form);
    let tokens = ok_json(request.header("content-type", "application/x-www-form-urlencoded")).await;

    assert!(tokens["access_token"].is_string());
}

#[tokio::test]
async fn reuse_kills_the_whole_family_and_no_other() {
    let t = start();
    let (login, neighbour) = (t.login(), t.login());
    let tokens = ok_json(t.refresh(&login.refresh)).await;
    let newer = Login::of(&json!({ "tokens": tokens }));

    let reused = refusal(t.refresh(&login.refresh)).await;

    assert_eq!(reused, (401, "refresh_token_reused".into()));
    let invalidated = (401, "refresh_token_invalidated".into());
    assert_eq!(refusal(t.refresh(&newer.refresh)).await, invalidated);
    assert_eq!(refusal(t.refresh(&login.refresh)).await, invalidated);
    for dead in [&login, &newer] {
        let answer = refusal(t.ask(dead, "m", "hi")).await;
        assert_eq!(answer, (401, "token_revoked".into()));
    }
    ok(t.ask(&neighbour, "m", "hi")).await;
    ok(t.refresh(&neighbour.refresh)).await;
    let state = t.fake.state_json();
    assert_eq!(state["oauth"], json!({ "exchanges": 2, "reuse_errors": 1, "refused": 3, "revokes": 0 }));
    assert_eq!(state["families"]["family-1"]["exchanges"], 1);
    assert_eq!(state["families"]["family-1"]["reuse_errors"], 1);
    assert_eq!(state["refresh_tokens"][&login.refresh]["presented"], 3);
    assert_eq!(state["refresh_tokens"][&login.refresh]["exchanged"], 1);
    assert_eq!(state["counts"]["POST /oauth/token"], 5);
}

#[tokio::test]
async fn of_two_refreshes_at_once_one_wins() {
    let t = start();
    let login = t.login();

    let (a, b) = tokio::join!(t.refresh(&login.refresh).send(), t.refresh(&login.refresh).send());

    let mut statuses = [a.unwrap().status().as_u16(), b.unwrap().status().as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
}

#[tokio::test]
async fn unknown_tokens_and_foreign_clients_are_refused() {
    let t = start();
    let login = t.login();

    let unknown = refusal(t.refresh("rt_never")).await;
    let foreign = json!({ "grant_type": "refresh_token", "refresh_token": login.refresh });
    let foreign = refusal(t.post("/oauth/token").json(&foreign)).await;

    assert_eq!(unknown, (401, "refresh_token_invalidated".into()));
    assert_eq!(foreign, (401, "invalid_client".into()));
    ok(t.refresh(&login.refresh)).await;
}

#[tokio::test]
async fn an_expired_family_cannot_refresh_but_its_access_lives_on() {
    let t = start();
    let login = t.login();
    t.fake.expire_refresh(None);

    let answer = refusal(t.refresh(&login.refresh)).await;

    assert_eq!(answer, (401, "refresh_token_expired".into()));
    ok(t.ask(&login, "m", "hi")).await;
}

#[tokio::test]
async fn a_revoked_family_is_dead() {
    let t = start();
    let login = t.login();
    let revocation = json!({ "token": login.refresh, "token_type_hint": "refresh_token", "client_id": CLIENT_ID });

    ok(t.post("/oauth/revoke").json(&revocation)).await;

    assert_eq!(refusal(t.refresh(&login.refresh)).await, (401, "refresh_token_invalidated".into()));
    assert_eq!(refusal(t.ask(&login, "m", "hi")).await, (401, "token_revoked".into()));
    assert_eq!(t.fake.with(|state| state.oauth.revokes), 1);
}
