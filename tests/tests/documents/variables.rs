//! Every variable that something here reads is explained in `.env.sample`, once; and what documents and templates name is one of those.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{documents, files, prose, read, root, shown, with_extension};

/// Named in files that read the environment, and nothing to set for this product: what the system or Lambda sets, what a Codex is given,
/// what is only a value there, and what cargo sets.
#[rustfmt::skip]
const NOT_OURS: &[&str] = &[
    "HOME", "USER", "LOGNAME", "PATH", "PWD", "PPID", "BASH_SOURCE", "RANDOM", "SECONDS", "DISPLAY", "XDG_CONFIG_HOME", "XDG_CACHE_HOME",
    "AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_RUNTIME_API", "AWS_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL_SECRETS_MANAGER",
    "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "CODEX_CA_CERTIFICATE", "OPENAI_BASE_URL",
    "CODEX_REFRESH_TOKEN_URL_OVERRIDE", "CODEX_REVOKE_TOKEN_URL_OVERRIDE",
    "VERIFY_IDENTITY", "REQUIRED", "USD", "CARGO_MANIFEST_DIR", "CARGO_HOME", "OUT_DIR",
    // What shells and Docker set, what images of databases are given, and what another product read.
    "BASH_REMATCH", "TARGETARCH", "COMPOSE_PROFILES", "MYSQL_DATABASE", "MYSQL_USER", "MARIADB_DATABASE", "MARIADB_USER",
    "MYSQL_PASSWORD_FILE", "MYSQL_ROOT_PASSWORD_FILE", "MARIADB_PASSWORD_FILE", "MARIADB_ROOT_PASSWORD_FILE",
    "DB_USERNAME", "DB_PASSWORD", "CODEX_SYNC_BASE_URL", "CADDY_DOMAIN",
    "AWS_LAMBDA_LOG_LEVEL", "AWS_DEFAULT_REGION", "OPENAI_API_KEY", "OTEL_TRACES_SAMPLER",
];

fn is_variable(name: &str) -> bool {
    name.len() > 2
        && name.starts_with(|c: char| c.is_ascii_uppercase())
        && name.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'0'..=b'9' | b'_'))
}

/// The names in a Rust file that reads the environment; its tests make up their own.
fn in_rust(text: &str) -> Vec<String> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let code: Vec<_> = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    if !["lookup(", "variable(", "from_env(", "env = \""].iter().any(|way| code.contains(way)) {
        return Vec::new();
    }
    // What stands alone between two quotes; what stands between two texts is never a bare name.
    let between = code.split('"');
    between.filter(|name| is_variable(name)).map(str::to_owned).collect()
}

/// The names of a program's options: `env = "…"`.
fn in_options(text: &str) -> Vec<String> {
    text.split("env = \"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// The names that a shell script takes from outside: those it reads and does not set, and those that may be absent (`${NAME:-…}`).
fn in_shell(text: &str) -> Vec<String> {
    let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with('#')).collect();
    let code = code.join("\n").replace("$$", "");
    let end = |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let read = code.split('$').skip(1).map(|rest| rest.strip_prefix('{').unwrap_or(rest)).map(|rest| rest.split_at(end(rest)));
    let is_set = |name: &str| code.split(|c: char| c.is_whitespace() || c == ';').any(|word| word.starts_with(&format!("{name}=")));
    let names = read.filter(|(name, rest)| is_variable(name) && (rest.starts_with(":-") || !is_set(name)));
    names.map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn what_a_script_takes_from_outside_is_seen() {
    let script = "# $A_COMMENT\nOWN=1\nOTHER=${OTHER:-2}; echo \"$OWN ${OTHER} $GIVEN ${MAYBE:-x} ${ALSO:+y} $small\"\n";
    assert_eq!(in_shell(script), ["OTHER", "GIVEN", "MAYBE", "ALSO"]);
}

/// The names that a test reads: `variable("…")`.
fn in_tests(text: &str) -> Vec<String> {
    let names = text.split("variable(\"").skip(1).map(|rest| rest.split('"').next().unwrap());
    names.filter(|name| is_variable(name)).map(str::to_owned).collect()
}

/// The names that a script of Node reads: `process.env.NAME`.
fn in_node(text: &str) -> Vec<String> {
    let end = |rest: &str| rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
    let names = text.split("process.env.").skip(1).map(|rest| &rest[..end(rest)]);
    names.filter(|name| is_variable(name)).map(str::to_owned).collect()
}

/// Every variable that something here reads.
fn variables() -> BTreeSet<String> {
    let root = root();
    let sources = ["shared/src", "functions", "local-dev/src"].map(|folder| with_extension(&root.join(folder), "rs"));
    let is_test = |path: &Path| path.iter().any(|part| part == "tests" || part == "tests.rs");
    let sources = sources.into_iter().flatten().filter(|path| !is_test(path.strip_prefix(&root).unwrap()));
    let rust = sources.flat_map(|path| in_rust(&read(&path)));
    let measuring = with_extension(&root.join("tests/src"), "rs").into_iter().flat_map(|path| in_options(&read(&path)));

    // Scripts, and what a container's settings are put into.
    let is_script = |path: &PathBuf| path.extension().is_none_or(|found| found == "sh" || found == "yaml");
    let scripts = files(&root.join("local-dev")).into_iter().filter(is_script);
    let on_hosts = files(&root.join("functions/install/scripts")).into_iter().chain([root.join("functions/install/cdx/cdx")]);
    let building = files(&root.join("infra")).into_iter().filter(|path| path.extension().is_none());
    let shell = scripts.chain(on_hosts).chain(building).flat_map(|path| in_shell(&read(&path)));

    let tests = ["tests/src", "tests/tests", "functions"].into_iter().flat_map(|folder| with_extension(&root.join(folder), "rs"));
    let tests = tests.filter(|path| is_test(path.strip_prefix(&root).unwrap()) && !path.ends_with("documents/variables.rs"));
    let tests = tests.flat_map(|path| in_tests(&read(&path)));
    let node = ["ts", "js", "mjs"].into_iter().flat_map(|extension| with_extension(&root.join("admin-static"), extension));
    let node = node.flat_map(|path| in_node(&read(&path)));

    let mut all: BTreeSet<_> = rust.chain(measuring).chain(shell).chain(tests).chain(node).collect();
    let named = all.clone();
    // A variable may be given as a file: the name is explained without the ending.
    all.retain(|name| !NOT_OURS.contains(&name.as_str()) && !name.strip_suffix("_FILE").is_some_and(|plain| named.contains(plain)));
    all
}

/// The names that `.env.sample` explains, in order.
fn explained() -> Vec<String> {
    let sample = read(&root().join(".env.sample"));
    let settings = sample.lines().filter_map(|line| line.trim_start_matches('#').split_once('='));
    let mut named: Vec<_> = settings.map(|(name, _)| name.to_owned()).filter(|name| is_variable(name)).collect();
    named.sort();
    named
}

#[test]
fn every_variable_is_explained_once() {
    let (named, there) = (explained(), variables());

    for known in
        ["DATABASE_URL", "GPT51_INPUT_PER_1K", "RUNNER_TIMEOUT", "RUST_LOG", "TLS_CERT_FILE", "CDX_TIMEOUT", "SERVER", "UPDATE_SNAPSHOTS"]
    {
        assert!(there.contains(known), "the code was not understood: it reads {known}");
    }
    assert_eq!(named, there.into_iter().collect::<Vec<_>>());
}

/// The names between backticks of a document that could be variables.
fn variables_of(text: &str) -> Vec<String> {
    let spans = text.split('`').skip(1).step_by(2);
    let names = spans.flat_map(|span| span.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
    names.filter(|name| is_variable(name) && name.contains('_') && !name.ends_with('_')).map(str::to_owned).collect()
}

#[test]
fn every_variable_that_is_named_is_explained() {
    let known: BTreeSet<_> = explained().into_iter().collect();
    let mut wrong = Vec::new();
    for document in documents().into_iter().filter(|path| !path.starts_with(root().join("docs/adr"))) {
        let text = read(&document);
        let prose: String = prose(&text).join("\n");
        let lost = prose.split("\n\n").flat_map(variables_of);
        let lost = lost.filter(|name| !known.contains(name) && !NOT_OURS.contains(&name.as_str()));
        wrong.extend(lost.map(|name| format!("{}: {name}", shown(&document))));
    }
    assert_eq!(variables_of("set `A_B=1 c` or `D_*`; E_F, `GH`, `x --y I_J`"), ["A_B", "I_J"]);
    assert!(wrong.is_empty(), "no part of .env.sample explains\n{}", wrong.join("\n"));
}

/// The names that a template gives to functions: keys in capitals.
#[test]
fn what_the_templates_set_is_explained() {
    let (known, mut set) = (explained(), 0);
    for template in with_extension(&root().join("infra"), "yaml") {
        let text = read(&template);
        let keys = text.lines().filter_map(|line| line.trim_start().split_once(": ")).map(|(key, _)| key);
        for name in keys.filter(|key| is_variable(key) && key.contains('_')) {
            set += 1;
            assert!(known.iter().any(|one| one == name) || NOT_OURS.contains(&name), "{}: {name}", shown(&template));
        }
    }
    assert!(set > 10, "the templates were not understood");
}
