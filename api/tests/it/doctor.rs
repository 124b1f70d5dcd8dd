//! `confab doctor`: what it says of a sound machine, and of a broken one.

use crate::nats::NatsServer;
use crate::process::{run, run_with};
use crate::store::{Store, fleet};

fleet! { a_sound_fleet_has_nothing_bad }

async fn a_sound_fleet_has_nothing_bad(store: &mut Store) {
    assert!(run(store, &["migrate"]).await.0);
    let (sound, said) = run(store, &["doctor"]).await;
    assert!(sound && !said.contains("BAD"), "{said}");
    for wanted in
        ["Postgres ", "NATS 2.", "syncs what it acknowledges", "up to date", "the server makes it", "no place for them"]
    {
        assert!(said.contains(wanted), "no {wanted:?} in {said}");
    }
}

#[tokio::test]
async fn what_is_bad_is_named_and_no_password_is_shown() {
    let name = "doctor::what_is_bad_is_named_and_no_password_is_shown";
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
        (&away[..], "whether the database runs"),
        (&bucket[..], "what the key may do"),
    ] {
        let (sound, said) = run_with(&store, &["doctor"], environment).await;
        assert!(!sound && said.contains("BAD") && said.contains(wanted), "{said}");
        assert!(!said.contains("hush-hush"), "{said}");
    }
    store.remove().await;
}
