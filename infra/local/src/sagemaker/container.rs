//! One model's container: asked whether it is ready, then for predictions.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{ACCEPT, CONTENT_TYPE};
use http::{HeaderMap, HeaderName, Response};

use super::error::Error;

const CUSTOM_ATTRIBUTES: HeaderName = HeaderName::from_static("x-amzn-sagemaker-custom-attributes");
/// What goes on to the container, besides the body.
const FORWARDED: [HeaderName; 3] = [CONTENT_TYPE, ACCEPT, CUSTOM_ATTRIBUTES];
/// What comes back from it.
const RETURNED: [HeaderName; 2] = [CONTENT_TYPE, CUSTOM_ATTRIBUTES];
/// The contract gives a container two seconds to answer a ping.
const PING_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug)]
pub(super) struct Container {
    client: reqwest::Client,
    ping: String,
    invocations: String,
    body_bytes_max: usize,
    /// It has answered a ping since it was last unreachable.
    ready: AtomicBool,
}

impl Container {
    pub(super) fn new(client: reqwest::Client, url: &str, body_bytes_max: usize) -> Self {
        Self {
            client,
            ping: format!("{url}/ping"),
            invocations: format!("{url}/invocations"),
            body_bytes_max,
            ready: AtomicBool::new(false),
        }
    }

    /// The prediction, with the headers that a container may set.
    pub(super) async fn invoke(
        &self,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Response<Bytes>, Error> {
        self.expect_ready().await?;
        let request =
            self.client.post(&self.invocations).headers(only(&FORWARDED, headers)).body(body);
        let mut response = request.send().await.map_err(|error| self.failed(error))?;
        let body = self.read(&mut response).await?;
        if !response.status().is_success() {
            return Err(Error::model(response.status(), &body));
        }
        let mut prediction = Response::new(body);
        *prediction.headers_mut() = only(&RETURNED, response.headers());
        Ok(prediction)
    }

    async fn expect_ready(&self) -> Result<(), Error> {
        if self.ready.load(Ordering::Relaxed) {
            return Ok(());
        }
        let ping = self
            .client
            .get(&self.ping)
            .timeout(PING_TIMEOUT)
            .send()
            .await
            .map_err(Error::Unreachable)?;
        if !ping.status().is_success() {
            return Err(Error::NotReady);
        }
        self.ready.store(true, Ordering::Relaxed);
        Ok(())
    }

    async fn read(&self, response: &mut reqwest::Response) -> Result<Bytes, Error> {
        let mut body = BytesMut::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| self.failed(error))? {
            if body.len() + chunk.len() > self.body_bytes_max {
                return Err(Error::PredictionTooLarge { bytes_max: self.body_bytes_max });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    }

    /// A container that cannot be connected to is pinged again before the next invocation.
    fn failed(&self, error: reqwest::Error) -> Error {
        if error.is_connect() {
            self.ready.store(false, Ordering::Relaxed);
            return Error::Unreachable(error);
        }
        if error.is_timeout() { Error::TimedOut(error) } else { Error::Broken(error) }
    }
}

fn only(names: &[HeaderName], headers: &HeaderMap) -> HeaderMap {
    let present = |name: &HeaderName| Some((name.clone(), headers.get(name)?.clone()));
    names.iter().filter_map(present).collect()
}
