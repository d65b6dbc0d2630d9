//! Processes that are killed, and an `OpenAI` that does not answer as it should.

use std::time::{Duration, Instant};

use fake_openai::{Fault, FaultKind};

use super::stage::Stage;

/// The database goes and comes back.
pub fn database_killed(stage: &mut Stage) {
    while stage.goes_on() {
        stage.wait(500, 2000);
        let pause = stage.random.between(0, 1000).unsigned_abs();
        stage.world.restart_database(|| std::thread::sleep(Duration::from_millis(pause)));
        stage.healed("the database is there again", Instant::now());
    }
}

/// A server goes and comes back; the other one goes on.
pub fn servers_killed(stage: &mut Stage) {
    while stage.goes_on() {
        let next = Instant::now() + Duration::from_secs(2);
        let server = usize::try_from(stage.random.between(0, 1)).unwrap_or(0);
        // What it was at is another moment each time.
        stage.wait(0, 300);
        let killed = Instant::now();
        stage.world.restart(server);
        stage.healed("a server is started again", killed);
        std::thread::sleep(next.saturating_duration_since(Instant::now()));
    }
}

/// One kind of trouble after the other.
pub fn upstream(stage: &mut Stage) {
    let slow = Fault { delay_answer_ms: 3000, ..Fault::new("/", FaultKind::Slow) };
    let silent = Fault { delay_ms: 20_000, ..Fault::new("/", FaultKind::Slow) };
    let kinds = [slow, Fault::status("/", 500), Fault::new("/", FaultKind::Garbage), Fault::new("/", FaultKind::DropConnection), silent];
    for fault in kinds.into_iter().cycle() {
        if !stage.goes_on() {
            return;
        }
        stage.world.openai.fault(fault.times(u32::MAX));
        stage.rotate(0);
        stage.wait(700, 4000);
        stage.world.openai.with(|state| state.faults.clear());
        stage.healed("OpenAI answers again", Instant::now());
    }
}
