//! The fake by hand: start it, point a Codex at it, look at `/_fake/state`.

use std::{
    fs, io,
    net::IpAddr,
    path::{Path, PathBuf},
};

use clap::Parser;
use fake_openai::{FakeOpenAi, LoginOptions, Options, releases};

/// A stand-in for the servers behind Codex, for trying it and Codex Auth Central offline.
#[derive(Parser)]
#[command(after_help = HELP)]
struct Arguments {
    /// Port to listen on; 0 takes any free one.
    #[arg(long, default_value_t = 9931)]
    port: u16,
    /// Address to listen on.
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
    /// Folder with <version>/<asset>, served like GitHub releases of openai/codex.
    #[arg(long, value_name = "DIR")]
    releases: Option<PathBuf>,
    /// Before starting, make this release in --releases out of the npm tarball in --cache; repeatable.
    #[arg(long, value_name = "VERSION", requires = "cache", requires = "releases")]
    make_release: Vec<String>,
    /// Folder with npm/openai-codex-<version>[-linux-x64].tgz.
    #[arg(long, value_name = "DIR")]
    cache: Option<PathBuf>,
    /// What the model answers; {user} is the last user text, {tool} the last tool output.
    #[arg(long, default_value = "FAKE-ANSWER: {user}")]
    reply: String,
    /// Lifetime in seconds of access tokens handed out by refreshes.
    #[arg(long, value_name = "SECONDS", default_value_t = 864_000)]
    access_lifetime: i64,
    /// Write auth.json and config.toml of a fresh login into this folder.
    #[arg(long, value_name = "DIR")]
    codex_home: Option<PathBuf>,
}

const HELP: &str = "\
Switches while it runs (JSON):
  GET    /_fake/state       all counters and recorded requests
  POST   /_fake/login       {\"account_id\":\"acct-1\",\"access_lifetime_seconds\":-60,\"last_refresh\":\"2026-01-02T03:04:05Z\"}
                            answers an auth.json; every field may be left out
  POST   /_fake/expire      {\"family\":\"family-1\",\"what\":\"access\"}   or \"refresh\"; without family: all
  POST   /_fake/faults      {\"path\":\"/oauth/token\",\"times\":2,\"delay_ms\":500,\"delay_answer_ms\":0,\"kind\":K}
                            K: \"slow\" | \"drop_connection\" | \"garbage\" | {\"status\":{\"status\":503,\"body\":{}}}
  DELETE /_fake/faults
  POST   /_fake/replies     {\"model\":null,\"reply\":{\"text\":\"hi\"}}
                            {\"reply\":{\"tool_call\":{\"namespace\":\"mcp__cdx\",\"name\":\"echo\",\"arguments\":{}}}}
  POST   /_fake/wham-usage  {\"account_id\":\"acct-1\",\"answer\":{...}}";

#[tokio::main]
async fn main() -> io::Result<()> {
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let arguments = Arguments::parse();
    if let (Some(cache), Some(out)) = (&arguments.cache, &arguments.releases) {
        for version in &arguments.make_release {
            println!("made {}", releases::from_npm(cache, out, version)?.display());
        }
    }
    let fake = FakeOpenAi::start(Options {
        host: arguments.host,
        port: arguments.port,
        releases_dir: arguments.releases,
        reply: arguments.reply,
        access_lifetime_seconds: arguments.access_lifetime,
        ..Options::default()
    })?;
    explain(&fake.url());
    if let Some(home) = &arguments.codex_home {
        fill(home, &fake)?;
    }
    tokio::signal::ctrl_c().await
}

fn explain(url: &str) {
    println!(
        "fake OpenAI at {url}

Environment for Codex (all versions; the second line is for Codex up to 0.118):
  export CODEX_REFRESH_TOKEN_URL_OVERRIDE={url}/oauth/token
  export OPENAI_BASE_URL={url}/v1

$CODEX_HOME/config.toml:
{}
$CODEX_HOME/auth.json:
  curl -s {url}/_fake/login -H 'content-type: application/json' -d '{{}}' > $CODEX_HOME/auth.json

Then: codex exec --skip-git-repo-check hello </dev/null
Look: curl -s {url}/_fake/state",
        config(url)
    );
}

/// Without the analytics switch every offline `codex exec` waits five seconds at its end.
fn config(url: &str) -> String {
    format!(
        "openai_base_url = \"{url}/v1\"\nchatgpt_base_url = \"{url}/backend-api\"\ncheck_for_update_on_startup = false\ncli_auth_credentials_store = \"file\"\n[analytics]\nenabled = false\n"
    )
}

fn fill(home: &Path, fake: &FakeOpenAi) -> io::Result<()> {
    fs::create_dir_all(home)?;
    let auth = fake.login(LoginOptions::default());
    fs::write(home.join("auth.json"), format!("{auth:#}\n"))?;
    fs::write(home.join("config.toml"), config(&fake.url()))?;
    println!("\nwritten: {0}/auth.json, {0}/config.toml", home.display());
    Ok(())
}
