//! A real NATS server for a test, and the settings of a process that uses it.
//!
//! The program is that of `CONFAB_TEST_NATS_SERVER`. Without it tests fail in CI, and are skipped by name elsewhere.

use std::ops::{Deref, DerefMut};

use api::ground::config::NatsSettings;
use testbed::nats::Nats;

use crate::support::requirement;

/// A running server, killed on drop.
pub struct NatsServer(Nats);

impl NatsServer {
    /// Starts a server that syncs before it acknowledges. `None` if none is configured outside of CI.
    pub async fn start(test: &str) -> Option<Self> {
        Self::start_configured(test, "always", "").await
    }

    /// The same with another `sync_interval`.
    pub async fn start_with(test: &str, sync_interval: &str) -> Option<Self> {
        Self::start_configured(test, sync_interval, "").await
    }

    /// Starts a server that requires authentication.
    pub async fn start_secured(test: &str, security: &str) -> Option<Self> {
        Self::start_configured(test, "always", security).await
    }

    async fn start_configured(test: &str, sync_interval: &str, more: &str) -> Option<Self> {
        let program = requirement(test, "CONFAB_TEST_NATS_SERVER")?;
        Some(Self(Nats::start(program.as_ref(), sync_interval, more).await.unwrap()))
    }

    /// The settings of a process on this server.
    pub fn settings(&self) -> NatsSettings {
        NatsSettings { url: Some(self.url()), monitor_url: Some(self.monitor_url()), ..NatsSettings::default() }
    }

    /// A NATS client for the test.
    pub async fn client(&self) -> async_nats::Client {
        async_nats::connect(self.url()).await.unwrap()
    }
}

impl Deref for NatsServer {
    type Target = Nats;
    fn deref(&self) -> &Nats {
        &self.0
    }
}

impl DerefMut for NatsServer {
    fn deref_mut(&mut self) -> &mut Nats {
        &mut self.0
    }
}
