//! Logins and their single-use refresh tokens: one login is one family, and reuse kills all of it.

use std::collections::{BTreeMap, HashMap};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{jwt, login::LoginOptions};

/// Names one login.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct FamilyId(pub String);

/// One login: who it belongs to, whether it still lives, and what happened to it.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Family {
    pub account_id: String,
    pub user_id: String,
    pub email: String,
    pub plan_type: String,
    /// Killed by reuse or by revocation: no token of it works any more.
    pub dead: bool,
    /// Its refresh tokens are too old; access tokens live on.
    pub expired: bool,
    /// Refresh tokens turned into new tokens.
    pub exchanges: u32,
    /// Answers `refresh_token_reused`.
    pub reuse_errors: u32,
    /// All refused refreshes, reuse included.
    pub refused: u32,
    pub revokes: u32,
}

/// A refresh token ever issued, and how often it came back.
#[derive(Clone, Debug, Serialize)]
pub struct RefreshToken {
    pub family: FamilyId,
    pub spent: bool,
    pub presented: u32,
    pub exchanged: u32,
}

/// An access token ever issued.
#[derive(Clone, Debug, Serialize)]
pub struct AccessToken {
    pub family: FamilyId,
    pub jti: String,
    pub expires_at: i64,
}

/// What a login or a refresh hands out.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub family: FamilyId,
    pub account_id: String,
    pub id_token: String,
    pub access_token: String,
    pub refresh_token: String,
}

/// Why a refresh was refused; the codes Codex knows (codex-rs `login/src/auth/manager.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefreshRefusal {
    Reused,
    Invalidated,
    Expired,
}

/// Why an access token was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AccessRefusal {
    Unknown,
    Expired,
    Revoked,
}

/// Every login and token the fake has given out.
#[derive(Debug, Default)]
pub struct Families {
    pub families: BTreeMap<FamilyId, Family>,
    pub refresh_tokens: BTreeMap<String, RefreshToken>,
    pub access_tokens: HashMap<String, AccessToken>,
}

impl Families {
    /// A new login with its first tokens.
    pub fn login(&mut self, options: &LoginOptions, now: i64) -> Tokens {
        let id = FamilyId(format!("family-{}", self.families.len() + 1));
        let email = format!("{}@fake.test", options.account_id);
        let family = Family {
            account_id: options.account_id.clone(),
            user_id: format!("user-{}", options.account_id),
            email: options.email.clone().unwrap_or(email),
            plan_type: options.plan_type.clone(),
            ..Family::default()
        };
        self.families.insert(id.clone(), family);
        self.issue(&id, now, options.access_lifetime_seconds).expect("the family was inserted one line above")
    }

    /// Spends a refresh token: the heart of the fake.
    pub fn exchange(&mut self, token: &str, now: i64, lifetime_seconds: i64) -> Result<Tokens, RefreshRefusal> {
        let Some(known) = self.refresh_tokens.get_mut(token) else {
            return Err(RefreshRefusal::Invalidated);
        };
        known.presented += 1;
        let id = known.family.clone();
        let Some(family) = self.families.get_mut(&id) else {
            return Err(RefreshRefusal::Invalidated);
        };
        if let Some(refusal) = family.refusal(known.spent) {
            return Err(refusal);
        }
        known.spent = true;
        known.exchanged += 1;
        family.exchanges += 1;
        self.issue(&id, now, lifetime_seconds).ok_or(RefreshRefusal::Invalidated)
    }

    /// Kills the family a refresh or access token belongs to; unknown tokens are fine (RFC 7009).
    pub fn revoke(&mut self, token: &str) {
        let Some(id) = self.family_of(token) else {
            return;
        };
        if let Some(family) = self.families.get_mut(&id) {
            family.dead = true;
            family.revokes += 1;
        }
    }

    /// The live access token behind a bearer string.
    pub fn check(&self, bearer: &str, now: i64) -> Result<AccessToken, AccessRefusal> {
        let token = self.access_tokens.get(bearer).ok_or(AccessRefusal::Unknown)?;
        if self.families.get(&token.family).is_none_or(|f| f.dead) {
            return Err(AccessRefusal::Revoked);
        }
        if token.expires_at <= now {
            return Err(AccessRefusal::Expired);
        }
        Ok(token.clone())
    }

    /// The login a refresh or access token was issued for.
    pub fn family_of(&self, token: &str) -> Option<FamilyId> {
        let by_refresh = self.refresh_tokens.get(token).map(|t| &t.family);
        by_refresh.or_else(|| self.access_tokens.get(token).map(|t| &t.family)).cloned()
    }

    /// Makes the server refuse access tokens whose `exp` still looks fine, so Codex meets a 401.
    pub fn expire_access(&mut self, family: Option<&FamilyId>) {
        let ours = |t: &&mut AccessToken| family.is_none_or(|id| *id == t.family);
        for token in self.access_tokens.values_mut().filter(ours) {
            token.expires_at = 0;
        }
    }

    /// Makes refreshes of a family (or of all) answer `refresh_token_expired`.
    pub fn expire_refresh(&mut self, family: Option<&FamilyId>) {
        for (id, known) in &mut self.families {
            known.expired |= family.is_none_or(|wanted| wanted == id);
        }
    }

    fn issue(&mut self, id: &FamilyId, now: i64, lifetime_seconds: i64) -> Option<Tokens> {
        let family = self.families.get(id)?;
        let jti = Uuid::new_v4().to_string();
        let expires_at = now + lifetime_seconds;
        let tokens = Tokens {
            family: id.clone(),
            account_id: family.account_id.clone(),
            id_token: jwt::id_token(family, now),
            access_token: jwt::access_token(family, &jti, now, expires_at),
            refresh_token: format!("rt_{}", Uuid::new_v4().simple()),
        };
        let access = AccessToken { family: id.clone(), jti, expires_at };
        self.access_tokens.insert(tokens.access_token.clone(), access);
        let refresh = RefreshToken { family: id.clone(), spent: false, presented: 0, exchanged: 0 };
        self.refresh_tokens.insert(tokens.refresh_token.clone(), refresh);
        Some(tokens)
    }
}

impl Family {
    /// Decides on one presented token and books the refusal; reuse is what kills.
    fn refusal(&mut self, spent: bool) -> Option<RefreshRefusal> {
        let refusal = if self.dead {
            RefreshRefusal::Invalidated
        } else if self.expired {
            RefreshRefusal::Expired
        } else if spent {
            self.dead = true;
            self.reuse_errors += 1;
            RefreshRefusal::Reused
        } else {
            return None;
        };
        self.refused += 1;
        Some(refusal)
    }
}
