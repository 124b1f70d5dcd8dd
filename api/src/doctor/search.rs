//! The search engine: reachable, let in, new enough; and whether an index is being built.

use super::Finding;
use crate::app;
use crate::config::Config;
use crate::search::engine::Engine;

/// Looks at the engine that the settings name.
pub async fn examine(config: &Config) -> Vec<Finding> {
    let engine = match app::engine(config) {
        Ok(engine) => engine,
        Err(error) => return vec![Finding::bad("search", error.to_string())],
    };
    let Engine::Meilisearch(meilisearch) = &engine else {
        let words = "in the data directory. CONFAB_MEILISEARCH_URL has Meilisearch do it, for all processes together";
        return vec![Finding::good("search", words)];
    };
    let Ok(version) = meilisearch.version().await else {
        let words = "Meilisearch does not answer, or refuses the connection: check CONFAB_MEILISEARCH_URL and \
                         CONFAB_MEILISEARCH_KEY. Without it everything works but the search";
        return vec![Finding::bad("search", words)];
    };
    let known = "made for Meilisearch 1.50";
    let mut findings = vec![match version.split('.').collect::<Vec<_>>()[..] {
        ["1", minor, ..] if minor.parse::<u32>().is_ok_and(|minor| minor >= 13) => {
            Finding::good("search", format!("Meilisearch {version}"))
        }
        _ => Finding::doubtful("search", format!("Meilisearch {version}: {known}; 1.13 or later of 1 should do")),
    }];
    findings.push(match engine.ids().await {
        Ok(ids) => Finding::good("search indexes", format!("{} of Confab's are there", ids.len())),
        Err(_) => Finding::bad(
            "search indexes",
            "the key may not list indexes: see docs/operate.md for what it must be allowed",
        ),
    });
    findings
}
