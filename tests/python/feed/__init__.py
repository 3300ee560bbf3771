"""The verifier of a feed, of which verify_feed.py is the command. It shares no code with the consumer, on purpose.

    formats.py     what objects are called, and what their JSON has to look like
    bucket.py      a bucket that is read
    segment.py     a tar against its commit
    chain.py       a commit against those before it
    amendments.py  what was erased of segments since
    outcomes.py    what became of each version of each image, over all chains
    markers.py     the note that the feed keeps of each image, against that
    whole.py       a feed: all of these together
    customers.py   customers' records against a feed

verify_erasure.py is the other command, which starts at what was ordered to be erased:

    everything.py  all that lies in the bucket, unpacked
    receipts.py    receipts against that

tamper_feed.py shows that the first can fail:

    memory.py      a store in memory
    forgery.py     a copy of a feed, and what changes it
    tamperings.py  what is done to copies, and what has to be said of it
"""
