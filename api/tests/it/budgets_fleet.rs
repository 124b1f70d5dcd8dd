//! Budgets in a fleet: two processes tell each other what callers use, and give little more than one alone; with the
//! bus away each gives its share.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::budgets::limited;
use crate::people::{Company, Person, code, mutation};
use crate::server::Server;
use crate::store::{Store, fleet};

fleet!(two_processes_give_little_more_than_one_with_the_bus_and_without);

/// What an account may send in ten seconds from one process: 3,000 units and 60 a second, of which a message takes 10.
const LIMIT: f64 = 360.0;

/// The budget for writing, as a process tells it.
async fn write(server: &Server, person: &Person) -> Value {
    let said = person.ask(server, "{ viewer { budgets { kind capacity refillPerSecond } } }", json!({})).await;
    let budgets = said["data"]["viewer"]["budgets"].as_array().unwrap_or_else(|| panic!("{said}"));
    budgets.iter().find(|one| one["kind"] == "WRITE").unwrap().clone()
}

async fn until(servers: &[Arc<Server>], person: &Person, capacity: f64, refill: f64) {
    let mut looks = tokio::time::interval(Duration::from_millis(100));
    for server in servers {
        let wanted = json!({ "kind": "WRITE", "capacity": capacity, "refillPerSecond": refill });
        while write(server, person).await != wanted {
            looks.tick().await;
        }
    }
}

/// Sends 300 messages to each process, on four connections each; answers how many were let through.
async fn flood(servers: &[Arc<Server>], person: &Person, company: &Company) -> usize {
    let mut tasks = Vec::new();
    for server in servers.iter().flat_map(|server| std::iter::repeat_n(server, 4)) {
        let (server, person, company) = (server.clone(), person.clone(), company.clone());
        tasks.push(tokio::spawn(async move {
            let mut sent = 0;
            for n in 0..75 {
                let input = json!({
                    "workspaceId": company.workspace, "channelId": company.general, "text": format!("{n}") });
                let said = person.ask(&server, &mutation("sendMessage", "{ seq }"), json!({ "input": input })).await;
                match code(&said).as_deref() {
                    None => sent += 1,
                    Some("RATE_LIMITED") => {}
                    Some(_) => panic!("{said}"),
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

async fn two_processes_give_little_more_than_one_with_the_bus_and_without(store: &mut Store) {
    let servers = [Arc::new(limited(store).await), Arc::new(limited(store).await)];
    let company = Company::first(&servers[0]).await;
    let (ann, ben) =
        (company.hires(&servers[0], "Ann", "MEMBER").await, company.hires(&servers[0], "Ben", "MEMBER").await);
    for (person, is_connected) in [(&ann, true), (&ben, false)] {
        if !is_connected {
            store.nats_mut().kill().await;
        }
        until(&servers, person, 1_500.0, if is_connected { 60.0 } else { 30.0 }).await;
        let begun = Instant::now();
        let sent = flood(&servers, person, &company).await;
        // On a slow machine it takes longer than ten seconds, in which more comes back.
        let limit = LIMIT + 6.0 * (begun.elapsed().as_secs_f64() - 10.0).max(0.0);
        assert!((240.0..=1.25 * limit).contains(&(sent as f64)), "{sent} of {limit}, bus: {is_connected}");
    }
}
