//! Codex releases that are shell scripts: as a real release is laid out, and made in a moment.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use fake_openai::releases::{TRIPLE, Version, asset_name};

/// Publishes a version whose Codex says its version and otherwise runs these lines of `sh`, in which `VERSION` is it.
pub fn publish(releases: &Path, version: &str, lines: &str) {
    let parsed = Version::parse(version).unwrap();
    let (folder, name) = (releases.join(version), asset_name(&parsed));
    let work = releases.join(format!(".work-{version}"));
    let packaged = name.starts_with("codex-package");
    let (file, top) =
        if packaged { ("bin/codex".to_owned(), "bin".to_owned()) } else { (format!("codex-{TRIPLE}"), format!("codex-{TRIPLE}")) };
    fs::create_dir_all(&folder).unwrap();
    fs::create_dir_all(work.join(&file).parent().unwrap()).unwrap();
    let lines = lines.replace("VERSION", version);
    let says = format!("#!/bin/sh\n[ \"${{1:-}}\" = --version ] && echo 'codex-cli {version}' && exit\n{lines}\n");
    fs::write(work.join(&file), says).unwrap();
    fs::set_permissions(work.join(&file), fs::Permissions::from_mode(0o755)).unwrap();
    let mut names = vec![top];
    if packaged {
        fs::create_dir_all(work.join("codex-path")).unwrap();
        fs::write(work.join("codex-path/rg"), "what lies beside it").unwrap();
        names.push("codex-path".to_owned());
    }
    let packed = folder.join(format!(".{name}"));
    let status = Command::new("tar").arg("-czf").arg(&packed).arg("-C").arg(&work).args(&names).status().unwrap();
    assert!(status.success());
    fs::rename(packed, folder.join(name)).unwrap();
    fs::remove_dir_all(work).unwrap();
}
