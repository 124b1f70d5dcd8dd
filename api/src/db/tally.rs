//! What a database was asked: statements, the rows that came back, and commits. Operators read it as metrics; tests
//! hold with it that a cost does not grow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The counts of one [`Database`](super::Database) and its clones. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct Tally(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    statements: AtomicU64,
    rows: AtomicU64,
    commits: AtomicU64,
}

/// How much a database was asked since it was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asked {
    /// Statements, without those that begin and end transactions.
    pub statements: u64,
    /// Rows that came back.
    pub rows: u64,
    /// Transactions that write and were committed, and single statements that write.
    pub commits: u64,
}

impl Tally {
    /// A statement was executed, which answered so many rows.
    pub(super) fn asked(&self, rows: usize) {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.0.statements.fetch_add(1, Ordering::Relaxed);
        self.0.rows.fetch_add(rows, Ordering::Relaxed);
        metrics::counter!("confab_database_statements_total").increment(1);
        metrics::counter!("confab_database_rows_total").increment(rows);
    }

    /// Something was written for good.
    pub(super) fn committed(&self) {
        self.0.commits.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("confab_database_commits_total").increment(1);
    }

    /// The counts now.
    pub(super) fn read(&self) -> Asked {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Asked { statements: of(&self.0.statements), rows: of(&self.0.rows), commits: of(&self.0.commits) }
    }
}

impl std::ops::Sub for Asked {
    type Output = Self;

    /// What was asked since.
    fn sub(self, before: Self) -> Self {
        Self {
            statements: self.statements - before.statements,
            rows: self.rows - before.rows,
            commits: self.commits - before.commits,
        }
    }
}
