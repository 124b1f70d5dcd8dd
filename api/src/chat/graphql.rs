//! What the resolvers of all nouns share: the request's context, connections, nodes, scalars, and limits that
//! clients can query.

pub mod budget;
pub mod connection;
pub mod context;
pub mod limits;
pub mod node;
pub mod payload;
pub mod scalar;
pub mod target;
