//! Deliberate bugs, which prove that the checker would detect them.
//!
//! Each bug is a hook: a function of its name, which the code that it breaks calls with the correct value. Active only
//! with the feature `planted`, which no normal build enables. Without it the hooks return what they were given and are
//! optimized away. `CONFAB_PLANTED_BUG=name` selects a bug at startup.

use std::time::Duration;

use roaring::RoaringBitmap;
use sea_orm::sqlx::sqlite::SqliteSynchronous;

use crate::ground::supervise;

/// Widens the race window around the commit.
const COMMIT_DELAY: Duration = Duration::from_millis(20);

/// A guarantee of the server that is deliberately broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "planted", derive(clap::ValueEnum))]
pub enum Bug {
    /// Responds before the commit has completed.
    AcknowledgeBeforeCommit,
    /// Publishes to other processes before the commit.
    PublishBeforeCommit,
    /// Keeps events of a failed commit in memory.
    ReuseFork,
    /// Keeps events of a batch with a failed statement in memory.
    ReuseForkOfStatement,
    /// Lets the database acknowledge before data is durable.
    NotDurable,
    /// Does not record commands, so retries execute again.
    ForgetCommand,
    /// Answers a repeated command with the current end of the log.
    RetryAnswersNow,
    /// Counts replies twice.
    ProjectTwice,
    /// Lets a room apply an event despite missing predecessors.
    IgnoreHole,
    /// Delivers events of a channel to removed members.
    DeliverToRemoved,
    /// Filters old events by current instead of past memberships.
    JudgeByToday,
    /// Delivers events of a channel to the whole workspace.
    LeakChannels,
    /// Omits the last event of each catch-up step.
    DropLastAtReconnect,
    /// Repeats the event at the cursor.
    RepeatAtReconnect,
    /// Writes pending items in reverse order.
    OutOfOrder,
    /// Does not poll the database for missed events.
    SkipHeartbeat,
    /// Keeps connections of a revoked session open.
    KeepSignedOut,
    /// Does not publish the first event of each batch to `JetStream`.
    PublisherSkips,
    /// Counts the author's own messages as unread.
    CountOwn,
}

#[cfg(feature = "planted")]
static PLANTED: std::sync::OnceLock<Bug> = std::sync::OnceLock::new();

/// Plants the configured bug.
#[cfg(feature = "planted")]
pub fn plant(bug: Option<Bug>) {
    if let Some(bug) = bug {
        let _ = PLANTED.set(bug);
        tracing::warn!(?bug, "planted bug is active");
    }
}

#[cfg(feature = "planted")]
fn is(bug: Bug) -> bool {
    PLANTED.get() == Some(&bug)
}

#[cfg(not(feature = "planted"))]
#[inline(always)]
const fn is(_: Bug) -> bool {
    false
}

/// Takes a commit to complete it later. The caller responds before the commit if this returns none.
pub fn acknowledge_before_commit<F>(commit: F) -> Option<F>
where
    F: Future<Output: Send> + Send + 'static,
{
    if is(Bug::AcknowledgeBeforeCommit) {
        supervise::spawn("planted", async move {
            tokio::time::sleep(COMMIT_DELAY).await;
            commit.await;
        });
        return None;
    }
    Some(commit)
}

/// Publishes what is not committed yet.
pub async fn publish_before_commit(publish: impl FnOnce()) {
    if is(Bug::PublishBeforeCommit) {
        publish();
        tokio::time::sleep(COMMIT_DELAY).await;
    }
}

/// Accepts the events of a failed commit in memory.
pub fn reuse_fork(accept: impl FnOnce()) {
    if is(Bug::ReuseFork) {
        accept();
    }
}

/// Accepts the events of a batch with a failed statement in memory.
pub fn reuse_fork_of_statement(accept: impl FnOnce()) {
    if is(Bug::ReuseForkOfStatement) {
        accept();
    }
}

/// The durability of SQLite.
pub fn synchronous(durable: SqliteSynchronous) -> SqliteSynchronous {
    if is(Bug::NotDurable) { SqliteSynchronous::Off } else { durable }
}

/// The durability of Postgres.
pub fn synchronous_commit(durable: &'static str) -> &'static str {
    if is(Bug::NotDurable) { "off" } else { durable }
}

/// The commands to record.
pub fn forget_commands<T>(commands: Vec<T>) -> Vec<T> {
    if is(Bug::ForgetCommand) { Vec::new() } else { commands }
}

/// The end of a repeated command.
pub fn retry_answers_now(last_seq: i64, head: i64) -> i64 {
    if is(Bug::RetryAnswersNow) { head } else { last_seq }
}

/// How often a reply is counted.
pub fn project_twice(count: i32) -> i32 {
    if is(Bug::ProjectTwice) { 2 * count } else { count }
}

/// The last applied event, after which the next one is applied. `first` is the first event that waits for its turn.
pub fn ignore_hole(seq: i64, first: Option<i64>) -> i64 {
    match first {
        Some(next) if is(Bug::IgnoreHole) => next - 1,
        _ => seq,
    }
}

/// Whether members stay in the channels that they leave.
pub fn deliver_to_removed() -> bool {
    is(Bug::DeliverToRemoved)
}

/// What recent events returned, with the recipients at that time.
pub fn forget_recipients<T>(recent: Option<T>) -> Option<T> {
    recent.filter(|_| !is(Bug::JudgeByToday))
}

/// A membership from its first to before its last event. Without an end it lasts.
pub fn judge_by_today((joined, left): (i64, i64)) -> (i64, i64) {
    match left {
        _ if !is(Bug::JudgeByToday) => (joined, left),
        i64::MAX => (0, i64::MAX),
        _ => (0, 0),
    }
}

/// The recipients of a channel's event. `active` are all members of the workspace.
pub fn leak_channels(recipients: RoaringBitmap, active: &RoaringBitmap) -> RoaringBitmap {
    if is(Bug::LeakChannels) { active.clone() } else { recipients }
}

/// The events of a catch-up step.
pub fn drop_last_at_reconnect<T>(events: &[T]) -> &[T] {
    match events {
        [first @ .., _] if is(Bug::DropLastAtReconnect) => first,
        _ => events,
    }
}

/// The cursor of a new subscription.
pub fn repeat_at_reconnect(after: i64) -> i64 {
    if is(Bug::RepeatAtReconnect) { after - 1 } else { after }
}

/// Moves received frames to the written ones in reverse order.
pub fn out_of_order<T>(received: &mut Vec<T>, written: &mut Vec<T>) {
    if is(Bug::OutOfOrder) {
        received.reverse();
        written.append(received);
    }
}

/// Whether the database is not asked for missed events.
pub fn skip_heartbeat() -> bool {
    is(Bug::SkipHeartbeat)
}

/// Whether connections survive the revocation of their session.
pub fn keep_signed_out() -> bool {
    is(Bug::KeepSignedOut)
}

/// The number of events that are not published.
pub fn publisher_skips() -> usize {
    usize::from(is(Bug::PublisherSkips))
}

/// The condition under which a message counts as unread.
pub fn count_own(of_others: &'static str) -> &'static str {
    if is(Bug::CountOwn) { "TRUE" } else { of_others }
}
