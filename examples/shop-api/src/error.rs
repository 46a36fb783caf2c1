//! What the client is told when something goes wrong.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use limbeck::engine::EngineError;
use limbeck::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

/// A refused request.
#[derive(Debug)]
pub(crate) struct ApiError {
    status: StatusCode,
    problem: Problem,
}

/// Why a request was refused.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// For programs; it does not change.
    #[schema(example = "engine.unique-violation")]
    code: &'static str,
    /// For people.
    message: String,
    /// The fields concerned, where that is known.
    fields: Vec<String>,
}

impl ApiError {
    /// A value that the request cannot have.
    pub(crate) fn unprocessable(field: &str, message: String) -> ApiError {
        let problem = Problem { code: "shop.unprocessable", message, fields: vec![field.to_owned()] };
        ApiError { status: StatusCode::UNPROCESSABLE_ENTITY, problem }
    }

    pub(crate) fn internal() -> ApiError {
        let message = "something is wrong with the service".to_owned();
        let problem = Problem { code: "shop.internal", message, fields: Vec::new() };
        ApiError { status: StatusCode::INTERNAL_SERVER_ERROR, problem }
    }
}

impl From<OrmError> for ApiError {
    fn from(error: OrmError) -> ApiError {
        let (status, message) = match &error {
            OrmError::NotFound | OrmError::RowMissing { .. } => {
                (StatusCode::NOT_FOUND, "there is no such thing".to_owned())
            }
            OrmError::StaleVersion { .. } => (StatusCode::CONFLICT, error.to_string()),
            OrmError::Engine(engine) => match engine {
                EngineError::UniqueViolation(_) => (StatusCode::CONFLICT, "there is one already".to_owned()),
                EngineError::ForeignKeyViolation(_) => (
                    StatusCode::CONFLICT,
                    "something refers to it, or what it refers to is missing".to_owned(),
                ),
                EngineError::NotNullViolation(_)
                | EngineError::CheckViolation(_)
                | EngineError::InvalidValue(_)
                | EngineError::Encode(_) => {
                    (StatusCode::UNPROCESSABLE_ENTITY, "the database cannot hold the value".to_owned())
                }
                EngineError::PoolTimeout { .. }
                | EngineError::ConnectionLost { .. }
                | EngineError::Unreachable { .. } => {
                    (StatusCode::SERVICE_UNAVAILABLE, "try again in a moment".to_owned())
                }
                engine if engine.is_transient() => (StatusCode::CONFLICT, "try again".to_owned()),
                // What the database said is for the log, not for strangers.
                _ => return ApiError::internal(),
            },
            _ => return ApiError::internal(),
        };
        let fields = match &error {
            OrmError::Engine(engine) => {
                engine.violation().map(|violation| violation.columns.clone()).unwrap_or_default()
            }
            _ => Vec::new(),
        };
        ApiError { status, problem: Problem { code: error.code(), message, fields } }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        (self.status, Json(self.problem)).into_response()
    }
}
