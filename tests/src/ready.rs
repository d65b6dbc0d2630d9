//! A server that has a login, the `OpenAI` behind it, and what a plain Codex does on a host of it.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use fake_openai::releases::{self, Version};
use fake_openai::{FakeOpenAi, LoginOptions, Options};
use serde_json::{Value, json};

use crate::host::{Host, SHELLS, expect_exit};
use crate::process::Server;

/// Where `local-dev/test` keeps what it downloads.
pub fn cache() -> PathBuf {
    let cache = shared::config::variable("CODEX_AUTH_CENTRAL_CACHE").expect("run this through local-dev");
    PathBuf::from(cache)
}

/// Every Codex in the cache, oldest first.
pub fn versions() -> Vec<String> {
    let names = fs::read_dir(cache().join("npm")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let version = |name: String| {
        let version = name.strip_prefix("openai-codex-")?.strip_suffix(".tgz")?;
        Version::parse(version.strip_suffix("-linux-x64").unwrap_or(version))
    };
    let mut versions: Vec<_> = names.filter_map(version).collect();
    versions.sort();
    versions.iter().map(ToString::to_string).collect()
}

/// An `OpenAI` whose only release is this version.
pub fn openai(version: &str) -> FakeOpenAi {
    let releases_dir = cache().join("releases");
    releases::from_npm(&cache(), &releases_dir, version).unwrap();
    FakeOpenAi::start(Options { releases_dir: Some(releases_dir), ..Options::default() }).unwrap()
}

/// A server that has a login and runs this Codex.
pub fn ready(version: &str) -> (FakeOpenAi, Server) {
    let openai = openai(version);
    let server = Server::start(&openai.url());
    seed(&openai, &server, version);
    (openai, server)
}

/// Gives a server its login and its Codex.
pub fn seed(openai: &FakeOpenAi, server: &Server, version: &str) {
    server.admin("POST", "/admin/codex-version", &json!({ "selection": version }));
    server.admin("POST", "/admin/auth/upload", &json!({ "auth": openai.login(LoginOptions::default()) }));
}

/// Gives the server a newer login of the same account, and says its access token.
pub fn renew(openai: &FakeOpenAi, server: &Server) -> Value {
    let newer = openai.login(LoginOptions { access_lifetime_seconds: 900_000, ..LoginOptions::default() });
    server.admin("POST", "/admin/auth/upload", &json!({ "auth": newer }));
    newer["tokens"]["access_token"].clone()
}

/// A host of this server with `cdx`, a Codex and its login.
pub fn host(openai: &FakeOpenAi, server: &Server, name: &str, shell: usize) -> Host {
    let host = Host::new(&format!("{name}.example"), SHELLS[shell], &openai.url());
    expect_exit(&host.install(server, &json!({})), 0);
    host
}

/// Lets the access token in a host's file be an expired one of the same account.
pub fn expire(openai: &FakeOpenAi, host: &Host) {
    let ended = openai.login(LoginOptions { access_lifetime_seconds: -60, ..LoginOptions::default() });
    let mut file = host.login();
    file["tokens"]["access_token"] = ended["tokens"]["access_token"].clone();
    fs::write(host.auth_json(), file.to_string()).unwrap();
}

/// A plain `codex` in a shell that did what a profile would: no `cdx` is around it.
pub fn plain_codex(host: &Host, words: &str) -> Output {
    host.shell(&format!("eval \"$(\"$HOME/.local/bin/cdx\" --shellenv)\" && exec codex {words}"))
}
