//! Translates a search to a Meilisearch query text and filter.

use std::fmt::Write;

use uuid::Uuid;

use crate::adapter::search::analysis;
use crate::adapter::search::query::{Clause, Condition, Query, SearchOptions, Sort, Term};
use crate::ground::id::WorkspaceId;
use crate::model::event::Seq;

/// The query text: phrases quoted, negated terms prefixed with `-`, and a trailing space after a complete last word, so
/// that it does not match as a prefix.
pub fn query_text(terms: &[Term]) -> String {
    let mut query_text = String::new();
    for term in terms {
        let minus = if term.negated { "-" } else { "" };
        // Unquoted, each token would be excluded separately.
        let is_multi_token = term.negated && analysis::tokens(&term.text).len() > 1;
        let quote = if term.is_phrase || is_multi_token { "\"" } else { "" };
        let _ = write!(query_text, "{minus}{quote}{}{quote} ", term.text.replace('"', " ").trim_start_matches('-'));
    }
    if terms.last().is_some_and(|term| term.is_prefix) {
        query_text.pop();
    }
    query_text
}

/// A conjunction of disjunctions, Meilisearch's filter format.
pub type Filter = Vec<Vec<String>>;

/// Maximum values of one `IN` list. Meilisearch 1.50 parses a list in time quadratic in its length: 290 ms for one list
/// of 2,000 ids, 30 ms for short numbers in lists of 50.
const MAX_LIST_VALUES: usize = 50;

/// Translates the clauses to a filter.
pub fn filter(query: &Query, options: &SearchOptions) -> Filter {
    let mut conjunction: Filter = vec![vec![format!("workspace = {}", quoted(query.workspace_id.0))]];
    for clause in &query.clauses {
        match clause.negated {
            false => conjunction.push(alternatives(clause)),
            true => conjunction.extend(alternatives(clause).into_iter().map(|one| vec![format!("NOT ({one})")])),
        }
    }
    conjunction.extend(options.after.map(|after| {
        let sign = if options.sort == Sort::Oldest { ">" } else { "<" };
        vec![format!("seq {sign} {after}")]
    }));
    conjunction
}

/// A filter for the messages of a workspace with `after < seq <= to`.
pub fn within(workspace_id: WorkspaceId, after: Seq, to: Seq) -> String {
    format!("workspace = {} AND seq > {after} AND seq <= {to}", quoted(workspace_id.0))
}

fn quoted(id: Uuid) -> String {
    format!("\"{id}\"")
}

/// Translates a clause, without its negation, to alternatives. Conditions on one field become `IN` lists.
fn alternatives(clause: &Clause) -> Vec<String> {
    let mut lists: Vec<(&'static str, Vec<String>)> = Vec::new();
    let mut others = Vec::new();
    for condition in &clause.one_of {
        match list_entry(*condition) {
            Ok((field, value)) => match lists.iter_mut().find(|(listed, _)| *listed == field) {
                Some((_, values)) => values.push(value),
                None => lists.push((field, vec![value])),
            },
            Err(other) => others.push(other),
        }
    }
    let list = |field: &str, values: &[String]| format!("{field} IN [{}]", values.join(","));
    let lists = lists.iter().flat_map(|(field, values)| values.chunks(MAX_LIST_VALUES).map(|part| list(field, part)));
    let mut alternatives: Vec<String> = lists.chain(others).collect();
    if alternatives.is_empty() {
        // An empty clause matches nothing: every document has a positive `seq`.
        alternatives.push("seq < 0".to_owned());
    }
    alternatives
}

/// A field and value for an `IN` list, or a standalone condition.
fn list_entry(condition: Condition) -> Result<(&'static str, String), String> {
    Ok(match condition {
        Condition::Audience(audience) => ("audience", audience.to_string()),
        Condition::Channel(id) => ("channel", quoted(id.0)),
        Condition::Author(id) => ("author", quoted(id.0)),
        Condition::Mentions(id) => ("mentions", quoted(id.0)),
        Condition::InThread(id) => ("thread", quoted(id.0)),
        Condition::Message(id) => ("id", quoted(id.0)),
        Condition::Has(what) => ("has", <&str>::from(what).to_owned()),
        Condition::MentionsChannel => return Err("everyone = true".to_owned()),
        Condition::Threaded => return Err("threaded = true".to_owned()),
        Condition::Before(moment) => return Err(format!("at < {}", moment.0)),
        Condition::Since(moment) => return Err(format!("at >= {}", moment.0)),
        Condition::UnreadAfter(channel, seq, member) => {
            let (channel, member) = (quoted(channel.0), quoted(member.0));
            return Err(format!("(channel = {channel} AND seq > {seq} AND author != {member})"));
        }
    })
}
