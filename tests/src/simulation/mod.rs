//! The refresh authority in a world made of chance: the real steps and the real rules, over a clock, a store and an
//! issuer that a seed decides. The same seed is the same run.

mod issuer;
pub mod random;
mod run;
mod store;
mod world;

pub use run::{End, Seed, run};
pub use store::Guards;
