//! Every route and who may call it. What is not in this table is closed: a new route answers 403 until it is here, and
//! a test compares the table with the API document and with what each kind of caller really gets.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::http::Method;

use super::Role;
use crate::hosts::gate::Door;

/// Who may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody.
    Public,
    /// Anybody; and it is no part of the API: pages, their files, health.
    Page,
    /// Who has the single-use token in the path.
    Link,
    /// A host that has a handle in its body; the handler asks the same door.
    Handle,
    /// A host, under the rules of this door.
    Host(Door),
    /// An administrator with at least this role.
    Admin(Role),
}

use Access::{Admin, Handle, Host, Link, Page, Public};
use Door::{Leave, Settle, Visit};
use Role::{Operator, Owner, Viewer};

/// The table: method, path as the router has it, who.
#[rustfmt::skip]
pub const MATRIX: &[(Method, &str, Access)] = &[
    (Method::GET,    "/healthz",                                Page),
    (Method::GET,    "/readyz",                                 Page),
    (Method::GET,    "/openapi.json",                           Page),
    (Method::GET,    "/docs",                                   Page),
    (Method::GET,    "/docs/",                                  Page),
    (Method::GET,    "/docs/{*rest}",                           Page),
    (Method::GET,    "/admin",                                  Page),
    (Method::GET,    "/admin/",                                 Page),
    (Method::GET,    "/admin/assets/{file}",                    Page),

    (Method::POST,   "/auth",                                   Host(Settle)),
    (Method::DELETE, "/auth",                                   Host(Leave)),
    (Method::POST,   "/oauth/token",                            Handle),
    (Method::POST,   "/oauth/revoke",                           Handle),
    (Method::POST,   "/host/users",                             Host(Visit)),
    (Method::GET,    "/versions",                               Public),
    (Method::POST,   "/sync",                                   Host(Settle)),
    (Method::POST,   "/push",                                   Host(Settle)),
    (Method::POST,   "/config/retrieve",                        Host(Visit)),
    (Method::POST,   "/agents/retrieve",                        Host(Visit)),
    (Method::GET,    "/slash-commands",                         Host(Visit)),
    (Method::POST,   "/slash-commands/retrieve",                Host(Visit)),
    (Method::POST,   "/slash-commands/store",                   Host(Visit)),
    (Method::GET,    "/skills",                                 Host(Visit)),
    (Method::POST,   "/skills/retrieve",                        Host(Visit)),
    (Method::POST,   "/skills/store",                           Host(Visit)),
    (Method::POST,   "/usage",                                  Host(Visit)),
    (Method::POST,   "/otel/v1/logs",                           Host(Visit)),
    (Method::GET,    "/wrapper",                                Host(Visit)),
    (Method::GET,    "/wrapper/download",                       Host(Visit)),
    (Method::POST,   "/mcp",                                    Host(Visit)),
    (Method::POST,   "/mcp/memories/store",                     Host(Visit)),
    (Method::POST,   "/mcp/memories/retrieve",                  Host(Visit)),
    (Method::POST,   "/mcp/memories/search",                    Host(Visit)),
    (Method::POST,   "/mcp/memories/delete",                    Host(Visit)),
    (Method::DELETE, "/mcp/memories/{id}",                      Host(Visit)),
    (Method::GET,    "/install/{token}",                        Link),
    (Method::GET,    "/seed/auth/{token}",                      Link),
    (Method::POST,   "/seed/auth/{token}",                      Link),

    (Method::GET,    "/admin/session",                          Admin(Viewer)),
    (Method::POST,   "/admin/session",                          Public),
    (Method::DELETE, "/admin/session",                          Admin(Viewer)),
    (Method::GET,    "/admin/access/tokens",                    Admin(Owner)),
    (Method::POST,   "/admin/access/tokens",                    Admin(Owner)),
    (Method::DELETE, "/admin/access/tokens/{id}",               Admin(Owner)),
    (Method::GET,    "/admin/access/certificates",              Admin(Owner)),
    (Method::POST,   "/admin/access/certificates",              Admin(Owner)),
    (Method::DELETE, "/admin/access/certificates/{id}",         Admin(Owner)),
    (Method::GET,    "/admin/access/sessions",                  Admin(Owner)),
    (Method::DELETE, "/admin/access/sessions/{id}",             Admin(Owner)),
    (Method::GET,    "/admin/audit",                            Admin(Viewer)),
    (Method::GET,    "/admin/audit/verify",                     Admin(Viewer)),

    (Method::GET,    "/admin/hosts",                            Admin(Viewer)),
    (Method::POST,   "/admin/hosts/register",                   Admin(Operator)),
    (Method::GET,    "/admin/hosts/counts",                     Admin(Viewer)),
    (Method::GET,    "/admin/hosts/insecure",                   Admin(Viewer)),
    (Method::GET,    "/admin/hosts/{id}",                       Admin(Viewer)),
    (Method::DELETE, "/admin/hosts/{id}",                       Admin(Operator)),
    (Method::GET,    "/admin/hosts/{id}/auth",                  Admin(Viewer)),
    (Method::POST,   "/admin/hosts/{id}/address/forget",        Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/budget",                Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/clear",                 Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/codex-version",         Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/curl-insecure",         Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/expiry",                Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/insecure/disable",      Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/insecure/enable",       Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/ipv4",                  Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/key/rotate",            Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/labels",                Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/model",                 Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/push-policy",           Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/refresh-mode",          Admin(Owner)),
    (Method::POST,   "/admin/hosts/{id}/resume",                Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/roaming",               Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/secure",                Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/suspend",               Admin(Operator)),
    (Method::POST,   "/admin/hosts/{id}/vip",                   Admin(Operator)),
    (Method::GET,    "/admin/pending-tokens",                   Admin(Operator)),
    (Method::DELETE, "/admin/pending-tokens/{id}",              Admin(Operator)),

    (Method::GET,    "/admin/agents",                             Admin(Viewer)),
    (Method::DELETE, "/admin/agents",                             Admin(Operator)),
    (Method::GET,    "/admin/agents/diff",                        Admin(Viewer)),
    (Method::POST,   "/admin/agents/restore",                     Admin(Operator)),
    (Method::POST,   "/admin/agents/store",                       Admin(Operator)),
    (Method::GET,    "/admin/agents/versions",                    Admin(Viewer)),
    (Method::GET,    "/admin/slash-commands",                     Admin(Viewer)),
    (Method::POST,   "/admin/slash-commands/store",               Admin(Operator)),
    (Method::GET,    "/admin/slash-commands/{filename}",          Admin(Viewer)),
    (Method::DELETE, "/admin/slash-commands/{filename}",          Admin(Operator)),
    (Method::GET,    "/admin/slash-commands/{filename}/diff",     Admin(Viewer)),
    (Method::POST,   "/admin/slash-commands/{filename}/restore",  Admin(Operator)),
    (Method::GET,    "/admin/slash-commands/{filename}/versions", Admin(Viewer)),
    (Method::GET,    "/admin/skills",                             Admin(Viewer)),
    (Method::POST,   "/admin/skills/store",                       Admin(Operator)),
    (Method::GET,    "/admin/skills/{slug}",                      Admin(Viewer)),
    (Method::DELETE, "/admin/skills/{slug}",                      Admin(Operator)),
    (Method::GET,    "/admin/skills/{slug}/diff",                 Admin(Viewer)),
    (Method::POST,   "/admin/skills/{slug}/restore",              Admin(Operator)),
    (Method::GET,    "/admin/skills/{slug}/versions",             Admin(Viewer)),
    (Method::GET,    "/admin/reviews",                            Admin(Viewer)),
    (Method::POST,   "/admin/reviews/{id}/resolve",               Admin(Operator)),
    (Method::GET,    "/admin/push-policy",                        Admin(Viewer)),
    (Method::POST,   "/admin/push-policy",                        Admin(Operator)),

    (Method::GET,    "/admin/overview",                         Admin(Viewer)),
    (Method::GET,    "/admin/usage",                            Admin(Viewer)),
    (Method::GET,    "/admin/usage/cost-history",               Admin(Viewer)),
    (Method::GET,    "/admin/usage/ingests",                    Admin(Viewer)),
    (Method::GET,    "/admin/usage/sums",                       Admin(Viewer)),
    (Method::GET,    "/admin/tokens",                           Admin(Viewer)),
    (Method::GET,    "/admin/pricing",                          Admin(Viewer)),
    (Method::GET,    "/admin/pricing/{model}",                  Admin(Viewer)),
    (Method::POST,   "/admin/pricing/{model}",                  Admin(Operator)),
    (Method::DELETE, "/admin/pricing/{model}",                  Admin(Operator)),
    (Method::GET,    "/admin/budget",                           Admin(Viewer)),
    (Method::POST,   "/admin/budget",                           Admin(Operator)),

    (Method::GET,    "/admin/api/state",                        Admin(Viewer)),
    (Method::POST,   "/admin/api/state",                        Admin(Operator)),
    (Method::GET,    "/admin/auth",                             Admin(Viewer)),
    (Method::GET,    "/admin/auth/candidates",                  Admin(Viewer)),
    (Method::POST,   "/admin/auth/candidates/{id}/accept",      Admin(Owner)),
    (Method::POST,   "/admin/auth/candidates/{id}/reject",      Admin(Operator)),
    (Method::GET,    "/admin/auth/exposure",                    Admin(Viewer)),
    (Method::GET,    "/admin/auth/generations",                 Admin(Viewer)),
    (Method::POST,   "/admin/auth/refresh-mode",                Admin(Owner)),
    (Method::POST,   "/admin/auth/rotate-now",                  Admin(Operator)),
    (Method::POST,   "/admin/auth/reveal",                      Admin(Owner)),
    (Method::POST,   "/admin/auth/seed-command",                Admin(Owner)),
    (Method::POST,   "/admin/auth/upload",                      Admin(Owner)),
    (Method::GET,    "/admin/content/drift",                    Admin(Viewer)),
    (Method::GET,    "/admin/events",                           Admin(Viewer)),
    (Method::GET,    "/admin/config",                           Admin(Viewer)),
    (Method::POST,   "/admin/config/render",                    Admin(Viewer)),
    (Method::POST,   "/admin/config/store",                     Admin(Operator)),
    (Method::GET,    "/admin/config/versions",                  Admin(Viewer)),
    (Method::GET,    "/admin/config/versions/{version}",        Admin(Viewer)),
    (Method::POST,   "/admin/config/versions/{version}/publish", Admin(Operator)),
    (Method::POST,   "/admin/config/versions/{version}/restore", Admin(Operator)),
    (Method::POST,   "/admin/codex-version",                    Admin(Operator)),
    (Method::GET,    "/admin/jobs",                             Admin(Viewer)),
    (Method::POST,   "/admin/jobs/{name}/run",                  Admin(Operator)),
    (Method::GET,    "/admin/mcp/files",                        Admin(Viewer)),
    (Method::GET,    "/admin/mcp/files/{host_id}",              Admin(Viewer)),
    (Method::DELETE, "/admin/mcp/files/{host_id}",              Admin(Operator)),
    (Method::GET,    "/admin/mcp/files/{host_id}/content",      Admin(Viewer)),
    (Method::GET,    "/admin/mcp/grants",                       Admin(Viewer)),
    (Method::POST,   "/admin/mcp/grants",                       Admin(Operator)),
    (Method::DELETE, "/admin/mcp/grants/{id}",                  Admin(Operator)),
    (Method::GET,    "/admin/mcp/logs",                         Admin(Viewer)),
    (Method::GET,    "/admin/mcp/memories",                     Admin(Viewer)),
    (Method::GET,    "/admin/mcp/memories/export",              Admin(Operator)),
    (Method::GET,    "/admin/mcp/memories/{id}",                Admin(Viewer)),
    (Method::POST,   "/admin/mcp/memories/{id}",                Admin(Operator)),
    (Method::DELETE, "/admin/mcp/memories/{id}",                Admin(Operator)),
    (Method::POST,   "/admin/mcp/memories/{id}/restore",        Admin(Operator)),
    (Method::GET,    "/admin/prune-policy",                     Admin(Viewer)),
    (Method::POST,   "/admin/prune-policy",                     Admin(Operator)),
    (Method::GET,    "/admin/rollout",                          Admin(Viewer)),
    (Method::POST,   "/admin/rollout",                          Admin(Operator)),
    (Method::POST,   "/admin/rollout/finish",                   Admin(Operator)),
    (Method::POST,   "/admin/rollout/stop",                     Admin(Operator)),
    (Method::GET,    "/admin/runner",                           Admin(Viewer)),
    (Method::POST,   "/admin/runner/run",                       Admin(Operator)),
    (Method::GET,    "/admin/alerts",                           Admin(Viewer)),
    (Method::GET,    "/admin/alerts/deliveries",                Admin(Viewer)),
    (Method::GET,    "/admin/alerts/webhooks",                  Admin(Operator)),
    (Method::POST,   "/admin/alerts/webhooks",                  Admin(Operator)),
    (Method::POST,   "/admin/alerts/webhooks/{id}",             Admin(Operator)),
    (Method::DELETE, "/admin/alerts/webhooks/{id}",             Admin(Operator)),
    (Method::POST,   "/admin/alerts/webhooks/{id}/test",        Admin(Operator)),
    (Method::GET,    "/admin/cdx-silent",                       Admin(Viewer)),
    (Method::POST,   "/admin/cdx-silent",                       Admin(Operator)),
    (Method::GET,    "/admin/chatgpt/usage",                    Admin(Viewer)),
    (Method::GET,    "/admin/chatgpt/usage/history",            Admin(Viewer)),
    (Method::POST,   "/admin/chatgpt/usage/refresh",            Admin(Operator)),
    (Method::GET,    "/admin/quota-mode",                       Admin(Viewer)),
    (Method::POST,   "/admin/quota-mode",                       Admin(Operator)),
    (Method::POST,   "/admin/versions/check",                   Admin(Operator)),
];

/// What the table says about a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Declared {
    /// Who may call it.
    Access(Access),
    /// The path is there, with these other methods.
    OtherMethods(String),
    /// The path is not there.
    Nothing,
}

/// Looks up a method and a path as the router has it. `HEAD` is `GET` without a body.
pub fn declared(method: &Method, path: &str) -> Declared {
    static BY_PATH: LazyLock<HashMap<&str, Vec<(&Method, Access)>>> = LazyLock::new(|| {
        let mut map: HashMap<_, Vec<_>> = HashMap::new();
        for (method, path, access) in MATRIX {
            map.entry(*path).or_default().push((method, *access));
        }
        map
    });
    let Some(methods) = BY_PATH.get(path) else { return Declared::Nothing };
    let method = if method == Method::HEAD { &Method::GET } else { method };
    match methods.iter().find(|(known, _)| *known == method) {
        Some((_, access)) => Declared::Access(*access),
        None => Declared::OtherMethods(methods.iter().map(|(known, _)| known.as_str()).collect::<Vec<_>>().join(",")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_declared_is_nothing() {
        assert_eq!(declared(&Method::POST, "/auth"), Declared::Access(Host(Settle)));
        assert_eq!(declared(&Method::HEAD, "/versions"), Declared::Access(Public));
        assert_eq!(declared(&Method::PUT, "/auth"), Declared::OtherMethods("POST,DELETE".to_owned()));
        assert_eq!(declared(&Method::GET, "/new"), Declared::Nothing);
    }
}
