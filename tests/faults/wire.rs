use std::sync::{Arc, Mutex};

use aws_config::SdkConfig;
use aws_sdk_s3::{
    config::{
        HttpClient, RuntimeComponents, SharedHttpClient,
        http::{HttpRequest, HttpResponse},
    },
    primitives::SdkBody,
};
use aws_smithy_runtime_api::client::{
    http::{HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector},
    result::ConnectorError,
};

/// What happens to one request between the SDK and the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// It never arrives.
    Lost,
    /// It is done, and the answer never arrives.
    AnswerLost,
    /// It arrives when nobody waits for it any more: at [`Wire::deliver`].
    Late,
    /// It is not done, and this is the answer.
    Answered(u16),
    /// It is done, and this is the answer all the same.
    DoneAnswered(u16),
}

/// Which requests a fault meets, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meets {
    Only(usize),
    /// Every request from this one on, until [`Wire::heal`].
    From(usize),
}

/// The connection of one process to S3 and STS: counts requests and lets faults happen to them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Wire(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    requests: usize,
    fault: Option<(Fault, Meets)>,
    late: Vec<(SharedHttpConnector, HttpRequest)>,
}

impl Fault {
    pub(crate) const ALL: [Self; 8] = [
        Self::Lost,
        Self::AnswerLost,
        Self::Late,
        Self::Answered(409),
        Self::Answered(412),
        Self::Answered(500),
        Self::Answered(503),
        Self::DoneAnswered(503),
    ];
}

impl Meets {
    fn is_met(self, request: usize) -> bool {
        match self {
            Self::Only(only) => request == only,
            Self::From(first) => request >= first,
        }
    }
}

impl Wire {
    /// `sdk`, which names its HTTP client, with this wire between the two.
    pub(crate) fn under(&self, sdk: &SdkConfig) -> SdkConfig {
        let client = FaultyClient { inner: sdk.http_client().unwrap(), wire: self.clone() };
        sdk.to_builder().http_client(client).build()
    }

    /// Counts from here on; returns how many requests there were before.
    pub(crate) fn count(&self) -> usize {
        std::mem::take(&mut self.0.lock().unwrap().requests)
    }

    /// From here on `fault` meets these requests.
    pub(crate) fn disturb(&self, fault: Fault, meets: Meets) {
        self.count();
        self.0.lock().unwrap().fault = Some((fault, meets));
    }

    /// No request is disturbed any more.
    pub(crate) fn heal(&self) {
        self.0.lock().unwrap().fault = None;
    }

    /// Has every late request arrive. Nobody hears the answers.
    pub(crate) async fn deliver(&self) {
        let late = std::mem::take(&mut self.0.lock().unwrap().late);
        for (inner, request) in late {
            drop(inner.call(request).await);
        }
    }

    fn next_fault(&self) -> Option<Fault> {
        let mut state = self.0.lock().unwrap();
        state.requests += 1;
        let (fault, meets) = state.fault?;
        meets.is_met(state.requests).then_some(fault)
    }

    async fn carry(
        &self,
        inner: SharedHttpConnector,
        request: HttpRequest,
    ) -> Result<HttpResponse, ConnectorError> {
        match self.next_fault() {
            None => inner.call(request).await,
            Some(Fault::Lost) => Err(ConnectorError::io("the connection broke".into())),
            Some(Fault::AnswerLost) => {
                inner.call(request).await?;
                Err(ConnectorError::io("the connection broke".into()))
            }
            Some(Fault::Late) => {
                self.0.lock().unwrap().late.push((inner, request));
                Err(ConnectorError::timeout("nobody waits that long".into()))
            }
            Some(Fault::Answered(status)) => Ok(answer(status)),
            Some(Fault::DoneAnswered(status)) => {
                inner.call(request).await?;
                Ok(answer(status))
            }
        }
    }
}

fn answer(status: u16) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::empty())
}

#[derive(Debug)]
struct FaultyClient {
    inner: SharedHttpClient,
    wire: Wire,
}

impl HttpClient for FaultyClient {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        let inner = self.inner.http_connector(settings, components);
        SharedHttpConnector::new(FaultyConnector { inner, wire: self.wire.clone() })
    }
}

#[derive(Debug)]
struct FaultyConnector {
    inner: SharedHttpConnector,
    wire: Wire,
}

impl HttpConnector for FaultyConnector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let (wire, inner) = (self.wire.clone(), self.inner.clone());
        HttpConnectorFuture::new(async move { wire.carry(inner, request).await })
    }
}
