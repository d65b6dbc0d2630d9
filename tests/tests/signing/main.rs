//! Updates of `cdx`: only what the server signed runs, in every shell, whoever sits between host and server.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

mod host;
mod proxy;

use std::fs;
use std::process::Command;

use e2e::host::{Host, SHELLS, expect_exit, stderr, stdout};
use e2e::process::{Server, wait_for};
use fake_openai::{FakeOpenAi, LoginOptions, Options};
use host::{Machine, write_script};
use proxy::Member;
use serde_json::json;
use shared::crypto::sha256_hex;
use shared::wrapper::{SCRIPT, SHA256, VERSION};

/// A server that has a login and names no Codex: what is installed here is `cdx`.
fn ready() -> (FakeOpenAi, Server) {
    let openai = FakeOpenAi::start(Options::default()).unwrap();
    let server = Server::start(&openai.url());
    server.admin("POST", "/admin/auth/upload", &json!({ "auth": openai.login(LoginOptions::default()) }));
    (openai, server)
}

fn unchanged(members: Vec<Member>) -> Vec<Member> {
    members
}

fn without(name: &'static str) -> impl Fn(Vec<Member>) -> Vec<Member> {
    move |members| members.into_iter().filter(|(path, ..)| path != name).collect()
}

/// Another file in the place of one that is there.
fn replaced(name: &'static str, bytes: Vec<u8>) -> impl Fn(Vec<Member>) -> Vec<Member> {
    let new = move |(path, mode, old)| if path == name { (path, mode, bytes.clone()) } else { (path, mode, old) };
    move |members| members.into_iter().map(&new).collect()
}

/// A script of somebody else's, with the digest that the host is told.
fn foreign(members: Vec<Member>) -> Vec<Member> {
    let script = SCRIPT.replacen("\nset -u\n", "\ntouch \"$HOME/ran\"\nset -u\n", 1).into_bytes();
    let sha = sha256_hex(&script);
    let vars = |text: Vec<u8>| String::from_utf8(text).unwrap().replace(SHA256.as_str(), &sha).into_bytes();
    let new = |(path, mode, old)| match path {
        path if path == "cdx" => (path, mode, script.clone()),
        path if path == "vars" => (path, mode, vars(old)),
        path => (path, mode, old),
    };
    members.into_iter().map(new).collect()
}

/// A key that is not the server's: the PEM file, and the signature of these bytes.
fn other_key(bytes: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let dir = e2e::process::TempDir::new();
    let openssl = |words: &[&str]| assert!(Command::new("openssl").args(words).current_dir(dir.path()).output().unwrap().status.success());
    openssl(&["ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key"]);
    openssl(&["ec", "-in", "key", "-pubout", "-out", "pem"]);
    fs::write(dir.path().join("bytes"), bytes).unwrap();
    openssl(&["dgst", "-sha256", "-sign", "key", "-out", "sig", "bytes"]);
    (fs::read(dir.path().join("pem")).unwrap(), fs::read(dir.path().join("sig")).unwrap())
}

fn each_shell(test: impl Fn(&FakeOpenAi, &Server, usize)) {
    let (openai, server) = ready();
    for shell in 0..SHELLS.len() {
        test(&openai, &server, shell);
    }
}

#[test]
fn what_the_server_signed_is_taken_and_nothing_else() {
    each_shell(|openai, server, shell| {
        let one = Machine::new(openai, server, shell, "signed");
        let signature = |members: Vec<Member>| members.into_iter().find(|(path, ..)| path == "cdx.sig").unwrap().2;
        let (_, forged) = other_key(SCRIPT.as_bytes());
        let tampered = move |members: Vec<Member>| {
            let mut bytes = signature(members.clone());
            *bytes.last_mut().unwrap() ^= 1;
            replaced("cdx.sig", bytes)(members)
        };
        for (what, said, reason) in [
            ("a foreign script", one.refuses(foreign), "is not signed by"),
            ("a changed signature", one.refuses(tampered), "is not signed by"),
            ("another's signature", one.refuses(replaced("cdx.sig", forged)), "is not signed by"),
            ("an empty signature", one.refuses(replaced("cdx.sig", Vec::new())), "has no signature"),
            ("no signature", one.refuses(without("cdx.sig")), "has no signature"),
            ("a script that is not what its digest says", one.refuses(replaced("cdx", b"exit 3".to_vec())), "was damaged"),
        ] {
            assert!(said.contains(reason), "{what}: {said}");
        }
        assert!(one.run(unchanged).contains("cdx was updated"));
        assert!(one.is_current());
        let quiet = one.run(unchanged);
        assert!(!quiet.contains("a new cdx") && !one.between.has_sent("cdx") && !one.between.has_sent("signers/1.pem"), "{quiet}");
        assert!(!one.host.home().join("ran").exists());
    });
}

impl Machine {
    /// One run with an old script: the update is not taken, and one line says so. What it said.
    fn refuses(&self, change: impl Fn(Vec<Member>) -> Vec<Member> + Send + 'static) -> String {
        self.grow_old();
        let before = fs::read_to_string(self.script()).unwrap();
        // What was said before is said anew to whoever asks for an update.
        self.between.changes(change);
        let ran = self.cdx(&["--update"]);
        expect_exit(&ran, 1);
        assert_eq!(fs::read_to_string(self.script()).unwrap(), before, "{}", stderr(&ran));
        let all = stderr(&ran);
        let said: Vec<_> = all.lines().filter(|line| line.contains("not used")).collect();
        assert_eq!(said.len(), 1, "{all}");
        said[0].to_owned()
    }
}

#[test]
fn a_refused_update_is_said_once_told_to_the_server_and_shown_by_the_doctor() {
    each_shell(|openai, server, shell| {
        let one = Machine::new(openai, server, shell, "once");
        one.grow_old();

        let (first, second) = (one.run(foreign), one.run(foreign));

        assert!(first.contains("is not signed by the server's key") && first.contains("tell an operator"), "{first}");
        assert!(!second.contains("signed"), "{second}");
        let told = || server.log().matches("did not trust the cdx that it was sent: bad_signature").count();
        wait_for("the server's log", || told() == shell + 1);
        one.run(foreign);
        let doctor = one.cdx(&["--doctor"]);
        expect_exit(&doctor, 1);
        assert!(stdout(&doctor).contains("FAIL  a new cdx is not signed"), "{}", stdout(&doctor));
        assert_eq!(told(), shell + 1, "it is told once");
        one.run(unchanged);
        let doctor = one.cdx(&["--doctor"]);
        expect_exit(&doctor, 0);
        assert!(stdout(&doctor).contains("ok    updates of cdx are verified with the server's key in"), "{}", stdout(&doctor));
        assert!(one.is_current());
    });
}

#[test]
fn without_openssl_a_safe_line_is_needed() {
    each_shell(|openai, server, shell| {
        let safe = Machine::new(openai, server, shell, "safe").without_openssl();
        let unsafe_line = Machine::new(openai, server, shell, "unsafe").without_openssl().unverified();
        for one in [&safe, &unsafe_line] {
            one.grow_old();
        }

        assert!(safe.run(unchanged).contains("cdx was updated") && safe.is_current());
        let said = unsafe_line.run(unchanged);

        assert!(said.contains("openssl is missing; install openssl") && !unsafe_line.is_current(), "{said}");
        let doctor = safe.cdx(&["--doctor"]);
        expect_exit(&doctor, 0);
        assert!(stdout(&doctor).contains("info  updates of cdx are taken on TLS's word: install openssl"), "{}", stdout(&doctor));
        let doctor = unsafe_line.cdx(&["--doctor"]);
        expect_exit(&doctor, 1);
        assert!(stdout(&doctor).contains("FAIL  updates of cdx cannot be verified"), "{}", stdout(&doctor));
        let with_openssl = Machine::new(openai, server, shell, "checked").unverified();
        with_openssl.grow_old();
        assert!(with_openssl.run(unchanged).contains("cdx was updated") && with_openssl.is_current(), "a signature needs no safe line");
    });
}

#[test]
fn a_host_without_a_key_takes_the_first_over_a_safe_line_and_no_other() {
    each_shell(|openai, server, shell| {
        let one = Machine::new(openai, server, shell, "first");
        let installed = fs::read(one.key()).unwrap();
        let one = one.without_key();
        one.grow_old();
        assert!(one.run(unchanged).contains("cdx was updated"));
        assert_eq!(fs::read(one.key()).unwrap(), installed, "the server sends what its installer has");

        let (pem, signature) = other_key(SCRIPT.as_bytes());
        fs::write(one.key(), &pem).unwrap();
        let said = one.refuses(unchanged);
        assert!(said.contains("not signed by the server's key") && fs::read(one.key()).unwrap() == pem, "{said}");
        fs::write(one.key(), &installed).unwrap();
        let forged = move |members: Vec<Member>| {
            let new = [("signers/1.pem".to_owned(), 0o644, pem.clone()), ("signers/1.sig".to_owned(), 0o600, signature.clone())];
            members.into_iter().chain(new).collect()
        };
        let said = one.refuses(forged);
        assert!(said.contains("a new key of the server is not signed") && fs::read(one.key()).unwrap() == installed, "{said}");

        let far = Machine::new(openai, server, shell, "far").unverified().without_key();
        let said = far.refuses(unchanged);
        assert!(said.contains("its key is not in") && !far.key().exists(), "{said}");
    });
}

#[test]
fn a_new_key_is_taken_with_the_word_of_the_one_before() {
    let (openai, server) = ready();
    let machines: Vec<_> = (0..SHELLS.len()).map(|shell| Machine::new(&openai, &server, shell, "rotated")).collect();
    let shown = stdout(&server.command(&["signing-key"], &[]));
    let old = fs::read(machines[0].key()).unwrap();
    assert!(shown.starts_with(&sha256_hex(&old)), "{shown}");
    for _ in 0..2 {
        expect_exit(&server.command(&["signing-key"], &["--new"]), 0);
    }
    let shown = stdout(&server.command(&["signing-key"], &[]));
    for one in machines {
        let forged = other_key(b"x").0;
        one.grow_old();
        let said = one.run(replaced("signers/2.pem", forged));
        assert!(said.contains("a new key of the server is not signed") && !one.is_current(), "{said}");
        assert!(one.between.has_sent("signers/2.sig") && fs::read(one.key()).unwrap() != old, "the one that was signed is kept");

        let said = one.run(unchanged);

        assert!(said.contains("cdx was updated") && one.is_current(), "{said}");
        assert!(shown.starts_with(&sha256_hex(fs::read(one.key()).unwrap())), "{shown}");
        one.run(unchanged);
        assert!(!one.between.has_sent("signers/1.pem"), "it has the newest");
        let bare = one.without_openssl();
        fs::write(bare.key(), &old).unwrap();
        bare.grow_old();
        assert!(bare.run(unchanged).contains("cdx was updated") && fs::read(bare.key()).unwrap() == old, "no key without proof");
    }
    assert!(server.command(&["audit", "verify"], &[]).status.success());
}

#[test]
fn a_cdx_from_before_signatures_comes_along() {
    each_shell(|openai, server, shell| {
        let one = Machine::new(openai, server, shell, "before").without_key();
        // It tells no key, checks the digest and nothing else.
        let old = SCRIPT.replace("signer %s\\nfiles %s\\n' \"${signer_sha:-none}\"", "files %s\\n'");
        let judge = "judge_update() {\n  distrust=''\n";
        let old = old.replace(judge, "judge_update() {\n  distrust=''\n  return\n");
        write_script(&one.script(), &old.replace("cdx_version='", "cdx_version='0."));

        assert!(one.run(unchanged).contains("cdx was updated"));

        assert!(one.is_current() && !one.key().exists());
        one.run(unchanged);
        assert!(one.key().exists(), "and takes the key with its next answer");
        assert_eq!(stdout(&one.cdx(&["--wrapper-version"])).trim(), *VERSION);
    });
}

#[test]
fn a_host_that_is_taken_over_has_the_key_with_its_settings() {
    let (openai, server) = ready();
    for shell in SHELLS {
        let host = Host::new(&format!("old-{}.example", shell[0]), shell, &openai.url());
        let answer = server.admin("POST", "/admin/hosts/register", &json!({ "fqdn": host.fqdn, "curl_insecure": true }));
        let cdx = host.home().join(".local/bin/cdx");
        fs::create_dir_all(cdx.parent().unwrap()).unwrap();
        let url = format!("{}/wrapper/download?settings=1", server.url());
        let key = format!("x-api-key: {}", answer["host"]["api_key"].as_str().unwrap());
        assert!(Command::new("curl").args(["-fsS", "-H", &key, "-o"]).arg(&cdx).arg(url).status().unwrap().success());
        write_script(&cdx, &fs::read_to_string(&cdx).unwrap());

        expect_exit(&host.cdx(&["--sync"]), 0);

        let conf = fs::read_to_string(host.home().join(".config/cdx/host.conf")).unwrap();
        assert!(conf.contains("cdx_insecure_tls='1'"), "nobody's word but the key's: {conf}");
        assert_eq!(fs::read_to_string(&cdx).unwrap(), SCRIPT, "{shell:?}");
    }
}

#[test]
fn a_safe_line_is_checked_tls_or_this_machine() {
    let functions = SCRIPT.strip_suffix("main \"$@\"\n").unwrap();
    for (base, insecure, safe) in [
        ("https://central.example", "0", true),
        ("https://central.example", "1", false),
        ("http://central.example", "0", false),
        ("http://127.0.0.1:8080", "0", true),
        ("http://127.0.0.1:8080", "1", false),
        ("http://127.0.0.1.example", "0", false),
        ("http://127.0.0.1@central.example", "0", false),
        ("http://localhost:80/x", "0", true),
        ("http://localhost.example", "0", false),
        ("http://[::1]:80", "0", true),
        ("HTTPS://central.example", "0", false),
        ("", "0", false),
    ] {
        for shell in SHELLS {
            let script = format!("{functions}\ncdx_base='{base}' cdx_insecure_tls={insecure}\nline_is_safe");
            let status = Command::new(shell[0]).args(&shell[1..]).args(["-c", &script]).env("HOME", "/").status().unwrap();
            assert_eq!(status.success(), safe, "{shell:?}: {base} {insecure}");
        }
    }
}
