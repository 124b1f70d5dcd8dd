//! The board with a clock of the test's own.

use std::time::Duration;

use super::*;

/// A board, one member, and a clock.
struct Scene {
    board: Board,
    ann: MemberId,
    sign_in_id: SignInId,
    now: Instant,
}

impl Scene {
    fn new() -> Self {
        Self { board: Board::default(), ann: MemberId::mint(), sign_in_id: SignInId::mint(), now: Instant::now() }
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
        let mut said = Statement { process: Uuid::from_u128(process), all, ..Statement::default() };
        if !all || activity.is_some() {
            said.name(self.ann, activity);
        }
        self.board.hear(&said, self.now);
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
    assert_eq!(scene.after(SILENCE - Duration::from_millis(1)), Presence::Idle);
    assert_eq!(scene.after(Duration::from_millis(1)), Presence::Offline);
    assert!(!scene.board.is_elsewhere(scene.ann));
}

#[test]
fn a_process_that_ends_leaves_a_grace() {
    let mut scene = Scene::new();
    scene.told(7, true, Some(Activity::Active));
    let last = Statement { process: Uuid::from_u128(7), ends: true, ..Statement::default() };
    scene.board.hear(&last, scene.now);
    assert_eq!(scene.after(ALMOST), Presence::Active);
    scene.told(8, false, Some(Activity::Active));
    assert_eq!(scene.after(ALMOST), Presence::Active);
    scene.told(8, false, None);
    assert_eq!(scene.after(GRACE), Presence::Offline);
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
