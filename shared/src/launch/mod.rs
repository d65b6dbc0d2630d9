//! A launch: what `cdx` tells, what it is answered.

pub mod answer;
pub mod bundle;
pub mod files;
pub mod manifest;
pub mod stops;
mod update;

pub use answer::answer;
