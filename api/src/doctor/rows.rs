//! The database: reachable, new enough, durable, its clock, its schema.

use std::time::Instant;

use sea_orm::ConnectionTrait;

use super::Finding;
use crate::app;
use crate::clock::Moment;
use crate::config::Store;
use crate::db::{Database, Scope, clock_sql, statement};
use crate::error::Result;

/// Postgres 15, as `server_version_num` has it.
const POSTGRES: i64 = 150_000;
/// How far two clocks may be apart without a word, in milliseconds.
const APART: i64 = 2_000;

/// Looks at the database that the settings name.
pub async fn examine(store: &Store) -> Vec<Finding> {
    // To open it would make it.
    if store.is_sqlite() && !store.data.join(app::ROWS).exists() {
        let words = format!("SQLite in {}: not there yet, `confab serve` makes it", store.data.display());
        return vec![Finding::good("database", words)];
    }
    let database = match app::open(store).await {
        Ok(database) => database,
        Err(error) => {
            let words = format!("{error} Check CONFAB_DATABASE_URL, CONFAB_DATA and whether the database runs");
            return vec![Finding::bad("database", words)];
        }
    };
    let mut findings = Vec::new();
    let looked = match database.is_sqlite() {
        true => sqlite(&database, &mut findings).await,
        false => postgres(&database, &mut findings).await,
    };
    let looked = match looked {
        Ok(()) => both(&database, &mut findings).await,
        failed => failed,
    };
    if let Err(error) = looked {
        findings.push(Finding::bad("database", format!("{error} It was reached, but does not answer questions")));
    }
    findings
}

async fn sqlite(database: &Database, findings: &mut Vec<Finding>) -> Result<()> {
    let mode = text(database, "SELECT journal_mode AS t FROM pragma_journal_mode").await?;
    findings.push(match mode.as_str() {
        "wal" => Finding::good("database", "SQLite in the data directory, with a write-ahead log, synchronous=FULL"),
        other => Finding::bad(
            "database",
            format!("SQLite cannot keep a write-ahead log here ({other}): the data directory must be on a local disk"),
        ),
    });
    Ok(())
}

async fn postgres(database: &Database, findings: &mut Vec<Finding>) -> Result<()> {
    let of = async |name: &str| text(database, &format!("SELECT current_setting('{name}') AS t")).await;
    let number: i64 = of("server_version_num").await?.parse().unwrap_or(0);
    let version = of("server_version").await?;
    findings.push(if number < POSTGRES {
        Finding::bad("database", format!("Postgres {version}: 15 or later is needed"))
    } else {
        Finding::good("database", format!("Postgres {version}"))
    });
    for (name, wanted) in [("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on")] {
        let found = of(name).await?;
        findings.push(match found == wanted {
            true => Finding::good(name, found),
            false => Finding::bad(
                name,
                format!("{found}: a power cut takes acknowledged messages. Set {name} = {wanted} in postgresql.conf"),
            ),
        });
    }
    let connections: i64 = of("max_connections").await?.parse().unwrap_or(0);
    findings.push(if connections < 100 {
        Finding::doubtful("max_connections", format!("{connections}: each server of a fleet takes up to 30"))
    } else {
        Finding::good("max_connections", format!("{connections}; each server of a fleet takes up to 30"))
    });
    Ok(())
}

/// What is asked of either: the clock and the schema.
async fn both(database: &Database, findings: &mut Vec<Finding>) -> Result<()> {
    let began = Instant::now();
    let sql = format!("SELECT CAST({} AS TEXT) AS t", clock_sql(database.backend()));
    let theirs: i64 = text(database, &sql).await?.parse().unwrap_or(0);
    let took = began.elapsed();
    let apart = Moment::now().0 - theirs;
    findings.push(if apart.abs() > APART {
        let words =
            format!("{apart} ms before the database's: run NTP on both. Nothing is lost by it, but times look wrong");
        Finding::doubtful("clock", words)
    } else {
        Finding::good(
            "clock",
            format!("agrees with the database's; a question takes {:.1} ms", took.as_secs_f64() * 1e3),
        )
    });
    findings.push(match database.pending_migrations().await {
        Ok(0) => Finding::good("schema", "up to date"),
        Ok(count) => Finding::doubtful(
            "schema",
            format!(
                "{count} migrations to come: `confab serve` makes them when it starts, `confab migrate` beforehand"
            ),
        ),
        Err(error) => Finding::bad("schema", format!("{error}: was it made by a newer version?")),
    });
    Ok(())
}

async fn text(database: &Database, sql: &str) -> Result<String> {
    let snapshot = database.snapshot(Scope::Server).await?;
    let row = snapshot.query_one_raw(statement(&snapshot, sql, [])).await?;
    Ok(row.map_or(Ok(String::new()), |row| row.try_get("", "t"))?)
}
