//! The runner beside the server, when there is a Codex on this machine.

use std::ffi::OsStr;
use std::io;
use std::path::{Path, PathBuf};

use runner::{Secret, Settings};
use shared::config::variable;
use shared::random;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A runner of this process.
#[derive(Debug)]
pub struct Beside {
    /// What to set `AUTH_RUNNER_URL` to.
    pub url: String,
    /// What to set `AUTH_RUNNER_SECRET` to.
    pub secret: String,
    /// Stops with it.
    pub task: JoinHandle<io::Result<()>>,
}

/// Starts one on a free port of this machine, unless there is no Codex or the settings name a runner (or `off`).
pub async fn start() -> io::Result<Option<Beside>> {
    let wanted = variable("RUNNER_CODEX").unwrap_or_else(|| "codex".to_owned());
    let Some(codex) = find(&wanted).filter(|_| variable("AUTH_RUNNER_URL").is_none()) else { return Ok(None) };
    let mut settings = Settings::from_env().map_err(io::Error::other)?;
    let secret = random::token("cdxv_");
    (settings.codex, settings.secret) = (codex, Some(Secret::new(&secret)));
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let url = format!("http://{}/verify", listener.local_addr()?);
    let task = tokio::spawn(runner::serve(listener, settings, std::future::pending()));
    Ok(Some(Beside { url, secret, task }))
}

fn find(program: &str) -> Option<PathBuf> {
    if program.contains('/') {
        return Some(PathBuf::from(program)).filter(|path| path.is_file());
    }
    let path = variable("PATH")?;
    std::env::split_paths(OsStr::new(&path)).map(|folder: PathBuf| folder.join(Path::new(program))).find(|path| path.is_file())
}
