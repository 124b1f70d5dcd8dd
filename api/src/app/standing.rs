//! How the server stands: what it can do now, for whoever watches over it.
//!
//! Promises: however many ask, and however often, the database is asked once a second at most.

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::Instant;

/// For how long what was found is told again.
const FRESH: Duration = Duration::from_secs(1);

/// What the server can do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The database answers.
    pub has_database: bool,
    /// The heartbeat was answered lately, so that memory may be trusted.
    pub is_fresh: bool,
    /// The server's own log can be followed, so that it is known who is signed in.
    pub follows: bool,
    /// Logs that this process refuses, because a newer version writes there.
    pub refused_logs: usize,
    /// The other processes are heard at once; `None` where there are none.
    pub has_bus: Option<bool>,
    /// Messages can be queued while the database is away.
    pub queues: bool,
    /// Messages can be searched for.
    pub searches: bool,
    /// Files can be had; `None` where there is no place for them.
    pub has_files: Option<bool>,
}

/// A look at something that is told to all who want to know.
#[derive(Debug, Default)]
pub(super) struct Look(Mutex<Option<(Instant, bool)>>);

impl Look {
    /// What was found of late; else looks. Whoever comes meanwhile waits for what is found.
    pub async fn take(&self, look: impl AsyncFnOnce() -> bool) -> bool {
        let mut found = self.0.lock().await;
        match *found {
            Some((at, answer)) if at.elapsed() < FRESH => answer,
            _ => {
                let answer = look().await;
                *found = Some((Instant::now(), answer));
                answer
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn all_who_ask_within_a_second_share_one_answer() {
        let (look, looks) = (Look::default(), AtomicUsize::new(0));
        let ask = async |answer| {
            let slowly = async || {
                looks.fetch_add(1, Ordering::SeqCst);
                tokio::task::yield_now().await;
                answer
            };
            look.take(slowly).await
        };
        assert!(join_all((0..1_000).map(|_| ask(true))).await.into_iter().all(|answer| answer));
        assert!(ask(false).await, "it is told again");
        assert_eq!(looks.load(Ordering::SeqCst), 1);
        tokio::time::advance(FRESH).await;
        assert!(join_all((0..1_000).map(|_| ask(false))).await.into_iter().all(|answer| !answer));
        assert_eq!(looks.load(Ordering::SeqCst), 2);
    }
}
