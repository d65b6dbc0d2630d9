//! A launch with nothing to change: the body of a host that holds everything.

use std::collections::HashMap;

use e2e::wire::{self, Told};

use crate::Done;
use crate::server::{Member, Server};

/// Of each host by its id.
pub async fn bodies(server: &Server) -> Done<HashMap<u64, String>> {
    let mut bodies = HashMap::new();
    for member in &server.members {
        let given = server.sync(member, form(server, "files none\n")).await?;
        let lines =
            format!("files {}\n{}  auth.json\n{}  cdx\n", given.variable("files"), given.variable("auth_sha"), *shared::wrapper::SHA256);
        let body = form(server, &lines);
        let again = server.sync(member, body.clone()).await?;
        if again.variable("auth") != "valid" || again.variable("files") != given.variable("files") {
            return Err(format!("{} does not hold everything: {again:?}", member.fqdn).into());
        }
        bodies.insert(member.id, body);
    }
    Ok(bodies)
}

/// The body `cdx` sends, with these lines at the end of its manifest.
fn form(server: &Server, lines: &str) -> String {
    let manifest =
        format!("protocol 1\nrun {}\nreason launch\ncodex 0.169.0\ninstallation {}\n{lines}", "0".repeat(32), server.installation);
    wire::form(&[("manifest", &manifest)])
}

impl Server {
    /// `POST /sync` over HTTP.
    async fn sync(&self, member: &Member, body: String) -> Done<Told> {
        let request = self.client.post(format!("{}/sync", self.url)).header("x-api-key", &member.key);
        let answer = request.header("content-type", wire::FORM).body(body).send().await?.error_for_status()?;
        Ok(Told::read(&answer.bytes().await?).ok_or("the answer is no tar that cdx could read")?)
    }
}
