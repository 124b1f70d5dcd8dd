//! The `Budget` type: the remaining rate limit budget of the viewer.

use async_graphql::{Enum, SimpleObject};

use crate::ground::budget::{Kind, RemainingBudget};

/// What a budget is spent on.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "BudgetKind", remote = "Kind")]
pub enum BudgetKind {
    /// Queries and the payloads of mutations, by the cost of the document; new subscriptions; and requests for files.
    Read,
    /// Mutations, in units: 1 for a read mark, 10 for a message, 100 for a channel.
    Write,
    /// Uploaded bytes.
    Upload,
    /// Bytes downloaded through the server.
    Download,
}

/// A token bucket of an account. Each request takes its cost from the bucket. If the cost exceeds the available amount,
/// the request is rejected with `RATE_LIMITED` and `retryAfter`.
#[derive(SimpleObject, Debug, Clone, Copy)]
pub struct Budget {
    /// What the budget is spent on.
    kind: BudgetKind,
    /// Maximum amount the budget can hold. Servers that run as several processes report the share of one process.
    capacity: f64,
    /// Amount restored per second.
    refill_per_second: f64,
    /// Amount currently available.
    available: f64,
}

impl From<RemainingBudget> for Budget {
    fn from(left: RemainingBudget) -> Self {
        let (capacity, refill_per_second) = (left.rate.capacity, left.rate.refill);
        Self { kind: left.kind.into(), capacity, refill_per_second, available: left.available }
    }
}
