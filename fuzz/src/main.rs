//! libFuzzer over one of our parsers, named by `PARSER`: `local-dev/fuzz-parsers` builds and starts it.

#![no_main]

mod parsers;

use std::sync::OnceLock;

static CHOSEN: OnceLock<parsers::Check> = OnceLock::new();

fn choose() -> parsers::Check {
    let name = std::env::var("PARSER").unwrap_or_default();
    let found = parsers::ALL.iter().find(|(known, _)| *known == name);
    let names: Vec<_> = parsers::ALL.iter().map(|(known, _)| *known).collect();
    found.unwrap_or_else(|| panic!("PARSER must be one of {}", names.join(" "))).1
}

libfuzzer_sys::fuzz_target!(|data: &[u8]| CHOSEN.get_or_init(choose)(data));
