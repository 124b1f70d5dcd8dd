//! Tantivy without Confab's engine: the same index, searched with plain tantivy queries.
//!
//! A minimal tantivy program: each word is a term, prefixes and typos are automata, and the same filter restricts read
//! access. Tolerates typos only where requested.

use std::path::Path;

use api::adapter::search::document::Audience;
use api::adapter::search::query::Term as Typed;
use api::ground::id::WorkspaceId;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, ConstScoreQuery, FuzzyTermQuery, PhraseQuery, Query, TermQuery, TermSetQuery};
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Index, Searcher, Term};

use crate::corpus::{BenchmarkQuery, Kind, WORKSPACE};
use crate::{Failure, LIMIT};

/// A read-only index.
pub struct Tantivy {
    searcher: Searcher,
    text: Field,
    author: Field,
    workspace: Field,
    audience: Field,
    audiences: Vec<Audience>,
}

impl Tantivy {
    pub fn open(folder: &Path, audiences: Vec<Audience>) -> Result<Self, Failure> {
        let index = Index::open_in_dir(folder)?;
        let field = |name| index.schema().get_field(name);
        let searcher = index.reader()?.searcher();
        let [text, author, workspace, audience] =
            [field("text")?, field("author")?, field("workspace")?, field("audience")?];
        Ok(Self { searcher, text, author, workspace, audience, audiences })
    }

    /// The number of segments, which every search visits.
    pub fn segments(&self) -> usize {
        self.searcher.segment_readers().len()
    }

    /// Runs a query; returns the number of hits.
    pub fn search(&self, query: &BenchmarkQuery) -> Result<usize, Failure> {
        let mut parts: Vec<Box<dyn Query>> = query.terms.iter().map(|term| self.term(term, query.kind)).collect();
        parts.push(unscored(term_query(Term::from_field_bytes(self.workspace, WORKSPACE.0.as_bytes()))));
        let audience_term = |one: &Audience| Term::from_field_bytes(self.audience, &key(WORKSPACE, *one));
        let audience_terms = self.audiences.iter().map(audience_term);
        parts.push(unscored(Box::new(TermSetQuery::new(audience_terms))));
        if let Some(author) = query.author {
            parts.push(unscored(term_query(Term::from_field_bytes(self.author, author.0.as_bytes()))));
        }
        let top = TopDocs::with_limit(LIMIT + 1).order_by_score();
        let found = self.searcher.search(&BooleanQuery::intersection(parts), &top)?;
        for (_, address) in found.iter().take(LIMIT) {
            let columns = self.searcher.segment_reader(address.segment_ord).fast_fields();
            for half in ["id_high", "id_low"] {
                std::hint::black_box(columns.u64(half)?.first(address.doc_id));
            }
        }
        Ok(found.len().min(LIMIT))
    }

    fn term(&self, term: &Typed, kind: Kind) -> Box<dyn Query> {
        let word = |text: &str| Term::from_field_text(self.text, &format!("{}{text}", tag(WORKSPACE)));
        match term {
            Typed { is_phrase: true, text, .. } if text.contains(' ') => {
                Box::new(PhraseQuery::new(text.split(' ').map(word).collect()))
            }
            Typed { is_prefix: true, text, .. } => Box::new(FuzzyTermQuery::new_prefix(word(text), 0, true)),
            Typed { text, .. } if kind == Kind::Typo => Box::new(FuzzyTermQuery::new(word(text), 1, true)),
            Typed { text, .. } => Box::new(TermQuery::new(word(text), IndexRecordOption::WithFreqs)),
        }
    }
}

fn term_query(term: Term) -> Box<dyn Query> {
    Box::new(TermQuery::new(term, IndexRecordOption::Basic))
}

fn unscored(query: Box<dyn Query>) -> Box<dyn Query> {
    Box::new(ConstScoreQuery::new(query, 0.0))
}

/// The workspace tag that the embedded engine prefixes to words and audiences.
fn tag(workspace_id: WorkspaceId) -> String {
    let bytes = workspace_id.0.as_bytes();
    URL_SAFE_NO_PAD.encode(&bytes[bytes.len() - 5..])
}

fn key(workspace_id: WorkspaceId, audience: Audience) -> Vec<u8> {
    [workspace_id.0.as_bytes().as_slice(), &audience.to_be_bytes()].concat()
}
