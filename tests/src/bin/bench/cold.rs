//! A cold start of each function: from its start to its first question for an event, and to its first answer that needs the
//! database, over TLS. The runtime API is ours; what AWS does before (the machine, the download) is not in it.

use std::path::Path;
use std::process::Command;

use axum::http::{HeaderMap, HeaderValue};
use e2e::lambda::{Sandbox, encrypted_database, event};
use local_dev::state_dir::StateDir;
use shared::crypto::Keyring;
use shared::random;

use crate::report::Report;
use crate::{Done, median};

/// Starts of each function.
const STARTS: usize = 20;

/// A request to each function that is refused after a look into the database.
const ASKED: [(&str, &str, &str); 6] = [
    ("auth", "POST", "/auth"),
    ("sync", "POST", "/sync"),
    ("install", "GET", "/wrapper"),
    ("usage", "POST", "/usage"),
    ("mcp", "POST", "/mcp"),
    ("admin", "GET", "/admin/hosts"),
];

/// Measures the functions in `programs`.
pub async fn measure(programs: &Path, dir: &Path, report: &mut Report) -> Done<()> {
    let state = StateDir::open(&dir.join("cold"))?;
    let database = encrypted_database(&state).await;
    let measured = all(programs, &variables(&format!("{}?ssl-mode=REQUIRED", database.url)), report).await;
    database.stop().await;
    measured
}

async fn all(programs: &Path, variables: &[(&str, String)], report: &mut Report) -> Done<()> {
    let scheduler = Sandbox::start(&programs.join("scheduler"), variables).await;
    scheduler.invoke(serde_json::json!({ "migrate": true })).await.map_err(|error| error.to_string())?;
    report.section(
        "Cold starts",
        "A function from its start to its first question for an event, and from an event to its first answer that needs the database, over TLS. \
         Medians of 20; the runtime API is ours, so what AWS does before is not in it.",
    );
    report.columns(&["function", "to first poll ms", "first answer ms", "resident MB", "file MB", "zip MB"]);
    for asked in ASKED {
        one(programs, variables, report, asked).await?;
    }
    Ok(())
}

async fn one(programs: &Path, variables: &[(&str, String)], report: &mut Report, (name, method, path): (&str, &str, &str)) -> Done<()> {
    let program = programs.join(name);
    let (mut init, mut answer, mut resident) = (Vec::new(), Vec::new(), 0);
    for _ in 0..STARTS {
        let sandbox = Sandbox::start(&program, variables).await;
        init.push(millis(sandbox.init_time().await));
        resident = resident.max(sandbox.resident());
        let began = std::time::Instant::now();
        let told = sandbox.invoke(event(method, path, "", &stranger(), b"{}", None)).await.map_err(|error| error.to_string())?;
        answer.push(millis(began.elapsed()));
        if told["statusCode"] != 401 {
            return Err(format!("{name} was to refuse a stranger: {told}").into());
        }
    }
    let (file, zip) = sizes(&program)?;
    let numbers = [median(init), median(answer), megabytes(resident), file, zip].map(|number| format!("{number:.1}"));
    report.row(&[&[name.to_owned()], &numbers[..]].concat());
    Ok(())
}

/// Whoever shows a key and a token of the right form that nobody has.
fn stranger() -> HeaderMap {
    let key = HeaderValue::from_str(&format!("Bearer {}", random::token("caa_"))).expect("hex digits");
    let kind = HeaderValue::from_static("application/json");
    HeaderMap::from_iter([("authorization".parse().expect("a name"), key), ("content-type".parse().expect("a name"), kind)])
}

fn variables(database_url: &str) -> Vec<(&'static str, String)> {
    vec![
        ("DATABASE_URL", database_url.to_owned()),
        ("DATABASE_POOL_SIZE", "2".to_owned()),
        ("AUTH_ENCRYPTION_KEY", Keyring::generate()),
        ("INSTALLATION_ID", random::uuid()),
        ("PUBLIC_BASE_URL", "https://codex.example.com".to_owned()),
        ("AWS_LAMBDA_LOG_LEVEL", "ERROR".to_owned()),
        // All strangers come from one address.
        ("RATE_LIMIT_AUTH_FAIL_COUNT", "1000000".to_owned()),
        ("RATE_LIMIT_GLOBAL_PER_MINUTE", "0".to_owned()),
    ]
}

/// Of a program, and of the archive that Lambda would get.
fn sizes(program: &Path) -> Done<(f64, f64)> {
    let zip = Command::new("gzip").args(["-9", "-c"]).arg(program).output()?;
    Ok((megabytes(std::fs::metadata(program)?.len()), megabytes(zip.stdout.len() as u64)))
}

#[expect(clippy::cast_precision_loss, reason = "sizes of programs")]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

fn millis(time: std::time::Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
