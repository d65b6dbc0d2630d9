//! Releases made from (tiny) npm tarballs and served like GitHub does.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use fake_openai::{
    Options,
    releases::{self, TRIPLE},
};
use sha2::{Digest, Sha256};

use crate::setup::{Setup, ok, ok_json, refusal, start, start_with};

const PACKAGE: &str = "codex-package-x86_64-unknown-linux-musl.tar.gz";
const BINARY: &str = "codex-x86_64-unknown-linux-musl.tar.gz";

/// An npm tarball holding `files` under `vendor/<triple>`.
fn npm_tarball(cache: &Path, name: &str, files: &[&str]) {
    let tree = cache.join(name);
    for file in files {
        let path = tree.join("package/vendor").join(TRIPLE).join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, format!("content of {file}")).unwrap();
    }
    fs::create_dir_all(cache.join("npm")).unwrap();
    let tarball = cache.join("npm").join(format!("{name}.tgz"));
    let mut tar = Command::new("tar");
    assert!(tar.arg("-czf").arg(tarball).arg("-C").arg(tree).arg("package").status().unwrap().success());
}

/// Both generations of releases in a folder of their own.
fn made(test: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{test}-{}", std::process::id()));
    let (cache, out) = (root.join("cache"), root.join("releases"));
    let package = ["bin/codex", "codex-path/rg", "codex-resources/bwrap", "codex-package.json"];
    npm_tarball(&cache, "openai-codex-0.169.0-linux-x64", &package);
    npm_tarball(&cache, "openai-codex-0.120.0-linux-x64", &["codex/codex", "path/rg"]);
    npm_tarball(&cache, "openai-codex-0.80.0", &["codex/codex", "path/rg"]);
    for version in ["0.169.0", "0.120.0", "0.80.0"] {
        releases::from_npm(&cache, &out, version).unwrap();
    }
    out
}

fn serving(releases: PathBuf) -> Setup {
    start_with(Options { releases_dir: Some(releases), ..Options::default() })
}

fn entries(archive: &Path) -> Vec<String> {
    let output = Command::new("tar").arg("-tzf").arg(archive).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter(|name| !name.ends_with('/')).map(str::to_owned).collect()
}

#[test]
fn new_versions_become_packages_with_sums() {
    let out = made("packages");

    let package = out.join("0.169.0").join(PACKAGE);

    let expected = ["bin/codex", "codex-package.json", "codex-path/rg", "codex-resources/bwrap"];
    assert_eq!(entries(&package), expected);
    let sum = hex::encode(Sha256::digest(fs::read(&package).unwrap()));
    let sums = fs::read_to_string(out.join("0.169.0/codex-package_SHA256SUMS")).unwrap();
    assert_eq!(sums, format!("{sum}  {PACKAGE}\n"));
}

#[test]
fn old_versions_become_one_binary() {
    let out = made("binaries");

    for version in ["0.120.0", "0.80.0"] {
        let archive = out.join(version).join(BINARY);
        assert_eq!(entries(&archive), [format!("codex-{TRIPLE}")], "{version}");
    }
}

#[test]
fn a_finished_release_is_not_made_again() {
    let out = made("again");

    let asset = releases::from_npm(Path::new("/nowhere"), &out, "0.80.0").unwrap();

    assert_eq!(asset, out.join("0.80.0").join(BINARY));
    assert!(releases::from_npm(Path::new("/nowhere"), &out, "0.81.0").is_err());
    assert!(releases::from_npm(Path::new("/nowhere"), &out, "../0.81.0").is_err());
}

#[tokio::test]
async fn the_latest_stable_release_is_found_and_downloaded() {
    let out = made("latest");
    let alpha = out.join("0.170.0-alpha.1");
    fs::create_dir_all(&alpha).unwrap();
    fs::write(alpha.join(PACKAGE), "alpha").unwrap();
    let t = serving(out.clone());

    let latest = ok_json(t.get("/repos/openai/codex/releases/latest")).await;

    assert_eq!((&latest["tag_name"], &latest["prerelease"]), (&"rust-v0.169.0".into(), &false.into()));
    let asset = &latest["assets"][0];
    assert_eq!(asset["name"], PACKAGE);
    let download = ok(t.http.get(asset["browser_download_url"].as_str().unwrap())).await;
    assert_eq!(download.content_length(), asset["size"].as_u64());
    let bytes = download.bytes().await.unwrap();
    assert_eq!(bytes, fs::read(out.join("0.169.0").join(PACKAGE)).unwrap());
    assert_eq!(asset["digest"], format!("sha256:{}", hex::encode(Sha256::digest(&bytes))));
    assert!(out.join("0.169.0").join(format!("{PACKAGE}.sha256")).exists());
}

#[tokio::test]
async fn all_releases_are_listed_newest_first_without_sidecars() {
    let t = serving(made("list"));

    for _ in ["digests computed", "digests from sidecars"] {
        let list = ok_json(t.get("/repos/openai/codex/releases?per_page=9")).await;
        let tags: Vec<_> = list.as_array().unwrap().iter().map(|r| r["tag_name"].as_str().unwrap()).collect();
        assert_eq!(tags, ["rust-v0.169.0", "rust-v0.120.0", "rust-v0.80.0"]);
        assert_eq!(list[0]["assets"].as_array().unwrap().len(), 2);
    }
    let old = ok_json(t.get("/repos/openai/codex/releases/tags/rust-v0.80.0")).await;
    assert_eq!((&old["name"], &old["assets"][0]["name"]), (&"0.80.0".into(), &BINARY.into()));
}

#[tokio::test]
async fn what_is_not_there_is_404() {
    let out = made("missing");
    fs::create_dir_all(out.join("0.169.0/sub")).unwrap();
    fs::write(out.join("0.169.0/sub/file"), "not an asset").unwrap();
    let t = serving(out);
    let missing = (404, "not_found".to_owned());

    for path in [
        "/repos/openai/codex/releases/tags/rust-v9.9.9",
        "/repos/openai/codex/releases/tags/0.169.0",
        "/openai/codex/releases/download/rust-v0.169.0/nothing.tar.gz",
        "/openai/codex/releases/download/rust-v0.169.0/sub%2Ffile",
        "/openai/codex/releases/download/rust-v0.169.0/..%2F0.80.0%2Fcodex-x86_64-unknown-linux-musl.tar.gz",
        "/openai/codex/releases/download/rust-v..%2F0.80.0/codex-x86_64-unknown-linux-musl.tar.gz",
    ] {
        assert_eq!(refusal(t.get(path)).await, missing, "{path}");
    }
    let empty = start();
    assert_eq!(refusal(empty.get("/repos/openai/codex/releases/latest")).await, missing);
}
