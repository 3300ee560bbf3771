use super::*;

fn image() -> ImageId {
    ImageId::of(b"abc").0
}

#[test]
fn what_is_parsed_prints_the_same() {
    let keys = [
        ObjectKey::Incoming(UploadId::random()),
        ObjectKey::Ticket(UploadId::random()),
        ObjectKey::Original(image()),
        ObjectKey::OriginalAgain { image: image(), uploaded_ms: 1_795_246_140_123 },
        ObjectKey::Record(image()),
        ObjectKey::Tombstone { erase_after_ms: 1_795_246_140_123, image: image() },
        ObjectKey::Outbox { image: image(), version: 12 },
        ObjectKey::Newest { uploaded_ms: 1_795_246_140_123, image: image() },
    ];
    for key in keys {
        assert_eq!(ObjectKey::parse(&key.to_string()), Some(key));
    }
}

#[test]
fn names_from_outside_that_are_not_ours_are_not_parsed() {
    for key in ["", "records", "records/x.json", "outbox/../x-1", "outbox/-1", "incoming/a/b"] {
        assert_eq!(ObjectKey::parse(key), None, "{key}");
    }
}

#[test]
fn another_spelling_of_a_name_is_not_parsed() {
    let image = image();
    for key in
        [format!("outbox/{image}-+1"), format!("outbox/{image}-01"), format!("newest/7-{image}")]
    {
        assert_eq!(ObjectKey::parse(&key), None, "{key}");
    }
}

#[test]
fn a_name_tells_whose_it_is() {
    let transform = "w=1".to_owned();
    let names = [
        ObjectKey::Original(image()).to_string(),
        ObjectKey::Newest { uploaded_ms: 5, image: image() }.to_string(),
        ObjectKey::Rendition { image: image(), engine: 1, transform, extension: "webp" }
            .to_string(),
    ];
    for name in names {
        assert_eq!(ObjectKey::image_in(&name), Some(image()), "{name}");
    }
    assert_eq!(ObjectKey::image_in("renditions/x/1/w=1.webp"), None);
    assert_eq!(ObjectKey::image_in("a/customer's own.jpg"), None);
}

#[test]
fn a_later_upload_sorts_before_an_earlier_one() {
    let name = |uploaded_ms| ObjectKey::Newest { uploaded_ms, image: image() }.to_string();
    assert!(name(1_795_246_140_124) < name(1_795_246_140_123));
    assert!(name(999) > name(1_795_246_140_123), "widths are equal, so text order is time order");
}

#[test]
fn a_long_transform_is_named_by_its_hash() {
    let key = |transform: &str| {
        let transform = transform.to_owned();
        ObjectKey::Rendition { image: image(), engine: 1, transform, extension: "webp" }.to_string()
    };
    assert_eq!(
        key("w=400,fm=webp"),
        "renditions/xj4bnp4pahh6uqkbidpf3lrceoyagynd/1/w=400,fm=webp.webp"
    );
    let long = key(&"x".repeat(TRANSFORM_BYTES_MAX + 1));
    assert_eq!(long.len(), "renditions//1/.webp".len() + 32 + 64);
}
