//! Handles that are made from names: `ann`, and where that is taken `ann2`, `ann3` …

/// `base`, or `base` with a number that makes it free, of at most `max` characters. However many are taken, few are
/// looked at: the number is doubled until it is free, and then a free one is looked for that follows a taken one.
pub fn free(base: &str, max: usize, taken: impl Fn(&str) -> bool) -> String {
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

/// As much of `base` as there is room for before the number.
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
    fn few_are_looked_at_however_many_are_taken() {
        let mut taken = HashSet::new();
        let looks = Cell::new(0);
        for count in 1..=3_000 {
            looks.set(0);
            let handle = free("ann", 32, |handle| {
                looks.set(looks.get() + 1);
                taken.contains(handle)
            });
            assert!(looks.get() <= 24, "{} looks for the {count}th", looks.get());
            assert_eq!(handle, if count == 1 { "ann".to_owned() } else { format!("ann{count}") });
            taken.insert(handle);
        }
        // Where one is free between others it may be found or not; what is found is free.
        taken.remove("ann7");
        assert!(!taken.contains(&free("ann", 32, |handle| taken.contains(handle))));
    }

    #[test]
    fn a_number_has_room() {
        let base = "a".repeat(27);
        let number = |handle: &str| handle.trim_start_matches('a').parse::<u32>().unwrap_or(1);
        let handle = free(&base, 32, |handle| number(handle) < 100_000);
        assert_eq!((handle.len(), number(&handle)), (32, 100_000));
    }
}
