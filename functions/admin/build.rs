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
    let index = dist.join("index.html");
    let mut table = String::from("const FILES: &[File] = &[\n");
    if index.is_file() {
        entry(&mut table, "index.html", &index)?;
        let mut assets: Vec<_> =
            fs::read_dir(dist.join("assets"))?.map(|found| found.map(|found| found.path())).collect::<Result<_, _>>()?;
        assets.sort();
        for path in assets.iter().filter(|path| path.extension().is_some_and(|end| end != "br" && end != "gz")) {
            entry(&mut table, &path.file_name().expect("it was listed").to_string_lossy(), path)?;
        }
    } else {
        let page = out.join("index.html");
        fs::write(&page, NOT_BUILT)?;
        entry(&mut table, "index.html", &page)?;
    }
    table.push_str("];\n");
    fs::write(out.join("files.rs"), table)
}

/// One line of the table: the file, and its packed forms where `npm run build` made them.
fn entry(table: &mut String, name: &str, path: &Path) -> io::Result<()> {
    let mut hasher = DefaultHasher::new();
    fs::read(path)?.hash(&mut hasher);
    let packed = |end: &str| {
        let packed = format!("{}.{end}", path.display());
        if Path::new(&packed).is_file() { format!("Some(include_bytes!({packed:?}))") } else { "None".to_owned() }
    };
    let plain = path.display().to_string();
    let tag = format!("W/\"{:016x}\"", hasher.finish());
    writeln!(
        table,
        "File {{ name: {name:?}, tag: {tag:?}, plain: include_bytes!({plain:?}), brotli: {}, gzip: {} }},",
        packed("br"),
        packed("gz")
    )
    .map_err(io::Error::other)
}
