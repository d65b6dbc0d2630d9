//! The faults there are.

use super::database::{Database, Ground};
use super::stage::Stage;
use super::world::World;
use super::{cuts, room, strikes, time};
use crate::process::TempDir;

/// One fault.
#[derive(Debug)]
pub struct Scenario {
    /// What it is called.
    pub name: &'static str,
    /// What happens.
    pub what: &'static str,
    /// Seconds it acts unless told otherwise.
    pub seconds: u64,
    /// It needs no rights and no package that others do without.
    pub everywhere: bool,
    /// Where it acts, or why it cannot here.
    pub world: fn(&Ground) -> Result<World, String>,
    /// The fault.
    pub act: fn(&mut Stage),
}

/// All of them.
pub const ALL: [Scenario; 9] = [
    Scenario {
        name: "database-killed",
        what: "The database is killed (`kill -9`) again and again, and started after up to a second",
        seconds: 30,
        everywhere: true,
        world: straight,
        act: strikes::database_killed,
    },
    Scenario {
        name: "disk-full",
        what: "The disk of the database is full for some seconds, again and again",
        seconds: 30,
        everywhere: false,
        world: room::world,
        act: room::disk_full,
    },
    Scenario {
        name: "database-slow",
        what: "Every packet to and from the database waits up to 0.1 s, then 20,000 bytes a second get through",
        seconds: 30,
        everywhere: true,
        world: plain,
        act: cuts::slow,
    },
    Scenario {
        name: "database-flapping",
        what: "Connections to the database are cut, torn in the middle of an answer, or refused, for up to a second at a time",
        seconds: 30,
        everywhere: true,
        world: plain,
        act: cuts::flapping,
    },
    Scenario {
        name: "database-silent",
        what: "Packets to and from the database vanish for some seconds, and connections from before stay dead without a word",
        seconds: 30,
        everywhere: true,
        world: plain,
        act: cuts::silent,
    },
    Scenario {
        name: "lease-cut",
        what: "The process that holds the lease of the refresh is cut off from the database while OpenAI answers",
        seconds: 30,
        everywhere: true,
        world: plain,
        act: cuts::lease,
    },
    Scenario {
        name: "clock-jumps",
        what: "The clock of one process jumps hours ahead and back",
        seconds: 30,
        everywhere: false,
        world: time::world,
        act: time::jumps,
    },
    Scenario {
        name: "servers-killed",
        what: "Every 2 s one of two server processes is killed (`kill -9`) and started again",
        seconds: 600,
        everywhere: true,
        world: plain,
        act: strikes::servers_killed,
    },
    Scenario {
        name: "upstream",
        what: "OpenAI is slow, answers 500 or rubbish, hangs up in the middle, or says nothing",
        seconds: 60,
        everywhere: true,
        world: plain,
        act: strikes::upstream,
    },
];

#[expect(clippy::unnecessary_wraps, reason = "another world may not be possible here")]
fn plain(ground: &Ground) -> Result<World, String> {
    Ok(World::start(ground, Database::copy(ground, TempDir::new(), &[]), false, &[]))
}

/// Without a proxy: that the database refuses connections is seen as it is.
#[expect(clippy::unnecessary_wraps, reason = "another world may not be possible here")]
fn straight(ground: &Ground) -> Result<World, String> {
    Ok(World::start(ground, Database::copy(ground, TempDir::new(), &[]), true, &[]))
}
