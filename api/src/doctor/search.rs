//! Checks the search engine: reachability, API key, version and indexes.

use super::finding::Finding;
use crate::adapter::search::engine::Engine;
use crate::ground::config::Config;

/// Checks the configured search engine.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let engine = match Engine::configured(config) {
        Ok(engine) => engine,
        Err(error) => return vec![Finding::error("search", error.to_string())],
    };
    let Engine::Meilisearch(meilisearch) = &engine else {
        let detail = "index in the data directory. Set CONFAB_MEILISEARCH_URL to share one index between processes";
        return vec![Finding::ok("search", detail)];
    };
    let Ok(version) = meilisearch.version().await else {
        let detail = "Meilisearch is unavailable: check CONFAB_MEILISEARCH_URL and CONFAB_MEILISEARCH_KEY. Only \
                      search is affected";
        return vec![Finding::error("search", detail)];
    };
    let tested = "tested with Meilisearch 1.50";
    let mut findings = vec![match version.split('.').collect::<Vec<_>>()[..] {
        ["1", minor, ..] if minor.parse::<u32>().is_ok_and(|minor| minor >= 13) => {
            Finding::ok("search", format!("Meilisearch {version}"))
        }
        _ => {
            Finding::warning("search", format!("Meilisearch {version}: {tested}, requires 1.13 or a later 1.x version"))
        }
    }];
    findings.push(match engine.ids().await {
        Ok(ids) => Finding::ok("search indexes", format!("{} found", ids.len())),
        Err(_) => Finding::error(
            "search indexes",
            "the API key is not allowed to list indexes: see docs/operate.md for the required permissions",
        ),
    });
    findings
}
