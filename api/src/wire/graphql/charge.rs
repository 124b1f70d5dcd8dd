//! Charges the cost of a document once its complexity is known, before anything is executed.

use std::sync::Arc;

use async_graphql::extensions::{Extension, ExtensionContext, ExtensionFactory, NextValidation};
use async_graphql::{ServerError, ValidationResult};

use super::error::response;
use crate::app::App;
use crate::ground::budget::{Kind, Payer, cost};

/// Charges the account or IP address of a request. Requests without a payer are free, such as the shared execution of a
/// subscription's selection.
pub struct ChargeComplexity;

impl ExtensionFactory for ChargeComplexity {
    fn create(&self) -> Arc<dyn Extension> {
        Arc::new(Self)
    }
}

#[async_trait::async_trait]
impl Extension for ChargeComplexity {
    async fn validation(
        &self,
        context: &ExtensionContext<'_>,
        next: NextValidation<'_>,
    ) -> Result<ValidationResult, Vec<ServerError>> {
        // A document that exceeds a limit has failed before this point and is not charged.
        let valid = next.run(context).await?;
        if let (Some(payer), Some(app)) = (context.data_opt::<Payer>(), context.data_opt::<App>()) {
            let more = u32::try_from(valid.complexity).unwrap_or(u32::MAX).saturating_sub(cost::REQUEST);
            app.budgets.take(payer, Kind::Read, f64::from(more)).map_err(|error| response(&error).errors)?;
        }
        Ok(valid)
    }
}
