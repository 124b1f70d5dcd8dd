//! A gate: how much of one kind goes on at the same time, with fair turns.
//!
//! Promises: never more at once than the limits say, over all and of one owner; whoever waits is let in by turns, an
//! owner with less under way first, so that many requests of one owner never stand before the first of another;
//! what waits is bounded in number and in time; a caller that goes away leaves no trace. It does not know what goes
//! through it.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::error::{Error, Result};

/// What a gate lets through.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// At the same time; of these, of one owner.
    pub running: usize,
    pub running_of_owner: usize,
    /// In the queue; of these, of one owner.
    pub waiting: usize,
    pub waiting_of_owner: usize,
    /// For how long anybody waits.
    pub patience: Duration,
}

/// A gate. Cheap to clone.
#[derive(Debug)]
pub struct Gate<K: Copy + Eq + Hash>(Arc<Inner<K>>);

impl<K: Copy + Eq + Hash> Clone for Gate<K> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

#[derive(Debug)]
struct Inner<K: Copy + Eq + Hash> {
    name: &'static str,
    limits: Limits,
    state: Mutex<State<K>>,
}

#[derive(Debug)]
struct State<K: Copy + Eq + Hash> {
    running: usize,
    waiting: usize,
    owners: HashMap<K, OfOwner<K>>,
    /// Owners of whom something waits, whose turn is next first.
    turns: VecDeque<K>,
}

#[derive(Debug)]
struct OfOwner<K: Copy + Eq + Hash> {
    running: usize,
    waiting: VecDeque<oneshot::Sender<Pass<K>>>,
}

/// The right to go on; dropping it lets the next one in.
#[derive(Debug)]
pub struct Pass<K: Copy + Eq + Hash> {
    gate: Arc<Inner<K>>,
    owner: K,
}

impl<K: Copy + Eq + Hash> Drop for Pass<K> {
    fn drop(&mut self) {
        let next = {
            let mut state = self.gate.state();
            state.running = state.running.saturating_sub(1);
            if let Some(of) = state.owners.get_mut(&self.owner) {
                of.running = of.running.saturating_sub(1);
            }
            state.forget_if_idle(self.owner);
            state.next(&self.gate.limits)
        };
        self.gate.let_in(next);
    }
}

impl<K: Copy + Eq + Hash> Gate<K> {
    /// An open gate. The name is that of its metrics.
    pub fn new(name: &'static str, limits: Limits) -> Self {
        let state = State { running: 0, waiting: 0, owners: HashMap::new(), turns: VecDeque::new() };
        Self(Arc::new(Inner { name, limits, state: Mutex::new(state) }))
    }

    /// Waits for a turn.
    ///
    /// # Errors
    /// `RATE_LIMITED` where too much of this owner waits, `UNAVAILABLE` where too much waits over all or it takes too
    /// long.
    pub async fn enter(&self, owner: K) -> Result<Pass<K>> {
        let waiting = {
            let mut state = self.0.state();
            if let Some(pass) = self.admit(&mut state, owner) {
                return Ok(pass);
            }
            self.check_queue(&state, owner)?;
            self.queue(&mut state, owner)
        };
        match tokio::time::timeout(self.0.limits.patience, waiting.turn()).await {
            Ok(Some(pass)) => Ok(pass),
            Ok(None) | Err(_) => Err(self.busy("late")),
        }
    }

    /// Waits for a turn for as long as the caller does, and is never refused: for what something was done for already,
    /// and what another gate or limit keeps small.
    pub async fn wait(&self, owner: K) -> Pass<K> {
        loop {
            let waiting = {
                let mut state = self.0.state();
                if let Some(pass) = self.admit(&mut state, owner) {
                    return pass;
                }
                self.queue(&mut state, owner)
            };
            if let Some(pass) = waiting.turn().await {
                return pass;
            }
        }
    }

    /// How many of one owner wait.
    pub fn waiting_of(&self, owner: K) -> usize {
        self.0.state().owners.get(&owner).map_or(0, |of| of.waiting.len())
    }

    /// Of these owners the one with the least under way and waiting.
    pub fn least_busy(&self, owners: impl IntoIterator<Item = K>) -> Option<K> {
        let state = self.0.state();
        let busy = |owner: &K| state.owners.get(owner).map_or(0, |of| of.running + of.waiting.len());
        owners.into_iter().min_by_key(busy)
    }

    /// Lets somebody in at once. While there is a place nobody waits but for their own limit.
    fn admit(&self, state: &mut State<K>, owner: K) -> Option<Pass<K>> {
        let Limits { running, running_of_owner, .. } = self.0.limits;
        let own = state.owners.get(&owner).map_or(0, |of| of.running);
        if state.running >= running || own >= running_of_owner {
            return None;
        }
        state.running += 1;
        state.of(owner).running += 1;
        Some(Pass { gate: self.0.clone(), owner })
    }

    fn check_queue(&self, state: &State<K>, owner: K) -> Result<()> {
        let own = state.owners.get(&owner).map_or(0, |of| of.waiting.len());
        if own >= self.0.limits.waiting_of_owner {
            self.0.count("own");
            return Err(Error::RateLimited { retry_after: Error::pause() });
        }
        if state.waiting >= self.0.limits.waiting { Err(self.busy("full")) } else { Ok(()) }
    }

    fn queue(&self, state: &mut State<K>, owner: K) -> Waiting<'_, K> {
        let (sender, receiver) = oneshot::channel();
        state.waiting += 1;
        let of = state.of(owner);
        of.waiting.push_back(sender);
        if of.waiting.len() == 1 {
            state.turns.push_back(owner);
        }
        Waiting { gate: &self.0, owner, receiver: Some(receiver) }
    }

    fn busy(&self, why: &'static str) -> Error {
        self.0.count(why);
        Error::Unavailable("The server is busy. Try again.".into())
    }
}

/// Somebody who waits. One who goes away is taken out of the queue.
struct Waiting<'a, K: Copy + Eq + Hash> {
    gate: &'a Inner<K>,
    owner: K,
    receiver: Option<oneshot::Receiver<Pass<K>>>,
}

impl<K: Copy + Eq + Hash> Waiting<'_, K> {
    /// The turn, when it comes.
    async fn turn(mut self) -> Option<Pass<K>> {
        self.receiver.as_mut()?.await.ok()
    }
}

impl<K: Copy + Eq + Hash> Drop for Waiting<'_, K> {
    fn drop(&mut self) {
        // A pass that came meanwhile goes on to the next.
        drop(self.receiver.take());
        self.gate.state().forget_gone(self.owner);
    }
}

impl<K: Copy + Eq + Hash> Inner<K> {
    /// A panic while counting leaves the numbers whole.
    fn state(&self) -> MutexGuard<'_, State<K>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a pass to somebody for whom it was counted already; it comes back if they have gone.
    fn let_in(self: &Arc<Self>, next: Option<(K, oneshot::Sender<Pass<K>>)>) {
        if let Some((owner, sender)) = next {
            let _ = sender.send(Pass { gate: self.clone(), owner });
        }
    }

    fn count(&self, why: &'static str) {
        metrics::counter!("confab_gate_refusals_total", "gate" => self.name, "why" => why).increment(1);
    }
}

impl<K: Copy + Eq + Hash> State<K> {
    fn of(&mut self, owner: K) -> &mut OfOwner<K> {
        self.owners.entry(owner).or_insert_with(|| OfOwner { running: 0, waiting: VecDeque::new() })
    }

    /// Takes out the next one to be let in, and counts it.
    fn next(&mut self, limits: &Limits) -> Option<(K, oneshot::Sender<Pass<K>>)> {
        if self.running >= limits.running {
            return None;
        }
        let running = |owner: &K| self.owners.get(owner).map_or(0, |of| of.running);
        let turns = self.turns.iter().enumerate().map(|(at, owner)| (running(owner), at));
        let (_, at) = turns.filter(|(running, _)| *running < limits.running_of_owner).min()?;
        let owner = self.turns.remove(at)?;
        let of = self.owners.get_mut(&owner)?;
        let sender = of.waiting.pop_front()?;
        of.running += 1;
        if !of.waiting.is_empty() {
            self.turns.push_back(owner);
        }
        self.running += 1;
        self.waiting = self.waiting.saturating_sub(1);
        Some((owner, sender))
    }

    fn forget_gone(&mut self, owner: K) {
        let Some(of) = self.owners.get_mut(&owner) else { return };
        let before = of.waiting.len();
        of.waiting.retain(|sender| !sender.is_closed());
        let gone = before - of.waiting.len();
        self.waiting = self.waiting.saturating_sub(gone);
        if gone > 0 && of.waiting.is_empty() {
            self.turns.retain(|other| *other != owner);
        }
        self.forget_if_idle(owner);
    }

    fn forget_if_idle(&mut self, owner: K) {
        if self.owners.get(&owner).is_some_and(|of| of.running == 0 && of.waiting.is_empty()) {
            self.owners.remove(&owner);
        }
    }
}

#[cfg(test)]
mod tests;
