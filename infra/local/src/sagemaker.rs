//! SageMaker for one machine: training jobs, models and endpoints by its API, predictions by its runtime's.
//!
//! Callers sign their requests and see SageMaker's own errors. A training job is a process of Python beside this one, in
//! folders as in `/opt/ml`; an endpoint is a server of `model` on a port of its own, by the contract of SageMaker's
//! containers.

mod container;
mod control;
mod control_error;
mod endpoint;
mod error;
mod hosting;
mod job;
mod layout;
mod metrics;
mod python;
mod resources;
mod runtime;
mod training;

pub(crate) use control::{Control, ControlSettings};
pub use endpoint::{Endpoint, EndpointError};
pub use runtime::{SageMakerRuntime, Settings};

use std::{io, sync::Arc};

use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use uuid::Uuid;

/// Of everything on this machine.
const ACCOUNT: &str = "000000000000";
const SIGNING_NAME: &str = "sagemaker";

/// Both of SageMaker's services.
#[derive(Debug)]
pub(crate) struct SageMaker {
    runtime: Arc<SageMakerRuntime>,
    control: Control,
}

impl SageMaker {
    pub(crate) fn new(runtime: Settings, control: ControlSettings) -> Result<Self, reqwest::Error> {
        let runtime = Arc::new(SageMakerRuntime::new(runtime)?);
        Ok(Self { control: Control::new(control, Arc::clone(&runtime)), runtime })
    }

    /// Answers requests of either service.
    pub(crate) async fn handle(&self, request: Request<Bytes>) -> Response<Bytes> {
        if control::is_asked(&request) {
            self.control.handle(request)
        } else {
            self.runtime.handle(request).await
        }
    }

    /// Goes on with the jobs and endpoints of before the start.
    pub(crate) fn resume(&self) -> io::Result<()> {
        self.control.resume()
    }
}

fn with_request_id(mut response: Response<Bytes>) -> Response<Bytes> {
    if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().to_string()) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}
