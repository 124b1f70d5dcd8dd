//! Limits live connections per account and per client IP address, also behind a proxy.

use std::net::IpAddr;

use super::refusal::Refusal;
use super::settings::Settings;
use crate::ground::id::AccountId;
use crate::ground::network;
use crate::ground::permits::{LimitExceeded, Permit, Permits};
use crate::model::viewer::{ClientAddress, Viewer};

/// The live connections of this process. [`super::connections`] limits connections of all kinds.
pub(crate) struct SocketLimits {
    accounts: Permits<AccountId>,
    addresses: Permits<IpAddr>,
}

impl SocketLimits {
    pub fn new(settings: &Settings) -> Self {
        Self {
            accounts: Permits::new(settings.sockets_per_account, usize::MAX),
            addresses: Permits::new(settings.sockets_per_address, usize::MAX),
        }
    }

    /// Acquires a permit for an IP address.
    pub fn acquire_for_address(&self, address: ClientAddress) -> Result<Permit<IpAddr>, Refusal> {
        let permit = self.addresses.take(network::client(address.0));
        permit.map_err(|refused| limit_reached(refused, |max| format!("{max} live connections per IP address")))
    }

    /// Acquires a permit for the account of a caller, if signed in.
    pub fn acquire_for_account(&self, viewer: Option<Viewer>) -> Result<Option<Permit<AccountId>>, Refusal> {
        let permit = viewer.map(|viewer| self.accounts.take(viewer.account_id)).transpose();
        permit.map_err(|refused| limit_reached(refused, |max| format!("{max} live connections per account")))
    }
}

fn limit_reached(refused: LimitExceeded, what: impl Fn(usize) -> String) -> Refusal {
    let (LimitExceeded::PerKey(max) | LimitExceeded::Total(max)) = refused;
    Refusal::too_many(format!("Connection limit reached: {}.", what(max)))
}
