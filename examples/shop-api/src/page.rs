//! Lists in pages.
//!
//! A page begins behind a key rather than at an offset: the database need not count what is skipped, and what is added or
//! removed meanwhile moves nothing.

use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageRequest {
    /// The `next` of the page before.
    #[serde(default)]
    pub(crate) after: i32,
    /// How many, up to 100.
    #[serde(default = "default_limit")]
    limit: u64,
}

fn default_limit() -> u64 {
    20
}

/// A part of a list.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Page<T> {
    items: Vec<T>,
    /// Where the next page begins; null when this is the last one.
    next: Option<i32>,
}

impl PageRequest {
    /// How many rows to ask for: one more than the page has, which tells whether there is another page.
    pub(crate) fn rows(&self) -> Result<u64, ApiError> {
        match self.limit {
            1..=100 => Ok(self.limit + 1),
            _ => Err(ApiError::unprocessable("limit", "a page has 1 to 100 entries".to_owned())),
        }
    }

    /// The page of the rows that [`rows`](Self::rows) has asked for.
    pub(crate) fn of<T>(&self, mut items: Vec<T>, key: impl Fn(&T) -> i32) -> Page<T> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = items.last().filter(|_| more).map(key);
        Page { items, next }
    }
}
