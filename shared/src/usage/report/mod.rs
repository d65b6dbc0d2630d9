//! Reading usage: rows, deliveries, sums, days.

pub mod csv;
pub mod history;
pub mod ingests;
pub mod lines;
pub mod overview;
pub mod rows;
pub mod sums;
