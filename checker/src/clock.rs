//! Clocks: the true one, and how a process is given others.
//!
//! A jump needs a time namespace, a lie the library of the Debian package `libfaketime`, which stands between
//! a program and the wall clock and leaves the monotonic clocks alone. Where they are missing nothing is said.

use std::path::PathBuf;

use tokio::process::Command;

use crate::process::output;

/// The library, below the folder that a system keeps libraries in.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";
/// By how much a clock lies.
const LIES: [&str; 6] = ["-40d", "-26h", "-90m", "+90m", "+26h", "+40d"];
/// Far more than a clock may be off by itself.
const FAR: i64 = 600_000;

/// Milliseconds since 1970 by this machine's clock.
#[expect(clippy::disallowed_methods, reason = "this is the one place of this tool that reads the wall clock")]
pub fn wall() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// What stands before a program whose monotonic clocks are a day ahead.
pub fn jump() -> Vec<String> {
    ["unshare", "--time", "--monotonic", "86400", "--boottime", "86400"].map(str::to_owned).to_vec()
}

/// What stands before a program whose wall clock lies, if the library is here.
pub fn lie(which: usize) -> Option<Vec<String>> {
    let by = LIES[which % LIES.len()];
    let words = [format!("LD_PRELOAD={}", library()?.display()), format!("FAKETIME={by}")];
    let kept = "FAKETIME_DONT_FAKE_MONOTONIC=1".to_owned();
    Some(["env".to_owned()].into_iter().chain(words).chain([kept]).collect())
}

fn library() -> Option<PathBuf> {
    let folders = ["/usr/lib", "/usr/lib64", "/usr/local/lib"].map(PathBuf::from);
    let below = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten().map(|entry| entry.path());
    folders.into_iter().chain(below).map(|folder| folder.join(LIBRARY)).find(|file| file.exists())
}

/// Whether a program can be started behind these words.
pub async fn works(words: &[String]) -> bool {
    date(words).await.is_some()
}

/// Whether a program behind these words is lied to.
pub async fn is_lied_to(words: &[String]) -> bool {
    date(words).await.is_some_and(|told| (told * 1_000 - wall()).abs() > FAR)
}

/// What a program behind these words takes the time for, in seconds.
async fn date(words: &[String]) -> Option<i64> {
    let (first, rest) = words.split_first()?;
    output(Command::new(first).args(rest).args(["date", "+%s"])).await.ok()?.trim().parse().ok()
}
