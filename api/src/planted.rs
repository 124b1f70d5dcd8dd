//! Bugs that a checker plants, to prove that it would catch them.
//!
//! Only the feature `planted` has them, which no normal build turns on; without it [`is`] is a constant
//! `false` and the hooks are gone. With it `CONFAB_PLANTED_BUG=name` chooses one at the start.

/// A promise of this server and how it is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "planted", derive(clap::ValueEnum))]
pub enum Bug {
    /// The answer is given while the commit is still on its way.
    AcknowledgeBeforeCommit,
    /// Other processes are told before the commit.
    PublishBeforeCommit,
    /// Events of a commit that failed stay in memory.
    ReuseFork,
    /// Events of a batch of which a statement failed stay in memory.
    ReuseForkOfStatement,
    /// The database may acknowledge before it has written.
    NotDurable,
    /// No command is remembered.
    ForgetCommand,
    /// A repeated command is answered with where the log stands now.
    RetryAnswersNow,
    /// Replies are counted twice.
    ProjectTwice,
    /// A room takes an event although those before it are missing.
    IgnoreHole,
    /// Who was removed from a channel still gets what happens there.
    DeliverToRemoved,
    /// Who may see an old event is judged by who is where today.
    JudgeByToday,
    /// What happens in a channel is told to the whole workspace.
    LeakChannels,
    /// The last event of each step of catching up is not sent.
    DropLastAtReconnect,
    /// The event at the cursor is sent again.
    RepeatAtReconnect,
    /// What waits for a connection is written backwards.
    OutOfOrder,
    /// Nobody asks the database what was missed.
    SkipHeartbeat,
    /// A sign-out ends nothing that is open.
    KeepSignedOut,
    /// The first event of each batch is not copied to `JetStream`.
    PublisherSkips,
    /// One's own messages count as unread.
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

/// Plants the bug of the settings.
#[cfg(feature = "planted")]
pub fn plant(bug: Option<Bug>) {
    if let Some(bug) = bug {
        let _ = PLANTED.set(bug);
        tracing::warn!(?bug, "this server has a planted bug");
    }
}
