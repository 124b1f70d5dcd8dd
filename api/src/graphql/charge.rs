//! Charges what a document costs, once its complexity is known and before anything of it runs.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation};
use async_graphql::{ServerError, ValidationResult};

use super::error::response;
use crate::app::App;
use crate::budget::{Kind, Payer, cost};

/// Charges the payer of a request. Where a request names none, as when the selection of a subscription is executed for
/// all who share it, nobody pays.
pub struct Charge;

impl ExtensionFactory for Charge {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for Charge {
    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        // A document that goes beyond the limits has failed by then, and pays nothing more.
        let valid = next.run(context).await?;
        if let (Some(payer), Some(app)) = (context.data_opt::<Payer>(), context.data_opt::<App>()) {
            let more = u32::try_from(valid.complexity).unwrap_or(u32::MAX).saturating_sub(cost::REQUEST);
            app.budgets.take(payer, Kind::Read, f64::from(more)).map_err(|error| response(&error).errors)?;
        }
        Ok(valid)
    }
}
