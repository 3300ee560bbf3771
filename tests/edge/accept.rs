use http::Method;

use crate::machine::Machine;

const SPELLINGS: usize = 300;

#[tokio::test(flavor = "multi_thread")]
async fn three_hundred_accept_headers_ask_the_origin_three_times() {
    let machine = Machine::start(&[]).await;
    let path = format!("{}?w=8&auto=format", machine.upload(1, "public").await);
    assert_eq!(misses(&machine, &path).await, 3);
    assert!(machine.stored(&path).await <= 3);
    for (accept, media_type) in
        [("image/avif", "image/avif"), ("image/webp", "image/webp"), ("*/*", "image/jpeg")]
    {
        let seen = machine.ask(Method::GET, &path, &[("accept", accept)]).await;
        assert_eq!(seen.outcome(), (200, "hit"), "{accept}");
        assert_eq!((seen.header("content-type"), seen.header("vary")), (media_type, "accept"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_the_format_is_given_every_accept_header_is_the_same() {
    let machine = Machine::start(&[]).await;
    for (number, query) in [(1, "?w=8"), (2, "?w=8&auto=format&fm=png"), (3, "?auto=compress")] {
        let path = format!("{}{query}", machine.upload(number, "public").await);
        assert_eq!(misses(&machine, &path).await, 1, "{query}");
        assert_eq!(machine.stored(&path).await, 1, "{query}");
    }
}

/// How often the origin is asked when all spellings come one after the other.
async fn misses(machine: &Machine, path: &str) -> usize {
    let mut misses = 0;
    for number in 0..SPELLINGS {
        let seen = machine.ask(Method::GET, path, &[("accept", &spelling(number))]).await;
        assert_eq!(seen.status, 200);
        misses += usize::from(seen.header("x-cache") == "miss");
    }
    misses
}

fn spelling(number: usize) -> String {
    match number % 6 {
        0 => format!("image/avif;v={number}, image/webp"),
        1 => format!("text/html, IMAGE/WEBP;q=0.{}", number + 1),
        2 => format!("image/avif;q=0.0, image/x-{number}"),
        3 => format!("image/x-{number}, image/*, */*;q=0.{number}"),
        4 => format!("image/webp ; x={number}, image/avif;q=0"),
        _ => format!("{number}"),
    }
}
