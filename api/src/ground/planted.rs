//! Deliberate bugs, which prove that the checker would detect them.
//!
//! Compiled only with the feature `planted`, which no normal build enables. Without it [`is`] is a constant
//! `false` and the hooks are optimized away. `CONFAB_PLANTED_BUG=name` selects a bug at startup.

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

/// Whether this bug is planted.
#[cfg(not(feature = "planted"))]
#[inline(always)]
pub const fn is(_: Bug) -> bool {
    false
}

#[cfg(feature = "planted")]
static PLANTED: std::sync::OnceLock<Bug> = std::sync::OnceLock::new();

/// Whether this bug is planted.
#[cfg(feature = "planted")]
pub fn is(bug: Bug) -> bool {
    PLANTED.get() == Some(&bug)
}

/// Plants the configured bug.
#[cfg(feature = "planted")]
pub fn plant(bug: Option<Bug>) {
    if let Some(bug) = bug {
        let _ = PLANTED.set(bug);
        tracing::warn!(?bug, "planted bug is active");
    }
}
