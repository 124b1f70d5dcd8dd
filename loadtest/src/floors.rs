//! `loadtest floors`: the throughput of the database and the disk alone, at the durability that the server uses. A
//! server cannot exceed it without weaker guarantees.
//!
//! Rows have the size of a short message, in a temporary table or file.

use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use sea_orm::sqlx::{self, AssertSqlSafe, Connection, PgConnection, SqliteConnection};
use serde_json::{Value, json};
use testbed::id::fresh;
use tokio::task::JoinSet;

use crate::histogram::{Latencies, per_second};
use crate::pace;
use crate::{Failure, Report, Result};

/// Bytes per row body.
const BODY_BYTES: usize = 200;
/// Rows per commit in the batched measurement.
const BATCH_ROWS: i32 = 100;

/// Options of `floors`.
#[derive(Debug, Clone, clap::Args)]
pub struct Options {
    /// Postgres database, such as postgres://user@localhost/db.
    #[arg(long, conflicts_with = "sqlite", required_unless_present = "sqlite")]
    postgres: Option<String>,
    /// Directory on the disk of the SQLite database.
    #[arg(long)]
    sqlite: Option<PathBuf>,
    /// Duration of each measurement in seconds.
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=600))]
    seconds: u16,
    /// Numbers of concurrent Postgres clients, measured in sequence.
    #[arg(long, value_delimiter = ',', default_value = "1,32,256")]
    clients: Vec<u16>,
}

/// Measures.
///
/// # Errors
/// The database cannot be used. A rejected number of clients is only skipped.
pub async fn run(options: Options) -> Result<Report> {
    let time = Duration::from_secs(options.seconds.into());
    let (json, text) = match (&options.postgres, &options.sqlite) {
        (Some(url), _) => postgres(url, &options.clients, time).await?,
        (None, Some(directory)) => sqlite(directory, time).await?,
        (None, None) => return Err(Failure::new("specify --postgres or --sqlite")),
    };
    Ok(Report { json, text, passed: true })
}

/// Rows per second and commit latency, as JSON and text.
fn summarize(latencies: &Latencies, rows: u64, time: Duration) -> (Value, String) {
    let rate = per_second(latencies.count() * rows, time);
    let json = json!({ "rowsPerSecond": rate, "milliseconds": latencies.json() });
    (json, format!("{rate} rows/s ({})", latencies.text()))
}

async fn postgres(url: &str, clients: &[u16], time: Duration) -> Result<(Value, String)> {
    let mut main = PgConnection::connect(url).await?;
    let commit: (String,) = sqlx::query_as("SHOW synchronous_commit").fetch_one(&mut main).await?;
    let fsync: (String,) = sqlx::query_as("SHOW fsync").fetch_one(&mut main).await?;
    let table = format!("loadtest_floor_{}", fresh().simple());
    let create =
        format!("CREATE TABLE {table} (workspace uuid, seq bigint, body bytea NOT NULL, PRIMARY KEY (workspace, seq))");
    sqlx::query(AssertSqlSafe(create)).execute(&mut main).await?;
    let measured = postgres_floors(url, &table, clients, time).await;
    sqlx::query(AssertSqlSafe(format!("DROP TABLE {table}"))).execute(&mut main).await?;
    let (floors, lines) = measured?;
    let json = json!({
        "what": "floors", "database": "postgres", "synchronousCommit": commit.0, "fsync": fsync.0, "floors": floors,
    });
    let text = format!("floors of postgres (synchronous_commit {}, fsync {}):{lines}", commit.0, fsync.0);
    Ok((json, text))
}

async fn postgres_floors(url: &str, table: &str, clients: &[u16], time: Duration) -> Result<(Value, String)> {
    let mut floors = serde_json::Map::new();
    let mut lines = String::new();
    for clients in clients {
        let name = format!("single row, {clients} clients");
        match postgres_single(url, table, *clients, time).await {
            Ok(latencies) => {
                let (json, text) = summarize(&latencies, 1, time);
                lines.push_str(&format!("\n  {name}: {text}"));
                floors.insert(name, json);
            }
            Err(failure) => {
                lines.push_str(&format!("\n  {name}: failed: {failure}"));
                floors.insert(name, Value::Null);
            }
        }
    }
    let mut connection = PgConnection::connect(url).await?;
    let insert = format!("INSERT INTO {table} SELECT $1, n, $2 FROM generate_series($3::bigint, $4::bigint) n");
    let (workspace, body, mut next) = (fresh(), vec![7_u8; BODY_BYTES], 0_i64);
    let batches = pace::repeat(time, async || {
        let query = sqlx::query(AssertSqlSafe(insert.clone())).bind(workspace).bind(&body);
        let last = next + i64::from(BATCH_ROWS) - 1;
        query.bind(next).bind(last).execute(&mut connection).await?;
        next = last + 1;
        Ok(())
    });
    let latencies = batches.await?;
    let (json, text) = summarize(&latencies, BATCH_ROWS as u64, time);
    lines.push_str(&format!("\n  {BATCH_ROWS} rows per commit, 1 client: {text}"));
    floors.insert(format!("{BATCH_ROWS} rows per commit, 1 client"), json);
    Ok((Value::Object(floors), lines))
}

/// Each client commits single rows of a separate workspace with a prepared statement.
async fn postgres_single(url: &str, table: &str, clients: u16, time: Duration) -> Result<Latencies> {
    let mut connections = Vec::new();
    for _ in 0..clients {
        connections.push(PgConnection::connect(url).await?);
    }
    let mut tasks = JoinSet::new();
    for mut connection in connections {
        let insert = format!("INSERT INTO {table} VALUES ($1, $2, $3)");
        tasks.spawn(async move {
            let (workspace, body) = (fresh(), vec![7_u8; BODY_BYTES]);
            let (mut latencies, until) = (Latencies::new()?, Instant::now() + time);
            for seq in 0_i64.. {
                let begun = Instant::now();
                if begun >= until {
                    break;
                }
                let query = sqlx::query(AssertSqlSafe(insert.clone())).bind(workspace);
                query.bind(seq).bind(&body).execute(&mut connection).await?;
                latencies.record(begun.elapsed());
            }
            Ok(latencies)
        });
    }
    let mut all = Latencies::new()?;
    pace::join_all(tasks).await?.iter().for_each(|latencies| all.add(latencies));
    Ok(all)
}

async fn sqlite(directory: &Path, time: Duration) -> Result<(Value, String)> {
    let base = directory.join(format!("loadtest-floor-{}", fresh().simple()));
    let disk = {
        let path = base.with_extension("disk");
        let synced = tokio::task::spawn_blocking(move || fdatasync(&path, time));
        synced.await.map_err(Failure::new)??
    };
    let path = base.with_extension("sqlite");
    let measured = sqlite_floors(&path, time).await;
    for ending in ["sqlite", "sqlite-wal", "sqlite-shm"] {
        // Missing files cannot be removed.
        let _ = std::fs::remove_file(base.with_extension(ending));
    }
    let [single, batch] = measured?;
    let syncs = per_second(disk.count(), time);
    let ((single, single_text), (batch, batch_text)) =
        (summarize(&single, 1, time), summarize(&batch, BATCH_ROWS as u64, time));
    let json = json!({
        "what": "floors", "database": "sqlite", "synchronous": "FULL", "journal": "WAL",
        "floors": { "fdatasync": { "perSecond": syncs, "milliseconds": disk.json() },
            "single row, 1 writer": single, "100 rows per commit, 1 writer": batch },
    });
    let text = format!(
        "floors of sqlite (WAL, synchronous FULL):\n  fdatasync: {syncs}/s ({})\n  \
         single row, 1 writer: {single_text}\n  {BATCH_ROWS} rows per commit, 1 writer: {batch_text}",
        disk.text()
    );
    Ok((json, text))
}

/// Commits by one writer: single rows, then batches.
async fn sqlite_floors(path: &Path, time: Duration) -> Result<[Latencies; 2]> {
    let url = format!("sqlite://{}?mode=rwc", path.display());
    let mut connection = SqliteConnection::connect(&url).await?;
    for statement in [
        "PRAGMA journal_mode = WAL",
        "PRAGMA synchronous = FULL",
        "CREATE TABLE floor (workspace BLOB, seq INTEGER, body BLOB NOT NULL, PRIMARY KEY (workspace, seq)) WITHOUT ROWID",
    ] {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    let mut all = Vec::new();
    for rows in [1, BATCH_ROWS] {
        let (workspace, body, mut next) = (fresh(), vec![7_u8; BODY_BYTES], 0_i64);
        let commits = pace::repeat(time, async || {
            let mut transaction = connection.begin().await?;
            for _ in 0..rows {
                let query = sqlx::query("INSERT INTO floor VALUES (?, ?, ?)").bind(workspace);
                query.bind(next).bind(&body).execute(&mut *transaction).await?;
                next += 1;
            }
            Ok(transaction.commit().await?)
        });
        all.push(commits.await?);
    }
    connection.close().await?;
    <[Latencies; 2]>::try_from(all).map_err(|_| Failure::new("nothing measured"))
}

/// Writes 4 KiB repeatedly with a sync each time, like a log in a file of fixed size.
fn fdatasync(path: &Path, time: Duration) -> Result<Latencies> {
    let mut file = std::fs::File::create(path)?;
    let page = [7_u8; 4096];
    for _ in 0..256 {
        file.write_all(&page)?;
    }
    file.sync_all()?;
    let mut latencies = Latencies::new()?;
    let until = Instant::now() + time;
    for nth in 0_u64.. {
        let begun = Instant::now();
        if begun >= until {
            break;
        }
        file.seek(SeekFrom::Start(nth % 256 * 4096))?;
        file.write_all(&page)?;
        file.sync_data()?;
        latencies.record(begun.elapsed());
    }
    std::fs::remove_file(path)?;
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn measures_sqlite_and_disk_and_cleans_up() {
        let directory = tempfile::tempdir().unwrap();
        let (json, text) = sqlite(directory.path(), Duration::from_millis(50)).await.unwrap();
        for floor in ["fdatasync", "single row, 1 writer", "100 rows per commit, 1 writer"] {
            assert!(text.contains(floor), "{text}");
            assert!(json["floors"][floor]["milliseconds"]["count"].as_u64() > Some(0), "{json}");
        }
        assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 0);
    }
}
