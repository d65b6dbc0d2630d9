//! What `cdx` adds to a launch.

use std::ffi::OsString;
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::atomic::Ordering;
use std::time::Instant;

use e2e::host::SHELLS;
use shared::config::variable;
use tokio::process::Command;

use crate::baseline::Figures;
use crate::report::Report;
use crate::server::{Member, Server};
use crate::{Cli, Done, median};

/// A Codex that does nothing.
const TRIVIAL: &str = "trivial";

/// What `cdx --version` takes beyond `codex --version`.
pub async fn measure(cli: &Cli, dir: &Path, server: &Server, fleet: &str, report: &mut Report, figures: &mut Figures) -> Done<()> {
    fs::create_dir_all(dir)?;
    let trivial = dir.join("codex");
    program(&trivial, "#!/bin/sh\nprintf 'codex-cli 0.0.0\\n'\n")?;
    let real = cli.codex.as_ref().map(|path| fs::canonicalize(path).map_err(|e| format!("{}: {e}", path.display()))).transpose()?;
    report.section(
        &format!("Launches: {}", fleet.to_lowercase()),
        "Nothing to change. Requests to the server for each launch; processes started besides the shell, Codex itself among them.",
    );
    report.columns(&["codex, shell", "codex ms", "cdx ms", "added ms", "requests", "processes"]);
    for (name, codex) in [(TRIVIAL, Some(trivial)), ("real", real)] {
        let Some(codex) = codex else { continue };
        for (shell, member) in SHELLS.into_iter().zip(&server.members) {
            if !starts(shell).await {
                report.row(&[format!("{name}, {}", shell.join(" ")), "not installed".to_owned()]);
                continue;
            }
            let machine = Machine::install(&dir.join(format!("{name} {}", shell.join("-"))), shell, &codex, server, member)?;
            launch_row(cli, name, &machine, server, (fleet, &mut *report, &mut *figures)).await?;
        }
    }
    Ok(())
}

async fn launch_row(
    cli: &Cli,
    name: &str,
    machine: &Machine,
    server: &Server,
    (fleet, report, figures): (&str, &mut Report, &mut Figures),
) -> Done<()> {
    // The first run gets the login and learns the version.
    machine.run(&machine.cdx()).await?;
    let before = server.requests.load(Ordering::Relaxed);
    let (mut plain, mut wrapped) = (Vec::new(), Vec::new());
    for _ in 0..cli.launches {
        plain.push(machine.run(&machine.plain()).await?);
        wrapped.push(machine.run(&machine.cdx()).await?);
    }
    let requests = u32::try_from(server.requests.load(Ordering::Relaxed) - before)?;
    let requests = f64::from(requests) / f64::from(cli.launches);
    let (plain, wrapped) = (median(plain), median(wrapped));
    let (shell, added) = (machine.shell.join(" "), wrapped - plain);
    let processes = match (machine.processes(&machine.plain()).await?, machine.processes(&machine.cdx()).await?) {
        (Some(codex), Some(all)) => {
            let processes = u32::try_from(all - codex)?;
            if name == TRIVIAL {
                figures.note(&format!("launch, {shell}, {}", fleet.to_lowercase()), requests, f64::from(processes));
            }
            processes.to_string()
        }
        _ => "no strace".to_owned(),
    };
    let numbers = [format!("{plain:.1}"), format!("{wrapped:.1}"), format!("{added:.1}"), format!("{requests:.2}"), processes];
    report.row(&[&[format!("{name}, {shell}")], &numbers[..]].concat());
    Ok(())
}

async fn starts(shell: &[&str]) -> bool {
    let status = Command::new(shell[0]).args(&shell[1..]).args(["-c", ":"]).stdin(Stdio::null()).status().await;
    status.is_ok_and(|status| status.success())
}

fn program(path: &Path, text: &str) -> io::Result<()> {
    fs::write(path, text)?;
    fs::set_permissions(path, fs::Permissions::from_mode(0o755))
}

/// A throw-away home with `cdx` in it.
struct Machine {
    home: PathBuf,
    shell: &'static [&'static str],
    codex: PathBuf,
}

impl Machine {
    /// Puts there what the installer would.
    fn install(home: &Path, shell: &'static [&'static str], codex: &Path, server: &Server, member: &Member) -> io::Result<Self> {
        let (bin, settings) = (home.join(".local/bin"), home.join(".config/cdx"));
        fs::create_dir_all(&bin)?;
        fs::create_dir_all(&settings)?;
        program(&bin.join("cdx"), shared::wrapper::SCRIPT)?;
        let conf = format!(
            "cdx_base='{}'\ncdx_key='{}'\ncdx_fqdn='{}'\ncdx_installation='{}'\ncdx_ipv4='0'\ncdx_insecure_tls='0'\ncdx_cacert=''\n",
            server.url, member.key, member.fqdn, server.installation
        );
        fs::write(settings.join("host.conf"), conf)?;
        Ok(Self { home: home.to_owned(), shell, codex: codex.to_owned() })
    }

    fn plain(&self) -> Vec<OsString> {
        vec![self.codex.clone().into(), "--version".into()]
    }

    fn cdx(&self) -> Vec<OsString> {
        let shell = self.shell.iter().map(OsString::from);
        shell.chain([self.home.join(".local/bin/cdx").into(), "--version".into()]).collect()
    }

    /// These words with this machine's environment and nothing of the caller's.
    fn command(&self, words: &[OsString]) -> Command {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]).env_clear().env("HOME", &self.home).env("USER", "bench").env("CDX_CODEX", &self.codex);
        command.env("PATH", variable("PATH").unwrap_or_else(|| "/usr/local/bin:/usr/bin:/bin".to_owned()));
        command.current_dir(&self.home).stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Milliseconds one run takes.
    async fn run(&self, words: &[OsString]) -> Done<f64> {
        let started = Instant::now();
        let output = self.command(words).output().await?;
        let took = started.elapsed().as_secs_f64() * 1e3;
        if output.status.success() {
            return Ok(took);
        }
        Err(format!("{words:?} ended with {}: {}", output.status, String::from_utf8_lossy(&output.stderr)).into())
    }

    /// How many processes one run starts; `None` where strace is missing or may not trace.
    async fn processes(&self, words: &[OsString]) -> Done<Option<usize>> {
        let trace = self.home.join("trace");
        let mut all: Vec<OsString> =
            ["strace", "-f", "-qq", "-e", "trace=clone,clone3,fork,vfork", "-e", "signal=none", "-o"].map(OsString::from).into();
        all.push(trace.clone().into());
        all.extend_from_slice(words);
        let status = match self.command(&all).stdout(Stdio::null()).stderr(Stdio::null()).status().await {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        Ok(if status.success() { Some(fs::read_to_string(&trace)?.lines().filter(|line| is_start(line)).count()) } else { None })
    }
}

/// Counts a call where it begins; threads and failed attempts are no processes.
fn is_start(line: &str) -> bool {
    let begins = ["clone(", "clone3(", "fork("].iter().any(|call| line.contains(call));
    begins && !line.contains("CLONE_THREAD") && !line.contains(" = -1 ")
}
