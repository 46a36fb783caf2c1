//! A session for each request.

use std::ops::{Deref, DerefMut};

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use limbeck::prelude::*;

use crate::Shop;
use crate::error::ApiError;

/// The request's session. A handler commits it; without that, nothing of it remains.
pub(crate) struct UnitOfWork(Session);

impl UnitOfWork {
    pub(crate) async fn commit(self) -> Result<(), ApiError> {
        Ok(self.0.commit().await?)
    }
}

impl FromRequestParts<Shop> for UnitOfWork {
    type Rejection = ApiError;

    async fn from_request_parts(_: &mut Parts, shop: &Shop) -> Result<Self, ApiError> {
        Ok(UnitOfWork(shop.engine.session().await?))
    }
}

impl Deref for UnitOfWork {
    type Target = Session;

    fn deref(&self) -> &Session {
        &self.0
    }
}

impl DerefMut for UnitOfWork {
    fn deref_mut(&mut self) -> &mut Session {
        &mut self.0
    }
}
