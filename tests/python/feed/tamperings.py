"""The tamperings: each a name, what is done to a copy of a feed, what the verifier says of that, and options for it.

Every promise that the verifier holds a feed to is broken here at least once. FAULTY have to be seen, with these words
in the line of a fault; SOUND have to pass, with these words in anything that is said.
"""

import tarfile

from .memory import image_of, pack

ONE, ZEROS = "a" * 32, "0" * 64
REJECTED = {"reason": "too_large", "detail": "it is"}
STRANGERS = ("commits/e/t/0/3.json", f"commits/e/t/0/{0:020}.x.json", "segments/e/t/0/x", "staged/x", "checkpoints/x")
STRANGERS += ("amendments/x", "erasure/x")
DESCRIBED = {"customer": "other", "image": ONE, "version": 9, "key": "x", "bytes": 1, "consent": "none", "schema": 2}
DESCRIBED |= {"type": "image/png", "labels": "x", "width": 0, "original.bytes": -1}
DESCRIBED |= {"lineage.epoch": "x", "lineage.topic": "x", "lineage.partition": 9, "lineage.offset": 99}
HEADER = {"mode": 0o644, "mtime": 1, "uid": 1, "gid": 1, "uname": "root", "gname": "root"}


def flip(at):
    return lambda body: body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]


def flip_name(body):
    return flip(body.index(b".json"))(body)


def rename(old, new):
    """Of a segment's first member."""
    def change(members):
        members[0][0].name = members[0][0].name.replace(old, new)
        return members

    return change


def call_otherwise(commit, feed):
    """Puts a segment under the name that another hash would give it."""
    old = commit["segment"]["key"]
    commit["segment"] |= {"key": f"{old[:-20]}{ZEROS[:16]}.tar", "sha256": ZEROS}
    feed[commit["segment"]["key"]] = feed.pop(old)


def shifted(places):
    return {offset: {**place, "offset": place["offset"] + tarfile.BLOCKSIZE} for offset, place in places.items()}


def put_back(forgery, segment, name=None):
    """Erases a sample and leaves the segment that had it where it was, or puts it under another name."""
    tar = forgery.feed[segment]
    forgery.erase(0)
    forgery.put(name or segment, tar)


SOUND = [
    ("nothing", lambda f: None, r" 0 orphans, "),
    ("orphan", lambda f: f.put(f"segments/{f.other}/{9:020}-{9:020}-{ONE[:16]}.tar", pack([])), r" 1 orphans, "),
    ("checkpoint", lambda f: f.checkpoint(1), r" 1 checkpoints, "),
    ("gap", lambda f: f.take(4), r" 1 gaps open \(\d+ to \d+\)$"),
    ("commit that stages", lambda f: f.stage(1, 2), r"^feed: .* 0 gaps open"),
    ("as uploaded", lambda f: (f.stage(1, original=f.members(0)[0][1]), f.describe("transform", None, -1)), ""),
    ("repair of a gap", lambda f: (f.gap(), f.repair(0, 9, *range(10))), r" 0 gone, 0 gaps open"),
    ("repair of a part", lambda f: (f.gap(), f.repair(1, 8, 1, 3)), r" 2 gaps open \(\d+, \d+\), 1 repairs, 6 gone$"),
    ("repairs without order",
     lambda f: (f.gap(), f.repair(0, 3, 0, 2), f.repair(6, 9, 8), f.repair(4, 4, 4), f.repair(5, 5, 5), f.take(1)),
     r" 5 gone, 0 gaps open"),
    ("superseded by another epoch", lambda f: f.take(1, outcome="superseded", image=f.image, chain=f.later), ""),
    ("staged in two epochs", lambda f: (f.stage(1, original=b"x"), f.stage(1, original=b"x", chain=f.later)), ""),
    ("rejected without a subject", lambda f: (f.reject(), f.reject(customer=None, image=None, version=None)),
     r" 2 rejected, "),
    ("rejected for now, without a marker", lambda f: (f.reject("unknown_customer", image=ONE), f.take(1)), ""),
    ("rejected, and withheld later", lambda f: (f.reject(image=ONE), f.take(1, image=ONE)), r" 1 rejected, "),
    ("marker on its way", lambda f: (f.take(1, image=ONE), f.drop(f"staged/demo/{ONE}.json")), ""),
    ("commit written meanwhile", lambda f: (f.take(1), f.unlisted.add(f.key(-1))), ""),
    ("erased", lambda f: (f.order(f.commit(0)["records"][0]), f.drop(f.marker)), r" 1 orders, "),
    ("amended", lambda f: f.erase(0), r" 0 orphans, 1 amendments, 1 erased, 1 orders, "),
    ("amended down to nothing", lambda f: f.erase(*range(99)), r" 0 orphans, 1 amendments, "),
    ("amended meanwhile", lambda f: (f.erase(0), f.unlisted.add(f.amendment())), r" 1 amendments, "),
    ("Kafka holds what was taken in", lambda f: f.hold(f.epoch), ""),
    ("last --epoch", lambda f: (f.take(1, chain=f.later), f.hold(f.epoch)), "", "--epoch later {epoch}"),
    ("FEED_EPOCH", lambda f: (f.take(1, chain=f.later), f.hold(f.epoch)), "", "FEED_EPOCH={epoch}"),
    ("fault of another epoch", lambda f: (f.take(1, chain=f.later), f.edit(0, count=99), f.drop(f.segment(1))),
     r" 1 chains, ", "--epoch later"),
    ("all customers", lambda f: None, r" 1 customers, ", "--complete"),
    ("rejected, and not for training", lambda f: f.reject(version=9, image=f.update(False, version=9)),
     "", "--complete"),
]
FAULTS_OF_COMMITS = [
    ("first commit gone", lambda f: f.drop(f.key(0)), r"lacks 0$"),
    ("commit gone", lambda f: f.drop(f.key(1)), r"lacks 1$"),
    ("last commit gone", lambda f: f.drop(f.key(-1)), r"staged/.*: names commits/.*, which is missing$"),
    ("commit listed and gone", lambda f: f.put(f.key(-1), None), r"commits/.*: is missing$"),
    ("commit's byte", lambda f: f.spoil(f.key(0), lambda body: body.replace(b'"writer":"', b'"writer":"x')),
     r"says SHA-256 \w+ of the commit before it, which has \w+$"),
    ("commit cut off", lambda f: f.spoil(f.key(1), lambda body: body[:-1]), r"is no JSON"),
    ("link", lambda f: f.edit(2, prev_sha256=ZEROS), r"says SHA-256 0000"),
    ("no link", lambda f: f.edit(1, prev_sha256=None), r"says SHA-256 None"),
    ("link of the first", lambda f: f.edit(0, prev_sha256=ZEROS), r"before it, which has None$"),
    ("offset of another commit", lambda f: f.entry(1, 0, offset=f.commit(0)["last"]), r"takes in again \d+$"),
    ("offset twice", lambda f: f.entry(1, 1, offset=f.commit(1)["first"]),
     r"counts \d+, has \d+ records of \d+ offsets$"),
    ("offset recorded and rejected",
     lambda f: (f.take(1), f.edit(-1, lambda c: c["rejected"].append(REJECTED | {"offset": c["first"]}), count=2)),
     r"counts 2, has 2 records of 1 offsets$"),
    ("record left out", lambda f: f.edit(1, lambda c: c["records"].pop(1)), r"counts \d+, has "),
    ("count", lambda f: f.edit(1, count=99), r"counts 99, "),
    ("first", lambda f: f.edit(1, first=0), r"says 0 to \d+, has "),
    ("last", lambda f: f.edit(1, last=99), r"says \d+ to 99, has "),
    ("order", lambda f: f.edit(0, lambda c: c["records"].reverse()), r"offsets out of order$"),
    ("overlap", lambda f: f.take(0, 1), r"begins at \d+, and the chain had reached \d+$"),
    ("gap without a name", lambda f: f.take(4, gap_before=None), r"names None as the gap before it, which is \{"),
    ("gap misnamed", lambda f: (f.take(4), f.edit(-1, lambda c: c["gap_before"].update(to=0))), r"'to': 0\} as "),
    ("name without a gap", lambda f: f.take(1, gap_before={"from": 0, "to": 0}), r"gap before it, which is None$"),
    ("late beginning", lambda f: f.take(6, chain=f.later, gap_before=None), r"which is \{'from': 0, 'to': 4\}$"),
    ("hole", lambda f: f.take(1, 3), r"has a hole at \d+$"),
    ("holes", lambda f: f.take(1, 4, 6), r"has a hole at \d+ to \d+, \d+$"),
    ("hole, well counted", lambda f: f.edit(1, lambda c: c["records"].pop(1), count=f.commit(1)["count"] - 1),
     r"has a hole at \d+$"),
    ("nothing taken in", lambda f: f.take(1, records=[], count=0), r"has taken in nothing$"),
    ("epoch", lambda f: f.edit(2, epoch="other"), r"says that it is commits/other/"),
    ("epoch that cannot be printed", lambda f: f.edit(2, epoch="\ud800"), r"says that it is commits/\ud800/"),
    ("topic", lambda f: f.edit(2, topic="other"), r"says that it is commits/[^/]+/other/"),
    ("partition", lambda f: f.edit(2, partition=77), r"says that it is commits/[^/]+/images/77/"),
    ("seq", lambda f: f.edit(2, seq=7), r"says that it is commits/.*7\.json$"),
    ("commit in another chain", lambda f: f.put(f.key(0, f.other), f.feed[f.key(0)]),
     r"/9/.* says that it is commits/"),
    ("schema", lambda f: f.edit(2, schema=3), r"content\.schema cannot be 3$"),
    ("outcome", lambda f: f.entry(2, 0, outcome="lost"), r'content\.records\[0\]\.outcome cannot be "lost"$'),
    ("truth for a number", lambda f: f.edit(2, first=True), r"content\.first cannot be true$"),
    ("half a subject", lambda f: (f.reject(), f.edit(-1, lambda c: c["rejected"][0].update(customer="demo"))),
     r"content\.rejected\[0\]"),
    *((f"stranger {name}", lambda f, name=name: f.put(name, b""), r"does not belong here$") for name in STRANGERS),
    ("staged twice", lambda f: (f.stage(1, original=b"x"), f.stage(1, original=b"x")),
     r"staged twice, before at offset \d+"),
    ("staged twice in two chains", lambda f: (f.stage(1, original=b"x"), f.stage(1, original=b"x", chain=f.other)),
     r"staged twice, before at offset \d+ of "),
    ("superseded", lambda f: f.take(1, outcome="superseded"), r"superseded by nothing$"),
    ("superseded by what comes",
     lambda f: (f.take(1, outcome="superseded", image=ONE), f.take(1, version=2, image=ONE)),
     r"superseded by nothing$"),
    ("superseded by what was rejected for now",
     lambda f: (f.reject("access_denied", image=ONE, version=2), f.take(1, outcome="superseded", image=ONE)),
     r"superseded by nothing$"),
    ("withheld after staged", lambda f: (f.stage(1, original=b"x"), f.take(1, image=image_of(b"x"))),
     r"withheld, and offset \d+ had version 1 staged$"),
    ("older after newer", lambda f: (f.take(1, image=ONE, version=2), f.take(1, image=ONE)),
     r" had version 2 withheld$"),
    ("two versions at once", lambda f: (f.take(1, 2, image=ONE), f.entry(-1, 1, version=2)),
     r"same commit has a higher"),
    ("one version twice at once", lambda f: f.take(1, 2, image=ONE), r"or this one before$"),
]
FAULTS_OF_SEGMENTS = [
    ("segment gone", lambda f: f.drop(f.segment()), r"segments/.*: is missing$"),
    ("image's byte", lambda f: f.spoil(f.segment(), flip(1000)), r"tar: has SHA-256 \w+, its commit says \w+$"),
    ("header's byte", lambda f: f.spoil(f.segment(), flip(3)), r"cannot be read as a tar: "),
    ("later header's byte", lambda f: f.spoil(f.segment(), flip_name), r"ends where .* is to come$"),
    ("segment cut off", lambda f: f.spoil(f.segment(), lambda body: body[:2000]),
     r"has 2000 bytes, its commit says \d+$"),
    ("another's segment", lambda f: f.put(f.segment(), f.feed[f.segment(1)]), r"tar: has .* where .* is to come$"),
    ("sample in two segments", lambda f: f.put(f.segment(1), pack(f.members(1) + f.members(0)[:2])),
     r"has more members"),
    ("the same, well hashed", lambda f: f.retar(lambda m: m + f.members(0)[:2], 1), r"has more members"),
    ("samples swapped", lambda f: f.retar(lambda m: [*m[2:4], *m[:2], *m[4:]]), r" where .* is to come$"),
    ("members apart", lambda f: f.retar(lambda m: m[::2] + m[1::2]), r" where .*\.\(json\) is to come$"),
    ("members swapped", lambda f: f.retar(lambda m: [m[1], m[0], *m[2:]]), r" where .* is to come$"),
    ("sample left out", lambda f: f.retar(lambda m: m[:-2]), r"ends where .* is to come$"),
    ("description left out", lambda f: f.retar(lambda m: m[:-1]), r"ends where .* is to come$"),
    *((f"header's {name}", lambda f, name=name: f.header(**{name: HEADER[name]}), r"mode, time, user and group are")
      for name in HEADER),
    ("link for a file", lambda f: f.header(type=tarfile.SYMTYPE, linkname="x"), r"it is no regular file$"),
    ("extended header", lambda f: f.header(0, tarfile.PAX_FORMAT, pax_headers={"comment": "x"}),
     r"belong to no member$"),
    ("bytes behind the end", lambda f: f.retar(lambda m: m, tail=b"hidden" * 99), r"belong to no member$"),
    ("name that is no text", lambda f: f.header(0, name="\udcff\udcfe.jpg"), r"has \udcff\udcfe\.jpg where "),
    ("unknown extension", lambda f: f.retar(rename(".jpg", ".exe")), r"\.exe where .* is to come$"),
    ("wrong extension", lambda f: f.retar(rename(".jpg", ".png")), r"png: its bytes begin as those of another format$"),
    ("text for an image", lambda f: f.replace(0, lambda image: bytes(len(image))),
     r"jpg: its bytes begin as those of "),
    ("text for JSON", lambda f: f.replace(1, lambda about: b"{"), r"json: is no JSON"),
    *((f"description's {path}", lambda f, path=path: f.describe(path, DESCRIBED[path]), rf"content\.{path} cannot be")
      for path in DESCRIBED),
    ("another original", lambda f: f.describe("original.sha256", ZEROS), r"SHA-256 0000\w+ is another image$"),
    ("rendition as uploaded", lambda f: f.describe("transform", None), r"and not its original's bytes$"),
    ("sample's place", lambda f: f.entry(0, 0, place={"offset": 512, "bytes": 512}), r"lies at .*, its commit says "),
    ("segment's name", lambda f: f.edit(0, lambda c: c["segment"].update(key="segments/x")),
     r"segments/x, whose name is "),
    ("segment's bytes", lambda f: f.edit(0, lambda c: c["segment"].update(bytes=7)), r"bytes, its commit says 7$"),
    ("segment's samples", lambda f: f.edit(0, lambda c: c["segment"].update(samples=77)), r"and its segment 77$"),
    ("segment's hash", lambda f: f.edit(0, lambda c: call_otherwise(c, f.feed)), r"its commit says 0000"),
    ("no segment", lambda f: f.edit(1, segment=None), r"has staged \d+ samples, and names no segment$"),
    ("segment of nothing", lambda f: f.append([], [REJECTED | {"offset": f.reached() + 1}], []),
     r"has staged 0 samples, and its segment 0$"),
]
FAULTS_OF_AMENDMENTS = [
    ("amendment gone", lambda f: (f.erase(0), f.drop(f.amendment())), r"segments/.*: is missing$"),
    ("amendment's JSON", lambda f: (f.erase(0), f.put(f.amendment(), b"x")), r"amendments/.*: is no JSON"),
    ("amendment of another commit", lambda f: f.erase(0, **{"partition": 77}),
     r"says that it is amendments/.*/77/0+\.json$"),
    ("amendment of no commit", lambda f: f.put(f"amendments/{f.chain}/{77:020}.json", b"{}"),
     r"amends commits/.*, which is missing, or names no segment$"),
    ("amendment of nothing", lambda f: f.erase(), r"erases \[\], which is nothing"),
    ("erased without an order", lambda f: f.erase(0, is_ordered=False), r"which no order covers$"),
    ("erased beyond the order", lambda f: (f.stage(1, original=b"x"), f.entry(-1, 0, version=2),
                                           f.erase(0, seq=-1), f.order(f.commit(-1)["records"][0], 1)),
     r"erases version 2 of .*, which no order covers$"),
    ("order's image", lambda f: (f.erase(0), f.put(f"erasure/orders/demo/{f.image}.json", b"{}")),
     r"erasure/orders/.*cannot be "),
    ("order that nothing names", lambda f: f.put(f"erasure/orders/demo/{ONE}.json", b"x"), r"orders/.*: is no JSON"),
    ("erased, and never staged", lambda f: f.erase(0, erased=[99]), r"erases offset 99, which its commit has not "),
    ("removed segment back", lambda f: put_back(f, f.segment()), r"tar: still lies there, and amendments/"),
    ("amended segment gone", lambda f: (f.erase(0), f.drop(f.amended()["segment"]["key"])), r"tar: is missing$"),
    ("amended segment's byte", lambda f: (f.erase(0), f.spoil(f.amended()["segment"]["key"], flip(1000))),
     r"tar: has SHA-256 \w+, its amendment says \w+$"),
    ("place after erasure", lambda f: (f.erase(0), f.rewrite(f.amendment(), places=shifted(f.amended()["places"]))),
     r"lies at .*, its amendment says "),
    ("place left out", lambda f: (f.erase(0), f.rewrite(f.amendment(), places={})), r"has places of \[\], and it is "),
    ("removed segment unnamed", lambda f: (f.erase(0), f.rewrite(f.amendment(), removed=[])),
     r"has not removed its commit's segment first$"),
    ("erased sample left in", lambda f: f.erase(1, packed=range(99)), r" where .* is to come$"),
    ("erased, and in an orphan", lambda f: put_back(f, f.segment(), f.segment()[:-20] + "0" * 16 + ".tar"),
     r"which is to be erased, and neither a commit nor "),
    ("for training, and erased", lambda f: f.erase_live(),
     r"may be trained on, and version \d is erased$", "--complete"),
]
FAULTS_OF_REPAIRS = [
    ("repair without a gap", lambda f: f.repair(0, 2, 0), r"lies within no gap that is open$"),
    ("repair beyond a gap", lambda f: (f.gap(), f.repair(8, 10, 8)), r"lies within no gap that is open$"),
    ("repaired twice", lambda f: (f.gap(), f.repair(0, 9, 0), f.repair(1, 2, 1)), r"lies within no gap that is open$"),
    ("repair across two", lambda f: (f.gap(), f.repair(0, 2, 0), f.repair(2, 5, 3)),
     r"lies within no gap that is open$"),
    ("repair before its gap", lambda f: (f.repair(0, 1, 0), f.take(11)), r"lies within no gap that is open$"),
    ("repair beyond its range", lambda f: (f.gap(), f.repair(0, 2, 0, 4)), r"repairs \d+ to \d+, and has \d+ to \d+$"),
    ("repair of what is there", lambda f: (f.gap(), f.repair(0, 2, -1, 0)), r"takes in again \d+$"),
    ("repair from elsewhere",
     lambda f: (f.gap(), f.repair(0, 2, 0), f.edit(-1, lambda c: c["repair"].update(reached=5))),
     r"says that the chain had reached 5, and it had reached \d+$"),
    ("repair that names a gap", lambda f: (f.gap(), f.repair(0, 2, 0, gap_before={"from": 0, "to": 0})),
     r"is a repair, and "),
    ("repair of schema 1", lambda f: (f.gap(), f.repair(0, 2, 0, schema=1)), r"has schema 1, and "),
    ("schema 2 without a repair", lambda f: f.take(1, schema=2), r"has schema 2, and "),
    ("going on after a repair", lambda f: (f.gap(), f.repair(0, 2, 0), f.take(-7, gap_before=None)),
     r"begins at \d+, and"),
    ("sample of two repairs", lambda f: (f.gap(), f.repair(0, 2, 0, original=b"x"), f.repair(4, 4, 4, original=b"x")),
     r"staged twice, before at offset \d+ of "),
]
FAULTS_BESIDE_CHAINS = [
    ("marker of no commit", lambda f: f.rewrite(f.marker, commit=f"commits/{f.chain}/{77:020}.json"),
     r"which is missing$"),
    ("marker of another commit", lambda f: f.rewrite(f.marker, commit=f.key(0)), r"staged/.*where version \d is not "),
    ("marker's version", lambda f: f.rewrite(f.marker, version=9), r"staged/.*, where version 9 is not "),
    ("marker's outcome", lambda f: f.rewrite(f.marker, outcome="rejected"), r"staged/.* is not rejected$"),
    ("marker's commit", lambda f: f.rewrite(f.marker, commit="x"), r'content\.commit cannot be "x"$'),
    ("marker's JSON", lambda f: f.put(f.marker, b"x"), r"staged/.*: is no JSON"),
    ("marker gone", lambda f: f.drop(f.marker), r"is missing or behind: the chain has version \d$"),
    ("rejected, without a marker", lambda f: (f.reject(image=ONE), f.take(1), f.drop(f"staged/demo/{ONE}.json")),
     r"is missing or behind: the chain has version 1$"),
    ("checkpoint's hash", lambda f: f.checkpoint(1, ZEROS), r"checkpoints/.*: says SHA-256 0000"),
    ("checkpoint beyond the end", lambda f: f.checkpoint(99, ZEROS), r"checkpoints/.*: names .*, which is missing$"),
    ("checkpoint's JSON", lambda f: f.checkpoint(-1, ZEROS), r"checkpoints/.*: content\.seq cannot be -1$"),
    ("Kafka holds more", lambda f: f.hold(f.epoch, 1), r"lacks what Kafka holds at \d+$"),
    ("Kafka holds a gap", lambda f: (f.gap(), f.hold(f.epoch)), r"lacks what Kafka holds at \d+ to \d+$"),
    ("Kafka holds a hole", lambda f: (f.take(1, 3), f.hold(f.epoch)), r"lacks what Kafka holds at \d+$"),
    ("Kafka holds another chain", lambda f: setattr(f, "held", {"images/9": [0, 5]}), r"/9: lacks .* at 0 to 4$"),
    ("youngest epoch", lambda f: (f.take(1, chain=f.later), f.hold(f.epoch)),
     r"commits/later/.*: lacks what Kafka holds"),
    ("fault of an epoch", lambda f: (f.take(1, chain=f.later), f.edit(0, count=99)),
     r"counts 99", "--epoch later {epoch}"),
    ("no such epoch", lambda f: None, r"commits/none: there is no such epoch$", "--epoch none"),
    ("rejected, and for training", lambda f: f.reject(version=9, image=f.update(True, version=9)),
     r"may be trained on, and version 9 is not staged but rejected$", "--complete"),
    ("withheld, and for training", lambda f: f.update(False, consent="training", state="live"),
     r"may be trained on, and version \d is not staged but withheld$", "--complete"),
    ("withdrawn, and staged", lambda f: f.update(True, consent="none"), r"must not be trained on, and ", "--complete"),
    ("deleted, and staged", lambda f: f.update(True, state="deleted"), r"must not be trained on, and ", "--complete"),
    ("never seen", lambda f: f.update(True, version=9), r"the feed has never seen version 9$", "--complete"),
    ("ahead of the record", lambda f: f.update(True, version=1),
     r"and the feed has taken in version \d$", "--complete"),
    ("another's record", lambda f: f.update(True, customer="other"),
     r'content\.customer cannot be "other"$', "--complete"),
    ("customer's bucket", lambda f: f.rewrite(f.demo, f.service, bucket="x"),
     r"demo\.json: .*NoSuchBucket", "--complete"),
    ("customer's name", lambda f: f.rewrite(f.demo, f.service, customer="x"),
     r"content\.customer cannot ", "--complete"),
    ("no customer", lambda f: f.service.clear(), r"there is no customer$", "--complete"),
]
FAULTY = [*FAULTS_OF_COMMITS, *FAULTS_OF_SEGMENTS, *FAULTS_OF_AMENDMENTS, *FAULTS_OF_REPAIRS, *FAULTS_BESIDE_CHAINS]
