//! The settings for files: storage location, quotas and virus scanning.

use std::path::PathBuf;

use clap::Args;

use super::public_url;

/// Where files are stored, and storage quotas. Defaults to the data directory.
#[derive(Debug, Clone, Args)]
pub struct MediaSettings {
    #[command(flatten)]
    pub s3: S3Settings,
    /// Directory for files, if no bucket is set.
    ///
    /// Defaults to `media` in the data directory. Required in a fleet without a bucket, and must be shared by
    /// all processes.
    #[arg(long = "media-directory", env = "CONFAB_MEDIA_DIRECTORY")]
    pub directory: Option<PathBuf>,
    /// Random secret of at least 32 characters, the same for all processes of a fleet.
    ///
    /// Signs links to files that are served by this server, and derives invite secrets. A single process
    /// generates its own in the data directory.
    #[arg(long = "media-key", id = "media_key", env = "CONFAB_MEDIA_KEY", hide_env_values = true)]
    pub key: Option<String>,
    /// File that contains the media key, to keep it out of the environment.
    #[arg(long = "media-key-file", id = "media_key_file", env = "CONFAB_MEDIA_KEY_FILE", conflicts_with = "media_key")]
    pub key_file: Option<PathBuf>,
    /// Second URL of this server, used only to serve files, such as `https://media.example.org`.
    ///
    /// A different origin isolates uploaded content from the client.
    #[arg(long = "media-url", id = "media_url", env = "CONFAB_MEDIA_URL", value_parser = public_url)]
    pub url: Option<String>,
    /// Maximum size of a file in bytes.
    #[arg(long, env = "CONFAB_FILE_BYTES", default_value_t = DEFAULT_FILE_BYTES, value_parser = clap::value_parser!(u64).range(1..=5_368_709_120))]
    pub file_bytes: u64,
    /// Maximum total size of the files of a member in bytes.
    #[arg(long, env = "CONFAB_MEMBER_BYTES", default_value_t = DEFAULT_MEMBER_BYTES)]
    pub member_bytes: u64,
    /// Maximum total size of the files of an account in all workspaces, in bytes.
    #[arg(long, env = "CONFAB_ACCOUNT_BYTES", default_value_t = DEFAULT_ACCOUNT_BYTES)]
    pub account_bytes: u64,
    /// Maximum total size of the files of a workspace in bytes.
    #[arg(long, env = "CONFAB_WORKSPACE_BYTES", default_value_t = DEFAULT_WORKSPACE_BYTES)]
    pub workspace_bytes: u64,
    /// Maximum total size of the files of all workspaces in bytes.
    #[arg(long, env = "CONFAB_SERVER_BYTES", default_value_t = DEFAULT_SERVER_BYTES)]
    pub server_bytes: u64,
    /// Seconds until unreferenced file contents are deleted.
    #[arg(long = "media-grace-seconds", env = "CONFAB_MEDIA_GRACE_SECONDS", default_value_t = DEFAULT_GRACE_SECONDS,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub grace_seconds: u32,
    /// ClamAV daemon that scans every file before it is available, such as `tcp://127.0.0.1:3310` or
    /// `unix:///run/clamav/clamd.ctl`.
    #[arg(long, env = "CONFAB_SCANNER")]
    pub scanner: Option<Scanner>,
    /// Search path for ffmpeg, ffprobe, pdftoppm and pdftotext.
    #[arg(long = "tools-path", env = "PATH", hide = true, default_value = "")]
    pub tools_path: std::ffi::OsString,
    /// Program that inspects files. Defaults to this executable.
    #[arg(long = "previews-program", env = "CONFAB_PREVIEWS_PROGRAM", hide = true)]
    pub previews_program: Option<PathBuf>,
}

/// The bucket for files, on AWS or any S3-compatible service.
#[derive(Debug, Clone, Args)]
pub struct S3Settings {
    /// S3 bucket for files. Enables S3.
    #[arg(long = "s3-bucket", env = "CONFAB_S3_BUCKET")]
    pub bucket: Option<String>,
    /// Endpoint of the S3 service, such as `http://127.0.0.1:9000`. Defaults to AWS.
    #[arg(long = "s3-endpoint", env = "CONFAB_S3_ENDPOINT", requires = "bucket")]
    pub endpoint: Option<String>,
    /// Endpoint of the S3 service as browsers reach it, if different.
    #[arg(long = "s3-public-endpoint", env = "CONFAB_S3_PUBLIC_ENDPOINT", requires = "bucket")]
    pub public_endpoint: Option<String>,
    /// S3 region.
    #[arg(long = "s3-region", env = "CONFAB_S3_REGION", default_value = "us-east-1")]
    pub region: String,
    /// S3 access key ID. Defaults to the role of the machine, as on AWS.
    #[arg(long = "s3-access-key-id", env = "CONFAB_S3_ACCESS_KEY_ID", requires = "bucket")]
    pub access_key_id: Option<String>,
    /// S3 secret access key.
    #[arg(long = "s3-secret-access-key", env = "CONFAB_S3_SECRET_ACCESS_KEY", hide_env_values = true)]
    pub secret_access_key: Option<String>,
    /// File that contains the S3 secret access key, to keep it out of the environment.
    #[arg(
        long = "s3-secret-access-key-file",
        env = "CONFAB_S3_SECRET_ACCESS_KEY_FILE",
        conflicts_with = "secret_access_key"
    )]
    pub secret_access_key_file: Option<PathBuf>,
    /// Put the bucket name in the host name (`https://bucket.host/`) instead of the path.
    #[arg(long = "s3-virtual-host", env = "CONFAB_S3_VIRTUAL_HOST")]
    pub virtual_host: bool,
    /// Server-side encryption: `AES256`, or `aws:kms:` followed by a key ID.
    #[arg(long = "s3-encryption", env = "CONFAB_S3_ENCRYPTION", requires = "bucket")]
    pub encryption: Option<Encryption>,
    /// Transfer all files through this server. For buckets that browsers cannot reach.
    #[arg(long = "s3-through-server", env = "CONFAB_S3_THROUGH_SERVER")]
    pub through_server: bool,
}

/// Server-side encryption of a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    Aes256,
    /// With this KMS key.
    Kms(String),
}

impl std::str::FromStr for Encryption {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.strip_prefix("aws:kms:") {
            Some(key) if !key.is_empty() => Ok(Self::Kms(key.to_owned())),
            _ if text == "AES256" => Ok(Self::Aes256),
            _ => Err(format!("{text} is neither AES256 nor aws:kms: followed by a key ID")),
        }
    }
}

/// Where file contents are stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileLocation {
    Directory(PathBuf),
    Bucket,
}

const DEFAULT_FILE_BYTES: u64 = 256 << 20;
const DEFAULT_MEMBER_BYTES: u64 = 10 << 30;
const DEFAULT_ACCOUNT_BYTES: u64 = 20 << 30;
const DEFAULT_WORKSPACE_BYTES: u64 = 100 << 30;
const DEFAULT_SERVER_BYTES: u64 = 1 << 40;
const DEFAULT_GRACE_SECONDS: u32 = 24 * 3600;

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            s3: S3Settings::default(),
            directory: None,
            key: None,
            key_file: None,
            url: None,
            file_bytes: DEFAULT_FILE_BYTES,
            member_bytes: DEFAULT_MEMBER_BYTES,
            account_bytes: DEFAULT_ACCOUNT_BYTES,
            workspace_bytes: DEFAULT_WORKSPACE_BYTES,
            server_bytes: DEFAULT_SERVER_BYTES,
            grace_seconds: DEFAULT_GRACE_SECONDS,
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

impl MediaSettings {
    /// Returns the media key, from the setting or its file.
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

impl S3Settings {
    /// Returns the secret access key, from the setting or its file.
    ///
    /// # Errors
    /// Fails if the file cannot be read.
    pub fn secret(&self) -> std::io::Result<Option<String>> {
        match &self.secret_access_key_file {
            Some(file) => Ok(Some(std::fs::read_to_string(file)?.trim().to_owned())),
            None => Ok(self.secret_access_key.clone()),
        }
    }
}

/// The address of a virus scanner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanner {
    Tcp(String),
    Unix(std::path::PathBuf),
}

impl std::str::FromStr for Scanner {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text.strip_prefix("tcp://"), text.strip_prefix("unix://")) {
            (Some(address), _) if address.contains(':') => Ok(Self::Tcp(address.to_owned())),
            (_, Some(path)) if path.starts_with('/') => Ok(Self::Unix(path.into())),
            _ => Err(format!("{text} is not an address such as tcp://127.0.0.1:3310 or unix:///run/clamd.sock")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_scanner_addresses() {
        assert_eq!("tcp://127.0.0.1:3310".parse(), Ok(Scanner::Tcp("127.0.0.1:3310".into())));
        assert_eq!("unix:///run/clamd.sock".parse(), Ok(Scanner::Unix("/run/clamd.sock".into())));
        for invalid in ["127.0.0.1:3310", "tcp://host", "unix://run", ""] {
            assert!(invalid.parse::<Scanner>().is_err(), "{invalid}");
        }
    }
}
