//! A search as Meilisearch takes it: the text to look for, and a filter.

use std::fmt::Write;

use uuid::Uuid;

use crate::event::Seq;
use crate::id::WorkspaceId;
use crate::search::document::Has;
use crate::search::query::{Clause, Condition, Query, Sort, Term, Wanted};

/// The terms as text: phrases in quotes, `-` before what is not wanted, and a space behind a last word that is
/// complete.
pub fn typed(terms: &[Term]) -> String {
    let mut typed = String::new();
    for term in terms {
        let minus = if term.negated { "-" } else { "" };
        let quote = if term.is_phrase { "\"" } else { "" };
        let _ = write!(typed, "{minus}{quote}{}{quote} ", term.text.replace('"', " ").trim_start_matches('-'));
    }
    if terms.last().is_some_and(|term| term.is_open) {
        typed.pop();
    }
    typed
}

/// The clauses as a filter.
pub fn filter(query: &Query, wanted: &Wanted) -> String {
    let mut parts: Vec<String> = vec![format!("workspace = {}", quoted(query.workspace_id.0))];
    parts.extend(query.clauses.iter().map(clause));
    parts.extend(wanted.after.map(|after| {
        let sign = if wanted.sort == Sort::Oldest { ">" } else { "<" };
        format!("seq {sign} {after}")
    }));
    parts.join(" AND ")
}

/// The messages of a workspace with `after < seq <= to`.
pub fn within(workspace_id: WorkspaceId, after: Seq, to: Seq) -> String {
    format!("workspace = {} AND seq > {after} AND seq <= {to}", quoted(workspace_id.0))
}

fn quoted(id: Uuid) -> String {
    format!("\"{id}\"")
}

/// Conditions of one field become one list: a person in thousands of channels is one condition, not thousands.
fn clause(clause: &Clause) -> String {
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
    let lists = lists.into_iter().map(|(field, values)| format!("{field} IN [{}]", values.join(", ")));
    let all: Vec<String> = lists.chain(others).collect();
    // What has no number is nothing.
    let any = if all.is_empty() { "seq < 0".to_owned() } else { all.join(" OR ") };
    format!("{}({any})", if clause.negated { "NOT " } else { "" })
}

/// A field with a value of it, or a condition by itself.
fn listed(condition: Condition) -> Result<(&'static str, String), String> {
    Ok(match condition {
        Condition::Audience(id) => ("audience", quoted(id)),
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
        Condition::Behind(channel, seq) => return Err(format!("(channel = {} AND seq > {seq})", quoted(channel.0))),
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
