//! The invariants of the design, each with a test that can fail, on SQLite and on Postgres.
//!
//! | Invariant | Modules |
//! | --- | --- |
//! | 1 | `durability` |
//! | 2 | `idempotency`, `idempotency_races` |
//! | 3 | `ordering` |
//! | 4 | `delivery` |
//! | 5 | `boot`, `boot_actions`, `boot_client`, `boot_mentions` |
//! | 6 | `removal`, `sign_out`, `revocation_fleet`, `revocation_partition` |
//! | 7 | `unread_counts` |
//! | 8 | `replay` |
//! | 9 | `permissions`, `permission_matrix`, `permission_queries`, `permission_fixture`, `permission_selections` |
//! | 10 | `search::outage`, `database::outage`, `message_queue` and `file` |
//! | 11 | `media` |
//! | 12 | `limits`, `wire::hostile_input` |
//! | 13 | `limits::constant_cost` |

mod boot;
mod boot_actions;
mod boot_client;
mod boot_mentions;
mod delivery;
mod durability;
mod idempotency;
mod idempotency_races;
mod media;
mod ordering;
pub mod permission_fixture;
pub mod permission_matrix;
pub mod permission_queries;
mod permission_selections;
mod permissions;
mod removal;
mod replay;
mod revocation_fleet;
mod revocation_partition;
pub mod sign_out;
mod unread_counts;
