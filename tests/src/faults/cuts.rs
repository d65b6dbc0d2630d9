//! What can happen on the way to the database.

use std::time::{Duration, Instant};

use fake_openai::{Fault, FaultKind};

use super::stage::Stage;
use crate::proxy::Mode;

fn set_all(stage: &Stage, mode: Mode) {
    stage.world.ways.iter().for_each(|way| way.set(mode));
}

fn open(stage: &mut Stage, what: &'static str) {
    set_all(stage, Mode::Open);
    stage.healed(what, Instant::now());
}

/// Slow, then narrow.
pub fn slow(stage: &mut Stage) {
    while stage.goes_on() {
        let delay = stage.random.between(20, 100).unsigned_abs();
        set_all(stage, Mode::Slow(Duration::from_millis(delay)));
        stage.wait(1500, 4000);
        open(stage, "the database is fast again");
        set_all(stage, Mode::Narrow(20_000));
        stage.wait(1500, 4000);
        open(stage, "the way to the database is wide again");
    }
}

/// Ends of every kind.
pub fn flapping(stage: &mut Stage) {
    while stage.goes_on() {
        for _ in 0..4 {
            match stage.random.between(0, 2) {
                0 => set_all(stage, Mode::Torn),
                1 => set_all(stage, Mode::Closed),
                _ => {}
            }
            stage.world.ways.iter().for_each(crate::proxy::Proxy::cut);
            stage.wait(50, 1000);
            set_all(stage, Mode::Open);
            stage.wait(50, 300);
        }
        open(stage, "the database stays");
    }
}

/// Nothing comes through, and nobody is told.
pub fn silent(stage: &mut Stage) {
    while stage.goes_on() {
        set_all(stage, Mode::Silent);
        stage.wait(1000, 8000);
        open(stage, "packets get through again");
        stage.wait(500, 1000);
    }
}

/// Whoever holds the lease within the next seconds.
fn holder(stage: &mut Stage) -> Option<usize> {
    (0..60).find_map(|_| {
        stage.wait(20, 80);
        stage.world.holder()
    })
}

/// The holder of the lease is cut off between its intent and its answer.
pub fn lease(stage: &mut Stage) {
    let (mut cut, mut rounds) = (0, 0);
    while stage.goes_on() || (cut == 0 && rounds < 10) {
        rounds += 1;
        let mut slow = Fault::new("/oauth/token", FaultKind::Slow);
        slow.delay_answer_ms = 1500;
        stage.world.openai.fault(slow.times(u32::MAX));
        let asked = usize::try_from(stage.random.between(0, 1)).unwrap_or(0);
        stage.rotate(asked);
        if let Some(holder) = holder(stage) {
            stage.wait(100, 600);
            stage.world.ways[holder].set(Mode::Silent);
            cut += 1;
            stage.wait(2000, 4000);
        }
        stage.world.openai.with(|state| state.faults.clear());
        open(stage, "the holder of the lease is back");
    }
    stage.notes.push(format!("a holder of the lease was cut off {cut} times"));
    assert!(cut > 0, "nobody held the lease: this scenario tests nothing");
}
