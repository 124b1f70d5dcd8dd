//! NATS with TLS and credentials: valid ones connect, invalid ones are reported while the server keeps serving.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use api::adapter::bus::{Bus, Incoming};
use api::ground::config::{Config, NatsSettings};
use api::ground::id::WorkspaceId;
use api::wire::http::Settings;
use serde_json::json;
use tokio::sync::mpsc;

use crate::support::{Certificates, NatsServer, Server, Store, Workspace, configuration, process, sqlite};

sqlite! { names_missing_credential_files }

/// A secured NATS server and valid client settings.
struct SecuredNats {
    nats: NatsServer,
    valid: NatsSettings,
    /// Issued by another authority.
    other_authority: Certificates,
    unknown_credentials: PathBuf,
}

impl SecuredNats {
    async fn start(test: &str, store: &Store) -> Option<Self> {
        let directory = store.directory.path();
        let (certificates, other_authority) =
            (Certificates::create(directory, "valid"), Certificates::create(directory, "other"));
        let nats = NatsServer::start_secured(test, &configuration(directory, &certificates)).await?;
        let valid = NatsSettings {
            // The certificate is issued for this name.
            url: Some(nats.url().replace("127.0.0.1", "localhost")),
            credentials: Some(directory.join("credentials")),
            ca: Some(certificates.ca),
            certificate: Some(certificates.certificate),
            key: Some(certificates.key),
            ..nats.settings()
        };
        Some(Self { nats, valid, other_authority, unknown_credentials: directory.join("unknown-credentials") })
    }

    /// Settings with one invalid part each.
    fn invalid(&self) -> [NatsSettings; 4] {
        let valid = || self.valid.clone();
        [
            NatsSettings { ca: Some(self.other_authority.ca.clone()), ..valid() },
            NatsSettings {
                certificate: Some(self.other_authority.certificate.clone()),
                key: Some(self.other_authority.key.clone()),
                ..valid()
            },
            NatsSettings { credentials: Some(self.unknown_credentials.clone()), ..valid() },
            NatsSettings { credentials: None, ..valid() },
        ]
    }
}

/// The settings as environment variables of a process.
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
async fn connects_with_valid_credentials() {
    let name = "bus::authentication::connects_with_valid_credentials";
    let Some(store) = Store::postgres(name).await else { return };
    let Some(secured) = SecuredNats::start(name, &store).await else { return };
    let (first, second) = (Bus::open(&secured.valid).await.unwrap(), Bus::open(&secured.valid).await.unwrap());
    let workspace_id = WorkspaceId::mint();
    let (sender, mut receiver) = mpsc::channel(64);
    let _interest = second.subscribe(workspace_id, Arc::new(move |message| drop(sender.try_send(message))));
    // Sent until the subscription is active.
    let output = loop {
        first.signal(workspace_id, || b"told".to_vec());
        if let Ok(output) = tokio::time::timeout(Duration::from_millis(50), receiver.recv()).await {
            break output.unwrap();
        }
    };
    assert!(matches!(output, Incoming::Signal(bytes) if bytes == "told"));
    let config = Config { nats: secured.valid.clone(), ..store.config() };
    let server = Server::start_with_config(None, Settings::default(), config).await;
    let workspace = Workspace::with_members(server.address, 2).await;
    assert!(workspace.create_channel("over-tls").await > 0);
    let (succeeded, output) = doctor(&store, &secured.valid).await;
    assert!(
        succeeded && output.contains("NATS 2.") && output.contains("sync messages before they acknowledge them"),
        "{output}"
    );
    drop((server, secured.nats));
    store.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reports_invalid_credentials_and_keeps_serving() {
    let name = "bus::authentication::reports_invalid_credentials_and_keeps_serving";
    for (number, reason) in
        ["UnknownIssuer", "UnknownCA", "authorization violation", "authorization violation"].into_iter().enumerate()
    {
        let Some(store) = Store::postgres(name).await else { return };
        let Some(secured) = SecuredNats::start(name, &store).await else { return };
        let invalid = secured.invalid()[number].clone();
        let config = Config { nats: invalid.clone(), ..store.config() };
        let server = Server::start_with_config(None, Settings::default(), config).await;
        let workspace = Workspace::with_members(server.address, 2).await;
        assert!(workspace.create_channel("without-nats").await > 0);
        let query = "query($id: ID!) { boot(workspaceId: $id) { seq } }";
        let boot = workspace.members[1].client.query(query, json!({ "id": workspace.id })).await;
        assert!(boot["boot"]["seq"].as_i64().unwrap() > 0);
        let (succeeded, output) = doctor(&store, &invalid).await;
        assert!(!succeeded && output.contains("connection failed"), "{number}: {output}");
        assert!(output.contains(reason), "{number}: {output}");
        assert!(!output.contains("SEED"), "{output}");
        drop(server);
        store.remove().await;
    }
}

async fn names_missing_credential_files(store: &Store) {
    let missing = store.directory.path().join("nowhere");
    let url = Some("nats://127.0.0.1:1".to_owned());
    let settings = NatsSettings { url, credentials: Some(missing.clone()), ..NatsSettings::default() };
    let error = Bus::open(&settings).await.unwrap_err().to_string();
    assert!(error.contains(&missing.display().to_string()), "{error}");
}
