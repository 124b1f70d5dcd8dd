//! What a server used between two moments, seen from outside: processor and writes from `/proc`, statements from its
//! metrics, pages from Postgres.

use std::collections::HashMap;
use std::time::Instant;

use super::cost::{Figures, Unit};
use super::database::{Counted, Database};
use crate::process::counters;
use crate::target::Target;
use crate::{Failure, Result};

/// What a server says of its database.
const ASKED: [&str; 3] =
    ["confab_database_statements_total", "confab_database_rows_total", "confab_database_commits_total"];

/// The meters of one server.
#[derive(Debug)]
pub struct Meters {
    pid: u32,
    target: Target,
    counted: Option<Counted>,
}

/// What they say at a moment.
#[derive(Debug)]
pub struct Reading {
    at: Instant,
    /// Nanoseconds on a processor, by thread.
    threads: HashMap<String, u64>,
    written: f64,
    asked: [f64; 3],
    pages: Option<f64>,
}

impl Meters {
    /// Those of a server and its database.
    ///
    /// # Errors
    /// Postgres does not count.
    pub async fn of(pid: u32, target: Target, database: &Database) -> Result<Self> {
        Ok(Self { pid, target, counted: Counted::begin(database).await? })
    }

    /// What they say before there is a process.
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn before_start(database: &Database) -> Result<Reading> {
        let pages = pages(&mut Counted::begin(database).await?).await?;
        Ok(Reading { at: Instant::now(), threads: HashMap::new(), written: 0.0, asked: [0.0; 3], pages })
    }

    /// Reads them.
    ///
    /// # Errors
    /// The process is gone, or Postgres does not answer.
    pub async fn read(&mut self) -> Result<Reading> {
        let (pages, asked) = (pages(&mut self.counted).await?, counters(&self.target, ASKED).await?);
        // Last, so that the reading itself is not in what follows it.
        let (threads, written) = (threads(self.pid)?, written(self.pid)?);
        Ok(Reading { at: Instant::now(), threads, written, asked, pages })
    }

    /// What was used since an earlier reading, and in how many seconds.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub async fn since(&mut self, before: &Reading) -> Result<(Figures, f64)> {
        // First, so that the reading itself is not in what went before it.
        let (threads, written, at) = (threads(self.pid)?, written(self.pid)?, Instant::now());
        let asked = counters(&self.target, ASKED).await?;
        let mut figures = Figures::of(Unit::Cpu, milliseconds(&before.threads, &threads));
        let units = [Unit::Statements, Unit::Rows, Unit::Commits].into_iter().zip(asked.into_iter().zip(before.asked));
        figures.0.extend(units.map(|(unit, (after, before))| (unit, after - before)));
        match (before.pages, pages(&mut self.counted).await?) {
            (Some(before), Some(after)) => _ = figures.0.insert(Unit::Pages, after - before),
            // The disk of Postgres is not the server's.
            _ => _ = figures.0.insert(Unit::Written, written - before.written),
        }
        Ok((figures, at.duration_since(before.at).as_secs_f64()))
    }
}

async fn pages(counted: &mut Option<Counted>) -> Result<Option<f64>> {
    match counted {
        Some(counted) => counted.pages().await.map(Some),
        None => Ok(None),
    }
}

/// KiB that a process wrote.
fn written(pid: u32) -> Result<f64> {
    let io = std::fs::read_to_string(format!("/proc/{pid}/io"))?;
    let bytes = field(&io, "wchar:").ok_or_else(|| Failure::new("a strange /proc"))?;
    Ok(bytes / 1024.0)
}

/// Of threads that ended meanwhile nothing is known any more.
fn milliseconds(before: &HashMap<String, u64>, after: &HashMap<String, u64>) -> f64 {
    let used = |(thread, now): (&String, &u64)| now.saturating_sub(before.get(thread).copied().unwrap_or(0));
    after.iter().map(used).sum::<u64>() as f64 / 1e6
}

/// Nanoseconds on a processor of each thread: finer than the ticks of `stat`.
fn threads(pid: u32) -> Result<HashMap<String, u64>> {
    let mut threads = HashMap::new();
    for entry in std::fs::read_dir(format!("/proc/{pid}/task"))? {
        let entry = entry?;
        // It may just have ended.
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
    fn threads_that_began_and_ended_are_told_apart() {
        let of = |pairs: &[(&str, u64)]| pairs.iter().map(|(name, used)| ((*name).to_owned(), *used)).collect();
        let (before, after) = (of(&[("1", 5_000_000), ("2", 9)]), of(&[("1", 7_000_000), ("3", 1_000_000)]));
        assert!((milliseconds(&before, &after) - 3.0).abs() < 1e-9);
    }

    #[test]
    fn this_process_is_read() {
        let (used, wrote) = (threads(std::process::id()).unwrap(), written(std::process::id()).unwrap());
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("x"), [7; 4096]).unwrap();
        assert!(written(std::process::id()).unwrap() >= wrote + 4.0);
        assert!(!used.is_empty());
    }
}
