//! Law 8 for the tables: a replay of the log leaves every row of every table as it was, to the byte.

use std::collections::HashSet;

use super::{Breach, Evidence, Verdict};

/// Compares the rows before the replay with those after it.
pub fn check(evidence: &Evidence, verdict: &mut Verdict) {
    let (before, after) = (&evidence.replayed.before, &evidence.replayed.after);
    if before == after {
        return;
    }
    let (old, new): (HashSet<&String>, HashSet<&String>) = (before.iter().collect(), after.iter().collect());
    for gone in old.difference(&new) {
        verdict.note(Breach::Replay, || format!("a replay does not make {gone}"));
    }
    for made in new.difference(&old) {
        verdict.note(Breach::Replay, || format!("a replay makes {made}"));
    }
    if old == new {
        verdict.note(Breach::Replay, || format!("{} rows, and {} after a replay", before.len(), after.len()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::laws::made::evidence;

    fn found(before: &[&str], after: &[&str]) -> usize {
        let mut evidence = evidence();
        let rows = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        (evidence.replayed.before, evidence.replayed.after) = (rows(before), rows(after));
        let mut verdict = Verdict::default();
        check(&evidence, &mut verdict);
        verdict.count(Breach::Replay)
    }

    #[test]
    fn a_row_that_is_other_missing_new_or_double_is_found() {
        assert_eq!(found(&["a", "b"], &["a", "b"]), 0);
        assert_eq!(found(&["a", "b"], &["a", "c"]), 2);
        assert_eq!(found(&["a", "b"], &["a"]), 1);
        assert_eq!(found(&["a"], &["a", "b"]), 1);
        assert_eq!(found(&["a", "a"], &["a"]), 1);
    }
}
