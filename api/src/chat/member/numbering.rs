//! Derives unused handles from names: `ann`, or `ann2`, `ann3` … if it is taken.

/// Returns `base`, or `base` with an unused number appended, of at most `max` characters. Needs few lookups however
/// many are taken: doubles the number until it is unused, then bisects between the last taken and the first unused one.
pub fn unused_handle(base: &str, max: usize, taken: impl Fn(&str) -> bool) -> String {
    if !taken(base) {
        return base.to_owned();
    }
    let (mut below, mut free) = (1, 2);
    while taken(&numbered(base, free, max)) && free < u64::MAX / 2 {
        (below, free) = (free, free * 2);
    }
    while free - below > 1 {
        let middle = below + (free - below) / 2;
        if taken(&numbered(base, middle, max)) {
            below = middle;
        } else {
            free = middle;
        }
    }
    numbered(base, free, max)
}

/// Appends a number to `base`, truncated to fit.
fn numbered(base: &str, number: u64, max: usize) -> String {
    let number = number.to_string();
    base.chars().take(max.saturating_sub(number.len())).chain(number.chars()).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn needs_few_lookups_however_many_are_taken() {
        let mut taken = HashSet::new();
        let lookups = Cell::new(0);
        for count in 1..=3_000 {
            lookups.set(0);
            let handle = unused_handle("ann", 32, |handle| {
                lookups.set(lookups.get() + 1);
                taken.contains(handle)
            });
            assert!(lookups.get() <= 24, "{} lookups for the {count}th", lookups.get());
            assert_eq!(handle, if count == 1 { "ann".to_owned() } else { format!("ann{count}") });
            taken.insert(handle);
        }
        // A gap may or may not be found, but the result is always unused.
        taken.remove("ann7");
        assert!(!taken.contains(&unused_handle("ann", 32, |handle| taken.contains(handle))));
    }

    #[test]
    fn truncates_the_base_to_fit_the_number() {
        let base = "a".repeat(27);
        let number = |handle: &str| handle.trim_start_matches('a').parse::<u32>().unwrap_or(1);
        let handle = unused_handle(&base, 32, |handle| number(handle) < 100_000);
        assert_eq!((handle.len(), number(&handle)), (32, 100_000));
    }
}
