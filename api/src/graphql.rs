//! The schema's roots (stub).
use crate::app::App;
use async_graphql::{EmptyMutation, Object, Subscription};
use futures_util::Stream;

pub struct Query;
#[Object]
impl Query {
    async fn ping(&self) -> &'static str {
        "pong"
    }
}
pub struct Subscription;
#[Subscription]
impl Subscription {
    async fn events(&self, workspace_id: async_graphql::ID) -> impl Stream<Item = i32> {
        let _ = workspace_id;
        futures_util::stream::empty()
    }
}
pub type Schema = async_graphql::Schema<Query, EmptyMutation, Subscription>;
pub fn schema(app: App) -> Schema {
    async_graphql::Schema::build(Query, EmptyMutation, Subscription)
        .data(app)
        .finish()
}
