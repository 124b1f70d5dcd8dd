//! The history of a run as the clients saw it: every call with its times and its outcome, every delivery of every
//! stream. It only records.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Microseconds since the start of the run, by this machine's monotonic clock.
pub type Micros = u64;

/// The intent of a call. Ids have no prefix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    Send {
        message: String,
        channel: String,
        thread: Option<String>,
        text: String,
    },
    Edit {
        message: String,
        text: String,
    },
    React {
        message: String,
        emoji: String,
        on: bool,
    },
    Enter {
        channel: String,
        member: String,
    },
    Leave {
        channel: String,
        member: String,
    },
    /// Reads the head of the log.
    ReadHead,
}

/// The outcome of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Acknowledged with this `seq`.
    Done(i64),
    /// Rejected permanently with this code.
    Refused(String),
    /// No response, or a retryable one: the command may have taken effect.
    Unknown,
    /// Queued, which promises nothing.
    Queued,
}

impl Outcome {
    /// Whether the outcome of the command is definite.
    pub fn is_certain(&self) -> bool {
        !matches!(self, Self::Unknown | Self::Queued)
    }
}

/// One attempt at one command.
#[derive(Debug, Clone)]
pub struct Call {
    /// The command id, the same for every attempt.
    pub command: String,
    /// The acting member.
    pub actor: String,
    pub action: Action,
    pub process: usize,
    pub invoked: Micros,
    pub ended: Micros,
    pub outcome: Outcome,
}

/// One event that a stream received.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    pub seq: i64,
    pub at: Micros,
    pub process: usize,
    /// Key of the content in [`History::contents`].
    pub content: u64,
}

/// One client's subscription over all its connections.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    /// The subscribed member.
    pub member: String,
    /// The initial cursor.
    pub from: i64,
    /// A guest has one connection, which ends by signing out.
    pub is_guest: bool,
    pub deliveries: Vec<Delivery>,
    /// Ranges `(after, up to]` for which the server requested a boot.
    pub skipped: Vec<(i64, i64)>,
    /// The acknowledged sign-out.
    pub signed_out: Option<SignOut>,
    /// When a guest's connection ended.
    pub closed: Option<Micros>,
}

/// An acknowledged sign-out.
#[derive(Debug, Clone, Copy)]
pub struct SignOut {
    pub at: Micros,
    /// When observation stopped.
    pub watched_until: Micros,
}

/// A check of an invite link that is valid for a week.
#[derive(Debug, Clone, Copy)]
pub struct InviteCheck {
    pub at: Micros,
    pub process: usize,
    /// Whether the server reported the link as valid.
    pub is_valid: bool,
}

/// The recorded history.
#[derive(Debug)]
pub struct History {
    start: Instant,
    calls: Mutex<Vec<Call>>,
    streams: Mutex<Vec<Stream>>,
    contents: Mutex<HashMap<(i64, u64), String>>,
    invite_checks: Mutex<Vec<InviteCheck>>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            calls: Mutex::default(),
            streams: Mutex::default(),
            contents: Mutex::default(),
            invite_checks: Mutex::default(),
        }
    }
}

impl History {
    /// The current time.
    pub fn now(&self) -> Micros {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Records a call.
    pub fn record_call(&self, call: Call) {
        lock(&self.calls).push(call);
    }

    /// Records the result of an invite check.
    pub fn record_invite_check(&self, process: usize, is_valid: bool) {
        lock(&self.invite_checks).push(InviteCheck { at: self.now(), process, is_valid });
    }

    /// Registers a stream and returns its number.
    pub fn add_stream(&self, member: &str, from: i64, is_guest: bool) -> usize {
        let mut streams = lock(&self.streams);
        streams.push(Stream { member: member.to_owned(), from, is_guest, ..Stream::default() });
        streams.len() - 1
    }

    /// Records that a stream received an event with this content.
    pub fn record_delivery(&self, stream: usize, seq: i64, process: usize, content: &str) {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let hash = hasher.finish();
        lock(&self.contents).entry((seq, hash)).or_insert_with(|| content.to_owned());
        let at = self.now();
        self.update_stream(stream, |stream| stream.deliveries.push(Delivery { seq, at, process, content: hash }));
    }

    /// Updates a stream.
    pub fn update_stream(&self, stream: usize, change: impl FnOnce(&mut Stream)) {
        lock(&self.streams).get_mut(stream).map(change);
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.calls).clone()
    }

    /// All invite checks so far.
    pub fn invite_checks(&self) -> Vec<InviteCheck> {
        lock(&self.invite_checks).clone()
    }

    /// All streams so far.
    pub fn streams(&self) -> Vec<Stream> {
        lock(&self.streams).clone()
    }

    /// Every content that was delivered for a `seq`.
    pub fn contents(&self) -> HashMap<(i64, u64), String> {
        lock(&self.contents).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
