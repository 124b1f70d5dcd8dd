//! Tests of fairness, limits and abandoned callers.

use std::sync::Arc;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::*;

const LIMITS: Limits =
    Limits { running: 4, running_of_owner: 2, waiting: 10, waiting_of_owner: 6, timeout: Duration::from_secs(3_600) };

type Test = FairSemaphore<char>;

/// Waits in a separate task and sends the permit to `granted`. The task is in the queue when this returns.
async fn queue(
    semaphore: &Test,
    owner: char,
    number: usize,
    granted_sender: &mpsc::Sender<(char, usize, FairPermit<char>)>,
) -> JoinHandle<()> {
    let before = semaphore.0.state.lock().waiting;
    let (semaphore_clone, granted_sender) = (semaphore.clone(), granted_sender.clone());
    let task = tokio::spawn(async move {
        let pass = semaphore_clone.acquire(owner).await.unwrap();
        let _ = granted_sender.send((owner, number, pass)).await;
    });
    while semaphore.0.state.lock().waiting == before {
        tokio::task::yield_now().await;
    }
    task
}

fn is_empty(semaphore: &Test) -> bool {
    let state = semaphore.0.state.lock();
    state.running == 0 && state.waiting == 0 && state.owners.is_empty() && state.rotation.is_empty()
}

#[tokio::test]
async fn least_busy_counts_running_and_waiting() {
    let (semaphore, (granted_sender, _passes)) =
        (Test::new("test", Limits { running: 3, ..LIMITS }), mpsc::channel(16));
    assert_eq!(semaphore.least_busy([]), None);
    let _of_a = (semaphore.wait('a').await, semaphore.wait('a').await);
    let _of_b = semaphore.wait('b').await;
    assert_eq!(semaphore.least_busy(['a', 'b']), Some('b'));
    let waiting = [queue(&semaphore, 'b', 0, &granted_sender).await, queue(&semaphore, 'b', 1, &granted_sender).await];
    assert_eq!(semaphore.least_busy(['a', 'b']), Some('a'));
    assert_eq!(semaphore.least_busy(['a', 'b', 'c']), Some('c'));
    waiting.iter().for_each(JoinHandle::abort);
}

#[tokio::test]
async fn owners_take_turns() {
    let limits = Limits { running: 1, running_of_owner: 1, ..LIMITS };
    let semaphore = Test::new("test", limits);
    let first = semaphore.acquire('a').await.unwrap();
    let (granted_sender, mut granted) = mpsc::channel(16);
    for number in 0..5 {
        queue(&semaphore, 'a', number, &granted_sender).await;
    }
    queue(&semaphore, 'b', 0, &granted_sender).await;
    queue(&semaphore, 'c', 0, &granted_sender).await;
    drop(first);
    let mut order = Vec::new();
    while order.len() < 7 {
        let (owner, number, pass) = granted.recv().await.unwrap();
        order.push((owner, number));
        drop(pass);
    }
    // `a` waits first. The others follow before its second request.
    assert_eq!(order, [('a', 0), ('b', 0), ('c', 0), ('a', 1), ('a', 2), ('a', 3), ('a', 4)]);
    assert!(is_empty(&semaphore));
}

#[tokio::test]
async fn owners_with_fewer_permits_go_first() {
    let limits = Limits { running: 3, running_of_owner: 3, ..LIMITS };
    let semaphore = Test::new("test", limits);
    let mut of_a = Vec::new();
    for _ in 0..3 {
        of_a.push(semaphore.acquire('a').await.unwrap());
    }
    let (granted_sender, mut granted) = mpsc::channel(16);
    queue(&semaphore, 'a', 0, &granted_sender).await;
    queue(&semaphore, 'b', 0, &granted_sender).await;
    queue(&semaphore, 'b', 1, &granted_sender).await;
    drop(of_a.pop());
    let (owner, _, _of_b) = granted.recv().await.unwrap();
    assert_eq!(owner, 'b');
    drop(of_a.pop());
    // Each holds one permit now, and `a` was queued before the second of `b`.
    assert_eq!(granted.recv().await.unwrap().0, 'a');
}

#[tokio::test]
async fn an_owner_never_takes_all_permits() {
    let semaphore = Test::new("test", LIMITS);
    let _two = (semaphore.acquire('a').await.unwrap(), semaphore.acquire('a').await.unwrap());
    let (granted_sender, mut granted) = mpsc::channel(16);
    queue(&semaphore, 'a', 0, &granted_sender).await;
    // Permits are left: not for `a`, but for others without waiting.
    let _others = (semaphore.acquire('b').await.unwrap(), semaphore.acquire('c').await.unwrap());
    assert!(granted.try_recv().is_err());
}

#[tokio::test]
async fn queue_is_bounded_in_total_and_per_owner() {
    let semaphore = Test::new("test", Limits { running: 1, running_of_owner: 1, ..LIMITS });
    let _held = semaphore.acquire('a').await.unwrap();
    let (granted_sender, _let_in) = mpsc::channel(16);
    for number in 0..LIMITS.waiting_of_owner {
        queue(&semaphore, 'a', number, &granted_sender).await;
    }
    assert!(matches!(semaphore.acquire('a').await, Err(Error::RateLimited { .. })));
    for number in LIMITS.waiting_of_owner..LIMITS.waiting {
        queue(&semaphore, 'b', number, &granted_sender).await;
    }
    assert!(matches!(semaphore.acquire('b').await, Err(Error::Unavailable(_))));
}

#[tokio::test]
async fn wait_ignores_queue_limits_but_takes_turns() {
    let semaphore = Test::new("test", Limits { running: 1, running_of_owner: 1, timeout: Duration::ZERO, ..LIMITS });
    let permit = semaphore.acquire('a').await.unwrap();
    let mut crowd: Vec<_> = (0..LIMITS.waiting + 1).map(|_| Box::pin(semaphore.wait('a'))).collect();
    for one in &mut crowd {
        assert!(futures_util::poll!(one).is_pending());
    }
    assert_eq!(semaphore.waiting_of('a'), LIMITS.waiting + 1);
    let mut other = Box::pin(semaphore.wait('b'));
    assert!(futures_util::poll!(&mut other).is_pending());
    drop(permit);
    let first = crowd.remove(0).await;
    assert!(futures_util::poll!(&mut crowd[0]).is_pending());
    drop(first);
    drop(other.await);
    drop(crowd);
    assert!(is_empty(&semaphore));
}

#[tokio::test]
async fn abandoned_callers_leave_no_trace() {
    let semaphore = Test::new("test", Limits { running: 1, running_of_owner: 1, ..LIMITS });
    let permit = semaphore.acquire('a').await.unwrap();
    let (granted_sender, mut granted) = mpsc::channel(16);
    let abandoned = queue(&semaphore, 'b', 0, &granted_sender).await;
    queue(&semaphore, 'c', 0, &granted_sender).await;
    abandoned.abort();
    assert!(abandoned.await.unwrap_err().is_cancelled());
    assert_eq!(semaphore.0.state.lock().waiting, 1);
    drop(permit);
    let (owner, _, pass) = granted.recv().await.unwrap();
    assert_eq!(owner, 'c');
    drop(pass);
    assert!(is_empty(&semaphore));
}

#[tokio::test]
async fn acquire_times_out() {
    let semaphore = Test::new("test", Limits { running: 1, running_of_owner: 1, timeout: Duration::ZERO, ..LIMITS });
    let permit = semaphore.acquire('a').await.unwrap();
    assert!(matches!(semaphore.acquire('b').await, Err(Error::Unavailable(_))));
    assert_eq!(semaphore.0.state.lock().waiting, 0);
    drop(permit);
    assert!(is_empty(&semaphore));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn never_exceeds_the_limit_under_contention() {
    let limits = Limits { waiting: 1_000, waiting_of_owner: 1_000, ..LIMITS };
    let semaphore = Test::new("test", limits);
    let peak = Arc::new(Mutex::new((0_usize, 0_usize)));
    let mut tasks = Vec::new();
    for number in 0..400_u32 {
        let (semaphore, peak) = (semaphore.clone(), peak.clone());
        tasks.push(tokio::spawn(async move {
            let owner = ['a', 'b', 'c', 'd'][number as usize % 4];
            let pass = semaphore.acquire(owner).await.unwrap();
            {
                let mut peak = peak.lock();
                peak.0 += 1;
                peak.1 = peak.1.max(peak.0);
            }
            tokio::task::yield_now().await;
            peak.lock().0 -= 1;
            drop(pass);
        }));
    }
    for task in tasks {
        task.await.unwrap();
    }
    assert!(peak.lock().1 <= LIMITS.running);
    assert!(is_empty(&semaphore));
}
