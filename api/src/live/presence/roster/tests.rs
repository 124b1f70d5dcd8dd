//! Tests of the roster with a manual clock.

use std::time::Duration;

use super::*;

/// A roster, one member, and a clock.
struct Fixture {
    roster: Roster,
    member_id: MemberId,
    session_id: SessionId,
    now: Instant,
    /// Version of the last update of any process.
    version: u64,
    /// Version of the last update per process.
    versions: HashMap<u128, u64>,
}

impl Fixture {
    fn new() -> Self {
        let (member_id, session_id, now) = (MemberId::mint(), SessionId::mint(), Instant::now());
        Self { roster: Roster::default(), member_id, session_id, now, version: 0, versions: HashMap::new() }
    }

    fn connect(&mut self, key: u64) {
        let connection = Some(Connection(key));
        let arrival = LocalConnection { key, session_id: self.session_id, connection, activity: Activity::Active };
        self.roster.arrive(self.member_id, arrival, self.now);
    }

    fn disconnect(&mut self, key: u64) {
        self.roster.depart(self.member_id, key, self.now);
    }

    fn presence_after(&mut self, wait: Duration) -> Presence {
        self.now += wait;
        self.roster.expire(self.now);
        self.roster.presence(self.member_id)
    }

    fn presence(&mut self) -> Presence {
        self.presence_after(Duration::ZERO)
    }

    /// Applies an update of another process about the member.
    fn apply_update(&mut self, process: u128, all: bool, activity: Option<Activity>) {
        let update = self.update(process, all, activity);
        self.roster.receive(&update, self.now);
    }

    /// Creates an update of another process without applying it.
    fn update(&mut self, process: u128, all: bool, activity: Option<Activity>) -> PresenceUpdate {
        self.version += 1;
        let after = self.versions.insert(process, self.version).unwrap_or(0);
        let process = Uuid::from_u128(process);
        let mut update = PresenceUpdate { process, all, version: self.version, after, ..PresenceUpdate::default() };
        if !all || activity.is_some() {
            update.name(self.member_id, activity);
        }
        update
    }
}

const ALMOST_GRACE: Duration = Duration::from_millis(2_900);

#[test]
fn keeps_presence_during_the_grace_period() {
    let mut fixture = Fixture::new();
    assert_eq!(fixture.presence(), Presence::Offline);
    fixture.connect(1);
    assert_eq!(fixture.presence(), Presence::Active);
    fixture.disconnect(1);
    assert_eq!(fixture.presence_after(ALMOST_GRACE), Presence::Active);
    fixture.connect(2);
    fixture.disconnect(2);
    // The first grace period has ended, the second has not.
    assert_eq!(fixture.presence_after(ALMOST_GRACE), Presence::Active);
    assert_eq!(fixture.roster.take_changed(), [fixture.member_id]);
    assert_eq!(fixture.presence_after(ALMOST_GRACE), Presence::Offline);
    assert_eq!(fixture.roster.take_changed(), [fixture.member_id]);
    assert_eq!(fixture.roster.next_expiry(), None);
}

#[test]
fn shows_the_most_active_connection() {
    let mut fixture = Fixture::new();
    fixture.connect(1);
    fixture.connect(2);
    let (member_id, now) = (fixture.member_id, fixture.now);
    fixture.roster.set(member_id, ActivityScope::Connection(Connection(1)), Activity::Idle, now);
    assert_eq!(fixture.presence(), Presence::Active);
    fixture.roster.set(member_id, ActivityScope::Connection(Connection(2)), Activity::Idle, now);
    assert_eq!(fixture.presence(), Presence::Idle);
    fixture.apply_update(7, true, Some(Activity::Active));
    assert_eq!(fixture.presence(), Presence::Active);
    fixture.apply_update(7, false, Some(Activity::Idle));
    assert_eq!(fixture.presence(), Presence::Idle);
    let session_id = fixture.session_id;
    fixture.roster.set(member_id, ActivityScope::Session(session_id), Activity::Active, now);
    assert_eq!(fixture.presence(), Presence::Active);
    fixture.roster.set(member_id, ActivityScope::Session(SessionId::mint()), Activity::Idle, now);
    assert_eq!(fixture.presence(), Presence::Active);
}

#[test]
fn removes_members_of_a_timed_out_process_at_once() {
    let mut fixture = Fixture::new();
    fixture.apply_update(7, true, Some(Activity::Idle));
    assert_eq!(fixture.presence(), Presence::Idle);
    fixture.roster.leave(Uuid::from_u128(7), Departure::Silent);
    assert_eq!(fixture.presence(), Presence::Offline);
    assert!(!fixture.roster.is_on_other_process(fixture.member_id));
}

#[test]
fn grants_a_grace_period_after_an_orderly_departure() {
    let mut fixture = Fixture::new();
    fixture.apply_update(7, true, Some(Activity::Active));
    fixture.roster.leave(Uuid::from_u128(7), Departure::Orderly(fixture.now));
    assert_eq!(fixture.presence_after(ALMOST_GRACE), Presence::Active);
    fixture.apply_update(8, true, Some(Activity::Active));
    assert_eq!(fixture.presence_after(ALMOST_GRACE), Presence::Active);
    fixture.apply_update(8, false, None);
    assert_eq!(fixture.presence_after(DEPARTURE_GRACE), Presence::Offline);
}

#[test]
fn requests_a_full_update_after_a_missed_one() {
    let (mut fixture, seven) = (Fixture::new(), Uuid::from_u128(7));
    fixture.apply_update(7, true, Some(Activity::Active));
    let missed = fixture.update(7, false, Some(Activity::Idle));
    // The next update reveals the gap.
    let next = fixture.update(7, false, None);
    fixture.roster.receive(&next, fixture.now);
    assert!(fixture.roster.due_requests(fixture.now).is_empty(), "the missing update may still arrive");
    fixture.now += UPDATE_INTERVAL;
    assert_eq!(fixture.roster.next_expiry(), Some(fixture.now));
    assert_eq!(fixture.roster.due_requests(fixture.now), [seven]);
    assert!(fixture.roster.due_requests(fixture.now).is_empty(), "only once");
    assert_eq!(fixture.roster.due_requests(fixture.now + HEARTBEAT_INTERVAL), [seven], "again without an answer");
    fixture.apply_update(7, true, Some(Activity::Idle));
    assert_eq!(fixture.presence(), Presence::Idle);
    assert!(fixture.roster.due_requests(fixture.now + 2 * HEARTBEAT_INTERVAL).is_empty());
    // Late updates are ignored.
    fixture.roster.receive(&missed, fixture.now);
    assert_eq!(fixture.presence(), Presence::Idle);
}

#[test]
fn detects_a_missed_update_by_a_heartbeat() {
    let (mut fixture, seven) = (Fixture::new(), Uuid::from_u128(7));
    fixture.apply_update(7, true, Some(Activity::Active));
    fixture.roster.expect(seven, fixture.version, fixture.now);
    assert_eq!(fixture.roster.next_expiry(), None, "no update is missing");
    let late = fixture.update(7, false, Some(Activity::Idle));
    fixture.roster.expect(seven, fixture.version, fixture.now);
    fixture.roster.receive(&late, fixture.now);
    assert!(fixture.roster.due_requests(fixture.now + HEARTBEAT_INTERVAL).is_empty(), "the update arrived in time");
    fixture.update(7, false, None);
    fixture.roster.expect(seven, fixture.version, fixture.now);
    assert_eq!(fixture.roster.due_requests(fixture.now + UPDATE_INTERVAL), [seven]);
    // Only updates after the announced version count.
    fixture.roster.expect_absence(seven, fixture.version - 1, fixture.now);
    assert!(fixture.roster.is_on_other_process(fixture.member_id));
    fixture.roster.expect_absence(seven, fixture.version, fixture.now);
    assert_eq!(fixture.presence_after(DEPARTURE_GRACE), Presence::Offline);
    assert_eq!(fixture.roster.next_expiry(), None);
}

#[test]
fn removes_members_missing_from_a_full_update() {
    let mut fixture = Fixture::new();
    fixture.apply_update(7, true, Some(Activity::Active));
    fixture.apply_update(7, true, None);
    assert_eq!(fixture.presence_after(DEPARTURE_GRACE), Presence::Offline);
}

#[test]
fn publishes_local_changes_once() {
    let mut fixture = Fixture::new();
    let process = Uuid::from_u128(1);
    fixture.connect(1);
    assert_eq!(fixture.roster.take_unpublished(process).active, [fixture.member_id]);
    assert!(fixture.roster.take_unpublished(process).is_empty());
    fixture.disconnect(1);
    assert_eq!(fixture.roster.take_unpublished(process).gone, [fixture.member_id]);
    fixture.connect(2);
    let all = fixture.roster.all(process);
    assert!(all.all && all.active == [fixture.member_id] && !fixture.roster.has_unpublished());
    // Updates of other processes are not republished.
    fixture.apply_update(7, true, Some(Activity::Active));
    assert!(!fixture.roster.has_unpublished());
}
