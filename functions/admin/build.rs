//! Makes a table of the dashboard's files, so that the program holds them. Without a built dashboard the table has one
//! page that says how to build it: `cargo build` on a fresh clone needs no npm.

use std::collections::hash_map::DefaultHasher;
use std::fmt::Write as _;
use std::hash::{Hash as _, Hasher as _};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

const NOT_BUILT: &str = "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>Codex Auth Central</title>\
    <h1>The dashboard is not built</h1><p>Start the server with <code>local-dev/up</code>, or run <code>npm ci &amp;&amp; npm run build</code> \
    in <code>admin-static</code> and build again. The API answers meanwhile.</p></html>\n";

fn main() -> io::Result<()> {
    let dist = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../admin-static/dist");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets it"));
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", dist.display());
    // A copy: the compiler reads the files later, and the next build of the dashboard may have replaced them by then.
    let held = out.join("dashboard");
    fs::remove_dir_all(&held).ok();
    fs::create_dir(&held)?;
    let mut found = vec![];
    if dist.join("index.html").is_file() {
        copy_all(&dist, &held, &mut found)?;
        copy_all(&dist.join("assets"), &held, &mut found)?;
    } else {
        fs::write(held.join("index.html"), NOT_BUILT)?;
        found.push("index.html".to_owned());
    }
    found.sort();
    let mut table = String::from("const FILES: &[File] = &[\n");
    for name in found.iter().filter(|name| !is_packed(name)) {
        entry(&mut table, &held, name)?;
    }
    table.push_str("];\n");
    fs::write(out.join("files.rs"), table)
}

/// A packed form of another file.
fn is_packed(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "br" || end == "gz")
}

/// Copies the files of a folder and adds their names.
fn copy_all(from: &Path, to: &Path, names: &mut Vec<String>) -> io::Result<()> {
    for found in fs::read_dir(from)? {
        let found = found?;
        if found.file_type()?.is_file() {
            let name = found.file_name().to_string_lossy().into_owned();
            fs::copy(found.path(), to.join(&name))?;
            names.push(name);
        }
    }
    Ok(())
}

/// One line of the table: the file, and its packed forms where `npm run build` made them.
fn entry(table: &mut String, folder: &Path, name: &str) -> io::Result<()> {
    let path = folder.join(name).display().to_string();
    let mut hasher = DefaultHasher::new();
    fs::read(&path)?.hash(&mut hasher);
    let tag = format!("W/\"{:016x}\"", hasher.finish());
    let form = |end: &str| format!("include_bytes!({:?})", format!("{path}{end}"));
    let is_packed = Path::new(&format!("{path}.br")).is_file() && Path::new(&format!("{path}.gz")).is_file();
    let (plain, packed) = if is_packed {
        ("&[]".to_owned(), format!("Some(Packed {{ brotli: {}, gzip: {} }})", form(".br"), form(".gz")))
    } else {
        (form(""), "None".to_owned())
    };
    writeln!(table, "File {{ name: {name:?}, tag: {tag:?}, plain: {plain}, packed: {packed} }},").map_err(io::Error::other)
}
