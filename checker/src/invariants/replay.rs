//! Invariant 8 for the tables: a replay of the log preserves every row of every table, to the byte.

use std::collections::HashSet;

use super::{Evidence, Verdict, Violation};

/// Compares the rows before and after the replay.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let (before, after) = (&evidence.replayed.before, &evidence.replayed.after);
    if before == after {
        return;
    }
    let (old, new): (HashSet<&String>, HashSet<&String>) = (before.iter().collect(), after.iter().collect());
    for removed in old.difference(&new) {
        verdict.record(Violation::Replay, || format!("a replay removes {removed}"));
    }
    for added in new.difference(&old) {
        verdict.record(Violation::Replay, || format!("a replay adds {added}"));
    }
    if old == new {
        verdict.record(Violation::Replay, || format!("{} rows before a replay, {} after", before.len(), after.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invariants::fixtures::{count, evidence};

    fn found(before: &[&str], after: &[&str]) -> usize {
        let mut evidence = evidence();
        let rows = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        (evidence.replayed.before, evidence.replayed.after) = (rows(before), rows(after));
        count(Violation::Replay, &evidence, check)
    }

    #[test]
    fn detects_changed_missing_new_and_duplicate_rows() {
        assert_eq!(found(&["a", "b"], &["a", "b"]), 0);
        assert_eq!(found(&["a", "b"], &["a", "c"]), 2);
        assert_eq!(found(&["a", "b"], &["a"]), 1);
        assert_eq!(found(&["a"], &["a", "b"]), 1);
        assert_eq!(found(&["a", "a"], &["a"]), 1);
    }
}
