//! The settings of an index. Any change here requires a new `generation::VERSION`.

use std::collections::BTreeMap;

use meilisearch_sdk::settings::{
    FacetSortValue, FacetingSettings, MinWordSizeForTypos, PaginationSetting, Settings, TypoToleranceSettings,
};

use crate::adapter::search::pattern::{MIN_CHARS_FOR_ONE_TYPO, MIN_CHARS_FOR_TWO_TYPOS};

/// Hits counted exactly; a higher total is an estimate.
pub const MAX_COUNTED_HITS: usize = 10_000;

/// Searchable, filterable and sortable attributes, ranking rules, and typo tolerance.
pub fn settings() -> Settings {
    let size = |letters: usize| u8::try_from(letters).ok();
    Settings::new()
        .with_searchable_attributes(["text", "files"])
        .with_displayed_attributes(["id", "seq", "version"])
        .with_filterable_attributes([
            "at",
            "audience",
            "author",
            "channel",
            "everyone",
            "has",
            "id",
            "mentions",
            "month",
            "seq",
            "thread",
            "threaded",
            "workspace",
        ])
        .with_sortable_attributes(["seq"])
        // A requested sort by time takes precedence over relevance.
        .with_ranking_rules(["sort", "words", "typo", "proximity", "exactness"])
        .with_typo_tolerance(TypoToleranceSettings {
            enabled: Some(true),
            disable_on_attributes: None,
            disable_on_words: None,
            min_word_size_for_typos: Some(MinWordSizeForTypos {
                one_typo: size(MIN_CHARS_FOR_ONE_TYPO),
                two_typos: size(MIN_CHARS_FOR_TWO_TYPOS),
            }),
            disable_on_numbers: Some(true),
        })
        .with_pagination(PaginationSetting { max_total_hits: MAX_COUNTED_HITS })
        .with_faceting(FacetingSettings {
            max_values_per_facet: 100,
            sort_facet_values_by: Some(BTreeMap::from([("*".to_owned(), FacetSortValue::Count)])),
        })
        .with_search_cutoff(1_500)
}
