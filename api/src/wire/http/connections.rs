//! The connections of this process, and eviction when the limits are reached.
//!
//! Limits connections in total and per IP address. Evicts idle connections first, then connections with a
//! request, then live ones. Among idle ones, the IP address with the most loses its oldest. A client that opens
//! many idle connections therefore evicts its own, and clients elsewhere are served. An address evicts its own
//! connections only after [`MIN_IDLE`]. All operations take logarithmic time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio_util::sync::CancellationToken;

use super::settings::Settings;
use crate::ground::mutex::Mutex;
use crate::ground::network;

/// Minimum idle time before a connection is evicted for another of the same IP address. Otherwise a flood would
/// cost an eviction per connection, where the next one can simply be rejected.
const MIN_IDLE: Duration = Duration::from_millis(250);

/// The activity of a connection, in the order of eviction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Activity {
    /// No request is in progress.
    Idle,
    Request,
    /// The connection is a WebSocket.
    Live,
}

/// An activity and the change at which it started.
type Since = (Activity, u64);

/// The connections of this process. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Mutex<Inner>>);

struct Inner {
    max: usize,
    max_per_address: usize,
    open: usize,
    changes: u64,
    addresses: HashMap<IpAddr, Address>,
    /// Addresses by number of idle connections, then by age of the oldest.
    by_idle: BTreeSet<(usize, Reverse<u64>, IpAddr)>,
    /// Addresses by number of connections.
    by_size: BTreeSet<(usize, IpAddr)>,
}

#[derive(Default)]
struct Address {
    slots: BTreeMap<Since, (CancellationToken, Instant)>,
    idle: usize,
}

impl Connections {
    pub fn new(settings: &Settings) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            max: settings.connections,
            max_per_address: settings.connections_per_address,
            open: 0,
            changes: 0,
            addresses: HashMap::new(),
            by_idle: BTreeSet::new(),
            by_size: BTreeSet::new(),
        })))
    }

    /// Returns a slot for a connection from an IP address, evicting another if necessary. `None` if no other
    /// connection may be evicted. A proxy (`is_proxy`) has no limit per address, since it serves many clients.
    pub fn acquire(&self, address: IpAddr, is_proxy: bool) -> Option<Arc<ConnectionSlot>> {
        self.acquire_at(address, is_proxy, Instant::now())
    }

    fn acquire_at(&self, address: IpAddr, is_proxy: bool, now: Instant) -> Option<Arc<ConnectionSlot>> {
        let address = network::client(address);
        let mut inner = self.0.lock();
        let own = inner.addresses.get(&address).map_or(0, |found| found.slots.len());
        if !is_proxy && own >= inner.max_per_address {
            inner.evict_own(address, now).then_some(())?;
        } else if inner.open >= inner.max {
            inner.evict_for(Some((address, now)), own).then_some(())?;
        }
        let (closed, since) = (CancellationToken::new(), inner.since(Activity::Idle));
        inner.change(address, |entry| entry.insert(since, (closed.clone(), now)));
        metrics::gauge!("confab_connections").increment(1.0);
        Some(Arc::new(ConnectionSlot { connections: self.clone(), address, since: Mutex::new(since), closed }))
    }

    /// Evicts a connection when the system has no file handles left.
    pub fn evict_any(&self) -> bool {
        self.0.lock().evict_for(None, 0)
    }
}

impl Inner {
    fn since(&mut self, activity: Activity) -> Since {
        self.changes += 1;
        (activity, self.changes)
    }

    /// Evicts a connection for a new one, whose IP address has `own` connections.
    fn evict_for(&mut self, newcomer: Option<(IpAddr, Instant)>, own: usize) -> bool {
        if let Some(&(_, _, address)) = self.by_idle.last() {
            return match newcomer {
                Some((newcomer, now)) if newcomer == address => self.evict_own(address, now),
                _ => self.evict(address, Activity::Idle),
            };
        }
        match self.by_size.last() {
            Some(&(count, address)) if count > own + 1 => self.evict(address, Activity::Live),
            _ => false,
        }
    }

    /// Evicts an idle connection for another of the same IP address.
    fn evict_own(&mut self, address: IpAddr, now: Instant) -> bool {
        let first = self.addresses.get(&address).and_then(|entry| entry.slots.first_key_value());
        let is_recent = first.is_some_and(|(_, (_, from))| now.saturating_duration_since(*from) < MIN_IDLE);
        !is_recent && self.evict(address, Activity::Idle)
    }

    /// Evicts the first connection of an IP address with at most this activity.
    fn evict(&mut self, address: IpAddr, max: Activity) -> bool {
        let first = self.addresses.get(&address).and_then(|entry| entry.slots.first_key_value());
        let Some((&since, (closed, _))) = first.filter(|(since, _)| since.0 <= max) else { return false };
        closed.cancel();
        metrics::counter!("confab_connections_ended_total").increment(1);
        self.change(address, |entry| drop(entry.remove(since)));
        true
    }

    /// Changes the connections of an IP address and updates its rank.
    fn change<T>(&mut self, address: IpAddr, change: impl FnOnce(&mut Address) -> T) -> T {
        let entry = self.addresses.entry(address).or_default();
        let before = entry.slots.len();
        if let Some((count, oldest)) = entry.idle_rank() {
            self.by_idle.remove(&(count, oldest, address));
        }
        self.by_size.remove(&(before, address));
        let changed = change(entry);
        let after = entry.slots.len();
        if let Some((count, oldest)) = entry.idle_rank() {
            self.by_idle.insert((count, oldest, address));
        }
        match after {
            0 => drop(self.addresses.remove(&address)),
            _ => drop(self.by_size.insert((after, address))),
        }
        self.open = self.open + after - before;
        changed
    }
}

impl Address {
    fn insert(&mut self, since: Since, slot: (CancellationToken, Instant)) {
        self.idle += usize::from(since.0 == Activity::Idle);
        self.slots.insert(since, slot);
    }

    fn remove(&mut self, since: Since) -> Option<(CancellationToken, Instant)> {
        let removed = self.slots.remove(&since)?;
        self.idle -= usize::from(since.0 == Activity::Idle);
        Some(removed)
    }

    /// Returns the number of idle connections and the age of the oldest.
    fn idle_rank(&self) -> Option<(usize, Reverse<u64>)> {
        let (&(activity, change), _) = self.slots.first_key_value()?;
        (activity == Activity::Idle).then_some((self.idle, Reverse(change)))
    }
}

/// The slot of a connection, released on drop.
pub(crate) struct ConnectionSlot {
    connections: Connections,
    address: IpAddr,
    since: Mutex<Since>,
    closed: CancellationToken,
}

impl ConnectionSlot {
    /// Cancelled when the connection is evicted or has timed out.
    pub fn closed(&self) -> &CancellationToken {
        &self.closed
    }

    /// Closes the connection.
    pub fn close(&self) {
        self.closed.cancel();
    }

    /// Records the current activity.
    pub fn set_activity(&self, activity: Activity) {
        self.update(|_| Some(activity));
    }

    /// Updates the activity. `None` leaves it unchanged.
    fn update(&self, next: impl FnOnce(Activity) -> Option<Activity>) {
        let mut inner = self.connections.0.lock();
        let mut since = self.since.lock();
        let Some(activity) = next(since.0) else { return };
        let now = inner.since(activity);
        inner.change(self.address, |entry| {
            // May have been evicted meanwhile.
            if let Some((closed, _)) = entry.remove(*since) {
                entry.insert(now, (closed, Instant::now()));
            }
        });
        *since = now;
    }
}

impl Drop for ConnectionSlot {
    fn drop(&mut self) {
        metrics::gauge!("confab_connections").decrement(1.0);
        let since = *self.since.get_mut();
        let mut inner = self.connections.0.lock();
        inner.change(self.address, |entry| drop(entry.remove(since)));
    }
}

/// A request in progress. Dropped with the last byte of the response.
pub(crate) struct RequestGuard(Arc<ConnectionSlot>);

impl RequestGuard {
    pub fn new(slot: Arc<ConnectionSlot>) -> Self {
        slot.set_activity(Activity::Request);
        Self(slot)
    }

    /// Attaches the guard to the response body.
    pub fn with(self, body: Body) -> Body {
        Body::new(GuardedBody { body, _guard: self })
    }
}

impl Drop for RequestGuard {
    fn drop(&mut self) {
        self.0.update(|activity| (activity == Activity::Request).then_some(Activity::Idle));
    }
}

struct GuardedBody {
    body: Body,
    _guard: RequestGuard,
}

impl HttpBody for GuardedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn connections(max: usize, max_per_address: usize) -> Connections {
        let settings = Settings { connections: max, connections_per_address: max_per_address, ..Settings::default() };
        Connections::new(&settings)
    }

    fn address(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    fn closed(slots: &[Arc<ConnectionSlot>]) -> Vec<bool> {
        slots.iter().map(|slot| slot.closed().is_cancelled()).collect()
    }

    /// Takes a slot after the other connections have been idle for long enough.
    fn acquire_later(connections: &Connections, address: IpAddr, is_proxy: bool) -> Option<Arc<ConnectionSlot>> {
        connections.acquire_at(address, is_proxy, Instant::now() + MIN_IDLE)
    }

    #[test]
    fn rejects_a_flood_from_one_address_without_evictions() {
        let connections = connections(4, 4);
        let many: Vec<_> = (0..4).map(|_| connections.acquire(address(1), false).unwrap()).collect();
        assert!((0..100).all(|_| connections.acquire(address(1), true).is_none()));
        assert_eq!(closed(&many), [false; 4]);
        // Other addresses are admitted, and later the same address.
        let _visitor = connections.acquire(address(2), false).unwrap();
        let _more = acquire_later(&connections, address(1), false).unwrap();
        assert_eq!(closed(&many), [true, true, false, false]);
    }

    #[test]
    fn evicts_the_oldest_of_the_address_with_most_idle_connections() {
        let connections = connections(4, 4);
        let many: Vec<_> = (0..3).map(|_| connections.acquire(address(1), false).unwrap()).collect();
        let one = connections.acquire(address(2), false).unwrap();
        let visitor = connections.acquire(address(3), false).unwrap();
        assert_eq!(closed(&many), [true, false, false]);
        assert!(!one.closed().is_cancelled() && !visitor.closed().is_cancelled());
        let _more = acquire_later(&connections, address(1), false).unwrap();
        assert_eq!(closed(&many), [true, true, false], "its own");
        assert!(!one.closed().is_cancelled() && !visitor.closed().is_cancelled());
    }

    #[test]
    fn evicts_active_connections_only_for_addresses_with_fewer() {
        let connections = connections(3, 3);
        let slots: Vec<_> = (0..3).map(|_| connections.acquire(address(1), false).unwrap()).collect();
        slots[0].set_activity(Activity::Live);
        slots[1].set_activity(Activity::Request);
        let guard = RequestGuard::new(slots[2].clone());
        assert!(connections.acquire(address(1), false).is_none(), "none is idle");
        let visitor = connections.acquire(address(2), false).unwrap();
        assert_eq!(closed(&slots), [false, true, false], "the older of two requests");
        drop(guard);
        let _other = connections.acquire(address(3), false).unwrap();
        assert_eq!(closed(&slots), [false, true, false]);
        assert!(visitor.closed().is_cancelled(), "the oldest idle one");
    }

    #[test]
    fn limits_each_address_except_proxies() {
        let connections = connections(10, 2);
        let slots: Vec<_> = (0..2).map(|_| connections.acquire(address(1), false).unwrap()).collect();
        let third = acquire_later(&connections, address(1), false).unwrap();
        assert_eq!(closed(&slots), [true, false]);
        for slot in [&slots[1], &third] {
            slot.set_activity(Activity::Live);
        }
        assert!(connections.acquire(address(1), false).is_none());
        assert!(connections.acquire(address(1), true).is_some());
    }

    #[test]
    fn keeps_nothing_of_closed_connections() {
        let connections = connections(2, 2);
        let first = connections.acquire(address(1), false).unwrap();
        let _second = connections.acquire(address(1), false).unwrap();
        let _third = connections.acquire(address(2), false).unwrap();
        assert!(first.closed().is_cancelled());
        first.set_activity(Activity::Request);
        drop(RequestGuard::new(first));
        assert_eq!(connections.0.lock().open, 2);
        drop((_second, _third));
        let inner = connections.0.lock();
        assert!(inner.open == 0 && inner.addresses.is_empty());
        assert!(inner.by_idle.is_empty() && inner.by_size.is_empty());
    }
}
