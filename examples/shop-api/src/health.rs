//! Whether the service can do its work.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use limbeck::migrate::{self, Drift};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Shop;
use crate::error::ApiError;

#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Health {
    /// Whether the database is what this version of the service was written for.
    healthy: bool,
    /// The revisions that are applied.
    current: Vec<String>,
    /// The revisions that are not.
    pending: Vec<String>,
    /// Where the database differs from the model.
    drift: Vec<String>,
}

/// Where the database stands, and whether somebody has altered it by hand.
#[utoipa::path(get, path = "/health", responses((status = 200, body = Health), (status = 503, body = Health)))]
pub(crate) async fn health(State(shop): State<Shop>) -> Result<(StatusCode, Json<Health>), ApiError> {
    // Inspection stays on one thread, which a request need not.
    let runtime = tokio::runtime::Handle::current();
    let look = move || {
        let model = shop::schema().into();
        runtime.block_on(migrate::status(&shop.database, &shop.scripts, Some(&model)))
    };
    let status = tokio::task::spawn_blocking(look).await;
    let Ok(Ok(status)) = status else { return Err(ApiError::internal()) };
    let health = Health {
        healthy: status.is_settled(),
        current: status.current,
        pending: status.pending,
        drift: match status.drift {
            Drift::Detected(differences) => differences,
            _ => Vec::new(),
        },
    };
    let code = if health.healthy { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok((code, Json(health)))
}
