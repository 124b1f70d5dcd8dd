//! `confab doctor` on a healthy and on a broken installation.

use crate::support::process::{run, run_with};
use crate::support::{NatsServer, Store, fleet};

fleet! { reports_no_problem_for_a_healthy_fleet }

async fn reports_no_problem_for_a_healthy_fleet(store: &mut Store) {
    assert!(run(store, &["migrate"]).await.0);
    let (succeeded, output) = run(store, &["doctor"]).await;
    assert!(succeeded && !output.contains("FAIL"), "{output}");
    for wanted in [
        "Postgres ",
        "NATS 2.",
        "sync messages before they acknowledge them",
        "up to date",
        "`confab serve` creates it",
        "no storage",
    ] {
        assert!(output.contains(wanted), "no {wanted:?} in {output}");
    }
}

#[tokio::test]
async fn reports_problems_without_showing_passwords() {
    let name = "doctor::reports_problems_without_showing_passwords";
    let Some(nats) = NatsServer::start_with(name, "2m").await else { return };
    let Some(store) = Store::postgres(name).await else { return };
    let url = nats.url().replace("nats://", "nats://somebody:hush-hush@");
    let monitor = nats.monitor_url();
    let lazy = [("CONFAB_NATS_URL", url.as_str()), ("CONFAB_NATS_MONITOR_URL", monitor.as_str())];
    let away = [("CONFAB_DATABASE_URL", "postgres://somebody:hush-hush@127.0.0.1:1/confab")];
    let bucket = [
        ("CONFAB_S3_BUCKET", "files"),
        ("CONFAB_S3_ENDPOINT", "http://127.0.0.1:1"),
        ("CONFAB_S3_ACCESS_KEY_ID", "somebody"),
        ("CONFAB_S3_SECRET_ACCESS_KEY", "hush-hush"),
    ];
    for (environment, wanted) in [
        (&lazy[..], "sync_interval: always"),
        (&away[..], "whether the database is running"),
        (&bucket[..], "permissions of the access key"),
    ] {
        let (succeeded, output) = run_with(&store, &["doctor"], environment).await;
        assert!(!succeeded && output.contains("FAIL") && output.contains(wanted), "{output}");
        assert!(!output.contains("hush-hush"), "{output}");
    }
    store.remove().await;
}
