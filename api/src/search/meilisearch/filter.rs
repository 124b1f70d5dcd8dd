//! A search as Meilisearch takes it: the text to look for, and a filter.

use std::fmt::Write;

use uuid::Uuid;

use crate::event::Seq;
use crate::id::WorkspaceId;
use crate::search::analysis;
use crate::search::document::Has;
use crate::search::query::{Clause, Condition, Query, Sort, Term, Wanted};

/// The terms as text: phrases in quotes, `-` before what is not wanted, and a space behind a last word that is
/// complete.
pub fn typed(terms: &[Term]) -> String {
    let mut typed = String::new();
    for term in terms {
        let minus = if term.negated { "-" } else { "" };
        // Of parts that are not in quotes each would be excluded by itself.
        let is_row = term.negated && analysis::tokens(&term.text).len() > 1;
        let quote = if term.is_phrase || is_row { "\"" } else { "" };
        let _ = write!(typed, "{minus}{quote}{}{quote} ", term.text.replace('"', " ").trim_start_matches('-'));
    }
    if terms.last().is_some_and(|term| term.is_open) {
        typed.pop();
    }
    typed
}

/// All of these, and of each one: the form of Meilisearch's filters.
pub type Filter = Vec<Vec<String>>;

/// Values of one list. Meilisearch 1.50 reads a condition in time that grows with the square of its length: 2,000
/// ids in one list took it 290 ms, and short numbers in lists of 50 take 30.
const LIST: usize = 50;

/// The clauses as a filter.
pub fn filter(query: &Query, wanted: &Wanted) -> Filter {
    let mut all: Filter = vec![vec![format!("workspace = {}", quoted(query.workspace_id.0))]];
    for clause in &query.clauses {
        match clause.negated {
            false => all.push(any(clause)),
            true => all.extend(any(clause).into_iter().map(|one| vec![format!("NOT ({one})")])),
        }
    }
    all.extend(wanted.after.map(|after| {
        let sign = if wanted.sort == Sort::Oldest { ">" } else { "<" };
        vec![format!("seq {sign} {after}")]
    }));
    all
}

/// The messages of a workspace with `after < seq <= to`.
pub fn within(workspace_id: WorkspaceId, after: Seq, to: Seq) -> String {
    format!("workspace = {} AND seq > {after} AND seq <= {to}", quoted(workspace_id.0))
}

fn quoted(id: Uuid) -> String {
    format!("\"{id}\"")
}

/// One of these holds. Conditions of one field become lists.
fn any(clause: &Clause) -> Vec<String> {
    let mut lists: Vec<(&'static str, Vec<String>)> = Vec::new();
    let mut others = Vec::new();
    for condition in &clause.one_of {
        match listed(*condition) {
            Ok((field, value)) => match lists.iter_mut().find(|(known, _)| *known == field) {
                Some((_, values)) => values.push(value),
                None => lists.push((field, vec![value])),
            },
            Err(other) => others.push(other),
        }
    }
    let list = |field: &str, values: &[String]| format!("{field} IN [{}]", values.join(","));
    let lists = lists.iter().flat_map(|(field, values)| values.chunks(LIST).map(|part| list(field, part)));
    let mut any: Vec<String> = lists.chain(others).collect();
    if any.is_empty() {
        // What has no number is nothing.
        any.push("seq < 0".to_owned());
    }
    any
}

/// A field with a value of it, or a condition by itself.
fn listed(condition: Condition) -> Result<(&'static str, String), String> {
    Ok(match condition {
        Condition::Audience(audience) => ("audience", audience.to_string()),
        Condition::Channel(id) => ("channel", quoted(id.0)),
        Condition::Author(id) => ("author", quoted(id.0)),
        Condition::Mentions(id) => ("mentions", quoted(id.0)),
        Condition::InThread(id) => ("thread", quoted(id.0)),
        Condition::Message(id) => ("id", quoted(id.0)),
        Condition::Has(what) => ("has", has(what).to_owned()),
        Condition::MentionsChannel => return Err("everyone = true".to_owned()),
        Condition::Threaded => return Err("threaded = true".to_owned()),
        Condition::Before(moment) => return Err(format!("at < {}", moment.0)),
        Condition::Since(moment) => return Err(format!("at >= {}", moment.0)),
        Condition::Behind(channel, seq, member) => {
            let (channel, member) = (quoted(channel.0), quoted(member.0));
            return Err(format!("(channel = {channel} AND seq > {seq} AND author != {member})"));
        }
    })
}

fn has(what: Has) -> &'static str {
    match what {
        Has::Link => "link",
        Has::File => "file",
        Has::Image => "image",
        Has::Reaction => "reaction",
    }
}
