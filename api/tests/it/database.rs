//! The database: keys, row-level security, migrations, transactions and outages.

mod keys;
mod migration;
mod outage;
mod row_level_security;
#[cfg(feature = "without_checks")]
mod row_level_security_alone;
mod statements;
mod transactions;
