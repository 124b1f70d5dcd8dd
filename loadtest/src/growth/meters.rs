//! The resources used by a server, observed from outside: CPU and writes from `/proc`, statements from its metrics,
//! pages from Postgres.

use std::collections::HashMap;
use std::time::Instant;

use super::cost::{Figures, Unit};
use super::database::{Database, PageCounter};
use crate::process::counters;
use crate::target::Target;
use crate::{Failure, Result};

/// The server's database counters.
const DATABASE_COUNTERS: [&str; 3] =
    ["confab_database_statements_total", "confab_database_rows_total", "confab_database_commits_total"];

/// The meters of one server.
#[derive(Debug)]
pub struct Meters {
    pid: u32,
    target: Target,
    page_counter: Option<PageCounter>,
}

/// One reading of all meters.
#[derive(Debug)]
pub struct Sample {
    at: Instant,
    /// CPU nanoseconds by thread.
    threads: HashMap<String, u64>,
    written: f64,
    database: [f64; 3],
    pages: Option<f64>,
}

impl Meters {
    /// Opens the meters of a server and its database.
    ///
    /// # Errors
    /// Postgres does not collect statistics.
    pub async fn open(pid: u32, target: Target, database: &Database) -> Result<Self> {
        Ok(Self { pid, target, page_counter: PageCounter::open(database).await? })
    }

    /// The reading before a process starts.
    ///
    /// # Errors
    /// Postgres does not respond.
    pub async fn before_start(database: &Database) -> Result<Sample> {
        let pages = pages(&mut PageCounter::open(database).await?).await?;
        Ok(Sample { at: Instant::now(), threads: HashMap::new(), written: 0.0, database: [0.0; 3], pages })
    }

    /// Reads all meters.
    ///
    /// # Errors
    /// The process is gone, or Postgres does not respond.
    pub async fn read(&mut self) -> Result<Sample> {
        let (pages, database) =
            (pages(&mut self.page_counter).await?, counters(&self.target, DATABASE_COUNTERS).await?);
        // Last, so that the next interval does not include this reading.
        let (threads, written) = (threads(self.pid)?, written(self.pid)?);
        Ok(Sample { at: Instant::now(), threads, written, database, pages })
    }

    /// The use since an earlier reading, and the seconds in between.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub async fn since(&mut self, before: &Sample) -> Result<(Figures, f64)> {
        // First, so that this interval does not include the reading.
        let (threads, written, at) = (threads(self.pid)?, written(self.pid)?, Instant::now());
        let database = counters(&self.target, DATABASE_COUNTERS).await?;
        let mut figures = Figures::single(Unit::Cpu, milliseconds(&before.threads, &threads));
        let units =
            [Unit::Statements, Unit::Rows, Unit::Commits].into_iter().zip(database.into_iter().zip(before.database));
        figures.0.extend(units.map(|(unit, (after, before))| (unit, after - before)));
        match (before.pages, pages(&mut self.page_counter).await?) {
            (Some(before), Some(after)) => _ = figures.0.insert(Unit::Pages, after - before),
            // Postgres writes to its own disk.
            _ => _ = figures.0.insert(Unit::Written, written - before.written),
        }
        Ok((figures, at.duration_since(before.at).as_secs_f64()))
    }
}

async fn pages(page_counter: &mut Option<PageCounter>) -> Result<Option<f64>> {
    match page_counter {
        Some(page_counter) => page_counter.pages().await.map(Some),
        None => Ok(None),
    }
}

/// KiB written by a process.
fn written(pid: u32) -> Result<f64> {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io"))?;
    let bytes = field(&io, "wchar:").ok_or_else(|| Failure::new("unexpected format of /proc"))?;
    Ok(bytes / 1024.0)
}

/// CPU milliseconds. Threads that ended in between are not included.
fn milliseconds(before: &HashMap<String, u64>, after: &HashMap<String, u64>) -> f64 {
    let used = |(thread, now): (&String, &u64)| now.saturating_sub(before.get(thread).copied().unwrap_or(0));
    after.iter().map(used).sum::<u64>() as f64 / 1e6
}

/// CPU nanoseconds of each thread, more precise than the ticks of `stat`.
fn threads(pid: u32) -> Result<HashMap<String, u64>> {
    let mut threads = HashMap::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let entry = entry?;
        // The thread may just have ended.
        let Ok(text) = std::fs::read_to_string(entry.path().join("schedstat")) else { continue };
        let used = text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0);
        threads.insert(entry.file_name().to_string_lossy().into_owned(), used);
    }
    Ok(threads)
}

fn field(text: &str, name: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(name))?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignores_ended_threads() {
        let of = |pairs: &[(&str, u64)]| pairs.iter().map(|(name, used)| ((*name).to_owned(), *used)).collect();
        let (before, after) = (of(&[("1", 5_000_000), ("2", 9)]), of(&[("1", 7_000_000), ("3", 1_000_000)]));
        assert!((milliseconds(&before, &after) - 3.0).abs() < 1e-9);
    }

    #[test]
    fn reads_this_process() {
        let (used, wrote) = (threads(std::process::id()).unwrap(), written(std::process::id()).unwrap());
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("x"), [7; 4096]).unwrap();
        assert!(written(std::process::id()).unwrap() >= wrote + 4.0);
        assert!(!used.is_empty());
    }
}
