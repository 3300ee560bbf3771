use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::broadcast,
};

/// A line to a broker that can be slow, or cut.
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) port: u16,
    is_cut: Arc<AtomicBool>,
    delay_ms: Arc<AtomicU64>,
    cuts: broadcast::Sender<()>,
}

impl Link {
    /// A line whose end is not there yet: a broker has to be told where clients find it.
    pub(crate) async fn start() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let link = Self {
            port,
            is_cut: Arc::default(),
            delay_ms: Arc::default(),
            cuts: broadcast::channel(1).0,
        };
        (link, listener)
    }

    /// Carries what comes to the broker, until the test ends.
    pub(crate) fn connect(&self, listener: TcpListener, broker: String) {
        let link = self.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (link, broker) = (link.clone(), broker.clone());
                tokio::spawn(async move { link.carry(client, broker).await });
            }
        });
    }

    /// Each piece that is carried waits so long.
    pub(crate) fn slow(&self, delay: Duration) {
        self.delay_ms.store(delay.as_millis().try_into().unwrap(), Ordering::SeqCst);
    }

    /// Ends all connections, and refuses new ones.
    pub(crate) fn cut(&self) {
        self.is_cut.store(true, Ordering::SeqCst);
        drop(self.cuts.send(()));
    }

    pub(crate) fn mend(&self) {
        self.is_cut.store(false, Ordering::SeqCst);
    }

    async fn carry(&self, client: TcpStream, broker: String) {
        let mut cut = self.cuts.subscribe();
        if self.is_cut.load(Ordering::SeqCst) {
            return;
        }
        let Ok(broker) = TcpStream::connect(broker).await else { return };
        let (from_client, to_client) = client.into_split();
        let (from_broker, to_broker) = broker.into_split();
        tokio::select! {
            _ = cut.recv() => {}
            () = self.copy(from_client, to_broker) => {}
            () = self.copy(from_broker, to_client) => {}
        }
    }

    async fn copy(&self, mut from: impl AsyncReadExt + Unpin, mut to: impl AsyncWriteExt + Unpin) {
        let mut piece = vec![0; 16 << 10];
        while let Ok(length) = from.read(&mut piece).await {
            let delay = Duration::from_millis(self.delay_ms.load(Ordering::SeqCst));
            tokio::time::sleep(delay).await;
            if length == 0 || to.write_all(&piece[..length]).await.is_err() {
                return;
            }
        }
    }
}
