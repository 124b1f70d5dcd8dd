//! NATS with TLS and credentials: who has the right ones is let in and works as without; who has wrong ones is
//! told so, and serves people all the same.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use api::bus::{Bus, Heard};
use api::config::{Config, NatsSettings};
use api::http::Settings;
use api::id::WorkspaceId;
use serde_json::json;
use tokio::sync::mpsc;

use crate::guarded_nats::{Papers, configuration};
use crate::nats::NatsServer;
use crate::process;
use crate::server::Server;
use crate::store::Store;
use crate::team::Team;

/// The server, and the settings of whoever may in.
struct Guarded {
    nats: NatsServer,
    right: NatsSettings,
    /// Papers of another authority.
    others: Papers,
    strangers: PathBuf,
}

impl Guarded {
    async fn start(test: &str, store: &Store) -> Option<Self> {
        let directory = store.directory.path();
        let (papers, others) = (Papers::make(directory, "right"), Papers::make(directory, "other"));
        let nats = NatsServer::start_guarded(test, &configuration(directory, &papers)).await?;
        let right = NatsSettings {
            // The name is one of the certificate.
            url: Some(nats.url().replace("127.0.0.1", "localhost")),
            credentials: Some(directory.join("credentials")),
            ca: Some(papers.ca),
            certificate: Some(papers.certificate),
            key: Some(papers.key),
            ..nats.settings()
        };
        Some(Self { nats, right, others, strangers: directory.join("strangers") })
    }

    /// Settings that are wrong in one thing each.
    fn wrong(&self) -> [NatsSettings; 4] {
        let right = || self.right.clone();
        [
            NatsSettings { ca: Some(self.others.ca.clone()), ..right() },
            NatsSettings {
                certificate: Some(self.others.certificate.clone()),
                key: Some(self.others.key.clone()),
                ..right()
            },
            NatsSettings { credentials: Some(self.strangers.clone()), ..right() },
            NatsSettings { credentials: None, ..right() },
        ]
    }
}

/// The settings as a process is given them.
fn environment(settings: &NatsSettings) -> Vec<(&'static str, String)> {
    let file = |file: &Option<PathBuf>| file.as_ref().map(|file| file.display().to_string());
    let all = [
        ("CONFAB_NATS_URL", settings.url.clone()),
        ("CONFAB_NATS_MONITOR_URL", settings.monitor_url.clone()),
        ("CONFAB_NATS_CREDENTIALS", file(&settings.credentials)),
        ("CONFAB_NATS_CA", file(&settings.ca)),
        ("CONFAB_NATS_CERTIFICATE", file(&settings.certificate)),
        ("CONFAB_NATS_KEY", file(&settings.key)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

async fn doctor(store: &Store, settings: &NatsSettings) -> (bool, String) {
    let environment = environment(settings);
    let environment: Vec<(&str, &str)> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
    process::run_with(store, &["doctor"], &environment).await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_the_right_papers_is_let_in() {
    let name = "bus_guarded::who_has_the_right_papers_is_let_in";
    let Some(store) = Store::postgres(name).await else { return };
    let Some(guarded) = Guarded::start(name, &store).await else { return };
    let (first, second) = (Bus::open(&guarded.right).await.unwrap(), Bus::open(&guarded.right).await.unwrap());
    let workspace_id = WorkspaceId::mint();
    let (hear, mut heard) = mpsc::channel(64);
    let _interest = second.listen(workspace_id, Arc::new(move |said| drop(hear.try_send(said))));
    // Said again until the subscription is there.
    let said = loop {
        first.signal(workspace_id, || b"told".to_vec());
        if let Ok(said) = tokio::time::timeout(Duration::from_millis(50), heard.recv()).await {
            break said.unwrap();
        }
    };
    assert!(matches!(said, Heard::Signal(bytes) if bytes == "told"));
    let config = Config { nats: guarded.right.clone(), ..store.config() };
    let server = Server::start_on(None, Settings::default(), config).await;
    let team = Team::begin(server.address, 2).await;
    assert!(team.announce("over-tls").await > 0);
    let (sound, said) = doctor(&store, &guarded.right).await;
    assert!(sound && said.contains("NATS 2.") && said.contains("syncs what it acknowledges"), "{said}");
    drop((server, guarded.nats));
    store.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_has_wrong_papers_is_told_and_serves_all_the_same() {
    let name = "bus_guarded::who_has_wrong_papers_is_told_and_serves_all_the_same";
    for (number, reason) in
        ["UnknownIssuer", "UnknownCA", "authorization violation", "authorization violation"].into_iter().enumerate()
    {
        let Some(store) = Store::postgres(name).await else { return };
        let Some(guarded) = Guarded::start(name, &store).await else { return };
        let wrong = guarded.wrong()[number].clone();
        let config = Config { nats: wrong.clone(), ..store.config() };
        let server = Server::start_on(None, Settings::default(), config).await;
        let team = Team::begin(server.address, 2).await;
        assert!(team.announce("without-nats").await > 0);
        let query = "query($id: ID!) { boot(workspaceId: $id) { seq } }";
        let boot = team.people[1].client.query(query, json!({ "id": team.workspace })).await;
        assert!(boot["boot"]["seq"].as_i64().unwrap() > 0);
        let (sound, said) = doctor(&store, &wrong).await;
        assert!(!sound && said.contains("refused the connection"), "{number}: {said}");
        assert!(said.contains(reason), "{number}: {said}");
        assert!(!said.contains("SEED"), "{said}");
        drop(server);
        store.remove().await;
    }
}

#[tokio::test]
async fn files_that_are_not_there_are_named() {
    let store = Store::sqlite();
    let missing = store.directory.path().join("nowhere");
    let url = Some("nats://127.0.0.1:1".to_owned());
    let settings = NatsSettings { url, credentials: Some(missing.clone()), ..NatsSettings::default() };
    let error = Bus::open(&settings).await.unwrap_err().to_string();
    assert!(error.contains(&missing.display().to_string()), "{error}");
}
