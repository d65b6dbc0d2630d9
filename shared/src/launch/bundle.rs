//! The small tar that answers a launch.

use crate::shell;

/// What goes into the tar.
#[derive(Debug, Default)]
pub struct Bundle {
    vars: String,
    files: Vec<(String, u32, Vec<u8>)>,
    /// Files of the home, a line each: these the script puts into place.
    placed: String,
    deleted: String,
}

/// A path that may lie under the Codex home: relative, plain characters, no component that is empty, `.` or `..`.
pub fn is_safe_path(path: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
    (1..=255).contains(&path.len()) && path.split('/').all(|part| !matches!(part, "" | "." | "..") && part.bytes().all(plain))
}

impl Bundle {
    /// Adds a shell variable; the value is quoted.
    pub fn var(&mut self, name: &str, value: &str) -> &mut Self {
        self.vars.extend(["cdx_", name, "=", &shell::quote(value), "\n"]);
        self
    }

    #[cfg(test)]
    pub(super) fn has_line(&self, line: &str) -> bool {
        self.vars.lines().any(|one| one == line)
    }

    /// Adds a file of the Codex home. A path that could leave it is a mistake of ours and panics.
    pub fn home_file(&mut self, path: &str, mode: u32, content: impl Into<Vec<u8>>) -> &mut Self {
        assert!(is_safe_path(path), "{path} could leave the Codex home");
        self.files.push((format!("home/{path}"), mode, content.into()));
        self
    }

    /// Adds a file that the script puts into place by its list, unless somebody's own is there.
    pub fn place(&mut self, path: &str, mode: u32, content: impl Into<Vec<u8>>) -> &mut Self {
        self.placed.extend([path, "\n"]);
        self.home_file(path, mode, content)
    }

    /// Files to delete, and the SHA-256 the copy must have.
    pub fn delete(&mut self, files: &[(String, String)]) -> &mut Self {
        for (path, sha) in files.iter().filter(|(path, _)| is_safe_path(path)) {
            self.deleted.extend([sha, "  ", path, "\n"]);
        }
        self
    }

    /// The list of what the home has when it has done all that.
    pub fn given(&mut self, text: &str) -> &mut Self {
        self.files.push(("given".to_owned(), 0o600, text.into()));
        self
    }

    /// Adds a new `cdx` and its signature.
    pub fn wrapper(&mut self, script: &str, signature: &[u8]) -> &mut Self {
        self.files.push(("cdx".to_owned(), 0o755, script.into()));
        self.files.push(("cdx.sig".to_owned(), 0o600, signature.into()));
        self
    }

    /// Adds a public key, the `number`th after the one that the host has, and what the key before says of it.
    pub fn signer(&mut self, number: u32, pem: &str, endorsement: Option<&[u8]>) -> &mut Self {
        self.files.push((format!("signers/{number}.pem"), 0o644, pem.into()));
        self.files.extend(endorsement.map(|signature| (format!("signers/{number}.sig"), 0o600, signature.into())));
        self
    }

    /// The tar's bytes.
    pub fn into_tar(self) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        let lists = [("files", self.placed), ("delete", self.deleted)].into_iter().filter(|(_, text)| !text.is_empty());
        let vars = std::iter::once(("vars", self.vars)).chain(lists).map(|(name, text)| (name.to_owned(), 0o600, text.into_bytes()));
        for (path, mode, content) in vars.chain(self.files) {
            let mut header = tar::Header::new_ustar();
            header.set_size(u64::try_from(content.len()).expect("content is far below 2^64 bytes"));
            header.set_mode(mode);
            header.set_mtime(0);
            builder.append_data(&mut header, &path, content.as_slice()).expect("writing to memory does not fail and paths are short");
        }
        builder.into_inner().expect("writing to memory does not fail")
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn no_path_can_leave_the_codex_home() {
        for good in ["auth.json", "skills/x/SKILL.md", ".x"] {
            assert!(is_safe_path(good), "{good}");
        }
        let long = "a".repeat(256);
        for bad in ["", "/etc/passwd", "../x", "a/../x", "a/..", "./x", "a//b", "a/", "a b", "a\nb", "a\\b", "a'b", "é", "~", &long] {
            assert!(!is_safe_path(bad), "{bad}");
        }
    }

    #[test]
    #[should_panic(expected = "could leave the Codex home")]
    fn a_bundle_refuses_such_a_path() {
        Bundle::default().home_file("../x", 0o600, "x");
    }

    #[test]
    fn a_bundle_reads_back() {
        let mut bundle = Bundle::default();
        bundle.var("notice", "it's $(id)").home_file("auth.json", 0o600, "{}");
        let tar = bundle.into_tar();
        let mut archive = tar::Archive::new(tar.as_slice());
        let read = |entry: std::io::Result<tar::Entry<'_, &[u8]>>| {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (entry.path().unwrap().display().to_string(), entry.header().mode().unwrap(), text)
        };
        let entries: Vec<_> = archive.entries().unwrap().map(read).collect();
        assert_eq!(
            entries,
            [("vars".to_owned(), 0o600, "cdx_notice='it'\\''s $(id)'\n".to_owned()), ("home/auth.json".to_owned(), 0o600, "{}".to_owned()),]
        );
    }
}
