//! Rules about suppressions. They check nothing themselves: the findings are made where suppressions are applied.

pub mod suppression_expired;
pub mod suppression_invalid;
pub mod suppression_unused;
