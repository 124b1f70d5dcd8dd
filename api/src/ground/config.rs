//! The settings, read from the command line and the environment (`--listen` or `CONFAB_LISTEN`). This is the
//! only place that reads the environment. Without any setting the server runs embedded on this machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

mod media;
mod origin;
mod rates;

pub use media::{Encryption, FileLocation, MediaSettings, S3Settings, Scanner};
pub use origin::{AllowedOrigin, normalize};
pub use rates::RateSettings;

const DEFAULT_LIVE_BYTES: u64 = 256 << 20;

/// The settings of `confab serve`.
#[derive(Debug, Clone, Args)]
pub struct Config {
    /// IP address and port to listen on.
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
    /// Public URL of the server, such as `https://chat.example.org`.
    ///
    /// The only host the server responds to, and the base of invite links. With https, the session cookie is
    /// `Secure`. If unset, the server responds only to localhost and loopback addresses.
    #[arg(long, env = "CONFAB_PUBLIC_URL", value_parser = public_url)]
    pub public_url: Option<String>,
    /// Comma-separated origins of other sites whose pages may call the API.
    ///
    /// Accepts exact origins (`https://app.example.org`), all subdomains (`https://*.example.org`), or `*` for
    /// every origin, without cookies.
    #[arg(long, env = "CONFAB_ALLOWED_ORIGINS", value_delimiter = ',')]
    pub allowed_origins: Vec<AllowedOrigin>,
    /// Allow anyone to register.
    ///
    /// If unset, only the first account can be registered without an invite link.
    #[arg(long, env = "CONFAB_OPEN_REGISTRATION")]
    pub open_registration: bool,
    /// Who may create workspaces: server administrators, or every account.
    ///
    /// The first account on the server is an administrator.
    #[arg(long, env = "CONFAB_WORKSPACE_CREATION", value_enum, default_value_t = WorkspaceCreation::Admins)]
    pub workspace_creation: WorkspaceCreation,
    /// Read client IP addresses from `X-Forwarded-For`.
    ///
    /// Enable only behind a proxy that sets the header. A proxy on this machine is always trusted.
    #[arg(long, env = "CONFAB_TRUST_PROXY")]
    pub trust_proxy: bool,
    /// Maximum attempts to sign in or register per minute and IP address. Further attempts return
    /// RATE_LIMITED.
    #[arg(long, env = "CONFAB_SIGN_IN_RATE", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub sign_in_rate: u32,
    /// Days until an unused session expires.
    #[arg(long, env = "CONFAB_SESSION_IDLE_DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub session_idle_days: u32,
    /// Days until a session expires, regardless of use.
    #[arg(long, env = "CONFAB_SESSION_DAYS", default_value_t = 180, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub session_days: u32,
    #[command(flatten)]
    pub rates: RateSettings,
    /// Maximum live connections from one IP address (one /64 for IPv6).
    ///
    /// Connections of all kinds are limited to four times this number. Increase it for an organization that shares one
    /// IP address.
    #[arg(long, env = "CONFAB_CONNECTIONS_PER_ADDRESS", default_value_t = 1000)]
    pub connections_per_address: usize,
    /// Maximum open connections of all kinds.
    ///
    /// Defaults to three quarters of the open file limit, at most 20,000. When the limit is reached, idle connections
    /// are closed first.
    #[arg(long, env = "CONFAB_CONNECTIONS", value_parser = clap::value_parser!(u32).range(1..))]
    pub connections: Option<u32>,
    /// Memory for recent events and rendered items of all workspaces, in bytes.
    ///
    /// Cached events are neither read from the database nor rendered again.
    #[arg(long, env = "CONFAB_LIVE_BYTES", default_value_t = DEFAULT_LIVE_BYTES, value_parser = clap::value_parser!(u64).range(1_048_576..))]
    pub live_bytes: u64,
    /// New live connections accepted per second, with bursts of up to eight times as many.
    ///
    /// Other clients are disconnected with a retry time.
    #[arg(long, env = "CONFAB_ADMISSION_RATE", default_value_t = 250, value_parser = clap::value_parser!(u32).range(1..))]
    pub admission_rate: u32,
    /// Seconds between `/readyz` failing and the first connection closing on shutdown.
    ///
    /// Gives a load balancer time to stop sending requests.
    #[arg(long, env = "CONFAB_NOTICE_SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=300))]
    pub notice_seconds: u64,
    /// Seconds over which live connections are closed on shutdown.
    #[arg(long, env = "CONFAB_DRAIN_SECONDS", default_value_t = 2, value_parser = clap::value_parser!(u64).range(..=300))]
    pub drain_seconds: u64,
    /// For tests: kills the process when the failpoint `name` is reached for the count-th time, as
    /// `name:count`.
    #[arg(long, env = "CONFAB_FAILPOINT", hide = true)]
    pub failpoint: Option<String>,
    /// For the checker: the bug planted in this server.
    #[cfg(feature = "planted")]
    #[arg(long, env = "CONFAB_PLANTED_BUG", hide = true)]
    pub planted_bug: Option<crate::ground::planted::Bug>,
}

/// Who may create workspaces.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum WorkspaceCreation {
    /// Server administrators.
    Admins,
    /// Every account.
    Everyone,
}

/// Where the database is stored.
#[derive(Debug, Clone, Args)]
pub struct Store {
    /// Data directory.
    #[arg(long = "data", env = "CONFAB_DATA", default_value = "./data")]
    pub data: PathBuf,
    /// URL of Postgres 15 or later, such as `postgres://user:password@host/database`. Defaults to SQLite in the
    /// data directory.
    #[arg(long, env = "CONFAB_DATABASE_URL", hide_env_values = true)]
    pub database_url: Option<String>,
    /// File that contains the database URL, to keep the password out of the environment.
    #[arg(long, env = "CONFAB_DATABASE_URL_FILE", conflicts_with = "database_url")]
    pub database_url_file: Option<PathBuf>,
}

/// How processes of a fleet communicate. Without a URL this process runs alone.
#[derive(Debug, Clone, Args)]
pub struct NatsSettings {
    /// URL of NATS 2.15 or later with JetStream, such as `nats://127.0.0.1:4222`. Separate several servers with
    /// commas. Requires Postgres.
    #[arg(long = "nats-url", env = "CONFAB_NATS_URL", hide_env_values = true)]
    pub url: Option<String>,
    /// File with NATS credentials (JWT and seed).
    #[arg(long = "nats-credentials", env = "CONFAB_NATS_CREDENTIALS")]
    pub credentials: Option<PathBuf>,
    /// CA certificate that signed the NATS server certificates. Enables TLS.
    #[arg(long = "nats-ca", env = "CONFAB_NATS_CA")]
    pub ca: Option<PathBuf>,
    /// Client certificate for NATS. Requires `--nats-key`.
    #[arg(long = "nats-certificate", env = "CONFAB_NATS_CERTIFICATE", requires = "key")]
    pub certificate: Option<PathBuf>,
    /// Private key of the client certificate for NATS.
    #[arg(long = "nats-key", id = "key", env = "CONFAB_NATS_KEY", requires = "certificate")]
    pub key: Option<PathBuf>,
    /// URL of the NATS monitoring endpoint, such as `http://127.0.0.1:8222`. Separate several with commas.
    ///
    /// Used to check whether NATS syncs messages to disk before it acknowledges them.
    #[arg(long = "nats-monitor-url", env = "CONFAB_NATS_MONITOR_URL")]
    pub monitor_url: Option<String>,
    /// Start even if NATS does not sync acknowledged messages to disk, or the check is not possible.
    #[arg(long = "nats-allow-lazy-sync", env = "CONFAB_NATS_ALLOW_LAZY_SYNC")]
    pub allow_lazy_sync: bool,
    /// Number of NATS servers that store a replica of the log.
    #[arg(long = "nats-replicas", env = "CONFAB_NATS_REPLICAS", default_value_t = 1)]
    pub replicas: usize,
    /// Hours for which JetStream retains events. Erased texts remain there until then.
    #[arg(long = "nats-keep-hours", env = "CONFAB_NATS_KEEP_HOURS", default_value_t = 24,
          value_parser = clap::value_parser!(u32).range(1..=8760))]
    pub keep_hours: u32,
}

/// Where the search index is stored. Without a URL: in the data directory.
#[derive(Debug, Clone, Default, Args)]
pub struct SearchSettings {
    /// URL of Meilisearch 1.13 or later, such as `http://127.0.0.1:7700`. Defaults to an index in the data
    /// directory.
    #[arg(long = "meilisearch-url", id = "meilisearch_url", env = "CONFAB_MEILISEARCH_URL")]
    pub url: Option<String>,
    /// Meilisearch API key.
    ///
    /// Needs permission to create, fill, search and delete indexes named `confab_*`, and to read and delete
    /// tasks.
    #[arg(long = "meilisearch-key", id = "meilisearch_key", env = "CONFAB_MEILISEARCH_KEY", hide_env_values = true)]
    pub key: Option<String>,
    /// File that contains the Meilisearch API key, to keep it out of the environment.
    #[arg(
        long = "meilisearch-key-file",
        id = "meilisearch_key_file",
        env = "CONFAB_MEILISEARCH_KEY_FILE",
        conflicts_with = "meilisearch_key"
    )]
    pub key_file: Option<PathBuf>,
}

impl SearchSettings {
    /// Returns the API key, from the setting or its file.
    ///
    /// # Errors
    /// Fails if the file cannot be read.
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
    /// Creates settings for SQLite in a data directory, or Postgres if a URL is given.
    pub fn new(data: PathBuf, database_url: Option<String>) -> Self {
        Self { data, database_url, database_url_file: None }
    }

    /// Whether the database is SQLite in the data directory.
    pub fn is_sqlite(&self) -> bool {
        self.database_url.is_none() && self.database_url_file.is_none()
    }

    /// Returns the Postgres URL, from the setting or its file.
    ///
    /// # Errors
    /// Fails if the file cannot be read.
    pub fn url(&self) -> std::io::Result<Option<String>> {
        match &self.database_url_file {
            Some(file) => Ok(Some(std::fs::read_to_string(file)?.trim().to_owned())),
            None => Ok(self.database_url.clone()),
        }
    }
}

/// Parses a public URL: http or https, a host, no path.
fn public_url(text: &str) -> Result<String, String> {
    let wrong = || format!("{text} is not a URL such as https://chat.example.org");
    let url: http::Uri = text.trim_end_matches('/').parse().map_err(|_| wrong())?;
    let whole = matches!(url.scheme_str(), Some("http" | "https")) && url.authority().is_some();
    let bare = matches!(url.path_and_query().map(http::uri::PathAndQuery::as_str), None | Some("/" | ""));
    (whole && bare).then(|| text.trim_end_matches('/').to_owned()).ok_or_else(wrong)
}

impl Config {
    /// Returns the settings of a command that only needs the database.
    pub fn for_store(store: Store) -> Self {
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
            live_bytes: DEFAULT_LIVE_BYTES,
            admission_rate: 250,
            notice_seconds: 0,
            drain_seconds: 2,
            failpoint: None,
            #[cfg(feature = "planted")]
            planted_bug: None,
        }
    }

    /// Where file contents are stored. `None` in a fleet without a configured location, because the data
    /// directory of one process is not shared with the others.
    pub fn file_location(&self) -> Option<FileLocation> {
        match (&self.media.s3.bucket, &self.media.directory) {
            (Some(_), _) => Some(FileLocation::Bucket),
            (None, Some(directory)) => Some(FileLocation::Directory(directory.clone())),
            (None, None) if self.nats.url.is_some() => None,
            (None, None) => Some(FileLocation::Directory(self.store.data.join("media"))),
        }
    }

    /// Whether this server signs links to files. It does not if browsers transfer all files directly from and
    /// to a bucket.
    pub fn signs_links(&self) -> bool {
        match self.file_location() {
            Some(FileLocation::Directory(_)) => true,
            Some(FileLocation::Bucket) => self.media.s3.through_server,
            None => false,
        }
    }

    /// Whether the public URL uses https.
    pub fn is_https(&self) -> bool {
        self.public_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_url_requires_a_scheme_and_no_path() {
        for good in ["https://chat.example.org", "http://127.0.0.1:8080", "https://chat.example.org/"] {
            assert_eq!(public_url(good).as_deref(), Ok(good.trim_end_matches('/')));
        }
        for invalid in ["chat.example.org", "https://", "ftp://a", "https://a/b", "https://a?b", ""] {
            assert!(public_url(invalid).is_err(), "{invalid}");
        }
    }
}
