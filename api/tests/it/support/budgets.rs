//! Servers that enforce the default budgets, and helpers that spend them.

use std::time::Duration;

use api::ground::budget::{Kind, Payer};
use api::ground::config::{Config, RateSettings};
use api::ground::id::AccountId;
use api::wire::http::{Settings, Timing};
use serde_json::json;

use crate::support::{Member, Server, Store, text};

/// Starts a server with default budgets that does not delay refusals.
pub async fn start_limited_server(store: &Store) -> Server {
    start_server_with_refusal_delay(store, Duration::ZERO).await
}

/// Starts a server with default budgets that delays refusals by up to `hold`.
pub async fn start_server_with_refusal_delay(store: &Store, hold: Duration) -> Server {
    let config = Config { rates: RateSettings::default(), sign_in_rate: 1_000_000, ..store.config() };
    let timing = Timing { max_refusal_delay: hold, ..Timing::default() };
    Server::start_with_config(None, Settings { timing, ..Settings::default() }, config).await
}

/// The account id of a user.
pub async fn account_id(user: &Member) -> AccountId {
    let response = user.execute("{ viewer { account { id } } }", json!({})).await;
    text(&response, "/data/viewer/account/id").parse().unwrap()
}

/// Empties a budget.
pub fn exhaust(server: &Server, payer: &Payer, kind: Kind) {
    server.app.budgets.charge(payer, kind, 1e15);
}
