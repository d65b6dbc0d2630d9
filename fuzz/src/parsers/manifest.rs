//! What `/sync` and `/push` read: the manifest, and the lists of files beside it.

use shared::artifacts::Place;
use shared::launch::bundle::is_safe_path;
use shared::launch::files::{Given, is_profile};
use shared::launch::manifest::Manifest;
use shared::versions::runs::MANY;

pub fn check(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    if let Ok(manifest) = Manifest::parse(&text) {
        assert_eq!(manifest.run.len(), 32);
        assert!(manifest.ended.len() <= MANY);
        let digests = [&manifest.auth_sha, &manifest.wrapper_sha, &manifest.files];
        assert!(digests.into_iter().flatten().all(|digest| digest.len() == 64 && digest.bytes().all(|b| b.is_ascii_hexdigit())));
        assert_eq!(Manifest::parse(&format!("{text}\nnewer thing")), Ok(manifest), "what is newer than this server changes nothing");
    }
    let given = Given::parse(&text);
    assert_eq!(Given::parse(&given.text()), given, "a list reads back");
    given.0.keys().for_each(|path| place(path));
    text.lines().for_each(place);
}

/// A path that is a document's is one that cannot leave the home, and says where the document is.
fn place(path: &str) {
    is_profile(path);
    if let Some(place) = Place::parse(path) {
        assert!(is_safe_path(path));
        assert_eq!(Place::path(place.kind, place.name.as_str(), place.file.as_deref()), path);
    }
}
