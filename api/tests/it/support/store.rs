//! The data store of a test: a SQLite file or a Postgres database of its own, removed afterwards, and for a fleet a
//! NATS server.
//!
//! `both!` runs a test on both databases, `sqlite!` and `postgres!` on one. Postgres is that of
//! `CONFAB_TEST_POSTGRES_URL`; without it tests fail in CI, and are skipped by name elsewhere.

use api::ground::config::{self, Config, MediaSettings, RateSettings, WorkspaceCreation};
use link::Link;
use tempfile::TempDir;
use testbed::postgres::Database;

use crate::support::NatsServer;

/// A directory that only its owner can read, as the server requires.
fn private() -> TempDir {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    tempfile::Builder::new().permissions(mode).tempdir().unwrap()
}

/// The data store of one test.
pub struct Store {
    /// The data directory, also with Postgres.
    pub directory: TempDir,
    postgres: Option<Database>,
    nats: Option<NatsServer>,
}

impl Store {
    /// A SQLite file in a new directory.
    pub fn sqlite() -> Self {
        Self { directory: private(), postgres: None, nats: None }
    }

    /// A new Postgres database. `None` if Postgres is not configured outside of CI.
    pub async fn postgres(test: &str) -> Option<Self> {
        let admin_url = requirement(test, "CONFAB_TEST_POSTGRES_URL")?;
        let database = Database::create(&admin_url, "confab_test", None).await.unwrap();
        Some(Self { directory: private(), postgres: Some(database), nats: None })
    }

    /// A new Postgres database and NATS server, for a fleet.
    pub async fn fleet(test: &str) -> Option<Self> {
        let nats = NatsServer::start(test).await?;
        Some(Self { nats: Some(nats), ..Self::postgres(test).await? })
    }

    pub fn nats(&self) -> Option<&NatsServer> {
        self.nats.as_ref()
    }

    /// The NATS server, to kill and restart it.
    pub fn nats_mut(&mut self) -> &mut NatsServer {
        self.nats.as_mut().expect("a store for a fleet")
    }

    /// The database URL, on Postgres.
    pub fn database_url(&self) -> Option<String> {
        self.postgres.as_ref().map(Database::url)
    }

    /// The configuration of a server on this store.
    pub fn config(&self) -> Config {
        let rows = config::Store::new(self.directory.path().to_owned(), self.database_url());
        let nats = self.nats.as_ref().map(NatsServer::settings).unwrap_or_default();
        // The current executable is the test binary.
        let media = MediaSettings {
            previews_program: Some(env!("CARGO_BIN_EXE_confab").into()),
            tools_path: setting("PATH").unwrap_or_default().into(),
            ..MediaSettings::default()
        };
        let workspace_creation = WorkspaceCreation::Everyone;
        // Tests do in a second what users do in an hour. Tests of limits use the defaults.
        let rates = RateSettings::UNLIMITED;
        Config { nats, media, workspace_creation, rates, ..Config::for_store(rows) }
    }

    /// A link to Postgres that can be cut, and the configuration of a server that uses it.
    pub async fn linked(&self) -> (Link, Config) {
        let url = self.database_url().expect("a store on Postgres");
        let (start, rest) = url.split_once("@127.0.0.1:").unwrap();
        let (port, database) = rest.split_once('/').unwrap();
        let link = Link::to(port.parse().unwrap()).await.unwrap();
        let url = format!("{start}@127.0.0.1:{}/{database}", link.port);
        let rows = config::Store::new(self.directory.path().to_owned(), Some(url));
        (link, Config { store: rows, ..self.config() })
    }

    /// Drops the database. The directory is removed with the value.
    pub async fn remove(self) {
        if let Some(postgres) = &self.postgres {
            postgres.remove().await.unwrap();
        }
    }
}

/// An environment variable of the tests.
#[expect(clippy::disallowed_methods, reason = "the environment configures what tests run on, and for how long")]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The environment variable that a test needs. `None` if it is not set, which only CI does not accept.
pub fn requirement(test: &str, name: &str) -> Option<String> {
    let found = setting(name);
    if found.is_none() {
        assert!(setting("CI").is_none(), "CI needs {name}");
        println!("skipped: {test} needs {name}");
    }
    found
}

/// Generates one test on SQLite and one on Postgres from an `async fn(&Store)` or an `async fn(&Setup)`.
macro_rules! both {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                crate::support::setup::run(crate::support::Store::sqlite(), super::$test).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let name = concat!(module_path!(), "::", stringify!($test));
                let Some(store) = crate::support::Store::postgres(name).await else { return };
                crate::support::setup::run(store, super::$test).await;
            }
        }
    )*};
}

/// Generates one test on SQLite, as `both!` does.
macro_rules! sqlite {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                crate::support::setup::run(crate::support::Store::sqlite(), super::$test).await;
            }
        }
    )*};
}

/// Generates one test on Postgres, as `both!` does.
macro_rules! postgres {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let name = concat!(module_path!(), "::", stringify!($test));
                let Some(store) = crate::support::Store::postgres(name).await else { return };
                crate::support::setup::run(store, super::$test).await;
            }
        }
    )*};
}

/// Generates one test on Postgres and NATS from an `async fn(&mut Store)`.
macro_rules! fleet {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn fleet() {
                let name = concat!(module_path!(), "::", stringify!($test));
                let Some(mut store) = crate::support::Store::fleet(name).await else { return };
                super::$test(&mut store).await;
                store.remove().await;
            }
        }
    )*};
}

pub(crate) use {both, fleet, postgres, sqlite};
