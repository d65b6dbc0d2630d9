//! Logins and requests about them, for the API document only: the code reads them losslessly ([`super::document`]).

use std::collections::HashMap;

use utoipa::ToSchema;

/// A Codex `auth.json`. Members that are not named here are kept.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "auth_mode": "chatgpt", "OPENAI_API_KEY": null, "last_refresh": "2026-01-01T00:00:00Z",
    "tokens": { "access_token": "access-token-0123456789-abcdef", "refresh_token": "refresh-token", "account_id": "account" },
}))]
#[expect(dead_code, reason = "it is only described")]
pub struct LoginDocument {
    /// RFC 3339, from 2000 on, at most 300 s ahead.
    #[schema(format = DateTime)]
    last_refresh: String,
    auth_mode: Option<String>,
    tokens: Option<LoginTokens>,
    /// A login of an API key has this and no tokens.
    #[schema(rename = "OPENAI_API_KEY")]
    openai_api_key: Option<String>,
    /// Tokens by target; made from the ones above when absent.
    auths: Option<HashMap<String, TargetToken>>,
}

/// What ChatGPT gave out.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it is only described")]
pub struct LoginTokens {
    access_token: Option<String>,
    refresh_token: Option<String>,
    id_token: Option<String>,
    account_id: Option<String>,
}

/// A token for one target.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "it is only described")]
pub struct TargetToken {
    /// At least `TOKEN_MIN_LENGTH` characters, no blanks, not made up.
    token: String,
    token_type: Option<String>,
}

/// What a host asks. `retrieve` needs `digest` and `last_refresh`; `store` needs `auth`, or the members of a login beside it.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "command": "retrieve", "last_refresh": "2000-01-01T00:00:00Z",
    "digest": "0000000000000000000000000000000000000000000000000000000000000000",
}))]
#[expect(dead_code, reason = "it is only described")]
pub struct AuthRequest {
    /// `retrieve` (default) or `store`.
    command: Option<String>,
    /// SHA-256 of the host's `auth.json`, 64 hex digits; also `auth_digest` or `auth_sha`.
    digest: Option<String>,
    /// RFC 3339; 2000-01-01T00:00:00Z when there is none.
    last_refresh: Option<String>,
    auth: Option<LoginDocument>,
    client_version: Option<String>,
    wrapper_version: Option<String>,
    /// The installation this host was set up for; another one is refused.
    installation_id: Option<String>,
}

/// A login, or its JSON text.
#[derive(Debug, ToSchema)]
#[schema(example = json!({ "auth": {
    "auth_mode": "chatgpt", "OPENAI_API_KEY": null, "last_refresh": "2026-01-01T00:00:00Z",
    "tokens": { "access_token": "access-token-0123456789-abcdef", "refresh_token": "refresh-token", "account_id": "account" },
} }))]
#[expect(dead_code, reason = "it is only described")]
pub struct UploadRequest {
    auth: LoginDocument,
}
