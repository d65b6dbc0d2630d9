//! A map whose entries are of no use after some time.

use std::collections::HashMap;
use std::hash::Hash;

/// Fewer than this are kept whatever they are.
const MANY: usize = 10_000;

/// Sweeps itself when it has doubled: however many entries there are, adding one costs the same.
#[derive(Debug)]
pub struct Fading<K, V> {
    all: HashMap<K, V>,
    sweep_above: usize,
}

impl<K, V> Default for Fading<K, V> {
    fn default() -> Self {
        Self { all: HashMap::new(), sweep_above: MANY }
    }
}

impl<K: Eq + Hash, V> Fading<K, V> {
    /// The entries, to look at.
    pub const fn all(&self) -> &HashMap<K, V> {
        &self.all
    }

    /// The entries, to change one that is there.
    pub const fn all_mut(&mut self) -> &mut HashMap<K, V> {
        &mut self.all
    }

    /// The entries, to add one; first those that are of no use are dropped, if it is time for that.
    pub fn swept(&mut self, mut is_of_use: impl FnMut(&V) -> bool) -> &mut HashMap<K, V> {
        if self.all.len() > self.sweep_above {
            self.all.retain(|_, value| is_of_use(value));
            self.sweep_above = MANY.max(2 * self.all.len());
            self.all.shrink_to(self.sweep_above);
        }
        &mut self.all
    }
}

#[cfg(test)]
mod tests {
    use super::{Fading, MANY};

    #[test]
    fn what_is_of_no_use_goes_and_what_is_of_use_is_not_looked_at_each_time() {
        let (mut map, mut looks) = (Fading::default(), 0);
        for entry in 0..4 * MANY {
            let look = |last_use: &usize| {
                looks += 1;
                *last_use + 2 * MANY > entry
            };
            map.swept(look).insert(entry, entry);
        }

        assert!(map.all().len() <= 4 * MANY && !map.all().contains_key(&0), "{} are left", map.all().len());
        assert!(looks <= 8 * MANY, "{looks} looks for {} entries", 4 * MANY);
    }
}
