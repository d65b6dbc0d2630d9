//! A process whose clock is wrong, by libfaketime.

use std::fs;
use std::path::PathBuf;
use std::time::Instant;

use super::database::{Database, Ground};
use super::stage::Stage;
use super::world::World;
use crate::process::TempDir;

/// Where the jumps are written; in the database's folder, which goes with the world.
const FILE: &str = "clock";

fn library() -> Option<PathBuf> {
    let folders = fs::read_dir("/usr/lib").ok()?.filter_map(Result::ok).map(|entry| entry.path());
    folders.chain([PathBuf::from("/usr/lib")]).map(|folder| folder.join("faketime/libfaketimeMT.so.1")).find(|path| path.is_file())
}

/// The last server's clock is faked.
pub fn world(ground: &Ground) -> Result<World, String> {
    let library = library().ok_or("libfaketime is not installed: apt-get install faketime")?;
    let place = TempDir::new();
    let file = place.path().join(FILE);
    fs::write(&file, "+0").map_err(|error| error.to_string())?;
    let text = |path: PathBuf| path.display().to_string();
    let variables = [
        ("LD_PRELOAD", text(library)),
        ("FAKETIME_TIMESTAMP_FILE", text(file)),
        ("FAKETIME_NO_CACHE", "1".to_owned()),
        // Only what people call the time jumps; timers run on.
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ("DONT_FAKE_MONOTONIC", "1".to_owned()),
    ];
    Ok(World::start(ground, Database::copy(ground, place, &[]), false, &variables))
}

/// Ahead, back, far ahead, right.
pub fn jumps(stage: &mut Stage) {
    let file = stage.world.database.folder().join(FILE);
    for jump in ["+5h", "-3h", "+26h", "-26h", "+0"].into_iter().cycle() {
        fs::write(&file, jump).unwrap();
        stage.healed("the clock has jumped", Instant::now());
        stage.wait(500, 2000);
        if !stage.goes_on() {
            break;
        }
    }
    fs::write(&file, "+0").unwrap();
    stage.healed("the clock is right again", Instant::now());
}
