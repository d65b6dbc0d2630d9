//! A fleet of virtual hosts over the real server: what it was promised, and whether that was held. Run by `local-dev/fleet`.

pub mod check;
pub mod day;
#[expect(clippy::module_inception, reason = "the hosts and the operators of one are it")]
pub mod fleet;
pub mod host;
pub mod http;
pub mod ledger;
pub mod measure;
pub mod run;
pub mod steady;
pub mod usage;
pub mod week;
pub mod world;

/// A count as a number to divide.
#[expect(clippy::cast_precision_loss, reason = "counts, times and sizes here are far below 2^52")]
pub const fn float(count: u64) -> f64 {
    count as f64
}
