//! Seeded randomness: a test that rolls prints its seed, and `CONFAB_TEST_SEED` repeats it.

/// A generator (SplitMix64) whose rolls depend on its seed alone.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// The dice of a test: of a new seed, or of the one that the environment gives.
    #[expect(clippy::disallowed_methods, reason = "the environment may repeat a seed")]
    pub fn thrown(test: &str) -> Self {
        let given = std::env::var("CONFAB_TEST_SEED").ok().and_then(|text| text.parse().ok());
        let seed = given.unwrap_or_else(rand::random::<u32>).into();
        println!("{test}: CONFAB_TEST_SEED={seed}");
        Self(seed)
    }

    /// Dice of their own for somebody, from these.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// From 0 to `sides - 1`.
    pub fn roll(&mut self, sides: usize) -> usize {
        let sides = u64::try_from(sides.max(1)).unwrap();
        usize::try_from(self.next() % sides).unwrap()
    }

    /// One of several, if there is any.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.roll(from.len()))
    }

    /// One of several by weight.
    pub fn weighed<T: Copy>(&mut self, from: &[(T, usize)]) -> T {
        let mut left = self.roll(from.iter().map(|(_, weight)| weight).sum());
        for (one, weight) in from {
            if left < *weight {
                return *one;
            }
            left -= weight;
        }
        unreachable!("a roll lies below the sum of the weights")
    }
}
