use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use std::time::Duration;

use crate::machine::Machine;

/// What a request carries along that must not be answered as a request.
const SMUGGLED: &str = "GET /openapi.json HTTP/1.1\r\nHost: a\r\n\r\n";
/// What its answer would have.
const ANSWERED: &str = "\"openapi\"";
/// Whoever waits for more of a request than this waits for good.
const SILENCE: Duration = Duration::from_secs(2);

/// Headers about which two servers in a row may differ where a body ends. `{}` is the length of what is carried along.
const TWO_MEANINGS: [&str; 20] = [
    "Content-Length: {}\r\nContent-Length: 0",
    "Content-Length: 0\r\nContent-Length: {}",
    "Content-Length: {}, 0",
    "Content-Length: +{}",
    "Content-Length: -1",
    "Content-Length: 0x10",
    "Content-Length: {} 0",
    "Content-Length: 99999999999999999999999",
    "Content-Length : {}",
    "Content-Length: {}\r\nTransfer-Encoding : chunked",
    "Transfer-Encoding: xchunked",
    "Transfer-Encoding: chunked, identity",
    "Transfer-Encoding: identity",
    "Transfer-Encoding: \"chunked\"",
    "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity",
    "Transfer-Encoding: x\r\n chunked",
    "X: y\r\n Transfer-Encoding: chunked",
    "Transfer-Encoding:\u{b}chunked",
    "X: y\rTransfer-Encoding: chunked",
    "Transfer-Encoding: chunked\0",
];

/// Bodies in chunks that do not end where they say.
const BROKEN_CHUNKS: [&str; 8] = [
    "-1\r\n",
    "0x0\r\n\r\n",
    "fffffffffffffffff\r\n",
    "1\r\nab\r\n0\r\n\r\n",
    "1\nab\n0\n\n",
    "0;x\n\r\n\r\n",
    "\r\n0\r\n\r\n",
    " 0\r\n\r\n",
];

/// Two requests in a row are two; so the others can fail.
#[tokio::test(flavor = "multi_thread")]
async fn what_follows_a_whole_request_is_answered() {
    let machine = Machine::start(&[]).await;
    for first in ["GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n", SMUGGLED] {
        let (answers, text, has_ended) = exchange(&machine, &format!("{first}{SMUGGLED}")).await;
        assert!(answers == 2 && text.contains(ANSWERED) && !has_ended, "{answers} answers\n{text}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_two_servers_may_read_in_two_ways_is_refused_and_the_connection_ends() {
    let machine = Machine::start(&[]).await;
    for path in ["/v1/session", "/demo/x", "/console/"] {
        for headers in TWO_MEANINGS {
            let headers = headers.replace("{}", &SMUGGLED.len().to_string());
            let request = format!("POST {path} HTTP/1.1\r\nHost: a\r\n{headers}\r\n\r\n{SMUGGLED}");
            carries_nothing(&machine, &request).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn chunks_that_do_not_add_up_carry_no_request() {
    let machine = Machine::start(&[]).await;
    for chunks in BROKEN_CHUNKS {
        let request = format!(
            "POST /v1/session HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n{chunks}{SMUGGLED}"
        );
        carries_nothing(&machine, &request).await;
    }
}

/// RFC 9112, section 6.1: a length beside chunks is refused, or the chunks count and the connection ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_length_beside_chunks_ends_the_connection() {
    let machine = Machine::start(&[]).await;
    for version in ["1.1", "1.0"] {
        for length in [5, 5 + SMUGGLED.len()] {
            let framing = [
                format!("Content-Length: {length}\r\nTransfer-Encoding: chunked"),
                format!("Transfer-Encoding: chunked\r\nContent-Length: {length}"),
            ];
            for headers in framing {
                let request = format!(
                    "POST /v1/session HTTP/{version}\r\nHost: a\r\nConnection: keep-alive\r\n{headers}\r\n\r\n0\r\n\r\n{SMUGGLED}"
                );
                carries_nothing(&machine, &request).await;
            }
        }
    }
}

/// A body to where none belongs is a body.
#[tokio::test(flavor = "multi_thread")]
async fn the_body_of_a_get_is_no_request() {
    let machine = Machine::start(&[]).await;
    for path in ["/demo/x", "/healthz", "/v1/images", "/metrics", "/console/"] {
        for method in ["GET", "HEAD", "OPTIONS"] {
            let request = format!(
                "{method} {path} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{SMUGGLED}",
                SMUGGLED.len()
            );
            let (answers, text, _) = exchange(&machine, &request).await;
            assert!(!text.contains(ANSWERED), "{request:?} was answered with\n{text}");
            assert_eq!(answers, 1, "{request:?}\n{text}");
        }
    }
}

/// A request line with more or less than three words, and names that are none.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_request_is_not_answered_as_one() {
    let machine = Machine::start(&[]).await;
    for beginning in [
        "GET /openapi.json\r\n",
        "GET /openapi.json HTTP/1.1 x\r\nHost: a\r\n",
        "GET  /openapi.json HTTP/1.1\r\nHost: a\r\n",
        "GET /openapi.json HTTP/9.9\r\nHost: a\r\n",
        "GE\0T /openapi.json HTTP/1.1\r\nHost: a\r\n",
        "GET /openapi.json HTTP/1.1\r\nHo st: a\r\n",
        "GET /openapi.json HTTP/1.1\r\n: a\r\nHost: a\r\n",
        "GET /openapi.json\u{b}x HTTP/1.1\r\nHost: a\r\n",
    ] {
        carries_nothing(&machine, &format!("{beginning}\r\n")).await;
    }
}

/// At most one answer came, not what was asked within, and the connection has ended.
async fn carries_nothing(machine: &Machine, request: &str) {
    let (answers, text, has_ended) = exchange(machine, request).await;
    assert!(!text.contains(ANSWERED), "{request:?} was answered with\n{text}");
    assert!(answers <= 1 && has_ended, "{request:?}: {answers} answers\n{text}");
}

/// How many answers came, all of their text, and whether the server ended the connection.
async fn exchange(machine: &Machine, request: &str) -> (usize, String, bool) {
    let (_, address) = machine.darkroom.url.split_once("://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answers = Vec::new();
    let ended = timeout(SILENCE, stream.read_to_end(&mut answers)).await;
    let text = String::from_utf8_lossy(&answers).into_owned();
    // Whoever resets the connection has ended it, too.
    (text.matches("HTTP/1.1 ").count(), text, ended.is_ok())
}
