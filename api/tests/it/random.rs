//! Seeded chance: prints its seed, so that a failure can be played again with `CONFAB_TEST_SEED`.

use uuid::Uuid;

use crate::store::setting;

/// SplitMix64: the same numbers from the same seed, in every version of every library.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// From `CONFAB_TEST_SEED`, or from a seed of its own; prints which.
    pub fn seeded(test: &str) -> Self {
        let seed = match setting("CONFAB_TEST_SEED") {
            Some(text) => text.parse().expect("CONFAB_TEST_SEED is a whole number"),
            None => Uuid::new_v4().as_u64_pair().0,
        };
        println!("{test}: CONFAB_TEST_SEED={seed}");
        Self(seed)
    }

    /// Another sequence that follows from this one.
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

    /// A number below `end`; 0 if there is none.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.next() % end.max(1) as u64).unwrap()
    }

    /// True once in `of` times.
    pub fn once_in(&mut self, of: usize) -> bool {
        self.below(of) == 0
    }

    /// One of these; `None` if there are none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        from.get(self.below(from.len()))
    }

    /// One of several by weight.
    pub fn weighed<T: Copy>(&mut self, from: &[(T, usize)]) -> T {
        let mut left = self.below(from.iter().map(|(_, weight)| weight).sum());
        for (one, weight) in from {
            if left < *weight {
                return *one;
            }
            left -= weight;
        }
        unreachable!("a number lies below the sum of the weights")
    }
}
