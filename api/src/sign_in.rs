//! Sign-ins (stub).
pub mod service {
    use crate::{app::App, error::Result, id::SignInId, viewer::Viewer};
    use tokio_util::sync::CancellationToken;
    /// Who a token belongs to, or None when it is unknown or has ended.
    pub async fn viewer_of(_app: &App, _token: &str) -> Result<Option<Viewer>> {
        Ok(None)
    }
    /// Is cancelled the moment this sign-in ends (here, at once).
    pub fn ended(_app: &App, _id: SignInId) -> CancellationToken {
        CancellationToken::new()
    }
}
