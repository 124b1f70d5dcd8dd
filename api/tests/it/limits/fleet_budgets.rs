//! Budgets in a fleet: two processes exchange usage and grant little more than one alone. Without the bus each grants
//! its share.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Member, Server, Store, Workspace, code, document, fleet, start_limited_server};

fleet! { two_processes_share_one_budget_with_and_without_the_bus }

/// Messages that one process allows in ten seconds: 3,000 units plus 60 per second, at 10 units each.
const MESSAGES_PER_TEN_SECONDS: f64 = 360.0;

/// The write budget as a process reports it.
async fn write_budget(user: &Member) -> Value {
    let response = user.execute("{ viewer { budgets { kind capacity refillPerSecond } } }", json!({})).await;
    let budgets = response["data"]["viewer"]["budgets"].as_array().unwrap_or_else(|| panic!("{response}"));
    budgets.iter().find(|one| one["kind"] == "WRITE").unwrap().clone()
}

async fn wait_for_budget(servers: &[Server], user: &Member, capacity: f64, refill: f64) {
    let mut interval = tokio::time::interval(Duration::from_millis(100));
    for server in servers {
        let wanted = json!({ "kind": "WRITE", "capacity": capacity, "refillPerSecond": refill });
        while write_budget(&user.at(server)).await != wanted {
            interval.tick().await;
        }
    }
}

/// Sends 300 messages to each process over four connections. Returns how many were accepted.
async fn flood(servers: &[Server], user: &Member, workspace: &Workspace) -> usize {
    let mut tasks = Vec::new();
    for server in servers.iter().flat_map(|server| std::iter::repeat_n(server, 4)) {
        let (user, workspace) = (user.at(server), workspace.clone());
        tasks.push(tokio::spawn(async move {
            let mut sent = 0;
            for n in 0..75 {
                let input = json!({ "channelId": workspace.general, "text": format!("{n}") });
                let response = user.execute(&document("sendMessage", "seq"), json!({ "input": input })).await;
                match code(&response).as_deref() {
                    None => sent += 1,
                    Some("RATE_LIMITED") => {}
                    Some(_) => panic!("{response}"),
                }
            }
            sent
        }));
    }
    let mut sent = 0;
    for task in tasks {
        sent += task.await.unwrap();
    }
    sent
}

async fn two_processes_share_one_budget_with_and_without_the_bus(store: &mut Store) {
    let servers = [start_limited_server(store).await, start_limited_server(store).await];
    let workspace = Workspace::create(&servers[0]).await;
    let (ann, ben) = (workspace.add_member("Ann", "MEMBER").await, workspace.add_member("Ben", "MEMBER").await);
    for (user, is_connected) in [(&ann, true), (&ben, false)] {
        if !is_connected {
            store.nats_mut().kill().await;
        }
        wait_for_budget(&servers, user, 1_500.0, if is_connected { 60.0 } else { 30.0 }).await;
        let started = Instant::now();
        let sent = flood(&servers, user, &workspace).await;
        // On a slow machine the flood takes longer, and the budget refills meanwhile.
        let limit = MESSAGES_PER_TEN_SECONDS + 6.0 * (started.elapsed().as_secs_f64() - 10.0).max(0.0);
        assert!((240.0..=1.25 * limit).contains(&(sent as f64)), "{sent} of {limit}, bus: {is_connected}");
    }
}
