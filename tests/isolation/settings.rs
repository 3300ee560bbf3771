use reqwest::StatusCode;
use serde_json::{Value, json};
use tests::client::{Client, sign_in};

use crate::{
    machine::{CHOSEN, Machine, bucket_of, email, uploaded},
    picture::picture,
    waiting::within_a_minute,
};

/// A customer with a private and a public image, and what opens them.
struct Site {
    name: &'static str,
    client: Client,
    private: String,
    public: String,
    /// A signed URL of the private image, without the address.
    signed: String,
}

/// Statuses: the API; a rendition by token, by cookie and by signed URL; a public one to anybody.
type Seen = [u16; 5];

const OPEN: Seen = [200; 5];
const SUSPENDED: Seen = [403, 404, 401, 401, 401];
/// Nothing that was signed before counts any more.
const REVOKED: Seen = [200, 200, 401, 401, 200];

impl Site {
    async fn open(machine: &Machine, name: &'static str) -> Self {
        let client = machine.customer(name, &[]).await;
        let private = uploaded(&client, picture(4, 4, [1, 2, 3]), "").await;
        let public = uploaded(&client, picture(4, 4, [4, 5, 6]), "visibility=public").await;
        let mut site = Self { name, client, private, public, signed: String::new() };
        site.signed = site.sign().await;
        assert_eq!(site.seen().await, OPEN, "{name}");
        site
    }

    /// A new signed URL of the private image.
    async fn sign(&self) -> String {
        let path = format!("/v1/images/{}/signed-urls", self.private);
        let signed: Value = self.client.post(&path, "").await.json().await.unwrap();
        let url = signed["url"].as_str().unwrap();
        format!("{}&w=2&fm=png", url.strip_prefix(&self.client.url).unwrap())
    }

    async fn seen(&self) -> Seen {
        let Self { name, client, private, public, signed } = self;
        let of = |image: &str| format!("/{name}/{image}?w=2&fm=png");
        let anybody = async |path: &str| {
            client.http.get(format!("{}{path}", client.url)).send().await.unwrap()
        };
        let answers = [
            client.get("/v1/images").await,
            client.get(&of(private)).await,
            client.image(&of(private)).await,
            anybody(signed).await,
            anybody(&of(public)).await,
        ];
        answers.map(|answer| answer.status().as_u16())
    }

    /// Signs in once more; the cookie is absent where none is given.
    async fn sign_in(&self, machine: &Machine) -> (Value, Option<String>) {
        let body = json!({"username": email(self.name, "admin"), "password": CHOSEN});
        let answer = sign_in(&machine.darkroom, "/v1/session", &body).await;
        assert_eq!(answer.status(), StatusCode::OK);
        let cookie = answer.headers().get("set-cookie");
        let cookie = cookie.map(|cookie| cookie.to_str().unwrap().to_owned());
        (answer.json().await.unwrap(), cookie)
    }
}

/// Caches of the registry live for half a minute. All that waits for them waits here, at once.
#[tokio::test(flavor = "multi_thread")]
async fn changed_settings_hold_everywhere_within_a_minute() {
    let machine = Machine::start().await;
    let stopped = Site::open(&machine, "stopped").await;
    let resumed = Site::open(&machine, "resumed").await;
    let mut rotated = Site::open(&machine, "rotated").await;
    let lowered = Site::open(&machine, "lowered").await;
    let kept = machine.objects(&bucket_of("stopped")).await;

    machine.darkroom.verb(&["customer", "suspend", "resumed"]);
    machine.darkroom.verb(&["customer", "key", "rotate", "rotated"]);
    let machine = machine.restart().await;
    assert_eq!(resumed.seen().await, SUSPENDED);
    let problem: Value = resumed.client.get("/v1/images").await.json().await.unwrap();
    assert_eq!(problem["code"], "customer_suspended");
    let (_, cookie) = resumed.sign_in(&machine).await;
    assert_eq!(cookie, None, "tokens open nothing, and no cookie is given");
    assert_eq!(rotated.seen().await, OPEN, "cookie and URL signed by the key before");
    rotated.signed = rotated.sign().await;
    assert_eq!(rotated.seen().await, OPEN);
    for site in [&stopped, &lowered] {
        assert_eq!(site.seen().await, OPEN);
    }

    machine.darkroom.verb(&["customer", "suspend", "stopped"]);
    machine.darkroom.verb(&["customer", "resume", "resumed"]);
    machine.darkroom.verb(&["customer", "key", "rotate", "rotated", "--revoke"]);
    machine.darkroom.verb(&["customer", "set", "lowered", "--limit=source_pixels_max=15"]);
    let mut looks = 0;
    within_a_minute("suspended, resumed, revoked and lowered", async || {
        // Another picture each time: one that is there already is not looked at again.
        looks += 1;
        let [red, green, _, _] = u32::to_le_bytes(looks);
        let another = picture(4, 4, [red, green, 7]);
        let seen = [stopped.seen().await, resumed.seen().await, rotated.seen().await];
        let (status, _) = lowered.client.upload_bytes(another, "").await;
        let bound = status == StatusCode::UNPROCESSABLE_ENTITY;
        (seen == [SUSPENDED, OPEN, REVOKED] && bound).then_some(())
    })
    .await;

    assert_eq!(lowered.seen().await, OPEN, "the others see nothing of it");
    assert_eq!(machine.objects(&bucket_of("stopped")).await, kept, "everything stays");
    let (_, cookie) = rotated.sign_in(&machine).await;
    rotated.client.cookie = cookie.unwrap().split(';').next().unwrap().to_owned();
    rotated.signed = rotated.sign().await;
    assert_eq!(rotated.seen().await, OPEN, "by the new key, at once");
}
