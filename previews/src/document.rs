//! x
use crate::make::Task;
use crate::{Failure, Outcome};
pub(crate) fn looked_at(_task: &Task) -> Result<Outcome, Failure> {
    Ok(Outcome::default())
}
