//! Expressions with a Rust type, and conditions.

mod arithmetic;
mod condition;
mod kinds;
mod operand;
mod order;
mod typed;

pub use condition::{Condition, IntoCondition};
pub use kinds::{ArrayType, JsonType, Maybe, Nullable, NumberType, TextType};
pub use operand::{Operand, Term};
pub use order::{IntoOrder, Order};
pub use typed::{Labelled, SqlExpression, Typed};
