//! A launch with nothing to change: the body of a host that holds everything.

use std::collections::HashMap;
use std::io::Read;

use crate::Done;
use crate::server::{Member, Server};

/// Of each host by its id.
pub async fn bodies(server: &Server) -> Done<HashMap<u64, String>> {
    let mut bodies = HashMap::new();
    for member in &server.members {
        let first = form(server, "files none\n");
        let given = variables(&server.sync(member, first).await?)?;
        let of = |name: &str| given.get(name).cloned().ok_or_else(|| format!("no {name} in the answer"));
        let lines = format!("files {}\n{}  auth.json\n{}  cdx\n", of("cdx_files")?, of("cdx_auth_sha")?, *shared::wrapper::SHA256);
        let body = form(server, &lines);
        let again = variables(&server.sync(member, body.clone()).await?)?;
        if again.get("cdx_auth").map(String::as_str) != Some("valid") || again.get("cdx_files") != given.get("cdx_files") {
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
    format!("--B\r\nContent-Disposition: form-data; name=\"manifest\"\r\n\r\n{manifest}\r\n--B--\r\n")
}

fn variables(tar: &[u8]) -> Done<HashMap<String, String>> {
    let mut text = String::new();
    let mut archive = tar::Archive::new(tar);
    let mut vars = archive.entries()?.next().ok_or("an empty answer")??;
    vars.read_to_string(&mut text)?;
    let one = |line: &str| line.split_once('=').map(|(name, value)| (name.to_owned(), value.trim_matches('\'').to_owned()));
    Ok(text.lines().filter_map(one).collect())
}

impl Server {
    /// `POST /sync` over HTTP; gives the tar.
    async fn sync(&self, member: &Member, body: String) -> Done<Vec<u8>> {
        let request = self.client.post(format!("{}/sync", self.url)).header("x-api-key", &member.key);
        let request = request.header("content-type", "multipart/form-data; boundary=B").body(body);
        Ok(request.send().await?.error_for_status()?.bytes().await?.to_vec())
    }
}
