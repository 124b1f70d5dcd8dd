//! A deterministic random generator: splitmix64.

/// A random generator.
pub struct Rng(u64);

impl Rng {
    /// The `nth` stream of a seed.
    pub fn of(seed: u64, nth: u64) -> Self {
        let mut rng = Self(seed ^ nth.wrapping_mul(0xd1b5_4a32_d192_ed03));
        rng.next();
        rng
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A uniform number below `bound`.
    pub fn below(&mut self, bound: u64) -> u64 {
        ((u128::from(self.next()) * u128::from(bound)) >> 64) as u64
    }

    /// A uniform number in `0.0..1.0`.
    pub fn fraction(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// A skewed number below `bound`: half of all are in the first quarter.
    pub fn skewed(&mut self, bound: u64) -> u64 {
        let fraction = self.fraction();
        ((fraction * fraction * bound as f64) as u64).min(bound - 1)
    }
}
