//! The refresh authority under every order of events a seed can think of.

use e2e::simulation::{Guards, run};

/// How many runs. The nightly form is `local-dev/simulate`.
const SEEDS: u64 = 5_000;

#[test]
fn no_token_is_spent_twice_or_lost_in_silence() {
    for seed in 0..SEEDS {
        run(seed, Guards::ALL).unwrap_or_else(|wrong| panic!("seed {seed}: {wrong}"));
    }
}

/// Without one of its guards it goes wrong, and the simulation sees it.
fn goes_wrong_without(guards: Guards) {
    let found = (0..SEEDS).find_map(|seed| run(seed, guards).err().map(|wrong| (seed, wrong)));
    let (seed, wrong) = found.expect("the simulation does not see what this guard is for");
    println!("seed {seed}: {wrong}");
}

#[test]
fn without_the_fence_it_goes_wrong() {
    goes_wrong_without(Guards { fence: false, ..Guards::ALL });
}

#[test]
fn without_the_intent_it_goes_wrong() {
    goes_wrong_without(Guards { intent: false, ..Guards::ALL });
}

#[test]
fn without_the_swap_it_goes_wrong() {
    goes_wrong_without(Guards { swap: false, ..Guards::ALL });
}
