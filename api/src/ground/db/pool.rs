//! A pool of connections to either database.

use sea_orm::{DatabaseConnection, SqlxPostgresConnector};

use super::guarded::GuardedPool;

/// A pool of connections.
#[derive(Debug, Clone)]
pub(super) enum Pool {
    Sqlite(DatabaseConnection),
    Postgres(GuardedPool),
}

impl Pool {
    /// Returns the pool of the driver, without timeouts.
    pub fn driver_pool(&self) -> DatabaseConnection {
        match self {
            Self::Sqlite(pool) => pool.clone(),
            Self::Postgres(guarded) => SqlxPostgresConnector::from_sqlx_postgres_pool(guarded.pool.clone()),
        }
    }
}
