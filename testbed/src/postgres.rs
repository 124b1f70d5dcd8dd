//! Databases on a Postgres server that runs already, created for one test or measurement and dropped afterwards.

use sea_orm::sqlx::{AssertSqlSafe, Connection, PgConnection, raw_sql};

use crate::Result;
use crate::id::fresh;

/// A database of its own.
#[derive(Debug, Clone)]
pub struct Database {
    /// URL of a database in which others can be created.
    pub admin_url: String,
    /// Name of the database.
    pub name: String,
}

impl Database {
    /// Creates an empty database, or a copy of another one. The prefix begins its unique name.
    pub async fn create(admin_url: &str, prefix: &str, copy_of: Option<&Self>) -> Result<Self> {
        let name = format!("{prefix}_{}", fresh().simple());
        let template = copy_of.map(|other| format!(" TEMPLATE {}", other.name)).unwrap_or_default();
        run(admin_url, &format!("CREATE DATABASE {name}{template}")).await?;
        Ok(Self { admin_url: admin_url.to_owned(), name })
    }

    /// Its connection URL.
    pub fn url(&self) -> String {
        let (start, parameters) = self.admin_url.split_once('?').unwrap_or((&self.admin_url, ""));
        let server = start.rsplit_once('/').map_or(start, |(server, _)| server);
        let parameters = if parameters.is_empty() { String::new() } else { format!("?{parameters}") };
        format!("{server}/{}{parameters}", self.name)
    }

    /// Drops it with all connections to it.
    pub async fn remove(&self) -> Result<()> {
        run(&self.admin_url, &format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name)).await
    }
}

async fn run(url: &str, sql: &str) -> Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

#[cfg(test)]
mod tests {
    use super::Database;

    #[test]
    fn replaces_the_database_of_the_url() {
        let url = |admin: &str| Database { admin_url: admin.to_owned(), name: "new".to_owned() }.url();
        assert_eq!(url("postgres://me:secret@localhost:5432/postgres"), "postgres://me:secret@localhost:5432/new");
        assert_eq!(url("postgres://localhost/postgres?sslmode=disable"), "postgres://localhost/new?sslmode=disable");
    }
}
