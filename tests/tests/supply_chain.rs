//! The bill of materials is that of the lock files, and a release does not tell where it was built.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use e2e::process::TempDir;
use serde_json::Value;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

fn read(path: &Path) -> Value {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// Of each crate in `Cargo.lock`, `name@version`, the checksum; crates of this workspace have none.
fn locked() -> BTreeMap<String, Option<String>> {
    let text = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let field = |package: &str, name: &str| {
        let line = package.lines().find_map(|line| line.strip_prefix(&format!("{name} = \"")))?;
        Some(line.trim_end_matches('"').to_owned())
    };
    let packages = text.split("[[package]]").skip(1);
    let one =
        |package: &str| (format!("{}@{}", field(package, "name").unwrap(), field(package, "version").unwrap()), field(package, "checksum"));
    packages.map(one).collect()
}

/// Writes both documents.
fn written(folder: &Path) -> (Value, Value) {
    let made = Command::new(root().join("local-dev/sbom")).arg(folder).output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (read(&folder.join("rust.cdx.json")), read(&folder.join("dashboard.cdx.json")))
}

fn named<'a>(document: &'a Value, name: &str) -> Vec<&'a Value> {
    document["components"].as_array().unwrap().iter().filter(|component| component["name"] == name).collect()
}

#[test]
fn the_bill_of_materials_names_what_is_locked() {
    let (dir, locked) = (TempDir::new(), locked());

    let (rust, dashboard) = written(dir.path());

    let components = rust["components"].as_array().unwrap();
    assert!(rust["bomFormat"] == "CycloneDX" && dashboard["bomFormat"] == "CycloneDX" && components.len() > 300);
    for component in components {
        let known = locked.get(&format!("{}@{}", component["name"].as_str().unwrap(), component["version"].as_str().unwrap()));
        assert_eq!(component["hashes"][0]["content"].as_str(), known.unwrap().as_deref(), "{component}");
        assert!(component["licenses"][0]["expression"].is_string(), "{component}");
    }
    assert_eq!(named(&rust, "sqlx").len(), 1);
    assert!(named(&rust, "local-dev").len() == 1 && named(&rust, "e2e").is_empty(), "programs, and nothing that is for tests only");
    let needs = rust["dependencies"].as_array().unwrap().iter().find(|one| one["ref"] == "pkg:cargo/local-dev@0.1.0").unwrap();
    assert!(needs["dependsOn"].as_array().unwrap().contains(&"pkg:cargo/shared@0.1.0".into()), "{needs}");
    let lock = read(&root().join("admin-static/package-lock.json"));
    assert_eq!(named(&dashboard, "svelte")[0]["version"], lock["packages"]["node_modules/svelte"]["version"]);
    let first = fs::read(dir.path().join("dashboard.cdx.json")).unwrap();
    assert!(written(dir.path()).0 == rust && fs::read(dir.path().join("dashboard.cdx.json")).unwrap() == first, "the same bytes again");
}

/// A program that says in its debug information where it was built, in a folder of this name; `environment` runs before.
fn built(dir: &Path, name: &str, environment: &str) -> Vec<u8> {
    let folder = dir.join(name);
    fs::create_dir_all(folder.join("src")).unwrap();
    let manifest = "[package]\nname = \"tiny\"\nversion = \"1.0.0\"\nedition = \"2024\"\n[workspace]\n[profile.release]\ndebug = 1\n";
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.join("src/main.rs"), "fn main() {}\n").unwrap();
    let script = format!(
        ". '{}/local-dev/lib.sh' && cd '{}' && git init -q && git -c user.name=n -c user.email=e commit -q --allow-empty -m m && \
         {environment} && cargo build --release --offline --quiet",
        root().display(),
        folder.display()
    );
    let output = Command::new("bash").args(["-euc", &script]).env_remove("CARGO_TARGET_DIR").output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::read(folder.join("target/release/tiny")).unwrap()
}

#[test]
fn a_release_does_not_tell_where_it_was_built() {
    let dir = TempDir::new();

    let [first, second] = ["one", "a/longer/two"].map(|name| built(dir.path(), name, "release_environment"));
    let plain = ["three", "a/longer/four"].map(|name| built(dir.path(), name, "true"));

    assert!(first == second, "the folder shows in the program");
    assert_ne!(plain[0], plain[1], "without it, it shows: otherwise this proves nothing");
}
