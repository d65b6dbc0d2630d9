//! The machine that measures, as a report names it.

use std::fs;
use std::thread::available_parallelism;

use shared::clock::Clock;

/// Cores, processor, memory, system, day, and how busy it is, in one sentence.
pub fn described() -> String {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let (cpu, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    let of = |text: &str, name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or("unknown");
        line.trim_start_matches([' ', '\t', ':']).to_owned()
    };
    let kib: u64 = of(&memory, "MemTotal").trim_end_matches(" kB").parse().unwrap_or_default();
    format!(
        "{} cores ({}), {} GiB of memory, Linux {}, {}; load averages (1, 5, 15 minutes): {}.",
        available_parallelism().map_or(0, usize::from),
        of(&cpu, "model name"),
        kib.div_ceil(1024 * 1024),
        read("/proc/sys/kernel/osrelease").trim(),
        Clock::System.now().format("%Y-%m-%d"),
        read("/proc/loadavg").split_whitespace().take(3).collect::<Vec<_>>().join(", ")
    )
}
