//! The official GraphQL-over-HTTP audits (npm `graphql-http`) against the running server.

use std::path::{Path, PathBuf};

use serde_json::Value;
use tokio::process::Command;

use crate::support::Server;

#[tokio::test]
async fn passes_all_graphql_over_http_audits() {
    let Some(folder) = audits().await else {
        return;
    };
    let server = Server::start().await;
    let mut node = Command::new("node");
    node.arg("run.mjs").arg(server.url("/graphql")).current_dir(folder);
    let output = node.output().await.unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{stderr}");
    let results: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let (passed, failed): (Vec<_>, Vec<_>) = results.iter().partition(|result| result["status"] == "ok");
    println!("{} of {} audits pass", passed.len(), results.len());
    assert!(failed.is_empty(), "{failed:#?}");
    assert_eq!(passed.len(), 61);
}

/// The folder of the audits with its dependencies. Without Node, fails in CI and is skipped elsewhere.
#[expect(clippy::disallowed_methods, reason = "the environment determines whether this is CI")]
async fn audits() -> Option<PathBuf> {
    let node = Command::new("node").arg("--version").output().await;
    if !node.is_ok_and(|output| output.status.success()) {
        assert!(std::env::var_os("CI").is_none(), "CI needs Node for the audits");
        println!("skipped: passes_all_graphql_over_http_audits needs Node");
        return None;
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audits");
    if !folder.join("node_modules/graphql-http").exists() {
        let mut npm = Command::new("npm");
        npm.args(["ci", "--ignore-scripts"]).current_dir(&folder);
        let output = npm.output().await.unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    Some(folder)
}
