//! An issuer of single-use tokens: reuse kills the login.

use std::collections::BTreeMap;

use serde_json::json;
use shared::auth::authority::answer::Raw;

/// One refresh token: the login it belongs to and its place there. A later one is greater.
pub type Token = (u64, u64);

/// What a request meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    /// It is served.
    Well,
    /// 503, unseen.
    Overloaded,
    /// 500, unseen.
    Failing,
    /// Served, and then 500.
    FailingLate,
    /// Served, and the answer is a page.
    Babbling,
}

/// Every login ever made: its newest token, and whether it lives.
#[derive(Debug, Default)]
pub struct Issuer {
    logins: BTreeMap<u64, (u64, bool)>,
    /// How often each token was looked at.
    looked_at: BTreeMap<Token, u32>,
    /// What must not have happened.
    pub wrong: Option<String>,
}

impl Issuer {
    /// Somebody signs in.
    pub fn login(&mut self) -> Token {
        let login = self.logins.len() as u64 + 1;
        self.logins.insert(login, (1, true));
        (login, 1)
    }

    /// Whether this token would be served.
    pub fn is_live(&self, token: Token) -> bool {
        self.logins.get(&token.0) == Some(&(token.1, true))
    }

    /// Answers a refresh. `recovery`: the store says that this token may be spent.
    pub fn exchange(&mut self, token: Token, recovery: bool, mood: Mood) -> Raw {
        let answer = |status, body: serde_json::Value| Raw::Answer { status, body: body.to_string() };
        let unseen = |status| answer(status, json!({ "error": { "code": "server_error" } }));
        match mood {
            Mood::Overloaded => return unseen(503),
            Mood::Failing => return unseen(500),
            _ => {}
        }
        let times = self.looked_at.entry(token).or_default();
        *times += 1;
        if *times > 2 || *times == 2 && !recovery {
            self.wrong = Some(format!("{token:?} was spent {times} times, recovery: {recovery}"));
        }
        let (newest, alive) = self.logins.get_mut(&token.0).expect("only tokens of logins are sent");
        if token.1 != *newest {
            *alive = false;
        }
        if !*alive {
            return answer(401, json!({ "error": { "code": "refresh_token_reused" } }));
        }
        *newest += 1;
        let body = json!({ "access_token": format!("at-{}-{newest}", token.0), "refresh_token": format!("{} {newest}", token.0) });
        match mood {
            Mood::FailingLate => unseen(500),
            Mood::Babbling => Raw::Answer { status: 200, body: "<html>".to_owned() },
            _ => answer(200, body),
        }
    }
}

/// The token an answer holds.
pub fn token_of(raw: &Raw) -> Option<Token> {
    let Raw::Answer { body, .. } = raw else { return None };
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let (login, place) = body.get("refresh_token")?.as_str()?.split_once(' ')?;
    Some((login.parse().ok()?, place.parse().ok()?))
}
