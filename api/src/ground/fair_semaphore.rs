//! A fair semaphore: limits concurrency in total and per owner, with a fair queue.
//!
//! Never exceeds the limits. Waiting owners take turns, and owners with fewer running permits go first, so many
//! requests of one owner never block the first request of another. The queue is bounded in length and time. A caller
//! that stops waiting leaves the queue.

use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::oneshot;

use crate::ground::error::{Error, Result};
use crate::ground::mutex::Mutex;

/// The limits of a fair semaphore.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Maximum permits in total, and per owner.
    pub running: usize,
    pub running_of_owner: usize,
    /// Maximum waiting callers in total, and per owner.
    pub waiting: usize,
    pub waiting_of_owner: usize,
    /// Maximum time to wait for a permit.
    pub timeout: Duration,
}

/// A fair semaphore. Cheap to clone.
#[derive(Debug)]
pub struct FairSemaphore<K: Copy + Eq + Hash>(Arc<Inner<K>>);

impl<K: Copy + Eq + Hash> Clone for FairSemaphore<K> {
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
    owners: HashMap<K, OwnerState<K>>,
    /// Owners with waiting callers, in the order of their turns.
    rotation: VecDeque<K>,
}

#[derive(Debug)]
struct OwnerState<K: Copy + Eq + Hash> {
    running: usize,
    waiting: VecDeque<oneshot::Sender<FairPermit<K>>>,
}

/// A permit. Dropping it admits the next waiting caller.
#[derive(Debug)]
pub struct FairPermit<K: Copy + Eq + Hash> {
    semaphore: Arc<Inner<K>>,
    owner: K,
}

impl<K: Copy + Eq + Hash> Drop for FairPermit<K> {
    fn drop(&mut self) {
        let next = {
            let mut state = self.semaphore.state.lock();
            state.running = state.running.saturating_sub(1);
            if let Some(owner_state) = state.owners.get_mut(&self.owner) {
                owner_state.running = owner_state.running.saturating_sub(1);
            }
            state.remove_if_idle(self.owner);
            state.next(&self.semaphore.limits)
        };
        self.semaphore.grant(next);
    }
}

impl<K: Copy + Eq + Hash> FairSemaphore<K> {
    /// Creates a semaphore. `name` is its label in metrics.
    pub fn new(name: &'static str, limits: Limits) -> Self {
        let state = State { running: 0, waiting: 0, owners: HashMap::new(), rotation: VecDeque::new() };
        Self(Arc::new(Inner { name, limits, state: Mutex::new(state) }))
    }

    /// Waits for a permit.
    ///
    /// # Errors
    /// `RATE_LIMITED` if too many callers of this owner wait, `UNAVAILABLE` if too many wait in total or the
    /// wait times out.
    pub async fn acquire(&self, owner: K) -> Result<FairPermit<K>> {
        let waiting = {
            let mut state = self.0.state.lock();
            if let Some(pass) = self.try_acquire(&mut state, owner) {
                return Ok(pass);
            }
            self.check_queue(&state, owner)?;
            self.queue(&mut state, owner)
        };
        match tokio::time::timeout(self.0.limits.timeout, waiting.granted()).await {
            Ok(Some(pass)) => Ok(pass),
            Ok(None) | Err(_) => Err(self.busy("timeout")),
        }
    }

    /// Waits for a permit without a limit, and never fails. For work that cannot be rejected any more, and that
    /// another limit bounds.
    pub async fn wait(&self, owner: K) -> FairPermit<K> {
        loop {
            let waiting = {
                let mut state = self.0.state.lock();
                if let Some(pass) = self.try_acquire(&mut state, owner) {
                    return pass;
                }
                self.queue(&mut state, owner)
            };
            if let Some(pass) = waiting.granted().await {
                return pass;
            }
        }
    }

    /// Returns how many callers of an owner wait.
    pub fn waiting_of(&self, owner: K) -> usize {
        self.0.state.lock().owners.get(&owner).map_or(0, |owner| owner.waiting.len())
    }

    /// Returns the owner with the fewest running and waiting permits.
    pub fn least_busy(&self, owners: impl IntoIterator<Item = K>) -> Option<K> {
        let state = self.0.state.lock();
        let busy = |owner: &K| state.owners.get(owner).map_or(0, |owner| owner.running + owner.waiting.len());
        owners.into_iter().min_by_key(busy)
    }

    /// Acquires a permit without waiting. While permits are available, callers only wait for the limit of their
    /// owner.
    fn try_acquire(&self, state: &mut State<K>, owner: K) -> Option<FairPermit<K>> {
        let Limits { running, running_of_owner, .. } = self.0.limits;
        let own = state.owners.get(&owner).map_or(0, |owner| owner.running);
        if state.running >= running || own >= running_of_owner {
            return None;
        }
        state.running += 1;
        state.owner_mut(owner).running += 1;
        Some(FairPermit { semaphore: self.0.clone(), owner })
    }

    fn check_queue(&self, state: &State<K>, owner: K) -> Result<()> {
        let own = state.owners.get(&owner).map_or(0, |owner| owner.waiting.len());
        if own >= self.0.limits.waiting_of_owner {
            self.0.count("account");
            return Err(Error::RateLimited { retry_after: Error::retry_delay() });
        }
        if state.waiting >= self.0.limits.waiting { Err(self.busy("total")) } else { Ok(()) }
    }

    fn queue(&self, state: &mut State<K>, owner: K) -> Waiting<'_, K> {
        let (sender, receiver) = oneshot::channel();
        state.waiting += 1;
        let owner_state = state.owner_mut(owner);
        owner_state.waiting.push_back(sender);
        if owner_state.waiting.len() == 1 {
            state.rotation.push_back(owner);
        }
        Waiting { semaphore: &self.0, owner, receiver: Some(receiver) }
    }

    fn busy(&self, reason: &'static str) -> Error {
        self.0.count(reason);
        Error::Unavailable("The server is busy. Retry later.".into())
    }
}

/// A waiting caller. Dropping it removes it from the queue.
struct Waiting<'a, K: Copy + Eq + Hash> {
    semaphore: &'a Inner<K>,
    owner: K,
    receiver: Option<oneshot::Receiver<FairPermit<K>>>,
}

impl<K: Copy + Eq + Hash> Waiting<'_, K> {
    /// Waits until the permit is granted.
    async fn granted(mut self) -> Option<FairPermit<K>> {
        self.receiver.as_mut()?.await.ok()
    }
}

impl<K: Copy + Eq + Hash> Drop for Waiting<'_, K> {
    fn drop(&mut self) {
        // A permit that was granted meanwhile passes to the next caller.
        drop(self.receiver.take());
        self.semaphore.state.lock().remove_abandoned(self.owner);
    }
}

impl<K: Copy + Eq + Hash> Inner<K> {
    /// Sends a permit that is already counted. It is released if the caller is gone.
    fn grant(self: &Arc<Self>, next: Option<(K, oneshot::Sender<FairPermit<K>>)>) {
        if let Some((owner, sender)) = next {
            let _ = sender.send(FairPermit { semaphore: self.clone(), owner });
        }
    }

    fn count(&self, reason: &'static str) {
        metrics::counter!("confab_permits_refused_total", "queue" => self.name, "reason" => reason).increment(1);
    }
}

impl<K: Copy + Eq + Hash> State<K> {
    fn owner_mut(&mut self, owner: K) -> &mut OwnerState<K> {
        self.owners.entry(owner).or_insert_with(|| OwnerState { running: 0, waiting: VecDeque::new() })
    }

    /// Removes the next caller from the queue and counts its permit.
    fn next(&mut self, limits: &Limits) -> Option<(K, oneshot::Sender<FairPermit<K>>)> {
        if self.running >= limits.running {
            return None;
        }
        let running = |owner: &K| self.owners.get(owner).map_or(0, |owner| owner.running);
        let rotation = self.rotation.iter().enumerate().map(|(at, owner)| (running(owner), at));
        let (_, at) = rotation.filter(|(running, _)| *running < limits.running_of_owner).min()?;
        let owner = self.rotation.remove(at)?;
        let owner_state = self.owners.get_mut(&owner)?;
        let sender = owner_state.waiting.pop_front()?;
        owner_state.running += 1;
        if !owner_state.waiting.is_empty() {
            self.rotation.push_back(owner);
        }
        self.running += 1;
        self.waiting = self.waiting.saturating_sub(1);
        Some((owner, sender))
    }

    fn remove_abandoned(&mut self, owner: K) {
        let Some(owner_state) = self.owners.get_mut(&owner) else { return };
        let before = owner_state.waiting.len();
        owner_state.waiting.retain(|sender| !sender.is_closed());
        let removed = before - owner_state.waiting.len();
        self.waiting = self.waiting.saturating_sub(removed);
        if removed > 0 && owner_state.waiting.is_empty() {
            self.rotation.retain(|other| *other != owner);
        }
        self.remove_if_idle(owner);
    }

    fn remove_if_idle(&mut self, owner: K) {
        if self.owners.get(&owner).is_some_and(|owner| owner.running == 0 && owner.waiting.is_empty()) {
            self.owners.remove(&owner);
        }
    }
}

#[cfg(test)]
mod tests;
