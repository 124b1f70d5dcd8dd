//! A real S3 server for a test, and the settings of a process that uses it.
//!
//! The program is that of `CONFAB_TEST_S3_SERVER` (s3s-fs). Without it tests fail in CI, and are skipped by name
//! elsewhere.

use api::ground::config::S3Settings;
use testbed::s3::{ACCESS_KEY_ID, BUCKET, S3, SECRET_ACCESS_KEY};

use crate::support::requirement;

/// Starts a server. `None` if none is configured outside of CI.
pub async fn start(test: &str) -> Option<S3> {
    let program = requirement(test, "CONFAB_TEST_S3_SERVER")?;
    Some(S3::start(program.as_ref()).await.unwrap())
}

/// The settings of a process on this server.
pub fn settings(s3: &S3) -> S3Settings {
    S3Settings {
        bucket: Some(BUCKET.into()),
        endpoint: Some(s3.endpoint()),
        access_key_id: Some(ACCESS_KEY_ID.into()),
        secret_access_key: Some(SECRET_ACCESS_KEY.into()),
        ..S3Settings::default()
    }
}
