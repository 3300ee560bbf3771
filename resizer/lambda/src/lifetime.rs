//! How long an answer may be kept, and by whom.
//!
//! The edge keeps an image for a year, because it can be told to forget it; a browser cannot, so it
//! keeps it for minutes. One `Cache-Control` cannot say both of a private image: CloudFront obeys
//! no other header, and `private` would forbid it to keep anything. So towards the edge
//! `Cache-Control` is the edge's, and the browser's waits in [`BROWSER_CACHE_CONTROL`]; the edge
//! puts it in the place of its own on the way out.

use customer::{Record, Visibility};
use http::{HeaderMap, HeaderName, HeaderValue, header};

use crate::{get_image::Image, viewer::Asker};

/// What the edge sends a browser as `Cache-Control`.
pub const BROWSER_CACHE_CONTROL: HeaderName =
    HeaderName::from_static("x-darkroom-browser-cache-control");

/// What everybody may see anyway may be shown for another day while, or because, the origin is not
/// there to say whether it still is (RFC 5861). What is private has to be asked for.
const PUBLIC_AT_THE_EDGE: &str =
    "max-age=600, s-maxage=31536000, stale-while-revalidate=86400, stale-if-error=86400";

/// Of what changes with a customer's settings, which nobody purges.
const BRIEF: &str = "max-age=60";

/// Comma-separated tags that the edge can be told to forget.
pub const CACHE_TAG: HeaderName = HeaderName::from_static("cache-tag");

/// How long what is said of an image holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Holds {
    UntilPurged,
    /// Until the customer's settings change.
    Briefly,
}

/// The headers of an image, or of the news that the client has it already. With a watermark the edge forgets
/// it with either of the two.
pub(crate) fn of_image(image: &Image, asker: &Asker) -> HeaderMap {
    // Where the edge went by other presets than there are, both know the same within a minute.
    let holds = if image.is_outdated { Holds::Briefly } else { Holds::UntilPurged };
    of(&image.record, image.mark.as_ref(), holds, asker)
}

/// The headers of what is said of the image of a record.
pub(crate) fn of(record: &Record, mark: Option<&Record>, holds: Holds, asker: &Asker) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if matches!(asker, Asker::User(_)) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        return headers;
    }
    let (edge, browser) = match record.visibility {
        Visibility::Public if holds == Holds::Briefly => (BRIEF, "public, max-age=60"),
        Visibility::Private if holds == Holds::Briefly => (BRIEF, "private, max-age=60"),
        Visibility::Public => (PUBLIC_AT_THE_EDGE, "public, max-age=600"),
        Visibility::Private => ("max-age=300, s-maxage=31536000", "private, max-age=300"),
    };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(edge));
    headers.insert(BROWSER_CACHE_CONTROL, HeaderValue::from_static(browser));
    let mut tags = format!("c:{},i:{}", record.customer.as_str(), record.image);
    tags.extend(mark.map(|mark| format!(",i:{}", mark.image)));
    headers.extend(HeaderValue::try_from(tags).ok().map(|tags| (CACHE_TAG, tags)));
    headers
}
