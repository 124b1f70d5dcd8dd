//! Fail points: named steps between a command and its delivery at which a test can kill the process.
//!
//! `CONFAB_FAILPOINT=lane.committed:3` sends the process SIGKILL the third time that point is passed. Without the
//! setting a point costs one load of a static.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::process::{Signal, getpid, kill_process};

/// The points between a command and its delivery, in the order in which a command passes them.
pub const POINTS: [&str; 9] = [
    "lane.taken",
    "lane.locked",
    "lane.decided",
    "lane.appended",
    "lane.projected",
    "lane.committed",
    "room.accepted",
    "lane.answered",
    "room.rendered",
];

/// The points between an upload and its event.
pub const MEDIA_POINTS: [&str; 3] = ["media.received", "media.checked", "media.completed"];

/// The points of durable readers.
pub const READER_POINTS: [&str; 1] = ["publisher.appended"];

struct Armed {
    point: String,
    remaining: AtomicU64,
}

static ARMED: OnceLock<Armed> = OnceLock::new();

/// Arms one point from a setting of the form `name:count`.
///
/// # Errors
/// Returns a message that describes what is wrong with the setting.
pub fn arm(setting: &str) -> Result<(), String> {
    let (point, count) = setting.split_once(':').unwrap_or((setting, "1"));
    let mut known = POINTS.iter().chain(&MEDIA_POINTS).chain(&READER_POINTS);
    if !known.any(|known| *known == point) {
        let all = [POINTS.as_slice(), &MEDIA_POINTS, &READER_POINTS].concat().join(", ");
        return Err(format!("unknown fail point {point}; expected one of {all}"));
    }
    let count: u64 = count.parse().map_err(|_| format!("invalid fail point count {count}; expected a number"))?;
    let _ = ARMED.set(Armed { point: point.to_owned(), remaining: AtomicU64::new(count) });
    Ok(())
}

/// Passes a point. Kills the process if the point is armed and its count is reached.
pub fn pass(point: &str) {
    if let Some(armed) = ARMED.get()
        && armed.point == point
        && armed.remaining.fetch_sub(1, Ordering::SeqCst) == 1
    {
        let _ = kill_process(getpid(), Signal::KILL);
        // Nothing after the point may execute until the signal arrives.
        loop {
            std::thread::park();
        }
    }
}
