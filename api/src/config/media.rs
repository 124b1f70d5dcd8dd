//! The settings of files: where they are, how many there may be, and who looks at them first.

use std::path::PathBuf;

use clap::Args;

use super::public_url;

/// Where files are, and how many there may be. Without a bucket: in the data directory.
#[derive(Debug, Clone, Args)]
pub struct MediaSettings {
    #[command(flatten)]
    pub s3: S3Settings,
    /// The directory of files, if there is no bucket. Defaults to `media` in the data directory. In a fleet
    /// it must be named, and be the same to all processes.
    #[arg(long = "media-directory", env = "CONFAB_MEDIA_DIRECTORY")]
    pub directory: Option<PathBuf>,
    /// A random text of at least 32 characters, the same for all processes of a fleet, with which links to files are
    /// signed that go through this server, and the secrets of invites made. A single process makes a key of its own in
    /// the data directory.
    #[arg(long = "media-key", id = "media_key", env = "CONFAB_MEDIA_KEY", hide_env_values = true)]
    pub key: Option<String>,
    /// A file that holds the same, so that the key is not in the environment.
    #[arg(long = "media-key-file", id = "media_key_file", env = "CONFAB_MEDIA_KEY_FILE", conflicts_with = "media_key")]
    pub key_file: Option<PathBuf>,
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
    /// The most bytes of all files of an account, in all workspaces together.
    #[arg(long, env = "CONFAB_ACCOUNT_BYTES", default_value_t = ACCOUNT_BYTES)]
    pub account_bytes: u64,
    /// The most bytes of all files of a workspace.
    #[arg(long, env = "CONFAB_WORKSPACE_BYTES", default_value_t = WORKSPACE_BYTES)]
    pub workspace_bytes: u64,
    /// The most bytes of all files of all workspaces.
    #[arg(long, env = "CONFAB_SERVER_BYTES", default_value_t = SERVER_BYTES)]
    pub server_bytes: u64,
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
    /// The program that is started to look into files. Defaults to this one.
    #[arg(long = "previews-program", env = "CONFAB_PREVIEWS_PROGRAM", hide = true)]
    pub previews_program: Option<PathBuf>,
}

/// The bucket of files, on AWS or any server that speaks S3.
#[derive(Debug, Clone, Args)]
pub struct S3Settings {
    /// The bucket. Turns S3 on.
    #[arg(long = "s3-bucket", env = "CONFAB_S3_BUCKET")]
    pub bucket: Option<String>,
    /// The address of the server, such as `http://127.0.0.1:9000`. Defaults to AWS.
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
const ACCOUNT_BYTES: u64 = 20 << 30;
const WORKSPACE_BYTES: u64 = 100 << 30;
const SERVER_BYTES: u64 = 1 << 40;
const GRACE_SECONDS: u32 = 24 * 3600;

impl Default for MediaSettings {
    fn default() -> Self {
        Self {
            s3: S3Settings::default(),
            directory: None,
            key: None,
            key_file: None,
            url: None,
            file_bytes: FILE_BYTES,
            member_bytes: MEMBER_BYTES,
            account_bytes: ACCOUNT_BYTES,
            workspace_bytes: WORKSPACE_BYTES,
            server_bytes: SERVER_BYTES,
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

impl MediaSettings {
    /// The key of links, from the setting or its file.
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

/// Where a virus scanner listens.
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
    fn an_address_says_how() {
        assert_eq!("tcp://127.0.0.1:3310".parse(), Ok(Scanner::Tcp("127.0.0.1:3310".into())));
        assert_eq!("unix:///run/clamd.sock".parse(), Ok(Scanner::Unix("/run/clamd.sock".into())));
        for wrong in ["127.0.0.1:3310", "tcp://host", "unix://run", ""] {
            assert!(wrong.parse::<Scanner>().is_err(), "{wrong}");
        }
    }
}
