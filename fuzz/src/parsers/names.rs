//! Texts that are one word: handles, keys, host names, names of documents, versions.

use shared::artifacts::{Kind, Name};
use shared::auth::handle;
use shared::hosts::fqdn::Fqdn;
use shared::hosts::key::HostKey;
use shared::{crypto, versions};

pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Some(hash) = handle::parse(&text) {
        assert!(text.starts_with("cdxr_") && text.len() == 77);
        assert_eq!(hash, crypto::hash(&text), "a handle is stored as its hash");
    }
    if let Some(key) = HostKey::parse(&text) {
        assert_eq!((key.reveal(), key.hash()), (&*text, crypto::hash(&text)));
        assert_eq!(format!("{key:?}"), "HostKey(…)");
    }
    if let Ok(name) = Fqdn::parse(&text) {
        assert_eq!(Fqdn::parse(name.as_str()).as_ref(), Ok(&name), "a host's name is its own name");
    }
    for kind in [Kind::Agents, Kind::Command, Kind::Skill] {
        if let Ok(name) = Name::parse(kind, &text) {
            assert_eq!(Name::parse(kind, name.as_str()).unwrap(), name);
            assert!(!name.as_str().contains(['/', '\\', '\0']) && !name.as_str().starts_with(['.', '-']));
        }
    }
    if let Some(version) = versions::normalise(&text) {
        versions::rank(&version);
        assert!(!version.contains("..") && !version.contains(|c: char| c.is_control() || c == '/'));
    }
}
