//! How many live connections there are, by account and by the address of the client, also behind a proxy.
//!
//! Promises: never more than the settings say; a place is free again when its permit is dropped.

use std::net::IpAddr;

use super::Settings;
use super::caller::Caller;
use super::refusal::Refusal;
use crate::id::AccountId;
use crate::network;
use crate::permits::{Permit, Permits, Refused};
use crate::viewer::ClientAddress;

/// The live connections of this process. How many there are of all kinds is for [`super::connections`] to say.
pub(crate) struct Sockets {
    accounts: Permits<AccountId>,
    addresses: Permits<IpAddr>,
}

impl Sockets {
    pub fn new(settings: &Settings) -> Self {
        Self {
            accounts: Permits::new(settings.sockets_per_account, usize::MAX),
            addresses: Permits::new(settings.sockets_per_address, usize::MAX),
        }
    }

    /// A place for a connection from this address.
    pub fn of_address(&self, address: ClientAddress) -> Result<Permit<IpAddr>, Refusal> {
        let taken = self.addresses.take(network::client(address.0));
        taken.map_err(|refused| full(refused, |most| format!("There are {most} live connections from this address")))
    }

    /// A place for a connection of this account; those who have not signed in need none.
    pub fn of_account(&self, caller: &Caller) -> Result<Option<Permit<AccountId>>, Refusal> {
        let taken = caller.viewer.map(|viewer| self.accounts.take(viewer.account_id)).transpose();
        taken.map_err(|refused| full(refused, |most| format!("This account has {most} live connections")))
    }
}

fn full(refused: Refused, what: impl Fn(usize) -> String) -> Refusal {
    let (Refused::OfOne(most) | Refused::OfAll(most)) = refused;
    Refusal::crowded(format!("{} already.", what(most)))
}
