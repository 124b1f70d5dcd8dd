//! Fair turns over the wire: one account that keeps the server busy on many connections does not make a colleague's
//! requests fail, although nothing limits its rate.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use serde_json::json;

use crate::people::{Company, code, server_on};
use crate::store::{Store, both};

both!(six_connections_of_one_account_do_not_stop_a_colleague);

const HEAVY: &str = "query($w: ID!) { boot(workspaceId: $w) { channels { id name messages(last: 50) { nodes { id text \
    author { id name } reactions { emoji count } } } members(first: 20) { nodes { id name } } } } }";
const BOOT: &str = "query($w: ID!) { boot(workspaceId: $w) { seq privateRev me { id } channels { id name } } }";

async fn six_connections_of_one_account_do_not_stop_a_colleague(store: &Store) {
    let server = Arc::new(server_on(store).await);
    let company = Company::first(&server).await;
    let ben = company.hires(&server, "Ben", "MEMBER").await;
    for n in 0..60 {
        company.owner.sends(&server, &company, &company.general, &format!("message {n}")).await;
    }
    let (stops, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let mut loops = Vec::new();
    for _ in 0..6 {
        let (server, owner, workspace) = (server.clone(), company.owner.clone(), company.workspace.clone());
        let (stops, asked) = (stops.clone(), asked.clone());
        loops.push(tokio::spawn(async move {
            while !stops.load(Ordering::SeqCst) {
                owner.ask(&server, HEAVY, json!({ "w": workspace })).await;
                asked.fetch_add(1, Ordering::SeqCst);
            }
        }));
    }
    let before = asked.load(Ordering::SeqCst);
    for n in 0..20 {
        let booted = ben.ask(&server, BOOT, json!({ "w": company.workspace })).await;
        assert_eq!(code(&booted), None, "boot {n}: {booted}");
        ben.sends(&server, &company, &company.general, "and I can write").await;
    }
    // The others went on meanwhile.
    assert!(asked.load(Ordering::SeqCst) > before);
    stops.store(true, Ordering::SeqCst);
    for one in loops {
        one.await.unwrap();
    }
}
