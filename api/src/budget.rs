//! Budgets: how much one account, one client address and one workspace may use of the server.
//!
//! Token buckets by cost: reading (complexity), writing (units), uploads and downloads (bytes). Promises: a refusal
//! takes nothing from any budget and says when to come back; memory is bounded, whoever asks; in a fleet the processes
//! together give little more than one alone. It knows no GraphQL, no bus and no documents: what things cost stands in
//! [`cost`], who asks is told to it.

pub mod bucket;
pub mod cost;
pub mod fleet;
pub mod table;

use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::config::RateSettings;
use crate::error::{Error, Result};
use crate::id::{AccountId, WorkspaceId};
use crate::network;
use bucket::Rate;
use fleet::{Fleet, Statement};
use table::{KEYS_MAX, KINDS, Table};

/// What a budget is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// What documents cost: complexity.
    Read,
    /// What mutations cost: units.
    Write,
    /// Bytes that come in.
    Upload,
    /// Bytes that go out.
    Download,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; KINDS] = [Self::Read, Self::Write, Self::Upload, Self::Download];

    fn name(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Upload => "upload",
            Self::Download => "download",
        }
    }
}

/// Whose budget it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Account,
    Address,
    Workspace,
}

const MIB: f64 = 1024.0 * 1024.0;

impl Scope {
    const ALL: [Self; 3] = [Self::Account, Self::Address, Self::Workspace];

    fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Address => "address",
            Self::Workspace => "workspace",
        }
    }

    /// What it may use, before the operator's factor. A capacity is what comes in thirty seconds or more: on that
    /// rests what [`fleet`] promises. An office may sit behind one address. Nothing of a workspace is counted in
    /// bytes: it has a quota.
    fn rate(self, kind: Kind) -> Option<Rate> {
        let rate = match (self, kind) {
            (Self::Account, Kind::Read) => Rate::new(500_000.0, 10_000.0),
            (Self::Account, Kind::Write) => Rate::new(3_000.0, 60.0),
            (Self::Account, Kind::Upload) => Rate::new(2_048.0 * MIB, 16.0 * MIB),
            (Self::Account, Kind::Download) => Rate::new(4_096.0 * MIB, 32.0 * MIB),
            (Self::Address, Kind::Read) => Rate::new(10_000_000.0, 200_000.0),
            (Self::Address, Kind::Write) => Rate::new(60_000.0, 1_200.0),
            (Self::Address, Kind::Upload) => Rate::new(16_384.0 * MIB, 256.0 * MIB),
            (Self::Address, Kind::Download) => Rate::new(32_768.0 * MIB, 512.0 * MIB),
            (Self::Workspace, Kind::Read) => Rate::new(20_000_000.0, 400_000.0),
            (Self::Workspace, Kind::Write) => Rate::new(300_000.0, 6_000.0),
            (Self::Workspace, Kind::Upload | Kind::Download) => return None,
        };
        Some(rate)
    }
}

/// By whom turns are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// Somebody who has signed in.
    Account(AccountId),
    /// Anybody else, by [`network::client`].
    Address(IpAddr),
    /// What the server does for nobody in particular.
    Server,
}

/// All who pay for one operation.
#[derive(Debug, Clone, Default)]
pub struct Payer {
    account: Option<AccountId>,
    address: Option<IpAddr>,
    workspaces: Vec<WorkspaceId>,
}

impl Payer {
    /// An account, if it is known, and the address that it comes from. This machine pays nothing as an address, so
    /// that a proxy on it that names no others does not make all of them one.
    pub fn new(account: Option<AccountId>, address: IpAddr) -> Self {
        let address = Some(network::client(address)).filter(|address| !address.is_loopback());
        Self { account, address, workspaces: Vec::new() }
    }

    /// An account alone.
    pub fn of_account(account: AccountId) -> Self {
        Self { account: Some(account), ..Self::default() }
    }

    /// An address alone.
    pub fn of_address(address: IpAddr) -> Self {
        Self::new(None, address)
    }

    /// The same with workspaces of which the account is a member.
    #[must_use]
    pub fn with(self, workspaces: Vec<WorkspaceId>) -> Self {
        Self { workspaces, ..self }
    }

    fn keys(&self) -> impl Iterator<Item = (Scope, u128)> {
        let account = self.account.map(|id| (Scope::Account, id.0.as_u128()));
        let address = self.address.map(|address| (Scope::Address, bits(address)));
        let workspaces = self.workspaces.iter().map(|id| (Scope::Workspace, id.0.as_u128()));
        account.into_iter().chain(workspaces).chain(address)
    }
}

fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => four.to_ipv6_mapped().to_bits(),
        IpAddr::V6(six) => six.to_bits(),
    }
}

/// What is left of a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Left {
    pub kind: Kind,
    /// What this process gives at most, and in a second.
    pub rate: Rate,
    /// Nothing while a debt is paid.
    pub available: f64,
}

/// The budgets of all callers.
#[derive(Debug)]
pub struct Budgets {
    rates: [[Option<Rate>; KINDS]; 3],
    tables: [Mutex<Table>; 3],
    fleet: Mutex<Fleet>,
}

impl Budgets {
    /// Full ones. `is_alone`: there are no other processes.
    pub fn new(settings: &RateSettings, is_alone: bool) -> Arc<Self> {
        let rates = Scope::ALL.map(|scope| {
            let factor = match scope {
                Scope::Account => settings.account,
                Scope::Address => settings.address,
                Scope::Workspace => settings.workspace,
            };
            Kind::ALL.map(|kind| scope.rate(kind).map(|rate| rate.times(factor)))
        });
        let tables = std::array::from_fn(|_| Mutex::new(Table::new(KEYS_MAX)));
        let fleet = Mutex::new(Fleet::new(Uuid::from_u128(rand::random()), is_alone));
        Arc::new(Self { rates, tables, fleet })
    }

    /// Takes a cost from the budgets of all who pay, or from none.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with when there is enough again.
    pub fn take(&self, payer: &Payer, kind: Kind, cost: f64) -> Result<()> {
        self.take_at(payer, kind, cost, Instant::now())
    }

    fn take_at(&self, payer: &Payer, kind: Kind, cost: f64, now: Instant) -> Result<()> {
        for (nth, key) in payer.keys().enumerate() {
            let taken = self.change(key, kind, now, |bucket, rate| bucket.take(cost, rate, now).map(|()| cost));
            if let Err(wait) = taken {
                for paid in payer.keys().take(nth) {
                    let refunded = self.change(paid, kind, now, |bucket, rate| {
                        bucket.refund(cost, rate, now);
                        Ok(-cost)
                    });
                    debug_assert!(refunded.is_ok());
                }
                return Err(refused(key.0, kind, wait));
            }
        }
        Ok(())
    }

    /// Charges what was used already: what is missing is a debt.
    pub fn charge(&self, payer: &Payer, kind: Kind, cost: f64) {
        let now = Instant::now();
        for key in payer.keys() {
            let charged = self.change(key, kind, now, |bucket, rate| {
                bucket.charge(cost, rate, now);
                Ok(cost)
            });
            debug_assert!(charged.is_ok());
        }
    }

    /// What is left to an account.
    pub fn left(&self, account: AccountId) -> Vec<Left> {
        let (now, id) = (Instant::now(), account.0.as_u128());
        let rate_of = |kind, others| self.share(Scope::Account, kind, others);
        let table = lock(&self.tables[Scope::Account as usize]);
        let left = |kind: Kind| {
            let (available, rate) = table.available(id, kind as usize, &rate_of, now);
            Left { kind, rate, available: available.max(0.0) }
        };
        Kind::ALL.map(left).into()
    }

    /// Another process has told what was used there.
    pub fn hear(&self, bytes: &[u8]) {
        self.hear_at(bytes, Instant::now());
    }

    fn hear_at(&self, bytes: &[u8], now: Instant) {
        let Some(said) = Statement::decode(bytes) else { return };
        if !lock(&self.fleet).hear(said.process, now) {
            return;
        }
        for (scope, kind, id, used) in said.uses {
            let Some(scope) = Scope::ALL.get(usize::from(scope)).copied() else { continue };
            let rate_of = |kind, others| self.share(scope, kind, others);
            if usize::from(kind) < KINDS && used.is_finite() {
                lock(&self.tables[scope as usize]).hear(id.as_u128(), usize::from(kind), used, &rate_of, now);
            }
        }
    }

    /// Once a second in a fleet: answers what the other processes are told. `is_connected`: they are heard now.
    pub fn turn(&self, is_connected: bool) -> Vec<u8> {
        self.turn_at(is_connected, Instant::now())
    }

    fn turn_at(&self, is_connected: bool, now: Instant) -> Vec<u8> {
        let process = {
            let mut fleet = lock(&self.fleet);
            fleet.turn(is_connected, now);
            fleet.process
        };
        let mut uses = Vec::new();
        for (scope, number) in Scope::ALL.into_iter().zip(0_u8..) {
            let rate_of = |kind, others| self.share(scope, kind, others);
            for (id, kind, used) in lock(&self.tables[scope as usize]).turn(&rate_of, now) {
                let part = self.rates[scope as usize][kind].map_or(0.0, |rate| used / rate.refill);
                uses.push((part, (number, u8::try_from(kind).unwrap_or(u8::MAX), Uuid::from_u128(id), used)));
            }
        }
        Statement::new(process, uses).encode()
    }

    /// Lets go of callers who have used nothing of late.
    pub fn sweep(&self) {
        let now = Instant::now();
        for scope in Scope::ALL {
            let rate_of = |kind, others| self.share(scope, kind, others);
            let mut table = lock(&self.tables[scope as usize]);
            table.sweep(&rate_of, now);
            metrics::gauge!("confab_budget_callers", "scope" => scope.name()).set(table.callers() as f64);
        }
    }

    fn change(
        &self,
        (scope, id): (Scope, u128),
        kind: Kind,
        now: Instant,
        change: impl FnOnce(&mut bucket::Bucket, Rate) -> Result<f64, Duration>,
    ) -> Result<(), Duration> {
        if self.rates[scope as usize][kind as usize].is_none() {
            return Ok(());
        }
        let rate_of = |kind, others| self.share(scope, kind, others);
        lock(&self.tables[scope as usize]).change(id, kind as usize, &rate_of, now, change)
    }

    /// What this process gives of a rate. What is never counted has a bucket that stays full.
    fn share(&self, scope: Scope, kind: usize, others: f64) -> Rate {
        let rate = self.rates[scope as usize].get(kind).copied().flatten();
        rate.map_or(Rate::new(0.0, 0.0), |rate| lock(&self.fleet).share(rate, others))
    }
}

fn refused(scope: Scope, kind: Kind, wait: Duration) -> Error {
    metrics::counter!("confab_budget_refusals_total", "scope" => scope.name(), "budget" => kind.name()).increment(1);
    // Those who are refused together do not come back together.
    Error::RateLimited { retry_after: wait.mul_f64(1.0 + rand::random::<f64>() / 4.0) }
}

/// A panic while counting leaves the numbers whole.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
