//! What the server and `cdx` cost; run by `local-dev/bench`.

fn main() {}
