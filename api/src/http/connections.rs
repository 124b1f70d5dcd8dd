//! All connections of this process, and which of them ends when there is no room for another.
//!
//! Promises: there are never more than the settings say, together and from one address; who does nothing goes
//! before who waits for an answer, and that before a live connection; of those who do nothing the address with
//! the most of them loses, and of its own the oldest goes. So whoever opens many and says nothing ends their own,
//! and a visitor from elsewhere finds room. Of one address none ends for another before it had [`YOUNG`]. It knows
//! addresses, not people; everything takes logarithmic time.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use hyper::body::{Frame, SizeHint};
use tokio_util::sync::CancellationToken;

use super::Settings;
use crate::network;

/// How long a connection may do nothing before it ends for another of its own address. Else a flood would make work of
/// every connection, where the next one can be closed at once.
const YOUNG: Duration = Duration::from_millis(250);

/// What a connection does. The first goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Doing {
    /// No request has come, or the last one was answered.
    Nothing,
    Request,
    /// It has become a WebSocket.
    Live,
}

/// What it does, and since which change of all.
type Since = (Doing, u64);

/// The connections of this process. A handle, cheap to clone.
#[derive(Clone)]
pub(crate) struct Connections(Arc<Mutex<Inner>>);

struct Inner {
    most: usize,
    most_of_address: usize,
    open: usize,
    changes: u64,
    addresses: HashMap<IpAddr, Address>,
    /// By how many do nothing, and then the one of which the oldest does so for longest.
    doing_nothing: BTreeSet<(usize, Reverse<u64>, IpAddr)>,
    /// By how many there are.
    greediest: BTreeSet<(usize, IpAddr)>,
}

#[derive(Default)]
struct Address {
    places: BTreeMap<Since, (CancellationToken, Instant)>,
    doing_nothing: usize,
}

impl Connections {
    pub fn new(settings: &Settings) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            most: settings.connections,
            most_of_address: settings.connections_of_address,
            open: 0,
            changes: 0,
            addresses: HashMap::new(),
            doing_nothing: BTreeSet::new(),
            greediest: BTreeSet::new(),
        })))
    }

    /// A place for a connection from this address, at the cost of another if there is no room; `None` if all others
    /// have more right to be here. Behind a proxy, `is_proxy`, there are many people, who are told apart later.
    pub fn take(&self, address: IpAddr, is_proxy: bool) -> Option<Arc<Place>> {
        self.take_at(address, is_proxy, Instant::now())
    }

    fn take_at(&self, address: IpAddr, is_proxy: bool, now: Instant) -> Option<Arc<Place>> {
        let address = network::client(address);
        let mut inner = self.lock();
        let own = inner.addresses.get(&address).map_or(0, |found| found.places.len());
        if !is_proxy && own >= inner.most_of_address {
            inner.end_own(address, now).then_some(())?;
        } else if inner.open >= inner.most {
            inner.make_room(Some((address, now)), own).then_some(())?;
        }
        let (ended, since) = (CancellationToken::new(), inner.since(Doing::Nothing));
        inner.change(address, |found| found.put(since, (ended.clone(), now)));
        metrics::gauge!("confab_connections").increment(1.0);
        Some(Arc::new(Place { connections: self.clone(), address, since: Mutex::new(since), ended }))
    }

    /// Ends one, when the system gives no more handles.
    pub fn relieve(&self) -> bool {
        self.lock().make_room(None, 0)
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic while counting leaves the numbers whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn since(&mut self, doing: Doing) -> Since {
        self.changes += 1;
        (doing, self.changes)
    }

    /// Ends somebody's connection for one that comes, whose address has `own`.
    fn make_room(&mut self, comes: Option<(IpAddr, Instant)>, own: usize) -> bool {
        if let Some(&(_, _, address)) = self.doing_nothing.last() {
            return match comes {
                Some((comes, now)) if comes == address => self.end_own(address, now),
                _ => self.end(address, Doing::Nothing),
            };
        }
        match self.greediest.last() {
            Some(&(count, address)) if count > own + 1 => self.end(address, Doing::Live),
            _ => false,
        }
    }

    /// Ends a connection that does nothing for another of its own address.
    fn end_own(&mut self, address: IpAddr, now: Instant) -> bool {
        let first = self.addresses.get(&address).and_then(|found| found.places.first_key_value());
        let is_young = first.is_some_and(|(_, (_, from))| now.saturating_duration_since(*from) < YOUNG);
        !is_young && self.end(address, Doing::Nothing)
    }

    /// Ends the first connection of an address that does at most this.
    fn end(&mut self, address: IpAddr, most: Doing) -> bool {
        let first = self.addresses.get(&address).and_then(|found| found.places.first_key_value());
        let Some((&since, (ended, _))) = first.filter(|(since, _)| since.0 <= most) else { return false };
        ended.cancel();
        metrics::counter!("confab_connections_ended_total").increment(1);
        self.change(address, |found| drop(found.take(since)));
        true
    }

    /// Changes the connections of an address, and where it stands among the others.
    fn change<T>(&mut self, address: IpAddr, change: impl FnOnce(&mut Address) -> T) -> T {
        let found = self.addresses.entry(address).or_default();
        let before = found.places.len();
        if let Some((count, oldest)) = found.idle() {
            self.doing_nothing.remove(&(count, oldest, address));
        }
        self.greediest.remove(&(before, address));
        let changed = change(found);
        let after = found.places.len();
        if let Some((count, oldest)) = found.idle() {
            self.doing_nothing.insert((count, oldest, address));
        }
        match after {
            0 => drop(self.addresses.remove(&address)),
            _ => drop(self.greediest.insert((after, address))),
        }
        self.open = self.open + after - before;
        changed
    }
}

impl Address {
    fn put(&mut self, since: Since, place: (CancellationToken, Instant)) {
        self.doing_nothing += usize::from(since.0 == Doing::Nothing);
        self.places.insert(since, place);
    }

    fn take(&mut self, since: Since) -> Option<(CancellationToken, Instant)> {
        let taken = self.places.remove(&since)?;
        self.doing_nothing -= usize::from(since.0 == Doing::Nothing);
        Some(taken)
    }

    /// How many do nothing, and since when the oldest does.
    fn idle(&self) -> Option<(usize, Reverse<u64>)> {
        let (&(doing, change), _) = self.places.first_key_value()?;
        (doing == Doing::Nothing).then_some((self.doing_nothing, Reverse(change)))
    }
}

/// The place of one connection. It is free when this is dropped.
pub(crate) struct Place {
    connections: Connections,
    address: IpAddr,
    since: Mutex<Since>,
    ended: CancellationToken,
}

impl Place {
    /// Cancelled when the place is given to somebody else, or the connection has had its time.
    pub fn ended(&self) -> &CancellationToken {
        &self.ended
    }

    /// Ends the connection.
    pub fn end(&self) {
        self.ended.cancel();
    }

    /// Notes what the connection does now.
    pub fn does(&self, doing: Doing) {
        self.change(|_| Some(doing));
    }

    /// The same by what it did; `None` leaves it.
    fn change(&self, next: impl FnOnce(Doing) -> Option<Doing>) {
        let mut inner = self.connections.lock();
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(doing) = next(since.0) else { return };
        let now = inner.since(doing);
        inner.change(self.address, |found| {
            // It may have been ended meanwhile.
            if let Some((ended, _)) = found.take(*since) {
                found.put(now, (ended, Instant::now()));
            }
        });
        *since = now;
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        metrics::gauge!("confab_connections").decrement(1.0);
        let since = *self.since.get_mut().unwrap_or_else(PoisonError::into_inner);
        let mut inner = self.connections.lock();
        inner.change(self.address, |found| drop(found.take(since)));
    }
}

/// A request that is being answered: until this is dropped, with the last byte of the answer.
pub(crate) struct Answering(Arc<Place>);

impl Answering {
    pub fn begin(place: Arc<Place>) -> Self {
        place.does(Doing::Request);
        Self(place)
    }

    /// The body of the answer, which ends this.
    pub fn with(self, body: Body) -> Body {
        Body::new(Answer { body, _answering: self })
    }
}

impl Drop for Answering {
    fn drop(&mut self) {
        self.0.change(|doing| (doing == Doing::Request).then_some(Doing::Nothing));
    }
}

struct Answer {
    body: Body,
    _answering: Answering,
}

impl HttpBody for Answer {
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

    fn connections(most: usize, most_of_address: usize) -> Connections {
        let settings = Settings { connections: most, connections_of_address: most_of_address, ..Settings::default() };
        Connections::new(&settings)
    }

    fn address(last: u8) -> IpAddr {
        [10, 0, 0, last].into()
    }

    fn ended(places: &[Arc<Place>]) -> Vec<bool> {
        places.iter().map(|place| place.ended().is_cancelled()).collect()
    }

    /// A connection of an address whose others have done nothing for long enough.
    fn later(connections: &Connections, address: IpAddr, is_proxy: bool) -> Option<Arc<Place>> {
        connections.take_at(address, is_proxy, Instant::now() + YOUNG)
    }

    #[test]
    fn a_flood_from_one_address_is_closed_before_it_makes_work() {
        let connections = connections(4, 4);
        let many: Vec<_> = (0..4).map(|_| connections.take(address(1), false).unwrap()).collect();
        assert!((0..100).all(|_| connections.take(address(1), true).is_none()));
        assert_eq!(ended(&many), [false; 4]);
        // Not so a visitor from elsewhere, and not for ever.
        let _visitor = connections.take(address(2), false).unwrap();
        let _more = later(&connections, address(1), false).unwrap();
        assert_eq!(ended(&many), [true, true, false, false]);
    }

    #[test]
    fn whoever_has_most_that_do_nothing_loses_the_oldest() {
        let connections = connections(4, 4);
        let many: Vec<_> = (0..3).map(|_| connections.take(address(1), false).unwrap()).collect();
        let one = connections.take(address(2), false).unwrap();
        let visitor = connections.take(address(3), false).unwrap();
        assert_eq!(ended(&many), [true, false, false]);
        assert!(!one.ended().is_cancelled() && !visitor.ended().is_cancelled());
        let _more = later(&connections, address(1), false).unwrap();
        assert_eq!(ended(&many), [true, true, false], "its own, not somebody else's");
        assert!(!one.ended().is_cancelled() && !visitor.ended().is_cancelled());
    }

    #[test]
    fn requests_and_live_connections_lose_only_to_those_who_have_fewer() {
        let connections = connections(3, 3);
        let places: Vec<_> = (0..3).map(|_| connections.take(address(1), false).unwrap()).collect();
        places[0].does(Doing::Live);
        places[1].does(Doing::Request);
        let answering = Answering::begin(places[2].clone());
        assert!(connections.take(address(1), false).is_none(), "nobody does nothing");
        let visitor = connections.take(address(2), false).unwrap();
        assert_eq!(ended(&places), [false, true, false], "the older of two requests");
        drop(answering);
        let _other = connections.take(address(3), false).unwrap();
        assert_eq!(ended(&places), [false, true, false]);
        assert!(visitor.ended().is_cancelled(), "of two that do nothing the older one");
    }

    #[test]
    fn an_address_has_a_bound_of_its_own_unless_it_is_a_proxy() {
        let connections = connections(10, 2);
        let places: Vec<_> = (0..2).map(|_| connections.take(address(1), false).unwrap()).collect();
        let third = later(&connections, address(1), false).unwrap();
        assert_eq!(ended(&places), [true, false]);
        for place in [&places[1], &third] {
            place.does(Doing::Live);
        }
        assert!(connections.take(address(1), false).is_none());
        assert!(connections.take(address(1), true).is_some());
    }

    #[test]
    fn nothing_is_kept_of_what_has_ended() {
        let connections = connections(2, 2);
        let first = connections.take(address(1), false).unwrap();
        let _second = connections.take(address(1), false).unwrap();
        let _third = connections.take(address(2), false).unwrap();
        assert!(first.ended().is_cancelled());
        first.does(Doing::Request);
        drop(Answering::begin(first));
        assert_eq!(connections.lock().open, 2);
        drop((_second, _third));
        let inner = connections.lock();
        assert!(inner.open == 0 && inner.addresses.is_empty());
        assert!(inner.doing_nothing.is_empty() && inner.greediest.is_empty());
    }
}
