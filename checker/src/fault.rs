//! The faults, with unique names. A fault lasts until the cluster is healed.

use std::time::Duration;

use link::Mode;
use rand::RngExt;
use rand::rngs::StdRng;
use rustix::process::Signal;

use crate::Result;
use crate::clock;
use crate::cluster::{Cluster, PoweredOff};
use crate::fleet::{Fleet, NODE_COUNT, PROCESS_COUNT};

/// A fault that can be injected into a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Fault {
    /// SIGKILL to one Confab process.
    Kill,
    /// SIGKILL to all processes at once.
    KillAll,
    /// SIGSTOP to one process.
    Freeze,
    /// SIGTERM to one process.
    Terminate,
    /// SIGTERM to each process in turn, under load.
    RollingRestart,
    /// One process restarts with monotonic clocks one day ahead.
    ClockJump,
    /// One process restarts with a wall clock that is hours or weeks off.
    ClockSkew,
    /// One process loses both Postgres and NATS.
    CutOff,
    PostgresStop,
    PostgresFreeze,
    BackendsTerminated,
    RowLocked,
    TableLocked,
    ConnectionsExhausted,
    CommitsRefused,
    StatementsRefused,
    PostgresCut,
    PostgresSlow,
    PostgresNoAnswers,
    PostgresNoRequests,
    PostgresForgotten,
    PostgresReset,
    NatsKill,
    NatsWipe,
    NatsFreeze,
    NatsDown,
    JetstreamWiped,
    NatsCut,
    NatsSlow,
    NatsNoAnswers,
    NatsNoRequests,
    NatsReset,
    DiskFull,
    NatsDiskFull,
    PowerCut,
    NatsPowerCut,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = clap::ValueEnum::to_possible_value(self);
        f.write_str(value.as_ref().map_or("?", |value| value.get_name()))
    }
}

impl Fault {
    /// Whether the fault applies to a single embedded process.
    pub fn supports_embedded(self) -> bool {
        matches!(
            self,
            Self::Kill
                | Self::Terminate
                | Self::Freeze
                | Self::ClockJump
                | Self::ClockSkew
                | Self::DiskFull
                | Self::PowerCut
        )
    }

    /// The missing requirement, if any.
    pub async fn missing_requirement(self, cluster: &Cluster) -> Option<&'static str> {
        if cluster.fleet.is_none() && !self.supports_embedded() {
            return Some("a fleet");
        }
        let volume = "a separate file system (root, loop devices, mkfs.ext4, python3)";
        match self {
            Self::DiskFull | Self::PowerCut => cluster.volume.is_none().then_some(volume),
            Self::NatsDiskFull | Self::NatsPowerCut => {
                cluster.fleet.as_ref().is_none_or(|fleet| fleet.volume.is_none()).then_some(volume)
            }
            Self::ClockJump => {
                (!clock::can_start(&clock::jump_prefix()).await).then_some("a time namespace (unshare --time)")
            }
            Self::ClockSkew => {
                let is_skewed = clock::is_skewed(&clock::skew_prefix(0).unwrap_or_default()).await;
                (!is_skewed).then_some("the library of the Debian package libfaketime")
            }
            _ => None,
        }
    }

    /// Injects the fault.
    ///
    /// # Errors
    /// The fault cannot be injected. Heal the cluster in any case.
    pub async fn inject(self, cluster: &mut Cluster, random: &mut StdRng) -> Result<()> {
        match self {
            Self::Kill
            | Self::KillAll
            | Self::Freeze
            | Self::Terminate
            | Self::RollingRestart
            | Self::ClockJump
            | Self::ClockSkew => self.inject_into_process(cluster, random).await,
            Self::DiskFull | Self::NatsDiskFull | Self::PowerCut | Self::NatsPowerCut => {
                self.inject_into_volumes(cluster).await
            }
            _ => match &mut cluster.fleet {
                Some(fleet) => self.inject_into_fleet(fleet, random).await,
                None => Ok(()),
            },
        }
    }

    async fn inject_into_fleet(self, fleet: &mut Fleet, random: &mut StdRng) -> Result<()> {
        match self {
            Self::PostgresStop
            | Self::PostgresFreeze
            | Self::BackendsTerminated
            | Self::RowLocked
            | Self::TableLocked
            | Self::ConnectionsExhausted
            | Self::CommitsRefused
            | Self::StatementsRefused => self.inject_into_postgres(fleet).await,
            Self::NatsKill | Self::NatsWipe | Self::NatsFreeze | Self::NatsDown | Self::JetstreamWiped => {
                self.inject_into_nats(fleet, random).await
            }
            _ => {
                self.inject_into_links(fleet, random);
                Ok(())
            }
        }
    }

    async fn inject_into_process(self, cluster: &mut Cluster, random: &mut StdRng) -> Result<()> {
        let one = random.random_range(0..cluster.processes.len());
        let jump = clock::jump_prefix();
        let skew_prefix = clock::skew_prefix(random.random_range(0..usize::MAX)).unwrap_or_default();
        for (number, process) in cluster.processes.iter_mut().enumerate() {
            match self {
                Self::KillAll => process.kill().await,
                Self::RollingRestart => {
                    process.stop().await;
                    process.start().await?;
                }
                _ if number != one => {}
                Self::Kill => process.kill().await,
                Self::Freeze => process.signal(Signal::STOP),
                Self::Terminate => process.stop().await,
                Self::ClockJump | Self::ClockSkew => {
                    process.kill().await;
                    process.start_with_prefix(if self == Self::ClockSkew { &skew_prefix } else { &jump }).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn inject_into_postgres(self, fleet: &mut Fleet) -> Result<()> {
        let postgres = &fleet.postgres;
        let ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'confab'";
        match self {
            Self::PostgresStop => postgres.stop().await,
            Self::PostgresFreeze => postgres.signal(Signal::STOP),
            Self::BackendsTerminated => {
                for _ in 0..20 {
                    postgres.execute_in_confab(ours).await?;
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            Self::RowLocked => {
                let sql = "BEGIN; SELECT 1 FROM log FOR UPDATE; SELECT pg_sleep(60)";
                fleet.sessions.push(postgres.session(sql)?);
            }
            Self::TableLocked => {
                let sql = "BEGIN; LOCK TABLE log, event; SELECT pg_sleep(60)";
                fleet.sessions.push(postgres.session(sql)?);
            }
            Self::ConnectionsExhausted => {
                postgres.execute_in_confab(&format!("ALTER ROLE confab CONNECTION LIMIT 4; {ours}")).await?;
            }
            Self::CommitsRefused => drop(postgres.execute_in_confab("UPDATE chaos SET at_commit = 0.3").await?),
            _ => drop(postgres.execute_in_confab("UPDATE chaos SET at_insert = 0.3").await?),
        }
        Ok(())
    }

    /// Affects the links of one process or of all, with equal probability. Only one process is cut off completely.
    fn inject_into_links(self, fleet: &Fleet, random: &mut StdRng) {
        let alone = self == Self::CutOff || random.random_bool(0.5);
        let one = alone.then(|| random.random_range(0..PROCESS_COUNT));
        let slow = Mode::Delayed(Duration::from_millis(random.random_range(50..300)));
        for number in (0..PROCESS_COUNT).filter(|number| one.is_none_or(|one| one == *number)) {
            let database = fleet.database_links.get(number);
            let bus = || fleet.bus_links.get(number).into_iter().flatten();
            match self {
                Self::CutOff => bus().chain(database).for_each(|link| link.set(Mode::Disconnected)),
                Self::PostgresCut => database.into_iter().for_each(|link| link.set(Mode::Disconnected)),
                Self::PostgresSlow => database.into_iter().for_each(|link| link.set(slow)),
                Self::PostgresNoAnswers => database.into_iter().for_each(|link| link.set(Mode::DropResponses)),
                Self::PostgresNoRequests => database.into_iter().for_each(|link| link.set(Mode::DropRequests)),
                Self::PostgresForgotten => database.into_iter().for_each(|link| link.set(Mode::Blackholed)),
                Self::PostgresReset => database.into_iter().for_each(link::Link::reset),
                Self::NatsCut => bus().for_each(|link| link.set(Mode::Disconnected)),
                Self::NatsSlow => bus().for_each(|link| link.set(slow)),
                Self::NatsNoAnswers => bus().for_each(|link| link.set(Mode::DropResponses)),
                Self::NatsNoRequests => bus().for_each(|link| link.set(Mode::DropRequests)),
                _ => bus().for_each(link::Link::reset),
            }
        }
    }

    async fn inject_into_nats(self, fleet: &mut Fleet, random: &mut StdRng) -> Result<()> {
        let one = random.random_range(0..NODE_COUNT);
        for (number, node) in fleet.nodes.iter_mut().enumerate() {
            let all = matches!(self, Self::NatsDown | Self::JetstreamWiped);
            if self == Self::NatsFreeze && number == one {
                node.signal(Signal::STOP);
            } else if all || number == one {
                node.kill().await;
            }
        }
        for (number, node) in fleet.nodes.iter_mut().enumerate() {
            if self == Self::JetstreamWiped || self == Self::NatsWipe && number == one {
                node.wipe();
                node.spawn()?;
            }
        }
        Ok(())
    }

    async fn inject_into_volumes(self, cluster: &mut Cluster) -> Result<()> {
        let is_nats = matches!(self, Self::NatsDiskFull | Self::NatsPowerCut);
        let nats = || cluster.fleet.as_ref().and_then(|fleet| fleet.volume.as_ref());
        let volume = if is_nats { nats() } else { cluster.volume.as_ref() };
        let Some(volume) = volume else { return Ok(()) };
        if matches!(self, Self::DiskFull | Self::NatsDiskFull) {
            if !is_nats {
                cluster.rows().cut_journal().await?;
            }
            volume.fill().await;
            return Ok(());
        }
        cluster.powered_off = Some(if is_nats { PoweredOff::Nats } else { PoweredOff::Rows });
        volume.cut_power().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn has_at_least_twenty_uniquely_named_faults() {
        let names: std::collections::BTreeSet<String> =
            Fault::value_variants().iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), Fault::value_variants().len());
        assert!(names.len() >= 20);
    }
}
