//! What `local-dev up` says once it runs.

use shared::App;
use shared::config::{AdminAccess, variable};

use crate::ca;
use crate::state_dir::StateDir;
use crate::tls::TlsOptions;

/// Of an installation.
pub(crate) fn installation(app: &App, dir: &StateDir, tls: &TlsOptions, link: Option<&str>) {
    let (base, admin) = (&app.config.public_base_url, &app.config.admin_base_url);
    let token = dir.path("owner-token");
    println!("\nCodex Auth Central is running at {base}");
    println!("  admin page     {admin}/admin/");
    match (app.config.admin_access, link) {
        (AdminAccess::Token, Some(link)) => {
            println!("  sign in once   {link}");
            println!("  owner token    {}", token.display());
        }
        (AdminAccess::Token, None) => println!("  sign in        with another admin token: the one in {} was revoked", token.display()),
        (AdminAccess::Mtls, _) => println!("  sign in        with a registered client certificate: local-dev cert --help"),
        (AdminAccess::Open, _) => println!("  sign in        not needed: whoever is on this machine is an owner (ADMIN_ACCESS_MODE=none)"),
    }
    println!("  API documents  {base}/docs/");
    if tls.tls_generated {
        println!("  authority      {}: hosts and browsers have to trust it", dir.path("ca").join(ca::CERTIFICATE).display());
    }
    match &app.config.runner {
        Some(runner) => println!("  runner         {}", runner.url),
        None => println!("  runner         none: logins are not proven before they are used (install codex, or set AUTH_RUNNER_URL)"),
    }
    if app.config.admin_access == AdminAccess::Token && link.is_some() {
        println!("\nNext: give the server a login. On a machine where `codex login` was done, run what this prints:");
        println!("  curl -sS -X POST -H \"Authorization: Bearer $(cat '{}')\" {admin}/admin/auth/seed-command", token.display());
    }
    println!("\nCtrl-C stops the server and its database.");
}

/// Of a demo.
pub(crate) fn demo(app: &App, dir: &StateDir, link: Option<&str>, is_new: bool) {
    let base = &app.config.public_base_url;
    println!("\nThis is a demo of Codex Auth Central, running at {base}");
    match link {
        Some(link) => println!("  look around    {link}"),
        None => println!("  sign in        with another admin token: the one in {} was revoked", dir.path("owner-token").display()),
    }
    println!("  API documents  {base}/docs/");
    println!("\nHosts, people, usage and texts are made up; OpenAI, Codex and the receivers of alerts are stand-ins in this process.");
    if is_new {
        println!("What you change stays: the next start with --demo goes on with it. Remove {} for a new one.", dir.path("").display());
    } else {
        println!("It goes on with what was there. Remove {} for a new one.", dir.path("").display());
    }
    println!("Never give it a real login.\n\nCtrl-C stops the server and its database.");
}

/// Opens the sign-in link, where there is a desktop to open it on.
pub(crate) fn open(link: Option<String>) {
    if let Some(link) = link.filter(|_| variable("DISPLAY").is_some()) {
        tokio::process::Command::new("xdg-open").arg(&link).spawn().ok();
    }
}
