//! All routes of the HTTP server.

use axum::routing::{MethodRouter, get, put};
use axum::{Router, middleware};

use super::state::HttpState;
use super::{assets, cors, files, graphql, head_limits, headers, health, host, websocket};

/// Returns the router with all routes.
pub fn router(state: HttpState) -> Router {
    Router::new()
        .route("/graphql", graphql())
        .route("/graphql/", graphql())
        .route("/playground", get(assets::playground))
        .route("/playground/", get(assets::playground))
        .route("/playground/{*path}", get(assets::playground))
        .route("/media/{file}/{variant}", get(files::get))
        .route("/media/signed/{file}/{variant}", get(files::get_signed))
        .route("/media/uploads/{file}/{part}", put(files::put))
        .route("/livez", get(health::live))
        .route("/readyz", get(health::ready))
        .route("/metrics", get(health::metrics))
        .route("/version", get(health::version))
        .route("/robots.txt", get(assets::robots))
        .fallback(assets::client)
        .layer(middleware::from_fn_with_state(state.clone(), host::check_host))
        .layer(middleware::from_fn(head_limits::check_head))
        .layer(middleware::from_fn_with_state(state.clone(), cors::add_headers))
        .layer(middleware::map_response(headers::add_security_headers))
        .with_state(state)
}

fn graphql() -> MethodRouter<HttpState> {
    get(websocket::upgrade_or_get).post(graphql::post).fallback(graphql::other_method)
}
