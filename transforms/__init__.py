"""The stages of newsbeam, and what they are made of.

A stage is one file: pure functions first, then the PTransform of the same name. What a stage
leans on lies beside it, one idea in each file.

Stages, in the order of the flow
    feeds        ReadFeeds: Feed -> Entry
                     polls (what is asked, what an answer means) ·
                     feedlists (OPML, CSV, text) · parse_feed, feed_bytes, feed_root, feed_scan,
                     feed_items (bytes -> entries)
    documents    ReadDocuments: pattern -> Page | Document
    warc         ReadWarc: pattern -> Page, of anybody's archives
                     warc_records (to bytes and back)
    retry        ReadRejects: Run -> Entry | Page, what is tried again
    admit        Admit: Entry -> Entry, what is known ends here
    recall       Recall: what the dataset holds of a document
    spread       SpreadHosts: each host to one worker
    fetch        Fetch: Entry -> Page
                     web (settings) · http (the guarded client) · address · answers · decode ·
                     pacing · robots, robots_rules · rights · transport_errors ·
                     concurrently (asyncio in a DoFn) · overlapping
    archive      Spool, WriteArchive, Refer: what came, into WARC files
                     captures (a request, all that came back, how it ended)
    replay       IndexArchive, PollRecorded, FetchRecorded: the archive instead of the network
    extract      Extract: Page | Document -> Article
                     page, read_page, declared, jsonld, body, clean (HTML) · plaintext, layout,
                     furniture, bylines, datelines, paragraphs, markdown, vocabulary (plain text)
                     · article (both) · quality, page_kinds (flags) · published (which date)
                     · wire (credits)
    enrich       Enrich: Article -> Article
                     language, language_tags · entities, naming · temporal (dates in the text:
                     temporal_grammar, temporal_patterns, temporal_direction, temporal_reading,
                     temporal_values; what rules mean: temporal_kinds, temporal_dates,
                     temporal_quarters, temporal_holidays, temporal_lengths)
    stories      GroupStories: Article -> Article
    ledger       Balance, KeepFeedState, Summarise: every document has one outcome
    write        WriteTable: rows -> staged Parquet files
    commit       Commit: staged files -> one manifest
                     manifest · journal · durable (fsync and rename)

Shared by all
    outcomes     Rejected, Failed and the reason codes
    dates        one raw date string -> an instant with its precision
    identity     canonical URLs (tracking), article ids, content hashes
    memory       the dataset as a run may know it
    dataset      reading it: snapshots · lookup (by value, through bloom filters) · fsck
    workers      processes that can be killed, for work on hostile bytes · forking · nursery
    tally        counting, for metrics and the progress display
    data/        rules kept as data: agencies, temporal expressions, page furniture, tracking
"""
