//! Checks the database: reachability, version, durability, clock and schema.

use std::time::Instant;

use sea_orm::ConnectionTrait;

use super::finding::Finding;
use crate::ground::clock::Timestamp;
use crate::ground::config::Store;
use crate::ground::db::{Database, Scope, clock_sql, statement, store};
use crate::ground::error::Result;

/// Postgres 15, as `server_version_num` reports it.
const MIN_POSTGRES_VERSION: i64 = 150_000;
/// How far two clocks may differ without a warning, in milliseconds.
const MAX_CLOCK_SKEW_MS: i64 = 2_000;

/// Checks the configured database.
pub async fn examine(store: &Store) -> Vec<Finding> {
    // Opening the database would create it.
    if store.is_sqlite() && !store.data.join(store::SQLITE_FILE).exists() {
        let detail = format!("SQLite in {} does not exist yet: `confab serve` creates it", store.data.display());
        return vec![Finding::ok("database", detail)];
    }
    let database = match store::open(store).await {
        Ok(database) => database,
        Err(error) => {
            let detail = format!("{error} Check CONFAB_DATABASE_URL, CONFAB_DATA and whether the database is running");
            return vec![Finding::error("database", detail)];
        }
    };
    let mut findings = Vec::new();
    let checked = match database.is_sqlite() {
        true => sqlite(&database, &mut findings).await,
        false => postgres(&database, &mut findings).await,
    };
    let checked = match checked {
        Ok(()) => common(&database, &mut findings).await,
        failed => failed,
    };
    if let Err(error) = checked {
        findings.push(Finding::error(
            "database",
            format!("{error} The database is reachable, but does not answer queries"),
        ));
    }
    findings
}

async fn sqlite(database: &Database, findings: &mut Vec<Finding>) -> Result<()> {
    let mode = text(database, "SELECT journal_mode AS t FROM pragma_journal_mode").await?;
    findings.push(match mode.as_str() {
        "wal" => Finding::ok("database", "SQLite in the data directory (WAL, synchronous=FULL)"),
        other => Finding::error(
            "database",
            format!("SQLite cannot use WAL mode here ({other}): move the data directory to a local disk"),
        ),
    });
    Ok(())
}

async fn postgres(database: &Database, findings: &mut Vec<Finding>) -> Result<()> {
    let of = async |name: &str| text(database, &format!("SELECT current_setting('{name}') AS t")).await;
    let number: i64 = of("server_version_num").await?.parse().unwrap_or(0);
    let version = of("server_version").await?;
    findings.push(if number < MIN_POSTGRES_VERSION {
        Finding::error("database", format!("Postgres {version}: requires 15 or later"))
    } else {
        Finding::ok("database", format!("Postgres {version}"))
    });
    for (name, required) in [("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on")] {
        let actual = of(name).await?;
        findings.push(match actual == required {
            true => Finding::ok(name, actual),
            false => Finding::error(
                name,
                format!(
                    "{actual}: a power failure loses acknowledged messages. Set {name} = {required} in postgresql.conf"
                ),
            ),
        });
    }
    let connections: i64 = of("max_connections").await?.parse().unwrap_or(0);
    findings.push(if connections < 100 {
        Finding::warning("max_connections", format!("{connections}: each Confab process uses up to 30 connections"))
    } else {
        Finding::ok("max_connections", format!("{connections}; each Confab process uses up to 30 connections"))
    });
    Ok(())
}

/// Checks that apply to both databases: clock and schema.
async fn common(database: &Database, findings: &mut Vec<Finding>) -> Result<()> {
    let start = Instant::now();
    let sql = format!("SELECT CAST({} AS TEXT) AS t", clock_sql(database.backend()));
    let database_time: i64 = text(database, &sql).await?.parse().unwrap_or(0);
    let elapsed = start.elapsed();
    let skew = Timestamp::now().0 - database_time;
    findings.push(if skew.abs() > MAX_CLOCK_SKEW_MS {
        let detail = format!(
            "{skew} ms ahead of the database clock: run NTP on both machines. Displayed times are wrong, but no data is \
             at risk"
        );
        Finding::warning("clock", detail)
    } else {
        Finding::ok(
            "clock",
            format!("agrees with the database clock; a query takes {:.1} ms", elapsed.as_secs_f64() * 1e3),
        )
    });
    findings.push(match database.pending_migrations().await {
        Ok(0) => Finding::ok("schema", "up to date"),
        Ok(count) => Finding::warning(
            "schema",
            format!(
                "{count} pending migrations: `confab serve` applies them on startup, `confab migrate` applies them now"
            ),
        ),
        Err(error) => Finding::error("schema", format!("{error}: the schema may be from a later version of Confab")),
    });
    Ok(())
}

async fn text(database: &Database, sql: &str) -> Result<String> {
    let snapshot = database.snapshot(Scope::Server).await?;
    let row = snapshot.query_one_raw(statement(&snapshot, sql, [])).await?;
    Ok(row.map_or(Ok(String::new()), |row| row.try_get("", "t"))?)
}
