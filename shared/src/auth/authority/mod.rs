//! The refresh authority: the one piece of code that ever spends the refresh token.
//!
//! A lease with a fencing number, an intent written before the token leaves, the answer stored before it is read, and a
//! swap from one generation to the next. What each step may do is decided in [`book`]; [`spend`] puts the steps in order
//! for any [`spend::Ports`]: the database and OpenAI in `fleet.rs`, a simulation of both in the tests.

pub mod answer;
pub mod book;
pub mod due;
mod fleet;
pub mod join;
mod openai;
pub mod restored;
pub mod rotate;
pub mod spend;
pub mod sql;
pub mod tend;

pub use book::{State, Why};
pub use join::{Joined, join};
