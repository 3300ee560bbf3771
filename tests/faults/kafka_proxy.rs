use std::{io, sync::Arc};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

use crate::trap::{Arriving, KafkaRequest, Trap};

/// A TCP proxy before a Kafka broker, with a trap in it.
///
/// Kafka's protocol is frames of a length and that many bytes. A broker tells clients where brokers
/// are, so the port in its answers becomes the proxy's.
#[derive(Clone)]
pub(crate) struct KafkaProxy {
    /// Where clients find it.
    pub(crate) address: String,
    trap: Arc<Trap>,
    broker: String,
    /// The broker's address in its answers, and what takes its place.
    advertised: (Vec<u8>, Vec<u8>),
}

impl KafkaProxy {
    pub(crate) async fn start(broker: String, trap: Arc<Trap>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let advertised = (in_answers(&broker), in_answers(&address));
        let proxy = Self { address, trap, broker, advertised };
        tokio::spawn(proxy.clone().accept(listener));
        proxy
    }

    async fn accept(self, listener: TcpListener) {
        while let Ok((client, _)) = listener.accept().await {
            let proxy = self.clone();
            tokio::spawn(async move {
                let broker = TcpStream::connect(&proxy.broker).await?;
                let (from_client, to_client) = client.into_split();
                let (from_broker, to_broker) = broker.into_split();
                tokio::select! {
                    ended = proxy.carry_requests(from_client, to_broker) => ended,
                    ended = proxy.carry_answers(from_broker, to_client) => ended,
                }
            });
        }
    }

    async fn carry_requests(
        &self,
        mut client: OwnedReadHalf,
        mut broker: OwnedWriteHalf,
    ) -> io::Result<()> {
        loop {
            let frame = read(&mut client).await?;
            let request = match frame.get(4..6) {
                Some([0, 0]) => KafkaRequest::Produce,
                Some([0, 8]) => KafkaRequest::OffsetCommit,
                _ => KafkaRequest::Other,
            };
            if !self.trap.lets_pass(&Arriving::Kafka(request)) {
                return Ok(());
            }
            broker.write_all(&frame).await?;
        }
    }

    async fn carry_answers(
        &self,
        mut broker: OwnedReadHalf,
        mut client: OwnedWriteHalf,
    ) -> io::Result<()> {
        loop {
            let mut frame = read(&mut broker).await?;
            replace(&mut frame, &self.advertised.0, &self.advertised.1);
            client.write_all(&frame).await?;
        }
    }
}

/// An address as answers hold it: the host's letters and, in 32 bits, the port.
fn in_answers(address: &str) -> Vec<u8> {
    let (host, port) = address.split_once(':').unwrap();
    let port: u32 = port.parse().unwrap();
    [host.as_bytes(), &port.to_be_bytes()].concat()
}

/// A frame with the length before it.
async fn read(from: &mut (impl AsyncReadExt + Unpin)) -> io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    let mut frame = length.to_be_bytes().to_vec();
    frame.resize(4 + length as usize, 0);
    from.read_exact(&mut frame[4..]).await?;
    Ok(frame)
}

fn replace(frame: &mut [u8], what: &[u8], by: &[u8]) {
    let starts: Vec<_> = (0..frame.len()).filter(|&at| frame[at..].starts_with(what)).collect();
    for at in starts {
        frame[at..at + by.len()].copy_from_slice(by);
    }
}
