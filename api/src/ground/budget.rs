//! Budgets: rate limits per account, client IP address and workspace.
//!
//! Token buckets charged by cost: reads (complexity), writes (units), uploads and downloads (bytes). A rejected
//! operation is charged to no budget, and the error says when to retry. Memory is bounded. In a fleet, all
//! processes together grant little more than a single one. Costs are defined in [`cost`].

pub mod bucket;
pub mod cost;
pub mod fleet;
pub mod table;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use strum::{EnumCount, IntoStaticStr, VariantArray};
use uuid::Uuid;

use crate::ground::config::RateSettings;
use crate::ground::error::{Error, Result};
use crate::ground::id::{AccountId, WorkspaceId};
use crate::ground::mutex::Mutex;
use crate::ground::network;
use bucket::Rate;
use fleet::{Fleet, UsageReport};
use table::{KINDS, MAX_CALLERS, Table};

/// The kind of a budget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumCount, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// Reads, in units of complexity.
    Read,
    /// Mutations, in units of their own.
    Write,
    /// Uploaded bytes.
    Upload,
    /// Downloaded bytes.
    Download,
}

const _: () = assert!(Kind::COUNT == KINDS);

/// The subject that a budget belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, EnumCount, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "snake_case")]
enum Scope {
    Account,
    Address,
    Workspace,
}

const MIB: f64 = 1024.0 * 1024.0;

impl Scope {
    /// The rate before the factor set by the operator. Capacities last for 30 seconds or more, which the
    /// guarantee of [`fleet`] relies on. IP addresses get more than accounts, since an office may share one.
    /// Workspaces have no byte budgets, because storage quotas limit them.
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

/// The owner of permits and pending responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Owner {
    /// A signed-in account.
    Account(AccountId),
    /// An unauthenticated client, grouped by [`network::client`].
    Address(IpAddr),
    /// Work of the server itself.
    Server,
}

/// The budgets that an operation is charged to.
#[derive(Debug, Clone, Default)]
pub struct Payer {
    account: Option<AccountId>,
    address: Option<IpAddr>,
    workspaces: Vec<WorkspaceId>,
}

impl Payer {
    /// Charges an account, if known, and its IP address. Loopback is not charged, so that clients behind a
    /// local proxy without `X-Forwarded-For` do not share a budget.
    pub fn new(account: Option<AccountId>, address: IpAddr) -> Self {
        let address = Some(network::client(address)).filter(|address| !address.is_loopback());
        Self { account, address, workspaces: Vec::new() }
    }

    /// Charges only an account.
    pub fn for_account(account: AccountId) -> Self {
        Self { account: Some(account), ..Self::default() }
    }

    /// Charges only an IP address.
    pub fn for_address(address: IpAddr) -> Self {
        Self::new(None, address)
    }

    /// Adds workspaces of which the account is a member.
    #[must_use]
    pub fn with_workspaces(self, workspaces: Vec<WorkspaceId>) -> Self {
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

/// The remaining amount of a budget.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RemainingBudget {
    pub kind: Kind,
    /// Capacity and refill rate in this process.
    pub rate: Rate,
    /// The available amount. 0 while a debt is paid off.
    pub available: f64,
}

/// The budgets of all callers.
#[derive(Debug)]
pub struct Budgets {
    rates: [[Option<Rate>; KINDS]; Scope::COUNT],
    tables: [Mutex<Table>; Scope::COUNT],
    fleet: Mutex<Fleet>,
}

impl Budgets {
    /// Creates full budgets. `is_alone`: there are no other processes.
    pub fn new(settings: &RateSettings, is_single_process: bool) -> Arc<Self> {
        let rates = std::array::from_fn(|scope| {
            let scope = Scope::VARIANTS[scope];
            let factor = match scope {
                Scope::Account => settings.account,
                Scope::Address => settings.address,
                Scope::Workspace => settings.workspace,
            };
            std::array::from_fn(|kind| scope.rate(Kind::VARIANTS[kind]).map(|rate| rate.times(factor)))
        });
        let tables = std::array::from_fn(|_| Mutex::new(Table::new(MAX_CALLERS)));
        let fleet = Mutex::new(Fleet::new(Uuid::from_u128(rand::random()), is_single_process));
        Arc::new(Self { rates, tables, fleet })
    }

    /// Charges a cost to all budgets of the payer, or to none.
    ///
    /// # Errors
    /// `RATE_LIMITED`, with the time until enough is available.
    pub fn take(&self, payer: &Payer, kind: Kind, cost: f64) -> Result<()> {
        self.try_charge_at(payer, kind, cost, Instant::now())
    }

    fn try_charge_at(&self, payer: &Payer, kind: Kind, cost: f64, now: Instant) -> Result<()> {
        for (nth, key) in payer.keys().enumerate() {
            let charged = self.change(key, kind, now, |bucket, rate| bucket.take(cost, rate, now).map(|()| cost));
            if let Err(wait) = charged {
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

    /// Charges a cost that has already been incurred. A shortfall becomes a debt.
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

    /// Returns the remaining budgets of an account.
    pub fn remaining(&self, account: AccountId) -> Vec<RemainingBudget> {
        let (now, id) = (Instant::now(), account.0.as_u128());
        let rate_of = |kind, others| self.share(Scope::Account, kind, others);
        let table = self.tables[Scope::Account as usize].lock();
        let balance = |kind: &Kind| {
            let (available, rate) = table.available(id, *kind as usize, &rate_of, now);
            RemainingBudget { kind: *kind, rate, available: available.max(0.0) }
        };
        Kind::VARIANTS.iter().map(balance).collect()
    }

    /// Receives a usage report of another process.
    pub fn receive_report(&self, bytes: &[u8]) {
        self.receive_report_at(bytes, Instant::now());
    }

    fn receive_report_at(&self, bytes: &[u8], now: Instant) {
        let Some(report) = UsageReport::decode(bytes) else { return };
        if !self.fleet.lock().record_report(report.process, now) {
            return;
        }
        for (scope, kind, id, used) in report.uses {
            let Some(scope) = Scope::VARIANTS.get(usize::from(scope)).copied() else { continue };
            let rate_of = |kind, others| self.share(scope, kind, others);
            if usize::from(kind) < KINDS && used.is_finite() {
                self.tables[scope as usize].lock().record_usage(id.as_u128(), usize::from(kind), used, &rate_of, now);
            }
        }
    }

    /// Starts the next second in a fleet. Returns the usage report for the other processes. `is_connected`:
    /// whether the bus is connected.
    pub fn tick(&self, is_connected: bool) -> Vec<u8> {
        self.tick_at(is_connected, Instant::now())
    }

    fn tick_at(&self, is_connected: bool, now: Instant) -> Vec<u8> {
        let process = {
            let mut fleet = self.fleet.lock();
            fleet.tick(is_connected, now);
            fleet.process
        };
        let mut uses = Vec::new();
        for (&scope, number) in Scope::VARIANTS.iter().zip(0_u8..) {
            let rate_of = |kind, others| self.share(scope, kind, others);
            for (id, kind, used) in self.tables[scope as usize].lock().tick(&rate_of, now) {
                let part = self.rates[scope as usize][kind].map_or(0.0, |rate| used / rate.refill);
                uses.push((part, (number, u8::try_from(kind).unwrap_or(u8::MAX), Uuid::from_u128(id), used)));
            }
        }
        UsageReport::new(process, uses).encode()
    }

    /// Evicts callers with full budgets.
    pub fn sweep(&self) {
        let now = Instant::now();
        for &scope in Scope::VARIANTS {
            let rate_of = |kind, others| self.share(scope, kind, others);
            let mut table = self.tables[scope as usize].lock();
            table.sweep(&rate_of, now);
            metrics::gauge!("confab_budget_callers", "scope" => <&str>::from(scope)).set(table.callers() as f64);
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
        self.tables[scope as usize].lock().change(id, kind as usize, &rate_of, now, change)
    }

    /// Returns the share of this process in a rate. Kinds without a rate get a bucket that is always full.
    fn share(&self, scope: Scope, kind: usize, others: f64) -> Rate {
        let rate = self.rates[scope as usize].get(kind).copied().flatten();
        rate.map_or(Rate::new(0.0, 0.0), |rate| self.fleet.lock().share(rate, others))
    }
}

fn refused(scope: Scope, kind: Kind, wait: Duration) -> Error {
    let labels = [("scope", <&str>::from(scope)), ("budget", kind.into())];
    metrics::counter!("confab_budget_refusals_total", &labels).increment(1);
    // Jitter spreads the retries of callers that are rejected at the same time.
    Error::RateLimited { retry_after: wait.mul_f64(1.0 + rand::random::<f64>() / 4.0) }
}

#[cfg(test)]
mod tests;
