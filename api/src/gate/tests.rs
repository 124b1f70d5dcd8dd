//! Tests of the gate: turns, bounds, and callers that go away.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::*;

const LIMITS: Limits =
    Limits { running: 4, running_of_owner: 2, waiting: 10, waiting_of_owner: 6, patience: Duration::from_secs(3_600) };

type Test = Gate<char>;

/// Waits as a task of its own; what is let in is told. The task is in the queue when this returns.
async fn queue(
    gate: &Test,
    owner: char,
    number: usize,
    told: &mpsc::Sender<(char, usize, Pass<char>)>,
) -> JoinHandle<()> {
    let before = gate.0.state().waiting;
    let (gate_too, told) = (gate.clone(), told.clone());
    let task = tokio::spawn(async move {
        let pass = gate_too.enter(owner).await.unwrap();
        let _ = told.send((owner, number, pass)).await;
    });
    while gate.0.state().waiting == before {
        tokio::task::yield_now().await;
    }
    task
}

fn is_empty(gate: &Test) -> bool {
    let state = gate.0.state();
    state.running == 0 && state.waiting == 0 && state.owners.is_empty() && state.turns.is_empty()
}

#[tokio::test]
async fn the_least_busy_is_the_one_with_the_least_under_way_and_waiting() {
    let (gate, (told, _passes)) = (Test::new("test", Limits { running: 3, ..LIMITS }), mpsc::channel(16));
    assert_eq!(gate.least_busy([]), None);
    let _of_a = (gate.wait('a').await, gate.wait('a').await);
    let _of_b = gate.wait('b').await;
    assert_eq!(gate.least_busy(['a', 'b']), Some('b'));
    let waiting = [queue(&gate, 'b', 0, &told).await, queue(&gate, 'b', 1, &told).await];
    assert_eq!(gate.least_busy(['a', 'b']), Some('a'));
    assert_eq!(gate.least_busy(['a', 'b', 'c']), Some('c'));
    waiting.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn one_request_of_another_goes_before_the_queue_of_a_crowd() {
    let limits = Limits { running: 1, running_of_owner: 1, ..LIMITS };
    let gate = Test::new("test", limits);
    let first = gate.enter('a').await.unwrap();
    let (told, mut let_in) = mpsc::channel(16);
    for number in 0..5 {
        queue(&gate, 'a', number, &told).await;
    }
    queue(&gate, 'b', 0, &told).await;
    queue(&gate, 'c', 0, &told).await;
    drop(first);
    let mut order = Vec::new();
    while order.len() < 7 {
        let (owner, number, pass) = let_in.recv().await.unwrap();
        order.push((owner, number));
        drop(pass);
    }
    // A waits first, then it is the others' turn before its second.
    assert_eq!(order, [('a', 0), ('b', 0), ('c', 0), ('a', 1), ('a', 2), ('a', 3), ('a', 4)]);
    assert!(is_empty(&gate));
}

#[tokio::test]
async fn whoever_has_less_under_way_goes_first() {
    let limits = Limits { running: 3, running_of_owner: 3, ..LIMITS };
    let gate = Test::new("test", limits);
    let mut of_a = Vec::new();
    for _ in 0..3 {
        of_a.push(gate.enter('a').await.unwrap());
    }
    let (told, mut let_in) = mpsc::channel(16);
    queue(&gate, 'a', 0, &told).await;
    queue(&gate, 'b', 0, &told).await;
    queue(&gate, 'b', 1, &told).await;
    drop(of_a.pop());
    let (owner, _, _of_b) = let_in.recv().await.unwrap();
    assert_eq!(owner, 'b');
    drop(of_a.pop());
    // One of each is under way now, and a was in the queue before b's second.
    assert_eq!(let_in.recv().await.unwrap().0, 'a');
}

#[tokio::test]
async fn an_owner_never_takes_all_places() {
    let gate = Test::new("test", LIMITS);
    let _two = (gate.enter('a').await.unwrap(), gate.enter('a').await.unwrap());
    let (told, mut let_in) = mpsc::channel(16);
    queue(&gate, 'a', 0, &told).await;
    // There are places left: not for a, but at once for others.
    let _others = (gate.enter('b').await.unwrap(), gate.enter('c').await.unwrap());
    assert!(let_in.try_recv().is_err());
}

#[tokio::test]
async fn what_waits_is_bounded_over_all_and_of_one() {
    let gate = Test::new("test", Limits { running: 1, running_of_owner: 1, ..LIMITS });
    let _held = gate.enter('a').await.unwrap();
    let (told, _let_in) = mpsc::channel(16);
    for number in 0..LIMITS.waiting_of_owner {
        queue(&gate, 'a', number, &told).await;
    }
    assert!(matches!(gate.enter('a').await, Err(Error::RateLimited { .. })));
    for number in LIMITS.waiting_of_owner..LIMITS.waiting {
        queue(&gate, 'b', number, &told).await;
    }
    assert!(matches!(gate.enter('b').await, Err(Error::Unavailable(_))));
}

#[tokio::test]
async fn what_was_done_already_waits_however_many_do_and_takes_its_turn() {
    let gate = Test::new("test", Limits { running: 1, running_of_owner: 1, patience: Duration::ZERO, ..LIMITS });
    let held = gate.enter('a').await.unwrap();
    let mut crowd: Vec<_> = (0..LIMITS.waiting + 1).map(|_| Box::pin(gate.wait('a'))).collect();
    for one in &mut crowd {
        assert!(futures_util::poll!(one).is_pending());
    }
    assert_eq!(gate.waiting_of('a'), LIMITS.waiting + 1);
    let mut other = Box::pin(gate.wait('b'));
    assert!(futures_util::poll!(&mut other).is_pending());
    drop(held);
    let first = crowd.remove(0).await;
    assert!(futures_util::poll!(&mut crowd[0]).is_pending());
    drop(first);
    drop(other.await);
    drop(crowd);
    assert!(is_empty(&gate));
}

#[tokio::test]
async fn whoever_goes_away_leaves_nothing_behind() {
    let gate = Test::new("test", Limits { running: 1, running_of_owner: 1, ..LIMITS });
    let held = gate.enter('a').await.unwrap();
    let (told, mut let_in) = mpsc::channel(16);
    let gone = queue(&gate, 'b', 0, &told).await;
    queue(&gate, 'c', 0, &told).await;
    gone.abort();
    assert!(gone.await.unwrap_err().is_cancelled());
    assert_eq!(gate.0.state().waiting, 1);
    drop(held);
    let (owner, _, pass) = let_in.recv().await.unwrap();
    assert_eq!(owner, 'c');
    drop(pass);
    assert!(is_empty(&gate));
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let gate = Test::new("test", Limits { running: 1, running_of_owner: 1, patience: Duration::ZERO, ..LIMITS });
    let held = gate.enter('a').await.unwrap();
    assert!(matches!(gate.enter('b').await, Err(Error::Unavailable(_))));
    assert_eq!(gate.0.state().waiting, 0);
    drop(held);
    assert!(is_empty(&gate));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_crowd_gets_through_and_never_more_at_once_than_the_limit() {
    let limits = Limits { waiting: 1_000, waiting_of_owner: 1_000, ..LIMITS };
    let gate = Test::new("test", limits);
    let most = Arc::new(Mutex::new((0_usize, 0_usize)));
    let mut tasks = Vec::new();
    for number in 0..400_u32 {
        let (gate, most) = (gate.clone(), most.clone());
        tasks.push(tokio::spawn(async move {
            let owner = ['a', 'b', 'c', 'd'][number as usize % 4];
            let pass = gate.enter(owner).await.unwrap();
            {
                let mut most = most.lock().unwrap();
                most.0 += 1;
                most.1 = most.1.max(most.0);
            }
            tokio::task::yield_now().await;
            most.lock().unwrap().0 -= 1;
            drop(pass);
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert!(most.lock().unwrap().1 <= LIMITS.running);
    assert!(is_empty(&gate));
}
