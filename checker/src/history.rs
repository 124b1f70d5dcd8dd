//! What happened, as the people of the town saw it: every call with its times and its answer, every
//! delivery of every stream. It records; it judges nothing.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Microseconds since the run began, by this machine's monotonic clock.
pub type Micros = u64;

/// What a call was to do. Ids are without their prefix.
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
    /// Reads where the log stands.
    Look,
}

/// What was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Acknowledged at this number.
    Done(i64),
    /// Refused for good, with this code.
    Refused(String),
    /// No answer, or one that says to try again: it may have happened or not.
    Unknown,
    /// Stored until it can be decided, which promises nothing.
    Queued,
}

impl Answer {
    /// Whether it is settled what became of the command.
    pub fn is_certain(&self) -> bool {
        !matches!(self, Self::Unknown | Self::Queued)
    }
}

/// One attempt at one command.
#[derive(Debug, Clone)]
pub struct Call {
    /// The id under which the command is sent, again and again.
    pub command: String,
    /// The member who acts.
    pub actor: String,
    pub action: Action,
    pub process: usize,
    pub invoked: Micros,
    pub ended: Micros,
    pub answer: Answer,
}

/// One event that a stream was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    pub seq: i64,
    pub at: Micros,
    pub process: usize,
    /// Names its content in [`History::contents`].
    pub content: u64,
}

/// One client's subscription over all its connections.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    /// The member who listens.
    pub member: String,
    /// The cursor that it began with.
    pub from: i64,
    /// A guest has one connection, which is made to end.
    pub is_guest: bool,
    pub deliveries: Vec<Delivery>,
    /// After the first number up to the second the server said that boot is to be taken.
    pub skipped: Vec<(i64, i64)>,
    /// Its sign-out, once it was acknowledged.
    pub signed_out: Option<SignOut>,
    /// When the connection of a guest ended.
    pub closed: Option<Micros>,
}

/// An acknowledged sign-out.
#[derive(Debug, Clone, Copy)]
pub struct SignOut {
    pub at: Micros,
    /// When watching stopped.
    pub watched_until: Micros,
}

/// Somebody looked at an invite link that works for a week.
#[derive(Debug, Clone, Copy)]
pub struct Knock {
    pub at: Micros,
    pub process: usize,
    /// Whether it was said to work.
    pub works: bool,
}

/// The record.
#[derive(Debug)]
pub struct History {
    start: Instant,
    calls: Mutex<Vec<Call>>,
    streams: Mutex<Vec<Stream>>,
    contents: Mutex<HashMap<(i64, u64), String>>,
    knocks: Mutex<Vec<Knock>>,
}

impl Default for History {
    fn default() -> Self {
        Self {
            start: Instant::now(),
            calls: Mutex::default(),
            streams: Mutex::default(),
            contents: Mutex::default(),
            knocks: Mutex::default(),
        }
    }
}

impl History {
    /// The time now.
    pub fn now(&self) -> Micros {
        u64::try_from(self.start.elapsed().as_micros()).unwrap_or(u64::MAX)
    }

    /// Records a call.
    pub fn called(&self, call: Call) {
        lock(&self.calls).push(call);
    }

    /// Records what was said of the invite link.
    pub fn knocked(&self, process: usize, works: bool) {
        lock(&self.knocks).push(Knock { at: self.now(), process, works });
    }

    /// Begins a stream; its number.
    pub fn stream(&self, member: &str, from: i64, is_guest: bool) -> usize {
        let mut streams = lock(&self.streams);
        streams.push(Stream { member: member.to_owned(), from, is_guest, ..Stream::default() });
        streams.len() - 1
    }

    /// Records that a stream was given an event with this content.
    pub fn delivered(&self, stream: usize, seq: i64, process: usize, content: &str) {
        let mut hasher = DefaultHasher::new();
        content.hash(&mut hasher);
        let hash = hasher.finish();
        lock(&self.contents).entry((seq, hash)).or_insert_with(|| content.to_owned());
        let at = self.now();
        self.change(stream, |stream| stream.deliveries.push(Delivery { seq, at, process, content: hash }));
    }

    /// Changes what is known of a stream.
    pub fn change(&self, stream: usize, change: impl FnOnce(&mut Stream)) {
        lock(&self.streams).get_mut(stream).map(change);
    }

    /// All calls so far.
    pub fn calls(&self) -> Vec<Call> {
        lock(&self.calls).clone()
    }

    /// What was said of the invite link.
    pub fn knocks(&self) -> Vec<Knock> {
        lock(&self.knocks).clone()
    }

    /// All streams so far.
    pub fn streams(&self) -> Vec<Stream> {
        lock(&self.streams).clone()
    }

    /// Every content that was delivered under a number.
    pub fn contents(&self) -> HashMap<(i64, u64), String> {
        lock(&self.contents).clone()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
