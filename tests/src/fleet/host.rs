//! A virtual host: what one Codex home remembers between two calls of `cdx`, and what it sends.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde_json::Value;
use shared::crypto::sha256_hex;

use super::usage::Session;
use crate::wire::{Told, form};

/// A file that somebody on the host has changed, and that is not settled yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Below the Codex home.
    pub path: String,
    /// All of it.
    pub text: String,
}

/// One host with one Codex home.
#[derive(Debug)]
pub struct Host {
    /// In the database.
    pub id: u64,
    /// Its name.
    pub fqdn: String,
    /// Its key.
    pub key: String,
    /// Where it calls from.
    pub address: Ipv4Addr,
    /// The Codex it runs.
    pub codex: &'static str,
    /// The handle in its `auth.json`.
    pub handle: String,
    /// A login of its own (`codex login`), until the server has said something to it.
    pub own_login: Option<Value>,
    /// What it has changed.
    pub edit: Option<Edit>,
    /// Sessions whose numbers the server has not acknowledged.
    pub unsent: Vec<Session>,
    /// How runs ended, until it is told.
    pub ran: Vec<String>,
    generation: u64,
    auth_sha: String,
    files: String,
    given: String,
    config: String,
}

impl Host {
    /// A home that `cdx` has just been installed in.
    pub fn new(id: u64, fqdn: String, key: String, address: Ipv4Addr, codex: &'static str) -> Self {
        let (files, config) = ("none".to_owned(), "0".to_owned());
        Self {
            id,
            fqdn,
            key,
            address,
            codex,
            handle: String::new(),
            own_login: None,
            edit: None,
            unsent: Vec::new(),
            ran: Vec::new(),
            generation: 0,
            auth_sha: String::new(),
            files,
            given: String::new(),
            config,
        }
    }

    /// The body of `/sync` or `/push`, with the lines and parts that `cdx` sends in this state.
    pub fn body(&self, reason: &str, run: &str, installation: &str) -> Vec<u8> {
        let manifest = self.manifest(reason, run, installation);
        let login = self.own_login.as_ref().map(Value::to_string);
        let usage = self.unsent.iter().map(Session::lines).collect::<String>();
        let have = self.edit.as_ref().map(|edit| self.have(edit));
        let mut parts = vec![("manifest", manifest.as_str())];
        parts.extend(login.as_deref().map(|login| ("auth.json", login)));
        if !self.unsent.is_empty() {
            parts.push(("usage", &usage));
        }
        if let Some((edit, have)) = self.edit.as_ref().zip(have.as_deref()) {
            parts.extend([("have", have), ("given", &self.given), (&edit.path, &edit.text)]);
        }
        form(&parts).into_bytes()
    }

    fn manifest(&self, reason: &str, run: &str, installation: &str) -> String {
        let mut text = format!(
            "protocol 1\nrun {run}\nreason {reason}\nwrapper {}\ncodex {}\ninstallation {installation}\nplatform Linux x86_64\nuser dev\nhostname {}\n",
            *shared::wrapper::VERSION,
            self.codex,
            self.fqdn
        );
        if !self.auth_sha.is_empty() {
            text.extend([format!("given {} {}\n", self.generation, self.auth_sha)]);
        }
        match &self.own_login {
            Some(login) => text.extend([format!("{}  auth.json\n", sha256_hex(login.to_string()))]),
            None if self.auth_sha.is_empty() => {}
            None => text.extend([format!("{}  auth.json\n", self.auth_sha)]),
        }
        text.extend([format!("{}  cdx\nfiles {}\n", *shared::wrapper::SHA256, self.files)]);
        self.ran.iter().take(20).fold(text, |text, ended| text + "last " + ended + "\n")
    }

    /// Digests of what is there, of what was given.
    fn have(&self, edit: &Edit) -> String {
        let mut all = lines(&self.given);
        all.insert(&edit.path, sha256_hex(&edit.text));
        all.iter().flat_map(|(path, sha)| [sha, "  ", path, "\n"]).collect()
    }

    /// Whether this host was given the file.
    pub fn holds(&self, path: &str) -> bool {
        lines(&self.given).contains_key(path)
    }

    /// Does what `cdx` does with an answer. What was sent with it is the server's now.
    pub fn apply(&mut self, told: &Told) {
        if let Some(auth) = &told.auth {
            auth["tokens"]["refresh_token"].as_str().unwrap_or_default().clone_into(&mut self.handle);
        }
        self.own_login = None;
        self.unsent.clear();
        self.ran.clear();
        told.variable("auth_sha").clone_into(&mut self.auth_sha);
        self.generation = told.variable("auth_generation").parse().unwrap_or(0);
        if let Some(given) = &told.given {
            given.clone_into(&mut self.given);
            told.variable("config").clone_into(&mut self.config);
        }
        told.variable("files").clone_into(&mut self.files);
        let settled = self.edit.as_ref().is_some_and(|edit| {
            let agreed = lines(&self.given).get(edit.path.as_str()) == Some(&sha256_hex(&edit.text));
            agreed || told.placed.contains(&edit.path)
        });
        if settled {
            self.edit = None;
        }
    }
}

fn lines(given: &str) -> BTreeMap<&str, String> {
    given.lines().filter_map(|line| line.split_once("  ")).map(|(sha, path)| (path, sha.to_owned())).collect()
}
