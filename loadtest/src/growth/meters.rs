//! What a server used between two moments, seen from outside: processor and writes from `/proc`, statements from
//! Postgres.

use std::collections::HashMap;
use std::time::Instant;

use super::cost::{Figures, Unit};
use super::database::{Counted, Database};
use crate::{Failure, Result};

/// The meters of one server.
#[derive(Debug)]
pub struct Meters {
    pid: u32,
    counted: Option<Counted>,
}

/// What they say at a moment.
#[derive(Debug)]
pub struct Reading {
    at: Instant,
    /// Nanoseconds on a processor, by thread.
    threads: HashMap<String, u64>,
    written: f64,
    counted: Option<Figures>,
}

impl Meters {
    /// Those of a process and its database.
    ///
    /// # Errors
    /// Postgres does not count.
    pub async fn of(pid: u32, database: &Database) -> Result<Self> {
        Ok(Self { pid, counted: Counted::begin(database).await? })
    }

    /// What they say before there is a process.
    ///
    /// # Errors
    /// Postgres does not answer.
    pub async fn before_start(database: &Database) -> Result<Reading> {
        let counted = match Counted::begin(database).await? {
            Some(mut counted) => Some(counted.read().await?),
            None => None,
        };
        Ok(Reading { at: Instant::now(), threads: HashMap::new(), written: 0.0, counted })
    }

    /// Reads them.
    ///
    /// # Errors
    /// The process is gone, or Postgres does not answer.
    pub async fn read(&mut self) -> Result<Reading> {
        let counted = match &mut self.counted {
            Some(counted) => Some(counted.read().await?),
            None => None,
        };
        let io = std::fs::read_to_string(format!("/proc/{}/io", self.pid))?;
        let written = field(&io, "wchar:").ok_or_else(|| Failure::new("a strange /proc"))? / 1024.0;
        Ok(Reading { at: Instant::now(), threads: threads(self.pid)?, written, counted })
    }

    /// What was used since an earlier reading, and in how many seconds.
    ///
    /// # Errors
    /// Those of [`Self::read`].
    pub async fn since(&mut self, before: &Reading) -> Result<(Figures, f64)> {
        let after = self.read().await?;
        let mut figures = Figures::of(Unit::Cpu, milliseconds(&before.threads, &after.threads));
        match (&before.counted, &after.counted) {
            (Some(before), Some(after)) => {
                let counts = after.0.iter().map(|(unit, value)| (*unit, value - before.0.get(unit).unwrap_or(&0.0)));
                figures.0.extend(counts);
            }
            // The disk of Postgres is not the server's.
            _ => _ = figures.0.insert(Unit::Written, after.written - before.written),
        }
        Ok((figures, after.at.duration_since(before.at).as_secs_f64()))
    }
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

    #[tokio::test]
    async fn this_process_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let database = Database::of_directory(directory.path());
        let mut meters = Meters::of(std::process::id(), &database).await.unwrap();
        let before = meters.read().await.unwrap();
        std::fs::write(directory.path().join("x"), [7; 4096]).unwrap();
        let (figures, _) = meters.since(&before).await.unwrap();
        assert!(figures.0[&Unit::Written] >= 4.0 && figures.0.contains_key(&Unit::Cpu), "{figures:?}");
    }
}
