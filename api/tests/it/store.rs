//! Where the rows of a test are: a SQLite file or a Postgres database of its own, removed afterwards; for a
//! fleet with a NATS server beside it.
//!
//! Tests of laws run on both: `both!(name, |store| async { … })` makes one test for each. Postgres is the
//! one of `CONFAB_TEST_POSTGRES_URL`; without it the test fails in CI, and is skipped by name elsewhere.

use api::config::{self, Config, MediaSettings, RateSettings, WorkspaceCreation};
use link::Link;
use sea_orm::{ConnectionTrait, Database};
use tempfile::TempDir;
use uuid::Uuid;

use crate::nats::NatsServer;

/// A directory for its owner alone, as a data directory has to be.
fn private() -> TempDir {
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o700);
    tempfile::Builder::new().permissions(mode).tempdir().unwrap()
}

/// The rows of one test.
pub struct Store {
    /// The data directory, also beside Postgres.
    pub directory: TempDir,
    postgres: Option<Postgres>,
    nats: Option<NatsServer>,
}

struct Postgres {
    admin_url: String,
    name: String,
}

impl Store {
    /// A SQLite file in a directory of its own.
    pub fn sqlite() -> Self {
        Self { directory: private(), postgres: None, nats: None }
    }

    /// A Postgres database of its own; `None` where there is no Postgres and need not be.
    pub async fn postgres(test: &str) -> Option<Self> {
        let Some(admin_url) = setting("CONFAB_TEST_POSTGRES_URL") else {
            assert!(setting("CI").is_none(), "CI needs CONFAB_TEST_POSTGRES_URL");
            println!("skipped: {test} needs CONFAB_TEST_POSTGRES_URL");
            return None;
        };
        let name = format!("confab_test_{}", Uuid::new_v4().simple());
        let admin = Database::connect(&admin_url).await.unwrap();
        admin.execute_unprepared(&format!("CREATE DATABASE {name}")).await.unwrap();
        admin.close().await.unwrap();
        Some(Self { directory: private(), postgres: Some(Postgres { admin_url, name }), nats: None })
    }

    /// A Postgres database and a NATS server of its own, on which a fleet can run.
    pub async fn fleet(test: &str) -> Option<Self> {
        let nats = NatsServer::start(test).await?;
        Some(Self { nats: Some(nats), ..Self::postgres(test).await? })
    }

    /// The NATS server, if there is one.
    pub fn nats(&self) -> Option<&NatsServer> {
        self.nats.as_ref()
    }

    /// The NATS server, to be stopped and started.
    pub fn nats_mut(&mut self) -> &mut NatsServer {
        self.nats.as_mut().expect("a store for a fleet")
    }

    /// The URL of the database, if it is Postgres.
    pub fn database_url(&self) -> Option<String> {
        let postgres = self.postgres.as_ref()?;
        let (start, parameters) = postgres.admin_url.split_once('?').unwrap_or((&postgres.admin_url, ""));
        let (server, _) = start.rsplit_once('/').unwrap();
        let parameters = if parameters.is_empty() { String::new() } else { format!("?{parameters}") };
        Some(format!("{server}/{}{parameters}", postgres.name))
    }

    /// The settings of a server on it.
    pub fn config(&self) -> Config {
        let rows = config::Store::new(self.directory.path().to_owned(), self.database_url());
        let nats = self.nats.as_ref().map(NatsServer::settings).unwrap_or_default();
        // In a process of the tests the program is not this one.
        let media = MediaSettings {
            previews_program: Some(env!("CARGO_BIN_EXE_confab").into()),
            tools_path: setting("PATH").unwrap_or_default().into(),
            ..MediaSettings::default()
        };
        let workspace_creation = WorkspaceCreation::Everyone;
        // Tests do in a second what people do in an hour; those of the limits take the defaults.
        let rates = RateSettings::UNLIMITED;
        Config { nats, media, workspace_creation, rates, ..Config::of_store(rows) }
    }

    /// A link to Postgres that can be broken, and the settings of a server that goes through it.
    pub async fn linked(&self) -> (Link, Config) {
        let url = self.database_url().expect("a store on Postgres");
        let (start, rest) = url.split_once("@127.0.0.1:").unwrap();
        let (port, database) = rest.split_once('/').unwrap();
        let link = Link::to(port.parse().unwrap()).await.unwrap();
        let url = format!("{start}@127.0.0.1:{}/{database}", link.port);
        let rows = config::Store::new(self.directory.path().to_owned(), Some(url));
        (link, Config { store: rows, ..self.config() })
    }

    /// Removes the database; the directory goes with the value.
    pub async fn remove(self) {
        if let Some(postgres) = &self.postgres {
            let admin = Database::connect(&postgres.admin_url).await.unwrap();
            let drop = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", postgres.name);
            admin.execute_unprepared(&drop).await.unwrap();
        }
    }
}

/// A setting of the tests.
#[expect(clippy::disallowed_methods, reason = "the environment says what tests run on, and how long")]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A test that waits for what never comes fails by its name, and does not hold up the others.
pub async fn ends<T>(test: impl Future<Output = T>) -> T {
    let limit = std::time::Duration::from_secs(10 * 60);
    tokio::time::timeout(limit, test).await.expect("the test does not end")
}

/// Makes one test on SQLite and one on Postgres of an `async fn(&Store)`.
macro_rules! both {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                let store = crate::store::Store::sqlite();
                crate::store::ends(super::$test(&store)).await;
                store.remove().await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                let name = concat!(module_path!(), "::", stringify!($test));
                let Some(store) = crate::store::Store::postgres(name).await else { return };
                crate::store::ends(super::$test(&store)).await;
                store.remove().await;
            }
        }
    )*};
}

/// Makes one test for a fleet, on Postgres and NATS, of an `async fn(&mut Store)`.
macro_rules! fleet {
    ($($test:ident)*) => {$(
        mod $test {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn fleet() {
                let name = concat!(module_path!(), "::", stringify!($test));
                let Some(mut store) = crate::store::Store::fleet(name).await else { return };
                super::$test(&mut store).await;
                store.remove().await;
            }
        }
    )*};
}

pub(crate) use {both, fleet};
