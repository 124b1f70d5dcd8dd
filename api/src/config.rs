//! The settings. The one place that reads the environment (through clap): `--listen` is
//! `CONFAB_LISTEN`, and so on. Without any the server runs embedded on this machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

mod media;
mod origin;
mod rates;

pub use media::{Encryption, MediaSettings, Place, S3Settings, Scanner};
pub use origin::{AllowedOrigin, normal};
pub use rates::RateSettings;

const LIVE_BYTES: u64 = 256 << 20;

/// What `confab serve` can be told.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// Address and port to listen on.
    #[arg(long, env = "CONFAB_LISTEN", default_value = "127.0.0.1:8080")]
    pub listen: SocketAddr,
    #[command(flatten)]
    pub store: Store,
    #[command(flatten)]
    pub nats: NatsSettings,
    #[command(flatten)]
    pub search: SearchSettings,
    #[command(flatten)]
    pub media: MediaSettings,
    /// The address that people use, such as `https://chat.example.org`. The server answers under this host
    /// only, invite links begin with it, and with https the cookie is bound to it. Without it the server
    /// answers as localhost and loopback addresses only.
    #[arg(long, env = "CONFAB_PUBLIC_URL", value_parser = public_url)]
    pub public_url: Option<String>,
    /// Origins of other sites whose pages may call the API, separated by commas: `https://app.example.org`,
    /// `https://*.example.org` for all subdomains, or `*` for every page, without cookies.
    #[arg(long, env = "CONFAB_ALLOWED_ORIGINS", value_delimiter = ',')]
    pub allowed_origins: Vec<AllowedOrigin>,
    /// Let everybody register. Otherwise the first does, and the others come by invite links.
    #[arg(long, env = "CONFAB_OPEN_REGISTRATION")]
    pub open_registration: bool,
    /// Who may create workspaces: `admins` of the server (the first account is one), or `everyone` with an account.
    #[arg(long, env = "CONFAB_WORKSPACE_CREATION", value_enum, default_value_t = WorkspaceCreation::Admins)]
    pub workspace_creation: WorkspaceCreation,
    /// Take the client's address from X-Forwarded-For. Only behind a proxy that sets it. A proxy on
    /// this machine is trusted anyway.
    #[arg(long, env = "CONFAB_TRUST_PROXY")]
    pub trust_proxy: bool,
    /// Attempts to sign in or register per minute from one address, before RATE_LIMITED.
    #[arg(long, env = "CONFAB_SIGN_IN_RATE", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub sign_in_rate: u32,
    /// Days after which a session that nobody uses expires.
    #[arg(long, env = "CONFAB_SESSION_IDLE_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub session_idle_days: u32,
    /// Days after which a session expires however it is used.
    #[arg(long, env = "CONFAB_SESSION_DAYS", default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub session_days: u32,
    #[command(flatten)]
    pub rates: RateSettings,
    /// Live connections from one address (one /64 of IPv6), and four times as many of all kinds. A company behind
    /// one address may need more.
    #[arg(long, env = "CONFAB_CONNECTIONS_PER_ADDRESS", default_value_t = 1000)]
    pub connections_per_address: usize,
    /// Connections of all kinds at the same time. Without it: as many as fit into the limit of open files, at
    /// most 20,000. When there is no room, those that do nothing are closed first.
    #[arg(long, env = "CONFAB_CONNECTIONS", value_parser = clap::value_parser!(u32).range(1..))]
    pub connections: Option<u32>,
    /// Bytes that the process keeps of all workspaces so that it need not read or execute it again: their latest events,
    /// and what was written of them for clients.
    #[arg(long, env = "CONFAB_LIVE_BYTES", default_value_t = LIVE_BYTES, value_parser = clap::value_parser!(u64).range(1_048_576..))]
    pub live_bytes: u64,
    /// Live connections that may begin in a second, eight times as many at once; others are told when to
    /// come back.
    #[arg(long, env = "CONFAB_ADMISSION_RATE", default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..))]
    pub admission_rate: u32,
    /// Seconds between `/readyz` saying no and the end of the first connection, when the server is told
    /// to stop: for a balancer to notice.
    #[arg(long, env = "CONFAB_NOTICE_SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=300))]
    pub notice_seconds: u64,
    /// Seconds over which live connections are closed then.
    #[arg(long, env = "CONFAB_DRAIN_SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(..=300))]
    pub drain_seconds: u64,
    /// For tests: `name:count` kills the process when it passes a point for the count-th time.
    #[arg(long, env = "CONFAB_FAILPOINT", hide = true)]
    pub failpoint: Option<String>,
    /// For the checker: the server has this bug.
    #[cfg(feature = "planted")]
    #[arg(long, env = "CONFAB_PLANTED_BUG", hide = true)]
    pub planted_bug: Option<crate::planted::Bug>,
}

/// Who may create workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WorkspaceCreation {
    /// The administrators of the server.
    Admins,
    /// Everybody with an account.
    Everyone,
}

/// Where the rows are.
#[derive(Debug, Clone, Args)]
pub struct Store {
    /// The data directory.
    #[arg(long = "data", env = "CONFAB_DATA", default_value = "./data")]
    pub data: PathBuf,
    /// Postgres 15 or newer, such as `postgres://user:password@host/database`. Without it: SQLite in the
    /// data directory.
    #[arg(long, env = "CONFAB_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// A file that holds the same, so that the password is not in the environment.
    #[arg(long, env = "CONFAB_DATABASE_URL_FILE", conflicts_with = "database_url")]
    pub database_url_file: Option<PathBuf>,
}

/// How a fleet talks. Without a URL this process is alone.
#[derive(Debug, Clone, Args)]
pub struct NatsSettings {
    /// NATS 2.15 or newer with JetStream, such as `nats://127.0.0.1:4222`; several servers with commas.
    /// Needs Postgres.
    #[arg(long = "nats-url", env = "CONFAB_NATS_URL", hide_env_values = true)]
    pub url: Option<String>,
    /// A file with NATS credentials (JWT and seed).
    #[arg(long = "nats-credentials", env = "CONFAB_NATS_CREDENTIALS")]
    pub credentials: Option<PathBuf>,
    /// The certificate of the authority that signed those of NATS; turns TLS on.
    #[arg(long = "nats-ca", env = "CONFAB_NATS_CA")]
    pub ca: Option<PathBuf>,
    /// This process's certificate for NATS, with its key.
    #[arg(long = "nats-certificate", env = "CONFAB_NATS_CERTIFICATE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// The key of the certificate.
    #[arg(long = "nats-key", id = "key", env = "CONFAB_NATS_KEY", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// The monitoring of NATS, such as `http://127.0.0.1:8222`, several with commas: there it is seen
    /// whether NATS syncs what it acknowledges.
    #[arg(long = "nats-monitor-url", env = "CONFAB_NATS_MONITOR_URL")]
    pub monitor_url: Option<String>,
    /// Start although NATS does not sync what it acknowledges, or cannot be asked.
    #[arg(long = "nats-allow-lazy-sync", env = "CONFAB_NATS_ALLOW_LAZY_SYNC")]
    pub allow_lazy_sync: bool,
    /// On how many servers of a NATS cluster the log is kept.
    #[arg(long = "nats-replicas", env = "CONFAB_NATS_REPLICAS", default_value_t = 1)]
    pub replicas: usize,
    /// For how many hours JetStream keeps events; erased texts stay there for so long.
    #[arg(long = "nats-keep-hours", env = "CONFAB_NATS_KEEP_HOURS", default_value_t = 24,
          value_parser = clap::value_parser!(u32).range(1..=8760))]
    pub keep_hours: u32,
}

/// Where the search index is. Without a URL: in the data directory.
#[derive(Debug, Clone, Default, Args)]
pub struct SearchSettings {
    /// Meilisearch 1.13 or newer, such as `http://127.0.0.1:7700`.
    #[arg(long = "meilisearch-url", id = "meilisearch_url", env = "CONFAB_MEILISEARCH_URL")]
    pub url: Option<String>,
    /// A key of Meilisearch that may make, fill, search and remove indexes whose names begin with `confab_`, and
    /// read and remove tasks.
    #[arg(long = "meilisearch-key", id = "meilisearch_key", env = "CONFAB_MEILISEARCH_KEY", hide_env_values = true)]
    pub key: Option<String>,
    /// A file that holds the same, so that the key is not in the environment.
    #[arg(
        long = "meilisearch-key-file",
        id = "meilisearch_key_file",
        env = "CONFAB_MEILISEARCH_KEY_FILE",
        conflicts_with = "meilisearch_key"
    )]
    pub key_file: Option<PathBuf>,
}

impl SearchSettings {
    /// The key, from the setting or its file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn key(&self) -> std::io::Result<Option<String>> {
        match &self.key_file {
            Some(file) => Ok(Some(std::fs::read_to_string(file)?.trim().to_owned())),
            None => Ok(self.key.clone()),
        }
    }
}

impl Default for NatsSettings {
    fn default() -> Self {
        Self {
            url: None,
            credentials: None,
            ca: None,
            certificate: None,
            key: None,
            monitor_url: None,
            allow_lazy_sync: false,
            replicas: 1,
            keep_hours: 24,
        }
    }
}

impl Store {
    /// SQLite in a data directory, or Postgres at a URL.
    pub fn new(data: PathBuf, database_url: Option<String>) -> Self {
        Self { data, database_url, database_url_file: None }
    }

    /// Whether the rows are in the data directory.
    pub fn is_sqlite(&self) -> bool {
        self.database_url.is_none() && self.database_url_file.is_none()
    }

    /// The URL of Postgres, from the setting or its file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn url(&self) -> std::io::Result<Option<String>> {
        match &self.database_url_file {
            Some(file) => Ok(Some(std::fs::read_to_string(file)?.trim().to_owned())),
            None => Ok(self.database_url.clone()),
        }
    }
}

/// An address of people: http or https, a host, no path.
fn public_url(text: &str) -> Result<String, String> {
    let wrong = || format!("{text} is not an address such as https://chat.example.org");
    let url: axum::http::Uri = text.trim_end_matches('/').parse().map_err(|_| wrong())?;
    let whole = matches!(url.scheme_str(), Some("http" | "https")) && url.authority().is_some();
    let bare = matches!(url.path_and_query().map(axum::http::uri::PathAndQuery::as_str), None | Some("/" | ""));
    (whole && bare).then(|| text.trim_end_matches('/').to_owned()).ok_or_else(wrong)
}

impl Config {
    /// The settings of a command that only needs the rows.
    pub fn of_store(store: Store) -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 0)),
            store,
            nats: NatsSettings::default(),
            search: SearchSettings::default(),
            media: MediaSettings::default(),
            public_url: None,
            allowed_origins: Vec::new(),
            open_registration: false,
            workspace_creation: WorkspaceCreation::Admins,
            trust_proxy: false,
            sign_in_rate: 60,
            session_idle_days: 30,
            session_days: 180,
            rates: RateSettings::default(),
            connections_per_address: 1000,
            connections: None,
            live_bytes: LIVE_BYTES,
            admission_rate: 250,
            notice_seconds: 0,
            drain_seconds: 2,
            failpoint: None,
            #[cfg(feature = "planted")]
            planted_bug: None,
        }
    }

    /// Where the bytes of files are; nowhere in a fleet that has said nothing: a directory of one process is not
    /// that of another.
    pub fn place_of_media(&self) -> Option<Place> {
        match (&self.media.s3.bucket, &self.media.directory) {
            (Some(_), _) => Some(Place::Bucket),
            (None, Some(directory)) => Some(Place::Directory(directory.clone())),
            (None, None) if self.nats.url.is_some() => None,
            (None, None) => Some(Place::Directory(self.store.data.join("media"))),
        }
    }

    /// Whether this server signs links to files: unless browsers get and put all of them at a bucket.
    pub fn signs_links(&self) -> bool {
        match self.place_of_media() {
            Some(Place::Directory(_)) => true,
            Some(Place::Bucket) => self.media.s3.through_server,
            None => false,
        }
    }

    /// Whether people come by https.
    pub fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_public_url_has_a_scheme_and_no_path() {
        for good in ["https://chat.example.org", "http://127.0.0.1:8080", "https://chat.example.org/"] {
            assert_eq!(public_url(good).as_deref(), Ok(good.trim_end_matches('/')));
        }
        for wrong in ["chat.example.org", "https://", "ftp://a", "https://a/b", "https://a?b", ""] {
            assert!(public_url(wrong).is_err(), "{wrong}");
        }
    }
}
