//! The faults, one name each, and how each begins. None of them ends by itself: the cluster is healed.

use std::time::Duration;

use link::Mode;
use rand::RngExt;
use rand::rngs::StdRng;
use rustix::process::Signal;

use crate::Result;
use crate::clock;
use crate::cluster::{Cluster, Dark};
use crate::fleet::{Fleet, PROCESSES};
use crate::nats::NODES;

/// What can be done to a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, clap::ValueEnum)]
pub enum Fault {
    /// SIGKILL of a Confab process.
    Kill,
    /// SIGKILL of all of them at once.
    KillAll,
    /// SIGSTOP of one.
    Freeze,
    /// SIGTERM of one.
    Terminate,
    /// SIGTERM of each in turn, under load.
    RollingRestart,
    /// One comes back with monotonic clocks a day off.
    ClockJump,
    /// One comes back with a wall clock that is hours or weeks off.
    ClockLies,
    /// One is cut off from Postgres and NATS alike.
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
    NatsAway,
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
    /// Whether it can be done to a process that is alone with its rows.
    pub fn is_for_one(self) -> bool {
        matches!(
            self,
            Self::Kill
                | Self::Terminate
                | Self::Freeze
                | Self::ClockJump
                | Self::ClockLies
                | Self::DiskFull
                | Self::PowerCut
        )
    }

    /// What it needs and is not here.
    pub async fn lacks(self, cluster: &Cluster) -> Option<&'static str> {
        if cluster.fleet.is_none() && !self.is_for_one() {
            return Some("a fleet");
        }
        let volume = "a file system of its own (root, loop devices, mkfs.ext4, python3)";
        match self {
            Self::DiskFull | Self::PowerCut => cluster.volume.is_none().then_some(volume),
            Self::NatsDiskFull | Self::NatsPowerCut => {
                cluster.fleet.as_ref().is_none_or(|fleet| fleet.volume.is_none()).then_some(volume)
            }
            Self::ClockJump => (!clock::works(&clock::jump()).await).then_some("a time namespace (unshare --time)"),
            Self::ClockLies => {
                let lied_to = clock::is_lied_to(&clock::lie(0).unwrap_or_default()).await;
                (!lied_to).then_some("the library of the Debian package libfaketime")
            }
            _ => None,
        }
    }

    /// Begins it.
    ///
    /// # Errors
    /// The fault cannot be made; the cluster is to be healed all the same.
    pub async fn begin(self, cluster: &mut Cluster, random: &mut StdRng) -> Result<()> {
        match self {
            Self::Kill
            | Self::KillAll
            | Self::Freeze
            | Self::Terminate
            | Self::RollingRestart
            | Self::ClockJump
            | Self::ClockLies => self.of_process(cluster, random).await,
            Self::DiskFull | Self::NatsDiskFull | Self::PowerCut | Self::NatsPowerCut => self.of_volumes(cluster).await,
            _ => match &mut cluster.fleet {
                Some(fleet) => self.of_fleet(fleet, random).await,
                None => Ok(()),
            },
        }
    }

    async fn of_fleet(self, fleet: &mut Fleet, random: &mut StdRng) -> Result<()> {
        match self {
            Self::PostgresStop
            | Self::PostgresFreeze
            | Self::BackendsTerminated
            | Self::RowLocked
            | Self::TableLocked
            | Self::ConnectionsExhausted
            | Self::CommitsRefused
            | Self::StatementsRefused => self.of_postgres(fleet).await,
            Self::NatsKill | Self::NatsWipe | Self::NatsFreeze | Self::NatsAway | Self::JetstreamWiped => {
                self.of_nats(fleet, random).await
            }
            _ => {
                self.of_links(fleet, random);
                Ok(())
            }
        }
    }

    async fn of_process(self, cluster: &mut Cluster, random: &mut StdRng) -> Result<()> {
        let one = random.random_range(0..cluster.processes.len());
        let jump = clock::jump();
        let lie = clock::lie(random.random_range(0..usize::MAX)).unwrap_or_default();
        for (number, process) in cluster.processes.iter_mut().enumerate() {
            match self {
                Self::KillAll => process.kill().await,
                Self::RollingRestart => {
                    process.end().await;
                    process.start().await?;
                }
                _ if number != one => {}
                Self::Kill => process.kill().await,
                Self::Freeze => process.signal(Signal::STOP),
                Self::Terminate => process.end().await,
                Self::ClockJump | Self::ClockLies => {
                    process.kill().await;
                    process.start_in(if self == Self::ClockLies { &lie } else { &jump }).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    async fn of_postgres(self, fleet: &mut Fleet) -> Result<()> {
        let postgres = &fleet.postgres;
        let ours = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'confab'";
        match self {
            Self::PostgresStop => postgres.stop().await,
            Self::PostgresFreeze => postgres.signal(Signal::STOP),
            Self::BackendsTerminated => {
                for _ in 0..20 {
                    postgres.of_confab(ours).await?;
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
                postgres.of_confab(&format!("ALTER ROLE confab CONNECTION LIMIT 4; {ours}")).await?;
            }
            Self::CommitsRefused => drop(postgres.of_confab("UPDATE chaos SET at_commit = 0.3").await?),
            _ => drop(postgres.of_confab("UPDATE chaos SET at_insert = 0.3").await?),
        }
        Ok(())
    }

    /// The links of one process, or of all: half of the time each. Only one is cut off from everything.
    fn of_links(self, fleet: &Fleet, random: &mut StdRng) {
        let alone = self == Self::CutOff || random.random_bool(0.5);
        let one = alone.then(|| random.random_range(0..PROCESSES));
        let slow = Mode::Slow(Duration::from_millis(random.random_range(50..300)));
        for number in (0..PROCESSES).filter(|number| one.is_none_or(|one| one == *number)) {
            let database = fleet.database_links.get(number);
            let bus = || fleet.bus_links.get(number).into_iter().flatten();
            match self {
                Self::CutOff => bus().chain(database).for_each(|link| link.set(Mode::Cut)),
                Self::PostgresCut => database.into_iter().for_each(|link| link.set(Mode::Cut)),
                Self::PostgresSlow => database.into_iter().for_each(|link| link.set(slow)),
                Self::PostgresNoAnswers => database.into_iter().for_each(|link| link.set(Mode::NoAnswers)),
                Self::PostgresNoRequests => database.into_iter().for_each(|link| link.set(Mode::NoRequests)),
                Self::PostgresForgotten => database.into_iter().for_each(|link| link.set(Mode::Forgotten)),
                Self::PostgresReset => database.into_iter().for_each(link::Link::reset),
                Self::NatsCut => bus().for_each(|link| link.set(Mode::Cut)),
                Self::NatsSlow => bus().for_each(|link| link.set(slow)),
                Self::NatsNoAnswers => bus().for_each(|link| link.set(Mode::NoAnswers)),
                Self::NatsNoRequests => bus().for_each(|link| link.set(Mode::NoRequests)),
                _ => bus().for_each(link::Link::reset),
            }
        }
    }

    async fn of_nats(self, fleet: &mut Fleet, random: &mut StdRng) -> Result<()> {
        let one = random.random_range(0..NODES);
        for (number, node) in fleet.nodes.iter_mut().enumerate() {
            let all = matches!(self, Self::NatsAway | Self::JetstreamWiped);
            if self == Self::NatsFreeze && number == one {
                node.signal(Signal::STOP);
            } else if all || number == one {
                node.kill().await;
            }
        }
        for (number, node) in fleet.nodes.iter_mut().enumerate() {
            if self == Self::JetstreamWiped || self == Self::NatsWipe && number == one {
                node.wipe();
                node.start()?;
            }
        }
        Ok(())
    }

    async fn of_volumes(self, cluster: &mut Cluster) -> Result<()> {
        let of_nats = matches!(self, Self::NatsDiskFull | Self::NatsPowerCut);
        let nats = || cluster.fleet.as_ref().and_then(|fleet| fleet.volume.as_ref());
        let volume = if of_nats { nats() } else { cluster.volume.as_ref() };
        let Some(volume) = volume else { return Ok(()) };
        if matches!(self, Self::DiskFull | Self::NatsDiskFull) {
            if !of_nats {
                cluster.rows().cut_journal().await?;
            }
            volume.fill().await;
            return Ok(());
        }
        cluster.dark = Some(if of_nats { Dark::Nats } else { Dark::Rows });
        volume.cut_power().await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::ValueEnum;

    #[test]
    fn there_are_at_least_twenty_kinds_with_a_name_each() {
        let names: std::collections::BTreeSet<String> =
            Fault::value_variants().iter().map(ToString::to_string).collect();
        assert_eq!(names.len(), Fault::value_variants().len());
        assert!(names.len() >= 20);
    }
}
