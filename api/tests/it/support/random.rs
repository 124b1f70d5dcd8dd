//! Seeded randomness. Prints its seed, so that `CONFAB_TEST_SEED` can reproduce a failure.

use uuid::Uuid;

use crate::support::setting;

/// SplitMix64, which returns the same numbers for a seed in every version.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Seeds from `CONFAB_TEST_SEED`, or at random. Prints the seed.
    pub fn seeded(test: &str) -> Self {
        let seed = match setting("CONFAB_TEST_SEED") {
            Some(text) => text.parse().expect("CONFAB_TEST_SEED is an integer"),
            None => Uuid::new_v4().as_u64_pair().0,
        };
        println!("{test}: CONFAB_TEST_SEED={seed}");
        Self(seed)
    }

    /// A new sequence derived from this one.
    pub fn fork(&mut self) -> Self {
        Self(self.next())
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`; 0 if `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    /// Returns true once in `of` calls on average.
    pub fn once_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// A random element. `None` if there are none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// A random element by weight.
    pub fn weighted<T: Copy>(&mut self, from: &[(T, usize)]) -> T {
        let mut left = self.below(from.iter().map(|(_, weight)| weight).sum());
        for (one, weight) in from {
            if left < *weight {
                return *one;
            }
            left -= weight;
        }
        unreachable!("the number is below the sum of the weights")
    }
}
