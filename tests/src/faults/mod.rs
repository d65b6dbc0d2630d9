//! Faults under load: what was acknowledged is there, nothing is half-done, and all is well again at once.

mod book;
mod check;
mod client;
mod cuts;
mod database;
mod host;
mod load;
mod login;
mod owner;
pub mod report;
mod room;
mod scenario;
mod secrets;
mod stage;
mod strikes;
mod time;
mod watch;
mod whole;
mod world;
mod written;

pub use database::Ground;
pub use scenario::{ALL, Scenario};
pub use stage::{Outcome, Stage};
