//! Chance that comes out the same each time.

/// `SplitMix64`: small, and good enough for a demo.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The dice of this number.
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From `least` to `most`, both included.
    pub const fn between(&mut self, least: u64, most: u64) -> u64 {
        least + self.roll() % (most - least + 1)
    }

    /// One of several.
    pub fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[usize::try_from(self.roll() % of.len() as u64).unwrap_or(0)]
    }

    /// True so many times in a hundred.
    pub const fn percent(&mut self, chance: u64) -> bool {
        self.roll() % 100 < chance
    }

    /// A UUID.
    pub fn uuid(&mut self) -> String {
        let (a, b) = (self.roll(), self.roll());
        format!("{:08x}-{:04x}-7{:03x}-a{:03x}-{:012x}", a >> 32, (a >> 16) & 0xffff, a & 0xfff, b >> 52, b & 0xffff_ffff_ffff)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_number_gives_the_same_throws_within_their_limits() {
        let (mut one, mut same, mut other) = (Dice::new(7), Dice::new(7), Dice::new(8));
        let throws: Vec<_> = (0..50).map(|_| one.between(3, 9)).collect();

        assert_eq!(throws, (0..50).map(|_| same.between(3, 9)).collect::<Vec<_>>());
        assert_ne!(throws, (0..50).map(|_| other.between(3, 9)).collect::<Vec<_>>());
        assert!(throws.iter().all(|n| (3..=9).contains(n)) && throws.contains(&3) && throws.contains(&9));
        assert_eq!(one.uuid().len(), 36);
    }
}
