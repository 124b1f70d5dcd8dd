//! Clocks: the true time, and how to start a process with a wrong clock.
//!
//! A monotonic jump needs a time namespace. A skewed wall clock needs the library of the Debian package `libfaketime`,
//! which intercepts the wall clock and leaves the monotonic clocks alone.

use std::path::PathBuf;

use testbed::process::output;
use tokio::process::Command;

/// The library, relative to a system's library directory.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";
/// Offsets of skewed wall clocks.
const WALL_CLOCK_OFFSETS: [&str; 6] = ["-40d", "-26h", "-90m", "+90m", "+26h", "+40d"];
/// Threshold in milliseconds that only a skewed clock exceeds.
const SKEW_THRESHOLD_MILLIS: i64 = 600_000;

/// Milliseconds since 1970 by this machine's clock.
#[expect(clippy::disallowed_methods, reason = "this is the only place in this tool that reads the wall clock")]
pub fn wall_millis() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// The command prefix that starts a program with monotonic clocks one day ahead.
pub fn jump_prefix() -> Vec<String> {
    ["unshare", "--time", "--monotonic", "86400", "--boottime", "86400"].map(str::to_owned).to_vec()
}

/// The command prefix that starts a program with a skewed wall clock, if the library is installed.
pub fn skew_prefix(which: usize) -> Option<Vec<String>> {
    let by = WALL_CLOCK_OFFSETS[which % WALL_CLOCK_OFFSETS.len()];
    let prefix = [format!("LD_PRELOAD={}", library()?.display()), format!("FAKETIME={by}")];
    let kept = "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned();
    Some(["env".to_owned()].into_iter().chain(prefix).chain([kept]).collect())
}

fn library() -> Option<PathBuf> {
    let folders = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from);
    let below = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    folders.into_iter().chain(below).map(|folder| folder.join(LIBRARY)).find(|file| file.exists())
}

/// Whether a program can be started with this prefix.
pub async fn can_start(prefix: &[String]) -> bool {
    date(prefix).await.is_some()
}

/// Whether a program started with this prefix has a skewed wall clock.
pub async fn is_skewed(prefix: &[String]) -> bool {
    date(prefix).await.is_some_and(|seconds| (seconds * 1_000 - wall_millis()).abs() > SKEW_THRESHOLD_MILLIS)
}

/// The time in seconds that a program started with this prefix reads.
async fn date(prefix: &[String]) -> Option<i64> {
    let (first, rest) = prefix.split_first()?;
    output(Command::new(first).args(rest).args(["date", "+%s"])).await.ok()?.trim().parse().ok()
}
