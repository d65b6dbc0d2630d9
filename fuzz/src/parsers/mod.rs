//! What a host may send, each parser with what must hold for every input. Both the fuzzer and the tests run these.

mod bundle;
mod login;
mod manifest;
mod merge;
mod names;
mod otlp;
mod usage;

/// Panics when something does not hold.
pub type Check = fn(&[u8]);

/// Every parser by its name, which is the name of its corpus too.
pub const ALL: [(&str, Check); 7] = [
    ("manifest", manifest::check),
    ("bundle", bundle::check),
    ("usage", usage::check),
    ("login", login::check),
    ("merge", merge::check),
    ("otlp", otlp::check),
    ("names", names::check),
];
