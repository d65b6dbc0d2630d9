//! What the fuzzer found worth keeping, run through the same checks without it.

#![expect(clippy::unwrap_used, reason = "a test panics when its ground gives way")]

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::Path;

#[path = "../../fuzz/src/parsers/mod.rs"]
mod parsers;

#[test]
fn every_input_that_was_kept_passes_its_check() {
    let all = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    for (name, check) in parsers::ALL {
        let files: Vec<_> = fs::read_dir(all.join(name)).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(files.len() > 2, "the corpus of {name} is lost");
        for file in files {
            let data = fs::read(&file).unwrap();
            assert!(catch_unwind(|| check(&data)).is_ok(), "{}", file.display());
        }
    }
    let known: BTreeSet<_> = parsers::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    let kept: BTreeSet<_> = fs::read_dir(&all).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    assert_eq!(kept, known, "each corpus has a parser");
}
