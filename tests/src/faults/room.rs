//! A database that has no room left.

use std::fs::File;
use std::io::Write;
use std::time::{Duration, Instant};

use super::database::{Database, Ground};
use super::stage::Stage;
use super::world::World;
use crate::process::TempDir;

/// Twice what a new installation takes.
const MEGABYTES: u32 = 400;
/// So long nothing finds room.
const FULL: Duration = Duration::from_secs(4);

/// The database lies on a small disk of its own.
pub fn world(ground: &Ground) -> Result<World, String> {
    let disk = TempDir::small(MEGABYTES).ok_or("a small file system can only be mounted by root")?;
    Ok(World::start(ground, Database::copy(ground, disk, &[]), false, &[]))
}

/// The disk is filled to its last byte, and what is freed meanwhile as well.
pub fn disk_full(stage: &mut Stage) {
    while stage.goes_on() {
        let path = stage.world.database.folder().join("ballast");
        let mut ballast = File::create(&path).unwrap();
        let end = Instant::now() + FULL;
        let mut size = 1 << 20;
        while Instant::now() < end {
            if ballast.write_all(&vec![0; size]).is_err() {
                size = (size / 2).max(512);
                stage.store_large();
                stage.wait(20, 60);
            }
        }
        // As long as it is open, its room is not free.
        drop(ballast);
        std::fs::remove_file(&path).unwrap();
        stage.healed("there is room on the disk again", Instant::now());
        stage.wait(1000, 2000);
    }
    let logs = stage.world.logs();
    let full = logs.lines().filter(|line| line.contains("is full") || line.contains("No space left")).count();
    stage.notes.push(format!("{full} lines of logs say that there is no room"));
    assert!(full > 0, "nothing was ever full: this scenario tests nothing");
}
