//! Counts statements, returned rows and commits. Operators read them as metrics, tests assert that costs do not
//! grow.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The counters of a [`Database`](super::Database) and its clones. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub(super) struct QueryCounters(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    statements: AtomicU64,
    rows: AtomicU64,
    commits: AtomicU64,
}

/// The counts since the database was opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueryCounts {
    /// Statements, without those that begin and end transactions.
    pub statements: u64,
    /// Returned rows.
    pub rows: u64,
    /// Committed write transactions, and single statements that write.
    pub commits: u64,
}

impl QueryCounters {
    /// Records a statement and the number of rows it returned.
    pub(super) fn record_statement(&self, rows: usize) {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.0.statements.fetch_add(1, Ordering::Relaxed);
        self.0.rows.fetch_add(rows, Ordering::Relaxed);
        metrics::counter!("confab_database_statements_total").increment(1);
        metrics::counter!("confab_database_rows_total").increment(rows);
    }

    /// Records a commit.
    pub(super) fn record_commit(&self) {
        self.0.commits.fetch_add(1, Ordering::Relaxed);
        metrics::counter!("confab_database_commits_total").increment(1);
    }

    /// Returns the current counts.
    pub(super) fn counts(&self) -> QueryCounts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        QueryCounts { statements: of(&self.0.statements), rows: of(&self.0.rows), commits: of(&self.0.commits) }
    }
}

impl std::ops::Sub for QueryCounts {
    type Output = Self;

    /// Returns the counts since `before`.
    fn sub(self, before: Self) -> Self {
        Self {
            statements: self.statements - before.statements,
            rows: self.rows - before.rows,
            commits: self.commits - before.commits,
        }
    }
}
