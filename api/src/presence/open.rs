//! A board in use: who watches it, and what is to be said of it to the other processes.
//!
//! Promises: a change goes to those who watch that member and to nobody else; in a fleet what changed is
//! said at most once a second, and everything to whoever asks. It knows no bus: it answers what is to be said
//! and when to look again.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use super::beat::Beat;
use super::board::{Arrival, Board, Leaving, Whose};
use super::statement::Statement;
use super::watching::Watcher;
use super::{Activity, PACE, Presence, WATCHES_MAX};
use crate::error::{Error, Result};
use crate::id::{MemberId, SignInId, WorkspaceId};

/// A board that is in use.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) workspace_id: WorkspaceId,
    /// Since when the others have been listened to.
    pub(super) began: Instant,
    /// Whether there are others.
    pub(super) in_fleet: bool,
    state: Mutex<State>,
    stirred: Notify,
}

/// What changes of it.
#[derive(Debug)]
pub(super) struct State {
    board: Board,
    watchers: HashMap<MemberId, Vec<Arc<Watcher>>>,
    /// Subscriptions by who watches.
    watching: HashMap<MemberId, usize>,
    /// What people said here of connections that they have elsewhere, still to be told; the last word counts.
    activities: HashMap<(MemberId, SignInId), Activity>,
    /// When something was last said.
    said: Option<Instant>,
    /// The number of the last statement that told of people here; 0 before the first, which tells all.
    version: u64,
    /// Another process has asked for everything.
    is_asked: bool,
}

impl Open {
    pub(super) fn new(workspace_id: WorkspaceId, in_fleet: bool) -> Self {
        let began = Instant::now();
        let state = State {
            board: Board::default(),
            watchers: HashMap::new(),
            watching: HashMap::new(),
            activities: HashMap::new(),
            said: None,
            version: 0,
            is_asked: false,
        };
        Self { workspace_id, began, in_fleet, state: Mutex::new(state), stirred: Notify::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes it, and wakes whom that concerns.
    pub(super) fn change<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        let mut state = self.state();
        let done = change(&mut state);
        state.tell_watchers();
        drop(state);
        self.stirred.notify_one();
        done
    }

    /// Waits until it was changed.
    pub(super) async fn stirred(&self) {
        self.stirred.notified().await;
    }

    /// What is shown of somebody.
    pub(super) fn presence(&self, member_id: MemberId) -> Presence {
        self.state().board.presence(member_id)
    }

    /// Whether nobody uses it and there is nothing more to say.
    pub(super) fn is_unused(&self) -> bool {
        let state = self.state();
        state.board.is_empty_here() && state.watching.is_empty() && !state.has_untold()
    }

    pub(super) fn depart(&self, member_id: MemberId, key: u64) {
        self.change(|state| state.board.depart(member_id, key, Instant::now()));
    }

    pub(super) fn set(&self, member_id: MemberId, whose: Whose, activity: Activity) {
        self.change(|state| {
            state.board.set(member_id, whose, activity, Instant::now());
            if let Whose::SignIn(sign_in_id) = whose
                && state.board.is_elsewhere(member_id)
            {
                state.activities.insert((member_id, sign_in_id), activity);
            }
        });
    }

    /// Takes what another process says to this one.
    pub(super) fn hear(&self, process: Uuid, said: &Statement, now: Instant) {
        match said.asks {
            true if said.to.is_none_or(|to| to == process) => self.change(|state| state.is_asked = true),
            true => {}
            false => self.change(|state| state.board.hear(said, now)),
        }
    }

    /// Compares what another process says that it has told with what was heard.
    pub(super) fn compare(&self, beat: &Beat, now: Instant) {
        if beat.has_nobody_in(self.workspace_id) {
            self.change(|state| state.board.expect_nobody(beat.process, beat.version, now));
        } else if let Some(version) = beat.told.get(&self.workspace_id) {
            self.change(|state| state.board.expect(beat.process, *version, now));
        }
    }

    /// Another process is no more.
    pub(super) fn leave(&self, process: Uuid, how: Leaving) {
        self.change(|state| state.board.leave(process, how));
    }

    /// The version of what was told of the people here; 0 if there are none.
    pub(super) fn told(&self) -> u64 {
        let state = self.state();
        if state.board.is_empty_here() { 0 } else { state.version }
    }

    /// Tells a watcher, who is this member, no more.
    pub(super) fn unwatch(&self, member_id: MemberId, watcher: &Arc<Watcher>) {
        self.change(|state| state.unwatch(member_id, watcher));
    }

    /// Lets go what is over. Answers what is to be said now, numbered by `versions`, and when to look again.
    pub(super) fn step(&self, process: Uuid, versions: &AtomicU64, now: Instant) -> (Vec<Statement>, Option<Instant>) {
        let mut state = self.state();
        state.board.expire(now);
        state.tell_watchers();
        if !self.in_fleet {
            state.board.forget_untold();
            return (Vec::new(), state.board.next_expiry());
        }
        let mut said = if state.may_speak_at(now) <= now { state.speak(process, versions, now) } else { Vec::new() };
        let asks = |to| Statement { process, asks: true, to: Some(to), ..Statement::default() };
        said.extend(state.board.to_ask(now).into_iter().map(asks));
        let more = (state.has_untold() || state.is_asked).then(|| state.may_speak_at(now));
        (said, [more, state.board.next_expiry()].into_iter().flatten().min())
    }
}

impl State {
    pub(super) fn arrive(&mut self, member_id: MemberId, arrival: Arrival) {
        self.board.arrive(member_id, arrival, Instant::now());
    }

    pub(super) fn watch(&mut self, member_id: MemberId, watcher: &Arc<Watcher>) -> Result<()> {
        if self.watching.get(&member_id).is_some_and(|count| *count >= WATCHES_MAX) {
            let why = format!("At most {WATCHES_MAX} subscriptions to presence of one member run in a workspace.");
            return Err(Error::Unavailable(why));
        }
        *self.watching.entry(member_id).or_default() += 1;
        for id in &watcher.ids {
            self.watchers.entry(*id).or_default().push(watcher.clone());
        }
        Ok(())
    }

    fn unwatch(&mut self, member_id: MemberId, watcher: &Arc<Watcher>) {
        for id in &watcher.ids {
            if let Some(watchers) = self.watchers.get_mut(id) {
                watchers.retain(|one| !Arc::ptr_eq(one, watcher));
            }
            if self.watchers.get(id).is_some_and(Vec::is_empty) {
                self.watchers.remove(id);
            }
        }
        match self.watching.get_mut(&member_id) {
            Some(count) if *count > 1 => *count -= 1,
            _ => _ = self.watching.remove(&member_id),
        }
    }

    /// Wakes those who watch somebody of whom something else is shown now.
    fn tell_watchers(&mut self) {
        for member_id in self.board.take_changed() {
            let watchers = self.watchers.get(&member_id).map_or(&[][..], Vec::as_slice);
            watchers.iter().for_each(|watcher| watcher.mark(member_id));
        }
    }

    fn has_untold(&self) -> bool {
        self.board.has_untold() || !self.activities.is_empty()
    }

    fn may_speak_at(&self, now: Instant) -> Instant {
        self.said.map_or(now, |said| said + PACE)
    }

    /// What is to be said to the other processes now, if anything is.
    fn speak(&mut self, process: Uuid, versions: &AtomicU64, now: Instant) -> Vec<Statement> {
        // The first statement tells all; who asks of a board on which nobody ever was is told nothing.
        let is_first = self.version == 0;
        let all = if is_first { !self.board.is_empty_here() } else { self.is_asked };
        let mut said = if all { self.board.all(process) } else { self.board.take_untold(process) };
        self.is_asked = false;
        let activities = std::mem::take(&mut self.activities).into_iter();
        said.activities = activities.map(|((member, sign_in), activity)| (member, sign_in, activity)).collect();
        if said.is_empty() {
            return Vec::new();
        }
        self.said = Some(now);
        let mut parts = said.cut();
        for part in parts.iter_mut().filter(|part| part.tells()) {
            part.after = self.version;
            self.version = versions.fetch_add(1, Ordering::SeqCst) + 1;
            part.version = self.version;
        }
        parts
    }
}
