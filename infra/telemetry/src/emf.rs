//! Metrics in Lambda: a line of the log in CloudWatch's embedded metric format for each invocation.
//!
//! Source: CloudWatch, "Specification: Embedded metric format".

use std::{
    io,
    sync::{OnceLock, PoisonError, RwLock},
};

use metrics_cloudwatch_embedded::{Builder, Collector};

const NAMESPACE: &str = "Darkroom";
const CUSTOMER: &str = "customer";
const REQUEST_ID: &str = "request_id";

static COLLECTOR: OnceLock<&'static Collector> = OnceLock::new();
/// Whom an invocation is about: nobody yet, one, or several, of whom none is named.
static CUSTOMER_NOW: RwLock<Option<String>> = RwLock::new(None);

/// From here on metrics of this process are collected. Once in a process.
pub(crate) fn install(function: &str) -> Result<(), metrics_cloudwatch_embedded::Error> {
    let collector = Builder::new()
        .cloudwatch_namespace(NAMESPACE)
        .with_dimension("function", function.to_owned())
        .init()?;
    let _ = COLLECTOR.set(collector);
    Ok(())
}

pub(crate) fn customer_is(customer: &str) {
    let Some(collector) = COLLECTOR.get() else { return };
    let mut now = CUSTOMER_NOW.write().unwrap_or_else(PoisonError::into_inner);
    match now.as_deref() {
        None => {
            collector.set_property(CUSTOMER, customer.to_owned());
        }
        Some(other) if other != customer => {
            collector.remove_property(CUSTOMER);
        }
        Some(_) => {}
    }
    *now = Some(customer.to_owned());
}

/// Writes what was measured since the last time, if anything was.
pub(crate) fn flush(request_id: &str, out: impl io::Write) -> io::Result<()> {
    let Some(collector) = COLLECTOR.get() else { return Ok(()) };
    collector.set_property(REQUEST_ID, request_id.to_owned());
    let written = collector.flush(out);
    collector.remove_property(CUSTOMER);
    *CUSTOMER_NOW.write().unwrap_or_else(PoisonError::into_inner) = None;
    written
}
