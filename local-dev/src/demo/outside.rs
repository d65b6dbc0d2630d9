//! The demo's outside world, all of it in this process: OpenAI, Codex releases, a runner, a receiver of alerts.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use fake_openai::releases::{TRIPLE, Version, asset_name};
use fake_openai::{AccessToken, FakeOpenAi, Family, FamilyId, Options, RefreshToken};
use runner::{Secret, Settings};
use serde_json::Value;
use shared::random;

use crate::state_dir::StateDir;

/// The account all of the demo's logins are of.
pub const ACCOUNT: &str = "acct-demo";
/// Releases of Codex that there are.
pub const RELEASES: [&str; 5] = ["0.165.0", "0.166.0", "0.167.0", "0.168.0", "0.169.0"];

/// What stands in for Codex when logins and configurations are proven. It knows no network.
const CODEX: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo "codex-cli 0.169.0"; exit 0; }
echo "OpenAI Codex v0.169.0 (research preview)" >&2
[ "$2" = hello ] && { echo "Not inside a trusted directory" >&2; exit 1; }
here=$(dirname "$0")
grep -qFf "$here/refused" "$CODEX_HOME/auth.json" && { echo "ERROR: unexpected status 401 Unauthorized: token_expired" >&2; exit 1; }
grep -qFf "$here/silent" "$CODEX_HOME/auth.json" && { echo "ERROR: stream disconnected" >&2; exit 1; }
echo banana
"#;

/// What the server is told of it.
#[derive(Debug)]
pub struct Outside {
    /// OpenAI and GitHub.
    pub openai: FakeOpenAi,
    /// `http://127.0.0.1:<port>`: alerts go to `/pager` (taken) and `/chat` (not taken); `/prices.json` does not answer.
    pub receiver: String,
    /// Where the runner is.
    pub runner: String,
    /// What it is called with.
    pub secret: String,
    codex: std::path::PathBuf,
}

/// Starts all of it. Ports stay the same from start to start while they are free: addresses of webhooks hold one.
pub async fn start(dir: &StateDir) -> io::Result<Outside> {
    let folder = dir.path("outside");
    fs::create_dir_all(folder.join("releases"))?;
    for version in RELEASES {
        publish(&folder.join("releases"), version)?;
    }
    let options = Options { releases_dir: Some(folder.join("releases")), port: port(dir, "openai-port")?, ..Options::default() };
    let openai = FakeOpenAi::start(options)?;
    let codex = folder.join("codex");
    fs::write(&codex, CODEX)?;
    fs::set_permissions(&codex, fs::Permissions::from_mode(0o755))?;
    for list in ["refused", "silent"] {
        fs::OpenOptions::new().append(true).create(true).open(folder.join(list))?;
    }
    let receiver = receive(port(dir, "receiver-port")?).await?;
    let (runner, secret) = runner(&codex).await?;
    Ok(Outside { openai, receiver, runner, secret, codex })
}

/// The port this demo had before, if it is free; otherwise another.
fn port(dir: &StateDir, name: &str) -> io::Result<u16> {
    let known = dir.read(name).and_then(|text| text.parse().ok()).unwrap_or(0);
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, known)).or_else(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    let port = listener.local_addr()?.port();
    dir.write(name, &port.to_string())?;
    Ok(port)
}

async fn receive(port: u16) -> io::Result<String> {
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let busy = || async { (StatusCode::SERVICE_UNAVAILABLE, "down for maintenance") };
    let router = Router::new()
        .route("/pager", post(|| async { StatusCode::NO_CONTENT }))
        .route("/chat", post(busy))
        .route("/prices.json", get(busy));
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok(format!("http://127.0.0.1:{port}"))
}

async fn runner(codex: &Path) -> io::Result<(String, String)> {
    let secret = random::token("cdxv_");
    let most = Duration::from_secs(20);
    let settings = Settings {
        codex: codex.to_owned(),
        secret: Some(Secret::new(&secret)),
        openai_base_url: None,
        chatgpt_base_url: None,
        most,
        at_once: 2,
    };
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    let url = format!("http://{}/verify", listener.local_addr()?);
    tokio::spawn(runner::serve(listener, settings, std::future::pending()));
    Ok((url, secret))
}

/// A release as a real one is laid out; its Codex says its version and what it is.
fn publish(releases: &Path, version: &str) -> io::Result<()> {
    let parsed = Version::parse(version).ok_or_else(|| io::Error::other(format!("{version} is no version")))?;
    let (folder, name) = (releases.join(version), asset_name(&parsed));
    if folder.join(&name).is_file() {
        return Ok(());
    }
    let packaged = name.starts_with("codex-package");
    let (top, file) =
        if packaged { ("bin".to_owned(), "bin/codex".to_owned()) } else { (format!("codex-{TRIPLE}"), format!("codex-{TRIPLE}")) };
    let file = folder.join(file);
    fs::create_dir_all(file.parent().unwrap_or(&folder))?;
    fs::write(
        &file,
        format!(
            "#!/bin/sh\n[ \"${{1:-}}\" = --version ] && echo 'codex-cli {version}' && exit\necho 'This is the demo: no model is here.'\n"
        ),
    )?;
    fs::set_permissions(&file, fs::Permissions::from_mode(0o755))?;
    let status = Command::new("tar").arg("-czf").arg(folder.join(&name)).arg("-C").arg(&folder).arg(&top).status()?;
    if status.success() { Ok(()) } else { Err(io::Error::other("tar could not pack a release")) }
}

impl Outside {
    /// The runner's Codex refuses this login from now on, or does not answer with it.
    pub fn distrust(&self, list: &str, login: &Value) -> io::Result<()> {
        let token = login["tokens"]["access_token"].as_str().unwrap_or_default();
        fs::write(self.codex.with_file_name(list), format!("{token}\n"))
    }

    /// OpenAI knows a login that it gave out before this process began.
    pub fn remember(&self, login: &Value, expires_at: i64) {
        let text = |name: &str| login["tokens"][name].as_str().unwrap_or_default().to_owned();
        let id = FamilyId("family-1".to_owned());
        let family = Family {
            account_id: ACCOUNT.to_owned(),
            user_id: "user-demo".to_owned(),
            plan_type: "pro".to_owned(),
            email: EMAIL.to_owned(),
            ..Family::default()
        };
        self.openai.with(|state| {
            let families = &mut state.families;
            families.families.insert(id.clone(), family);
            let refresh = RefreshToken { family: id.clone(), spent: false, presented: 0, exchanged: 0 };
            families.refresh_tokens.insert(text("refresh_token"), refresh);
            let access = AccessToken { family: id, jti: "kept".to_owned(), expires_at };
            families.access_tokens.insert(text("access_token"), access);
        });
    }
}

/// Whose account it is.
pub const EMAIL: &str = "codex@example.com";
