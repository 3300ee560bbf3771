//! `kill -9` and restart.
//!
//! The server that is killed is this test binary, started again to run [`serve_until_killed`] alone.

use std::env;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::sync::mpsc::unbounded_channel;

use crate::backend::{Backend, open, serve, status};

const FOLDER: &str = "CONFORMANCE_FOLDER";

#[test]
#[ignore = "not a test: serves the folder that its environment names until it is killed"]
fn serve_until_killed() {
    let folder = PathBuf::from(env::var_os(FOLDER).unwrap());
    tokio::runtime::Runtime::new().unwrap().block_on(async {
        let endpoint = serve(open(&folder, Arc::new(|_, _| None), unbounded_channel().0)).await;
        writeln!(std::io::stdout(), "serving {endpoint}").unwrap();
        std::future::pending::<()>().await;
    });
}

struct Served {
    backend: Backend,
    process: Child,
}

impl Served {
    async fn start(folder: &Path) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "crash::serve_until_killed", "--ignored", "--nocapture"])
            .env(FOLDER, folder)
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        loop {
            let line = lines.next_line().await.unwrap().expect("the server ended before it served");
            if let Some((_, endpoint)) = line.split_once("serving ") {
                return Self { backend: Backend::new(endpoint.to_owned()), process };
            }
        }
    }

    /// SIGKILL, and wait until it is gone.
    async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }
}

#[tokio::test]
async fn a_put_that_is_killed_leaves_the_old_object_or_none() {
    let folder = tempfile::tempdir().unwrap();
    let first = Served::start(folder.path()).await;
    let bucket = first.backend.bucket("killed").await;
    first.backend.put(&bucket, "old", b"old").await;
    first.backend.put(&bucket, "other", b"other").await;
    let old = half_a_put(&first.backend, &bucket, "old").await;
    let new = half_a_put(&first.backend, &bucket, "new").await;
    until(|| written(folder.path()).iter().filter(|bytes| **bytes > 0).count() == 2).await;
    first.kill().await;
    drop((old, new));
    assert_eq!(written(folder.path()).len(), 2, "what was being written is still there");

    let second = Served::start(folder.path()).await;
    assert!(written(folder.path()).is_empty(), "swept at start");
    assert_eq!(second.backend.get(&bucket, "old").await, b"old");
    assert_eq!(second.backend.get(&bucket, "other").await, b"other");
    assert_eq!(
        status(second.backend.s3.head_object().bucket(&bucket).key("new").send().await),
        404
    );
    let listed = second.backend.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    assert_eq!(
        listed.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(),
        ["old", "other"]
    );
    second
        .backend
        .s3
        .put_object()
        .bucket(&bucket)
        .key("new")
        .if_none_match("*")
        .send()
        .await
        .unwrap();
    second.kill().await;
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_kill_9_with_all_that_was_said_about_it() {
    let folder = tempfile::tempdir().unwrap();
    let first = Served::start(folder.path()).await;
    let bucket = first.backend.bucket("kept").await;
    let put = first
        .backend
        .s3
        .put_object()
        .bucket(&bucket)
        .key("a/ü")
        .body(ByteStream::from_static(b"hello"));
    let etag = put
        .content_type("image/png")
        .metadata("camera", "one")
        .send()
        .await
        .unwrap()
        .e_tag
        .unwrap();
    let before = first.backend.s3.head_object().bucket(&bucket).key("a/ü").send().await.unwrap();
    first.kill().await;

    let Served { backend, .. } = &Served::start(folder.path()).await;
    let after = backend.s3.head_object().bucket(&bucket).key("a/ü").send().await.unwrap();
    assert_eq!((after.e_tag(), after.content_type()), (Some(etag.as_str()), Some("image/png")));
    assert_eq!(
        (after.last_modified(), after.metadata()),
        (before.last_modified(), before.metadata())
    );
    let listed = backend.s3.list_objects_v2().bucket(&bucket).send().await.unwrap();
    assert_eq!(
        (listed.contents()[0].e_tag(), listed.contents()[0].size()),
        (Some(etag.as_str()), Some(5))
    );
    let put = backend.s3.put_object().bucket(&bucket).key("a/ü").if_match(etag);
    put.body(ByteStream::from_static(b"next")).send().await.unwrap();
}

#[tokio::test]
async fn a_multipart_upload_goes_on_after_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let first = Served::start(folder.path()).await;
    let bucket = first.backend.bucket("goes-on").await;
    let create = first
        .backend
        .s3
        .create_multipart_upload()
        .bucket(&bucket)
        .key("a")
        .content_type("image/png");
    let upload = create.send().await.unwrap().upload_id.unwrap();
    let part =
        first.backend.s3.upload_part().bucket(&bucket).key("a").upload_id(&upload).part_number(1);
    let part = part.body(ByteStream::from_static(b"part")).send().await.unwrap();
    first.kill().await;

    let Served { backend, .. } = &Served::start(folder.path()).await;
    let part = CompletedPart::builder().part_number(1).set_e_tag(part.e_tag).build();
    let complete =
        backend.s3.complete_multipart_upload().bucket(&bucket).key("a").upload_id(&upload);
    complete
        .multipart_upload(CompletedMultipartUpload::builder().parts(part).build())
        .send()
        .await
        .unwrap();
    let got = backend.s3.get_object().bucket(&bucket).key("a").send().await.unwrap();
    assert_eq!(got.content_type(), Some("image/png"));
    assert_eq!(got.body.collect().await.unwrap().to_vec(), b"part");
}

/// Sends the first of ten megabytes and keeps the connection open.
async fn half_a_put(backend: &Backend, bucket: &str, key: &str) -> TcpStream {
    let minute = PresigningConfig::expires_in(Duration::from_mins(1)).unwrap();
    let put = backend.s3.put_object().bucket(bucket).key(key).content_length(10 << 20);
    let put = put.presigned(minute).await.unwrap();
    let address = backend.endpoint.strip_prefix("http://").unwrap();
    let target = put.uri().strip_prefix(&backend.endpoint).unwrap();
    let mut socket = TcpStream::connect(address).await.unwrap();
    let head =
        format!("PUT {target} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {}\r\n\r\n", 10 << 20);
    socket.write_all(head.as_bytes()).await.unwrap();
    socket.write_all(&vec![0; 1 << 20]).await.unwrap();
    socket
}

/// Sizes of the files that have no name yet.
fn written(folder: &Path) -> Vec<u64> {
    let files = std::fs::read_dir(folder.join("temp")).unwrap();
    files.map(|file| file.unwrap().metadata().unwrap().len()).collect()
}

async fn until(condition: impl Fn() -> bool) {
    let waited = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), waited).await.expect("the condition never came");
}
