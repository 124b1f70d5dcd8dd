//! The settings. The one place that reads the environment (through clap): `--listen` is
//! `CONFAB_LISTEN`, and so on. Without any the server runs embedded on this machine.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

use crate::media::scanner::Scanner;

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
    /// The address that people use, such as `https://chat.example.org`. Invite links begin with it, and
    /// with https the cookie is bound to the host. Without it links use the address of the request.
    #[arg(long, env = "CONFAB_PUBLIC_URL", value_parser = public_url)]
    pub public_url: Option<String>,
    /// Let everybody register. Otherwise the first does, and the others come by invite links.
    #[arg(long, env = "CONFAB_OPEN_REGISTRATION")]
    pub open_registration: bool,
    /// Take the client's address from X-Forwarded-For. Only behind a proxy that sets it. A proxy on
    /// this machine is trusted anyway.
    #[arg(long, env = "CONFAB_TRUST_PROXY")]
    pub trust_proxy: bool,
    /// Sign-in attempts per minute from one address (and a tenth of it per account), before
    /// RATE_LIMITED.
    #[arg(long, env = "CONFAB_SIGN_IN_RATE", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    pub sign_in_rate: u32,
    /// Live connections from one address (one /64 of IPv6). A company behind one address may need more.
    #[arg(long, env = "CONFAB_CONNECTIONS_PER_ADDRESS", default_value_t = 1000)]
    pub connections_per_address: usize,
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

/// Where files are, and how many there may be. Without a bucket: in the data directory.
#[derive(Debug, Clone, Args)]
pub struct MediaSettings {
    #[command(flatten)]
    pub s3: S3Settings,
    /// The directory of files, if there is no bucket; `media` in the data directory if nothing is said. In a fleet
    /// it must be named, and be the same to all processes.
    #[arg(long = "media-directory", env = "CONFAB_MEDIA_DIRECTORY")]
    pub directory: Option<PathBuf>,
    /// Another address of this server, such as `https://media.example.org`, for files that are shown: what a
    /// browser takes for a page there has nothing to do with the client.
    #[arg(long = "media-url", id = "media_url", env = "CONFAB_MEDIA_URL", value_parser = public_url)]
    pub url: Option<String>,
    /// The most bytes of one file.
    #[arg(long, env = "CONFAB_FILE_BYTES", default_value_t = FILE_BYTES, value_parser = clap::value_parser!(u64).range(1..=5_368_709_120))]
    pub file_bytes: u64,
    /// The most bytes of all files of a member.
    #[arg(long, env = "CONFAB_MEMBER_BYTES", default_value_t = MEMBER_BYTES)]
    pub member_bytes: u64,
    /// The most bytes of all files of a workspace.
    #[arg(long, env = "CONFAB_WORKSPACE_BYTES", default_value_t = WORKSPACE_BYTES)]
    pub workspace_bytes: u64,
    /// Seconds for which bytes are kept that no message names, or none any more.
    #[arg(long = "media-grace-seconds", env = "CONFAB_MEDIA_GRACE_SECONDS", default_value_t = GRACE_SECONDS,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub grace_seconds: u32,
    /// A ClamAV daemon that every file is shown to before anybody gets it, such as `tcp://127.0.0.1:3310` or
    /// `unix:///run/clamav/clamd.ctl`.
    #[arg(long, env = "CONFAB_SCANNER")]
    pub scanner: Option<Scanner>,
    /// Where ffmpeg, ffprobe, pdftoppm and pdftotext are looked for.
    #[arg(long = "tools-path", env = "PATH", hide = true, default_value = "")]
    pub tools_path: std::ffi::OsString,
    /// The program that is started to look into files; this one if nothing is said.
    #[arg(long = "previews-program", env = "CONFAB_PREVIEWS_PROGRAM", hide = true)]
    pub previews_program: Option<PathBuf>,
}

/// The bucket of files, on AWS or any server that speaks S3.
#[derive(Debug, Clone, Args)]
pub struct S3Settings {
    /// The bucket. Turns S3 on.
    #[arg(long = "s3-bucket", env = "CONFAB_S3_BUCKET")]
    pub bucket: Option<String>,
    /// The address of the server, such as `http://127.0.0.1:9000`; AWS if nothing is said.
    #[arg(long = "s3-endpoint", env = "CONFAB_S3_ENDPOINT", requires = "bucket")]
    pub endpoint: Option<String>,
    /// The same server by the address at which browsers reach it, if that is another one.
    #[arg(long = "s3-public-endpoint", env = "CONFAB_S3_PUBLIC_ENDPOINT", requires = "bucket")]
    pub public_endpoint: Option<String>,
    #[arg(long = "s3-region", env = "CONFAB_S3_REGION", default_value = "us-east-1")]
    pub region: String,
    /// Left out, it is asked of the machine, as is usual on AWS.
    #[arg(long = "s3-access-key-id", env = "CONFAB_S3_ACCESS_KEY_ID", requires = "bucket")]
    pub access_key_id: Option<String>,
    #[arg(long = "s3-secret-access-key", env = "CONFAB_S3_SECRET_ACCESS_KEY", hide_env_values = true)]
    pub secret_access_key: Option<String>,
    /// A file that holds the same, so that the key is not in the environment.
    #[arg(
        long = "s3-secret-access-key-file",
        env = "CONFAB_S3_SECRET_ACCESS_KEY_FILE",
        conflicts_with = "secret_access_key"
    )]
    pub secret_access_key_file: Option<PathBuf>,
    /// Name the bucket in the host (`https://bucket.host/`) and not in the path.
    #[arg(long = "s3-virtual-host", env = "CONFAB_S3_VIRTUAL_HOST")]
    pub virtual_host: bool,
    /// How the server encrypts what is stored: `AES256`, or `aws:kms:` and the id of a key.
    #[arg(long = "s3-encryption", env = "CONFAB_S3_ENCRYPTION", requires = "bucket")]
    pub encryption: Option<Encryption>,
    /// Have all bytes go through this server, where browsers cannot reach the bucket.
    #[arg(long = "s3-through-server", env = "CONFAB_S3_THROUGH_SERVER")]
    pub through_server: bool,
}

/// How a bucket encrypts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    Aes256,
    /// With this key of KMS.
    Kms(String),
}

impl std::str::FromStr for Encryption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("aws:kms:") {
            Some(key) if !key.is_empty() => Ok(Self::Kms(key.to_owned())),
            _ if text == "AES256" => Ok(Self::Aes256),
            _ => Err(format!("{text} is neither AES256 nor aws:kms: with the id of a key")),
        }
    }
}

/// Where the bytes of files are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    Directory(PathBuf),
    Bucket,
}

const FILE_BYTES: u64 = 256 << 20;
const MEMBER_BYTES: u64 = 10 << 30;
const WORKSPACE_BYTES: u64 = 100 << 30;
const GRACE_SECONDS: u32 = 24 * 3600;

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            s3: S3Settings::default(),
            directory: None,
            url: None,
            file_bytes: FILE_BYTES,
            member_bytes: MEMBER_BYTES,
            workspace_bytes: WORKSPACE_BYTES,
            grace_seconds: GRACE_SECONDS,
            scanner: None,
            tools_path: std::ffi::OsString::new(),
            previews_program: None,
        }
    }
}

impl Default for S3Settings {
    fn default() -> Self {
        Self {
            bucket: None,
            endpoint: None,
            public_endpoint: None,
            region: "us-east-1".into(),
            access_key_id: None,
            secret_access_key: None,
            secret_access_key_file: None,
            virtual_host: false,
            encryption: None,
            through_server: false,
        }
    }
}

impl S3Settings {
    /// The secret key, from the setting or its file.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn secret(&self) -> std::io::Result<Option<String>> {
        match &self.secret_access_key_file {
            Some(file) => Ok(Some(std::fs::read_to_string(file)?.trim().to_owned())),
            None => Ok(self.secret_access_key.clone()),
        }
    }
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
            open_registration: false,
            trust_proxy: false,
            sign_in_rate: 60,
            connections_per_address: 1000,
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
