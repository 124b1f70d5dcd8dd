//! `Budget`: what is left to the viewer before requests are refused.

use async_graphql::{Enum, SimpleObject};

use crate::budget::{Kind, Left};

/// What a budget is for.
#[derive(Enum, Debug, Clone, Copy, PartialEq, Eq)]
#[graphql(name = "BudgetKind")]
pub enum BudgetKind {
    /// Queries, and what is selected of the payloads of mutations, by the cost of the document; subscriptions that
    /// begin; requests for files.
    Read,
    /// Mutations, in units: 1 for a read mark, 10 for a message, 100 for a channel.
    Write,
    /// Bytes of uploads.
    Upload,
    /// Bytes of downloads that go through this server.
    Download,
}

/// A token bucket of an account: each request takes its cost from it, and is refused with `RATE_LIMITED` and
/// `retryAfter` while there is not enough.
#[derive(SimpleObject, Debug, Clone, Copy)]
pub struct Budget {
    /// What it is for.
    kind: BudgetKind,
    /// The most that it holds. With several processes, at this one: its share.
    capacity: f64,
    /// How much comes back in a second.
    refill_per_second: f64,
    /// What is left now.
    available: f64,
}

impl From<Left> for Budget {
    fn from(left: Left) -> Self {
        let kind = match left.kind {
            Kind::Read => BudgetKind::Read,
            Kind::Write => BudgetKind::Write,
            Kind::Upload => BudgetKind::Upload,
            Kind::Download => BudgetKind::Download,
        };
        let (capacity, refill_per_second) = (left.rate.capacity, left.rate.refill);
        Self { kind, capacity, refill_per_second, available: left.available }
    }
}
