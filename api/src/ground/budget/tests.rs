//! Tests of budgets per subject and of fleets, with virtual time.

use super::*;
use crate::ground::error::Error;

fn payer(account: AccountId, address: &str) -> Payer {
    Payer::new(Some(account), address.parse().unwrap())
}

fn single_process() -> Arc<Budgets> {
    Budgets::new(&RateSettings::default(), true)
}

fn at(start: Instant, millis: u64) -> Instant {
    start + Duration::from_millis(millis)
}

/// Returns how many of `tries` messages are accepted.
fn messages(budgets: &Budgets, payer: &Payer, tries: usize, now: Instant) -> usize {
    let cost = f64::from(cost::mutation("sendMessage"));
    (0..tries).take_while(|_| budgets.try_charge_at(payer, Kind::Write, cost, now).is_ok()).count()
}

#[test]
fn account_budget_is_independent_of_the_ip_address() {
    let (budgets, now) = (single_process(), Instant::now());
    let (ann, ben) = (AccountId::mint(), AccountId::mint());
    assert_eq!(messages(&budgets, &payer(ann, "203.0.113.7"), 1_000, now), 300);
    assert_eq!(messages(&budgets, &payer(ann, "203.0.113.8"), 1_000, now), 0);
    assert_eq!(messages(&budgets, &payer(ben, "203.0.113.7"), 1_000, now), 300);
    let refused = budgets.try_charge_at(&payer(ann, "203.0.113.7"), Kind::Write, 60.0, now);
    let Err(Error::RateLimited { retry_after }) = refused else { panic!("{refused:?}") };
    // One second is required, jitter only adds to it.
    assert!((1_000..=1_250).contains(&retry_after.as_millis()), "{retry_after:?}");
    assert!(budgets.try_charge_at(&payer(ann, "203.0.113.7"), Kind::Write, 60.0, now + retry_after).is_ok());
}

#[test]
fn accounts_share_the_limit_of_their_ip_address_and_rejections_are_free() {
    let (budgets, now) = (single_process(), Instant::now());
    let address = "2001:db8::1";
    let sent: usize = (0..100).map(|_| messages(&budgets, &payer(AccountId::mint(), address), 100, now)).sum();
    assert_eq!(sent, 6_000);
    let ann = AccountId::mint();
    assert_eq!(messages(&budgets, &payer(ann, "2001:db8::ffff:2"), 100, now), 0);
    // The rejection was not charged to the account.
    assert_eq!(messages(&budgets, &payer(ann, "2001:db8:0:1::1"), 1_000, now), 300);
}

#[test]
fn charges_the_workspace_but_not_loopback() {
    let settings = RateSettings { workspace: 0.1, ..RateSettings::UNLIMITED };
    let (budgets, now, id) = (Budgets::new(&settings, true), Instant::now(), WorkspaceId::mint());
    let member = payer(AccountId::mint(), "127.0.0.1").with_workspaces(vec![id]);
    assert_eq!(messages(&budgets, &member, 5_000, now), 3_000);
    assert_eq!(messages(&budgets, &payer(AccountId::mint(), "127.0.0.1").with_workspaces(vec![id]), 5_000, now), 0);
    let local = Payer::for_address("127.0.0.1".parse().unwrap());
    assert_eq!(messages(&single_process(), &local, 100_000, now), 100_000);
}

#[test]
fn downloads_are_charged_afterwards() {
    let (budgets, account) = (single_process(), AccountId::mint());
    let payer = Payer::for_account(account);
    budgets.charge(&payer, Kind::Download, 5_000.0 * MIB);
    assert!(matches!(budgets.take(&payer, Kind::Download, 1.0), Err(Error::RateLimited { .. })));
    assert!(budgets.take(&payer, Kind::Read, 1.0).is_ok());
    let left = budgets.remaining(account);
    assert_eq!(left.iter().map(|left| left.kind).collect::<Vec<_>>(), Kind::VARIANTS);
    assert!(left[3].available.abs() < f64::EPSILON && left[1].available >= left[1].rate.capacity);
}

/// The guarantee of [`fleet`] relies on it.
#[test]
fn capacities_last_at_least_thirty_seconds() {
    for scope in Scope::VARIANTS {
        for rate in Kind::VARIANTS.iter().filter_map(|kind| scope.rate(*kind)) {
            assert!(rate.capacity >= 30.0 * rate.refill, "{scope:?}: {rate:?}");
        }
    }
}

/// Creates processes that know each other.
fn fleet(count: usize, start: Instant) -> Vec<Arc<Budgets>> {
    let fleet: Vec<_> = (0..count).map(|_| Budgets::new(&RateSettings::default(), false)).collect();
    for second in 0..3 {
        exchange_reports(&fleet, true, at(start, second * 1_000));
    }
    fleet
}

fn exchange_reports(fleet: &[Arc<Budgets>], is_connected: bool, now: Instant) {
    for (nth, one) in fleet.iter().enumerate() {
        let report = one.tick_at(is_connected, now);
        let others = fleet.iter().enumerate().filter(|(other, _)| *other != nth && is_connected);
        others.for_each(|(_, other)| other.receive_report_at(&report, now));
    }
}

/// Returns how many messages an account sends in ten seconds. `asks` selects the processes that it uses at each
/// tick.
fn sent_in_ten_seconds(
    fleet: &[Arc<Budgets>],
    start: Instant,
    connected: bool,
    selects: impl Fn(u64, usize) -> bool,
) -> usize {
    let payer = Payer::for_account(AccountId::mint());
    let mut sent = 0;
    for tick in 0..100 {
        let now = at(start, 3_000 + tick * 100);
        for (nth, one) in fleet.iter().enumerate() {
            if selects(tick, nth) {
                sent += messages(one, &payer, 1_000, now);
            }
        }
        if tick % 10 == 9 {
            exchange_reports(fleet, connected, now);
        }
    }
    sent
}

#[test]
fn a_fleet_grants_at_most_a_quarter_more_than_one_process() {
    let limit = (3_000.0 + 10.0 * 60.0) / f64::from(cost::mutation("sendMessage"));
    for count in 2..=8_usize {
        let start = Instant::now();
        let all = |_, _| true;
        let in_turn = |tick, nth| (tick / 10) as usize % count == nth;
        let first_alone = |tick, nth| nth == 0 || tick >= 50;
        let patterns: [&dyn Fn(u64, usize) -> bool; 3] = [&all, &in_turn, &first_alone];
        for (number, pattern) in patterns.into_iter().enumerate() {
            for connected in [true, false] {
                let sent = sent_in_ten_seconds(&fleet(count, start), start, connected, pattern) as f64;
                assert!(sent <= 1.25 * limit, "{sent} by {count} processes, pattern {number}, bus {connected}");
                // A caller of all processes gets the full rate, also while the bus is unavailable.
                assert!(number != 0 || sent >= 0.8 * limit, "only {sent} by {count} processes, bus {connected}");
            }
        }
    }
}

#[test]
fn an_active_process_refills_at_the_full_rate() {
    let start = Instant::now();
    let fleet = fleet(3, start);
    let only_first = |_: u64, nth: usize| nth == 0;
    // A third of the capacity, then the full rate.
    let sent = sent_in_ten_seconds(&fleet, start, true, only_first);
    assert!((155..=160).contains(&sent), "{sent}");
}
