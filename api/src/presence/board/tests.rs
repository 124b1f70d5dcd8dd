//! The board with a clock of the test's own.

use std::time::Duration;

use super::*;

/// A board, one member, and a clock.
struct Scene {
    board: Board,
    ann: MemberId,
    sign_in_id: SignInId,
    now: Instant,
    /// The number of the last statement of any process.
    version: u64,
    /// And of each.
    versions: HashMap<u128, u64>,
}

impl Scene {
    fn new() -> Self {
        let (ann, sign_in_id, now) = (MemberId::mint(), SignInId::mint(), Instant::now());
        Self { board: Board::default(), ann, sign_in_id, now, version: 0, versions: HashMap::new() }
    }

    fn comes(&mut self, key: u64) {
        let connection = Some(Connection(key));
        let arrival = Arrival { key, sign_in_id: self.sign_in_id, connection, activity: Activity::Active };
        self.board.arrive(self.ann, arrival, self.now);
    }

    fn goes(&mut self, key: u64) {
        self.board.depart(self.ann, key, self.now);
    }

    fn after(&mut self, wait: Duration) -> Presence {
        self.now += wait;
        self.board.expire(self.now);
        self.board.presence(self.ann)
    }

    fn seen(&mut self) -> Presence {
        self.after(Duration::ZERO)
    }

    /// Another process says that it has the member, among all or alone.
    fn told(&mut self, process: u128, all: bool, activity: Option<Activity>) {
        let said = self.says(process, all, activity);
        self.board.hear(&said, self.now);
    }

    /// What it says; whether it is heard is another matter.
    fn says(&mut self, process: u128, all: bool, activity: Option<Activity>) -> Statement {
        self.version += 1;
        let after = self.versions.insert(process, self.version).unwrap_or(0);
        let process = Uuid::from_u128(process);
        let mut said = Statement { process, all, version: self.version, after, ..Statement::default() };
        if !all || activity.is_some() {
            said.name(self.ann, activity);
        }
        said
    }
}

const ALMOST: Duration = Duration::from_millis(2_900);

#[test]
fn who_comes_back_within_the_grace_was_not_away() {
    let mut scene = Scene::new();
    assert_eq!(scene.seen(), Presence::Offline);
    scene.comes(1);
    assert_eq!(scene.seen(), Presence::Active);
    scene.goes(1);
    assert_eq!(scene.after(ALMOST), Presence::Active);
    scene.comes(2);
    scene.goes(2);
    // The first grace is over, the second is not.
    assert_eq!(scene.after(ALMOST), Presence::Active);
    assert_eq!(scene.board.take_changed(), [scene.ann]);
    assert_eq!(scene.after(ALMOST), Presence::Offline);
    assert_eq!(scene.board.take_changed(), [scene.ann]);
    assert_eq!(scene.board.next_expiry(), None);
}

#[test]
fn the_most_active_connection_wins() {
    let mut scene = Scene::new();
    scene.comes(1);
    scene.comes(2);
    let (ann, now) = (scene.ann, scene.now);
    scene.board.set(ann, Whose::Connection(Connection(1)), Activity::Idle, now);
    assert_eq!(scene.seen(), Presence::Active);
    scene.board.set(ann, Whose::Connection(Connection(2)), Activity::Idle, now);
    assert_eq!(scene.seen(), Presence::Idle);
    scene.told(7, true, Some(Activity::Active));
    assert_eq!(scene.seen(), Presence::Active);
    scene.told(7, false, Some(Activity::Idle));
    assert_eq!(scene.seen(), Presence::Idle);
    let sign_in_id = scene.sign_in_id;
    scene.board.set(ann, Whose::SignIn(sign_in_id), Activity::Active, now);
    assert_eq!(scene.seen(), Presence::Active);
    scene.board.set(ann, Whose::SignIn(SignInId::mint()), Activity::Idle, now);
    assert_eq!(scene.seen(), Presence::Active);
}

#[test]
fn the_people_of_a_silent_process_are_gone_with_it() {
    let mut scene = Scene::new();
    scene.told(7, true, Some(Activity::Idle));
    assert_eq!(scene.seen(), Presence::Idle);
    scene.board.leave(Uuid::from_u128(7), Leaving::Silent);
    assert_eq!(scene.seen(), Presence::Offline);
    assert!(!scene.board.is_elsewhere(scene.ann));
}

#[test]
fn a_process_that_ends_leaves_a_grace() {
    let mut scene = Scene::new();
    scene.told(7, true, Some(Activity::Active));
    scene.board.leave(Uuid::from_u128(7), Leaving::Orderly(scene.now));
    assert_eq!(scene.after(ALMOST), Presence::Active);
    scene.told(8, true, Some(Activity::Active));
    assert_eq!(scene.after(ALMOST), Presence::Active);
    scene.told(8, false, None);
    assert_eq!(scene.after(GRACE), Presence::Offline);
}

#[test]
fn a_statement_that_was_missed_is_asked_for() {
    let (mut scene, seven) = (Scene::new(), Uuid::from_u128(7));
    scene.told(7, true, Some(Activity::Active));
    let missed = scene.says(7, false, Some(Activity::Idle));
    // The next one says so.
    let next = scene.says(7, false, None);
    scene.board.hear(&next, scene.now);
    assert!(scene.board.to_ask(scene.now).is_empty(), "the missed one may be on its way");
    scene.now += PACE;
    assert_eq!(scene.board.next_expiry(), Some(scene.now));
    assert_eq!(scene.board.to_ask(scene.now), [seven]);
    assert!(scene.board.to_ask(scene.now).is_empty(), "once");
    assert_eq!(scene.board.to_ask(scene.now + BEAT), [seven], "and again if nothing is answered");
    scene.told(7, true, Some(Activity::Idle));
    assert_eq!(scene.seen(), Presence::Idle);
    assert!(scene.board.to_ask(scene.now + 2 * BEAT).is_empty());
    // What comes late changes nothing.
    scene.board.hear(&missed, scene.now);
    assert_eq!(scene.seen(), Presence::Idle);
}

#[test]
fn a_beat_tells_who_missed_the_last_statement() {
    let (mut scene, seven) = (Scene::new(), Uuid::from_u128(7));
    scene.told(7, true, Some(Activity::Active));
    scene.board.expect(seven, scene.version, scene.now);
    assert_eq!(scene.board.next_expiry(), None, "nothing was missed");
    let late = scene.says(7, false, Some(Activity::Idle));
    scene.board.expect(seven, scene.version, scene.now);
    scene.board.hear(&late, scene.now);
    assert!(scene.board.to_ask(scene.now + BEAT).is_empty(), "it was only on its way");
    scene.says(7, false, None);
    scene.board.expect(seven, scene.version, scene.now);
    assert_eq!(scene.board.to_ask(scene.now + PACE), [seven]);
    // What it told after it looked counts; what it told before does not.
    scene.board.expect_nobody(seven, scene.version - 1, scene.now);
    assert!(scene.board.is_elsewhere(scene.ann));
    scene.board.expect_nobody(seven, scene.version, scene.now);
    assert_eq!(scene.after(GRACE), Presence::Offline);
    assert_eq!(scene.board.next_expiry(), None);
}

#[test]
fn whoever_is_missing_where_all_are_named_is_gone() {
    let mut scene = Scene::new();
    scene.told(7, true, Some(Activity::Active));
    scene.told(7, true, None);
    assert_eq!(scene.after(GRACE), Presence::Offline);
}

#[test]
fn what_changed_here_is_told_once() {
    let mut scene = Scene::new();
    let process = Uuid::from_u128(1);
    scene.comes(1);
    assert_eq!(scene.board.take_untold(process).active, [scene.ann]);
    assert!(scene.board.take_untold(process).is_empty());
    scene.goes(1);
    assert_eq!(scene.board.take_untold(process).gone, [scene.ann]);
    scene.comes(2);
    let all = scene.board.all(process);
    assert!(all.all && all.active == [scene.ann] && !scene.board.has_untold());
    // What others say is not ours to tell.
    scene.told(7, true, Some(Activity::Active));
    assert!(!scene.board.has_untold());
}
