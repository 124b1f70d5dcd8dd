//! Limits: budgets, fair queues, quotas and bounded buffers, so that no account starves another.

mod budgets;
mod client_budget;
mod constant_cost;
mod downloads;
mod fair_queue;
mod fleet_budgets;
mod quotas;
mod response_buffer;
pub mod slow_peers;
