use super::*;

fn boxed(kind: &[u8], payload: &[u8]) -> Vec<u8> {
    let size = u32::try_from(payload.len() + 8).unwrap();
    [&size.to_be_bytes()[..], kind, payload].concat()
}

#[test]
fn a_box_that_outgrows_its_parent_ends_the_walk() {
    let mut inner = boxed(b"free", &[0; 4]);
    inner[3] = 200;
    let mut walk = Reader(&inner).boxes();
    assert!(matches!(walk.next(), Some(Err(Short))));
    assert!(walk.next().is_none());
}

#[test]
fn long_sizes_and_open_ends_are_read() {
    let long = [&1u32.to_be_bytes()[..], b"free", &20u64.to_be_bytes(), b"abcd"].concat();
    let open = [&0u32.to_be_bytes()[..], b"mdat", b"rest"].concat();
    let both = [long, open].concat();
    let payloads: Vec<_> = Reader(&both).boxes().map(|found| found.unwrap().payload).collect();
    assert_eq!(payloads, [b"abcd", b"rest"]);
    let too_short = [&1u32.to_be_bytes()[..], b"free", &15u64.to_be_bytes()].concat();
    assert!(matches!(Reader(&too_short).boxes().next(), Some(Err(Short))));
}

#[test]
fn tables_that_would_take_hours_are_refused() {
    let meta = |items: u32, iref: usize, ipma: usize| {
        let entry = boxed(b"infe", b"\x02\0\0\0\0\x07\0\0av01");
        let iinf =
            [&[1, 0, 0, 0][..], &items.to_be_bytes(), &entry.repeat(items as usize)].concat();
        let iprp = [boxed(b"ipma", &vec![0; ipma]), boxed(b"ipma", &vec![0; ipma])].concat();
        let tables = [boxed(b"iinf", &iinf), boxed(b"iref", &vec![0; iref]), boxed(b"iprp", &iprp)];
        [&[0; 4], &tables.concat()[..]].concat()
    };
    assert!(Meta::read(&meta(1000, 65_536, 32_768)).is_ok());
    for payload in [meta(1001, 0, 0), meta(0, 65_537, 0), meta(0, 0, 32_769)] {
        assert!(matches!(Meta::read(&payload), Err(ContainerError::TooManyItems)));
    }
}

#[test]
fn properties_are_found_through_both_widths_of_their_numbers() {
    for wide in [false, true] {
        let association: &[u8] = if wide { &[0x80, 2] } else { &[0x82] };
        let ipma = [&[0, 0, 0, u8::from(wide)][..], &[0, 0, 0, 1, 0, 7, 1], association].concat();
        let (one, two) = (boxed(b"pasp", &[1]), boxed(b"irot", &[2]));
        let iprp = [boxed(b"ipco", &[one, two].concat()), boxed(b"ipma", &ipma)].concat();
        let mut meta = Meta::default();
        meta.read_properties(&iprp).unwrap();
        let found = meta.properties_of(7).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].0.kind, found[0].1), (*b"irot", true));
        assert!(meta.properties_of(8).unwrap().is_empty());
    }
}

#[test]
fn pieces_are_joined_and_may_not_grow_a_file() {
    // Version 1, offsets and lengths of one byte, item 1 in `idat`: two pieces.
    let iloc = |a: [u8; 2], b: [u8; 2]| {
        [&[1, 0, 0, 0, 0x11, 0x00, 0, 1, 0, 1, 0, 1, 0, 0, 0, 2][..], &a, &b].concat()
    };
    let (there, beyond) = (iloc([4, 2], [0, 1]), iloc([4, 2], [0, 9]));
    let meta = |locations| Meta { locations, data: b"abcdef", ..Meta::default() };
    assert_eq!(meta(&there).bytes(&[0; 9], 1).unwrap().as_ref(), b"efa");
    assert!(matches!(meta(&beyond).bytes(&[0; 9], 1), Err(OriginalError::Truncated { .. })));
    assert!(matches!(meta(&there).bytes(&[0; 2], 1), Err(OriginalError::Malformed { .. })));
}

#[test]
fn pieces_of_no_bytes_cost_no_time_and_no_memory() {
    const ITEMS: u32 = 200_000;
    // Version 2, no bytes for offset, length, base and index; each item has 65,535 pieces.
    let entry = [&7u32.to_be_bytes()[..], &[0, 0, 0, 0, 0xFF, 0xFF]].concat();
    let table =
        [&[2, 0, 0, 0, 0, 0][..], &ITEMS.to_be_bytes(), &entry.repeat(ITEMS as usize)].concat();
    let began = std::time::Instant::now();
    assert!(matches!(Location::find(&table, 8), Ok(None)));
    assert!(matches!(Location::find(&table, 7), Err(ContainerError::TooManyPieces)));
    assert!(began.elapsed().as_secs() < 5, "{:?}", began.elapsed());
}

#[test]
fn more_properties_than_a_picture_has_are_refused() {
    let properties = |count: usize| boxed(b"ipco", &boxed(b"free", &[]).repeat(count));
    let tables = |count: usize| boxed(b"ipma", &[]).repeat(count);
    assert!(Meta::default().read_properties(&properties(1000)).is_ok());
    assert!(Meta::default().read_properties(&tables(1000)).is_ok());
    for payload in [properties(1001), tables(1001)] {
        let refused = Meta::default().read_properties(&payload);
        assert!(matches!(refused, Err(ContainerError::TooManyItems)));
    }
}
