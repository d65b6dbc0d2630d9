//! Figures that do not depend on the machine's mood, beside those of the file in the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::Done;

/// Round trips may differ by what runs beside the requests: contacts and buckets are written now and then, which few requests feel more.
const ROUND_TRIPS: (f64, f64) = (1.1, 0.25);
/// Processor time beside the control's may differ by so much on a busy machine.
const TIMES: f64 = 1.6;

/// By name: what a request costs.
#[derive(Debug, Default)]
pub struct Figures(BTreeMap<String, Figure>);

/// Round trips to the database, and processor time as a multiple of the control's; of a launch: requests, and processes.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Figure {
    round_trips: f64,
    times: f64,
}

impl Figures {
    /// Adds one.
    pub fn note(&mut self, name: &str, round_trips: f64, times: f64) {
        let rounded = |figure: f64| (figure * 100.0).round() / 100.0;
        self.0.insert(name.to_owned(), Figure { round_trips: rounded(round_trips), times: rounded(times) });
    }

    /// Sentences about what is worse than in `file`; a figure that the file does not have is one of them.
    pub fn worse_than(&self, file: &Path) -> Done<Vec<String>> {
        let known = read(file)?;
        let known = known.get(profile()).and_then(Value::as_object).ok_or_else(|| format!("{} has no {}", file.display(), profile()))?;
        Ok(self.0.iter().filter_map(|(name, figure)| figure.worse(name, known.get(name))).collect())
    }

    /// Makes them the figures of `file`, beside those of another profile and those that were not measured.
    pub fn keep(&self, file: &Path) -> Done<()> {
        let mut all = read(file).unwrap_or_default();
        let own = all.entry(profile()).or_insert_with(|| json!({}));
        for (name, figure) in &self.0 {
            own[name] = json!({ "round_trips": figure.round_trips, "times": figure.times });
        }
        fs::write(file, format!("{:#}\n", Value::Object(all)))?;
        Ok(())
    }
}

impl Figure {
    fn worse(self, name: &str, known: Option<&Value>) -> Option<String> {
        let number = |field: &str| known.and_then(|known| known[field].as_f64());
        let (Some(round_trips), Some(times)) = (number("round_trips"), number("times")) else {
            return Some(format!("{name}: the baseline does not have it"));
        };
        if self.round_trips > round_trips * ROUND_TRIPS.0 + ROUND_TRIPS.1 {
            return Some(format!("{name}: {} round trips, {round_trips} in the baseline", self.round_trips));
        }
        (self.times > times * TIMES).then(|| format!("{name}: {} times the control, {times} in the baseline", self.times))
    }
}

/// Without optimisation our own code weighs more beside the libraries'.
const fn profile() -> &'static str {
    if cfg!(debug_assertions) { "debug" } else { "release" }
}

fn read(file: &Path) -> Done<Map<String, Value>> {
    Ok(serde_json::from_str(&fs::read_to_string(file)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_costs_more_is_named() {
        let known = json!({ "round_trips": 1.0, "times": 2.0 });
        for (round_trips, times, expected) in [
            (1.0, 2.0, None),
            (1.2, 3.1, None),
            (0.0, 0.5, None),
            (1.4, 2.0, Some("a: 1.4 round trips, 1 in the baseline")),
            (1.0, 3.3, Some("a: 3.3 times the control, 2 in the baseline")),
        ] {
            assert_eq!(Figure { round_trips, times }.worse("a", Some(&known)).as_deref(), expected);
        }
        assert!(Figure { round_trips: 1.0, times: 1.0 }.worse("new", None).is_some());
    }
}
